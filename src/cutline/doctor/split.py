"""Where a loop by hand changes from its model to its loss: the one output a row, found among the calls it made.

Calls are a graph from the weights to the loss. Labels are the numbers, one a row, that meet what became of the weights
when that is one number a row too: rows meet the weights themselves. The output is the last tensor all ways from the
weights to the labels lead through, H in ``-(y * log(H) + (1 - y) * log(1 - H)).mean()``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from cutline.doctor.trace import Call, tensors


@dataclass(frozen=True, eq=False)
class Split:
    """front: the calls up to `out`; back: from there on; twins: `out` made a second time; inputs: what front takes."""

    front: tuple[Call, ...]
    back: tuple[Call, ...]
    out: Tensor
    twins: tuple[Tensor, ...]
    inputs: tuple[Tensor, ...]
    weights: tuple[Tensor, ...]


def split(calls: Sequence[Call], end: int, given: Iterable[Tensor]) -> Split | None:
    """Split the calls that call number `end` needed; None where they hold no output that meets labels.

    given: tensors known to be weights; any other leaf that wants a gradient is one too.
    """
    mine = {id(t) for t in given}
    path = needed(calls[: end + 1], [calls[end]], mine)
    taken = {id(t): t for call in path for t in tensors(call[1:3])}
    weights = [t for t in taken.values() if id(t) in mine or is_weight(t)]
    live = _live(path, {id(t) for t in weights})
    inputs = _rows(path, live)
    if not inputs:
        return None
    n, spelled = len(inputs[0]), _spellings(path)
    meeting = _meeting(path, live, n, {id(t) for t in weights})
    for out in reversed([t for call in path for t in tensors(call[3]) if id(t) in live and t.numel() == n]):
        group = _alike(path, out, spelled)
        still = _live(path, {id(t) for t in weights}, {id(t) for t in group})
        if meeting and not any(id(t) in still for call in meeting for t in tensors(call[1:3])):
            start = needed(path, [call for call in path if any(t is one for t in tensors(call[3]) for one in group)])
            front = needed(path, [call for call in path if any(t is out for t in tensors(call[3]))])
            known = {id(call) for call in start}
            rows = [t for t in inputs if any(t is one for call in front for one in tensors(call[1:3]))]
            born = {id(t) for t in rows}
            kept = [call for call in front if not any(id(t) in born for t in tensors(call[3]))]
            twins = tuple(t for t in group if t is not out)
            back = tuple(call for call in path if id(call) not in known)
            return Split(tuple(kept), back, out, twins, tuple(rows), tuple(weights))
    return None


def is_weight(t: Tensor) -> bool:
    """Does a loop ask for its gradient, and does it end there?"""
    return t.requires_grad and t.is_leaf


def refused(calls: Sequence[Call], given: Iterable[Tensor]) -> tuple[Tensor, ...]:
    """The rows a last call was given together with weights."""
    mine = {id(t) for t in given}
    path = needed(calls, calls[-1:], mine)
    weights = {id(t) for call in path for t in tensors(call[1:3]) if id(t) in mine or is_weight(t)}
    return tuple(_rows(path, _live(path, weights)))


def needed(calls: Sequence[Call], ends: Sequence[Call], weights: set[int] | None = None) -> list[Call]:
    """The calls that the last ones were made of, and those themselves; how `weights` were made does not matter."""
    last = {id(call) for call in ends}
    wanted: set[int] = set()
    found: list[Call] = []
    for call in reversed(calls):
        mine = {id(t) for t in tensors(call[1:3])}
        if weights is not None and any(id(t) in weights or is_weight(t) for t in tensors(call[3])):
            continue
        if id(call) in last or any(id(t) in wanted for t in tensors(call[3])) or (call[3] is None and mine & wanted):
            wanted |= mine
            found.append(call)
    return found[::-1]


def _live(path: Sequence[Call], weights: set[int], without: set[int] | None = None) -> set[int]:
    """What depends on the weights, and not only through `without`."""
    live = set(weights)
    for call in path:
        if any(id(t) in live for t in tensors(call[1:3])):
            live |= {id(t) for t in tensors(call[3])} - (without or set())
    return live


def _rows(path: Sequence[Call], live: set[int]) -> list[Tensor]:
    """Data, in the order in which it meets the weights; of what is not of the first one's length, nothing.

    Rows that were turned round on the way, -x in ``-x @ W``, are taken as they came.
    """
    found: dict[int, Tensor] = {}
    for call in path:
        mine = list(tensors(call[1:3]))
        if any(id(t) in live for t in mine):
            found |= {id(t): t for t in mine if id(t) not in live and t.ndim and id(t) not in found}
    rows = [_upright(path, t) for t in found.values()]
    return [t for t in rows if len(t) == len(rows[0])]


def _upright(path: Sequence[Call], t: Tensor) -> Tensor:
    """The tensor t was made of, if t is that with its sign changed; else t."""
    births = [call for call in path if any(t is one for one in tensors(call[3]))]
    for call in needed(path, births):
        for one in tensors(call[1:3]):
            other = one is not t and one.shape == t.shape and one.is_floating_point() and not one.requires_grad
            if other and bool(((one - one.mean(0)) * (t - t.mean(0))).sum() < 0):
                return one
    return t


def _meeting(path: Sequence[Call], live: set[int], n: int, weights: set[int]) -> list[Call]:
    """The calls in which a number a row meets what became of the weights, one number a row."""
    found: list[Call] = []
    for call in path:
        mine = list(tensors(call[1:3]))
        ours = any(id(t) in live and id(t) not in weights and t.numel() == n for t in mine)
        if ours and any(id(t) not in live and t.ndim and t.numel() == n for t in mine):
            found.append(call)
    return found


def _alike(path: Sequence[Call], out: Tensor, spelled: dict[int, int]) -> list[Tensor]:
    """The output, and the same spelled a second time: a loop may write its model twice."""
    others = (t for call in path for t in tensors(call[3]) if spelled.get(id(t)) == spelled[id(out)])
    return [t for t in others if t is out or (t.shape == out.shape and torch.equal(t, out))]


def _spellings(path: Sequence[Call]) -> dict[int, int]:
    """A number for each tensor, the same for two that were made by the same calls from the same tensors."""
    known: dict[int, int] = {}
    numbers: dict[tuple[Any, ...], int] = {}

    def spelling(value: Any) -> Any:
        if isinstance(value, Tensor):
            return known.setdefault(id(value), id(value))
        if isinstance(value, tuple | list):
            return tuple(map(spelling, value))
        return tuple((k, spelling(v)) for k, v in value.items()) if isinstance(value, dict) else repr(value)

    for func, args, kwargs, result in path:
        words = (func, spelling(args), spelling(kwargs))
        for place, t in enumerate(tensors(result)):
            known[id(t)] = numbers.setdefault((*words, place), -len(numbers) - 1)
    return known
