"""Rows in this process's memory, cut into blocks that fit the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from cutline.block import Block
from cutline.rows import Addable, Summand, gives, over, streams, tree_sum
from cutline.shapes import Units
from cutline.summands.sweep import gathered, worth_compiling
from cutline.threads import side_by_side

T = TypeVar("T", bound=Addable)

BLOCK_BYTES = 4_000_000  # both products of a block then find it in a core's share of the cache
RUNS = 32  # stretches of blocks a pass is shared out by: enough to even out unequal workers, few enough to cost nothing
DENSE = 4_000  # columns up to which a fit forms a Hessian, and makes sparse rows dense for it
FEWEST = 50_000  # numbers that are worth a worker's while
RARE = 0.5  # at most this share of a sample is the rarer class, kept whole


class Memory:
    """Blocks in memory, summed in their order; several stretches of them at once.

    Args:
        block: all the rows, as one block; it is cut without copying.
        block_rows: rows a block; by default about 4 MB, and at least as many rows as features.

    Raises:
        ValueError: the parts of the block disagree in length, or there are no rows.
    """

    def __init__(self, block: Block, block_rows: int | None = None) -> None:
        n = block.n_rows
        if n == 0:
            raise ValueError("expected at least one row; there are none")
        for name in ("y", "codes", "weight", "offset"):
            part: Tensor | None = getattr(block, name)
            if part is not None and part.shape[0] != n:
                raise ValueError(f"x has {n} rows and {name} has {part.shape[0]}; they must agree")
        self._whole = block
        self._size = block_rows or _rows_a_block(block)

    @property
    def n_rows(self) -> int:
        return self._whole.n_rows

    @property
    def n_features(self) -> int:
        return self._whole.n_features

    @property
    def width(self) -> float:
        return self._whole.width

    @cached_property
    def blocks(self) -> Sequence[Block]:
        return self._cut(self._size)

    @cached_property
    def _likely(self) -> int:
        """How many outcomes are above a half."""
        return int(np.count_nonzero(self._whole.y.numpy() > 0.5))

    @cached_property
    def _runs(self) -> Sequence[Sequence[Block]]:
        """Several blocks each, as many for any number of workers: the same rows give the same bits."""
        each = -(-len(self.blocks) // _how_many_runs(self._whole))
        return [self.blocks[i : i + each] for i in range(0, len(self.blocks), each)]

    @cached_property
    def _stretches(self) -> Sequence[Block]:
        """The same for what reads row after row."""
        if self._whole.is_sparse:
            return self._cut(len(self._runs[0]) * self._size)
        return self._cut(-(-self.n_rows // _how_many_stretches(self._whole)))

    def _cut(self, size: int) -> Sequence[Block]:
        n = self.n_rows
        return [self._whole] if size >= n else [self._whole.slice(i, min(i + size, n)) for i in range(0, n, size)]

    def sum(self, summand: Summand[T], /) -> T:
        """One pass."""
        if self._size >= self.n_rows:
            return summand(self._whole)
        if streams(summand):
            return tree_sum(side_by_side(summand, self._stretches), given=gives(summand))
        return tree_sum(side_by_side(lambda run: over(summand, run), self._runs), given=gives(summand))

    def sample(self, m: int, seed: int, /, units: Units = None) -> Memory:
        """About m rows, weighted by one over their chance of being drawn; the rarer class is kept whole if it is small.

        The rows are cut into as many stretches as are drawn, and a hash of the stretch's number chooses one row of
        each: no order of the rows can fool it, and only rows that are drawn are looked at.
        """
        if m >= self.n_rows and units is None:
            return self
        index, chance = _chosen(self._whole.y, self._likely, min(m, self.n_rows), seed)
        drawn = _gathered(self._whole, index, units)
        return Memory(replace(drawn, weight=drawn.weights() / chance))


def _rows_a_block(block: Block) -> int:
    if block.is_sparse and block.n_features > DENSE:  # a sum has a number for each feature, and a row has few
        width = max(block.x.values().shape[0] / block.n_rows, 1.0) + len(block.levels)
        return max(int(BLOCK_BYTES / (12 * width)), int(4 * block.n_features / width), 256)
    width = max(block.n_numbers + len(block.levels), 1)
    # A Hessian of many levels costs more to add up than to fill: such blocks hold several rows for each.
    fewest = block.n_features * (20 if block.levels else 1)
    return max(BLOCK_BYTES // (8 * width), fewest, 256)


def _how_many_stretches(block: Block) -> int:
    """Of rows read one after the other, fours of them: 8 of 20 million numbers, 16 of 100 million, 48 of a billion.

    To begin one costs as much as a hundred thousand numbers, and the last one is waited for: what both cost together is
    least where the number of stretches goes with the root of their length.
    """
    numbers = block.n_rows * (block.n_numbers + len(block.levels))
    return min(2 * RUNS, 4 * max(1, round(numbers**0.5 / 2_400)))


def _how_many_runs(block: Block) -> int:
    """Into how many stretches: fewer where a sum of a stretch would be as long as the stretch.

    Of dense rows it is a Hessian, of sparse ones a number a feature.
    """
    if not block.is_sparse:
        return min(RUNS, max(8, block.n_rows // (2 * max(block.n_features, 1))))
    return min(RUNS, max(8, block.x.values().shape[0] // (16 * max(block.n_features, 1))))


def _chosen(y: Tensor, likely: int, m: int, seed: int) -> tuple[Tensor, Tensor]:
    """Row numbers, rising, and the chance each had of being drawn."""
    n = len(y)
    index = ((torch.arange(m) + _hashed(m, seed)) * (n / m)).long().clamp_(max=n - 1)
    chance = torch.full((m,), m / n, dtype=torch.float64)
    if 0 < min(likely, n - likely) <= RARE * m:
        rare = (y > 0.5) == (2 * likely <= n)
        common = index[~rare[index]]
        index = torch.cat([common, rare.nonzero().squeeze(1)])
        chance = torch.cat([chance[: len(common)], torch.ones(len(index) - len(common), dtype=torch.float64)])
        index, order = index.sort()
        chance = chance[order]
    return index, chance


def _hashed(m: int, seed: int) -> Tensor:
    """m numbers in [0, 1): SplitMix64's finalizer (Steele, Lea & Flood 2014) on 0, 1, 2, ..."""
    z = torch.arange(1, m + 1) * -7046029254386353131 + seed
    for shift, factor in ((30, -4658895280553007687), (27, -7723592293110705685)):
        z = (z ^ ((z >> shift) & ((1 << (64 - shift)) - 1))) * factor
    z = z ^ ((z >> 31) & ((1 << 33) - 1))
    return ((z >> 11) & ((1 << 53) - 1)).double() / (1 << 53)


def _gathered(block: Block, index: Tensor, units: Units) -> Block:
    """The chosen rows; a large dense matrix is filled by all workers, into its place."""
    if block.is_sparse:
        return block.rows(index)
    rest = replace(block, x=block.x[:, :0]).rows(index)
    size = max(-(-len(index) // RUNS), -(-FEWEST // max(block.n_numbers, 1)))
    # numpy asks the system for large pages, and new memory in small ones costs more than filling it does
    dtype = np.float32 if units is not None or block.x.dtype == torch.float32 else np.float64
    x = torch.as_tensor(np.empty((len(index), block.n_numbers), dtype))
    scaled = units is not None and block.x.device.type == "cpu"
    compiled = scaled and worth_compiling(block.n_rows, block.width)

    def fill(first: int) -> None:
        span = slice(first, first + size)
        if units is None:
            torch.index_select(block.x, 0, index[span], out=x[span])
        elif not (compiled and gathered(block.x, index[span], units, x[span])):
            torch.mul(block.x.index_select(0, index[span]) - units[0], units[1], out=x[span])

    list(side_by_side(fill, range(0, len(index), size)))
    return replace(rest, x=x)
