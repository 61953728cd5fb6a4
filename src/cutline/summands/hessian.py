"""The Hessian of a block by the curvature of its rows: compiled, or a guide that torch multiplies in half the time.

Without a compiler an exact one is `View.sandwich`, of a block that is ready for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from cutline.block import Block
from cutline.coordinates import Coordinates, Line
from cutline.rows import tree_sum
from cutline.shapes import Design, Mat, Row, ThetaMat
from cutline.summands.sweep import curved, mirrored, sweep
from cutline.symmetric import gram
from cutline.terms import Terms


def swept(blocks: Sequence[Block], at: Coordinates, line: Line, *, rough: bool) -> Terms | None:
    """Terms of order 2 of some blocks, of one sweep each: rough in float32, six digits of it.

    Their Hessians are added up in place, for a wide one costs time to be given its memory, too. None where numbers lie
    as no loop reads them.
    """
    total, terms = None, list[Terms]()
    for block in blocks:
        bend = torch.empty(block.n_rows, dtype=torch.float64)
        one = sweep(block, at, line, bend)
        if one is None:
            return None
        if block.levels:
            h = mirrored(curved(_numbers(block), at, bend, rough), block.n_numbers + int(at.intercept))
            terms.append(replace(one, hess=_with_levels(h.double(), block, at, bend)))
        else:
            total = curved(_numbers(block), at, bend, rough, total)
            terms.append(one)
    if total is None:
        return tree_sum(terms, given=True)
    h = mirrored(total, at.n_full)
    return replace(tree_sum(terms, given=True), hess=h if at.free is None else h[at.free[:, None], at.free])


def rough_hessian(block: Block, at: Coordinates, d: Row) -> ThetaMat:
    """The same for any block, multiplied by torch in float32.

    Its numbers are brought to theta's units before, for float32 has no room for any others.
    """
    z = _design(block, at).mul_(d.sqrt()[:, None]).float()
    return _with_levels(gram(z, z, d.new_zeros(z.shape[1], z.shape[1])), block, at, d)


def _with_levels(h: Mat, block: Block, at: Coordinates, d: Row) -> ThetaMat:
    """The Hessian of all entries from that of intercept and numbers: factors are counted. Then of the free ones."""
    if block.levels:
        h, first = pad(h, (0, sum(block.levels)) * 2), len(h)
        dz, coded = _design(block, at).mul_(d[:, None]), replace(block, x=d.new_zeros(block.n_rows, 0))
        for (a, b), code in coded.factors():
            sums = dz.new_zeros(b - a + 1, first).index_add_(0, code, dz)[1:]
            level = slice(first + a, first + b)
            h[level, :first], h[:first, level] = sums, sums.t()
        coded.sandwich(d, h[first:, first:])
        if (unit := at.unit()) is not None:
            h[first:] *= unit[first:, None]
            h[:, first:] *= unit[first:]
    return h if at.free is None else h[at.free[:, None], at.free]


def _numbers(block: Block) -> Tensor:
    return block.numbers() if block.is_sparse else block.x


def _design(block: Block, at: Coordinates) -> Design:
    """The columns of the intercept and of numbers in theta's design, in float64."""
    x, i = _numbers(block), int(at.intercept)
    z = x.new_ones(len(x), i + block.n_numbers, dtype=torch.float64)
    numbers = z[:, i:]
    if at.center is None:
        numbers.copy_(x)
    else:
        torch.sub(x, at.center, out=numbers)
    if at.scale is not None:
        numbers.mul_(at.scale[: block.n_numbers])
    return z
