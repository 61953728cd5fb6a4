"""The Hessian of a block by the curvature of its rows: exact, or a guide in half the time."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from cutline.coordinates import Coordinates
from cutline.rows import Block
from cutline.shapes import Design, Row, ThetaMat
from cutline.summands.sweep import curved
from cutline.symmetric import gram


def hessian(block: Block, at: Coordinates, d: Row, *, rough: bool, compiled: bool) -> ThetaMat:
    """Z' diag(d) Z for the block's design Z in theta, (q, q), factors counted.

    A rough one is multiplied in float32, and has six digits. Its numbers are brought to theta's units before, for
    float32 has no room for any others.
    """
    x = block.numbers() if block.is_sparse else block.x
    h = curved(x, at, d, rough) if compiled else None
    if h is None:
        z = _numbers(x, at).mul_(d.sqrt()[:, None])
        z = z.float() if rough else z
        h = gram(z, z, d.new_zeros(z.shape[1], z.shape[1]))
    if block.levels:
        h, first = pad(h, (0, sum(block.levels)) * 2), len(h)
        dz, coded = _numbers(x, at).mul_(d[:, None]), replace(block, x=d.new_zeros(block.n_rows, 0))
        for (a, b), code in coded.factors():
            sums = dz.new_zeros(b - a + 1, first).index_add_(0, code, dz)[1:]
            level = slice(first + a, first + b)
            h[level, :first], h[:first, level] = sums, sums.t()
        coded.sandwich(d, h[first:, first:])
        if (unit := at.unit()) is not None:
            h[first:] *= unit[first:, None]
            h[:, first:] *= unit[first:]
    return h if at.free is None else h[at.free[:, None], at.free]


def _numbers(x: Tensor, at: Coordinates) -> Design:
    """The columns of the intercept and of numbers in theta's design, in float64."""
    i, k = int(at.intercept), x.shape[1]
    z = x.new_ones(len(x), i + k, dtype=torch.float64)
    numbers = z[:, i:]
    if at.center is None:
        numbers.copy_(x)
    else:
        torch.sub(x, at.center, out=numbers)
    if at.scale is not None:
        numbers.mul_(at.scale[:k])
    return z
