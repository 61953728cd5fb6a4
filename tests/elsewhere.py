"""A device that every machine has: its numbers lie in this memory, and it minds being mixed with them as a GPU does.

To torch these tensors are on "meta", which computes nothing; each holds a real one, and every operation is done on
those. As with CUDA, an operation given tensors of both devices is an error, but for a lone number, or a place in a
tensor over there (CUDA takes an index from here, and moves it).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

no_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here: elsewhere.py stands in for one")
HERE, THERE = torch.device("cpu"), torch.device("meta")
ACROSS = (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
PLACES = (torch.ops.aten.index.Tensor, torch.ops.aten.index_put_.default, torch.ops.aten.index_put.default)


class Away(Tensor):
    """A tensor on the device."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> Away:
        dense = held.layout == torch.strided
        where = {"strides": held.stride(), "storage_offset": held.storage_offset()} if dense else {}
        self = Tensor._make_wrapper_subclass(cls, held.size(), dtype=held.dtype, device=THERE, **where)
        self.held = held
        return self

    # torch makes no wrappers of sparse tensors: this one is dense to torch and sparse to us
    @property
    def layout(self) -> torch.layout:
        return self.held.layout

    def to_dense(self) -> Tensor:
        return Away(self.held.to_dense())

    def __getitem__(self, index: Any) -> Tensor:  # of a list torch would make an index on "meta", and lose it
        parts = index if isinstance(index, tuple) else (index,)
        return super().__getitem__(tuple(Away(torch.tensor(p)) if isinstance(p, list) else p for p in parts))

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


class Factories(TorchDispatchMode):
    """torch.zeros(..., device=THERE) and the like are on the device too."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return run(func, args, kwargs or {})


def run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """The operation on what the tensors hold; its result is where they are, or where it was asked for."""
    met = (args[0], *args[2:]) if func in PLACES and isinstance(args[0], Away) else args
    tensors = [one for one in tree_flatten((met, kwargs))[0] if isinstance(one, Tensor)]
    away, asked = any(isinstance(one, Away) for one in tensors), kwargs.get("device")
    assert all(isinstance(one, Away) or one.device == HERE for one in tensors), "a tensor has lost its numbers"
    if func in ACROSS:
        away = isinstance(args[0], Away)
        kwargs = {name: value for name, value in kwargs.items() if name != "layout"}  # what a sparse one seems to have
    elif away and any(one.dim() for one in tensors if not isinstance(one, Away)):
        raise RuntimeError(f"Expected all tensors to be on the same device, but {func} was given one on the cpu")
    if asked is not None:
        kwargs, away = {**kwargs, "device": HERE}, torch.device(asked) == THERE
    args, kwargs = tree_map(lambda one: one.held if isinstance(one, Away) else one, (args, kwargs))
    out = func(*args, **kwargs)
    if func._schema.is_mutable:  # in place: the very tensor it was given
        known = {id(one.held): one for one in tensors if isinstance(one, Away)}
        return tree_map(lambda one: known.get(id(one), one) if isinstance(one, Tensor) else one, out)
    return tree_map(lambda one: Away(one) if away and isinstance(one, Tensor) else one, out)


@contextmanager
def elsewhere() -> Iterator[torch.device]:
    """The device, for as long as the block lasts."""
    with Factories():
        yield THERE
