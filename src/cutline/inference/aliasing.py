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
from cutline.shapes import ThetaMat
from cutline.summands.logistic import SquaresOf

SUSPECT = 1e-9  # share of a column's variance its predecessors leave; cross products are no better known than 1e-15
ALIASED = 1e-7  # the same for its length, measured on the rows; R's lm uses 1e-7


@dataclass(frozen=True, slots=True)
class Aliased:
    """A feature that cannot be estimated: constant (`on` is empty), or a combination of the features `on`."""

    feature: int
    on: tuple[int, ...]


def independent(found: Factor) -> bool:
    """Is every column clear of a combination of the others, beyond what the rounding of cross products could hide?"""
    return float(found.lower.diagonal().min()) ** 2 > 10 * SUSPECT


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
    unit = hess.diagonal().rsqrt()
    cross = hess * unit[:, None] * unit
    found = factor(hess)
    if found is not None and independent(found):
        return []
    i = int(at.intercept)
    place = {int(entry): t for t, entry in enumerate(at.entries())}
    ordered = ([place[0]] if i else []) + [place[f + i] for f in order if f + i in place]
    kept, suspects = _pivots(cross, ordered)
    entries, aliased = at.entries(), list[Aliased]()
    while suspects:
        b, alone, scaled = _residuals(cross, unit, kept, suspects)
        left = rows.sum(SquaresOf(torch.cat([b, alone], 1), at)).view(2, -1)
        gone = left[0] <= ALIASED**2 * left[1]
        for j, s in enumerate(suspects):
            if bool(gone[j]):
                on = [int(entries[k]) - i for k, share in zip(kept, scaled[:, j]) if abs(float(share)) > 1e-6]
                aliased.append(Aliased(int(entries[s]) - i, tuple(f for f in on if f >= 0)))
        stay = [s for s, is_gone in zip(suspects, gone.tolist()) if not is_gone]
        # the first that can be estimated joins those kept, and the others are asked again beside it
        kept, suspects = kept + stay[:1], stay[1:]
    return aliased


def _residuals(cross: Tensor, unit: Tensor, kept: list[int], suspects: list[int]) -> tuple[Tensor, Tensor, Tensor]:
    """Each suspect less its regression on the columns kept, each suspect itself, and the regression, as columns."""
    scaled = torch.linalg.lstsq(cross[kept][:, kept], cross[kept][:, suspects]).solution
    alone = torch.zeros(len(unit), len(suspects), dtype=torch.float64)
    alone[suspects, torch.arange(len(suspects))] = unit[suspects]
    b = alone.clone()
    b[kept] = -scaled * unit[kept][:, None]
    return b, alone, scaled


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
