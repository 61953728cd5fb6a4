"""A Hessian that is a guide and no answer: multiplied in float32, half the time, and six digits of it."""

from __future__ import annotations

from dataclasses import replace

from cutline.coordinates import Coordinates
from cutline.rows import Block
from cutline.shapes import Row, ThetaMat
from cutline.summands.sweep import rooted


def rough_sandwich(block: Block, at: Coordinates, d: Row, compiled: bool) -> ThetaMat:
    """Z' diag(d) Z for the block's design Z in theta, (q, q), factors counted.

    Numbers are brought to theta's units before they are float32, which has no room for any others.
    """
    i, k, root = int(at.intercept), block.n_numbers, d.sqrt()
    h, unit = d.new_zeros(at.n_full, at.n_full), at.unit()
    numbers, levels = slice(i, i + k), replace(block, x=block.x.new_zeros(block.n_rows, 0))
    z = d.new_zeros(0)
    if k:
        center = d.new_zeros(k) if at.center is None else at.center
        units = (center, d.new_ones(k) if unit is None else unit[numbers])
        z = rooted(block.numbers() if block.is_sparse else block.x, units, root, compiled)
        h[numbers, numbers] = z.t() @ z
    if block.levels:
        levels.sandwich(d, h[i + k :, i + k :])
    if i:
        h[0, 0] = d.sum()
        h[0, numbers] = (z.t() @ root.float()).double() if k else 0.0
        h[0, i + k :] = levels.rmatvec(d)
    if k and block.levels:
        dx = z.double() * root[:, None]
        for (first, last), code in levels.factors():
            sums = dx.new_zeros(last - first + 1, k).index_add_(0, code, dx)
            h[numbers, i + k + first : i + k + last] = sums[1:].t()
    if unit is not None:
        unit = unit.clone()
        unit[numbers] = 1.0
        h.mul_(unit).mul_(unit[:, None])
    h = h.triu() + h.triu(1).t()
    return h if at.free is None else h[at.free[:, None], at.free]
