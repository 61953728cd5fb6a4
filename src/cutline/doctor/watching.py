"""`watch`: what only shows while a loop runs, seen through hooks that are taken off again.

    module hooks          which module gave the outputs, and was it born inside the loop?           (turns)
    a TorchFunctionMode   the loop's own calls from output to loss, and every `backward`            (trace)
    hooks on parameters   at every backward: are there old gradients it will add to?                (steps)
    optimizer hooks       before and after every step: were there gradients, did it lower the loss? (steps)

Nothing is drawn from the loop's random numbers, and the loss of some steps is computed a second time on the weights
after them: same rows, same Dropout masks, buffers on copies.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Any

import torch
from torch import Tensor, nn

from cutline.doctor.byhand import ByHand, by_hand
from cutline.doctor.diary import Diary
from cutline.doctor.findings import Report
from cutline.doctor.held import not_held
from cutline.doctor.loaders import Timed
from cutline.doctor.quiet import copies, held_by
from cutline.doctor.standing import as_optimizers
from cutline.doctor.steps import Steps
from cutline.doctor.turns import Turns
from cutline.doctor.watched import conclusion
from cutline.errors import UsageError


class Watch:
    """Watches a loop for as long as it stands in a `with` block; see `watch`."""

    def __init__(self, model: nn.Module, optimizer: Any) -> None:
        self._model, self._optimizers = model, as_optimizers(optimizer)
        self._diary = Diary()
        self._handles: list[Any] = []
        self._entered = False
        self._report: Report | None = None

    def __enter__(self) -> Watch:
        if self._entered:
            raise UsageError("watch: expected a new watch for each loop, but this one was used. Call watch(...) again.")
        self._entered = True
        self._start = copies(self._model, self._optimizers)
        both = {id(p): p for p in (*self._model.parameters(), *held_by(self._optimizers)) if p.requires_grad}
        self._turns = Turns(self._model, both.values(), self._diary)
        steps = Steps(self._model, list(both.values()), self._diary, self._turns)
        self._handles = [*self._turns.hooks(), *steps.hooks(), Timed(self._diary)]
        self._turns.recorder.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._turns.recorder.__exit__(kind, error, where)
        while self._handles:
            self._handles.pop().remove()
        if not self._diary.looks:
            self._turns.broke_off()
        self._turns.recorder.traces = []
        if self._optimizers:
            reached = [] if self._diary.foreign else self._turns.leaves
            optimizers, tensors = (*self._optimizers, *self._diary.stepped), isinstance(self._model, ByHand)
            self._diary.held = not_held(self._model, optimizers, reached, tensors=tensors)
        self._end = {name: t.detach().clone() for name, t in self._model.state_dict().items()}

    def loss(self, loss: Tensor) -> Tensor:
        """Tell the watch a loss it cannot see for itself, where not `loss.backward()` is called; returns it."""
        self._turns.note(loss)
        return loss

    @property
    def report(self) -> Report:
        """What the loop did, after the block; worked out when first asked for."""
        if not self._entered or self._handles:
            raise UsageError("report: expected the loop to be over, but it is not. Ask after the with block.")
        if self._report is None:
            self._report = conclusion(self._model, self._start, self._end, self._diary)
        return self._report


def watch(
    model: nn.Module | Iterable[Tensor],
    optimizer: torch.optim.Optimizer | Iterable[torch.optim.Optimizer] | None = None,
) -> Watch:
    """Watch a training loop run: ``with watch(model, optimizer) as w: ...`` and then ``print(w.report)``.

    The loop stays as it is. Besides everything `check` looks at, on the rows and the loss the loop was seen to use,
    this finds what only shows while training: a missing `zero_grad`, gradients erased before the step, models rebuilt
    or overwritten, steps that climb. Hooks are taken off at the end, also after an error, and the report is there
    then too.

    Parameters
    ----------
    model : nn.Module or a list of tensors
        The module the loop trains; or, where it is written by hand, the tensors: ``watch([W, b], optimizer)``.
    optimizer : torch.optim.Optimizer or several, optional
        The one whose ``step()`` the loop calls; None where the loop takes its steps by hand.

    Raises
    ------
    UsageError
        What was given is neither a module nor tensors, or no optimizer.

    Examples
    --------
    >>> from cutline import deck, doctor
    >>> x, y = torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS)
    >>> model = nn.Linear(2, 1)
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with doctor.watch(model, optimizer) as w:
    ...     for epoch in range(20):
    ...         loss = nn.BCEWithLogitsLoss()(model(x), y)
    ...         loss.backward()
    ...         optimizer.step()
    >>> [fault.code for fault in w.report.faults]
    ['missing-zero-grad']

    The same by hand, without a module:

    >>> W, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    >>> optimizer = torch.optim.SGD([W, b], lr=1)
    >>> with doctor.watch([W, b], optimizer) as w:
    ...     for epoch in range(20):
    ...         H = torch.sigmoid(x.matmul(W) + b)
    ...         cost = -(y * torch.log(H) + (1 - y) * torch.log(1 - H)).mean()
    ...         optimizer.zero_grad()
    ...         cost.backward()
    ...         optimizer.step()
    >>> [fault.code for fault in w.report.faults]
    ['learning-rate-climbs']

    """
    if isinstance(model, nn.Module):
        return Watch(model, optimizer)
    caller = sys._getframe(1)  # for the names of the tensors, and nothing else
    return Watch(by_hand(model, (caller.f_globals, caller.f_locals)), optimizer)
