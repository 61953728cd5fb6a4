"""How long a start takes: `cutline --help`, and `cutline predict` on one row, as whole processes.

    python benchmarks/start.py [RUNS]

Prints the median of RUNS (default 9) after one start that warms the disk's cache, with the smallest and the largest.
The aims are 0.4 s and 1.5 s.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CUTLINE = Path(sys.executable).with_name("cutline")


def seconds(argv: list[str], runs: int) -> list[float]:
    """Wall seconds of each of `runs` processes, after one that is not counted."""
    taken = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run([CUTLINE, *argv], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - start)
    return taken[1:]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        train, one, model = folder / "train.csv", folder / "one.csv", folder / "model.json"
        rows = [(i * 7 % 41, "abc"[i % 3], int(i * i % 5 < 2)) for i in range(200)]
        train.write_text("age,kind,y\n" + "".join(f"{a},{k},{y}\n" for a, k, y in rows))
        one.write_text("age,kind\n31,b\n")
        subprocess.run([CUTLINE, "fit", train, "--target", "y", "--out", model, "--quiet"], check=True, cwd=folder)
        jobs = [
            ("cutline --help", ["--help"], 0.4),
            ("cutline predict, one row", ["predict", str(model), str(one)], 1.5),
        ]
        for what, argv, aim in jobs:
            taken = seconds(argv, runs)
            print(
                f"{what:26} median {statistics.median(taken):.2f} s of {runs} runs "
                f"({min(taken):.2f} to {max(taken):.2f}); the aim is {aim} s"
            )


if __name__ == "__main__":
    main()
