"""docs/json.md says every key that is printed and no other, and its example is what the command prints."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
OPEN = {"reference_levels", "dropped", "imputed", "skipped", "settings", "separation.direction"}  # any key


def documented(title: str) -> list[str]:
    """Keys of the table under a heading."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def paths(value: Any, at: str = "") -> Iterator[str]:
    """Every key in a document as a path: 'terms[].coef', 'certificate.bound'."""
    if at:
        yield at
    if isinstance(value, dict) and at not in OPEN:
        for key, item in value.items():
            yield from paths(item, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield from (path for path in paths(item, f"{at}[]") if path != f"{at}[]")


def parents(keys: list[str]) -> set[str]:
    """The keys, and the objects they are in: `rows.read` also says `rows`."""
    return {".".join(key.split(".")[:i]).removesuffix("[]") for key in keys for i in range(1, key.count(".") + 2)}


def test_fit(cli: Callable, exam_fit: tuple, spector: Path, table: Callable) -> None:
    keys = documented("`cutline fit --json`, `cutline show --json`")
    assert len(keys) == len(set(keys))
    rich = json.loads(exam_fit[1].out)  # cut line and separation are not null
    assert set(paths(rich)) == parents(keys)
    assert [key for key in parents(keys) if "." not in key and key not in rich] == []
    order = [key.split(".")[0].removesuffix("[]") for key in keys]
    assert list(dict.fromkeys(order)) == list(rich), "in the order they are printed"
    grouped = table("dose,n,killed\n" + "".join(f"{d},20,{k}\n" for d, k in [(1, 2), (2, 7), (3, 12), (4, 18)]))
    for argv in ([spector, "--target", "GRADE", "--penalty", "l2"], [grouped, "--target", "killed", "--trials", "n"]):
        plain = json.loads(cli("fit", *argv, "--json").out)
        assert list(plain) == list(rich)
        assert set(paths(plain)) <= parents(keys)


def test_score(cli: Callable, model: Path, spector: Path) -> None:
    printed = json.loads(cli("score", model, spector, "--json").out)
    assert list(printed) == documented("`cutline score --json`")


MAY_DIFFER = {"version", "passes"}  # between versions and machines, as may the last digits of numbers


def same(a: Any, b: Any) -> bool:
    """Equal but for what may differ."""
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(k in MAY_DIFFER or same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) and isinstance(b, float):
        return a == pytest.approx(b, rel=1e-6, abs=1e-6)
    return type(a) is type(b) and a == b


def test_the_example(exam_fit: tuple) -> None:
    example = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[-1])
    printed = json.loads(exam_fit[1].out)
    assert list(example) == list(printed)
    stale = [key for key in printed if key not in MAY_DIFFER and not same(example[key], printed[key])]
    assert stale == [], "docs/json.md is out of date; write its example anew with: python tests/cli/test_json_docs.py"


def rewrite() -> None:
    """Put what the command prints today into the page."""
    import subprocess
    import sys
    import tempfile

    from conftest import EXAM

    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "scores.csv")
        table.write_text(EXAM, encoding="utf-8")
        argv = [sys.executable, "-m", "cutline.faces.cli", "fit", str(table), "--target", "결과", "--json"]
        printed = subprocess.run(argv, check=True, capture_output=True).stdout.decode("utf-8")
    before = PAGE.rpartition("```json\n")[0]
    (Path(__file__).parents[2] / "docs" / "json.md").write_text(f"{before}```json\n{printed}```\n", encoding="utf-8")


if __name__ == "__main__":
    rewrite()
