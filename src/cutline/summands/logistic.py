"""The sums a logistic fit asks for.

For a row with predictor eta = z'theta + offset, weight m and share of successes y, with p = 1 / (1 + exp(-eta)):

    loss = -m (y log p + (1 - y) log(1 - p)),   d loss / d eta = m (p - y),   d2 loss / d eta2 = m p (1 - p).

The derivatives are written in both tails (p and 1 - p are two sigmoids, never one minus the other), so at margins of
1e4 they keep their digits: on separated data a gradient of zero would pass for a minimum. The loss is softplus(eta) -
y eta, exact to 1e-16 |eta|.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from cutline.block import Block
from cutline.coordinates import Coordinates, Line, View
from cutline.rows import tree_sum
from cutline.shapes import Many, Mat, ThetaMany, Vec
from cutline.summands.hessian import rough_hessian, swept
from cutline.summands.sweep import sweep
from cutline.terms import Terms


def predictor(view: View, theta: Tensor) -> Tensor:
    """eta with the offset: (n,), or (n, k) for k thetas."""
    return _offset(view, view.matvec(theta))


def _offset(view: View, eta: Tensor) -> Tensor:
    offset = view.block.offset
    if offset is None:
        return eta
    return eta + (offset if eta.dim() == 1 else offset[:, None])


def _prior(block: Block) -> Tensor | None:
    """Prior weights in float64, None where all are one: nothing to multiply by."""
    return None if block.weight is None else block.weight.double()


def losses(eta: Tensor, y: Tensor, weight: Tensor | None) -> Tensor:
    """The loss of each row; eta may hold k predictors, (n, k)."""
    if eta.dim() == 2:
        y, weight = y[:, None], None if weight is None else weight[:, None]
    each = softplus(eta, threshold=40.0).sub_(y * eta)  # beyond 40 the two differ by less than rounding
    return each if weight is None else each.mul_(weight)


def both_tails(eta: Tensor) -> tuple[Tensor, Tensor]:
    """p and 1 - p, each with all its digits."""
    return torch.sigmoid(eta), torch.sigmoid(-eta)


def residuals(tails: tuple[Tensor, Tensor], y: Tensor, weight: Tensor | None) -> Tensor:
    """d loss / d eta of each row: p where y is 0, -(1 - p) where it is 1."""
    p, q = tails
    r = torch.lerp(p, -q, y)
    return r if weight is None else r.mul_(weight)


def curvatures(tails: tuple[Tensor, Tensor], weight: Tensor | None) -> Tensor:
    """d2 loss / d eta2 of each row: p (1 - p)."""
    d = tails[0] * tails[1]
    return d if weight is None else d.mul_(weight)


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """Terms at theta: the loss (order 0), with its gradient (1), with its Hessian (2), exact or `rough`."""

    theta: Vec
    at: Coordinates
    order: Literal[0, 1, 2] = 1
    compiled: bool = False  # where it can be
    rough: bool = False  # for order 2: a Hessian that is a guide and no answer
    line: Line = field(init=False)  # drawn once a pass
    gives: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "line", self.at.line(self.theta))

    @property
    def streams(self) -> bool:
        """One sweep of compiled code takes a block of any length; a Hessian reads its rows again, from the cache."""
        return self.compiled and self.order == 1

    def __call__(self, block: Block, /) -> Terms:
        if self.streams and (one := sweep(block, self.at, self.line)) is not None:
            return one
        return self.over([block])

    def over(self, blocks: Sequence[Block], /) -> Terms:
        """Several blocks at once: a Hessian for all of them."""
        if self.compiled and self.order == 2:
            summed = swept(blocks, self.at, self.line, rough=self.rough)
            if summed is not None:
                return summed
        return tree_sum(map(self._multiplied, blocks), given=True)

    def _multiplied(self, block: Block) -> Terms:
        """By torch."""
        view, y = self.at.view(block), block.y.double()
        m = _prior(block)
        eta = _offset(view, view.follow(self.line))
        weight = float(block.n_rows) if m is None else float(m.sum())
        value = float(losses(eta, y, m).sum())
        if self.order == 0:
            return Terms(weight, value)
        tails = both_tails(eta)
        grad = view.rmatvec(residuals(tails, y, m))
        if self.order == 1:
            return Terms(weight, value, grad)
        d = curvatures(tails, m)
        hess = rough_hessian(block, self.at, d) if self.rough else view.sandwich(d)
        return Terms(weight, value, grad, hess)


@dataclass(frozen=True, slots=True, eq=False)
class LossAlong:
    """k losses along a ray, at theta + step * direction, (k,): two products however many steps."""

    theta: Vec
    direction: Vec
    steps: Many
    at: Coordinates

    def __call__(self, block: Block, /) -> Many:
        view = self.at.view(block)
        both = predictor(view, torch.stack([self.theta, self.theta + self.direction], dim=1))
        eta = both[:, :1] + (both[:, 1:] - both[:, :1]) * self.steps
        return losses(eta, block.y.double(), _prior(block)).sum(0)


@dataclass(frozen=True, slots=True, eq=False)
class HessianTimes:
    """The Hessian at theta times v, (q,), without the Hessian."""

    theta: Vec
    v: Vec
    at: Coordinates

    def __call__(self, block: Block, /) -> Vec:
        view = self.at.view(block)
        eta = predictor(view, self.theta)
        # v is a difference of predictors, so that held entries of theta drop out
        change = view.matvec(self.theta + self.v) - view.matvec(self.theta)
        return view.rmatvec(curvatures(both_tails(eta), _prior(block)) * change)


@dataclass(frozen=True, slots=True, eq=False)
class FirthScore:
    """What Firth's penalty adds to the score: sum_i h_i (1/2 - p_i) z_i, with h_i the leverages.

    Firth, "Bias reduction of maximum likelihood estimates", Biometrika 80 (1993), section 3.3; with prior weights as in
    Heinze & Schemper, Statistics in Medicine 21 (2002), eq. 3.
    """

    theta: Vec
    inverse: Mat
    at: Coordinates

    def __call__(self, block: Block, /) -> Vec:
        view = self.at.view(block)
        p, q = both_tails(predictor(view, self.theta))
        leverage = block.weights() * p * q * view.quadratic(self.inverse)
        return view.rmatvec(leverage * 0.5 * (q - p))


@dataclass(frozen=True, slots=True)
class Maximum:
    """A number whose + is the larger of two."""

    value: float

    def __add__(self, other: Maximum) -> Maximum:
        return Maximum(max(self.value, other.value))


@dataclass(frozen=True, slots=True, eq=False)
class Maxima:
    """Numbers whose + is the larger of two, each for itself, (q,)."""

    values: Vec

    def __add__(self, other: Maxima) -> Maxima:
        return Maxima(torch.maximum(self.values, other.values))


@dataclass(frozen=True, slots=True, eq=False)
class LargestEntries:
    """max_i |z_ij| of each column: a product of rows and columns cannot exceed what these make."""

    at: Coordinates

    def __call__(self, block: Block, /) -> Maxima:
        at = self.at
        if block.is_sparse or not block.n_numbers:
            high = block.numbers().abs().amax(0)
        else:  # from the ranges: no copy of the block
            low, high = block.ranges()
            high = torch.maximum(high, -low) if at.center is None else torch.maximum(high - at.center, at.center - low)
        return Maxima(at.padded(at.scaled(torch.cat([high, high.new_ones(sum(block.levels))])), 1.0))


@dataclass(frozen=True, slots=True, eq=False)
class LargestQuadratic:
    """max_i z_i' A z_i over rows of positive weight: with A the inverse Hessian, how far one row can see the error."""

    a: Mat
    at: Coordinates

    def __call__(self, block: Block, /) -> Maximum:
        values = self.at.view(block).quadratic(self.a)[block.weights() > 0]
        return Maximum(float(values.max()) if values.numel() else 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class SquaresOf:
    """sum_i m_i (z_i' B)^2 for each column of B, (k,): lengths of combinations of columns."""

    b: ThetaMany
    at: Coordinates

    def __call__(self, block: Block, /) -> Many:
        return (block.weights()[:, None] * self.at.view(block).matvec(self.b) ** 2).sum(0)
