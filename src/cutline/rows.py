"""Rows: who computes the sum.

A `Summand` is a function of one block whose values add. `Rows` is any place that can add a summand up over all its
blocks, and that is all a place has to do:

    total = rows.sum(summand)          # one pass over the data

Reference: the summation form of Chu et al., "Map-Reduce for Machine Learning on Multicore", NIPS 2006.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, runtime_checkable

from cutline.block import Block
from cutline.shapes import Units


@runtime_checkable
class Addable(Protocol):
    """A value of a commutative monoid: it has +, and order does not matter."""

    def __add__(self, other: Any, /) -> Any: ...


T = TypeVar("T", bound=Addable)
T_co = TypeVar("T_co", bound=Addable, covariant=True)


@runtime_checkable
class Summand(Protocol[T_co]):
    """What is summed: a frozen, picklable value that knows one block and never where it is."""

    def __call__(self, block: Block, /) -> T_co: ...


def streams(summand: Summand[Any]) -> bool:
    """Whether it reads row after row and keeps nothing as long as its block, so that the cache sets blocks no size.

    Such a summand says so by an attribute `streams`: fewer and longer blocks cost threads fewer meetings.
    """
    return bool(getattr(summand, "streams", False))


def gives(summand: Summand[Any]) -> bool:
    """Whether what it returns is nobody else's, so that a sum may be made in that memory; it says so by a `gives`."""
    return bool(getattr(summand, "gives", False))


def over(summand: Summand[T], blocks: Sequence[Block]) -> T:
    """The sum over some blocks: by the summand where it has an `over` that adds up in place, or else one by one."""
    in_place = getattr(summand, "over", None)
    return tree_sum(map(summand, blocks), given=gives(summand)) if in_place is None else in_place(blocks)


def at_hand(rows: Any) -> bool:
    """Whether a pass over these rows costs little more than the call: they are asked themselves, and no sample of them.

    Such a place says so by an attribute `at_hand`.
    """
    return bool(getattr(rows, "at_hand", False))


def width(rows: Any) -> float:
    """How many numbers a row costs a pass: one a feature, unless a place says otherwise by an attribute `width`."""
    return float(getattr(rows, "width", rows.n_features))


@runtime_checkable
class Rows(Protocol):
    """Who sums it. A new place for rows is one class with these members."""

    @property
    def n_rows(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    def sum(self, summand: Summand[T], /) -> T:
        """Add the summand up over every block: ONE pass over the data."""
        ...

    def sample(self, m: int, seed: int, /, units: Units = None) -> Rows:
        """About m rows, drawn by row number so that the order of a file cannot matter, in memory.

        With units (c, s), dense numbers are kept as (x - c) * s in float32: for what a sample is asked, digits enough.
        """
        ...


class Each(tuple[Addable, ...]):
    """Several sums side by side."""

    def __add__(self, other: Any) -> Each:  # pyright: ignore[reportIncompatibleMethodOverride]
        return Each(a + b for a, b in zip(self, other))


@dataclass(frozen=True, slots=True)
class Together:
    """Several summands, one pass."""

    summands: tuple[Summand[Any], ...]

    def __call__(self, block: Block, /) -> Each:
        return Each(summand(block) for summand in self.summands)


def together(*summands: Summand[Any]) -> Together:
    """Run several summands in one pass: `a, b = rows.sum(together(f, g))`."""
    return Together(summands)


def tree_sum(values: Iterable[T], *, given: bool = False) -> T:
    """Add values pairwise as they come: rounding grows with log n, few are held, the same split gives the same bits.

    What nobody else knows, a sum made here or a value that is `given`, is added to in its memory if it has a `joined`:
    so fewer of wide Hessians are held at once.
    """
    stack: list[tuple[int, T]] = []  # (how many values it holds, their sum), sizes falling: a binary counter
    for value in values:
        size = 1
        while stack and stack[-1][0] == size:
            value, size = _added(stack.pop()[1], value, given or size > 1), 2 * size
        stack.append((size, value))
    if not stack:
        raise ValueError("a sum needs at least one block; these rows have none")
    total = stack.pop()[1]
    while stack:
        size, one = stack.pop()
        total = _added(one, total, given or size > 1)
    return total


def _added(one: T, other: T, given: bool) -> T:
    joined = getattr(one, "joined", None) if given else None
    return one + other if joined is None else joined(other)


class Counted:
    """Rows that count the passes made over them: the unit of cost everywhere."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.passes = 0

    @property
    def n_rows(self) -> int:
        return self._rows.n_rows

    @property
    def n_features(self) -> int:
        return self._rows.n_features

    @property
    def at_hand(self) -> bool:
        return at_hand(self._rows)

    @property
    def width(self) -> float:
        return width(self._rows)

    def sum(self, summand: Summand[T], /) -> T:
        self.passes += 1
        return self._rows.sum(summand)

    def sample(self, m: int, seed: int, /, units: Units = None) -> Rows:
        return self._rows.sample(m, seed, units)
