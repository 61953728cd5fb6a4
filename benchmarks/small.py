"""Where a small table ends: fits by one matrix and by blocks, over sizes.

    python benchmarks/small.py [ROUNDS]

`cutline.LogisticRegression` on rows drawn from the model, without a penalty or, where rows are few, with C = 1: as it
takes small tables (`fitting/small.py`) and as it takes others. The two take turns, ROUNDS times (default 5), and
medians are shown.
"""

from __future__ import annotations

import statistics
import sys
import time

import numpy as np

from cutline import LogisticRegression
from cutline.fitting import small

SIZES = (
    (6, 2),
    (100, 3),
    (1_000, 10),
    (569, 30),
    (5_000, 10),
    (20_000, 5),
    (5_000, 20),
    (2_000, 60),
    (10_000, 20),
    (4_000, 90),
    (49_000, 10),
    (49_000, 20),
    (20_000, 50),
)
ANY, NONE = 10**12, 0  # numbers a small table may have


def main(rounds: int) -> None:
    print(f"{'rows':>8} {'columns':>8} {'numbers':>8}   {'one matrix':>12} {'blocks':>12}   times")
    limit = small.SMALL
    for n, p in SIZES:
        draw = np.random.default_rng(1)
        x = draw.normal(size=(n, p))
        y = (x @ draw.normal(size=p) / p**0.5 + draw.logistic(size=n) > 0).astype(int)
        y[:2] = 0, 1
        penalty = 1.0 if n < 10 * p else np.inf  # few rows are separated
        taken = {ANY: list[float](), NONE: list[float]()}
        for _ in range(rounds):
            for numbers, held in taken.items():
                small.SMALL = numbers
                held.append(_seconds(LogisticRegression(C=penalty), x, y))
        one, blocks = (1e3 * statistics.median(held) for held in taken.values())
        numbers = n * (p + 1)
        side = "small" if numbers <= limit and n < small.LARGE else "not small"
        print(f"{n:8,} {p:8} {numbers:8,}   {one:9.2f} ms {blocks:9.2f} ms   {blocks / one:5.2f}  {side}")


def _seconds(model: LogisticRegression, x: np.ndarray, y: np.ndarray) -> float:
    """The median fit of about a tenth of a second of them, after one uncounted."""
    model.fit(x, y)
    taken = list[float]()
    while sum(taken) < 0.1:
        begun = time.perf_counter()
        model.fit(x, y)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
