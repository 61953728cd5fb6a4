"""Threads: blocks side by side, each on one thread.

torch's own threads share one small product among cores and spend longer meeting than working: on blocks that fit a
cache they cost several times the product. So a fit holds torch to one thread, and blocks are summed by a crew of
workers, each of whom has one torch thread for life. A crew lives as long as the process and is shared by all fits.

torch keeps a number for every thread and one for threads not yet born, and setting the first sets the second. So
whenever a thread here is held to one, another one, which does nothing else, puts the second number back: the threads of
the user, born before a fit, during or after, keep what they were given.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from itertools import islice
from typing import TypeVar

import torch

A = TypeVar("A")
B = TypeVar("B")

_workers: ContextVar[int | None] = ContextVar("_workers", default=None)
_crews: dict[int, ThreadPoolExecutor] = {}
_hiring = threading.Lock()
_here = threading.local()


@contextmanager
def one_thread_each(count: int | None = None) -> Generator[None]:
    """Hold torch to one thread in here, and let sums use `count` workers; None is as many as torch had threads.

    Raises:
        ValueError: a count below one.
    """
    if count is not None and count < 1:
        raise ValueError(f"workers: expected a whole number above 0 or None, got {count!r}")
    before = torch.get_num_threads()
    token = _workers.set(count or _workers.get() or before)
    if before > 1:
        torch.set_num_threads(1)
        _tell_the_unborn(before)
    try:
        yield
    finally:
        _workers.reset(token)
        if before > 1:
            torch.set_num_threads(before)


def side_by_side(function: Callable[[A], B], items: Sequence[A]) -> Iterable[B]:
    """function(item) for each item, in order: here where there is one, by a crew where there are more."""
    if len(items) < 2 or getattr(_here, "hired", False):
        yield from map(function, items)
        return
    count = _workers.get() or torch.get_num_threads()
    crew, ahead = _crew(count), iter(items)
    # a few items ahead and no more: a result may be a Hessian
    pending = deque[Future[B]](crew.submit(function, item) for item in islice(ahead, 2 * count))
    try:
        while pending:
            yield pending.popleft().result()
            pending.extend(crew.submit(function, item) for item in islice(ahead, 1))
    finally:  # Ctrl-C, or an error in one block: the others need not be begun
        for left in pending:
            left.cancel()


def _crew(count: int) -> ThreadPoolExecutor:
    with _hiring:
        if count not in _crews:
            _crews[count] = _hire(count)
        return _crews[count]


def _hire(count: int) -> ThreadPoolExecutor:
    """Workers with one torch thread each, all born at once."""
    unborn: list[int] = []
    born = threading.Barrier(count + 1)

    def begin() -> None:
        _here.hired = True
        unborn.append(torch.get_num_threads())  # a thread's first call takes over the number for the unborn
        torch.set_num_threads(1)
        born.wait()

    crew = ThreadPoolExecutor(count, "cutline", begin)
    for _ in range(count):
        crew.submit(int)
    born.wait()
    _tell_the_unborn(max(unborn))
    return crew


def _tell_the_unborn(number: int) -> None:
    """Set how many threads torch has in threads not yet born, and change nothing in this one."""
    _keeper().tell(number)


class _Keeper:
    """The thread that sets it. A bare lock wakes it: a queue would cost a small fit a tenth of its time."""

    def __init__(self) -> None:
        self._number, self._told = 1, threading.Lock()
        self._told.acquire()
        threading.Thread(target=self._listen, name="cutline-keeper", daemon=True).start()

    def tell(self, number: int) -> None:
        self._number = number
        with suppress(RuntimeError):  # it has been told already, and has not come round to it
            self._told.release()

    def _listen(self) -> None:
        while True:
            self._told.acquire()
            torch.set_num_threads(self._number)


@cache
def _keeper() -> _Keeper:
    return _Keeper()


def _forget() -> None:
    """The threads of a parent are not in its child, and what they held is held for ever."""
    global _hiring
    _hiring = threading.Lock()
    _crews.clear()
    _keeper.cache_clear()


if hasattr(os, "register_at_fork"):  # where processes fork
    os.register_at_fork(after_in_child=_forget)
