"""What does a module return, and what does a loss expect? Asked by experiment, so that any spelling is understood.

A module is given wild weights: outputs that leave [0, 1] are logits, outputs that fill it are probabilities, and
outputs confined to [0.5, 0.731] = sigmoid([0, 1]) went through a sigmoid twice.

A loss is shown one number t for every row. On labels 0 and 1 every binary cost is then

    L(t) = A l1(t) + B l0(t) + C

and which pair (l1, l0) fits says whether t was taken for a probability or for a logit; A and B are the weights it
gives the two classes, whatever `pos_weight`, `weight` or `reduction` say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from cutline.doctor.pieces import Pieces, gradients
from cutline.doctor.quiet import SEED, reseed

OutputKind = Literal["probability", "logit", "twice", "constant", "unknown"]
CostKind = Literal["probability", "logit", "twice", "squared", "constant", "unknown"]
INSIDE = np.linspace(0.05, 0.95, 19)
ABROAD = np.linspace(-6.0, 6.0, 25)
TWICE = (0.5, 1 / (1 + math.exp(-1)))  # sigmoid([0, 1])
DRAWS = 12
MOST_ROWS = 64


@dataclass(frozen=True)
class Cost:
    """What a loss is: its kind, the weights (A, B) it gives the two classes, the constant C it adds."""

    kind: CostKind
    ones: float = math.nan
    zeros: float = math.nan
    constant: float = 0.0
    outside: bool = True  # is it a number outside [0, 1] too?


@torch.no_grad()
def output_kind(pieces: Pieces) -> OutputKind:
    """What the module returns, whatever its last line is called."""
    wild = pieces.fresh()
    x = wild.x
    if len(x) > MOST_ROWS and len(wild.inputs) == 1:
        few = replace(wild, inputs=(x[:MOST_ROWS],))
        with suppress(Exception):  # a formula that has the number of rows written into it takes them all
            wild = few if few.outputs().shape[0] == MOST_ROWS else wild
    own = pieces.outputs().detach().double().flatten()
    generator = torch.Generator().manual_seed(SEED)
    start = [(p, p.detach().clone()) for p in wild.model.parameters()]
    low, high, widest = math.inf, -math.inf, 0.0
    for draw in range(DRAWS):
        for p, before in start:
            noise = torch.randn(p.shape, generator=generator, dtype=torch.float32).to(p)
            p.copy_(before + noise * (3.0, 30.0, 300.0)[draw % 3])
        seen = wild.outputs().double().flatten()
        seen = seen[seen.isfinite()]
        if seen.numel():
            low, high = min(low, float(seen.min())), max(high, float(seen.max()))
            widest = max(widest, float(seen.max() - seen.min()))
    own = own[own.isfinite()]
    if own.numel():
        low, high = min(low, float(own.min())), max(high, float(own.max()))
    if low > high:
        return "unknown"
    slack = 1e-2 if any(p.dtype in (torch.float16, torch.bfloat16) for p, _ in start) else 1e-4
    if low < -slack or high > 1 + slack:
        return "logit"
    if high - low < slack:
        return "constant"
    if low > TWICE[0] - slack and high < TWICE[1] + slack:
        return "twice"
    return "probability" if high > 0.75 or low < 0.25 else "unknown"


def cost_kind(pieces: Pieces, out: Tensor, y: Tensor) -> tuple[Cost, float]:
    """What the loss takes its first argument for, on these labels, and its least value of one number for all rows."""

    @torch.no_grad()
    def at(t: float) -> float:
        try:
            reseed(pieces.model)
            return float(pieces.cost(torch.full_like(out, t), y))
        except Exception:
            return math.nan

    # 2 % in half precision, where a sum of rounded numbers is that far off
    tol = 2e-2 if out.dtype in (torch.float16, torch.bfloat16) else 1e-3
    inside = np.array([at(t) for t in INSIDE])
    abroad = np.array([at(t) for t in ABROAD])
    outside = bool(np.isfinite(abroad).all())
    both = np.concatenate([inside, abroad])
    least = float(np.nanmin(both)) if np.isfinite(both).any() else math.nan
    return _kind(inside, abroad, outside, tol), least


def _kind(inside: np.ndarray, abroad: np.ndarray, outside: bool, tol: float) -> Cost:
    if outside:
        if np.ptp(both := np.concatenate([inside, abroad])) <= 1e-9 * np.abs(both).max():
            return Cost("constant")
        for kind in ("logit", "squared", "twice"):
            fit = _fit(ABROAD, abroad, *PAIRS[kind], tol * (0.1 if kind == "squared" else 1))
            if fit is not None:
                return Cost(kind, *fit)
    if np.isfinite(inside).all():
        fit = _fit(INSIDE, inside, *PAIRS["probability"], tol)
        if fit is not None:
            return Cost("probability", *fit, outside)
        if not outside:  # it is no cross-entropy, but it takes probabilities and nothing else
            return Cost("probability", outside=False)
    return Cost("unknown", outside=outside)


Curve = Callable[[np.ndarray], np.ndarray]


def _sigmoid(t: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-t))


def _softplus(t: np.ndarray) -> np.ndarray:
    return np.logaddexp(0.0, t)


PAIRS: dict[CostKind, tuple[Curve, Curve]] = {
    "probability": (lambda t: -np.log(t), lambda t: -np.log(1 - t)),
    "logit": (lambda t: _softplus(-t), _softplus),
    "twice": (lambda t: _softplus(-_sigmoid(t)), lambda t: _softplus(_sigmoid(t))),
    "squared": (lambda t: (1 - t) ** 2, lambda t: t**2),
}


def _fit(t: np.ndarray, values: np.ndarray, one: Curve, zero: Curve, tol: float) -> tuple[float, float, float] | None:
    basis = np.column_stack([one(t), zero(t), np.ones_like(t)])
    coef, *_ = np.linalg.lstsq(basis, values, rcond=None)
    return tuple(coef) if np.abs(basis @ coef - values).max() <= tol * np.ptp(values) else None


def sees_every_label(pieces: Pieces, out: Tensor, y: Tensor) -> bool:
    """Does each row's loss look at all the labels, and not at its own? Then equal outputs get equal gradients."""
    flat = y.detach().double().flatten()
    if flat.numel() != out.numel() or bool((flat == flat[0]).all()):
        return False
    level = torch.full_like(out, 0.3).requires_grad_()
    try:
        with torch.enable_grad():
            g = gradients(pieces.cost(level, y), [level])[0].double().flatten()
    except Exception:
        return False
    size = float(g.abs().max())
    return size > 0 and float(g.max() - g.min()) <= 1e-4 * size


