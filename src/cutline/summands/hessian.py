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
        z = _numbers(x, at) * d.sqrt()[:, None]
        z = z.float() if rough else z
        h = gram(z, z, d.new_zeros(z.shape[1], z.shape[1]))
    if block.levels:
        h, first = pad(h, (0, sum(block.levels)) * 2), len(h)
        dz, coded = _numbers(x, at) * d[:, None], replace(block, x=d.new_zeros(block.n_rows, 0))
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
    z, k = x.double(), x.shape[1]
    z = z if at.center is None else z - at.center
    z = z if at.scale is None else z * at.scale[:k]
    return torch.cat([z.new_ones(len(z), 1), z], 1) if at.intercept else z
