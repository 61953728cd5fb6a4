"""The sums a logistic fit asks for.

For a row with predictor eta = z'theta + offset, weight m and share of successes y, with p = 1 / (1 + exp(-eta)):

    loss = -m (y log p + (1 - y) log(1 - p)),   d loss / d eta = m (p - y),   d2 loss / d eta2 = m p (1 - p).

Each is written in both tails (p and 1 - p are two sigmoids, never one minus the other), so margins of 1e4 keep their
digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from cutline.coordinates import Coordinates, View
from cutline.rows import Block
from cutline.shapes import Many, Mat, ThetaMany, Vec
from cutline.terms import Terms


def predictor(view: View, theta: Tensor) -> Tensor:
    """eta with the offset: (n,), or (n, k) for k thetas."""
    eta, offset = view.matvec(theta), view.block.offset
    if offset is None:
        return eta
    return eta + (offset if eta.dim() == 1 else offset[:, None])


def losses(eta: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """The loss of each row; eta may hold k predictors, (n, k)."""
    if eta.dim() == 2:
        y, weight = y[:, None], weight[:, None]
    return -weight * (y * logsigmoid(eta) + (1 - y) * logsigmoid(-eta))


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """Terms at theta: the loss (order 0), with its gradient (1), with its Hessian (2)."""

    theta: Vec
    at: Coordinates
    order: Literal[0, 1, 2] = 1

    def __call__(self, block: Block, /) -> Terms:
        view, y, m = self.at.view(block), block.y.double(), block.weights()
        eta = predictor(view, self.theta)
        weight, value = float(m.sum()), float(losses(eta, y, m).sum())
        if self.order == 0:
            return Terms(weight, value)
        p, q = torch.sigmoid(eta), torch.sigmoid(-eta)
        grad = view.rmatvec(m * ((1 - y) * p - y * q))
        return Terms(weight, value, grad, view.sandwich(m * p * q) if self.order == 2 else None)


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
        return losses(eta, block.y.double(), block.weights()).sum(0)


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
        return view.rmatvec(block.weights() * torch.sigmoid(eta) * torch.sigmoid(-eta) * change)


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
        eta = predictor(view, self.theta)
        p, q = torch.sigmoid(eta), torch.sigmoid(-eta)
        leverage = block.weights() * p * q * view.quadratic(self.inverse)
        return view.rmatvec(leverage * 0.5 * (q - p))


@dataclass(frozen=True, slots=True)
class Maximum:
    """A number whose + is the larger of two."""

    value: float

    def __add__(self, other: Maximum) -> Maximum:
        return Maximum(max(self.value, other.value))


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
