"""Looking without touching: copies to experiment on, and everything random put back as it was.

No experiment runs on the user's own module or optimizer: each gets a deep copy of the two together, so that the copied
optimizer holds the copied parameters. What a copy cannot shield (random numbers, and a loss that runs the user's own
module once more) is remembered and put back.
"""

from __future__ import annotations

import copy
import random
import warnings
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

SEED = 0


@contextmanager
def untouched(model: nn.Module | None, loader: Any = None) -> Generator[None]:
    """Put back, at the end, every random state and the module's buffers and modes; show no warning meanwhile."""
    modes = [] if model is None else [(part, part.training) for part in model.modules()]
    buffers = [] if model is None else [(b, b.detach().clone()) for b in model.buffers()]
    grads = (
        [] if model is None else [(p, p.grad, None if p.grad is None else p.grad.clone()) for p in model.parameters()]
    )
    drawn = [(g, g.get_state()) for g in _generators(loader)]
    theirs = random.getstate(), np.random.get_state()
    devices = sorted({t.device.index or 0 for t in _tensors(model) if t.device.type == "cuda"})
    with torch.random.fork_rng(devices), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the report says it better
        try:
            yield
        finally:
            for part, mode in modes:
                part.training = mode
            with torch.no_grad():
                for now, before in buffers:
                    if not same(now, before):
                        now.copy_(before)
                for p, grad, before in grads:
                    p.grad = grad
                    if grad is not None and before is not None and not same(grad, before):
                        grad.copy_(before)
            for generator, state in drawn:
                generator.set_state(state)
            random.setstate(theirs[0])
            np.random.set_state(theirs[1])


class Randomness:
    """The state of torch's random numbers now, where a module's weights are."""

    def __init__(self, model: nn.Module) -> None:
        self._devices = sorted({t.device.index or 0 for t in _tensors(model) if t.device.type == "cuda"})
        self._states = self._now()

    def moved(self) -> bool:
        """Has anybody drawn since?"""
        return not all(torch.equal(a, b) for a, b in zip(self._states, self._now()))

    def restore(self) -> None:
        """Go back to it."""
        torch.set_rng_state(self._states[0])
        for device, state in zip(self._devices, self._states[1:]):
            torch.cuda.set_rng_state(state, device)

    def _now(self) -> list[Tensor]:
        return [torch.get_rng_state(), *(torch.cuda.get_rng_state(device) for device in self._devices)]


def same(a: Tensor, b: Tensor) -> bool:
    """Equal bit for bit, NaN included."""
    return bool(torch.equal(a, b)) or bool(((a == b) | ((a != a) & (b != b))).all())


def reseed(model: nn.Module | None = None) -> None:
    """The same random numbers for every forward pass, so that a module with Dropout is one function and not many.

    Not `torch.manual_seed`, which also queues a seed for GPUs nobody has used yet, and that could not be undone.
    """
    torch.default_generator.manual_seed(SEED)
    for index in sorted({t.device.index or 0 for t in _tensors(model) if t.device.type == "cuda"}):
        torch.cuda.default_generators[index].manual_seed(SEED)


def copies(model: nn.Module, *others: Any) -> tuple[Any, ...]:
    """The module and what belongs to it, copied together: what they share stays shared between the copies."""
    memo: dict[int, Any] = {}
    for part in model.modules():
        for value in vars(part).values():
            if isinstance(value, Tensor) and value.grad_fn is not None:
                memo[id(value)] = value.detach().clone()  # a module that remembers an output cannot be copied else
    copied = copy.deepcopy((model, *others), memo)
    for before, after in zip(_optimizers(others), _optimizers(copied)):
        for name, value in vars(before).items():
            if name not in vars(after):  # LBFGS keeps a list of its own, which an optimizer's copy leaves out
                setattr(after, name, copy.deepcopy(value, memo))
    return copied


def held_by(optimizers: Iterable[torch.optim.Optimizer]) -> list[Tensor]:
    """The parameters the optimizers move."""
    return [p for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]


def movable(parameters: Sequence[Tensor]) -> list[Tensor]:
    return [p for p in parameters if p.requires_grad]


def _optimizers(value: Any) -> list[torch.optim.Optimizer]:
    if isinstance(value, torch.optim.Optimizer):
        return [value]
    return [one for part in value for one in _optimizers(part)] if isinstance(value, tuple | list) else []


def _tensors(model: nn.Module | None) -> Iterable[Tensor]:
    return () if model is None else (*model.parameters(), *model.buffers())


def _generators(loader: Any) -> list[torch.Generator]:
    """A loader's own random numbers: its own, its sampler's, and those of the sampler a batch sampler wraps."""
    batches = getattr(loader, "batch_sampler", None)
    homes = (loader, getattr(loader, "sampler", None), batches, getattr(batches, "sampler", None))
    found = {id(g): g for home in homes if isinstance(g := getattr(home, "generator", None), torch.Generator)}
    return list(found.values())
