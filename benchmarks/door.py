"""A whole answer from a data frame, by the front door: `cutline.fit` and its summary, beside statsmodels' Logit.

    python benchmarks/door.py [ROUNDS]

The frame is pandas', the dense problem of problems.py (2,000,000 x 50 float64 numbers, no penalty) with its outcome.
Both start from the frame and end with coefficients, standard errors and a printed summary; Cutline also looks for
columns that cannot be used, ranks all scores for the area under the curve and takes a fingerprint of the data. Each has
a process of its own, ROUNDS of them (default 3) in turns; medians of the first call and of a second in the same
process, after one on 500,000 rows that loads what is to be loaded, compiled loops too, and the peak of memory during
the first over what was resident before.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

from one import peak, settled, timed
from problems import PROBLEMS, read, write
from running import SCRATCH


def cutline(frame: Any) -> None:
    import cutline

    str(cutline.fit(frame, "y").summary())


def statsmodels(frame: Any) -> None:
    from statsmodels.api import Logit, add_constant

    x = add_constant(frame.drop(columns="y"), has_constant="add")
    str(Logit(frame["y"], x).fit(method="newton", disp=0).summary())


CALLS: dict[str, Callable[[Any], None]] = {"cutline": cutline, "statsmodels": statsmodels}


def one(name: str) -> dict[str, float]:
    import pandas as pd

    x, y = read(write(_data(), SCRATCH))
    frame = pd.DataFrame(x, columns=[f"x{j}" for j in range(x.shape[1])])
    frame["y"] = y
    del x
    call = CALLS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        call(frame[:500_000])
        base = settled()
        first = timed(lambda: call(frame))[1]
        most = peak() - base
        return {"first": first, "second": timed(lambda: call(frame))[1], "peak": most / frame.memory_usage().sum()}


def _data() -> Any:
    return next(p for p in PROBLEMS if p.name == "dense64-none").data


def main(rounds: int) -> None:
    write(_data(), SCRATCH)
    found: dict[str, list[dict[str, float]]] = {name: [] for name in CALLS}
    for _ in range(rounds):
        for name, so_far in found.items():
            argv = [sys.executable, __file__, "--one", name]
            said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
            so_far.append(json.loads(said))
    for name, runs in found.items():
        first, second, most = (statistics.median(run[key] for run in runs) for key in ("first", "second", "peak"))
        print(f"{name:12} first {first:.2f} s, second {second:.2f} s, peak memory {most:.1f} times the frame")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(one(sys.argv[2])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
