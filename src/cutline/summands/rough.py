"""A Hessian that is a guide and no answer: multiplied in float32, half the time, and six digits of it."""

from __future__ import annotations

from dataclasses import replace

from cutline.coordinates import Coordinates
from cutline.rows import Block
from cutline.shapes import Row, ThetaMat
from cutline.summands.sweep import rooted
from cutline.symmetric import gram


def rough_sandwich(block: Block, at: Coordinates, d: Row, compiled: bool) -> ThetaMat:
    """Z' diag(d) Z for the block's design Z in theta, (q, q), factors counted.

    Numbers are brought to theta's units before they are float32, which has no room for any others.
    """
    i, k, root = int(at.intercept), block.n_numbers, d.sqrt()
    h, unit = d.new_zeros(at.n_full, at.n_full), at.unit()
    unit = d.new_ones(at.n_full) if unit is None else unit
    numbers, levels = slice(i, i + k), slice(i + k, None)
    coded = replace(block, x=d.new_zeros(block.n_rows, 0))
    if k:
        center = d.new_zeros(k) if at.center is None else at.center
        x = block.numbers() if block.is_sparse else block.x
        z = rooted(x, (center, unit[numbers]), root, compiled)
        gram(z, z, h[numbers, numbers])
        if i:
            h[0, numbers] = h[numbers, 0] = (z.t() @ root.float()).double()
        if block.levels:
            dx = z.double() * root[:, None]
            for (first, last), code in coded.factors():
                sums = dx.new_zeros(last - first + 1, k).index_add_(0, code, dx)[1:]
                at_level = slice(i + k + first, i + k + last)
                h[at_level, numbers], h[numbers, at_level] = sums, sums.t()
    if i:
        h[0, 0] = d.sum()
    if not block.levels:
        return h if at.free is None else h[at.free[:, None], at.free]
    coded.sandwich(d, h[levels, levels])
    if i:
        h[0, levels] = h[levels, 0] = coded.rmatvec(d)
    h[levels] *= unit[levels, None]
    h[:, levels] *= unit[levels]
    return h if at.free is None else h[at.free[:, None], at.free]
