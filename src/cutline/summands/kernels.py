"""The loss and its gradient in one sweep over the rows, compiled: what `sweep.py` calls where numba is installed.

A tile of rows is multiplied by the slopes, each row's residual found, and the tile, still in the cache, multiplied
back: memory is read once, with no interpreter between the products and nothing as long as the rows in between. Numbers
are float32 or float64 as they are kept; everything computed from them is float64, and centered in a register, where
there are centers.

    eta_i = constant + offset_i + (x_i - c)'w + the levels' weights,    r_i = d loss_i / d eta_i,    g += (x_i - c) r_i

Where a Hessian is to follow, d r_i / d eta_i is kept too, as `bend`.

Additions may be reordered within a tile (that is what makes them vectors), always in the same way: the same rows give
the same bits. `exp` is computed here, because a compiler makes no vector of the C library's: Cody & Waite, "Software
Manual for the Elementary Functions" (1980), chapter 6, with a Taylor polynomial of degree 13, good to one unit in the
last place on [-700, 0] (a test holds it).
"""

# pyright: basic, reportMissingTypeStubs=false, reportUntypedFunctionDecorator=false

from __future__ import annotations

import math

import numba
import numpy as np

from cutline.summands.compiling import VECTORS, compiled, prefetch

TILE = 32_768  # numbers a tile: 256 KB in float64, which a second cache holds
STRIP = 64  # columns at once, or up to twice as many
ROUND = 1.5 * 2.0**52  # adding it leaves a whole number in the low bits
u = np.uint64  # an index that might be negative is looked at before it is used
LN2_HIGH, LN2_LOW = 0.693147180369123816490, 1.90821492927058770002e-10


# Said, because a callee inherits: reordered, what is added and subtracted again would cancel.
@numba.njit(fastmath={"contract"}, error_model="numpy")
def _decay(eta, out, shifted, bits):
    """out = exp(-|eta|), of the first entries; `bits` is `shifted` seen as whole numbers.

    Each loop writes one array, which no other it reads overlaps: only so does a compiler make vectors of it.
    """
    for i in range(len(out)):
        out[i] = -min(abs(eta[i]), 700.0)
    for i in range(len(out)):
        shifted[i] = out[i] * 1.4426950408889634 + ROUND
    for i in range(len(out)):
        whole = shifted[i] - ROUND
        x = (out[i] - whole * LN2_HIGH) - whole * LN2_LOW
        p = 1 / 6227020800
        p = p * x + 1 / 479001600
        p = p * x + 1 / 39916800
        p = p * x + 1 / 3628800
        p = p * x + 1 / 362880
        p = p * x + 1 / 40320
        p = p * x + 1 / 5040
        p = p * x + 1 / 720
        p = p * x + 1 / 120
        p = p * x + 1 / 24
        p = p * x + 1 / 6
        p = p * x + 0.5
        p = p * x + 1.0
        out[i] = p * x + 1.0
    for i in range(len(out)):
        bits[i] = (bits[i] << 52) + (1023 << 52)
    for i in range(len(out)):
        out[i] *= shifted[i]


@numba.njit
def _artanh(z):
    """artanh(s) / s of z = s**2 up to 1/9, by its series, to the last place: log(1 + a) = 2 artanh(a / (2 + a))."""
    p = 1 / 33
    p = p * z + 1 / 31
    p = p * z + 1 / 29
    p = p * z + 1 / 27
    p = p * z + 1 / 25
    p = p * z + 1 / 23
    p = p * z + 1 / 21
    p = p * z + 1 / 19
    p = p * z + 1 / 17
    p = p * z + 1 / 15
    p = p * z + 1 / 13
    p = p * z + 1 / 11
    p = p * z + 1 / 9
    p = p * z + 1 / 7
    p = p * z + 1 / 5
    p = p * z + 1 / 3
    return p * z + 1.0


