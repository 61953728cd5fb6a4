"""Are the classes separated? Then the likelihood has no maximum (Albert & Anderson, Biometrika 71 (1984), Theorem 1).

They are when some direction b leaves every row on its own side: s_i z_i'b >= 0 for all rows and > 0 for one, with s_i
+1 for a success and -1 for a failure. That is a linear program (Konis, "Linear programming algorithms for detecting
separated data in binary logistic regression models", DPhil thesis, Oxford 2007, section 4.2). It is solved on few rows,
and the rows the answer gets most wrong are added until there are none: rows that overlap stay overlapped when more are
added, so the first answer is often the last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from cutline.coordinates import Coordinates
from cutline.model import Separation
from cutline.rows import Rows, together
from cutline.summands.margins import Gather, SignedSum, WorstMargins
from cutline.summands.moments import ClassRanges, OutcomesByLevel, Ranges

FEW = 20_000  # rows a linear program takes at once
CELLS = 40_000_000  # and numbers
SIDE = 1e-8  # how far on the wrong side a row may lie: the programs' own tolerance
WORST = 1_000  # rows added at a time
SHOWN = 5  # names a sentence lists
WHY = "so the likelihood grows for ever with a coefficient and maximum likelihood has no finite answer"

Program = Callable[[np.ndarray], np.ndarray | None]


def find_separation(
    rows: Rows, at: Coordinates, names: Sequence[str], labels: tuple[str, str], seed: int = 0
) -> Separation | None:
    """The separation of the classes, or None if they overlap.

    Args:
        rows: a few passes.
        at: the estimable entries, standardized.
        names: the features, in the block's order.
        labels: what a failure and a success are called.
    """
    search = _start(rows, at, seed)
    total = rows.sum(SignedSum(at)).numpy() / search.unit
    far = search.solve(lambda a: _furthest(a, total))
    if far is None:
        return None
    sparse = search.solve(lambda a: _sparsest(a, total, at.intercept))
    wide = search.solve(_widest)
    complete = wide is not None and rows.sum(WorstMargins(torch.from_numpy(wide), at, 1)).lowest > SIDE
    kind = "complete" if complete else "quasi-complete"
    sparse = far if sparse is None else sparse
    user, i = at.to_user(torch.from_numpy(sparse)), int(at.intercept)
    # The sparsest direction is one of them; what separates on its own is named whether that needed it or not.
    moving, others = _features(at, sparse * search.unit), _features(at, far * search.unit)
    ranges = cast("list[Ranges]", list(rows.sum(together(*(ClassRanges(f) for f in others)))))
    alone = {names[f]: said for f, r in zip(others, ranges) if (said := _alone(r, names[f], labels)) is not None}
    towards = {names[f]: float(user[f + i]) for f in moving}
    terms = tuple(dict.fromkeys((*alone, *(towards if not alone or len(towards) > 1 else ()))))
    base = float(user[0]) if i else 0.0
    said = "; ".join(alone.values()) if alone else _combined(kind, towards, base, labels)
    said = said[0].upper() + said[1:] if said.startswith(("every ", "a combination")) else said
    return Separation(kind, terms, towards, f"{said}, {WHY}.")


def find_pure_levels(rows: Rows, at: Coordinates, names: Sequence[str], labels: tuple[str, str]) -> Separation | None:
    """Levels whose rows have one outcome only, or None: one pass, however many levels there are.

    Each separates on its own, but a separation may need several terms: that there is no pure level proves nothing.
    """
    counts, i = rows.sum(OutcomesByLevel()), int(at.intercept)
    alone, terms, towards = list[str](), list[str](), dict[str, float]()
    slot, first = 0, at.n_features - sum(counts.levels)
    for size in counts.levels:
        no, yes = (each[slot : slot + size + 1] for each in (counts.failures, counts.successes))
        pure = ((no > 0) != (yes > 0)).nonzero()[:, 0].tolist()
        for level in pure:
            side = 1.0 if float(yes[level]) > 0 else -1.0
            label = labels[int(side > 0)]
            if level > 0:
                name = names[first + int(level) - 1]
                alone.append(f"every row with {name} is {label}")
                terms.append(name)
                towards[name] = towards.get(name, 0.0) + side
            elif i and size:  # the reference has no term: the intercept moves, and the other levels take it back
                others = [names[j] for j in range(first, first + size)]
                alone.append(f"every row at the reference level of {others[0].rpartition('[')[0]} is {label}")
                terms.extend(others[:1])
                towards |= {other: towards.get(other, 0.0) - side for other in others}
        slot, first = slot + size + 1, first + size
    if not alone:
        return None
    said = "; ".join(alone[:SHOWN]) + (f"; and {len(alone) - SHOWN} more levels" if len(alone) > SHOWN else "")
    return Separation("quasi-complete", tuple(dict.fromkeys(terms)), towards, f"{said[0].upper()}{said[1:]}, {WHY}.")


def _features(at: Coordinates, sizes: np.ndarray) -> list[int]:
    """The features a direction moves, by its size in each entry of theta."""
    i, least = int(at.intercept), 1e-6 * np.abs(sizes).max()
    return [int(e) - i for e, size in zip(at.entries(), np.abs(sizes)) if size > least and int(e) >= i]


@dataclass(eq=False)
class _Search:
    """The signed rows a program has seen so far, in units in which most of them are of size one.

    Standard deviations will not do: one wild row makes them so large that the others lie within the tolerance of zero.
    """

    rows: Rows
    at: Coordinates
    z: np.ndarray
    unit: np.ndarray
    whole: bool

    def solve(self, program: Program) -> np.ndarray | None:
        """Solve, take in the rows the answer gets most wrong, until it holds for all. None: nothing does."""
        while True:
            found = program(self.z)
            if found is None:
                return None
            b = found / self.unit
            worst = self.rows.sum(WorstMargins(torch.from_numpy(b), self.at, WORST))
            if worst.lowest >= -SIDE * max(1.0, float(np.abs(found).max())):
                return b
            wrong = worst.z[worst.margins < 0].numpy() / self.unit
            seen = {row.tobytes() for row in self.z}
            new = np.array([row for row in wrong if row.tobytes() not in seen])
            if self.whole or not len(new):
                return None  # every row that objects was asked: the program only bent them within its tolerance
            self.z = np.concatenate([self.z, new])


def _start(rows: Rows, at: Coordinates, seed: int) -> _Search:
    few = max(min(FEW, CELLS // max(at.size, 1)), 100)
    whole = rows.n_rows <= few
    z = (rows if whole else rows.sample(few, seed)).sum(Gather(at)).z
    usual = z.abs().quantile(0.75, dim=0) if len(z) * z.shape[1] <= 16_000_000 else z.abs().median(dim=0).values
    unit = torch.where(usual > 0, usual, 1.0).numpy()
    return _Search(rows, at, z.numpy() / unit, unit, whole)


def _linprog(cost: np.ndarray, **constraints: object) -> np.ndarray | None:
    from scipy.optimize import linprog  # slow to import, and only data near separation need it

    tight = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9, "time_limit": 60.0}
    answer = linprog(cost, method="highs", options=tight, **constraints)
    return answer.x if answer.status == 0 else None


def _furthest(a: np.ndarray, total: np.ndarray) -> np.ndarray | None:
    """max total'b with every margin >= 0 in the box |b| <= 1: positive exactly when the classes are separated."""
    b = _linprog(-total, A_ub=-a, b_ub=np.zeros(len(a)), bounds=(-1, 1))
    return b if b is not None and float(total @ b) > 1e-6 else None


