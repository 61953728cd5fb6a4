"""A loop by hand, written down from one step to the next, and read back as turns of a module."""

from __future__ import annotations

import torch
from torch import Tensor

from cutline.doctor.byhand import ByHand, Spelled
from cutline.doctor.diary import Look
from cutline.doctor.quiet import Randomness
from cutline.doctor.split import Split, needed, refused, split
from cutline.doctor.trace import Call, Trace, tensors

KEPT = 8  # strangers remembered


class Tape:
    """Every call of torch since the last turn.

    strange: did the last turn's loss come from weights never seen before? moved: from new tensors that were computed
    from the old, as ``W = W - lr * W.grad`` does?
    """

    def __init__(self, model: ByHand) -> None:
        self._model = model
        self._names: dict[str, Tensor] = dict(model.named_parameters())
        self._strangers: list[Tensor] = []  # held, so that nothing else takes their place in memory
        self._heirs: list[Tensor] = []
        self.strange = self.moved = False
        self.clear()

    def clear(self) -> None:
        """The next turn begins."""
        self.trace, self._random = Trace(torch.empty(0)), Randomness(self._model)

    def looks(self, loss: Tensor | None, broken: Call | None = None) -> list[Look]:
        """The turn that ended in this loss, or in a call that raised; twice where the loop spells its model twice."""
        calls = [*self.trace.calls, *([broken] if broken is not None else [])]
        ends = [i for i, call in enumerate(calls) if call is broken or (loss is not None and call[3] is loss)]
        found = split(calls, ends[0], self._names.values()) if ends else None
        self.strange = self.moved = False
        if found is None:
            return []
        formula = Spelled(found.front, found.inputs, found.out, self._originals(found))
        module, steady = ByHand(self._names, formula), self._steady(formula)
        outs = (found.out, *found.twins)
        return [
            Look(module, found.inputs, {}, Trace(out, list(found.back)), self._random, not steady, again=steady)
            for out in outs
        ]

    def stopped(self, broken: Call) -> list[Look]:
        """The turn that ended before there was an output: what its rows and weights could not be brought to."""
        calls = [*self.trace.calls, (*broken[:3], out := torch.empty(0))]
        inputs = refused(calls, self._names.values())
        if not inputs:
            return []
        path = tuple(needed(calls, calls[-1:], {id(t) for t in (*self._names.values(), *inputs)}))
        module = ByHand(self._names, Spelled(path, inputs, out, self._names))
        return [Look(module, inputs, {}, Trace(out), self._random, drew=False, whole=False)]

    def _originals(self, found: Split) -> dict[str, Tensor]:
        """The weights by name; those made anew in the loop take the names of the ones they replace."""
        strange = [t for t in found.weights if not any(t is mine for mine in self._names.values())]
        heirs = [t for t in strange if self._inherits(t)]
        self._heirs = [*self._heirs, *heirs][-KEPT:]
        self.moved = bool(heirs)
        new = [t for t in strange if not any(t is met for met in (*self._strangers, *self._heirs))]
        self.strange = bool(new) and bool(self._strangers)
        self._strangers = [*self._strangers, *new][-KEPT:]
        used = {name: t for name, t in self._names.items() if any(t is one for one in found.weights)}
        free = {name: t for name, t in self._names.items() if name not in used}
        for t in strange:
            name = next((name for name, old in free.items() if old.shape == t.shape), None)
            if name is not None:
                used[name] = t
                del free[name]
        return used

    def _inherits(self, t: Tensor) -> bool:
        """Was it computed from weights known already?"""
        calls = [
            call for call in self.trace.calls if not str(getattr(call[0], "__name__", "")).endswith("_like")
        ]  # which take but a shape
        births = [call for call in calls if any(t is one for one in tensors(call[3]))]
        known = {id(one) for one in (*self._names.values(), *self._heirs)} - {id(t)}
        return any(id(one) in known for call in needed(calls, births) for one in tensors(call[1:3]))

    @torch.no_grad()
    def _steady(self, formula: Spelled) -> bool:
        """Does the model give the same again, or does it draw random numbers?"""
        now = Randomness(self._model)
        try:
            again = formula(formula.inputs, formula.originals)
        except Exception:
            return False
        finally:
            now.restore()
        return again.shape == formula.out.shape and torch.allclose(again, formula.out, equal_nan=True)
