"""`make demo` is examples/demo.sh with the environment on the PATH; here it runs in a folder of its own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return tmp_path


def demo(folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    return subprocess.run(
        ["sh", "examples/demo.sh"],
        cwd=folder,
        env={"PATH": path, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def test_the_demo_leaves_what_it_names(folder: Path) -> None:
    (folder / "demo").mkdir()  # as a run before it that was cut off
    (folder / "demo" / "spam.json").write_text("half a mod", encoding="utf-8")
    ran = demo(folder)
    assert ran.returncode == 0, ran.stderr
    named = re.findall(r"[\w-]+\.(?:json|csv)", ran.stdout.partition("Left in demo/")[2])
    assert {path.name for path in (folder / "demo").iterdir()} == set(named)
    assert "score = 57.500" in ran.stdout
    predictions = (folder / "demo" / "spam-predictions.csv").read_text(encoding="utf-8").splitlines()
    assert predictions[0] == "row,probability,prediction,yesno"
    assert len(predictions) == 1 + 920
    scores = json.loads((folder / "demo" / "spam-scores.json").read_text(encoding="utf-8"))
    assert scores["rows"] == 920
    right = sum(line.split(",")[2] == line.split(",")[3] for line in predictions[1:])
    assert scores["accuracy"] == pytest.approx(right / 920)


def test_the_demo_fails_loudly(folder: Path) -> None:
    (folder / "examples" / "scores.csv").write_text("score,result\n", encoding="utf-8")
    ran = demo(folder)
    assert ran.returncode == 1
    assert "scores.csv" in ran.stderr
    assert "Left in demo/" not in ran.stdout
