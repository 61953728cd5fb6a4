"""How the command line speaks, and how it ends when something outside goes wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

import cutline
from cutline.errors import CutlineWarning
from cutline.faces.cli import facts, output, run


def failing(error: BaseException) -> Callable:
    def fit(*args: object, **keywords: object) -> None:
        raise error

    return fit


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (KeyboardInterrupt(), 130, "stopped by Ctrl-C"),
        (MemoryError(), 1, "out of memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), 1, "out of memory"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/x"), 1, "/data/x: No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied"), 1, "Permission denied"),
        (
            ZeroDivisionError("by zero\nagain"),
            1,
            "a bug in Cutline, not in your data: ZeroDivisionError: by zero again",
        ),
        (output.ReaderGoneError(), 141, ""),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_what_can_go_wrong(
    error: BaseException, code: int, words: str, cli: Callable, spector: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutline, "fit", failing(error))
    monkeypatch.setattr("cutline.faces.cli._forget_stdout", lambda: None)
    ran = cli("fit", spector, "--target", "GRADE", "--out", spector.with_name("m.json"))
    assert (ran.code, ran.out) == (code, "")
    assert words in ran.err
    assert ran.err.count("\n") == bool(words), "one line"
    assert not spector.with_name("m.json").exists()


def test_a_bug_shows_where_when_asked(cli: Callable, spector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutline, "fit", failing(ZeroDivisionError("by zero")))
    assert "Traceback" not in cli("fit", spector, "--target", "GRADE").err
    monkeypatch.setenv("CUTLINE_TRACEBACK", "1")
    assert "Traceback" in cli("fit", spector, "--target", "GRADE").err


def test_warnings_never_leak_raw(cli: Callable, spector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = cutline.fit

    def fit(*args: object, **keywords: object) -> object:
        warnings.warn("column 'GPA' is odd", CutlineWarning, stacklevel=2)
        return real(*args, **keywords)

    monkeypatch.setattr(cutline, "fit", fit)
    ran = cli("fit", spector, "--target", "GRADE", "--json")
    assert ran.code == 0
    assert "cutline: warning: column 'GPA' is odd" in ran.err.splitlines()
    assert all(line.startswith("cutline: warning: ") for line in ran.err.splitlines())


def half(path: Path, error: type[BaseException]) -> None:
    with output.replacing(str(path)) as file:
        file.write(b"half")
        raise error


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("old")
    path.chmod(0o640)
    for error in (KeyboardInterrupt, ValueError, OSError):
        with pytest.raises(error):
            half(path, error)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("p.csv", "old")]
    with output.replacing(str(path)) as file:
        file.write(b"new")
        assert path.read_text() == "old", "until it is whole"
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("p.csv", "new")]
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to("real.csv")
    with output.replacing(str(link)) as file:
        file.write(b"new")
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"
    with output.replacing(os.devnull) as file:
        file.write(b"gone")
    assert not os.path.isfile(os.devnull)


def test_a_long_korean_name_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("예" * 80 + ".csv")  # 244 bytes of the 255 a name may have
    with output.replacing(str(path)) as file:
        file.write(b"x")
    assert path.read_bytes() == b"x"


def test_names_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.complain("column 'a\x1b[31m\r나'")
    assert capsys.readouterr().err == "cutline: column 'a\\x1b[31m\\r나'\n"


def test_color_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    screen: object = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert output.colored(screen)  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert not output.colored(screen)  # type: ignore[arg-type]
    monkeypatch.setenv("TERM", "dumb")
    assert not output.is_terminal(screen)  # type: ignore[arg-type]


KOREAN = "키,성별,아주 길고 길어서 접혀야만 하는 기둥의 이름,합격여부\n" + "".join(
    f"{150 + i * 7 % 40},{'남여'[i * i % 3 % 2]},{i * 13 % 29},{'예' if i * i % 7 < 3 else '아니오'}\n"
    for i in range(60)
)


@pytest.mark.parametrize("terminal", [False, True], ids=["pipe", "terminal of 80 columns"])
def test_korean_names_line_up(terminal: bool, cli: Callable, table: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "is_terminal", lambda stream: terminal and stream is sys.stdout)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    ran = cli("fit", table(KOREAN), "--target", "합격여부")
    assert ran.code == 0, ran.err
    lines = ran.out.splitlines()
    first = next(i for i, line in enumerate(lines) if line.split()[:1] == ["term"])
    block = lines[first : lines.index("", first)] if "" in lines[first:] else lines[first:]
    numbered = [line.rstrip() for line in block if line.rstrip()[-1:].isdigit() or line.rstrip().endswith(" p")]
    assert len(numbered) == 5, block  # the heading, (intercept) and three terms
    assert len({cell_len(line) for line in numbered}) == 1, numbered
    if terminal:
        assert max(cell_len(line) for line in lines) <= 80
        assert "…" not in ran.out
    else:
        assert "아주 길고 길어서 접혀야만 하는 기둥의 이름" in "\n".join(numbered)


def test_work_shows_itself_from_a_second_on(cli: Callable, spector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And under --quiet not at all."""
    asked = []

    @contextlib.contextmanager
    def shown(wanted: object, doing: str, after: float) -> Iterator[None]:
        asked.append((wanted, doing, after))
        yield None

    monkeypatch.setattr(run, "shown", shown)
    saved = spector.with_name("m.json")
    for more in ([], ["--quiet"]):
        assert cli("fit", spector, "--target", "GRADE", "--out", saved, *more).code == 0
    assert cli("score", saved, spector).code == 0
    doing = [f"reading {spector}"] * 2 + [f"scoring {spector}"]
    assert asked == [(wanted, words, 1.0) for wanted, words in zip([True, False, True], doing)]


