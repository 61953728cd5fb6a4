"""Rows x summand x coordinates -> a function a solver can minimize.

`LogLoss` is the negative log-likelihood. `Firth` is the negative penalized log-likelihood, and is no loss plus a
penalty of w: its value holds half the log-determinant of the information and its score the leverages, so it is a
`Smooth` of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.factor import Factor, factor
from cutline.penalty import L2
from cutline.rows import Counted, together, width
from cutline.shapes import Many, Theta, Vec
from cutline.summands.logistic import FirthScore, HessianTimes, Logistic, LossAlong
from cutline.summands.sweep import worth_compiling
from cutline.terms import Terms


def ridge(at: Coordinates, C: float) -> L2:
    """1 / (2C) times the squared coefficients in the user's units, the intercept free, in these coordinates."""
    scale = torch.ones(at.n_features, dtype=torch.float64) if at.scale is None else at.scale
    return L2(at.padded(scale**2 / C, 0.0))


@dataclass(frozen=True, slots=True)
class LogLoss:
    """The summed log-loss in coordinates: one pass a question, none where the answer is `known` already.

    Passes are compiled where the rows are many, or are said to be a sample of as many. A `rough` Hessian is multiplied
    in float32.
    """

    rows: Counted
    coords: Coordinates
    known: tuple[Theta, Terms] | None = None
    rough: bool = False
    of_many: bool = False

    @property
    def passes(self) -> int:
        return self.rows.passes

    def at(self, w: Vec, order: Literal[0, 1, 2], /) -> Terms:
        if self.known is not None and self.known[0] is w:
            return self.known[1]
        compiled = self.of_many or worth_compiling(self.rows.n_rows, width(self.rows))
        return self.rows.sum(Logistic(w, self.coords, order, compiled, self.rough))

    def along(self, w: Vec, d: Vec, steps: Many, /) -> Many:
        return self.rows.sum(LossAlong(w, d, steps, self.coords))

    def hvp(self, w: Vec, v: Vec, /) -> Vec:
        return self.rows.sum(HessianTimes(w, v, self.coords))


@dataclass(frozen=True, slots=True)
class Firth:
    """The negative log-likelihood less half the log-determinant of the Fisher information (Jeffreys' prior).

    Firth, Biometrika 80 (1993) 27-38. Its Hessian is replaced by the information (Fisher scoring), as in Heinze &
    Schemper
    2002. The determinant is that of `whole`, every entry that can be estimated, also while `coords` holds some of them:
    so logistf defines its penalized likelihood ratio.

    `at` costs one pass for the information and one for the leverage-weighted score; `along` is k log-determinants in
    one.
    """

    rows: Counted
    coords: Coordinates
    whole: Coordinates

    @property
    def passes(self) -> int:
        return self.rows.passes

    def at(self, w: Vec, order: Literal[0, 1, 2], /) -> Terms:
        theta = self._whole(w)
        t = self.rows.sum(Logistic(theta, self.whole, 2))
        found, value = _jeffreys(t)
        if order == 0:
            return Terms(t.weight, value)
        if found is None:  # where there is no score either
            return Terms(
                t.weight,
                value,
                torch.full_like(w, torch.nan),
                torch.full((len(w), len(w)), torch.nan).double(),
            )
        extra = self.rows.sum(FirthScore(theta, found.inverse(), self.whole))
        keep = torch.isin(self.whole.entries(), self.coords.entries())
        grad, hess = (cast(Tensor, t.grad) - extra)[keep], cast(Tensor, t.hess)[keep][:, keep]
        return Terms(t.weight, value, grad, hess)

    def along(self, w: Vec, d: Vec, steps: Many, /) -> Many:
        points = [Logistic(self._whole(w + step * d), self.whole, 2) for step in steps]
        return torch.tensor(
            [_jeffreys(cast(Terms, t))[1] for t in self.rows.sum(together(*points))], dtype=torch.float64
        )

    def hvp(self, w: Vec, v: Vec, /) -> Vec:
        keep = torch.isin(self.whole.entries(), self.coords.entries())
        full = torch.zeros(self.whole.size, dtype=torch.float64)
        full[keep] = v
        return self.rows.sum(HessianTimes(self._whole(w), full, self.whole))[keep]

    def _whole(self, w: Vec) -> Theta:
        return self.coords.lift(w)[self.whole.entries()]


def _jeffreys(t: Terms) -> tuple[Factor | None, float]:
    """The information's factor and the penalized value; infinite where the information is singular to rounding."""
    found = factor(cast(Tensor, t.hess))
    return found, float("inf") if found is None else t.value - found.log_det() / 2
