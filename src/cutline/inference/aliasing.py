"""Which columns can be estimated: the others are constant, or exact combinations of earlier ones.

R reports such a coefficient as NA and keeps the earlier column, and so do we. Suspects are found by a Cholesky
factorization of the cross products, in the order of the table; since cross products hold only half the digits, each
suspect is then regressed on the columns kept and its residual is summed from the rows themselves, in one pass for all
of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.factor import Factor, factor
from cutline.rows import Rows
from cutline.shapes import Entries, Mat, ThetaMat, Vec
from cutline.summands.arrow import Arrow
from cutline.summands.logistic import SquaresOf
from cutline.symmetric import schur_complement

SUSPECT = 1e-9  # share of a column's variance its predecessors leave; cross products are no better known than 1e-15
CLEAR = 10 * SUSPECT  # from there on no rounding of cross products could hide a combination
AT_ONCE = 64  # suspects asked of the rows in one pass
ALIASED = 1e-7  # the same for its length, measured on the rows; R's lm uses 1e-7


@dataclass(frozen=True, slots=True)
class Aliased:
    """A feature that cannot be estimated: constant (`on` is empty), or a combination of the features `on`."""

    feature: int
    on: tuple[int, ...]


def independent(found: Factor) -> bool:
    """Is every column clear of a combination of the others?"""
    return float(found.lower.diagonal().min()) ** 2 > CLEAR


def find_aliased(rows: Rows, at: Coordinates, order: Sequence[int], hess: ThetaMat) -> list[Aliased]:
    """The features among theta's that earlier ones determine exactly.

    Args:
        rows: one pass where something is suspected.
        at: standardized coordinates, constant features already held.
        order: the features in the order in which they may stay.
        hess: the Hessian at any theta (q, q): cross products, each row counting by its curvature.
    """
    if at.size == 0:
        return []
    if (found := factor(hess)) is not None and independent(found):
        return []
    unit = hess.diagonal().rsqrt()
    return _search(rows, at, order, _Crossed(hess * unit[:, None] * unit, unit, torch.arange(at.size)))


def find_aliased_beside(
    rows: Rows, at: Coordinates, order: Sequence[int], arrow: Arrow, where: Entries
) -> list[Aliased]:
    """The same where one factor is set apart: its levels, each in rows of its own, are kept before all others.

    Args:
        arrow: the Hessian at any theta; `where` has the entries of theta that are its core.
    """
    unit = arrow.core.diagonal().rsqrt()
    cross = schur_complement(arrow.core, arrow.edge, arrow.diagonal) * unit[:, None] * unit
    lower, failed = torch.linalg.cholesky_ex(cross)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    if not int(failed) and independent(Factor(lower, unit)):
        return []
    return _search(rows, at, order, _Crossed(cross, unit, where, arrow))


@dataclass(frozen=True, slots=True, eq=False)
class _Crossed:
    """Cross products of some entries of theta, `where`, each of unit length before others are taken out of them.

    What is taken out, where `beside` is given, are the levels of one factor: the diagonal of that arrow.
    """

    cross: Mat
    unit: Vec
    where: Entries
    beside: Arrow | None = None

    def residuals(self, kept: list[int], suspects: list[int]) -> tuple[Tensor, Tensor, Tensor]:
        """Each suspect less its regression on what is kept and the suspect itself, as columns (q, k) for theta.

        And what the regression takes of each entry, in lengths: zero at the suspect.
        """
        c, few = len(self.unit), torch.arange(len(suspects))
        q = c + (0 if self.beside is None else len(self.beside.diagonal))
        length, b, alone = torch.zeros(q, dtype=torch.float64), *torch.zeros(2, q, len(suspects), dtype=torch.float64)
        scaled = torch.linalg.lstsq(self.cross[kept][:, kept], self.cross[kept][:, suspects]).solution
        core = torch.zeros(c, len(suspects), dtype=torch.float64)
        core[suspects, few] = self.unit[suspects]
        alone[self.where] = core
        core[kept] = -scaled * self.unit[kept][:, None]
        b[self.where], length[self.where] = core, 1 / self.unit
        if self.beside is not None:
            rest = torch.ones(q, dtype=torch.bool)
            rest[self.where] = False
            b[rest] = -(self.beside.edge.t() @ core) / self.beside.diagonal[:, None]
            length[rest] = self.beside.diagonal.sqrt()
        return b, alone, (b - alone) * length[:, None]


def _search(rows: Rows, at: Coordinates, order: Sequence[int], these: _Crossed) -> list[Aliased]:
    i, entries, where = int(at.intercept), at.entries(), these.where
    place = {int(entry): t for t, entry in enumerate(entries[where])}
    ordered = ([place[0]] if i else []) + [place[f + i] for f in order if f + i in place]
    kept, suspects = _pivots(these.cross, ordered)
    aliased = list[Aliased]()
    while suspects:
        asked, later = suspects[:AT_ONCE], suspects[AT_ONCE:]
        b, alone, taken = these.residuals(kept, asked)
        left = rows.sum(SquaresOf(torch.cat([b, alone], 1), at)).view(2, -1)
        gone = (left[0] <= ALIASED**2 * left[1]).tolist()
        for j, s in enumerate(asked):
            if gone[j]:
                on = (int(e) - i for e in entries[taken[:, j].abs() > 1e-6])
                aliased.append(Aliased(int(entries[where[s]]) - i, tuple(f for f in on if f >= 0)))
        stay = [s for s, is_gone in zip(asked, gone) if not is_gone]
        # the first that can be estimated joins those kept, and the others are asked again beside it
        kept, suspects = kept + stay[:1], stay[1:] + later
    return aliased


def _pivots(cross: Tensor, order: Sequence[int]) -> tuple[list[int], list[int]]:
    """A Cholesky factorization in the given order: which columns have a pivot, which have none left."""
    lower = torch.zeros_like(cross)
    kept, suspects = list[int](), list[int]()
    for j in order:
        k = len(kept)
        row = torch.linalg.solve_triangular(lower[:k, :k], cross[kept, j][:, None], upper=False)[:, 0]
        left = float(cross[j, j] - row @ row)
        if left <= SUSPECT:
            suspects.append(j)
            continue
        lower[k, :k], lower[k, k] = row, left**0.5
        kept.append(j)
    return kept, suspects
