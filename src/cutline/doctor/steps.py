"""A watched loop's steps: were there gradients, were they new, and did the step lower the loss of its own rows?"""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from cutline.doctor.diary import CLOSELY, Diary, Look
from cutline.doctor.quiet import Randomness
from cutline.doctor.trace import picked
from cutline.doctor.turns import Turns

REWRITTEN = 20  # steps after which nobody looks any more whether weights are overwritten
SMALL = 1_000_000  # parameters up to which copies of them are kept between steps
TIMED = 64


class Steps:
    """Sees gradients arrive and optimizers step."""

    def __init__(self, model: nn.Module, parameters: Sequence[Tensor], diary: Diary, turns: Turns) -> None:
        self._model, self._parameters, self._diary, self._turns = model, parameters, diary, turns
        self._mine = {id(p) for p in parameters}
        self._small = sum(p.numel() for p in parameters) <= SMALL
        self._stale: set[int] = set()  # parameters whose gradient a step has used
        self._used: dict[int, bool] = {}  # those whose `.grad` still held it when the next one arrived
        self._reached: set[int] = set()  # parameters that got a gradient since the last step
        self._pulled: set[int] = set()  # and one that was not zero
        self._reused = self._inside = False
        self._own = 0.0  # seconds the watch took for itself in this turn
        self._before: list[Tensor] = []
        self._after: list[tuple[int, Tensor]] = []
        self._moved = 0.0
        self._left: dict[int, tuple[Tensor, Tensor]] = {}  # where backward left weights and gradients, without a step
        self._turn = 0

    def hooks(self) -> list[Any]:
        """Set the hooks; each handle takes its own off."""
        return [
            register_optimizer_step_pre_hook(self._step),
            register_optimizer_step_post_hook(self._stepped),
            *(p.register_hook(self._arrives(p)) for p in self._parameters),
            *(p.register_post_accumulate_grad_hook(self._added) for p in self._parameters),
        ]

    # --- gradients --------------------------------------------------------------------------------------------------

    def _arrives(self, p: Tensor) -> Callable[[Tensor], None]:
        """Before a gradient is added to `.grad`: does it hold one that a step has used already?"""
        key, weak = id(p), weakref.ref(p)

        def arrives(grad: Tensor) -> None:
            p = weak()
            self._turns.unseen()
            self._diary.inside |= self._inside
            if p is not None and not self._diary.steps:
                self._walked(p)
            held = None if p is None or key not in self._stale or not self._close() else p.grad
            self._used[key] = held is not None and bool(held.any())

        return arrives

    def _added(self, p: Tensor) -> None:
        """After it was added. torch.autograd.grad, which adds nothing, comes through `_arrives` and never here."""
        key = id(p)
        self._reached.add(key)
        self._reused |= self._used.get(key, False)
        if self._close() and p.grad is not None and bool(p.grad.any()):
            self._pulled.add(key)
        if self._inside:
            self._stale.add(key)
        else:
            self._stale.discard(key)
        if self._small and not self._diary.steps and self._diary.by_hand < CLOSELY and p.grad is not None:
            self._left[key] = p.detach().clone(), p.grad.detach().clone()

    @torch.no_grad()
    def _walked(self, p: Tensor) -> None:
        """Was it moved by hand since its last gradient? Then that is used, and tells the rate."""
        before, grad = self._left.pop(id(p), (p, None))
        if grad is None or torch.equal(before, p):
            return
        self._stale.add(id(p))
        diary, step, slope = self._diary, (before - p).double().flatten(), grad.double().flatten()
        if self._turn != diary.backwards:
            self._turn = diary.backwards
            diary.by_hand += 1
            self._turns.walked()
            if self._reused:
                diary.reused += 1
                diary.reused_first = diary.reused_first or diary.by_hand
            self._reused = False
        rate = float(step @ slope) / float(slope @ slope) if bool(slope.any()) else float("nan")
        plain = bool(((step - rate * slope).abs() <= 1e-2 * step.abs().max()).all())
        diary.hand_rates.append(rate if plain else float("nan"))

    def _close(self) -> bool:
        return self._diary.steps < CLOSELY

    # --- steps ------------------------------------------------------------------------------------------------------

    def _of(self, optimizer: Optimizer) -> list[Tensor]:
        return [p for group in optimizer.param_groups for p in group["params"] if id(p) in self._mine]

    def _step(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        mine = self._of(optimizer)
        if self._turns.busy or not mine:
            return
        self._inside = True
        self._look_for_rewriting()
        closure = len(args) > 1 or kwargs.get("closure") is not None
        if self._close() and not closure and not any(p.grad is not None and bool(p.grad.any()) for p in mine):
            came, asked = any(id(p) in self._reached for p in mine), self._turns.since > 0
            self._diary.erased += any(id(p) in self._pulled for p in mine)
            self._diary.unreached += not came and asked
            self._diary.without += not came and not asked and all(p.grad is None for p in mine)
        if self._diary.steps < REWRITTEN and self._small:
            self._before = [p.detach().clone() for p in self._parameters]

    def _stepped(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        turns, diary = self._turns, self._diary
        if turns.busy:
            return
        if not self._of(optimizer):
            diary.foreign_steps += 1
            return
        now = time.perf_counter()
        self._inside = False
        diary.steps += 1
        if self._reused:
            diary.reused += 1
            diary.reused_first = diary.reused_first or diary.steps
        diary.rates.append(max(float(group.get("lr", 0.0)) for group in optimizer.param_groups))
        if not any(optimizer is known for known in diary.stepped) and len(diary.stepped) < 8:
            diary.stepped.append(optimizer)
        if (began := turns.began or diary.arrived) and len(diary.works) < TIMED:
            diary.works.append(now - began)
        self._stale |= {id(p) for p in self._of(optimizer)}
        turn = turns.turn
        if turn is not None and turn.whole and turn.again and turns.since == 1 and not diary.inside and self._due():
            self._again(turn)
        if self._before:
            self._after = [(p._version, p.detach().clone()) for p in self._parameters]
            self._moved = _distance(self._before, [t for _, t in self._after])
            self._before = []
        self._reused = False
        self._reached.clear()
        self._pulled.clear()
        turns.step_is_over()

    def _due(self) -> bool:
        """Every step at first, then about eight in each doubling."""
        n = self._diary.steps
        return n <= 16 or n % (1 << max(0, n.bit_length() - 4)) == 0

    @torch.no_grad()
    def _again(self, look: Look) -> None:
        """The loss of the step's own rows once more, on the weights after it."""
        now = Randomness(self._model)
        self._turns.busy = True
        try:
            look.random.restore()
            buffers = {name: b.clone() for name, b in look.module.named_buffers()}
            out = picked(torch.func.functional_call(look.module, buffers, look.args, look.named), look.pick)
            if out.dtype == look.trace.out.dtype:  # or the loop ran under autocast, and this does not
                after = look.trace.loss(out, None, None)
                self._diary.pairs.append((self._diary.losses[-1], after.detach().reshape(())))
        except Exception:
            return  # a module that cannot run twice is not at fault: one look less
        finally:
            now.restore()
            self._turns.busy = False

    def _look_for_rewriting(self) -> None:
        """Somebody who overwrites the weights between two steps by more than the step itself starts anew each time."""
        self._diary.compared += bool(self._after)
        if self._after and any(p._version != version for p, (version, _) in zip(self._parameters, self._after)):
            moved = _distance([t for _, t in self._after], [p.detach() for p in self._parameters])
            # a projection back to where weights are allowed never moves them further than the step had
            self._diary.rewritten += moved > 0.99 * self._moved > 0
        self._after = []


def _distance(a: Sequence[Tensor], b: Sequence[Tensor]) -> float:
    return sum(float((p.double() - q.double()).square().sum()) for p, q in zip(a, b)) ** 0.5
