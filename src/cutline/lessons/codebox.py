"""The torch lines of a lesson: shown, edited, and run for real, with what they print and where they fail.

A code box runs whatever is typed into it, with the rights of whoever started the server. So it runs only where the
server has said that none but this computer can reach it (`permit`), in marimo's editor (which runs code anyway),
and in a plain Python process such as a test. Elsewhere the lesson's own lines run, and the box cannot be edited.
"""

from __future__ import annotations

import builtins
import ctypes
import io
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from typing import Any

import marimo as mo

from cutline.lessons.stage import Say, rich

LIMIT = 20.0  # seconds; the longest lesson code takes about one
SHOWN = 4000  # characters of output
_permitted = False


class TooLongError(BaseException):
    """Raised inside learner's code that has run for too long; no `except Exception` of theirs catches it."""


@dataclass(frozen=True)
class Ran:
    """What a run left behind: its output, its error in words ("" where there is none), and its names."""

    output: str
    error: str
    names: dict[str, Any] = field(repr=False)

    def get(self, name: str, default: Any = None) -> Any:
        """One of the names the code defined."""
        return self.names.get(name, default)


def permit(allowed: bool = True) -> None:
    """Allow typed code to run in this process; the server calls it when it is bound to this computer only."""
    global _permitted
    _permitted = allowed


def allowed() -> bool:
    """May typed code run here?"""
    return _permitted or mo.app_meta().mode != "run"


def editor(say: Say, code: str) -> Any:
    """A code box with a button to run it and one to take the lesson's own lines back."""
    box = mo.ui.code_editor(code.strip(), language="python", disabled=not allowed(), show_copy_button=False)
    return box.form(
        submit_button_label=say(ko="실행", en="Run"),
        submit_button_tooltip="Ctrl + Enter",
        show_clear_button=True,
        clear_button_label=say(ko="처음 코드로", en="Start over"),
        bordered=False,
        submit_button_disabled=not allowed(),
    )


def run(box: Any, code: str, **names: Any) -> Ran:
    """Run what was submitted in `box`, or else the lesson's own `code`, with `names` at hand."""
    source = (box.value if allowed() else None) or code.strip()
    return execute(source, **names)


def execute(source: str, **names: Any) -> Ran:
    """Run `source` as a program: its output is kept, its error said with its line, its time limited."""
    out = io.StringIO()

    def show(*words: Any, **options: Any) -> None:
        builtins.print(*words, **{"file": out, **options})

    space: dict[str, Any] = {"__name__": "__lesson__", "print": show, "input": _no_input, **names}
    error = ""
    try:
        with _time_limit(LIMIT):
            exec(compile(source, "<lesson>", "exec"), space)  # what the box is for; see the top of this file
    except TooLongError:
        error = f"TooLong: {LIMIT:g} s"
    except (Exception, SystemExit) as raised:
        error = _in_words(raised)
    return Ran(out.getvalue()[-SHOWN:], error, space)


def show(say: Say, box: Any, ran: Ran, note: str = "") -> str:
    """The box, its output, and its error with what to do about it."""
    keys = say(ko="Ctrl+Enter 실행 · Esc, Tab 나가기", en="Ctrl+Enter: run · Esc, Tab: leave")
    parts = [f'<div class="code">{box}<p class="keys">{keys}</p>']
    if ran.output:
        label = say(ko="출력", en="Output")
        parts.append(f'<pre class="ran" tabindex="0" aria-label="{label}">{escape(ran.output.rstrip())}</pre>')
    if ran.error.startswith("TooLong"):
        words = say(
            ko=f"{LIMIT:g}초가 지나도 끝나지 않아 멈추었습니다. 반복 횟수를 줄여 보세요.",
            en=f"Stopped: still running after {LIMIT:g} seconds. Try fewer repetitions.",
        )
        parts.append(f'<p class="error" role="alert">✗ {words}</p>')
    elif ran.error:
        words = say(ko="그 줄을 고치거나, “처음 코드로”를 누르세요.", en="Mend that line, or press “Start over”.")
        parts.append(f'<p class="error" role="alert">✗ <code>{escape(ran.error)}</code> {words}</p>')
    if not allowed():
        words = say(
            ko="이 서버는 다른 컴퓨터에서도 들어올 수 있으므로 코드를 고쳐 실행할 수 없습니다.",
            en="This server can be reached from other computers, so code cannot be edited and run here.",
        )
        parts.append(f'<p class="hint">{words}</p>')
    if note:
        parts.append(f'<div class="hint">{rich(note)}</div>')
    return "".join(parts) + "</div>"


def _in_words(error: BaseException) -> str:
    line = next(
        (f.lineno for f in reversed(traceback.extract_tb(error.__traceback__)) if f.filename == "<lesson>"), None
    )
    if isinstance(error, SyntaxError):
        line = error.lineno
    where = f"line {line}: " if line else ""
    words = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{where}{type(error).__name__}: {words}"


def _no_input(*_: Any) -> str:
    raise RuntimeError("input() cannot ask here; write the value into the code instead")


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise TooLongError in this thread after so many seconds: kernels are threads, where signals do not go."""
    here, over, lock = threading.get_ident(), False, threading.Lock()

    def stop() -> None:
        with lock:
            if not over:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(here), ctypes.py_object(TooLongError))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        with lock:
            over = True
        timer.cancel()
