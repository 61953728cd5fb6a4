"""Are the classes separated? Then the likelihood has no maximum (Albert & Anderson, Biometrika 71 (1984), Theorem 1).

They are when some direction b leaves every row on its own side: s_i z_i'b >= 0 for all rows and > 0 for one, with s_i
+1 for a success and -1 for a failure. That is a linear program (Konis, "Linear programming algorithms for detecting
separated data in binary logistic regression models", DPhil thesis, Oxford 2007, section 4.2). It is solved on few rows,
and the rows the answer gets most wrong are added until there are none: rows that overlap stay overlapped when more are
added, so the first answer is often the last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.model import Separation
from cutline.rows import Rows
from cutline.summands.margins import Gather, SignedSum, WorstMargins
from cutline.summands.moments import ClassRanges, Ranges

FEW = 20_000  # rows a linear program takes at once
SIDE = 1e-8  # how far on the wrong side a row may lie, in standardized units: the program's own tolerance

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
    signed_sum = rows.sum(SignedSum(at))
    total = signed_sum.numpy()
    start = (rows if rows.n_rows <= FEW else rows.sample(FEW, seed)).sum(Gather(at)).z
    far = _cut(rows, at, start, lambda a: _furthest(a, total))
    if far is None:
        return None
    direction = _cut(rows, at, start, lambda a: _sparsest(a, total, bool(at.intercept)))
    direction = far if direction is None else direction
    wide = _cut(rows, at, start, _widest)
    complete = wide is not None and rows.sum(WorstMargins(torch.from_numpy(wide), at, 1)).lowest > SIDE
    entries, user = at.entries(), at.to_user(torch.from_numpy(direction))
    i = int(at.intercept)
    large = 1e-6 * np.abs(direction).max()
    features = [int(e) - i for e, size in zip(entries, direction) if abs(size) > large and int(e) >= i]
    kind = "complete" if complete else "quasi-complete"
    return Separation(
        kind,
        tuple(names[f] for f in features),
        {names[f]: float(user[f + i]) for f in features},
        _sentence(rows, kind, features, names, labels),
    )


def _cut(rows: Rows, at: Coordinates, start: Tensor, program: Program) -> np.ndarray | None:
    """Solve on some rows, add those the answer gets most wrong, until it holds for all. None: there is no answer."""
    a = start.numpy()
    while True:
        b = program(a)
        if b is None:
            return None
        worst = rows.sum(WorstMargins(torch.from_numpy(b), at, 1_000))
        if worst.lowest >= -SIDE * max(1.0, float(np.abs(b).max())) or len(a) >= rows.n_rows:
            return b
        a = np.concatenate([a, worst.z[worst.margins < 0].numpy()])


def _linprog(cost: np.ndarray, **constraints: object) -> np.ndarray | None:
    from scipy.optimize import linprog  # slow to import, and only data near separation need it

    tight = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
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


def _sentence(rows: Rows, kind: str, features: list[int], names: Sequence[str], labels: tuple[str, str]) -> str:
    listed = ", ".join(names[f] for f in features)
    why = "so the likelihood grows for ever with its coefficient and maximum likelihood has no finite answer"
    if len(features) == 1:
        alone = _alone(rows.sum(ClassRanges()), features[0], listed, labels)
        if alone is not None:
            return f"{alone}, {why}."
    kind = "completely" if kind == "complete" else "but for rows on the border"
    why = why.replace("its coefficient", "their coefficients") if len(features) > 1 else why
    return f"{'A combination of ' if len(features) > 1 else ''}{listed} separates the classes {kind}, {why}."


def _alone(r: Ranges, feature: int, name: str, labels: tuple[str, str]) -> str | None:
    """What one feature alone says of the classes, if its ranges in the two meet in a point at most."""
    no, yes = labels
    low0, high0, low1, high1 = (float(ends[feature]) for ends in (r.low0, r.high0, r.low1, r.high1))
    if high0 <= low1:
        last, first, below, above = high0, low1, no, yes
    elif high1 <= low0:
        last, first, below, above = high1, low0, yes, no
    else:
        return None
    if name.endswith("]") and {last, first} <= {0.0, 1.0}:  # a level: in it or not
        in_it, out = f"every row with {name} is {above}", f"every row without it is {below}"
        if last < first:
            return f"{name} separates the classes: {in_it} and {out}"
        return f"{name} separates the classes: {in_it if last == 0 else out.replace('it', name)}"
    if last < first:
        return (
            f"{name} separates the classes: every row up to {last:g} is {below} and every row from {first:g} is {above}"
        )
    return f"{name} separates the classes but for rows at {last:g}: below it every row is {below}, above it {above}"
