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
from typing import Literal, cast

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
    interrupt: Literal["raise", "return"] = "raise",
) -> Solution:
    """Minimize Firth's likelihood: a few steps of Fisher scoring, then L-BFGS from the information found.

    The information is not the Hessian, so scoring alone converges by a constant factor a step, and where leverages are
    large that factor is near one. L-BFGS learns the difference. Ctrl-C is raised, or ends the search with what stands.
    """
    limits, begun = {"tol": tol, "watch": watch, "interrupt": interrupt}, f.passes
    first = minimize(f, NoPenalty(), Newton(), start, max_passes=2 * scoring, **limits)
    if first.stop is not Stop.BUDGET:
        return first
    precondition = lifted_factor(cast(Tensor, first.step.hess)).solve

    def go_on() -> Solution:
        return minimize(f, NoPenalty(), LBFGS(), first.w, max_passes=max_passes, precondition=precondition, **limits)

    def look() -> Solution:  # the decrement by the information here, and not by what L-BFGS has learned elsewhere
        return minimize(f, NoPenalty(), Newton(), rest.w, max_passes=max_passes, **limits)

    rest = or_what_stands(go_on, first, interrupt)
    last = or_what_stands(look, rest, interrupt) if rest.stop is not Stop.INTERRUPTED else rest
    passes, trace = f.passes - begun, first.trace + rest.trace + last.trace
    return replace(last, passes=passes, trace=trace)


def or_what_stands(search: Callable[[], Solution], before: Solution, interrupt: Literal["raise", "return"]) -> Solution:
    """What a search finds; where it is interrupted before it stands anywhere, what stood before it, if asked for."""
    try:
        return search()
    except KeyboardInterrupt:
        if interrupt == "raise":
            raise
        return replace(before, stop=Stop.INTERRUPTED)


def profile(
    f: Firth, theta: Tensor, value: float, entry: int, level: float, *, others: Sequence[Tensor] = ()
) -> Profile:
    """The penalized likelihood ratio test and interval of one entry of u.

    Args:
        f: Firth's likelihood, at its minimum `theta` (q,) of value `value`.
        entry: which entry of u; it must be one in the user's units up to scale (so center nothing for the intercept).
        level: the confidence level of the interval, whose ends are the outermost where there are several.
        others: lesser minima, (q,) each: at some values of the entry theirs may be the lower branch.
    """
    branches = [Branch.through(f, there, entry) for there in (theta, *others)]
    at, error, unit = branches[0].at, branches[0].error, float(f.coords.scales()[_place(f, entry)])
    known = {at: 0.0}  # v -> the signed root

    def root(v: float) -> float:
        if v not in known:
            held = replace(f, coords=f.coords.hold(entry, v))
            there = min(branch.value(held, v) for branch in branches)
            known[v] = math.copysign(math.sqrt(max(2 * (there - value), 0.0)), v - at)
        return known[v]

    def end(side: int) -> float:
        far, stride = side * NormalDist().inv_cdf(0.5 + level / 2), side * error
        within = [b.at for b in branches[1:] if (b.at - at) * side > 0 and abs(root(b.at)) < abs(far)]
        return side * max(side * _end(root, begin, stride * abs(far), far) for begin in (at, *within))

    return Profile(math.erfc(abs(root(0.0)) / math.sqrt(2)), unit * end(-1), unit * end(1))


@dataclass(slots=True, eq=False)
class Branch:
    """The minima with one entry held that hang together with one minimum of all, as they become known."""

    at: float
    error: float
    slope: Tensor  # where the other entries go as this one moves, to first order
    known: dict[float, Tensor]

    @classmethod
    def through(cls, f: Firth, theta: Tensor, entry: int) -> Branch:
        cov, place = torch.linalg.inv(cast(Tensor, f.at(theta, 2).hess)), _place(f, entry)
        rest = torch.arange(f.coords.size) != place
        at = float(theta[place])
        slope = cov[rest, place] / cov[place, place]
        return cls(at, math.sqrt(float(cov[place, place])), slope, {at: theta[rest]})

    def value(self, held: Firth, v: float) -> float:
        """The value with the entry held at v."""
        there = solve(held, _between(self.known, v, self.slope))
        self.known[v] = there.w
        return there.step.value


def _place(f: Firth, entry: int) -> int:
    return int((f.coords.entries() == entry).nonzero()[0])


def _between(known: Mapping[float, Tensor], v: float, slope: Tensor) -> Tensor:
    """Where the other entries may be at v: on the line through the two nearest points known, or along the slope."""
    a, *more = sorted(known, key=lambda other: abs(other - v))[:2]
    if not more:
        return known[a] + slope * (v - a)
    return known[a] + (known[more[0]] - known[a]) * ((v - a) / (more[0] - a))


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
