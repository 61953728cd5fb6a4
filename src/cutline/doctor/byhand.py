"""A model that is no module: tensors, and the formula that makes one output a row of them.

`check` is given the formula as a function; `watch` sees the loop spell it out, call by call. Either becomes a module
here whose parameters ARE the user's tensors, so that every question for modules is asked of loops by hand as well.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn
from torch.nn.modules import module as modules
from torch.overrides import TorchFunctionMode

from cutline.doctor.held import leaves
from cutline.doctor.quiet import held_by, untouched
from cutline.doctor.trace import Call, swapped, tensors
from cutline.errors import UsageError


class Formula(Protocol):
    """Makes the output of the inputs, with other weights in the place of the user's."""

    def __call__(self, inputs: tuple[Any, ...], weights: Mapping[str, Tensor]) -> Tensor: ...


class ByHand(nn.Module):
    """Tensors by name, and their formula once it is known."""

    def __init__(self, weights: Mapping[str, Tensor], formula: Formula | None = None) -> None:
        super().__init__()
        # not `register_parameter`, which wants an nn.Parameter: that is another tensor than the one the optimizer holds
        self._parameters.update(cast("dict[str, nn.Parameter | None]", dict(weights)))
        self.formula = formula

    def forward(self, *inputs: Any) -> Tensor:
        assert self.formula is not None
        return self.formula(inputs, cast("dict[str, Tensor]", self._parameters))


class _Exchanged(TorchFunctionMode):
    """While it stands, torch is given other tensors than the ones a function names."""

    def __init__(self, known: dict[int, Tensor]) -> None:
        super().__init__()
        self._known = known

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        return func(*swapped(args, self._known), **swapped(kwargs or {}, self._known))


@dataclass(frozen=True, eq=False)
class Said:
    """A function of the rows, and the tensors it was seen to depend on."""

    function: Callable[..., Any]
    originals: dict[str, Tensor]
    modules: tuple[nn.Module, ...] = ()

    def __call__(self, inputs: tuple[Any, ...], weights: Mapping[str, Tensor]) -> Tensor:
        with _Exchanged({id(t): weights[name] for name, t in self.originals.items()}):
            return self.function(*inputs)

    def __deepcopy__(self, memo: Any) -> Said:
        return self  # the weights are copied, and the function is asked with the copies


@dataclass(frozen=True, eq=False)
class Spelled:
    """The calls a loop made from its rows and weights to its output, to be made again with others."""

    calls: tuple[Call, ...]
    inputs: tuple[Tensor, ...]
    out: Tensor
    originals: dict[str, Tensor]

    def __call__(self, inputs: tuple[Any, ...], weights: Mapping[str, Tensor]) -> Tensor:
        known = {id(t): weights[name] for name, t in self.originals.items()}
        known |= {id(before): now for before, now in zip(self.inputs, inputs)}
        for func, args, kwargs, before in self.calls:
            result = func(*swapped(args, known), **swapped(kwargs, known))
            known.update((id(a), b) for a, b in zip(tensors(before), tensors(result)))
        return known[id(self.out)]

    def __deepcopy__(self, memo: Any) -> Spelled:
        return self


def said(function: Callable[..., Any], x: Any, optimizers: Sequence[torch.optim.Optimizer]) -> ByHand:
    """The function as a module of all its output depends on or, where that is nothing, of all the optimizers hold."""
    with _modules_seen() as seen, untouched(None), torch.enable_grad():
        try:
            found = [leaf for part in tensors(function(x)) for leaf in leaves(part)]
        except Exception:
            found = []  # `examine` calls it again, and says what is wrong
    parts = {id(p): name for part in seen for name, p in part.named_parameters()}
    originals = named(found or held_by(optimizers), spaces_of(function), parts)
    return ByHand(originals, Said(function, originals, tuple(seen)))


def by_hand(weights: Any, spaces: Iterable[Mapping[str, Any]]) -> ByHand:
    """The tensors of a loop by hand as a module, whose formula the loop itself is going to spell out."""
    given = [weights] if isinstance(weights, Tensor) else list(weights) if isinstance(weights, Iterable) else []
    if not given or not all(isinstance(t, Tensor) for t in given):
        raise UsageError(
            f"model: expected a torch.nn.Module, or the tensors a loop by hand trains, but {type(weights).__name__} "
            "came. Pass the module, or a list such as [W, b]."
        )
    if any(not t.is_leaf for t in given):
        raise UsageError(
            "model: expected the tensors a loop trains, but one of them was computed from others, and no optimizer "
            "can move it. Make W with requires_grad=True, after any arithmetic."
        )
    return ByHand(named(given, spaces))


def inner(model: nn.Module) -> tuple[nn.Module, ...]:
    """The modules a function runs."""
    return model.formula.modules if isinstance(model, ByHand) and isinstance(model.formula, Said) else ()


@contextmanager
def _modules_seen() -> Generator[list[nn.Module]]:
    """The modules that run meanwhile; their buffers and modes are put back at the end."""
    seen: dict[int, nn.Module] = {}
    before: list[tuple[Tensor, Tensor]] = []
    modes: list[tuple[nn.Module, bool]] = []

    def runs(module: nn.Module, args: Any) -> None:
        if id(module) not in seen:
            seen[id(module)] = module
            modes.append((module, module.training))
            before.extend((b, b.detach().clone()) for b in module.buffers(recurse=False))

    handle = modules.register_module_forward_pre_hook(runs)
    found: list[nn.Module] = []
    try:
        yield found
    finally:
        handle.remove()
        with torch.no_grad():
            for now, then in before:
                now.copy_(then)
        for module, mode in modes:
            module.training = mode
        found += seen.values()


def named(
    weights: Iterable[Tensor], spaces: Iterable[Mapping[str, Any]], parts: Mapping[int, str] | None = None
) -> dict[str, Tensor]:
    """The tensors by the names their owner gave them, W and b; "tensor 1", "tensor 2" where none is found."""
    known = {id(value): name for space in spaces for name, value in space.items() if isinstance(value, Tensor)}
    known |= parts or {}
    found: dict[str, Tensor] = {}
    for number, t in enumerate({id(t): t for t in weights}.values(), 1):
        name = known.get(id(t), f"tensor {number}").replace(".", "_")  # a dot would mean a part of a part
        found[name if name not in found else f"{name} {number}"] = t
    return found


def spaces_of(function: Any) -> list[Mapping[str, Any]]:
    """Where a function finds its names."""
    if inspect.isfunction(function):
        seen = inspect.getclosurevars(function)
        return [seen.globals, seen.nonlocals]
    return [vars(home)] if hasattr(home := getattr(function, "__self__", function), "__dict__") else []
