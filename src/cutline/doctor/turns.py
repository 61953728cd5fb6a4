"""A watched loop's turns: which module gave the outputs, on which rows, and how they became the loss."""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as modules

from cutline.doctor.byhand import ByHand
from cutline.doctor.diary import CLOSELY, Diary, Look
from cutline.doctor.held import leaves
from cutline.doctor.quiet import Randomness
from cutline.doctor.tape import Tape
from cutline.doctor.trace import Recorder, Trace, is_loss, tensors

KEPT_ROWS = 4_096
KEPT_BATCHES = 200
PENDING = 8  # outputs that may still become a loss
AGAIN = 1e-4  # how nearly a trace played again gives the loss it was made of


class Turns:
    """Sees modules run and losses taken back.

    since: calls of `backward` since the last step. turn: the look whose loss was taken back since then. busy: the
    watch is computing for itself, and what happens is not the loop's.
    """

    def __init__(self, model: nn.Module, parameters: Iterable[Tensor], diary: Diary) -> None:
        self.diary, self.since, self.busy = diary, 0, False
        self.turn: Look | None = None
        self.leaves: list[Tensor] = []  # what the first loss depended on
        self.began = 0.0
        self.recorder = Recorder(self.backward)
        self.pending: list[Look] = []
        self._model = model
        self._mine = {id(p) for p in parameters}
        self._parts = {id(part) for part in model.modules()}
        self._born: weakref.WeakSet[nn.Module] = weakref.WeakSet()
        self._strangers: weakref.WeakSet[nn.Module] = weakref.WeakSet()
        self._met = self._number = 0
        self._depth = 0
        self._last: weakref.ref[Tensor] | None = None
        self._random = Randomness(model)
        self._tape = Tape(model) if isinstance(model, ByHand) else None
        self._rest()

    def hooks(self) -> list[Any]:
        """Set the hooks; each handle takes its own off."""
        if self._tape is not None:
            return []
        return [
            modules.register_module_forward_pre_hook(self._forward),
            modules.register_module_forward_hook(self._forwarded, with_kwargs=True, always_call=True),
            modules.register_module_parameter_registration_hook(self._registered),
        ]

    def _registered(self, module: nn.Module, name: str, parameter: Any) -> None:
        self._born.add(module)

    def _forward(self, module: nn.Module, args: Any) -> None:
        if self.busy:
            return
        self._depth += 1
        if self._depth == 1 and torch.is_grad_enabled() and not is_loss(module):
            self._random = Randomness(self._model)
            if module is self._model:
                self.began = time.perf_counter()

    def _forwarded(self, module: nn.Module, args: Any, *rest: Any) -> None:
        if self.busy:
            return
        named, output = rest if len(rest) == 2 else ({}, rest[0])  # torch leaves kwargs out where forward raised
        self._depth = max(0, self._depth - 1)
        if output is None and module is self._model and not self._depth:
            self.diary.refused = args
        if self._depth or not torch.is_grad_enabled() or is_loss(module):
            return
        drew = self._random.moved()
        for place, out in enumerate(tensors(output)):
            if out.is_floating_point():
                pick = None if out is output else place
                look = Look(module, args, named, Trace(out), self._random, drew, pick)
                self.pending, self.recorder.error = [*self.pending[1 - PENDING :], look], None
        self.recorder.traces = [look.trace for look in self.pending]

    def step_is_over(self) -> None:
        """The next turn begins."""
        if self._tape is not None and self.since:
            self._rest()
        self.since, self.turn, self._last = 0, None, None
        self._number += 1

    def walked(self) -> None:
        """The turn before this backward ended in a step by hand."""
        self.since, self._number = 1, self._number + 1
        self.diary.turns[-1:] = [self._number]

    def _rest(self) -> None:
        """Nothing is pending; of a loop by hand, the next turn is written down from here."""
        self.pending, self.recorder.traces = [], []
        if self._tape is not None:
            self._tape.clear()
            self.recorder.traces = [self._tape.trace]

    def backward(self, loss: Tensor) -> None:
        """`backward` is about to run on this loss."""
        if not self.busy:
            self.since += 1
            self.note(loss)

    def unseen(self) -> None:
        """Gradients arrive and nobody called `loss.backward()`: torch.autograd.backward, which no mode sees."""
        if not self.since and self.recorder.traces and (loss := self.recorder.traces[-1].last_number()) is not None:
            self.backward(loss)

    def note(self, loss: Tensor) -> None:
        """Write a loss down, and the turn it came from."""
        if loss.numel() != 1 or (self._last is not None and self._last() is loss):
            return
        diary = self.diary
        self._last = weakref.ref(loss)
        diary.backwards += 1
        diary.losses.append(loss.detach().clone().reshape(()))
        diary.turns.append(self._number)
        self.turn = None
        with suppress(Exception):  # the loop goes on, whatever the doctor makes of it
            if diary.backwards == 1:
                self.leaves = leaves(loss)
                owners = {id(p) for look in self.pending for p in look.module.parameters()} | self._mine
                diary.cut = not self.leaves if self._tape else not any(id(t) in owners for t in self.leaves)
            self._keep(loss)
        self._rest()

    def _keep(self, loss: Tensor) -> None:
        """The turn that made this loss: whose was it, is it a function of one output, and are its rows new?"""
        if self._tape is not None:
            self.pending = self._tape.looks(loss)
        made = [(look, part) for look in self.pending if (part := look.trace.upto(loss)) is not None]
        if not made:
            return
        diary, (look, look.trace) = self.diary, made[0]
        look.trace.twins = [other.trace.out for other, _ in made[1:]]
        look.whole = all(torch.equal(twin, look.trace.out) for twin in look.trace.twins) and self._plays(look, loss)
        diary.drew |= look.drew
        self.turn = look
        if self._tape is not None:
            diary.foreign += self._tape.strange
            diary.foreign_steps += self._tape.moved
        elif id(look.module) not in self._parts:
            strange = any(part in self._born for part in look.module.modules())
            if look.module not in self._strangers:  # copies are not born, but a new one each time gives them away
                self._strangers.add(look.module)
                self._met += 1
            diary.foreign += strange or self._met > 1
        elif self._born and (new := [p for p in look.module.modules() if p in self._born and p not in self._strangers]):
            self._strangers.update(new)  # a part of the watched module, made anew
            self._met += 1
            diary.foreign += self._met > 1
        if look.x is None:
            return
        seen = [kept.x for kept in diary.looks if kept.x is not None]
        same = bool(seen) and (_one(look.x, seen[0]) or _equal(look.x, seen[0]))
        diary.full &= same or not seen
        if same and diary.looks[0].labels is not None and diary.backwards <= CLOSELY:
            diary.compare(look.trace.labels())
        if same or any(_one(look.x, x) for x in seen):
            return
        if not seen or (len(seen) < KEPT_BATCHES and sum(len(x) for x in seen) < KEPT_ROWS):
            look.labels = look.trace.labels()
            diary.looks.append(look)

    def _plays(self, look: Look, loss: Tensor) -> bool:
        """Does the trace, played again, give the loss? Not if what lies between draws random numbers, for one."""
        self.busy = True
        before = Randomness(self._model)
        try:
            with torch.no_grad():
                again = float(look.trace.loss(look.trace.out.detach(), None, None))
        except Exception:
            return False
        finally:
            before.restore()
            self.busy = False
        value = float(loss.detach())
        return again == value or abs(again - value) <= AGAIN * abs(value) or (again != again and value != value)

    def broke_off(self) -> None:
        """The loop is over before its first loss was taken back: the calls until then tell why."""
        broken = self.recorder.broken if self.recorder.error is not None else None
        if self._tape is not None:
            self.pending = self._tape.looks(None if broken else self._tape.trace.last_number(), broken)
            if broken is not None and not self.pending:
                self.diary.looks = self._tape.stopped(broken)
        for look in [look for look in self.pending if self._tape is not None or look.module is self._model][-1:]:
            loss = look.trace.last_number()
            if broken is not None:
                look.trace.calls = [*(call for call in look.trace.calls if call is not broken), broken]
                look.broken = True
            elif loss is not None and (part := look.trace.upto(loss)) is not None:
                look.trace = part
            look.labels = look.trace.labels()
            self.diary.looks = [look]


def _one(a: Tensor, b: Tensor) -> bool:
    """The same numbers in the same place: the kept one keeps its memory from being used again."""
    return a is b or (a.data_ptr() == b.data_ptr() and a.shape == b.shape and a.stride() == b.stride())


def _equal(a: Tensor, b: Tensor) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.numel() <= 10_000 and torch.equal(a, b)
