"""Tests and intervals from the profile of a penalized likelihood, where Wald's would be wrong.

For one entry held at v and the others re-estimated, 2 (F(v) - F) is the penalized likelihood ratio. Its p-value is
taken at v = 0 and the interval is where it stays under the chi-squared quantile (Heinze & Schemper 2002, section 2.2;
R's logistf). The signed root of the ratio is nearly a straight line in v, so a few evaluations find each end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import cast

import torch
from scipy.optimize import root_scalar
from torch import Tensor

from cutline.coordinates import Coordinates
from cutline.factor import lifted_factor
from cutline.objective import Firth
from cutline.penalty import NoPenalty
from cutline.solvers import LBFGS, Newton, Solution, Step, Stop, minimize

WIDEST = 60  # doublings of a Wald interval before an end is called infinite


@dataclass(frozen=True, slots=True)
class Profile:
    """One coefficient in the user's units: its p-value, and the ends of its interval (infinite where it has none)."""

    p: float
    low: float
    high: float


def solve(
    f: Firth,
    start: Tensor,
    *,
    tol: float = 1e-6,
    max_passes: int = 5_000,
    scoring: int = 8,
    watch: Sequence[Callable[[Step], None]] = (),
) -> Solution:
    """Minimize Firth's likelihood: a few steps of Fisher scoring, then L-BFGS from the information found.

    The information is not the Hessian, so scoring alone converges by a constant factor a step, and where leverages are
    large that factor is near one. L-BFGS learns the difference.
    """
    limits = {"tol": tol, "watch": watch}
    first = minimize(f, NoPenalty(), Newton(), start, max_passes=2 * scoring, **limits)
    if first.stop is not Stop.BUDGET:
        return first
    precondition = lifted_factor(cast(Tensor, first.step.hess)).solve
    rest = minimize(f, NoPenalty(), LBFGS(), first.w, max_passes=max_passes, precondition=precondition, **limits)
    # the decrement by the information here, and not by what L-BFGS has learned elsewhere
    last = minimize(f, NoPenalty(), Newton(), rest.w, max_passes=max_passes, **limits)
    passes, trace = first.passes + rest.passes + last.passes, first.trace + rest.trace + last.trace
    return replace(last, passes=passes, trace=trace)


def profile(f: Firth, theta: Tensor, value: float, entry: int, level: float) -> Profile:
    """The penalized likelihood ratio test and interval of one entry of u.

    Args:
        f: Firth's likelihood, at its minimum `theta` (q,) of value `value`.
        entry: which entry of u; it must be one in the user's units up to scale (so center nothing for the intercept).
        level: the confidence level of the interval.
    """
    cov = torch.linalg.inv(cast(Tensor, f.at(theta, 2).hess))
    place = int((f.coords.entries() == entry).nonzero()[0])
    rest = torch.arange(f.coords.size) != place
    at, error = float(theta[place]), math.sqrt(float(cov[place, place]))
    slope = cov[rest, place] / cov[place, place]  # where the other entries go as this one moves, to first order
    unit = float(f.coords.scales()[place])
    known = {at: (theta[rest], 0.0)}  # v -> the other entries there, and the signed root

    def root(v: float) -> float:
        if v not in known:
            held = replace(f, coords=f.coords.hold(entry, v))
            there = solve(held, _between(known, v, slope))
            known[v] = (there.w, math.copysign(math.sqrt(max(2 * (there.step.value - value), 0.0)), v - at))
        return known[v][1]

    far = NormalDist().inv_cdf(0.5 + level / 2)
    low = _end(root, at, -error * far, -far)
    high = _end(root, at, error * far, far)
    return Profile(math.erfc(abs(root(0.0)) / math.sqrt(2)), unit * low, unit * high)


def _between(known: Mapping[float, tuple[Tensor, float]], v: float, slope: Tensor) -> Tensor:
    """Where the other entries may be at v: on the line through the two nearest points known, or along the slope."""
    a, *more = sorted(known, key=lambda other: abs(other - v))[:2]
    if not more:
        return known[a][0] + slope * (v - a)
    return known[a][0] + (known[more[0]][0] - known[a][0]) * ((v - a) / (more[0] - a))


def _end(root: Callable[[float], float], at: float, stride: float, target: float) -> float:
    """Where the signed root reaches `target`, walking from `at` in strides that double."""
    near, far = at, at + stride
    for _ in range(WIDEST):
        if abs(root(far)) >= abs(target):
            return root_scalar(
                lambda v: root(v) - target, bracket=(near, far), method="brentq", xtol=abs(stride) * 1e-9
            ).root
        near, stride = far, 2 * stride
        far = near + stride
    return math.copysign(math.inf, stride)


def null_value(f: Firth, at: Coordinates) -> float:
    """The penalized value with every slope held at zero: the model the likelihood ratio test is against."""
    held = at
    for entry in at.entries().tolist():
        if not (at.intercept and entry == 0):
            held = held.hold(entry, 0.0)
    null = replace(f, coords=held)
    start = torch.zeros(held.size, dtype=torch.float64)
    if held.size == 0:
        return null.at(start, 0).value
    return solve(null, start).step.value
