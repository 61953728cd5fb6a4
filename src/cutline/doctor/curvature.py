"""How sharp the cost is: L, the largest eigenvalue of its Hessian, by power iteration.

Gradient descent with a step of more than 2 / L climbs along the sharpest direction instead of going down (Nesterov,
Introductory Lectures on Convex Optimization, 2004, section 1.2.3); with momentum beta the limit is 2 (1 + beta) / L,
and with Nesterov's momentum 2 (1 + beta) / ((1 + 2 beta) L) (Cohen et al., "Gradient descent on neural networks
typically occurs at the edge of stability", ICLR 2021, appendix B). No Hessian is formed: a Hessian times a vector is
the gradient of a gradient times that vector (Pearlmutter, "Fast exact multiplication by the Hessian", Neural
Computation 6, 1994).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from cutline.doctor.pieces import Pieces
from cutline.doctor.quiet import SEED

Times = Callable[[list[Tensor]], list[Tensor]]  # H v
ROUNDS, FEWEST = 100, 10
WORK = 200_000_000  # numbers it may touch: rows times parameters times rounds
ENOUGH = 1e-3  # of L: a step is judged by tens of per cent


def sharpest(pieces: Pieces) -> float | None:
    """L where the module stands, over what the optimizers move; None where there is no second derivative."""
    parameters = pieces.moving()
    try:
        with torch.enable_grad():
            cost = pieces.cost(pieces.outputs())
            first = torch.autograd.grad(cost, parameters, create_graph=True, allow_unused=True)
        pairs = [(g, p) for g, p in zip(first, parameters) if g is not None and g.requires_grad]
        if not pairs:
            return None
        numbers = pieces.n * sum(p.numel() for p in pieces.model.parameters())
        rounds = max(FEWEST, min(ROUNDS, WORK // max(numbers, 1)))
        return _largest([g for g, _ in pairs], [p for _, p in pairs], rounds)
    except (RuntimeError, NotImplementedError):  # an operation whose second derivative nobody wrote
        return None


def _largest(first: Sequence[Tensor], parameters: Sequence[Tensor], rounds: int) -> float | None:
    def times(v: list[Tensor]) -> list[Tensor]:
        product = torch.autograd.grad(first, parameters, v, retain_graph=True, allow_unused=True)
        return [torch.zeros_like(p) if h is None else h for h, p in zip(product, parameters)]

    found = _power(times, parameters, 0.0, rounds)
    if found is not None and found < 0:  # the steepest curve bends down: look for the one that bends up most
        shifted = _power(times, parameters, -found, rounds)
        found = None if shifted is None else found + shifted
    return found


def _power(times: Times, parameters: Sequence[Tensor], shift: float, rounds: int) -> float | None:
    generator = torch.Generator().manual_seed(SEED)
    v = [torch.randn(p.shape, generator=generator, dtype=torch.float32).to(p) for p in parameters]
    before = math.inf
    for _ in range(rounds):
        size = _norm(v)
        if not (size > 0 and math.isfinite(size)):
            return 0.0 if size == 0 else None
        v = [part / size for part in v]
        w = [h + shift * part for h, part in zip(times(v), v)]
        value = sum(float((a.double() * b.double()).sum()) for a, b in zip(v, w))
        if abs(value - before) <= ENOUGH * abs(value):
            return value
        before, v = value, w
    return before


def _norm(v: Sequence[Tensor]) -> float:
    return math.sqrt(sum(float(part.double().square().sum()) for part in v))


def largest_step(optimizer: torch.optim.Optimizer, L: float) -> float:
    """The largest step that does not climb where the curvature is L, for gradient descent with this momentum."""
    beta = momentum(optimizer)
    nesterov = any(group.get("nesterov") for group in optimizer.param_groups)
    decay = max((float(group.get("weight_decay") or 0.0) for group in optimizer.param_groups), default=0.0)
    return 2 * (1 + beta) / ((1 + 2 * beta if nesterov else 1.0) * max(L + decay, 1e-300))


def momentum(optimizer: torch.optim.Optimizer) -> float:
    return max((float(group.get("momentum") or 0.0) for group in optimizer.param_groups), default=0.0)


def step_size(optimizer: torch.optim.Optimizer) -> float:
    return max((float(group.get("lr", 0.0)) for group in optimizer.param_groups), default=0.0)


def is_descent(optimizer: torch.optim.Optimizer) -> bool:
    """Gradient descent, with or without momentum: what the 2 / L rule speaks of. Adam rescales its steps and is not."""
    return isinstance(optimizer, torch.optim.SGD) and not any(g.get("maximize") for g in optimizer.param_groups)
