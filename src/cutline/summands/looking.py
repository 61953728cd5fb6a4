"""Compiled loops beside the loss: rows in given units, the product a Hessian is, and the moments of sparse rows.

Torch's product does not know that half of a Hessian is the other half, and is made for matrices larger than fifty by
fifty (`python benchmarks/passes.py`).
"""

# pyright: basic, reportMissingTypeStubs=false, reportUntypedFunctionDecorator=false

from __future__ import annotations

import numba
import numpy as np

from cutline.summands.compiling import VECTORS, compiled, prefetch

AHEAD = 16  # rows, or entries of a column, asked for at once: scattered over memory, one is waited for as long as all
TURNED = 512  # rows that are turned at once: what begins and ends a sum of so many weighs little
APART = 16  # numbers between a column and the next, for a cache has one place for all that lie a power of two apart
SQUARE = 16  # rows and columns mirrored at once


def _gathered_by_rows(x, lead, index, center, unit, out):
    """(x - center) * unit of chosen rows, each in one piece, `lead` apart."""
    line, k = 64 // x.itemsize, len(center)
    for i in range(len(index)):
        if i + AHEAD < len(index):
            at = index[i + AHEAD] * lead
            for j in range(at, at + k, line):
                prefetch(x, j)
            prefetch(x, at + k - 1)
        row, to = x[index[i] * lead :][:k], out[i]
        for j in range(k):
            to[j] = (row[j] - center[j]) * unit[j]


def _gathered_by_columns(x, lead, index, center, unit, out):
    """The same of columns that lie in one piece, `lead` apart."""
    for first in range(0, len(index), AHEAD):
        last, next_last = min(first + AHEAD, len(index)), min(first + 2 * AHEAD, len(index))
        for j in range(len(center)):
            column, c, scale = x[j * lead :][:lead], center[j], unit[j]
            for i in range(last, next_last):
                prefetch(column, index[i])
            for i in range(first, last):
                out[i, j] = (column[np.uint64(index[i])] - c) * scale


@numba.njit(fastmath=VECTORS, error_model="numpy")
def _add_products(z, m, total):
    """z z' of the first m columns, added to the upper half of `total`, four rows by four.

    Sixteen sums at once, each a vector, are as many as keep a processor at it: of eight numbers read, sixteen products.
    """
    q, none = len(z), z.dtype.type(0)
    for a in range(0, q, 4):
        a0, a1, a2, a3 = z[a][:m], z[a + 1][:m], z[a + 2][:m], z[a + 3][:m]
        for b in range(a, q, 4):
            b0, b1, b2, b3 = z[b][:m], z[b + 1][:m], z[b + 2][:m], z[b + 3][:m]
            s00 = s01 = s02 = s03 = s10 = s11 = s12 = s13 = none
            s20 = s21 = s22 = s23 = s30 = s31 = s32 = s33 = none
            for i in range(m):
                x0, x1, x2, x3 = a0[i], a1[i], a2[i], a3[i]
                y0, y1, y2, y3 = b0[i], b1[i], b2[i], b3[i]
                s00, s01, s02, s03 = s00 + x0 * y0, s01 + x0 * y1, s02 + x0 * y2, s03 + x0 * y3
                s10, s11, s12, s13 = s10 + x1 * y0, s11 + x1 * y1, s12 + x1 * y2, s13 + x1 * y3
                s20, s21, s22, s23 = s20 + x2 * y0, s21 + x2 * y1, s22 + x2 * y2, s23 + x2 * y3
                s30, s31, s32, s33 = s30 + x3 * y0, s31 + x3 * y1, s32 + x3 * y2, s33 + x3 * y3
            to = total[a : a + 4, b : b + 4]
            to[0, 0], to[0, 1], to[0, 2], to[0, 3] = to[0, 0] + s00, to[0, 1] + s01, to[0, 2] + s02, to[0, 3] + s03
            to[1, 0], to[1, 1], to[1, 2], to[1, 3] = to[1, 0] + s10, to[1, 1] + s11, to[1, 2] + s12, to[1, 3] + s13
            to[2, 0], to[2, 1], to[2, 2], to[2, 3] = to[2, 0] + s20, to[2, 1] + s21, to[2, 2] + s22, to[2, 3] + s23
            to[3, 0], to[3, 1], to[3, 2], to[3, 3] = to[3, 0] + s30, to[3, 1] + s31, to[3, 2] + s32, to[3, 3] + s33


def _curved(x, lead, by_rows, center, unit, ones, bend, z, total):
    """The upper half of Z' diag(bend) Z, added to `total`: Z is `ones` columns of ones, and (x - center) * unit.

    TURNED rows at a time are scaled by the root of their bend and turned into columns of z, whose number of rows is a
    multiple of four, those beyond Z's columns zero.
    """
    k, numbers, root = len(center), z[ones:], np.empty(TURNED)
    for first in range(0, len(bend), TURNED):
        m = min(TURNED, len(bend) - first)
        for i in range(m):
            root[i] = np.sqrt(bend[first + i])
        for j in range(ones):
            for i in range(m):
                z[j, i] = root[i]
        if by_rows:
            for i in range(m):
                row, factor = x[(first + i) * lead :][:k], root[i]
                for j in range(k):
                    numbers[j, i] = (row[j] - center[j]) * unit[j] * factor
        else:
            for j in range(k):
                column, to, c, scale = x[j * lead + first :][:m], numbers[j][:m], center[j], unit[j]
                for i in range(m):
                    to[i] = (column[i] - c) * scale * root[i]
        _add_products(z, m, total)


def _mirrored(total):
    """The other half of a symmetric matrix, a square at a time."""
    for a in range(0, len(total), SQUARE):
        for b in range(0, a + 1, SQUARE):
            here, there = total[a : a + SQUARE, b : b + SQUARE], total[b : b + SQUARE, a : a + SQUARE]
            for i in range(len(here)):
                for j in range(min(len(there), i if a == b else SQUARE)):
                    here[i, j] = there[j, i]


def _sparse_moments(rows, columns, values, weight, sums):
    """Of each column with entries, into its row of `sums`: how many, the sum, the sum of squares, lowest, highest."""
    for i in range(len(rows) - 1):
        m = weight[i]
        for at in range(rows[i], rows[i + 1]):
            here, x = sums[np.uint64(columns[at])], values[at]
            here[0] += 1.0
            here[1] += m * x
            here[2] += m * x * x
            here[3], here[4] = min(here[3], x), max(here[4], x)


gathered_by_rows, gathered_by_columns = compiled(_gathered_by_rows), compiled(_gathered_by_columns)
curved, mirrored, sparse_moments = compiled(_curved), compiled(_mirrored), compiled(_sparse_moments, {"contract"})
