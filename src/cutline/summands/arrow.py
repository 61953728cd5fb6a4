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

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.shapes import Chosen, Core, Levels, Vec
from cutline.summands.logistic import both_tails, curvatures, predictor
from cutline.symmetric import gram


@dataclass(frozen=True, slots=True, eq=False)
class Arrow:
    """The Hessian's parts: the core (c, c), the core by the levels (c, l), and the levels' diagonal (l,).

    While it is summed, the edge may have its first rows only, and the rest as `loose` cells (index, number) of the
    whole: a block fills few of them, and dense edges of all blocks in work are most of what a sum would hold. An edge
    in float32 is half as large, and makes a guide.
    """

    core: Core
    edge: Tensor
    diagonal: Levels
    loose: tuple[tuple[Tensor, Tensor], ...] = ()

    def __add__(self, other: Arrow) -> Arrow:
        a, b, loose = self, other, self.loose + other.loose
        if len(a.edge) != len(b.edge) or sum(len(index) for index, _ in loose) > len(a.core) * len(a.diagonal):
            a, b, loose = a.settled(), b.settled(), ()
        return Arrow(a.core + b.core, a.edge + b.edge, a.diagonal + b.diagonal, loose)

    def settled(self) -> Arrow:
        """The same with a whole edge."""
        if len(self.edge) == len(self.core):
            return self
        edge = self.edge.new_zeros(len(self.core), len(self.diagonal))
        edge[: len(self.edge)] = self.edge
        for index, number in self.loose:
            edge.view(-1).index_add_(0, index, number)
        return Arrow(self.core, edge, self.diagonal)

    def scaled(self, core: Tensor, levels: Levels) -> Arrow:
        """The same in units of each entry: once for the sum, and not for every block."""
        unit, whole = core[:, None], self.settled()
        edge = (whole.edge * unit.to(whole.edge.dtype)).mul_(levels.to(whole.edge.dtype))
        return Arrow((whole.core * unit).mul_(core), edge, whole.diagonal * levels**2)


@dataclass(frozen=True, slots=True, eq=False)
class ArrowHessian:
    """The Hessian of the loss at theta as an `Arrow` in the block's units, with factor `apart` set apart.

    `at` holds nothing. The core is the intercept, the numbers and the levels of the other factors, in their order; its
    scale is not applied. A `rough` edge is kept in float32.
    """

    theta: Vec
    at: Coordinates
    apart: int
    rough: bool = False

    def __call__(self, block: Block, /) -> Arrow:
        d = curvatures(both_tails(predictor(self.at.view(block), self.theta)), block.weights())
        codes, levels = cast(Tensor, block.codes), block.levels
        code, width = codes[:, self.apart].long(), levels[self.apart] + 1
        rest = [f for f in range(len(levels)) if f != self.apart]
        inner = replace(block, codes=codes[:, rest] if rest else None, levels=tuple(levels[f] for f in rest))
        core = Coordinates(inner.n_features, self.at.intercept, self.at.center)
        view = core.view(inner)
        i, k = int(core.intercept), block.n_numbers
        by_level = d.new_zeros(width).index_add_(0, code, d)
        edge = d.new_zeros(i + k, width)
        if i:
            edge[0] = by_level
        if k:
            dx = view.block.numbers() * d[:, None]
            edge[i:] = dx.new_zeros(width, k).index_add_(0, code, dx).t()
        loose = [(code[:0], d[:0])]
        for (first, _), other in inner.factors():
            cell = (other.long() + (i + first - 1)).mul_(width - 1).add_(code).sub_(1)
            some = (other > 0) & (code > 0)  # the reference levels have no coefficient
            loose.append((cell, d) if bool(some.all()) else (cell[some], d[some]))
        index, number = (torch.cat(parts) for parts in zip(*loose))
        kept = torch.float32 if self.rough else torch.float64
        return Arrow(view.sandwich(d), edge[:, 1:].to(kept), by_level[1:], ((index, number.to(kept)),))


@dataclass(frozen=True, slots=True, eq=False)
class HeadHessian:
    """The Hessian of the loss at theta, of a few entries of theta only: (k, k), a guide, multiplied in float32."""

    theta: Vec
    at: Coordinates
    entries: Chosen

    def __call__(self, block: Block, /) -> Core:
        view = self.at.view(block)
        d = curvatures(both_tails(predictor(view, self.theta)), block.weights())
        z = (view.columns(self.entries) * d.sqrt()[:, None]).float()
        return gram(z, z, z.new_zeros(z.shape[1], z.shape[1])).double()