@numba.njit(fastmath=VECTORS, error_model="numpy")
def _answer(eta, y, weight, r, bend, decay, shifted, bits):
    """Residuals into r, from eta; the summed loss and the summed residuals. Curvatures into bend, if it has room.

    With a = exp(-|eta|), log(1 + exp(eta)) = max(eta, 0) + log(1 + a), and both tails are a quotient of a: no digit is
    lost at any margin. Without weights one logarithm serves a tile of up to 512 factors of at most two.
    """
    _decay(eta, decay, shifted, bits)
    value = total = 0.0
    for i in range(len(eta)):
        inner = 1.0 / (1.0 + decay[i])
        outer = decay[i] * inner
        up, down = (inner, outer) if eta[i] >= 0 else (outer, inner)
        r[i] = (1.0 - y[i]) * up - y[i] * down
    for i in range(len(bend)):
        inner = 1.0 / (1.0 + decay[i])
        bend[i] = decay[i] * inner * inner
    if len(weight):
        for i in range(len(bend)):
            bend[i] *= weight[i]
        for i in range(len(eta)):
            s = decay[i] / (2.0 + decay[i])
            value += weight[i] * (max(eta[i], 0.0) - y[i] * eta[i] + 2.0 * s * _artanh(s * s))
        for i in range(len(eta)):
            r[i] *= weight[i]
            total += r[i]
        return value, total
    product = 1.0
    for i in range(len(eta)):
        value += max(eta[i], 0.0) - y[i] * eta[i]
        product *= 1.0 + decay[i]
        total += r[i]
    return value + math.log(product), total


@numba.njit
def _middle(first, m, y, weight, offset, bend, codes, starts, levels, sums, eta, r, decay, shifted, bits):
    """What lies between the two products of a tile of m rows: eta has the first, and r is for the second.

    The levels of factor f start at starts[f], in `levels` and in their sums.
    """
    if len(offset):
        for i in range(m):
            eta[i] += offset[first + i]
    for f in range(codes.shape[1]):
        code, weights = codes[first : first + m, f], levels[starts[f] : starts[f + 1]]
        for i in range(m):
            eta[i] += weights[u(code[i])]
    part = weight[first : first + m] if len(weight) else weight
    curved = bend[first : first + m] if len(bend) else bend
    value, total = _answer(eta[:m], y[first : first + m], part, r, curved, decay[:m], shifted, bits)
    for f in range(codes.shape[1]):
        code, here = codes[first : first + m, f], sums[starts[f] : starts[f + 1]]
        for i in range(m):
            here[u(code[i])] += r[i]
    return value, total


@numba.njit
def _less(x, center, j):
    """A number less its column's center, where there are centers."""
    return x if center is None else x - center[j]


