"""HOW it is minimized: generators that know a smooth function, a penalty and a point, and nothing of rows."""

from cutline.solvers.base import Precondition, Progress, Smooth, Solution, Solver, Step, Stop, minimize
from cutline.solvers.gradient import GradientDescent
from cutline.solvers.lbfgs import LBFGS
from cutline.solvers.newton import Newton

__all__ = [
    "LBFGS",
    "GradientDescent",
    "Newton",
    "Precondition",
    "Progress",
    "Smooth",
    "Solution",
    "Solver",
    "Step",
    "Stop",
    "minimize",
]
