"""One factor of many levels set apart: the Hessian then is an arrow, and what needs its inverse needs only a core.

With the levels' diagonal D, the core A of everything else, the edge E between them and S = A - E D^-1 E',

    var(core) = diag S^-1,      var(levels) = 1/D + diag(D^-1 E' S^-1 E D^-1)

(the inverse of a partitioned matrix; Golub & Van Loan 2013, section 3.2.11): variances of all coefficients without a
matrix of all coefficients. A row has one level of each factor, so that no row's z' H^-1 z exceeds the square of

    sum_j a_j sd_j over intercept and numbers + sum_f max_l sd_fl over the factors,

a_j being the largest |z_ij|: the certificate's S for no pass at all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from cutline.coordinates import Coordinates
from cutline.factor import Bordered, bordered
from cutline.penalty import Penalty
from cutline.rows import Rows, Summand
from cutline.shapes import Chosen, Entries, Full, Theta
from cutline.summands.arrow import Arrow, ArrowHessian

DRAWN = (10, 50)  # rows for each coefficient, for a guide: between these, a tenth of all rows
CORE = 2_000  # entries of a core at most, where a factor is eliminated


@dataclass(frozen=True, slots=True)
class Apart:
    """Which factor is set apart. `levels` are the block's, at the end of the features."""

    factor: int
    levels: tuple[int, ...]

    def own(self, at: Coordinates) -> Entries:
        """The entries of u that are its levels."""
        first = at.n_full - sum(self.levels[self.factor :])
        return torch.arange(first, first + self.levels[self.factor])

    def hessian(self, at: Coordinates, theta: Theta, *, rough: bool = False) -> Summand[Arrow]:
        """The Hessian at theta as an arrow of all entries, those held too, in the block's units."""
        return ArrowHessian(at.lift(theta), replace(at, free=None, fixed=None), self.factor, rough)

    def of_theta(self, arrow: Arrow, at: Coordinates, across: Theta | None = None) -> tuple[Arrow, Chosen]:
        """The part that belongs to theta, and which entries of theta are the core.

        In theta's units, or else in those that give it the diagonal `across`.
        """
        everything = replace(at, free=None, fixed=None)
        own = torch.isin(everything.entries(), self.own(at))
        free, part = torch.isin(everything.entries(), at.entries()), arrow.settled()
        if not bool(free.all()):
            core, levels = free[~own], free[own]
            part = Arrow(part.core[core][:, core], part.edge[core][:, levels], part.diagonal[levels])
        own = own[free]
        units = (at.scales()[~own], at.scales()[own])
        if across is not None:  # what was never drawn hangs together with nothing
            drawn = (part.core.diagonal(), part.diagonal)
            units = tuple(torch.where(d > 0, (u / d).sqrt(), 0.0) for d, u in zip(drawn, (across[~own], across[own])))
        return part.scaled(*units), (~own).nonzero().squeeze(1)

    def factored(self, arrow: Arrow, at: Coordinates, g: Penalty, theta: Theta) -> Bordered:
        """The Hessian with the penalty's curvature, factored."""
        part, where = self.of_theta(arrow, at)
        rest, stiff = torch.ones(at.size, dtype=torch.bool), g.curvature(theta)
        rest[where] = False
        return bordered(part.core + torch.diag(stiff[where]), part.edge, part.diagonal + stiff[rest], where)

    def guide(self, rows: Rows, at: Coordinates, across: Theta, g: Penalty, theta: Theta, seed: int) -> Bordered:
        """About the Hessian, factored: what a search may lean on, where a penalty makes it regular.

        How the columns hang together is a sample's, in float32 where numbers are in theta's units; the loss's own
        diagonal, `across`, is that of all rows.
        """
        least, most = (min(each * at.size, rows.n_rows) for each in DRAWN)
        drawn, units = min(max(rows.n_rows // 10, least), most), at.units()
        seen = self.hessian(at.beyond_units(), theta, rough=units is not None)
        # nothing here keeps the sample or its arrow while what they make is factored
        part, where = self.of_theta(rows.sample(drawn, seed, units).sum(seen), at, across)
        total = across + g.curvature(theta)
        rest = torch.ones(at.size, dtype=torch.bool)
        rest[where] = False
        part.core.diagonal().copy_(total[where])
        return bordered(part.core, part.edge, total[rest], where)

    def furthest_at_most(self, deviations: Theta, largest: Theta, at: Coordinates) -> float:
        """No less than the largest sqrt(z_i' H^-1 z_i), from sqrt(diag H^-1) and the largest |z_ij|."""
        each = torch.zeros(at.n_full, dtype=torch.float64)
        each[at.entries()] = deviations * largest
        first = at.n_full - sum(self.levels)
        return float(each[:first].sum() + sum(factor.max() for factor in each[first:].split(self.levels)))


def set_apart(at: Coordinates, levels: tuple[int, ...]) -> Apart | None:
    """The factor of the most levels, where everything else is few enough for a core."""
    if not levels:
        return None
    apart = Apart(max(range(len(levels)), key=lambda f: levels[f]), levels)
    return apart if int((~torch.isin(at.entries(), apart.own(at))).sum()) <= CORE else None


def user_variances(found: Bordered, at: Coordinates) -> Full:
    """The variance of each of (b, w) in the user's units, zero where an entry is held."""
    out = torch.zeros(at.n_full, dtype=torch.float64)
    out[at.entries()] = found.variances * at.scales() ** 2
    if at.intercept and at.center is not None:  # b = u_0 - c'w moves with the numbers
        core = at.entries()[found.core]
        near = core <= len(at.center)
        move = -at.center[core[near] - 1] * at.scales()[found.core[near]]
        move[core[near] == 0] = 1.0
        out[0] = move @ found.core_covariance[near][:, near] @ move
    return out
