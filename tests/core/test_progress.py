"""A line while a search lasts: on a terminal only, after a while only, and gone when it is done."""

from __future__ import annotations

import io
import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from cutline import progress
from cutline.progress import Line, seconds_left, shown, spoken
from cutline.solvers import Progress


def step(passes: int = 3, decrement: float | None = 1e-3, stage: str = "fit", tol: float = 1e-6) -> Progress:
    return Progress(passes=passes, rows=1_000, loss=123.456, decrement=decrement, stage=stage, tol=tol)


class Screen(io.StringIO):
    """A terminal, and a way to wait until something stands on it."""

    def isatty(self) -> bool:
        return True

    def until(self, words: str) -> str:
        end = time.monotonic() + 20
        while words not in self.getvalue():
            assert time.monotonic() < end, f"{words!r} is not in {self.getvalue()!r}"
            time.sleep(0.01)
        return self.getvalue()


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    found = Screen()
    monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=found))  # pytest sets sys.stderr again after this
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr(progress, "EVERY", 0.01)
    return found


def test_a_line_on_a_terminal_that_leaves_nothing(screen: Screen) -> None:
    before = sys.stdout, sys.stderr
    with shown(True, "reading x[a].csv", 0) as told:
        assert told is not None
        screen.until("reading x[a].csv, 0 s")
        told(step())
        screen.until("fit: pass 3, loss 123.456, decrement 1e-03 to 1e-06, 0 s")
        told(step(stage="interval of \x1b[31mage"))
        screen.until("interval of \\x1b[31mage: pass 3")
        assert (sys.stdout, sys.stderr) == before, "nothing of the process is replaced"
    assert screen.getvalue().endswith(("\x1b[2K", "\x1b[?25h")), "the line is cleared"
    assert "cutline-line" not in [thread.name for thread in threading.enumerate()]


@pytest.mark.parametrize("work", [lambda told: None, lambda told: told(step())])
def test_what_is_soon_over_shows_nothing(screen: Screen, work: Callable) -> None:
    with shown(True, "fitting", 60) as told:
        work(told)
    assert screen.getvalue() == ""


def test_a_pipe_a_dumb_terminal_and_one_who_did_not_ask_see_nothing(
    monkeypatch: pytest.MonkeyPatch, screen: Screen
) -> None:
    for wanted in (False, None):
        with shown(wanted, "fitting", 0) as told:
            assert told is None
    monkeypatch.setenv("TERM", "dumb")
    with shown(True, "fitting", 0) as told:
        assert told is None
    monkeypatch.setenv("TERM", "xterm")
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(progress, "sys", SimpleNamespace(stderr=stream))
        with shown(True, "fitting", 0) as told:
            assert told is None
    assert screen.getvalue() == ""


def test_a_callers_own_watcher_is_told_itself() -> None:
    seen: list[Progress] = []
    with shown(seen.append, "fitting") as told:
        assert told == seen.append


def test_the_line_goes_when_the_search_is_interrupted(screen: Screen) -> None:
    with pytest.raises(KeyboardInterrupt), shown(True, "fitting", 0):  # noqa: PT012
        screen.until("fitting")
        raise KeyboardInterrupt
    assert screen.getvalue().endswith(("\x1b[2K", "\x1b[?25h"))


def test_a_terminal_that_goes_away_ends_no_search(screen: Screen) -> None:
    with shown(True, "fitting", 0):
        screen.until("fitting")
        screen.close()
        time.sleep(0.1)


def test_seconds_left_are_those_its_digits_will_take() -> None:
    first, now = step(3, 1e-1), step(7, 1e-4)
    assert seconds_left(((10.0, first), (16.0, now)), 16.0) == pytest.approx(4.0)  # three digits in 6 s, two to go
    assert seconds_left(((10.0, first), (16.0, now)), 18.5) == pytest.approx(1.5)
    line = Line("fitting", 4.0, ((10.0, first), (16.0, now)))
    assert line.words(16.0) == "fit: pass 7, loss 123.456, decrement 1e-04 to 1e-06, 12 s, about 4 s left"
    assert line.words(20.0) == "fit: pass 7, loss 123.456, decrement 1e-04 to 1e-06, 16 s"


@pytest.mark.parametrize(
    ("first", "last"),
    [(1e-3, 1e-2), (1e-3, 1e-3), (None, 1e-3), (1e-3, None), (1e-3, 1e-6), (1e-3, 1e-9), (float("nan"), 1e-3)],
)
def test_where_nothing_can_be_said_nothing_is(first: float | None, last: float | None) -> None:
    assert seconds_left(((0.0, step(1, first)), (60.0, step(2, last))), 60.0) is None
    assert seconds_left(((0.0, step(1, last)),) * 2, 60.0) is None
    assert seconds_left(((0.0, step(1, 1.0, tol=0.0)), (60.0, step(2, 1e-3, tol=0.0))), 60.0) is None


def test_a_decrement_that_begins_at_infinity_says_nothing_yet() -> None:
    assert seconds_left(((0.0, step(1, float("inf"))), (60.0, step(2, 1e-3))), 60.0) is None


def test_only_the_last_steps_of_a_stage_count() -> None:
    line = Line("fitting")
    for passes in range(20):
        line.tell(step(passes))
    assert [one.passes for _, one in line.steps] == [14, 15, 16, 17, 18, 19]
    line.tell(step(20, None, "interval of age"))
    assert [one.passes for _, one in line.steps] == [20]
    assert "interval of age: pass 20, loss 123.456, " in line.words(line.begun)


def test_lengths_of_time() -> None:
    assert [spoken(s) for s in (0.4, 59.4, 59.6, 125, 3600, 6_060)] == [
        "0 s",
        "59 s",
        "1 min 0 s",
        "2 min 5 s",
        "1 h 0 min",
        "1 h 41 min",
    ]
