"""The deck's training loop, for any module with one output."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from cutline.errors import FitError
from cutline.nn import checks


def hand_written_cost(hypothesis: Tensor, y: Tensor) -> Tensor:
    """The deck's cost in one line: the mean of -[y log H + (1 - y) log(1 - H)].

    Equal to `F.binary_cross_entropy`, but for one thing: where H is exactly 0 or 1 it meets 0 * log 0, which
    is NaN, while torch's cuts every log off at -100.
    """
    return -(y * torch.log(hypothesis) + (1 - y) * torch.log(1 - hypothesis)).mean()


def logit_cost(z: Tensor, y: Tensor) -> Tensor:
    """The same cost from logits: the mean of (1 - y) z + log(1 + e^-z), which no z makes infinite.

    Equal to `F.binary_cross_entropy_with_logits`, which wakes all of torch's threads even for six rows: on a busy
    machine that was measured at 17 ms a call, for a sum of microseconds.
    """
    return ((1 - y) * z + torch.logaddexp(z.new_zeros(()), -z)).mean()


@dataclass(frozen=True)
class Epoch:
    """One turn of the loop, as it stood BEFORE its update; as text it is the deck's log line.

    number: from 0 to `epochs`. cost: the mean over the rows. accuracy: share of rows on the right side of
    0.5, from 0 to 1; a tie counts as positive.
    """

    number: int
    epochs: int
    cost: float
    accuracy: float

    def __str__(self) -> str:
        percent = self.accuracy * 100
        return f"Epoch {self.number:4d}/{self.epochs} Cost: {self.cost:.6f} Accuracy {percent:.2f}%"


@dataclass(frozen=True)
class History:
    """What `train` saw: one cost and one accuracy for each update, the first from before any update.

    epochs: as asked for; the loop runs from epoch 0 to this one, so 1,000 epochs are 1,001 updates.
    stopped_early: the callback ended it before the last epoch.
    """

    cost: tuple[float, ...]
    accuracy: tuple[float, ...]
    epochs: int
    stopped_early: bool = False

    def __repr__(self) -> str:
        how = ", stopped early" if self.stopped_early else ""
        return f"History({self.updates} updates, cost {self.cost[0]:.6f} to {self.cost[-1]:.6f}{how})"

    @property
    def updates(self) -> int:
        """How often the weights moved."""
        return len(self.cost)


def train(
    module: nn.Module,
    x: Tensor,
    y: Tensor,
    *,
    output: Literal["probability", "logit"],
    lr: float | None = None,
    epochs: int = 1000,
    optimizer: torch.optim.Optimizer | None = None,
    cost: Callable[[Tensor, Tensor], Tensor] | None = None,
    log_every: int = 100,
    log: Callable[[str], object] | None = print,
    callback: Callable[[Epoch], object] | None = None,
) -> History:
    """Train any module with one output by the deck's loop: all rows in every step, `epochs` + 1 updates.

    Like the deck's ``for epoch in range(epochs + 1)``, epoch 0 is the start and updates too, so 1,000 epochs
    are 1,001 updates. The module is changed in place. It trains in training mode, and every part of it gets
    its own mode back; the loop itself draws no random number.

    Parameters
    ----------
    module : nn.Module
        Its output has one number a row, in the shape of `y`.
    x : tensor
        n rows, as the module takes them.
    y : float tensor
        Labels from 0 to 1, usually (n, 1).
    output : {"probability", "logit"}
        What the module returns: from 0 to 1 (checked at every epoch), or any real number, before the sigmoid.
        There is no default: a wrong guess would train without an error and learn the wrong thing.
    lr : float, optional
        Step size of plain gradient descent, 1.0 unless given. An optimizer of your own has its own.
    epochs : int
        Number of the last epoch.
    optimizer : torch.optim.Optimizer, optional
        Over the module's parameters; ``SGD(module.parameters(), lr)`` unless given.
    cost : callable, optional
        ``cost(output, y)`` -> scalar; `F.binary_cross_entropy`, or `logit_cost`, unless given.
    log_every, log : int, callable or None
        `log` gets the deck's log line every so many epochs; None is silence.
    callback : callable, optional
        Gets an `Epoch` after each update; training stops when it returns something true.

    Returns
    -------
    History

    Raises
    ------
    UsageError
        Shapes, types or options that do not fit; a "probability" outside 0 to 1; a "logit" out of a sigmoid.
    DataError
        Labels outside 0 to 1; NaN or infinity in `x` or `y`.
    FitError
        The cost is no longer a number. The module keeps the weights that made it so.

    Examples
    --------
    >>> from cutline import deck
    >>> from cutline.nn import BinaryClassifier
    >>> model = BinaryClassifier(2)
    >>> _ = nn.init.zeros_(model.linear.weight), nn.init.zeros_(model.linear.bias)
    >>> x, y = torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS)
    >>> history = train(model, x, y, output="probability", epochs=200)
    Epoch    0/200 Cost: 0.693147 Accuracy 50.00%
    Epoch  100/200 Cost: 0.134722 Accuracy 100.00%
    Epoch  200/200 Cost: 0.080643 Accuracy 100.00%

    """
    checks.check_options(output, epochs, log_every)
    checks.check_rows(x, y)
    optimizer = checks.check_optimizer(module, lr, optimizer)
    if cost is None:
        cost = binary_cross_entropy if output == "probability" else logit_cost
    middle = 0.5 if output == "probability" else 0.0
    seen: list[Epoch] = []
    stopped = stuck = False

    with torch.enable_grad(), _training_mode(module):
        for number in range(epochs + 1):
            hypothesis = module(x) if number else checks.first_output(module, x, y, output)
            checks.check_range(hypothesis, output, number)
            y = y.to(hypothesis.dtype)
            loss = cost(hypothesis, y)
            value = loss.item()
            if not math.isfinite(value):
                raise FitError(checks.why_not_finite(value, number, hypothesis, module, output))
            right = (hypothesis >= middle) == (y >= 0.5)
            epoch = Epoch(number, epochs, value, right.double().mean().item())

            optimizer.zero_grad()
            loss.backward()
            if output == "probability" and not stuck and seen and value == seen[-1].cost:
                stuck = checks.warn_if_stuck(hypothesis, y, module, seen[-1])
            optimizer.step()

            seen.append(epoch)
            if log is not None and number % log_every == 0:
                log(str(epoch))
            if callback is not None and callback(epoch):
                stopped = number < epochs
                if log is not None and stopped:
                    log(f"Stopped after epoch {number}: the callback asked for it.")
                break
    return History(tuple(e.cost for e in seen), tuple(e.accuracy for e in seen), epochs, stopped)


@contextmanager
def _training_mode(module: nn.Module) -> Iterator[None]:
    modes = [(part, part.training) for part in module.modules()]
    if not module.training:  # a module already in training keeps the parts its owner froze on purpose
        module.train()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode
