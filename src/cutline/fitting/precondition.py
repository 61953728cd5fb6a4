"""What speeds up a search whose Hessian is too large to form: an approximate inverse of it, made once.

The diagonal, from the moments of the columns, and beside it a dense head of the heaviest columns, such as the most
frequent words. Where a factor has most of the levels, `inference.apart` has the whole Hessian instead.
"""

from __future__ import annotations

import torch

from cutline.coordinates import Coordinates
from cutline.factor import bordered
from cutline.penalty import Penalty
from cutline.rows import Rows
from cutline.shapes import Theta
from cutline.solvers import Precondition
from cutline.summands.arrow import HeadHessian
from cutline.summands.moments import Moments

HEAD = 200  # columns of a head: beyond these a search gains nothing by more
DRAWN = (4_000, 10_000)  # rows that tell how these hang together: between these, a twentieth of all rows


def diagonal(coords: Coordinates, moments: Moments, curvature: float = 0.25) -> Theta:
    """The diagonal of the loss's Hessian where every row has the same curvature; none has more than a quarter."""
    centered = torch.arange(coords.n_features) < (0 if coords.center is None else len(coords.center))
    mean = torch.where(centered, 0.0, moments.mean)
    squares = coords.padded(moments.m2 + moments.weight * mean**2, moments.weight)
    return squares * coords.scales() ** 2 * curvature


def at_base_rate(coords: Coordinates, moments: Moments, theta: Theta) -> Theta:
    """The same at a theta that has no effect but the base rate."""
    share = torch.sigmoid(theta[:1]) if coords.intercept else torch.full((1,), 0.5, dtype=torch.float64)
    return diagonal(coords, moments, float(share * (1 - share)))


def by_diagonal(across: Theta) -> Precondition:
    """Divide by a diagonal."""
    return lambda v: v / across


def precondition(
    rows: Rows, coords: Coordinates, g: Penalty, theta: Theta, moments: Moments, seed: int
) -> Precondition:
    """An approximate inverse Hessian at theta, which has no effect but a base rate: a sample's."""
    across = at_base_rate(coords, moments, theta) + g.curvature(theta)
    weight = across / coords.scales() ** 2  # in the user's units: what a penalty does not hold down
    heaviest = weight.topk(min(HEAD, len(across))).indices.sort().values
    drawn = min(max(rows.n_rows // 20, DRAWN[0]), DRAWN[1])
    head = rows.sample(drawn, seed).sum(HeadHessian(theta, coords, heaviest)) + torch.diag(g.curvature(theta)[heaviest])
    rest = torch.ones(len(across), dtype=torch.bool)
    rest[heaviest] = False
    return bordered(head, None, across[rest], heaviest).solve
