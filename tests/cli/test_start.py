"""What a start imports: the help nothing heavy, a prediction no torch. Seconds are in benchmarks/start.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"torch", "numpy", "pyarrow", "duckdb", "pandas", "polars", "scipy", "sklearn", "matplotlib", "jaxtyping"}
LATE = {"torch", "scipy", "sklearn", "polars", "matplotlib", "jaxtyping"}  # pyarrow looks for pandas itself


def imported(*argv: str) -> set[str]:
    """Top-level packages in memory once `cutline argv` has run in a process of its own."""
    code = (
        "import sys; from cutline.faces.cli import main; code = main(sys.argv[1:]); "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr); sys.exit(code)"
    )
    ran = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("argv", [["--help"], ["fit", "--help"], ["--version"]], ids=" ".join)
def test_help_imports_nothing_heavy(argv: list[str]) -> None:
    assert not imported(*argv) & HEAVY


def test_predict_imports_no_torch(model: Path, spector: Path, tmp_path: Path) -> None:
    packages = imported("predict", str(model), str(spector), "--out", str(tmp_path / "p.csv"))
    assert "numpy" in packages
    assert not packages & LATE
