"""What is fitted: the regimes, their problems, and the files each process reads.

Every contender minimizes the same function of the same rows, in nats, summed, the intercept b free:

    f(w, b) = sum_i [ log(1 + exp(eta_i)) - y_i eta_i ] + |w|^2 / (2 C),   eta = X w + b

C = inf is no penalty.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import drawing
import numpy as np
from drawing import Data


@dataclass(frozen=True)
class Problem:
    """One table of the page. `regime` groups problems; `small` repeats inside a process, on one thread.

    {rows} in the title is for how many there are. The regime `gpu` needs one.
    """

    name: str
    regime: str
    title: str
    data: Data
    C: float

    @property
    def small(self) -> bool:
        return self.regime == "small"


D64 = Data("dense64", "dense", 2_000_000, 50, seed=11)
D32 = replace(D64, name="dense32", dtype="float32")
WIDE = Data("wide", "dense", 100_000, 1_000, seed=12, least=10_000)
SPARSE = Data("sparse", "sparse", 200_000, 50_000, seed=13)
CATEGORIES = Data("categories", "categories", 1_000_000, 15, seed=14, least=50_000)
THOUSAND = Data("thousand", "thousand", 1_000, 10, seed=1, least=1_000)

PROBLEMS = (
    Problem("dense64-none", "dense", "{rows:,} x 50, float64, no penalty", D64, inf),
    Problem("dense64-ridge", "dense", "{rows:,} x 50, float64, C = 1", D64, 1.0),
    Problem("dense32-none", "dense", "{rows:,} x 50, float32, no penalty", D32, inf),
    Problem("dense32-ridge", "dense", "{rows:,} x 50, float32, C = 1", D32, 1.0),
    Problem("wide", "wide", "{rows:,} x 1,000, float64, C = 1", WIDE, 1.0),
    Problem("sparse", "sparse", "{rows:,} x 50,000 tf-idf, about 60 words a row, C = 1", SPARSE, 1.0),
    Problem("categories", "categories", "{rows:,} rows, 10 numbers and 5 factors, C = 1", CATEGORIES, 1.0),
    Problem("exam", "small", "the deck's exam, 6 x 2, C = 1", Data("exam", "exam", 6, 2, least=6), 1.0),
    Problem("cancer", "small", "breast cancer, 569 x 30, C = 1", Data("cancer", "cancer", 569, 30, least=569), 1.0),
    Problem("thousand-ridge", "small", "1,000 x 10, C = 1", THOUSAND, 1.0),
    Problem("thousand-none", "small", "1,000 x 10, no penalty", THOUSAND, inf),
    Problem(
        "scales",
        "hard",
        "{rows:,} x 10, columns of scales 1e-8 to 1e8",
        Data("scales", "scales", 200_000, 10, seed=21),
        inf,
    ),
    Problem(
        "correlated",
        "hard",
        "{rows:,} x 10, every correlation 0.999",
        Data("correlated", "correlated", 200_000, 10, seed=22),
        inf,
    ),
    Problem(
        "rare",
        "hard",
        "{rows:,} x 10, one positive in 10,000",
        Data("rare", "rare", 1_000_000, 10, seed=23, least=500_000),
        inf,
    ),
    Problem(
        "means",
        "hard",
        "{rows:,} x 10, means 1e6 and standard deviations 1",
        Data("means", "means", 200_000, 10, seed=24),
        inf,
    ),
    Problem(
        "tails",
        "hard",
        "{rows:,} x 10, heavy tails (t with 0.7 degrees of freedom)",
        Data("tails", "tails", 200_000, 10, seed=25),
        inf,
    ),
    Problem("gpu-dense64-none", "gpu", "{rows:,} x 50 on a GPU, float64, no penalty", D64, inf),
    Problem("gpu-dense64-ridge", "gpu", "{rows:,} x 50 on a GPU, float64, C = 1", D64, 1.0),
    Problem("gpu-dense32-ridge", "gpu", "{rows:,} x 50 on a GPU, float32, C = 1", D32, 1.0),
    Problem("gpu-wide", "gpu", "{rows:,} x 1,000 on a GPU, float64, C = 1", WIDE, 1.0),
    Problem("gpu-sparse", "gpu", "{rows:,} x 50,000 tf-idf on a GPU, C = 1", SPARSE, 1.0),
    Problem("gpu-categories", "gpu", "{rows:,} rows, 10 numbers and 5 factors, on a GPU, C = 1", CATEGORIES, 1.0),
)


def write(data: Data, scratch: Path) -> Path:
    """The folder of the data's files, drawn unless they are there already."""
    folder = scratch / f"{data.name}-{data.rows}"
    source = hashlib.sha256(Path(drawing.__file__).read_bytes()).hexdigest()
    ready, said = folder / "ready.json", json.dumps([asdict(data), source])
    if ready.exists() and ready.read_text() == said:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = drawing.MAKERS[data.kind](data)
    if data.kind == "sparse":
        x, y = made
        np.savez(folder / "x.npz", data=x.data, indices=x.indices, indptr=x.indptr, shape=x.shape)
    elif data.kind == "categories":
        x, y = made
        x.to_parquet(folder / "x.parquet")
    else:
        outcomes, at = [], 0
        out = np.lib.format.open_memmap(folder / "x.npy", mode="w+", dtype=data.dtype, shape=(data.rows, data.columns))
        for piece, outcome in made:
            out[at : (at := at + len(piece))] = piece
            outcomes.append(outcome)
        out.flush()
        y = np.concatenate(outcomes)
    np.save(folder / "y.npy", y.astype(np.int64))
    ready.write_text(said)
    return folder


def read(folder: Path) -> tuple[Any, np.ndarray]:
    """X (an array, a CSR matrix or a DataFrame) and y, 0 or 1 in int64, in memory."""
    y = np.load(folder / "y.npy")
    if (folder / "x.npy").exists():
        return np.load(folder / "x.npy"), y
    if (folder / "x.npz").exists():
        from scipy.sparse import csr_array

        with np.load(folder / "x.npz") as held:
            return csr_array((held["data"], held["indices"], held["indptr"]), shape=tuple(held["shape"])), y
    import pandas as pd

    return pd.read_parquet(folder / "x.parquet"), y


def parts(x: Any) -> list[np.ndarray]:
    """The arrays that make X: what one read reads."""
    if isinstance(x, np.ndarray):
        return [x]
    if hasattr(x, "indptr"):
        return [x.data, x.indices, x.indptr]
    return [x[name].cat.codes.to_numpy() if x[name].dtype == "category" else x[name].to_numpy() for name in x]
