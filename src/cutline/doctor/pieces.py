"""What a loop is made of, on copies: a module, rows, labels, a loss and optimizers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from cutline.doctor.quiet import copies, held_by, movable, reseed
from cutline.doctor.trace import picked

LossFn = Callable[[Tensor, Tensor], Any]


@dataclass(frozen=True, eq=False)
class Pieces:
    """The loop's pieces. `model` and `optimizers` are copies that nobody else holds; the tensors are the user's."""

    model: nn.Module
    inputs: tuple[Any, ...]
    y: Tensor | None
    loss_fn: LossFn | None
    optimizers: tuple[torch.optim.Optimizer, ...] = ()
    named: dict[str, Any] = field(default_factory=dict)
    partial: bool = False  # is `loss_fn` only the calls before one that raised?
    pick: int | None = None  # which of the tensors the module returns is its output

    @property
    def x(self) -> Tensor:
        return next(t for t in (*self.inputs, *self.named.values()) if isinstance(t, Tensor))

    @property
    def n(self) -> int:
        return len(self.x)

    def outputs(self) -> Tensor:
        """The module's outputs, with the same random numbers at every call."""
        reseed(self.model)
        return picked(self.model(*self.inputs, **self.named), self.pick)

    def cost(self, out: Tensor, y: Tensor | None = None) -> Tensor:
        """The loss as one number; a loop that asked for one a row is taken to mean them."""
        assert self.loss_fn is not None
        y = self.y if y is None else y
        assert y is not None
        cost = self.loss_fn(out, y)
        if not isinstance(cost, Tensor):
            raise TypeError(f"the loss returned {type(cost).__name__}, not a tensor")
        return cost if cost.ndim == 0 else cost.mean()

    def complete(self, out: Tensor) -> bool:
        """Does the loss come to one number? What an error cut short may not, and cannot be asked what it means."""
        assert self.loss_fn is not None
        assert self.y is not None
        try:
            with torch.no_grad():
                return not self.partial or self.loss_fn(out, self.y).numel() == 1
        except Exception:
            return not self.partial

    def value(self) -> float:
        """The loss where the module stands; NaN where it raises an error, as on a logit that has left 0 to 1."""
        try:
            with torch.no_grad():
                return float(self.cost(self.outputs()))
        except (RuntimeError, ValueError):
            return math.nan

    def table(self) -> Tensor | None:
        """The rows as a table of numbers; None where some of them are whole numbers, which may be places in a list."""
        given = [t for t in (*self.inputs, *self.named.values()) if isinstance(t, Tensor) and t.ndim]
        rows = [t.detach().flatten(1) if t.ndim > 1 else t.detach()[:, None] for t in given if len(t) == self.n]
        if not all(t.is_floating_point() for t in rows):
            return None
        return rows[0] if len(rows) == 1 else torch.cat([t.double() for t in rows], 1)

    def fresh(self) -> Pieces:
        """The same pieces on new copies."""
        model, optimizers = copies(self.model, self.optimizers)
        return replace(self, model=model, optimizers=optimizers)

    def scaled(self) -> Pieces:
        """The same pieces with every column of x at mean 0 and standard deviation 1."""
        x = self.x
        std = x.std(0, correction=0)
        new = (x - x.mean(0)) / torch.where(std > 0, std, torch.ones_like(std))
        inputs = tuple(new if t is x else t for t in self.inputs)
        return replace(self, inputs=inputs, named={k: new if t is x else t for k, t in self.named.items()})

    def trainable(self) -> dict[str, nn.Parameter]:
        return {name: p for name, p in self.model.named_parameters() if p.requires_grad}

    def moving(self) -> list[Tensor]:
        """What a step moves: what the optimizers hold, or without one all that can be trained."""
        if not self.optimizers:
            return list(self.trainable().values())
        mine = {id(p) for p in self.trainable().values()}
        return [p for p in movable(held_by(self.optimizers)) if id(p) in mine]


def gradients(cost: Tensor, parameters: Sequence[Tensor]) -> list[Tensor]:
    """d cost / d parameters, zeros where it does not depend on them; never touches any `.grad`."""
    if not cost.requires_grad or not parameters:
        return [torch.zeros_like(p) for p in parameters]
    found = torch.autograd.grad(cost, parameters, allow_unused=True)
    return [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, found)]
