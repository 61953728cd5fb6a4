"""A fit holds torch to one thread a worker, and leaves every thread of the user's as it found it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from cutline.block import Block
from cutline.fitting.rows import fit_rows
from cutline.sources.memory import Memory
from cutline.threads import one_thread_each, side_by_side


@pytest.fixture
def threads() -> int:
    """At least two, whatever the machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(max(before, 2))
    yield torch.get_num_threads()
    torch.set_num_threads(before)


def born() -> int:
    """What a thread born now is given."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(torch.get_num_threads).result()


def settled(expected: int) -> bool:
    """The number for the unborn is put back by another thread, in its own time."""
    pause = threading.Event()
    return any(born() == expected or pause.wait(0.01) for _ in range(200))


def test_inside_there_is_one_and_the_unborn_get_what_there_was(threads: int) -> None:
    with one_thread_each():
        assert torch.get_num_threads() == 1
        assert settled(threads)
    assert torch.get_num_threads() == threads
    assert settled(threads)


def test_workers_have_one_thread_each_and_results_come_in_order(threads: int) -> None:
    with one_thread_each(3):
        found = list(
            side_by_side(lambda i: (i, torch.get_num_threads(), threading.current_thread().name), list(range(40)))
        )
    assert [i for i, _, _ in found] == list(range(40))
    assert {n for _, n, _ in found} == {1}
    assert 1 <= len({name for _, _, name in found}) <= 3
    assert settled(threads)


def test_a_worker_who_shares_work_out_does_it_alone(threads: int) -> None:
    with one_thread_each(2):
        nested = side_by_side(lambda i: sum(side_by_side(lambda j: i * j, list(range(4)))), list(range(8)))
        assert list(nested) == [6 * i for i in range(8)]


def test_an_error_in_one_block_is_raised_and_the_crew_goes_on(threads: int) -> None:
    def fails(i: int) -> int:
        if i == 5:
            raise ArithmeticError("block 5")
        return i

    with one_thread_each(2):
        with pytest.raises(ArithmeticError, match="block 5"):
            list(side_by_side(fails, list(range(20))))
        assert list(side_by_side(lambda i: i, list(range(20)))) == list(range(20))


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="workers: expected a whole number above 0"), one_thread_each(0):
        pass


def rows(seed: int = 0) -> Memory:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(60_000, 8, generator=draw, dtype=torch.float64)
    y = (torch.rand(60_000, generator=draw).double() < torch.sigmoid(x[:, 0] - 0.5 * x[:, 1])).double()
    return Memory(Block(x, y), block_rows=500)


@pytest.mark.usefixtures("by_blocks")
def test_any_number_of_workers_gives_the_same_bits(threads: int) -> None:
    found = [fit_rows(rows(), workers=k, covariance=False).weights for k in (1, 2, 3, None)]
    assert all(torch.equal(found[0], other) for other in found[1:])


@pytest.mark.usefixtures("by_blocks")
def test_two_fits_at_once_leave_every_thread_as_it_was(threads: int) -> None:
    def fit(seed: int) -> tuple[int, int]:
        before = torch.get_num_threads()
        fit_rows(rows(seed), covariance=False)
        return before, torch.get_num_threads()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(fit, range(4))) == [(threads, threads)] * 4
    assert torch.get_num_threads() == threads
    assert settled(threads)


FORK = """
import os
import torch
from cutline.threads import one_thread_each, side_by_side

torch.set_num_threads(2)
def doubled():
    with one_thread_each():
        return list(side_by_side(lambda i: 2 * i, list(range(8)))) == list(range(0, 16, 2))
assert doubled()
child = os.fork()
if child == 0:
    os._exit(0 if doubled() else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_a_forked_child_hires_its_own_crew() -> None:
    subprocess.run([sys.executable, "-c", FORK], check=True, timeout=60)
