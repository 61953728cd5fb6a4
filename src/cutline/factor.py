"""The one factorization a fit needs: a Hessian scaled to a unit diagonal, by Cholesky.

With U = diag(H)^(-1/2),  U H U = L L'.  The scaling costs nothing and takes the user's units out of the conditioning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor

from cutline.shapes import Mat, Vec


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """L (p, p) and the diagonal of U (p,)."""

    lower: Mat
    unit: Vec

    def half(self, v: Vec) -> Vec:
        """L^-1 U v, whose squared length is v' H^-1 v."""
        return _triangular(self.lower, self.unit * v, upper=False)

    def solve(self, v: Vec) -> Vec:
        """H^-1 v."""
        return self.unit * _triangular(self.lower.t(), self.half(v), upper=True)

    def length(self, v: Vec) -> float:
        """sqrt(v' H^-1 v)."""
        half = self.half(v)
        return float(half @ half) ** 0.5

    def inverse(self) -> Mat:
        """H^-1."""
        return torch.cholesky_inverse(self.lower) * self.unit[:, None] * self.unit

    def log_det(self) -> float:
        """log det H."""
        return 2 * float((self.lower.diagonal().log() - self.unit.log()).sum())


def factor(h: Mat) -> Factor | None:
    """Factor a symmetric matrix, or None where it is not positive definite to rounding."""
    unit = h.diagonal().clamp(min=torch.finfo(h.dtype).tiny).rsqrt()
    lower = _cholesky(h * unit[:, None] * unit)
    return None if lower is None else Factor(lower, unit)


def lifted_factor(h: Mat) -> Factor:
    """Factor a matrix, lifted by the smallest multiple of its diagonal that makes it positive definite.

    Nocedal & Wright 2006, Alg. 3.3, in units of the diagonal. `h` must be finite.
    """
    found, lift = factor(h), 1e-14 * len(h)
    while found is None:
        found = factor(h + lift * torch.diag(h.diagonal().clamp(min=torch.finfo(h.dtype).tiny)))
        lift *= 10
    return found


def _triangular(a: Tensor, v: Tensor, *, upper: bool) -> Tensor:
    solved = torch.linalg.solve_triangular(a, v[:, None], upper=upper)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast(Tensor, solved)[:, 0]


def _cholesky(a: Tensor) -> Tensor | None:
    lower, failed = cast("tuple[Tensor, Tensor]", torch.linalg.cholesky_ex(a))  # pyright: ignore[reportUnknownMemberType]
    return None if int(failed) else lower
