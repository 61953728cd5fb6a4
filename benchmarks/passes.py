"""What a pass costs: in reads of X, compiled and by torch, by the rows of a block; and a product with sparse rows.

    python benchmarks/passes.py [ROUNDS]

A read is `X.sum()` by torch with all threads. X has 1,000,000 x 50 numbers in float64; a pass is the loss and its
gradient, and the Hessian where it is said. The turns are taken ROUNDS times (default 7), each size of block after the
other, and medians are shown. The sparse rows are 20,000 x 50,000, about 60 numbers a row; seconds are of X'r, on one
thread.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import torch
from scipy.sparse import random_array

from cutline import csr
from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.sources.memory import Memory
from cutline.summands.logistic import Logistic
from cutline.threads import one_thread_each

SIZES = (1_024, 2_048, 4_096, 8_192, 16_384)


def seconds(function: Callable[[], object]) -> float:
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def dense(rounds: int) -> None:
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(1_000_000, 50, generator=draw, dtype=torch.float64)
    y = (torch.rand(1_000_000, generator=draw) < 0.5).to(torch.int8)
    at = Coordinates(50, True, x[:1000].mean(0), 1 / x[:1000].std(0))
    theta = torch.full((51,), 0.1, dtype=torch.float64)
    summand = Logistic(theta, at, 1)
    swept, columns = Logistic(theta, at, 1, compiled=True), Memory(Block(x.t().contiguous().t(), y))
    cut = [Memory(Block(x, y)), *(Memory(Block(x, y), size) for size in SIZES)]
    places = {f"torch, blocks of {rows.blocks[0].n_rows:,} rows": rows for rows in cut}
    compiled = {
        "compiled, by rows": cut[0],
        "compiled, by columns": columns,
        "compiled, float32": Memory(Block(x.float(), y)),
    }
    hessians = {
        "compiled, with the Hessian": Logistic(theta, at, 2, compiled=True),
        "compiled, with a Hessian multiplied in float32": Logistic(theta, at, 2, compiled=True, rough=True),
        "torch, with the Hessian": Logistic(theta, at, 2),
    }
    reads, passes = list[float](), {name: list[float]() for name in [*compiled, *places, *hessians]}
    for _ in range(rounds):
        reads.append(seconds(x.sum))
        with one_thread_each():
            for name, rows in compiled.items():
                passes[name].append(seconds(lambda: rows.sum(swept)))  # noqa: B023
            for name, rows in places.items():
                passes[name].append(seconds(lambda: rows.sum(summand)))  # noqa: B023
            for name, curved in hessians.items():
                passes[name].append(seconds(lambda: cut[0].sum(curved)))  # noqa: B023
    read = statistics.median(reads)
    print(f"a read: {1e3 * read:.1f} ms")
    for name, taken in passes.items():
        print(f"a pass, {name}: {statistics.median(taken) / read:.1f} reads")


def sparse(rounds: int) -> None:
    m = random_array((20_000, 50_000), density=60 / 50_000, format="csr", rng=np.random.default_rng(0))
    x, r = csr.matrix(m.indptr, m.indices, m.data, m.shape), torch.ones(20_000, dtype=torch.float64)
    block = Block(x, r)
    with one_thread_each(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = statistics.median(seconds(lambda: block.rmatvec(r)) for _ in range(rounds))
        torchs = statistics.median(seconds(lambda: x.t() @ r) for _ in range(rounds))
    print(
        f"X'r of sparse rows: scipy {1e3 * ours:.1f} ms, torch {1e3 * torchs:.1f} ms, {torchs / ours:.0f} times as long"
    )


if __name__ == "__main__":
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    dense(turns)
    sparse(turns)
