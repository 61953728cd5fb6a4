"""HOW it is minimized: generators that know a smooth function, a penalty and a point, and nothing of rows."""

from cutline.solvers.base import (
    Foresight,
    Precondition,
    Progress,
    Smooth,
    Solution,
    Solver,
    Step,
    Stop,
    by_last_rate,
    by_rate,
    minimize,
)
from cutline.solvers.gradient import GradientDescent
from cutline.solvers.lbfgs import LBFGS
from cutline.solvers.newton import Newton

__all__ = [
    "LBFGS",
    "Foresight",
    "GradientDescent",
    "Newton",
    "Precondition",
    "Progress",
    "Smooth",
    "Solution",
    "Solver",
    "Step",
    "Stop",
    "by_last_rate",
    "by_rate",
    "minimize",
]
