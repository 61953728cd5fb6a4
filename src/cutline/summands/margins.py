"""Signed margins: for which directions does every row lie on its own side?

A row's signed design is +z for a success and -z for a failure; a row of several trials with both outcomes counts as
both.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.shapes import Design, Many, Vec


def signed(block: Block, at: Coordinates) -> Design:
    """The signed design of a block's rows of positive weight."""
    z, m = at.view(block).matrix(), block.weights()
    return torch.cat([z[(block.y > 0) & (m > 0)], -z[(block.y < 1) & (m > 0)]])


@dataclass(frozen=True, slots=True, eq=False)
class Gathered:
    """Rows, one below the other."""

    z: Design

    def __add__(self, other: Gathered) -> Gathered:
        return Gathered(torch.cat([self.z, other.z]))


@dataclass(frozen=True, slots=True, eq=False)
class Gather:
    """The signed design itself: for few rows, or a sample."""

    at: Coordinates

    def __call__(self, block: Block, /) -> Gathered:
        return Gathered(signed(block, self.at))


@dataclass(frozen=True, slots=True, eq=False)
class SignedSum:
    """The sum of the signed design, (q,): the total margin of any direction is its product with this."""

    at: Coordinates

    def __call__(self, block: Block, /) -> Vec:
        some = (block.weights() > 0).double()
        return self.at.view(block).rmatvec(some * ((block.y > 0).double() - (block.y < 1).double()))


@dataclass(frozen=True, slots=True, eq=False)
class Worst:
    """The lowest signed margin of a direction, and the rows that lie furthest on the wrong side."""

    lowest: float
    margins: Many
    z: Design
    keep: int

    def __add__(self, other: Worst) -> Worst:
        margins, z = torch.cat([self.margins, other.margins]), torch.cat([self.z, other.z])
        order = margins.argsort(stable=True)[: self.keep]
        return Worst(min(self.lowest, other.lowest), margins[order], z[order], self.keep)


@dataclass(frozen=True, slots=True, eq=False)
class WorstMargins:
    """The `keep` rows of lowest signed margin along a direction."""

    direction: Vec
    at: Coordinates
    keep: int

    def __call__(self, block: Block, /) -> Worst:
        block = block.rows(block.weights() > 0)
        ahead = self.at.view(block).matvec(self.direction)
        # a row with both outcomes is on the wrong side of every direction that moves it
        side = torch.where(block.y == 1, 1.0, torch.where(block.y == 0, -1.0, -ahead.sign()))
        margins = side * ahead
        order = margins.argsort(stable=True)[: self.keep]
        lowest = float(margins[order[0]]) if len(order) else float("inf")
        z = self.at.view(block.rows(order)).matrix() * side[order, None]
        return Worst(lowest, margins[order], z, self.keep)
