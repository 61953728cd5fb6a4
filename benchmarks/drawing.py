"""How data are drawn: one function for each kind, from `Data` to rows and outcomes.

Numbers are drawn in pieces of `PIECE` rows, each from a generator seeded by [seed, piece]: fewer rows are the first
rows. Outcomes are drawn from the model itself: y is 1 where a standard logistic number is below the log-odds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

PIECE = 100_000
LEVELS = (5_000, 1_000, 200, 50, 10)
Drawn = Iterator[tuple[np.ndarray, np.ndarray]]  # rows and outcomes, piece by piece


@dataclass(frozen=True)
class Data:
    """What is drawn: `kind` names a function below; `least` is the fewest rows a smaller run may shrink it to."""

    name: str
    kind: str
    rows: int
    columns: int
    seed: int = 0
    dtype: str = "float64"
    least: int = 20_000

    def shrunk(self, scale: float) -> Data:
        return replace(self, rows=min(self.rows, max(self.least, round(self.rows * scale))))


def dense(data: Data, scales: float = 1.5) -> Drawn:
    """Correlated columns (five common factors), of scales 10^(-s)..10^s and of means as large as their scales."""
    p = data.columns
    draw = np.random.default_rng(data.seed)
    loads = 0.5 * draw.normal(size=(5, p))
    beta = draw.normal(size=p)
    beta *= 1.5 / np.sqrt(beta @ beta + np.square(loads @ beta).sum())  # log-odds of standard deviation 1.5
    scale, mean = 10 ** draw.uniform(-scales, scales, p), draw.normal(size=p)
    for n, draw in _pieces(data):
        z = draw.normal(size=(n, 5)) @ loads
        z += draw.normal(size=(n, p))
        y = _outcomes(draw, z @ beta - 0.2)
        z += mean
        z *= scale
        yield z, y


def scales(data: Data) -> Drawn:
    """Columns of scales 1e-8 to 1e8, correlated a little."""
    powers = 10 ** np.linspace(-8, 8, data.columns)
    for z, y in _hard(data, np.sqrt(0.3)):
        yield z * powers, y


def correlated(data: Data) -> Drawn:
    """Every pair of columns has correlation 0.999."""
    yield from _hard(data, np.sqrt(0.999))


def means(data: Data) -> Drawn:
    """Columns of mean 1e6 and standard deviation 1."""
    for z, y in _hard(data, 0.0):
        yield z + 1e6, y


def rare(data: Data) -> Drawn:
    """One positive in 10,000, whatever the rows: the intercept is what makes it so."""
    yield from _hard(data, 0.0, intercept=-np.log(10_000) - 0.125, size=0.5)  # E exp(eta), eta normal of variance 1/4


def tails(data: Data) -> Drawn:
    """Rows of a multivariate t with 0.7 degrees of freedom, a fifth positive: plain Newton from zero diverges here.

    Its step is the difference of few rows whose weights p(1-p) are near zero, and from some step on the loss grows.
    """
    p = data.columns
    beta = 0.3 * np.random.default_rng(data.seed).normal(size=p)
    for n, draw in _pieces(data):
        x = draw.normal(size=(n, p)) / np.sqrt(draw.chisquare(0.7, (n, 1)) / 0.7)
        yield x, _outcomes(draw, x @ beta - 3)


def thousand(data: Data) -> Drawn:
    """Correlated columns of different means and scales."""
    n, p = data.rows, data.columns
    draw = np.random.default_rng(data.seed)
    x = draw.normal(size=(n, p)) @ (np.eye(p) + 0.3 * draw.normal(size=(p, p)))
    y = _outcomes(draw, x @ draw.normal(size=p) * (1.5 / np.sqrt(p)) - 0.5)
    yield x * 10 ** draw.uniform(-1, 1, p) + draw.normal(size=p), y


def cancer(data: Data) -> Drawn:
    """scikit-learn's breast cancer, columns as they are."""
    from sklearn.datasets import load_breast_cancer

    yield load_breast_cancer(return_X_y=True)


