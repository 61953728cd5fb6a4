"""How long a fit takes beside its peers, and how low a loss it reaches.

    python benchmarks/peers.py [RUNS]

Every fit has a process of its own, since two numeric libraries in one process slow each other. A process makes its
data, fits once uncounted (the first call of a library loads and compiles things), and then up to nine times by the
clock, for a second at most, and gives the median; imports and data are not counted. The peers take turns, RUNS times
(default 7), so that a busy minute of the machine meets all of them. The table has the median of each in milliseconds,
that median over the fastest peer's, and how far above the lowest loss found the answer lies, in nats (summed over the
rows, the penalty included).

Each peer runs with its own default tolerance, on one thread: where other work shares the machine, two threads that
wait for each other made scikit-learn's lbfgs up to sixty times slower, which says nothing of lbfgs. It may take 10,000
steps instead of 100, without which it stops early on the second data set.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

DATA = {
    "small": "1,000 x 10, generated (seed 1), maximum likelihood",
    "cancer": "569 x 30, breast cancer, ridge with C = 1, columns as they are",
    "large": "200,000 x 20, generated (seed 2), maximum likelihood",
}
PEERS = {
    "cutline": "cutline.LogisticRegression",
    "cutline-fit": "cutline.fit, with everything a Model holds",
    "sklearn-lbfgs": "scikit-learn, lbfgs",
    "sklearn-newton": "scikit-learn, newton-cholesky",
    "statsmodels": "statsmodels Logit, with standard errors",
}
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
Found = tuple[np.ndarray, float]  # the slopes and the intercept


def data(name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """X, y and C."""
    if name == "cancer":
        from sklearn.datasets import load_breast_cancer

        x, y = load_breast_cancer(return_X_y=True)
        return x, y.astype(float), 1.0
    n, p, seed = (1_000, 10, 1) if name == "small" else (200_000, 20, 2)
    draw = np.random.default_rng(seed)
    # correlated columns, of different means and scales
    x = draw.normal(size=(n, p)) @ (np.eye(p) + 0.3 * draw.normal(size=(p, p)))
    eta = x @ draw.normal(size=p) * (1.5 / np.sqrt(p)) - 0.5
    y = (draw.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    return x * 10 ** draw.uniform(-1, 1, p) + draw.normal(size=p), y, np.inf


def fitter(peer: str, x: np.ndarray, y: np.ndarray, C: float) -> Callable[[], Found]:
    """What is timed: from arrays in memory to coefficients."""
    if peer == "cutline":
        from cutline import LogisticRegression

        return lambda: _slopes(LogisticRegression(C=C).fit(x, y))
    if peer == "cutline-fit":
        import cutline

        columns = {f"x{j}": x[:, j] for j in range(x.shape[1])} | {"y": y.astype(int)}
        choice = {"penalty": "none"} if np.isinf(C) else {"penalty": "l2", "C": C}

        def fit() -> Found:
            coef = cutline.fit(columns, "y", **choice).coef
            return np.array([coef[f"x{j}"] for j in range(x.shape[1])]), coef["(intercept)"]

        return fit
    if peer == "statsmodels":
        import statsmodels.api as sm

        def newton() -> Found:
            found = sm.Logit(y, sm.add_constant(x)).fit(disp=0)
            return found.params[1:], found.params[0] if found.bse.all() else np.nan

        return newton
    from sklearn.linear_model import LogisticRegression as Peer

    solver = {"sklearn-lbfgs": "lbfgs", "sklearn-newton": "newton-cholesky"}[peer]
    return lambda: _slopes(Peer(C=C, solver=solver, max_iter=10_000).fit(x, y))


def _slopes(model: Any) -> Found:
    return model.coef_[0], model.intercept_[0]


def loss(x: np.ndarray, y: np.ndarray, C: float, found: Found) -> float:
    """The summed log-loss and its penalty, the same for every peer."""
    slopes, intercept = found
    eta = x @ slopes + intercept
    return float(np.logaddexp(0, eta).sum() - y @ eta + (0 if np.isinf(C) else slopes @ slopes / (2 * C)))


def one(peer: str, name: str) -> None:
    """One process: fit, fit by the clock, print the median of the seconds and the loss."""
    x, y, C = data(name)
    fit = fitter(peer, x, y, C)
    found, taken = fit(), list[float]()
    while len(taken) < 9 and sum(taken) < 1:
        start = time.perf_counter()
        found = fit()
        taken.append(time.perf_counter() - start)
    print(json.dumps([statistics.median(taken), loss(x, y, C, found)]))


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    for name, title in DATA.items():
        peers = [peer for peer in PEERS if not (peer == "statsmodels" and name == "cancer")]  # Logit has no ridge
        taken: dict[str, list[float]] = {peer: [] for peer in peers}
        reached: dict[str, float] = {}
        for _ in range(runs):
            for peer in peers:
                ran = subprocess.run(
                    [sys.executable, __file__, peer, name],
                    check=True,
                    stdout=subprocess.PIPE,
                    text=True,
                    env=os.environ | ONE_THREAD,
                )
                seconds, reached[peer] = json.loads(ran.stdout)
                taken[peer].append(seconds)
        medians = {peer: statistics.median(seconds) for peer, seconds in taken.items()}
        fastest, lowest = min(medians.values()), min(reached.values())
        print(f"\n{title}; medians of {runs} runs\n")
        print("| | ms | times the fastest | smallest and largest | loss above the lowest |")
        print("|---|---:|---:|---:|---:|")
        for peer in peers:
            ms = [1000 * seconds for seconds in (medians[peer], min(taken[peer]), max(taken[peer]))]
            above = reached[peer] - lowest
            said = f"{above:.0e}" if above > 1e-9 * abs(lowest) else "0"
            print(
                f"| {PEERS[peer]} | {ms[0]:.3g} | {medians[peer] / fastest:.1f} | {ms[1]:.3g} to {ms[2]:.3g} | {said} |"
            )
        sys.stdout.flush()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    if len(sys.argv) == 3:
        one(*sys.argv[1:])
    else:
        main()
