"""What the columns and the outcome look like: one pass before a fit.

Means and squared deviations of blocks combine without cancellation by the pairwise update of Chan, Golub & LeVeque,
"Updating formulae and a pairwise algorithm for computing sample variances" (1979), eq. 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import torch
from torch import Tensor

from cutline import csr
from cutline.block import Block
from cutline.rows import tree_sum
from cutline.shapes import Row, Share, Vec
from cutline.summands.sweep import sparse_moments

PIECE = 65_536  # outcomes at a time: what is made of them is several times as long
NUMBERS = 250_000  # of a block at a time, whose copy a cache holds


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Weighted mean, squared deviations and range of each feature, over rows of positive weight.

    `n` counts those rows. `mean`, `m2` (weighted sum of squared deviations), `low`, `high` are (p,). `dense` counts the
    leading features a block can center: none in sparse rows. `levels` are the block's, at the end of the features.
    """

    n: int
    dense: int
    levels: tuple[int, ...]
    weight: float
    mean: Vec
    m2: Vec
    low: Vec
    high: Vec

    def __add__(self, other: Moments) -> Moments:
        weight = self.weight + other.weight
        if weight == 0:
            return self
        share, apart = other.weight / weight, other.mean - self.mean
        return Moments(
            self.n + other.n,
            self.dense,
            self.levels,
            weight,
            self.mean + share * apart,
            self.m2 + other.m2 + self.weight * share * apart**2,
            torch.minimum(self.low, other.low),
            torch.maximum(self.high, other.high),
        )

    def deviation(self, intercept: bool) -> Vec:
        """The standard deviation of each feature; its root mean square where there is no intercept."""
        square = self.m2 / self.weight
        return (square if intercept else square + self.mean**2).sqrt()

    def finite(self) -> Tensor:
        """Which features hold finite numbers only, whose squares can be added up."""
        return self.mean.isfinite() & self.m2.isfinite()

    def constant(self) -> Tensor:
        """Which features have one value only: decided by the range, which has no rounding."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class ColumnMoments:
    """Moments of every feature of a block; those of sparse rows in one `compiled` loop, where it can be."""

    compiled: bool = False

    def __call__(self, block: Block, /) -> Moments:
        m = block.weights()
        if not bool((m > 0).all()):
            block, m = block.rows(m > 0), m[m > 0]
        weight, dense = float(m.sum()), 0 if block.is_sparse else block.n_numbers
        if block.n_rows == 0:
            zero, inf = m.new_zeros(block.n_features), m.new_full((block.n_features,), torch.inf)
            return Moments(0, dense, block.levels, 0.0, zero, zero, inf, -inf)
        parts = [_sparse(block.x, m, weight, self.compiled) if block.is_sparse else _dense(block, m, weight)]
        for f, size in enumerate(block.levels):
            code = cast(Tensor, block.codes)[:, f]
            counts = torch.bincount(code, minlength=size + 1)[1:]
            mean = m.new_zeros(size + 1).index_add_(0, code, m)[1:] / weight
            low, high = (counts == block.n_rows).double(), (counts > 0).double()
            parts.append((mean, weight * mean * (1 - mean), low, high))
        mean, m2, low, high = (torch.cat(column) for column in zip(*parts))
        return Moments(block.n_rows, dense, block.levels, weight, mean, m2, low, high)


def _dense(block: Block, m: Tensor, weight: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    if block.weight is None and block.n_numbers and block.x.device.type != "cpu":  # at once, as well: by Welford
        variance, mean = torch.var_mean(block.x.double(), 0, correction=0)
        low, high = block.x.aminmax(dim=0)
        return mean, variance * weight, low.double(), high.double()
    rows = max(1, NUMBERS // max(block.n_numbers, 1))
    parts = [slice(first, first + rows) for first in range(0, block.n_rows, rows)]
    mean = torch.stack([m[part] @ block.x[part].double() for part in parts]).sum(0) / weight
    left, m2 = torch.zeros_like(mean), torch.zeros_like(mean)
    for part in parts:
        apart = block.x[part].double() - mean
        left += m[part] @ apart
        m2 += m[part] @ apart.square_()
    mean += left / weight  # what rounding left: a column of 1e6 and deviation 1 keeps its digits
    return mean, m2, *block.ranges()


def _sparse(x: Tensor, m: Tensor, weight: float, compiled: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    if not compiled or (found := sparse_moments(x, m)) is None:
        found = _entries(x.double(), m)
    count, total, square, low, high = found.unbind(1)
    mean, full = total / weight, count == x.shape[0]  # a column with fewer entries than rows has a zero somewhere
    m2 = (square - weight * mean**2).clamp(min=0)
    return mean, m2, torch.where(full, low, low.clamp(max=0)), torch.where(full, high, high.clamp(min=0))


def _entries(x: Tensor, m: Tensor) -> Tensor:
    columns, values, p = x.col_indices().long(), x.values(), x.shape[1]
    squares = csr.matrix(x.crow_indices(), x.col_indices(), values.square(), (x.shape[0], p))
    count = torch.bincount(columns, minlength=p).double()
    low = m.new_full((p,), torch.inf).scatter_reduce_(0, columns, values, "amin")
    high = m.new_full((p,), -torch.inf).scatter_reduce_(0, columns, values, "amax")
    return torch.stack([count, csr.transposed(x, m), csr.transposed(squares, m), low, high], 1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is known of the outcome before any feature: counts, and the parts of a likelihood no coefficient changes.

    `rows` counts rows of positive weight. `offset` is its weighted sum. `saturated` is the log-likelihood of the
    model with one parameter a row; `constant` is R's binomial constant, sum log choose(m, m y), zero for rows of one
    trial.
    """

    rows: int
    weight: float
    successes: float
    offset: float
    saturated: float
    constant: float

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(
            self.rows + other.rows,
            self.weight + other.weight,
            self.successes + other.successes,
            self.offset + other.offset,
            self.saturated + other.saturated,
            self.constant + other.constant,
        )