def exam(data: Data) -> Drawn:
    """The deck's six pupils."""
    from cutline import deck

    yield np.array(deck.SIX_POINTS, float), np.array(deck.SIX_LABELS).ravel()


def _hard(data: Data, load: float, intercept: float = 0.0, size: float = 1.5) -> Drawn:
    """Normal columns with one common factor of the given load, so of correlation load^2."""
    p = data.columns
    beta = np.random.default_rng(data.seed).normal(size=p)
    beta *= size / np.sqrt((1 - load**2) * beta @ beta + load**2 * beta.sum() ** 2)
    for n, draw in _pieces(data):
        z = load * draw.normal(size=(n, 1)) + np.sqrt(1 - load**2) * draw.normal(size=(n, p))
        yield z, _outcomes(draw, z @ beta + intercept)


def sparse(data: Data) -> tuple[Any, np.ndarray]:
    """Texts: words by Zipf's law, about 60 different ones a row, tf-idf weights, rows of unit length."""
    from scipy.sparse import csr_array

    n, p = data.rows, data.columns
    draw = np.random.default_rng(data.seed)
    often = np.cumsum(1 / (np.arange(p) + 2.7) ** 1.05)
    length = np.maximum(1, draw.lognormal(np.log(63), 0.5, n)).astype(np.int64)
    words = np.searchsorted(often / often[-1], draw.random(length.sum())).astype(np.int32)
    x = csr_array((np.ones(len(words)), words, np.concatenate([[0], np.cumsum(length)])), shape=(n, p))
    x.sum_duplicates()
    seen = np.bincount(x.indices, minlength=p)
    x.data = (1 + np.log(x.data)) * (1 + np.log((1 + n) / (1 + seen)))[x.indices]
    x.data /= np.sqrt(np.add.reduceat(np.square(x.data), x.indptr[:-1])).repeat(np.diff(x.indptr))
    x.indices, x.indptr = x.indices.astype(np.int32), x.indptr.astype(np.int32)
    eta = x @ (2.0 * draw.normal(size=p))
    return x, _outcomes(draw, eta - np.median(eta))


def categories(data: Data) -> tuple[Any, np.ndarray]:
    """A pandas DataFrame: ten numbers, and factors whose k-th level is as common as (k + 10)^-0.8.

    Levels are words; those that no row has are dropped. Fewer rows have fewer levels, in proportion, but at least ten.
    """
    import pandas as pd

    n = data.rows
    draw = np.random.default_rng(data.seed)
    numbers = draw.normal(size=(n, 10)) @ (np.eye(10) + 0.3 * draw.normal(size=(10, 10)))
    eta = numbers @ draw.normal(size=10) * 0.3
    numbers = numbers * 10 ** draw.uniform(-1, 1, 10) + draw.normal(size=10)
    columns: dict[str, Any] = {f"x{j}": numbers[:, j].copy() for j in range(10)}
    for k, levels in enumerate(max(10, round(most * min(1, n / 1_000_000))) for most in LEVELS):
        often = np.cumsum((np.arange(levels) + 10.0) ** -0.8)
        codes = np.searchsorted(often / often[-1], draw.random(n))
        eta += 0.5 * draw.normal(size=levels)[codes]
        kept, codes = np.unique(codes, return_inverse=True)
        columns[f"f{k}"] = pd.Categorical.from_codes(codes, [f"level{level:04d}" for level in kept])
    return pd.DataFrame(columns), _outcomes(draw, eta - np.median(eta))


def _pieces(data: Data) -> Iterator[tuple[int, np.random.Generator]]:
    for start in range(0, data.rows, PIECE):
        yield min(PIECE, data.rows - start), np.random.default_rng([data.seed, start // PIECE])


def _outcomes(draw: np.random.Generator, eta: np.ndarray) -> np.ndarray:
    """1 with probability sigmoid(eta)."""
    return (draw.logistic(size=len(eta)) < eta).astype(np.int64)


MAKERS: dict[str, Callable[[Data], Any]] = {
    f.__name__: f for f in (dense, sparse, categories, thousand, cancer, exam, scales, correlated, means, rare, tails)
}