@torch.no_grad()
def ignores_order(pieces: Pieces, out: Tensor, y: Tensor) -> bool:
    """Is the loss the same whichever row a label belongs to, though it does depend on the labels?"""
    if bool((y == y.flatten()[0]).all()):
        return False
    level = torch.linspace(0.1, 0.9, out.numel()).to(out).reshape(out.shape)
    back = y.flatten().sort().values.reshape(y.shape)
    try:
        reseed(pieces.model)
        one, other, less = (float(pieces.cost(level, t)) for t in (back, back.flip(0), 0.6 * back))
        lower = float(pieces.cost(0.4 * level, back))
    except Exception:
        return False
    same, apart = 1e-5 * abs(one), 1e-2 * abs(one)
    return abs(one - other) <= same < apart < min(abs(one - less), abs(one - lower))


@torch.no_grad()
def falls_for_ever(pieces: Pieces, out: Tensor, y: Tensor, kind: CostKind) -> bool:
    """Does the loss fall without end on rows whose label lies outside [0, 1]? A loss made for such labels does not.

    On y = 2 or y = -1 a cross-entropy has no floor: twice as far along, it falls as much again.
    """
    steps = (0.5, 1e-3, 1e-6) if kind == "probability" else (0.0, 30.0, 60.0)
    values = y.double().reshape(out.shape) if y.numel() == out.numel() else y.double().expand(out.shape)
    wrong = (values > 1) | (values < 0)
    for mirrored in (False, True):
        costs: list[float] = []
        for t in steps:
            far = (1 - t if kind == "probability" else -t) if mirrored else t
            level = torch.where(wrong, torch.full_like(out, far), torch.full_like(out, steps[0]))
            reseed(pieces.model)
            costs.append(float(pieces.cost(level, y)))
        first, again = costs[0] - costs[1], costs[1] - costs[2]
        if first > 0 and again > 0.3 * first:
            return True
    return False