def _by_rows(x, lead, center, w, constant, y, weight, offset, bend, codes, starts, levels, g, sums):
    """Numbers row by row in one piece, `lead` apart.

    Each product asks for half of the next tile while it is at work on this one: memory is read all the time. A strip of
    columns at a time, so that slopes and sums stay in the first cache, and what is asked for is asked for little by
    little.
    """
    n, k = len(y), len(w)
    size = max(8, min(256, TILE // max(k, 1) // 8 * 8))
    line = 64 // x.itemsize  # numbers that come at once
    width, near = max(8, -(-k // max(1, k // STRIP) // 8) * 8), lead <= 2 * k
    eta, r, decay, shifted = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    bits, value, total = shifted.view(np.int64), 0.0, 0.0
    for first in range(0, n, size):
        m = min(size, n - first)
        eta[:m] = constant
        for strip in range(0, k, width):
            b, many = u(strip), min(width, k - strip)
            ahead = many if near else 0
            i = 0
            while i + 4 <= m:  # four rows for each time the slopes are read
                at = (first + i) * lead + strip
                at0, at1, at2, at3 = u(at), u(at + lead), u(at + 2 * lead), u(at + 3 * lead)
                for j in range(at + size * lead, at + size * lead + ahead, line):
                    prefetch(x, j)
                    prefetch(x, j + lead)
                e0 = e1 = e2 = e3 = 0.0
                for j in range(many):
                    slope = w[b + u(j)]
                    e0 += _less(x[at0 + u(j)], center, b + u(j)) * slope
                    e1 += _less(x[at1 + u(j)], center, b + u(j)) * slope
                    e2 += _less(x[at2 + u(j)], center, b + u(j)) * slope
                    e3 += _less(x[at3 + u(j)], center, b + u(j)) * slope
                eta[i] += e0
                eta[i + 1] += e1
                eta[i + 2] += e2
                eta[i + 3] += e3
                i += 4
            while i < m:
                at0, dot = u((first + i) * lead + strip), 0.0
                for j in range(many):
                    dot += _less(x[at0 + u(j)], center, b + u(j)) * w[b + u(j)]
                eta[i] += dot
                i += 1
        v, t = _middle(first, m, y, weight, offset, bend, codes, starts, levels, sums, eta, r, decay, shifted, bits)
        value, total = value + v, total + t
        for strip in range(0, k, width):
            b, many = u(strip), min(width, k - strip)
            ahead = many if near else 0
            i = 0
            while i + 4 <= m:  # four rows for each time the sums are read and written
                at = (first + i) * lead + strip
                at0, at1, at2, at3 = u(at), u(at + lead), u(at + 2 * lead), u(at + 3 * lead)
                for j in range(at + (size + 2) * lead, at + (size + 2) * lead + ahead, line):
                    prefetch(x, j)
                    prefetch(x, j + lead)
                r0, r1, r2, r3 = r[i], r[i + 1], r[i + 2], r[i + 3]
                for j in range(many):
                    x0, x1 = _less(x[at0 + u(j)], center, b + u(j)), _less(x[at1 + u(j)], center, b + u(j))
                    x2, x3 = _less(x[at2 + u(j)], center, b + u(j)), _less(x[at3 + u(j)], center, b + u(j))
                    g[b + u(j)] += (r0 * x0 + r1 * x1) + (r2 * x2 + r3 * x3)
                i += 4
            while i < m:
                at0 = u((first + i) * lead + strip)
                for j in range(many):
                    g[b + u(j)] += r[i] * _less(x[at0 + u(j)], center, b + u(j))
                i += 1
    return value, total


def _by_columns(x, lead, center, w, constant, y, weight, offset, bend, codes, starts, levels, g, sums):
    """Numbers column by column, each in one piece, `lead` apart; half of the next tile is asked for here too."""
    n, k = len(y), len(w)
    size = max(128, min(640, TILE // max(k, 1) // 8 * 8))  # a piece is to be worth its way, and may overfill a tile
    line, ahead = 64 // x.itemsize, size // 2
    eta, r, decay, shifted = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    bits, value, total = shifted.view(np.int64), 0.0, 0.0
    for first in range(0, n, size):
        m = min(size, n - first)
        for i in range(m):
            eta[i] = constant
        for j in range(k):
            column, slope = x[j * lead + first :][:m], w[j]
            for i in range(j * lead + first + size, j * lead + first + size + ahead, line):
                prefetch(x, i)
            for i in range(m):
                eta[i] += _less(column[i], center, j) * slope
        v, t = _middle(first, m, y, weight, offset, bend, codes, starts, levels, sums, eta, r, decay, shifted, bits)
        value, total = value + v, total + t
        for j in range(k):
            column, dot = x[j * lead + first :][:m], 0.0
            for i in range(j * lead + first + size + ahead, j * lead + first + 2 * size, line):
                prefetch(x, i)
            for i in range(m):
                dot += _less(column[i], center, j) * r[i]
            g[j] += dot
    return value, total


def _sparse(rows, columns, values, w, constant, y, weight, offset, bend, codes, starts, levels, g, sums):
    """Compressed sparse rows, not centered. Two sums a row: vectors of scattered numbers take longer than these."""
    n, size = len(y), 128
    eta, r, decay, shifted = np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    bits, value, total = shifted.view(np.int64), 0.0, 0.0
    for first in range(0, n, size):
        m = min(size, n - first)
        for i in range(m):
            begin, end = rows[first + i], rows[first + i + 1]
            even, odd = constant, 0.0
            for at in range(begin, end - 1, 2):
                even += values[u(at)] * w[u(columns[u(at)])]
                odd += values[u(at + 1)] * w[u(columns[u(at + 1)])]
            if (end - begin) & 1:
                even += values[end - 1] * w[u(columns[end - 1])]
            eta[i] = even + odd
        v, t = _middle(first, m, y, weight, offset, bend, codes, starts, levels, sums, eta, r, decay, shifted, bits)
        value, total = value + v, total + t
        for i in range(m):
            begin, end, row = rows[first + i], rows[first + i + 1], r[i]
            for at in range(begin, end):
                g[u(columns[u(at)])] += values[u(at)] * row
    return value, total


by_rows, by_columns, sparse = compiled(_by_rows), compiled(_by_columns), compiled(_sparse, {"contract"})
