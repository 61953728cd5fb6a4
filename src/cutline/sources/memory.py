"""Rows in this process's memory, cut into blocks that fit the cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from cutline.rows import Addable, Block, Summand, stack_csr, tree_sum
from cutline.threads import side_by_side

T = TypeVar("T", bound=Addable)

BLOCK_BYTES = 1_500_000  # both products of a block then find it in a core's second-level cache


class Memory:
    """Blocks in memory, summed one after the other in their order.

    Args:
        block: all the rows, as one block; it is cut without copying.
        block_rows: rows a block; by default about 1.5 MB, and at least as many rows as features.

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
        width = max(block.n_numbers + len(block.levels), 1)
        # A Hessian of many levels costs more to add up than to fill: such blocks hold several rows for each.
        fewest = block.n_features * (8 if block.levels else 1)
        size = block_rows or max(BLOCK_BYTES // (8 * width), fewest, 256)
        self._blocks = [block.slice(i, min(i + size, n)) for i in range(0, n, size)]
        self._n = n
        self._p = block.n_features

    @property
    def n_rows(self) -> int:
        return self._n

    @property
    def n_features(self) -> int:
        return self._p

    @property
    def blocks(self) -> Sequence[Block]:
        return self._blocks

    def sum(self, summand: Summand[T], /) -> T:
        """One pass."""
        return tree_sum(side_by_side(summand, self._blocks))

    def sample(self, m: int, seed: int, /) -> Memory:
        """About m rows, each kept when a hash of its number falls under m / n, and weighted by n / m."""
        if m >= self._n:
            return self
        share = m / self._n
        parts = [block.rows(_drawn(block, share, seed)) for block in self._blocks]
        whole = _joined([part for part in parts if part.n_rows])
        return Memory(replace(whole, weight=whole.weights() / share))


def _drawn(block: Block, share: float, seed: int) -> Tensor:
    """Which rows of a block a sample takes: SplitMix64's finalizer (Steele, Lea & Flood 2014) on the row number."""
    z = torch.arange(block.start, block.start + block.n_rows) * -7046029254386353131 + seed
    for shift, factor in ((30, -4658895280553007687), (27, -7723592293110705685)):
        z = (z ^ ((z >> shift) & ((1 << (64 - shift)) - 1))) * factor
    z = z ^ ((z >> 31) & ((1 << 33) - 1))
    chosen = ((z >> 11) & ((1 << 53) - 1)).double() / (1 << 53) < share
    if not bool(chosen.any()) and block.start == 0:
        chosen[0] = True  # a sample is never empty
    return chosen


def _joined(blocks: Sequence[Block]) -> Block:
    def cat(name: str) -> Tensor | None:
        parts: list[Tensor | None] = [getattr(block, name) for block in blocks]
        present = [part for part in parts if part is not None]
        if not present:
            return None
        return stack_csr(present) if present[0].layout == torch.sparse_csr else torch.cat(present)

    x, y = cat("x"), cat("y")
    assert x is not None
    assert y is not None
    return Block(x, y, cat("codes"), blocks[0].levels, cat("weight"), cat("offset"))
