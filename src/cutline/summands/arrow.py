"""Hessians too large to write down, but for the part that matters.

With the levels of one factor set apart, the Hessian is an arrow: a row has one level, so that the block of levels is
diagonal, beside a core of everything else. Where no factor is that large, the heaviest columns are a core by
themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.rows import Block
from cutline.shapes import Chosen, Core, Edge, Levels, Vec
from cutline.summands.logistic import both_tails, curvatures, predictor


@dataclass(frozen=True, slots=True, eq=False)
class Arrow:
    """The Hessian's parts: the core (c, c), the core by the levels (c, l), and the levels' diagonal (l,)."""

    core: Core
    edge: Edge
    diagonal: Levels

    def __add__(self, other: Arrow) -> Arrow:
        return Arrow(self.core + other.core, self.edge + other.edge, self.diagonal + other.diagonal)

    def scaled(self, core: Tensor, levels: Levels) -> Arrow:
        """The same in units of each entry: once for the sum, and not for every block."""
        unit = core[:, None]
        return Arrow(self.core * unit * core, self.edge * unit * levels, self.diagonal * levels**2)


@dataclass(frozen=True, slots=True, eq=False)
class ArrowHessian:
    """The Hessian of the loss at theta as an `Arrow` in the block's units, with factor `apart` set apart.

    `at` holds nothing. The core is the intercept, the numbers and the levels of the other factors, in their order; its
    scale is not applied.
    """

    theta: Vec
    at: Coordinates
    apart: int

    def __call__(self, block: Block, /) -> Arrow:
        d = curvatures(both_tails(predictor(self.at.view(block), self.theta)), block.weights())
        codes, levels = cast(Tensor, block.codes), block.levels
        code, width = codes[:, self.apart].long(), levels[self.apart] + 1
        rest = [f for f in range(len(levels)) if f != self.apart]
        inner = replace(block, codes=codes[:, rest] if rest else None, levels=tuple(levels[f] for f in rest))
        core = Coordinates(inner.n_features, self.at.intercept, self.at.center)
        view = core.view(inner)
        # Row and column 0 take what has no coefficient: the reference levels. They are cut off at the end.
        edge = d.new_zeros(core.size + 1, width)
        by_level = d.new_zeros(width).index_add_(0, code, d)
        i, k = int(core.intercept), block.n_numbers
        if i:
            edge[1] = by_level
        if k:
            dx = view.block.numbers() * d[:, None]
            edge[1 + i : 1 + i + k] = dx.new_zeros(width, k).index_add_(0, code, dx).t()
        for (first, _), other in inner.factors():
            row = torch.where(other > 0, i + first + other.long(), 0)
            edge.view(-1).index_add_(0, row * width + code, d)
        return Arrow(view.sandwich(d), edge[1:, 1:], by_level[1:])


@dataclass(frozen=True, slots=True, eq=False)
class HeadHessian:
    """The Hessian of the loss at theta, of a few entries of theta only: (k, k)."""

    theta: Vec
    at: Coordinates
    entries: Chosen

    def __call__(self, block: Block, /) -> Core:
        view = self.at.view(block)
        d = curvatures(both_tails(predictor(view, self.theta)), block.weights())
        z = view.columns(self.entries)
        return z.t() @ (z * d[:, None])
