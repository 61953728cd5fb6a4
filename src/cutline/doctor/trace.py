"""What a loop does between the module's output and `backward`, written down so that it can be played again.

A `TorchFunctionMode` sees every call of torch. Played again with other outputs or other labels, the calls ARE the
loop's loss, as a function: so a cost written out by hand can be asked the same questions as `nn.BCELoss`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

LOGIT_LOSSES = (
    functional.binary_cross_entropy_with_logits,
    functional.soft_margin_loss,
    functional.multilabel_soft_margin_loss,
)
CROSS_ENTROPIES = (functional.binary_cross_entropy, functional.binary_cross_entropy_with_logits)
SIGMOIDS = frozenset({"sigmoid", "sigmoid_", "special_expit", "expit"})
QUOTIENTS = frozenset({"reciprocal", "__rdiv__", "__rtruediv__", "__truediv__", "div", "true_divide"})
CHOICES = frozenset({"__getitem__", "index_select", "take", "gather", "masked_select"})
CASTS = frozenset({"float", "double", "half", "bfloat16", "to", "type", "type_as", "view", "view_as"})
CASTS |= {"reshape", "reshape_as", "unsqueeze", "squeeze", "flatten"}
MOST_CALLS = 2_000
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], Any]  # the function, what it took, what it gave


@dataclass(eq=False)
class Trace:
    """The calls made since the module gave `out`; the last may be one that raised.

    twins: the same output made a second time, by a loop that calls its model twice.
    """

    out: Tensor
    calls: list[Call] = field(default_factory=list)
    twins: list[Tensor] = field(default_factory=list)

    def record(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        if len(self.calls) < MOST_CALLS:
            self.calls.append((func, args, kwargs, result))

    def upto(self, loss: Tensor) -> Trace | None:
        """The calls that `loss` was made by; None where it was not made of this output."""
        end = next((i for i, call in enumerate(self.calls) if call[3] is loss), None)
        if end is None:
            return None
        needed, calls = {id(loss)}, []
        for call in reversed(self.calls[: end + 1]):
            _, args, kwargs, result = call
            mine = {id(t) for t in tensors((args, kwargs))}
            # a call without a result changed one of its arguments
            if any(id(t) in needed for t in tensors(result)) or (result is None and mine & needed):
                needed |= mine
                calls.append(call)
        return Trace(self.out, calls[::-1]) if id(self.out) in needed else None

    def last_number(self) -> Tensor | None:
        """The last single number with a gradient: the loss, where nobody saw `backward` being called on it."""
        for *_, result in reversed(self.calls):
            if isinstance(result, Tensor) and result.numel() == 1 and result.requires_grad:
                return result
        return None

    def labels(self) -> Tensor | None:
        """The tensor the output was held against: a loss's own target, else the first with a number a row."""
        live, born = {id(one) for one in (self.out, *self.twins)}, set[int]()
        named: list[Tensor] = []
        given: list[Tensor] = []
        made: list[Tensor] = []
        for func, args, kwargs, result in self.calls:
            mine = list(tensors((args, kwargs)))
            touched = any(id(t) in live for t in mine)
            target = kwargs.get("target", args[1] if len(args) > 1 else None)
            if touched and _name(func).endswith(("_loss", "cross_entropy", "_logits")) and isinstance(target, Tensor):
                named.append(self._root(target))
            if _name(func) not in CHOICES:
                rows = [t for t in mine if t.ndim and t.numel() == self.out.numel() and id(t) not in live]
                for t in rows:
                    (made if id(t) in born else given).append(t)
            (live if touched else born).update(id(t) for t in tensors(result))
        found = [t for t in (*named, *given, *made) if not t.requires_grad]
        several = [t for t in found if bool((t != t.reshape(-1)[0]).any())]
        return next(iter((*several, *found)), None)

    def _root(self, t: Tensor) -> Tensor:
        """Where a target came from, as long as it stayed the same numbers in the same order: y of y.float()."""
        for func, args, kwargs, result in self.calls:
            if result is t and _name(func) in CASTS:
                before = next(tensors((args, kwargs)))
                return t if before is t else self._root(before)
        return t

    def loss(self, out: Tensor, y: Tensor | None, labels: Tensor | None) -> Any:
        """Play the calls again with another output, and `y` in the place of `labels`."""
        known = {id(one): out for one in (self.out, *self.twins)}
        if labels is not None and y is not None:
            known[id(labels)] = y
        result: Any = out
        for func, args, kwargs, before in self.calls:
            if any(before is one for one in (labels, *self.twins) if one is not None):
                continue  # made by a call of the trace, and exchanged
            result = func(*swapped(args, known), **swapped(kwargs, known))
            if isinstance(before, Tensor) and isinstance(result, Tensor):
                known[id(before)] = result
            else:
                known.update((id(a), b) for a, b in zip(tensors(before), tensors(result)))
        return result

    def sigmoids(self) -> int:
        """How many calls on the way from the output squeeze it; 1 / (1 + exp(-z)) is one too."""
        names = [_name(func) for func, *_ in self._live()]
        by_hand = "exp" in names and not QUOTIENTS.isdisjoint(names)
        return sum(name in SIGMOIDS for name in names) + int(by_hand)

    def names_logit_loss(self) -> bool:
        return any(func in LOGIT_LOSSES for func, *_ in self._live())

    def _live(self) -> Iterator[tuple[Any, ...]]:
        live = {id(one) for one in (self.out, *self.twins)}
        for call in self.calls:
            if any(id(t) in live for t in tensors(call[1:3])):
                live.update(id(t) for t in tensors(call[3]))
                yield call


