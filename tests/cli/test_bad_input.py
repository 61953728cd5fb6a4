"""Tables and model files that cannot be used: exit code 1, one message that says what and where, and no file left."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

GOOD = "age,city,y\n31,A,0\n45,B,1\n28,A,1\n52,B,0\n39,A,1\n47,B,1\n33,B,0\n60,A,1\n"

# the text of a table -> options -> words the message must hold
FIT = {
    "empty file": ("", [], ["data.csv", "empty"]),
    "header only": ("age,city,y\n", [], ["data.csv", "no rows"]),
    "a line too long": (GOOD.replace("28,A,1", "28,A,1,9"), [], ["data.csv", "line 4"]),
    "a line too short": (GOOD.replace("28,A,1", "28,A"), [], ["data.csv", "line 4"]),
    "a header twice": ("age,age,y\n1,2,0\n3,4,1\n", [], ["line 1", "'age'"]),
    "no such target": (GOOD, ["--target", "z"], ["'z'", "age", "city"]),
    "no such feature": (GOOD, ["--features", "age,height"], ["'height'"]),
    "no such column to drop": (GOOD, ["--drop", "height"], ["'height'"]),
    "no such weights": (GOOD, ["--weights", "w"], ["'w'"]),
    "no such positive label": (GOOD, ["--positive", "yes"], ["'yes'", "0", "1"]),
    "no such reference": (GOOD, ["--reference", "city=C"], ["'city'", "'C'"]),
    "an all-missing column": ("age,b,y\n1,,0\n2,,1\n4,,0\n3,,1\n", [], ["'b'"]),
    "an infinity": (GOOD.replace("28,A", "inf,A"), [], ["'age'", "inf", "line 4"]),
    "a third label": (GOOD.replace("60,A,1", "60,A,2"), [], ["'y'", "2"]),
    "one label": (GOOD.replace(",0\n", ",1\n"), [], ["'y'", "1"]),
    "a word among numbers": (GOOD.replace("28,A", "old,A"), [], ["'age'", "'old'", "line 4"]),
    "thousands separators": (
        "pay,y\n" + "".join(f'"{i},{100 + i}",{i % 3 % 2}\n' for i in range(1, 12)),
        [],
        ["'pay'", "'1,101'", "line 2"],
    ),
    "dates": (
        "day,age,y\n" + "".join(f"2024-01-{i:02},{i * i % 17},{i % 3 % 2}\n" for i in range(1, 29)),
        [],
        ["'day'", "2024-01-01"],
    ),
    "a negative weight": (GOOD.replace("age", "w").replace("28", "-28"), ["--weights", "w"], ["'w'", "-28", "line 4"]),
    "missing values forbidden": (GOOD.replace("28,A", ",A"), ["--missing", "fail"], ["'age'", "line 4"]),
}


@pytest.mark.parametrize("case", FIT, ids=str)
def test_fit(case: str, cli: Callable, table: Callable[[str], Path]) -> None:
    text, extra, words = FIT[case]
    path = table(text)
    target = [] if "--target" in extra else ["--target", "y"]
    ran = cli("fit", path, *target, *extra, "--out", path.with_name("m.json"))
    assert (ran.code, ran.out) == (1, ""), (ran.err, ran.out)
    for word in words:
        assert word in ran.err, ran.err
    assert ran.err.startswith("cutline: ")
    assert "Traceback" not in ran.err
    assert "bug" not in ran.err
    assert sorted(p.name for p in path.parent.iterdir()) == ["data.csv"], "nothing half-written"


def test_no_such_file(cli: Callable, tmp_path: Path) -> None:
    ran = cli("fit", tmp_path / "nowhere.csv", "--target", "y")
    assert ran.code == 1
    assert "nowhere.csv" in ran.err


def test_a_folder_is_no_table(cli: Callable, tmp_path: Path) -> None:
    ran = cli("fit", tmp_path, "--target", "y")
    assert ran.code == 1
    assert str(tmp_path) in ran.err
    assert "bug" not in ran.err


@pytest.mark.parametrize("name", ["nowhere/m.json", "taken"])
def test_where_a_model_cannot_be_written(name: str, cli: Callable, spector: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    ran = cli("fit", spector, "--target", "GRADE", "--out", tmp_path / name)
    assert (ran.code, ran.out) == (1, "")
    assert name in ran.err
    assert "folder" in ran.err


def test_separated_data_without_a_penalty_leave_no_model(cli: Callable, exam: Path, tmp_path: Path) -> None:
    ran = cli("fit", exam, "--target", "결과", "--penalty", "none", "--out", tmp_path / "m.json")
    assert (ran.code, ran.out) == (1, "")
    assert "separat" in ran.err
    assert "점수" in ran.err
    assert not (tmp_path / "m.json").exists()


DAMAGED = {
    "no model": ("[]", ["model"]),
    "a table": ("a,b\n1,2\n", ["JSON"]),
    "empty": ("", ["empty"]),
    "truncated": (None, ["cut short"]),
    "newer": ('"schema": 1', ["newer", "upgrade"]),
    "edited": ('"threshold": 0.5', ["threshold"]),
}


@pytest.mark.parametrize("case", DAMAGED, ids=str)
@pytest.mark.parametrize("command", ["show", "predict", "score"])
def test_model_files(case: str, command: str, cli: Callable, model: Path, spector: Path) -> None:
    text, words = DAMAGED[case]
    whole = model.read_text(encoding="utf-8")
    if text is None:
        bad = whole[: len(whole) // 2]
    elif case in ("newer", "edited"):
        assert text in whole
        bad = whole.replace(text, {"newer": '"schema": 99', "edited": '"threshold": 0.9'}[case])
    else:
        bad = text
    model.write_text(bad, encoding="utf-8")
    ran = cli(command, model, *([] if command == "show" else [spector]))
    assert (ran.code, ran.out) == (1, "")
    for word in [model.name, *words]:
        assert word in ran.err, ran.err
    assert re.match(r"cutline: ", ran.err)


def test_no_such_model(cli: Callable, tmp_path: Path) -> None:
    ran = cli("show", tmp_path / "m.json")
    assert ran.code == 1
    assert "m.json" in ran.err


def test_prediction_without_a_column(cli: Callable, model: Path, table: Callable[[str], Path]) -> None:
    path = table("GPA,PSI\n3.1,1\n")
    ran = cli("predict", model, path, "--out", path.with_name("p.csv"))
    assert (ran.code, ran.out) == (1, "")
    assert "'TUCE'" in ran.err
    assert not path.with_name("p.csv").exists()


def test_keeping_a_column_that_is_not_there(cli: Callable, model: Path, spector: Path) -> None:
    ran = cli("predict", model, spector, "--keep", "GPA,name")
    assert (ran.code, ran.out) == (1, "")
    assert "'name'" in ran.err
    assert "'TUCE'" in ran.err


def test_unseen_fail(cli: Callable, table: Callable[..., Path]) -> None:
    path = table(GOOD)
    saved = path.with_name("m.json")
    assert cli("fit", path, "--target", "y", "--out", saved).code == 0
    new = table("age,city\n31,A\n31,C\n", "new.csv")
    ran = cli("predict", saved, new, "--unseen", "fail", "--out", new.with_name("p.csv"))
    assert (ran.code, ran.out) == (1, "")
    for word in ("'city'", "'C'", "line 3"):
        assert word in ran.err
    assert not new.with_name("p.csv").exists()
