"""One contender in a process of its own: open the data, fit by the clock, leave seconds, memory and the answer.

    python benchmarks/one.py JOB.json

First everybody fits rows of nothing, 200 or, where X has over 10,000,000 numbers, 200,000 x 100, so that what a library
loads or compiles at its first call is loaded. Then a large problem is fitted and, where that took less than `again`
seconds, fitted once more. A small one is fitted once uncounted and then for `seconds`, and the median is given. Memory
is the kernel's own high-water mark of the process (VmHWM, set back before the first fit) over what was resident before
it; of a problem on a GPU, torch's own count of the GPU's, over what was held there before.
"""

from __future__ import annotations

import ctypes
import gc
import json
import re
import resource
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
from contenders import CONTENDERS
from problems import parts, read

LARGE = 1e7  # numbers


def main(job: dict[str, Any]) -> dict[str, Any]:
    x, y = read(Path(job["folder"]))
    there = job["there"]
    if job["contender"] == "read":
        return {"seconds": reading(parts(x), there or "cpu"), "bytes": sum(part.nbytes for part in parts(x))}
    contender = CONTENDERS[job["contender"]]
    setting = dict(contender.ladder[job["rung"]])
    setting |= {key: there for key in ("there", "device") if key in setting}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        contender.prepare(*nothing(x), job["C"], **setting)[0]()
    fit, said = contender.prepare(x, y, job["C"], **setting)
    del x, y
    found: dict[str, Any] = {"said": said}
    base = settled(there)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (slopes, intercept, fitted), seconds = timed(fit)
        found["peak"] = peak(there) - base
    warnings.simplefilter("ignore")
    if job["small"]:
        taken = list[float]()
        while sum(taken) < job["seconds"] or len(taken) < 3:
            taken.append(timed(fit)[1])
        seconds = statistics.median(taken)
    elif seconds < job["again"]:
        found["again"] = timed(fit)[1]
    np.savez(job["answer"], slopes=slopes, intercept=intercept)
    return found | {
        "seconds": seconds,
        "warnings": sorted({f"{w.category.__name__}: {str(w.message).strip().splitlines()[0]}" for w in caught}),
        "passes": int(np.ravel(fitted.n_iter_)[0]) if job["contender"].startswith("cutline") else None,
        "certificate": certificate(getattr(fitted, "certificate_", None)),
    }


def nothing(x: Any) -> tuple[Any, np.ndarray]:
    """Rows of numbers that mean nothing, of X's kind: as many as make a library compile, where X has so many."""
    draw, (n, k) = np.random.default_rng(0), (200_000, 100) if x.shape[0] * x.shape[1] > LARGE else (200, 3)
    numbers, y = draw.normal(size=(n, k)), np.arange(n) % 2
    if isinstance(x, np.ndarray):
        return numbers.astype(x.dtype), y
    if hasattr(x, "indptr"):
        return type(x)(numbers * (numbers > 1.5)), y
    import pandas as pd

    columns = {f"x{j}": numbers[:, j] for j in range(k)}
    return pd.DataFrame({**columns, "f": pd.Categorical.from_codes(np.arange(n) // 2 % 4, list("abcd"))}), y


def timed(fit: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    answer = fit()
    return answer, time.perf_counter() - start


def reading(held: list[np.ndarray], there: str) -> float:
    """Seconds of `X.sum()` by torch with all its threads, or on a GPU: the median of nine after one uncounted.

    Of a matrix or frame of several arrays, each is summed, all but numbers as if they were 64-bit integers.
    """
    import torch

    tensors = []
    for part in held:
        if part.dtype.kind != "f":
            part = part.copy().view(np.uint8)[: part.nbytes // 8 * 8].view(np.int64)
        tensors.append(torch.from_numpy(part if part.flags.writeable else part.copy()).to(there))
    taken = [timed(lambda: [float(tensor.sum()) for tensor in tensors])[1] for _ in range(10)]
    return statistics.median(taken[1:])


def settled(there: str) -> int:
    """Bytes resident now, after giving back what can be; the high-water mark starts anew from here."""
    gc.collect()
    if there.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(there)
        return torch.cuda.memory_allocated(there)
    try:
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        return _status("VmRSS")
    except (OSError, AttributeError):  # no such kernel: what was resident at most until now
        return _highest()


def peak(there: str) -> int:
    if there.startswith("cuda"):
        import torch

        return torch.cuda.max_memory_allocated(there)
    try:
        return _status("VmHWM")
    except OSError:
        return _highest()


def _status(key: str) -> int:
    line = re.search(rf"{key}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if line is None:
        raise OSError(key)
    return 1024 * int(line[1])


def _highest() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def certificate(held: Any) -> dict[str, Any] | None:
    return json.loads(json.dumps(asdict(held), default=str)) if is_dataclass(held) else None


if __name__ == "__main__":
    job = json.loads(Path(sys.argv[1]).read_text())
    try:
        found = main(job)
    except Exception as error:  # whatever a library raises is its result
        found = {"error": f"{type(error).__name__}: {error}".strip().splitlines()[0]}
    Path(job["found"]).write_text(json.dumps(found))