class Recorder(TorchFunctionMode):
    """Writes calls into the traces at hand, and tells of every `backward` just before it runs."""

    def __init__(self, backward: Callable[[Tensor], None] | None = None) -> None:
        super().__init__()
        self.traces: list[Trace] = []
        self.error: Exception | None = None  # the last error a call raised, and that call
        self.broken: Call = (len, (), {}, None)
        self._backward = backward

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func is Tensor.backward and self._backward is not None:
            self._backward(args[0])
        if not self.traces or _name(func) in ("backward", "__set__"):
            return func(*args, **kwargs)
        try:
            result = func(*args, **kwargs)
        except Exception as error:
            self.error, self.broken = error, (func, args, kwargs, None)
            raise
        if _name(func) == "__setitem__" or any(True for _ in tensors(result)):
            for trace in self.traces:
                trace.record(func, args, kwargs, result)
        return result


def traced(loss_fn: Callable[[Tensor, Tensor], Any], out: Tensor, y: Tensor) -> Trace:
    """The calls a loss makes, as far as it comes."""
    trace = Trace(out)
    recorder = Recorder()
    recorder.traces = [trace]
    with suppress(Exception), recorder:
        loss_fn(out, y)
    return trace


def is_loss(module: nn.Module) -> bool:
    """Is it one of torch's own losses, or made like them? A loop calls both, and only one of them is the model."""
    return isinstance(module, nn.modules.loss._Loss) or type(module).__name__.lower().endswith("loss")


def tensors(value: Any) -> Iterator[Tensor]:
    """Every tensor in nested tuples, lists and dicts."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for part in value:
            yield from tensors(part)
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))


def picked(result: Any, pick: int | None) -> Any:
    """The one tensor meant, where a module returns several in a tuple or a dict."""
    return result if pick is None else list(tensors(result))[pick]


def swapped(value: Any, known: dict[int, Tensor]) -> Any:
    """The same nested value, with every known tensor exchanged for its new one."""
    if isinstance(value, Tensor):
        return known.get(id(value), value)
    if type(value) in (tuple, list):
        return type(value)(swapped(part, known) for part in value)
    if type(value) is dict:
        return {key: swapped(part, known) for key, part in value.items()}
    return value


def _name(func: Any) -> str:
    return getattr(func, "__name__", "")
