"""Penalties: what is added to the loss for a vector of coefficients, whatever the rows.

A penalty is given in the solver's coordinates; `objective.py` turns the user's C, which acts on coefficients in the
user's units with the intercept free, into one strength for each coordinate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch

from cutline.shapes import Vec


@runtime_checkable
class Penalty(Protocol):
    """g in  minimize f(w) + g(w)."""

    def value(self, w: Vec, /) -> float: ...
    def grad(self, w: Vec, /) -> Vec: ...
    def curvature(self, w: Vec, /) -> Vec:
        """The diagonal of the second derivative; a penalty of single coefficients has no other part."""
        ...


@dataclass(frozen=True, slots=True)
class NoPenalty:
    """g = 0: maximum likelihood."""

    def value(self, w: Vec, /) -> float:
        return 0.0

    def grad(self, w: Vec, /) -> Vec:
        return torch.zeros_like(w)

    def curvature(self, w: Vec, /) -> Vec:
        return torch.zeros_like(w)


@dataclass(frozen=True, slots=True, eq=False)
class L2:
    """g(w) = 1/2 sum_j strength_j w_j^2: strength 1/C on the summed loss (scikit-learn's C), 0 for the intercept."""

    strength: Vec

    def value(self, w: Vec, /) -> float:
        return 0.5 * float(self.strength @ (w * w))

    def grad(self, w: Vec, /) -> Vec:
        return self.strength * w

    def curvature(self, w: Vec, /) -> Vec:
        return self.strength
