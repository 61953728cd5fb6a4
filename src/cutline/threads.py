"""Threads: blocks side by side, each on one thread.

torch's own threads share one small product among cores and spend longer meeting than working: on blocks that fit a
cache they cost several times the product. So while a fit runs, torch uses one thread, and blocks are summed by as many
workers as torch was given.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import torch

A = TypeVar("A")
B = TypeVar("B")

_workers: ContextVar[int] = ContextVar("_workers", default=1)


@contextmanager
def one_thread_each() -> Generator[None]:
    """Give torch one thread here, remember how many it had for `side_by_side`, and put them back."""
    before = torch.get_num_threads()
    if before == 1:
        yield
        return
    token = _workers.set(before)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
        _workers.reset(token)


def side_by_side(function: Callable[[A], B], items: list[A], fewest: int = 4) -> Iterable[B]:
    """function(item) for each item, in order, by several workers where there are enough items to share.

    A worker is born with the one thread torch has meanwhile, so nothing needs to be set or put back in it.
    """
    workers = min(_workers.get(), len(items) // fewest)
    if workers < 2:
        yield from map(function, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        # a few items ahead and no more: a result may be a Hessian
        ahead = 4 * workers
        for first in range(0, len(items), ahead):
            yield from pool.map(function, items[first : first + ahead])
