"""What each answer is worth: f and its gradient at the coefficients a contender returned, all in float64.

    python benchmarks/check.py JOB.json

The same code for every contender, in a process of its own. f is that of problems.py: in nats, summed, with the penalty.
The gradient is of f / n, its largest entry, in the columns as they are. For dense data of few columns also the Newton
decrement sqrt(g' H^-1 g), of f: without a penalty, how many standard errors the answer is from the optimum at most.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from contenders import one_hot
from problems import read

PIECE = 100_000
FEW = 100


def worth(x: Any, y: np.ndarray, C: float, slopes: np.ndarray, intercept: float) -> dict[str, float | None]:
    """f, the largest gradient entry of f / n, and the decrement, at one answer."""
    n, p = x.shape
    if slopes.shape != (p,) or not (np.isfinite(slopes).all() and math.isfinite(intercept)):
        return {"loss": None, "gradient": None, "decrement": None}
    few = isinstance(x, np.ndarray) and p <= FEW
    mean, sd = (x.mean(0, dtype=np.float64), x.std(0, dtype=np.float64)) if few else (None, None)
    losses, total, grad = list[float](), list[float](), np.zeros(p)
    inner, hess = np.zeros(p), np.zeros((p + 1, p + 1))  # in standardized columns, where nothing cancels
    for start in range(0, n, PIECE):
        rows, out = x[start : start + PIECE], y[start : start + PIECE]
        if few:
            rows = rows.astype(np.float64, copy=False)
        eta = rows @ slopes + intercept
        losses.append(float(np.sum(np.logaddexp(0, np.where(out, -eta, eta)))))
        chance = np.exp(-np.logaddexp(0, -eta))
        r = np.where(out, -np.exp(-np.logaddexp(0, eta)), chance)
        total.append(float(np.sum(r)))
        grad += r @ rows
        if few:
            z = (rows - mean) / sd
            inner += r @ z
            z = np.column_stack([np.ones(len(z)), z])
            hess += z.T @ (z * (chance * np.exp(-np.logaddexp(0, eta)))[:, None])
    ridge = 0.0 if math.isinf(C) else 1 / C
    loss = math.fsum(losses) + 0.5 * ridge * float(slopes @ slopes)
    largest = max(float(np.abs(grad + ridge * slopes).max()), abs(math.fsum(total))) / n
    decrement = None
    if few:
        g = np.concatenate([[math.fsum(total)], inner + ridge * slopes / sd])
        hess[np.arange(1, p + 1), np.arange(1, p + 1)] += ridge / sd**2
        if np.linalg.cond(hess) < 1e15:
            decrement = float(np.sqrt(abs(g @ np.linalg.solve(hess, g))))
    return {"loss": loss, "gradient": largest, "decrement": decrement}


def main(job: dict[str, Any]) -> list[dict[str, float | None]]:
    x, y = read(Path(job["folder"]))
    if hasattr(x, "columns"):
        x = one_hot(x)
    found = []
    for path in job["answers"]:
        with np.load(path) as held, np.errstate(over="ignore", invalid="ignore"):
            found.append(worth(x, y, job["C"], held["slopes"], float(held["intercept"])))
    return found


if __name__ == "__main__":
    job = json.loads(Path(sys.argv[1]).read_text())
    Path(job["found"]).write_text(json.dumps(main(job)))
