"""What speeds up a search whose Hessian is too large to form: an approximate inverse of it, made once.

Always the diagonal, from the moments of the columns. Beside it, where it pays, a dense core: of everything but the
largest factor, which is then eliminated exactly; or of the heaviest columns, such as the most frequent words.
"""

from __future__ import annotations

import torch

from cutline.coordinates import Coordinates
from cutline.factor import bordered
from cutline.penalty import Penalty
from cutline.rows import Rows
from cutline.shapes import Theta
from cutline.solvers import Precondition
from cutline.summands.arrow import ArrowHessian, HeadHessian
from cutline.summands.moments import Moments

CORE = 2_000  # entries of a core at most, where a factor is eliminated
HEAD = 300  # columns of a head: its factorization costs nothing beside a pass
DRAWN = 20_000  # rows that tell how the columns of a head hang together


def diagonal(coords: Coordinates, g: Penalty, moments: Moments, curvature: float = 0.25) -> Theta:
    """The Hessian's diagonal where every row has the same curvature; none has more than a quarter."""
    centered = torch.arange(coords.n_features) < (0 if coords.center is None else len(coords.center))
    mean = torch.where(centered, 0.0, moments.mean)
    squares = coords.padded(moments.m2 + moments.weight * mean**2, moments.weight)
    theta = torch.zeros(coords.size, dtype=torch.float64)
    return squares * coords.scales() ** 2 * curvature + g.curvature(theta)


def by_diagonal(across: Theta) -> Precondition:
    """Divide by a diagonal."""
    return lambda v: v / across


def precondition(
    rows: Rows, coords: Coordinates, g: Penalty, theta: Theta, moments: Moments, seed: int
) -> Precondition:
    """An approximate inverse Hessian at theta, which has no effect but a base rate: one pass, or a sample's."""
    shares = torch.sigmoid(theta[:1]) if coords.intercept else torch.full((1,), 0.5, dtype=torch.float64)
    across = diagonal(coords, g, moments, float(shares * (1 - shares)))
    widest = max(range(len(moments.levels)), key=lambda f: moments.levels[f], default=None)
    if widest is not None and coords.free is None and coords.size - moments.levels[widest] <= CORE:
        last = coords.size - sum(moments.levels[widest + 1 :])
        apart = torch.arange(last - moments.levels[widest], last)
        where = torch.arange(coords.size)[~torch.isin(torch.arange(coords.size), apart)]
        scales, stiff = coords.scales(), g.curvature(theta)
        found = rows.sum(ArrowHessian(theta, coords, widest)).scaled(scales[where], scales[apart])
        core = found.core + torch.diag(stiff[where])
        return bordered(core, found.edge, found.diagonal + stiff[apart], where).solve
    weight = across / coords.scales() ** 2  # in the user's units: what a penalty does not hold down
    heaviest = weight.topk(min(HEAD, len(across))).indices.sort().values
    head = rows.sample(DRAWN, seed).sum(HeadHessian(theta, coords, heaviest)) + torch.diag(g.curvature(theta)[heaviest])
    rest = torch.ones(len(across), dtype=torch.bool)
    rest[heaviest] = False
    return bordered(head, None, across[rest], heaviest).solve