def test_ctrl_c_in_the_middle_of_a_search_leaves_nothing(
    cli: Callable, spector: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = []

    def stop(step: object) -> None:
        steps.append(step)
        if len(steps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "shown", lambda *_: contextlib.nullcontext(stop))
    before = sorted(p.name for p in spector.parent.iterdir())
    ran = cli("fit", spector, "--target", "GRADE", "--out", spector.with_name("m.json"), "--json")
    assert (ran.code, ran.out) == (130, "")
    assert ran.err == "cutline: stopped by Ctrl-C; nothing was left half-written\n"
    assert len(steps) == 3
    assert sorted(p.name for p in spector.parent.iterdir()) == before


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
def test_ctrl_c_from_a_keyboard(tmp_path: Path) -> None:
    """A process of its own, waiting for a table on standard input that never comes."""
    code = "import sys, cutline; print('ready', flush=True); from cutline.faces.cli import main; sys.exit(main())"
    saved = tmp_path / "m.json"
    command = [sys.executable, "-c", code, "fit", "-", "--target", "y", "--out", str(saved)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None  # noqa: PT018
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"x,y\n1,0\n")
        process.stdin.flush()
        time.sleep(3)  # until it reads: nothing says so
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()
        assert process.wait(timeout=60) == 130
    assert said == b"cutline: stopped by Ctrl-C; nothing was left half-written\n"
    assert not list(tmp_path.iterdir())


def test_some() -> None:
    assert facts.some(list("abc")) == "a, b, c"
    assert facts.some([str(i) for i in range(14)]).endswith("11 and 2 more")


def test_a_closed_pipe_is_silent(model: Path, spector: Path) -> None:
    """`cutline predict ... | head -1`, as a shell runs it."""
    lines = spector.read_text().splitlines()
    big = spector.with_name("big.csv")
    big.write_text("\n".join([lines[0], *lines[1:] * 3000]) + "\n")
    command = [sys.executable, "-m", "cutline.faces.cli", "predict", str(model), str(big)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None  # noqa: PT018
        assert process.stdout.readline() == b"row,probability,prediction\n"
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 141