@dataclass(frozen=True, slots=True)
class OutcomeCounts:
    """The `Outcome` of a block."""

    streams: ClassVar[bool] = True  # it reads no numbers

    def __call__(self, block: Block, /) -> Outcome:
        n, successes = block.n_rows, _how_many(block.y, 1)
        whole = successes + _how_many(block.y, 0) == n
        if block.weight is None and block.offset is None and whole:
            return Outcome(n, float(n), float(successes), 0.0, 0.0, 0.0)
        m, offset = block.weight, block.offset
        parts = (slice(first, first + PIECE) for first in range(0, max(n, 1), PIECE))
        return tree_sum(
            _counted(block.y[part], None if m is None else m[part], None if offset is None else offset[part], whole)
            for part in parts
        )


def _counted(y: Share, weight: Row | None, offset: Row | None, whole: bool) -> Outcome:
    """Of some rows; a saturated model is sure of `whole` outcomes, 0 or 1."""
    y = y.double()
    m = torch.ones_like(y) if weight is None else weight.double()
    known = 0.0 if offset is None else float(m @ offset.double())
    counts = (int((m > 0).sum()), float(m.sum()), float((m * y).sum()), known)
    if whole:
        return Outcome(*counts, 0.0, 0.0)
    mixed = (y > 0) & (y < 1)
    saturated = m * (torch.xlogy(y, y) + torch.xlogy(1 - y, 1 - y))
    # Counts are rounded, for weights that are not whole numbers; the kernel, unlike in R's binomial()$aic, is not.
    trials, successes = m[mixed].round(), (m * y)[mixed].round()
    choose = torch.lgamma(trials + 1) - torch.lgamma(successes + 1) - torch.lgamma(trials - successes + 1)
    return Outcome(*counts, float(saturated.sum()), float(choose.sum()))


def _how_many(y: Share, value: int) -> int:
    """How many entries equal the value: by numpy on the processor, where torch takes eight times as long."""
    return int(np.count_nonzero(y.numpy() == value)) if y.device.type == "cpu" else int(torch.count_nonzero(y == value))


@dataclass(frozen=True, slots=True)
class Ranges:
    """The range of a feature among failures and among successes."""

    low0: float
    high0: float
    low1: float
    high1: float

    def __add__(self, other: Ranges) -> Ranges:
        return Ranges(
            min(self.low0, other.low0),
            max(self.high0, other.high0),
            min(self.low1, other.low1),
            max(self.high1, other.high1),
        )


@dataclass(frozen=True, slots=True)
class ClassRanges:
    """`Ranges` of one feature in a block: where they meet in a point at most, it separates the classes alone."""

    feature: int

    def __call__(self, block: Block, /) -> Ranges:
        some = block.weights() > 0
        pick = torch.zeros(block.n_features, dtype=torch.float64, device=block.y.device)
        pick[self.feature] = 1.0
        x = block.matvec(pick)

        def span(keep: Tensor) -> tuple[float, float]:
            chosen = x[keep]
            return (float(chosen.min()), float(chosen.max())) if len(chosen) else (float("inf"), -float("inf"))

        return Ranges(*span(some & (block.y < 1)), *span(some & (block.y > 0)))


@dataclass(frozen=True, slots=True, eq=False)
class LevelCounts:
    """The weight of failures and of successes in each level of each factor: its reference first, then the others."""

    levels: tuple[int, ...]
    failures: Vec
    successes: Vec

    def __add__(self, other: LevelCounts) -> LevelCounts:
        return LevelCounts(self.levels, self.failures + other.failures, self.successes + other.successes)


@dataclass(frozen=True, slots=True)
class OutcomesByLevel:
    """The `LevelCounts` of a block."""

    def __call__(self, block: Block, /) -> LevelCounts:
        m, y = block.weights(), block.y.double()
        parts = [
            torch.stack(
                [m.new_zeros(size + 1).index_add_(0, cast(Tensor, block.codes)[:, f], v) for v in (m - m * y, m * y)]
            )
            for f, size in enumerate(block.levels)
        ]
        failures, successes = torch.cat(parts, 1) if parts else m.new_zeros(2, 0)
        return LevelCounts(block.levels, failures, successes)
