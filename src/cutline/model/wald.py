"""Arithmetic of the normal distribution: z, p, intervals, and the cut line with its interval.

    z = b / se        p = erfc(|z| / sqrt 2)        b ± q se,  q the normal quantile of (1 + level) / 2

Standard library only, so that a saved model can be read out where neither torch nor scipy is installed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from cutline.errors import UsageError

_EPS = 2.0**-52


def quantile(level: float) -> float:
    """The z that leaves (1 - level) / 2 in each tail; raises `UsageError` unless 0 < level < 1."""
    if not (isinstance(level, int | float) and 0 < level < 1):
        raise UsageError(f"a confidence level lies between 0 and 1, but {level!r} came; write 95% as 0.95")
    return NormalDist().inv_cdf((1 + level) / 2)


def two_sided(z: float) -> float:
    """The two-sided p-value of a standard normal z."""
    return math.erfc(abs(z) / math.sqrt(2))


def signed_root(p: float, coef: float) -> float:
    """The z whose two-sided p-value is `p`, with the sign of `coef`: the signed root of a chi-squared on 1 df.

    From the lower tail, so that a p of 1e-300 keeps its digits; a p that underflowed to 0 gives an infinite z.
    """
    size = -NormalDist().inv_cdf(p / 2) if p / 2 > 0 else math.inf
    return math.copysign(size, coef) if size else 0.0


@dataclass(frozen=True)
class CutLine:
    """The value of the one numeric feature `term` where the probability is `p`.

    `low` and `high` are the delta-method interval (`method` "delta") at `level`; `fieller` is Fieller's interval where
    that is bounded. Where there is no interval `method` is None and `note` says why.
    """

    term: str
    value: float
    std_error: float | None
    low: float | None
    high: float | None
    level: float
    method: str | None
    fieller: tuple[float, float] | None
    note: str
    p: float = 0.5


def find_cut_line(
    term: str,
    coef: tuple[float, float],
    cov: tuple[float, float, float] | None,
    *,
    level: float,
    p: float = 0.5,
    reason: str = "",
) -> CutLine | None:
    """The cut line of `coef` = (b0, b1) with `cov` = (var b0, cov(b0, b1), var b1); None where the slope is zero.

    The value is m = (logit p - b0) / b1. Its delta-method variance is (v00 + 2 m v01 + m^2 v11) / b1^2 (Venables and
    Ripley 2002, `MASS::dose.p`). Fieller's set (Fieller 1954; Finney 1971, "Probit Analysis", section 4.4) is every
    x for which |b0 + b1 x - logit p| <= q se(b0 + b1 x): an interval only where the slope's |z| exceeds q. `reason`
    is the note where there is no covariance.
    """
    q = quantile(level)
    if not 0 < p < 1:
        raise UsageError(f"the probability of a cut line lies between 0 and 1, but {p!r} came; use for example 0.5")
    b0, b1 = coef
    if not (math.isfinite(b0) and math.isfinite(b1)) or b1 == 0:
        return None
    m = (math.log(p / (1 - p)) - b0) / b1
    if not math.isfinite(m):
        return None
    if cov is None:
        return CutLine(term, m, None, None, None, level, None, None, reason, p)
    v00, v01, v11 = cov
    # v is the variance of b0 + b1 x at x = m; the sum cancels when the feature is far from zero for its spread
    v = v00 + 2 * m * v01 + m * m * v11
    if not v > 16 * _EPS * (v00 + abs(2 * m * v01) + m * m * v11):
        note = f"No interval: its variance is lost to rounding; center {term!r} (subtract its mean) and fit again."
        return CutLine(term, m, None, None, None, level, None, None, note, p)
    error = math.sqrt(v) / abs(b1)
    low, high = m - q * error, m + q * error
    # Fieller in d = x - m, where b0 + b1 x - logit p is b1 d:  a d^2 - 2 q^2 c d - q^2 v <= 0
    a, c = b1 * b1 - q * q * v11, v01 + m * v11
    if a > 0:
        root = q * math.sqrt(q * q * c * c + a * v)
        fieller = (m + (q * q * c - root) / a, m + (q * q * c + root) / a)
        return CutLine(term, m, error, low, high, level, "delta", fieller, "", p)
    z = abs(b1) / math.sqrt(v11)
    note = f"Fieller's interval is unbounded: the slope's Wald z, {z:.2f} in size, does not exceed {q:.2f}."
    return CutLine(term, m, error, low, high, level, "delta", None, note, p)
