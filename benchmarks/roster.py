"""Who enters where, and why the others do not."""

from __future__ import annotations

from importlib.util import find_spec
from math import isinf

from contenders import CONTENDERS, Contender
from problems import Problem

NEEDS = {"statsmodels": "statsmodels", "glum": "glum"}
ENTER = {
    "dense": (
        "cutline",
        "cutline-brief",
        "newton-cholesky",
        "glum",
        "statsmodels",
        "torch-lbfgs",
        "lbfgs",
        "lbfgs-scaled",
    ),
    "wide": ("cutline", "cutline-brief", "newton-cholesky", "glum", "torch-lbfgs", "lbfgs"),
    "sparse": ("cutline", "newton-cg", "liblinear", "lbfgs"),
    "categories": ("cutline", "glum", "newton-cholesky", "newton-cg", "liblinear", "lbfgs"),
    "small": ("cutline", "newton-cholesky", "lbfgs", "newton-cg", "liblinear", "glum", "statsmodels"),
    "hard": (
        "cutline",
        "newton-cholesky",
        "newton-cholesky-scaled",
        "glum",
        "statsmodels",
        "torch-lbfgs",
        "lbfgs",
        "lbfgs-scaled",
    ),
    "gpu": ("cutline-there", "cutline-moved", "cutline", "torch-lbfgs-there"),
}
# Seconds in these sentences are of one trial each on a busy machine: they say hopeless or not, and no more.
HOPELESS = {
    "dense": {
        "newton-cg": "18 s on 100,000 of these rows in a trial, where newton-cholesky took 0.2 s",
        "liblinear": "45 s on 100,000 of these rows in a trial, where newton-cholesky took 0.2 s",
    },
    "wide": {
        "newton-cg": "over 60 s on 20,000 of these rows in a trial, where newton-cholesky took 12 s",
        "liblinear": "it searches as newton-cg does",
    },
    "sparse": {
        "newton-cholesky": "its Hessian has a row and a column for each word, 20 GB",
        "glum": "its Hessian has a row and a column for each word, 20 GB",
        "torch-lbfgs": "entered where X is dense",
    },
    "categories": {"torch-lbfgs": "entered where X is dense"},
    "small": {"torch-lbfgs": "12 to 30 ms on 1,000 x 10 in a trial, where newton-cholesky took 2 ms"},
    "hard": {
        "newton-cg": "as lbfgs, it sees the columns as they are",
        "liblinear": "it cannot leave the penalty away",
    },
}
QUICK = (
    "dense64-none",
    "dense32-ridge",
    "wide",
    "sparse",
    "categories",
    "cancer",
    "thousand-none",
    "scales",
    "tails",
    "gpu-dense64-none",
)


def roster(problem: Problem) -> tuple[list[Contender], list[tuple[str, str]]]:
    """Who enters, in turn, and who does not, with the reason."""
    enter, absent = list[Contender](), list[tuple[str, str]]()
    free = isinf(problem.C)
    for name, contender in CONTENDERS.items():
        reason = HOPELESS.get(problem.regime, {}).get(name, "")
        if problem.regime == "gpu":
            if name not in ENTER["gpu"]:
                continue
            if name.endswith("-there") and problem.data.kind != "dense":
                reason = "entered where X is dense"
        elif name == "statsmodels" and not free:
            reason = "it has no ridge"
        elif name == "liblinear" and free:
            reason = "it cannot leave the penalty away"
        elif name == "lbfgs" and free and problem.regime == "dense":
            reason = "entered with its columns standardized first, which without a penalty changes nothing else"
        elif name.endswith("-scaled") and not free:
            continue  # another function: no contender at all
        elif name in NEEDS and find_spec(NEEDS[name]) is None:
            reason = "not installed: pip install '.[bench]'"
        if reason:
            absent.append((contender.title, reason))
        elif name in ENTER[problem.regime]:
            enter.append(contender)
    return enter, absent
