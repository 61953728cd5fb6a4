"""The one factorization a fit needs: a Hessian scaled to a unit diagonal, by Cholesky.

With U = diag(H)^(-1/2),  U H U = L L'.  The scaling costs nothing and takes the user's units out of the conditioning.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

import torch
from torch import Tensor

from cutline.shapes import Chosen, Core, Edge, Levels, Mat, Vec
from cutline.symmetric import schur_complement


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """L (p, p) and the diagonal of U (p,)."""

    lower: Mat
    unit: Vec

    def half(self, v: Vec) -> Vec:
        """L^-1 U v, whose squared length is v' H^-1 v."""
        return self.halves(v[:, None])[:, 0]

    def halves(self, m: Edge) -> Edge:
        """The same of each column."""
        return _triangular(self.lower, self.unit[:, None] * m, upper=False)

    def solve(self, v: Vec) -> Vec:
        """H^-1 v."""
        return self.step(v)[0]

    def step(self, v: Vec) -> tuple[Vec, float]:
        """H^-1 v and its length in H, sqrt(v' H^-1 v)."""
        half = self.half(v)
        return self.unit * _triangular(self.lower.t(), half[:, None], upper=True)[:, 0], float(half @ half) ** 0.5

    def inverse(self) -> Mat:
        """H^-1."""
        return torch.cholesky_inverse(self.lower) * self.unit[:, None] * self.unit

    def log_det(self) -> float:
        """log det H."""
        return 2 * float((self.lower.diagonal().log() - self.unit.log()).sum())


def factor(h: Mat, *, spent: bool = False) -> Factor | None:
    """Factor a symmetric matrix, or None where it is not positive definite to rounding.

    One that is `spent` is overwritten by its factor: a wide one takes room.
    """
    unit = h.diagonal().clamp(min=torch.finfo(h.dtype).tiny).rsqrt()
    lower = _cholesky((h.mul_(unit[:, None]) if spent else h * unit[:, None]).mul_(unit))
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


@dataclass(frozen=True, eq=False)
class Bordered:
    """A matrix whose entries `rest` are diagonal, beside a dense core: factored by eliminating the diagonal.

    With H = [[A, E], [E', D]] and the Schur complement S = A - E D^-1 E' (Golub & Van Loan 2013, section 3.2.11),
    H^-1 v takes one solve with S. Where E is None the two parts are taken as independent; in float32, it is a guide and
    no answer; where S had to be `lifted`, this is not H but a matrix beside it.
    """

    core: Chosen
    rest: Tensor
    schur: Factor
    edge: Edge | None
    diagonal: Levels
    lifted: bool = False

    def step(self, v: Vec) -> tuple[Vec, float]:
        """H^-1 v and its length in H, sqrt(v' H^-1 v)."""
        solved = self.solve(v)
        return solved, max(float(v @ solved), 0.0) ** 0.5

    @cached_property
    def core_covariance(self) -> Core:
        """The core's part of H^-1."""
        return self.schur.inverse()

    @cached_property
    def variances(self) -> Vec:
        """The diagonal of H^-1: the matrix itself would have all entries by all entries."""
        out = self.diagonal.new_empty(len(self.core) + len(self.rest))
        out[self.core] = self.core_covariance.diagonal()
        out[self.rest] = 1 / self.diagonal
        if self.edge is not None:
            out[self.rest] += self.schur.halves(self.edge / self.diagonal).square().sum(0)
        return out

    def solve(self, v: Vec) -> Vec:
        """H^-1 v."""
        out, lower, edge = torch.empty_like(v), v[self.rest] / self.diagonal, self.edge
        upper = v[self.core] if edge is None else v[self.core] - edge @ lower.to(edge.dtype)
        out[self.core] = upper = self.schur.solve(upper)
        out[self.rest] = lower if edge is None else lower - (edge.t() @ upper.to(edge.dtype)) / self.diagonal
        return out


def bordered(core: Core, edge: Edge | None, diagonal: Levels, where: Chosen) -> Bordered:
    """Factor it; `where` has the entries of the core, and the others, in order, are the diagonal.

    A core that is singular to rounding is lifted.
    """
    rest = torch.ones(len(core) + len(diagonal), dtype=torch.bool)
    rest[where] = False
    schur = core if edge is None else schur_complement(core, edge, diagonal)
    found = factor(schur)
    return Bordered(
        where, rest.nonzero().squeeze(1), found or lifted_factor(schur), edge, diagonal, lifted=found is None
    )


def _triangular(a: Tensor, v: Tensor, *, upper: bool) -> Tensor:
    solved = torch.linalg.solve_triangular(a, v, upper=upper)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return cast(Tensor, solved)


def _cholesky(a: Tensor) -> Tensor | None:
    """The lower factor of a matrix whose lower half counts and which is given up: in its memory, LAPACK's columns."""
    turned, failed = a.detach().t(), torch.empty((), dtype=torch.int32)
    torch.linalg.cholesky_ex(turned, upper=True, out=(turned, failed))  # pyright: ignore[reportUnknownMemberType]
    return None if int(failed) else turned.t()
