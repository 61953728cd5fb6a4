"""How long a start takes: `cutline --help`, `cutline predict` on one row, and the first large fit.

    python benchmarks/start.py [RUNS]

Of the first two, as whole processes, prints the median of RUNS (default 9) after one start that warms the disk's cache,
with the smallest and the largest. The aims are 0.4 s and 1.5 s. Of a fit of 500,000 x 50, which is compiled, how much
longer the first takes than the second: in a process that finds nothing compiled, and in RUNS that find it on disk.
"""

from __future__ import annotations

import os
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


FIRST_AND_SECOND = """
import time, numpy as np, torch, cutline.fitting
from cutline import LogisticRegression
draw = np.random.default_rng(0)
x = draw.normal(size=(500_000, 50))
y = (draw.normal(size=len(x)) < x[:, 0]).astype(int)
for _ in range(2):
    start = time.perf_counter()
    LogisticRegression().fit(x, y)
    print(time.perf_counter() - start)
"""


def first_fits(runs: int) -> list[float]:
    """Seconds a first fit takes beyond a second, in processes that share a place for loops, which is empty at first."""
    taken = []
    with tempfile.TemporaryDirectory() as place:
        for _ in range(runs):
            said = subprocess.run(
                [sys.executable, "-c", FIRST_AND_SECOND],
                check=True,
                capture_output=True,
                text=True,
                env=os.environ | {"NUMBA_CACHE_DIR": place},
            )
            first, second = map(float, said.stdout.split())
            taken.append(first - second)
    return taken


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
    compiling, *loading = first_fits(runs + 1)
    print(f"a first large fit that compiles: {compiling:.1f} s more than a second")
    print(
        f"one that finds it done: median {statistics.median(loading):.2f} s more of {runs} processes "
        f"({min(loading):.2f} to {max(loading):.2f})"
    )


if __name__ == "__main__":
    main()
