"""Compiled loops over rows that are no sums of the loss: rows in given units, and the moments of sparse ones."""

# pyright: basic, reportMissingTypeStubs=false, reportUntypedFunctionDecorator=false

from __future__ import annotations

import numpy as np

from cutline.summands.compiling import compiled, prefetch

AHEAD = 16  # rows, or entries of a column, asked for at once: scattered over memory, one is waited for as long as all


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


def _rooted(x, lead, center, unit, root, out):
    """(x - center) * unit * root of all rows, which lie in one piece, `lead` apart; root is a number a row."""
    k = len(center)
    for i in range(len(root)):
        row, to, factor = x[i * lead :][:k], out[i], root[i]
        for j in range(k):
            to[j] = (row[j] - center[j]) * unit[j] * factor


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
rooted, sparse_moments = compiled(_rooted), compiled(_sparse_moments, {"contract"})
