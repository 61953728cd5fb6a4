"""The loop, run on copies: does it climb, does it crawl, and what would it reach if one thing were mended?

Every rehearsal takes all rows in every step and the same random numbers at every forward pass, so that a loss that
rises has risen because of the step and of nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

import torch
from torch import Tensor

from cutline.doctor.curvature import is_descent, largest_step, momentum, sharpest, step_size
from cutline.doctor.pieces import Pieces, gradients

STEPS = 200  # of a rehearsal
WORK = 200_000_000  # numbers a rehearsal may touch: rows times parameters times steps
RISE = 0.01  # a step that raises the loss by less than a hundredth is not called a climb
ABOVE = 1.1  # times the loss at the start: higher than this is a climb nobody wants
WORSE = 1.2  # times the loss at the start, at the end
SHARE = 0.3  # of all steps, climbing: the loss bounces from wall to wall
SLOW = 0.01  # of the largest stable step
CLOSED = 0.25  # a crawl closes less than this share, in all its epochs, of what a stable step closes in a rehearsal
CLOSED_OTHERS = 0.05  # the same for optimizers that choose their own steps, of which less can be asked
MATERIAL = 0.05  # nats a row, in the loss's own unit: less is not worth a word
FADED = 0.01  # of the largest rate: a schedule that ends there will learn no more


def length(pieces: Pieces, steps: int = STEPS) -> int:
    """How many steps a rehearsal may take."""
    numbers = sum(p.numel() for p in pieces.model.parameters()) * max(pieces.n, 1)
    return max(3, min(steps, WORK // max(numbers, 1)))


def rehearse(pieces: Pieces, steps: int, lr: float | None = None) -> list[float]:
    """The loss before each of `steps` steps and after the last; it ends early where the loss is no number."""
    return run(pieces, steps, lr)[0]


def run(pieces: Pieces, steps: int, lr: float | None = None) -> tuple[list[float], Pieces]:
    """The same, with the copies as they stand at the end."""
    trial = pieces.fresh()
    moving = trial.moving()
    optimizers = trial.optimizers or (torch.optim.SGD(moving, lr=lr or 0.0),)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] if lr is None else lr

    def closure() -> Tensor:
        try:
            with torch.enable_grad():
                cost = trial.cost(trial.outputs())
        except (RuntimeError, ValueError):
            return torch.tensor(math.nan)
        for p, g in zip(moving, gradients(cost, moving)):
            p.grad = g  # not cost.backward(), which would also reach what the user's loss holds on to
        return cost.detach()

    losses: list[float] = []
    for _ in range(steps):
        cost = closure()
        losses.append(float(cost))
        if not math.isfinite(losses[-1]):
            return losses, trial
        try:
            for optimizer in optimizers:
                optimizer.step(closure) if isinstance(optimizer, torch.optim.LBFGS) else optimizer.step()
        except Exception:  # an optimizer that cannot be copied is not at fault: the rehearsal ends here
            return losses, trial
    losses.append(trial.value())
    return losses, trial


def descend(pieces: Pieces, steps: int, L: float | None) -> list[float]:
    """Plain gradient descent at half the largest stable step, 1 / L, instead of the loop's optimizer."""
    trial = pieces.fresh()
    plain = torch.optim.SGD(trial.moving() or list(trial.model.parameters()), lr=1 / L if L else 0.1)
    bare = Pieces(trial.model, trial.inputs, trial.y, trial.loss_fn, (plain,), trial.named)
    return rehearse(bare, steps)


