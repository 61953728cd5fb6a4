"""Running the command line inside this process, and the small tables it runs on."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cutline.faces.cli import main

# Spector and Mazzeo (1980), "Probit analysis and economic education", J. Econ. Educ. 11: GPA, TUCE, PSI -> GRADE
SPECTOR = """GPA,TUCE,PSI,GRADE
2.66,20,0,0
2.89,22,0,0
3.28,24,0,0
2.92,12,0,0
4.0,21,0,1
2.86,17,0,0
2.76,17,0,0
2.87,21,0,0
3.03,25,0,0
3.92,29,0,1
2.63,20,0,0
3.32,23,0,0
3.57,23,0,0
3.26,25,0,1
3.53,26,0,0
2.74,19,0,0
2.75,25,0,0
2.83,19,0,0
3.12,23,1,0
3.16,25,1,1
2.06,22,1,0
3.62,28,1,1
2.89,14,1,0
3.51,26,1,0
3.54,24,1,1
2.83,27,1,1
3.39,17,1,1
2.67,24,1,0
3.65,21,1,1
4.0,23,1,1
3.1,21,1,0
2.39,19,1,1
"""
EXAM = "점수,결과\n45,불합격\n50,불합격\n55,불합격\n60,합격\n65,합격\n70,합격\n"  # the deck's six pupils


@dataclass(frozen=True)
class Ran:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def cli(capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Run `cutline` with arguments, and bytes for standard input; an exception out of it fails the test."""
    monkeypatch.delenv("CUTLINE_TRACEBACK", raising=False)

    def run(*argv: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = main([str(word) for word in argv])
        out, err = capsysbinary.readouterr()
        return Ran(code, out.decode("utf-8"), err.decode("utf-8"))

    return run


@pytest.fixture
def spector(tmp_path: Path) -> Path:
    path = tmp_path / "spector.csv"
    path.write_text(SPECTOR, encoding="utf-8")
    return path


@pytest.fixture
def exam(tmp_path: Path) -> Path:
    path = tmp_path / "exam.csv"
    path.write_text(EXAM, encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    """Write a text to a CSV file of this test's own."""

    def write(text: str, name: str = "data.csv") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def model_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The file of a model of Spector and Mazzeo's data, fitted once."""
    folder = tmp_path_factory.mktemp("model")
    table, saved = folder / "spector.csv", folder / "spector.json"
    table.write_text(SPECTOR, encoding="utf-8")
    assert main(["fit", str(table), "--target", "GRADE", "--out", str(saved), "--quiet"]) == 0
    return saved.read_text(encoding="utf-8")


@pytest.fixture
def model(model_text: str, tmp_path: Path) -> Path:
    """A copy of that file, for a test to use or spoil."""
    path = tmp_path / "spector.json"
    path.write_text(model_text, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def exam_fit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    """The exam scores fitted once, with what `fit --out --json` said: the one fit here that is not quick."""
    folder = tmp_path_factory.mktemp("exam")
    table, saved = folder / "exam.csv", folder / "exam.json"
    table.write_text(EXAM, encoding="utf-8")
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["fit", str(table), "--target", "결과", "--out", str(saved), "--json"])
    return saved, Ran(code, out.getvalue(), err.getvalue())