def _widest(a: np.ndarray) -> np.ndarray | None:
    """max t with every margin >= t in the box: positive when a direction leaves no row on the border."""
    p = a.shape[1]
    cost = np.append(np.zeros(p), -1.0)
    bounds = [(-1.0, 1.0)] * p + [(0.0, 1.0)]
    b = _linprog(cost, A_ub=np.hstack([-a, np.ones((len(a), 1))]), b_ub=np.zeros(len(a)), bounds=bounds)
    return None if b is None else b[:p]


def _sparsest(a: np.ndarray, total: np.ndarray, intercept: bool) -> np.ndarray | None:
    """min sum |slopes| with every margin >= 0 and total'b = |total|: few columns, for a sentence that names them."""
    p = a.shape[1]
    size = np.ones(p)
    if intercept:
        size[0] = 0.0
    unit = total / np.abs(total).max()
    b = _linprog(
        np.append(size, size),
        A_ub=np.hstack([-a, a]),
        b_ub=np.zeros(len(a)),
        A_eq=np.append(unit, -unit)[None],
        b_eq=[1.0],
        bounds=(0, None),
    )
    return None if b is None else b[:p] - b[p:]


def _combined(kind: str, towards: Mapping[str, float], base: float, labels: tuple[str, str]) -> str:
    """What a direction of several features says of the classes."""
    names = list(towards)
    factor = names[0].rpartition("[")[0] if names else ""
    one_factor = factor and all(name.startswith(f"{factor}[") for name in names)
    # where the other levels cancel the intercept, only rows at the reference level move
    if one_factor and base and all(abs(slope + base) < 1e-6 * abs(base) for slope in towards.values()):
        return f"every row at the reference level of {factor} is {labels[base > 0]}"
    listed = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
    how = "completely" if kind == "complete" else "but for rows on the border"
    return f"{'a combination of ' if len(names) > 1 else ''}{listed or 'the intercept'} separates the classes {how}"


def _alone(r: Ranges, name: str, labels: tuple[str, str]) -> str | None:
    """What one feature alone says of the classes, if its ranges in the two meet in a point at most."""
    no, yes = labels
    if r.high0 <= r.low1:
        last, first, below, above = r.high0, r.low1, no, yes
    elif r.high1 <= r.low0:
        last, first, below, above = r.high1, r.low0, yes, no
    else:
        return None
    if name.endswith("]") and {last, first} <= {0.0, 1.0}:  # a level: in it or not
        in_it = f"every row with {name} is {above}"
        if last < first:
            return f"{in_it} and every row without it is {below}"
        return in_it if last == 0 else f"every row without {name} is {below}"
    if last < first:
        return (
            f"{name} separates the classes: every row up to {last:g} is {below} and every row from {first:g} is {above}"
        )
    return f"{name} separates the classes but for rows at {last:g}: below it every row is {below}, above it {above}"