def climbs(losses: Sequence[float], *, plain: bool, over: bool = False) -> bool:
    """Is this a loss that climbs? `plain`: gradient descent without momentum; `over`: by steps above the stable one."""
    finite = [v for v in losses if math.isfinite(v)]
    if len(finite) < 2:
        return over and len(finite) < len(losses)
    first, least = finite[0], 1e-4 * abs(finite[0])
    if len(finite) < len(losses):
        return over or max(finite) > ABOVE * first + least
    if len(finite) >= 4 and median(finite[-max(3, len(finite) // 4) :]) > WORSE * first + least:
        return True
    ups = sum(b - a > max(RISE * abs(a), least) for a, b in pairwise(finite))
    high = max(finite) > ABOVE * first + least
    if not plain:
        return over and high
    return (over and ups >= 1) or (high and ups >= 2) or (ups >= 5 and ups >= SHARE * (len(finite) - 1))


@dataclass(frozen=True)
class Speed:
    """How a learning rate fares: its verdict, and the evidence."""

    verdict: str  # "climbs", "crawls", "breaks" (the loss becomes NaN while the steps are small enough) or "sound"
    lr: float
    limit: float | None
    losses: tuple[float, ...]
    steps: int = 0
    mended: tuple[float, ...] = ()
    epochs: int = 0
    end: float | None = None  # the rate a schedule has come down to
    bounces: tuple[int, int] | None = None  # of so many steps on mini-batches, so many raised their own rows' loss


def speed(pieces: Pieces, epochs: int, floor: float, unit: float = 1.0) -> Speed:
    """Judge the learning rate by a rehearsal and, for gradient descent, by the curvature."""
    optimizer = pieces.optimizers[0]
    lr, descent = step_size(optimizer), is_descent(optimizer)
    limit, L = stable(pieces, lr) if descent else (None, None)
    stateful = isinstance(optimizer, torch.optim.LBFGS)
    losses = rehearse(pieces, min(length(pieces), 20) if stateful else length(pieces))
    over = limit is not None and lr > limit
    verdict = "sound"
    if not math.isfinite(losses[0]):
        return Speed("sound", lr, limit, tuple(losses))  # nothing to do with steps: nobody has taken one
    steps = len(losses) - 1
    if climbs(losses, plain=descent and momentum(optimizer) == 0, over=over):
        verdict = "climbs"
    elif not math.isfinite(losses[-1]):
        verdict = "breaks"
    if verdict != "sound" or stateful:
        return Speed(verdict, lr, limit, tuple(losses), steps)
    return crawl(pieces, Speed(verdict, lr, limit, tuple(losses), steps, epochs=epochs), floor, L, unit=unit)


def stable(pieces: Pieces, lr: float) -> tuple[float | None, float | None]:
    """The largest stable step, and the curvature L it comes from: here or, if lr is larger than that, at weights of 0.

    There sigmoids are steepest, and no linear logit is curved more anywhere. Far out they are flat: what starts there
    may take steps as large as it likes, until it comes back.
    """
    optimizer = pieces.optimizers[0]
    middle = pieces.fresh()
    with torch.no_grad():
        for p in middle.moving():
            p.zero_()
    L, steepest = sharpest(pieces), sharpest(middle)
    here, there = (largest_step(optimizer, c) if c is not None and c > 0 else None for c in (L, steepest))
    if there is not None and lr > there and (here is None or lr <= here):
        return there, steepest
    return here, L


def crawl(pieces: Pieces, sound: Speed, floor: float, L: float | None = None, *, unit: float = 1.0) -> Speed:
    """Does a loop that does not climb crawl? A stable step, 1 / L, shows what could be reached from the same start.

    Not where its loss is below `floor` already: what is nearly learned may go slowly, and a stable step, given time,
    would only learn the rows by heart. unit: what one nat a row is worth in this loss.
    """
    optimizer, lr, limit, losses = pieces.optimizers[0], sound.lr, sound.limit, sound.losses
    if limit is not None and lr / (1 - min(momentum(optimizer), 0.999)) > SLOW * limit:
        return sound
    if not losses[-1] > floor:
        return sound
    L = L or sharpest(pieces)
    if not L or L < 0:
        return sound
    mended = descend(pieces, length(pieces), L)
    reach = mended[0] - mended[-1]
    material = math.isfinite(reach) and reach > MATERIAL * unit and reach > 0.1 * abs(mended[0])
    share = CLOSED if limit is not None else CLOSED_OTHERS
    closed = (losses[0] - losses[-1]) * max(sound.epochs, sound.steps) / max(sound.steps, 1)
    if not material or closed >= share * reach:
        return sound
    return replace(sound, verdict="crawls", mended=tuple(mended))
