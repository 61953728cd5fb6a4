"""Calls that are wrong whatever the data say: exit code 2, one message, nothing on standard output, no file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

FIT = ["fit", "DATA", "--target", "GRADE"]
WRONG = {
    "no target": (["fit", "DATA"], ["--target", "cutline fit --help"]),
    "unknown command": (["fti", "DATA"], ["fti"]),
    "unknown option": ([*FIT, "--speed", "9"], ["--speed"]),
    "unknown solver": ([*FIT, "--solver", "sag"], ["--solver", "sag", "newton"]),
    "unknown penalty": ([*FIT, "--penalty", "l1"], ["--penalty", "l1", "firth"]),
    "unknown missing": ([*FIT, "--missing", "guess"], ["--missing", "impute"]),
    "tol not a number": ([*FIT, "--tol", "small"], ["--tol", "number"]),
    "tol zero": ([*FIT, "--tol", "0"], ["--tol 0", "above 0"]),
    "tol negative": ([*FIT, "--tol", "-1e-6"], ["--tol -1e-06", "above 0"]),
    "tol nan": ([*FIT, "--tol", "nan"], ["--tol nan", "above 0"]),
    "conf-level one": ([*FIT, "--conf-level", "1"], ["--conf-level 1", "between 0 and 1"]),
    "conf-level in percent": ([*FIT, "--conf-level", "95"], ["--conf-level 95", "between 0 and 1"]),
    "C without l2": ([*FIT, "--C", "1"], ["--C 1", "--penalty l2", "auto"]),
    "C with firth": ([*FIT, "--penalty", "firth", "--C", "1"], ["--C 1", "--penalty l2", "firth"]),
    "C zero": ([*FIT, "--penalty", "l2", "--C", "0"], ["--C 0", "above 0"]),
    "C infinite": ([*FIT, "--penalty", "l2", "--C", "inf"], ["--C inf", "above 0"]),
    "features and drop": ([*FIT, "--features", "GPA", "--drop", "PSI"], ["--features", "--drop", "keep one"]),
    "an empty name": ([*FIT, "--features", "GPA,,PSI"], ["--features", "empty"]),
    "an open quote": ([*FIT, "--drop", '"GPA'], ["--drop", '"']),
    "target as a feature": ([*FIT, "--features", "GRADE,GPA"], ["--features", "'GRADE'", "--target"]),
    "target as a category": ([*FIT, "--categorical", "GRADE"], ["--categorical", "'GRADE'", "--target"]),
    "reference without level": ([*FIT, "--reference", "PSI"], ["--reference", "COLUMN=LEVEL"]),
    "two references": ([*FIT, "--reference", "PSI=0", "--reference", "PSI=1"], ["'PSI'", "two levels"]),
    "delimiter too long": ([*FIT, "--delimiter", "||"], ["delimiter", "character"]),
    "delimiter and decimal": ([*FIT, "--delimiter", ",", "--decimal", ","], ["delimiter", "decimal"]),
    "unknown device": ([*FIT, "--device", "gpu"], ["device", "'gpu'", "'cuda'"]),
    "a device without float64": ([*FIT, "--device", "mps"], ["device", "'mps'", "float32 only", "--device cpu"]),
    "a device that is not here": ([*FIT, "--device", "cuda:99"], ["device", "'cuda:99'", "--device cpu"]),
    "negative seed": ([*FIT, "--seed", "-1"], ["--seed"]),
    "model on standard output": ([*FIT, "--out", "-"], ["--out", "--json"]),
    "model over its data": ([*FIT, "--out", "DATA"], ["--out", "being read"]),
    "threshold zero": (["predict", "MODEL", "DATA", "--threshold", "0"], ["--threshold 0", "between 0 and 1"]),
    "threshold above one": (["predict", "MODEL", "DATA", "--threshold", "1.5"], ["--threshold 1.5", "between"]),
    "threshold for score": (["score", "MODEL", "DATA", "--threshold", "-1"], ["--threshold -1", "between"]),
    "unknown unseen": (["predict", "MODEL", "DATA", "--unseen", "drop"], ["--unseen", "reference"]),
    "other extension": (["predict", "MODEL", "DATA", "--out", "p.xlsx"], ["p.xlsx", ".csv", ".parquet"]),
    "no extension": (["predict", "MODEL", "DATA", "--out", "p"], [".csv", ".parquet"]),
    "predictions over data": (["predict", "MODEL", "DATA", "--out", "DATA"], ["--out", "being read"]),
    "a stray argument": (["show", "MODEL", "DATA"], ["cutline show --help"]),
}


@pytest.mark.parametrize("case", WRONG, ids=str)
def test_usage(case: str, cli: Callable, spector: Path, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(spector.parent)
    before = spector.read_bytes(), sorted(spector.parent.iterdir())
    argv, words = WRONG[case]
    ran = cli(*({"DATA": spector, "MODEL": model}.get(word, word) for word in argv))
    assert (ran.code, ran.out) == (2, ""), ran.err
    for word in words:
        assert word in ran.err
    assert re.fullmatch(r"cutline: .*\n", ran.err), "one line, in the house's form"
    assert (spector.read_bytes(), sorted(spector.parent.iterdir())) == before


def test_alone_it_prints_its_help(cli: Callable) -> None:
    ran = cli()
    assert (ran.code, ran.err) == (2, "")
    for command in ("fit", "predict", "score", "show"):
        assert f" {command} " in ran.out


@pytest.mark.parametrize("command", ["fit", "predict", "score", "show"])
def test_every_option_has_a_sentence_and_a_default(command: str) -> None:
    from typer.main import get_command

    from cutline.faces.cli.app import app

    for param in get_command(app).commands[command].params:  # type: ignore[attr-defined]
        if param.name == "help":
            continue
        sentence = param.help or ""
        assert sentence[:1].isupper() or sentence.startswith("auto "), (param.name, sentence)
        assert sentence.endswith("."), (param.name, sentence)
        said = isinstance(param.show_default, str) or param.default is not None
        assert param.required or said, f"--{param.name} does not say its default"


def test_version(cli: Callable) -> None:
    from importlib.metadata import version

    assert cli("--version").out == f"cutline {version('cutline')}\n"


@pytest.mark.parametrize("panel", ["What to fit", "How to fit it", "How to read DATA", "What to say and keep"])
def test_help_is_grouped(panel: str, cli: Callable) -> None:
    ran = cli("fit", "--help")
    assert ran.code == 0
    assert panel in ran.out
