"""Rows held as one matrix: what a small table is read into once, so that its sums need no block any more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from cutline.rows import Block
from cutline.shapes import Columns, Known


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Features of n rows, (p, n), and what is known of each row, on the processor and, where it can be, not copied.

    `dense` counts the leading features a block can center, as in `Moments`. Two of them added are the rows of both.
    """

    x: Columns
    y: Known
    weight: Known | None
    offset: Known | None
    dense: int

    def __add__(self, other: Held) -> Held:
        return Held(
            np.concatenate([self.x, other.x], 1),
            np.concatenate([self.y, other.y]),
            _after(self.weight, other.weight),
            _after(self.offset, other.offset),
            self.dense,
        )


@dataclass(frozen=True, slots=True)
class Holding:
    """The `Held` of a block, with levels as columns of zeros and ones."""

    def __call__(self, block: Block, /) -> Held:
        x = block.dense() if block.is_sparse or block.levels else block.x
        dense = 0 if block.is_sparse else block.n_numbers
        return Held(x.t().cpu().numpy(), block.y.cpu().numpy(), _held(block.weight), _held(block.offset), dense)


def _held(values: Tensor | None) -> Known | None:
    return None if values is None else values.double().cpu().numpy()


def _after(one: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    return None if one is None or other is None else np.concatenate([one, other])
