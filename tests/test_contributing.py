"""CONTRIBUTING.md's examples are a place for rows, a statistic and a solver that work: they are run as they stand."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAPER = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_the_examples_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other in one module, as a reader would type them; their checks are asserts of their own."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAPER, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    module = ModuleType("contributing")
    monkeypatch.setitem(sys.modules, "contributing", module)  # dataclasses look their module up
    monkeypatch.chdir(tmp_path)
    for i, code in enumerate(blocks):
        line = PAPER[: PAPER.index(code)].count("\n")
        exec(compile("\n" * line + code, f"CONTRIBUTING.md, example {i + 1}", "exec"), module.__dict__)


def test_the_tree_names_every_room() -> None:
    """Each module and package of the house stands in the tree, and each name in the tree exists."""
    package = ROOT / "src" / "cutline"
    tree = re.search(r"^```text\nsrc/cutline/\n(.*?)^tests/", PAPER, re.MULTILINE | re.DOTALL)
    assert tree is not None
    files = {p.name for p in package.rglob("*.py")}
    assert set(re.findall(r"\b\w+\.py\b", tree[1])) <= files
    for p in package.iterdir():
        if p.suffix == ".py" or (p.is_dir() and (p / "__init__.py").exists()):
            assert re.search(rf"\b{re.escape(p.name)}\b", tree[1]), f"{p.name} is not in the tree"
    for room in ("table", "summands", "solvers", "model", "inference"):
        for p in (package / room).glob("[!_]*.py"):
            assert p.name in tree[1], f"{room}/{p.name} is not in the tree"
