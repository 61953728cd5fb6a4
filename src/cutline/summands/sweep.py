"""A block's loss and gradient in one compiled sweep: what `Logistic` asks for where rows are many, and what goes with
it: rows gathered, the product a Hessian is, the moments of sparse rows.

With torch a pass is a dozen calls a block, each of which the interpreter begins, and threads wait for their turn to
begin one; compiled, it is one loop (`kernels.py`; `python benchmarks/passes.py` has both). It needs numba and rows on
the processor; where either is missing, torch computes the same.
"""

from __future__ import annotations

from functools import cache
from mmap import mmap
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cutline.block import Block
from cutline.coordinates import Coordinates, Line
from cutline.shapes import Entries, Row, ThetaMat, Vec
from cutline.terms import Terms

WORTH = 2e7  # numbers by the width of a row, at most a thousand, from which it pays to load a compiler, once a process
LENT = 500  # columns from which a Hessian is a matter of megabytes
NOTHING = np.zeros(0)


def worth_compiling(n_rows: int, width: float) -> bool:
    """Whether rows are so many that a compiler pays, and there is one.

    Whether it is loaded already does not count: the same rows are to give the same bits, whatever was fitted before.
    """
    return n_rows * min(width, 1_000) >= WORTH and kernels() is not None


def looking() -> Any:
    """Loops beside them, once it is known that there is a compiler."""
    from cutline.summands import looking

    return looking


@cache
def kernels() -> Any:
    """The compiled loops, or None without numba."""
    try:
        from cutline.summands import kernels
    except ImportError:
        return None
    return kernels


def sweep(block: Block, at: Coordinates, line: Line, bend: Row | None = None) -> Terms | None:
    """Terms of order 1 at a line, and each row's curvature into `bend`, float64, if given.

    None where the block's numbers lie as no kernel reads them.
    """
    if block.x.device.type != "cpu" or kernels() is None:
        return None
    slopes, constant = line
    k, w = block.n_numbers, slopes.numpy()
    outcome = (_floats(block.weight), _floats(block.offset), _floats(bend))
    y = block.y if block.y.dtype == torch.int8 else block.y.double()
    codes = np.zeros((block.n_rows, 0), np.int32) if block.codes is None else block.codes.numpy()
    first = np.cumsum([0, *(size + 1 for size in block.levels)])  # of each factor: its reference, which weighs nothing
    levels, sums = np.zeros(first[-1]), np.zeros(first[-1])
    carried = np.ones(first[-1], bool)
    carried[first[:-1]] = False
    levels[carried] = w[k:]
    g, b = np.zeros(k), 0.0 if constant is None else float(constant)
    center, shift = _centers(at)
    if shift is not None:
        b -= float(shift @ w[:k])
    rest = (b, y.numpy(), *outcome, codes, first, levels, g, sums)
    if block.is_sparse:
        x = block.x
        parts = (x.crow_indices().numpy(), x.col_indices().numpy(), x.values().numpy())
        value, total = kernels().sparse(*parts, w[:k], *rest)
    else:
        x, by_rows, lead = _in_one_piece(block.x)
        if x is None:
            return None
        kernel = kernels().by_rows if by_rows else kernels().by_columns
        value, total = kernel(x, lead, center, w[:k], *rest)
        if shift is not None:
            g -= shift * total
    weight = float(block.n_rows) if block.weight is None else float(outcome[0].sum())
    grad = at.pulled(torch.tensor(total, dtype=torch.float64), torch.as_tensor(np.concatenate([g, sums[carried]])))
    return Terms(weight, value, grad)


def _centers(at: Coordinates) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The centers to be taken from each number, or those that one product for all rows can stand for; or neither."""
    if at.center is None:
        return None, None
    center = at.center.numpy()
    return (None, center) if at.nearby() else (center, None)


def gathered(x: Tensor, index: Entries, units: tuple[Vec, Vec], out: Tensor) -> bool:
    """(x - c) * s of the chosen rows into `out`; False where the numbers lie as no loop reads them."""
    flat, by_rows, lead = _in_one_piece(x)
    if flat is None:
        return False
    loop = looking().gathered_by_rows if by_rows else looking().gathered_by_columns
    loop(flat, lead, index.numpy(), *(u.numpy() for u in units), out.numpy())
    return True


def curved(x: Tensor, at: Coordinates, d: Row, rough: bool, total: np.ndarray | None = None) -> np.ndarray:
    """Z' diag(d) Z of the intercept and of numbers that were swept, added to `total`: in float32 if `rough`.

    It is the upper half, with rows and columns beyond it until there are fours of them: `mirrored` makes it whole.
    """
    flat, by_rows, lead = _in_one_piece(x)
    k, loops, q = x.shape[1], looking(), x.shape[1] + int(at.intercept)
    center = np.zeros(k) if at.center is None else at.center.numpy()
    unit = np.ones(k) if at.scale is None else at.scale[:k].numpy()
    size = -(-q // 4) * 4
    kind = np.float32 if rough else np.float64
    z = np.zeros((size, loops.TURNED + loops.APART), kind)
    total = _lent(size, kind) if total is None else total
    loops.curved(flat, lead, by_rows, center, unit, q - k, d.numpy(), z, total)
    return total


def _lent(size: int, kind: Any) -> np.ndarray:
    """A matrix of zeros; a wide one goes back to the system when nobody needs it.

    An allocator would keep it for the thread that gave it up, and the other threads could not have it.
    """
    if size < LENT:
        return np.zeros((size, size), kind)
    return np.frombuffer(mmap(-1, size * size * np.dtype(kind).itemsize), kind).reshape(size, size)


def mirrored(total: np.ndarray, q: int) -> ThetaMat:
    """Both halves of what `curved` made."""
    looking().mirrored(total)
    return torch.as_tensor(total)[:q, :q]


def sparse_moments(x: Tensor, weight: Tensor) -> Tensor | None:
    """Of each column: how many entries, their weighted sum and sum of squares, lowest and highest, (p, 5)."""
    if x.device.type != "cpu":
        return None
    sums = np.tile([0.0, 0.0, 0.0, np.inf, -np.inf], (x.shape[1], 1))
    looking().sparse_moments(
        x.crow_indices().numpy(), x.col_indices().numpy(), x.values().numpy(), weight.numpy(), sums
    )
    return torch.as_tensor(sums)


def _in_one_piece(x: Tensor) -> tuple[np.ndarray | None, bool, int]:
    """A matrix as the memory it lies in, whether it lies by rows, and how far apart these (or columns) are."""
    n, k = x.shape
    if x.dtype not in (torch.float32, torch.float64):
        return None, True, 0
    if x.numel() == 0:
        return NOTHING, True, 0
    down, across = x.stride()
    if across == 1 or (k == 1 and down > 0):
        return x.as_strided(((n - 1) * down + k,), (1,)).numpy(), True, down
    if down == 1:
        return x.as_strided(((k - 1) * across + n,), (1,)).numpy(), False, across
    return None, True, 0


def _floats(values: Tensor | None) -> np.ndarray:
    return NOTHING if values is None else values.double().numpy()
