"""Rows held as one matrix: what a small table is read into once, so that its sums need no block any more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cutline.block import Block
from cutline.shapes import Columns, Known


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Features of n rows, (p, n), and what is known of each row, on the processor.

    Where it can be, it is the user's own memory: nothing is written into it. `dense` counts the leading features a
    block can center, as in `Moments`. Two of them added are the rows of both.
    """

    x: Columns
    y: Known
    weight: Known | None
    offset: Known | None
    dense: int

    def __add__(self, other: Held) -> Held:
        n, m = len(self.y), len(other.y)
        return Held(
            np.concatenate([self.x, other.x], 1),
            np.concatenate([self.y, other.y]),
            _after(self.weight, other.weight, np.ones(n + m), n),
            _after(self.offset, other.offset, np.zeros(n + m), n),
            self.dense,
        )


@dataclass(frozen=True, slots=True)
class Holding:
    """The `Held` of a block, with levels as columns of zeros and ones."""

    def __call__(self, block: Block, /) -> Held:
        x = block.dense() if block.is_sparse or block.levels else block.x
        x = x if x.dtype in (torch.float32, torch.float64) else x.double()
        dense = 0 if block.is_sparse else block.n_numbers
        y = block.y.detach().cpu().numpy()
        return Held(x.detach().t().cpu().numpy(), y, _held(block.weight), _held(block.offset), dense)


def _held(values: Tensor | None) -> Known | None:
    return None if values is None else values.detach().double().cpu().numpy()


def _after(one: np.ndarray | None, other: np.ndarray | None, both: np.ndarray, n: int) -> np.ndarray | None:
    """One and the other into `both`, which holds what None stands for, from its n-th entry on the other."""
    if one is None and other is None:
        return None
    for part, known in ((both[:n], one), (both[n:], other)):
        if known is not None:
            part[:] = known
    return both
