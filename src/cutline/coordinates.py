"""Coordinates: the parameters a solver moves, and how a block looks in them.

A solver moves theta. What the user reads is (b, w) with linear predictor  b + X w.  Between them stand four choices,
made once and here: is there an intercept, are columns centered, are they scaled, and which entries are held fixed
(aliased columns at zero; the entry a profile likelihood walks along). In full coordinates

    eta = u_0 + (X - c) diag(s) u_1..p,      w = s * u,      b = u_0 - c'w,

and theta is the free part of u. A summand sees a block only through `Coordinates.view`, so this arithmetic is nowhere
else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from cutline.block import Block
from cutline.shapes import Center, Design, Entries, Full, FullMat, Row, Theta, ThetaMat, Units, Vec

Line = tuple[Tensor, Tensor | None]
"""Slopes and a constant, of a view's block."""

NEARBY = 30.0  # deviations a column may lie from zero and lose no more than two of sixteen digits, not centered


@dataclass(frozen=True, slots=True, eq=False)
class Coordinates:
    """A change of parameters, applied inside the block.

    Args:
        n_features: p, the columns of a block.
        intercept: does u have an entry 0 for it?
        center: c, one entry a *number* column (factors are never centered), or None.
        scale: s (p,), or None for ones.
        free: which entries of u theta holds, in order; None for all.
        fixed: u with the held values, zero at the free entries; None for zeros.
    """

    n_features: int
    intercept: bool = True
    center: Center = None
    scale: Vec | None = None
    free: Entries | None = None
    fixed: Full | None = None

    def __post_init__(self) -> None:
        if self.center is not None and not self.intercept:
            raise ValueError("centering needs an intercept to take up the shift")

    @property
    def n_full(self) -> int:
        return self.n_features + int(self.intercept)

    @property
    def size(self) -> int:
        """How many entries theta has."""
        return self.n_full if self.free is None else self.free.shape[0]

    def hold(self, entry: int, value: float) -> Coordinates:
        """Hold one more entry of u at a value: a step of a profile likelihood."""
        free = self.entries()
        fixed = torch.zeros(self.n_full, dtype=torch.float64) if self.fixed is None else self.fixed.clone()
        fixed[entry] = value
        return replace(self, free=free[free != entry], fixed=fixed)

    def without(self, features: Sequence[int]) -> Coordinates:
        """Hold features at zero: columns that cannot be estimated."""
        gone = torch.tensor([f + int(self.intercept) for f in features], dtype=torch.long)
        return replace(self, free=self.entries()[~torch.isin(self.entries(), gone)]) if len(gone) else self

    def units(self) -> Units:
        """Where numbers are centered, what (c, s) makes of them the numbers of theta."""
        if self.center is None or self.scale is None:
            return None
        return self.center, self.scale[: len(self.center)]

    def beyond_units(self) -> Coordinates:
        """These coordinates for rows whose numbers are in theta's units already."""
        if self.center is None or self.scale is None:
            return self
        k = len(self.center)
        return replace(self, center=None, scale=torch.cat([torch.ones_like(self.scale[:k]), self.scale[k:]]))

    def lift(self, theta: Tensor) -> Tensor:
        """theta (q,) or (q, k) -> u, with the held entries in place."""
        if self.free is None:
            return theta
        u = theta.new_zeros(self.n_full, *theta.shape[1:])
        u[self.free] = theta
        if self.fixed is None:
            return u
        return u + (self.fixed if theta.dim() == 1 else self.fixed[:, None])

    def to_user(self, theta: Theta) -> Full:
        """theta -> (b, w) in the user's units, without b where there is no intercept."""
        return self._jacobian_times(self.lift(theta))

    def from_user(self, full: Full) -> Theta:
        """(b, w) -> theta; the inverse of `to_user` on the free entries."""
        i = int(self.intercept)
        w = full[i:]
        u = full.clone()
        if self.center is not None:
            u[0] = full[0] + self.center @ w[: self.center.shape[0]]
        if self.scale is not None:
            u[i:] = w / self.scale
        return u if self.free is None else u[self.free]

    def covariance(self, inverse: ThetaMat) -> FullMat:
        """The inverse Hessian in theta -> the covariance of (b, w); rows of held entries are zero."""
        full = inverse
        if self.free is not None:
            full = inverse.new_zeros(self.n_full, self.n_full)
            full[self.free[:, None], self.free] = inverse
        return self._jacobian_times(self._jacobian_times(full).t())

    def scales(self) -> Theta:
        """How many user units one unit of each entry of theta is: s, and 1 for the intercept."""
        one = torch.ones(self.n_features, dtype=torch.float64)
        return self.padded(one if self.scale is None else self.scale, 1.0)

    def padded(self, features: Vec, intercept: float) -> Theta:
        """A number for each feature, and one for the intercept, as theta has them."""
        full = torch.cat([features.new_full((int(self.intercept),), intercept), features])
        return full if self.free is None else full[self.free]

    def unit(self) -> Full | None:
        """The scale of all entries, those held too; None for ones."""
        return None if self.scale is None else torch.cat([self.scale.new_ones(int(self.intercept)), self.scale])

    def entries(self) -> Entries:
        """Which entries of u theta holds."""
        return torch.arange(self.n_full) if self.free is None else self.free

    def nearby(self) -> bool:
        """Whether every center is so near zero that one product for all rows can stand for centering each of them."""
        if self.center is None or self.scale is None:
            return False
        return bool((self.center.abs() * self.scale[: len(self.center)] <= NEARBY).all())

    def view(self, block: Block) -> View:
        """The block in these coordinates. Where centering near columns would cost a copy more, they stay as they are.

        That is so of float32, which is copied to be float64, and on a device, where a copy is written to memory and
        read again; the processor finds a float64 block's centered copy in its cache. Products with a vector then take
        the centers away afterwards; what needs the numbers one by one, a Hessian too, centers them.
        """
        dear = block.x.device.type != "cpu" or block.x.dtype == torch.float32
        if dear and not block.is_sparse and self.nearby():
            return View(block.ready(None), self, self.center)
        return View(block.ready(self.center), self)

    def line(self, theta: Tensor) -> Line:
        """theta as the linear predictor of a view's block: slopes and a constant."""
        i, u = int(self.intercept), self.lift(theta)
        return self.scaled(u[i:]), u[0] if i else None

    def pulled(self, total: Tensor, features: Tensor) -> Tensor:
        """Z' r of theta, (q,) or (q, k), from the sum of r and X' r of a view's block."""
        g = self.scaled(features)
        if self.intercept:
            g = torch.cat([total[None], g])
        return g if self.free is None else g[self.free]

    def scaled(self, w: Tensor) -> Tensor:
        """w (p,) or (p, k) times the scale of each feature."""
        if self.scale is None:
            return w
        return w * (self.scale if w.dim() == 1 else self.scale[:, None])

    def _jacobian_times(self, u: Tensor) -> Tensor:
        i = int(self.intercept)
        out = u.clone()
        out[i:] = self.scaled(u[i:])
        if self.center is not None:
            out[0] = u[0] - self.center @ out[i : i + self.center.shape[0]]
        return out


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A block in coordinates: the same three products, of theta instead of w. `block` is ready for them.

    `shift` is the center its numbers lack, which products with a vector then take away.
    """

    block: Block
    at: Coordinates
    shift: Center = None

    def matvec(self, theta: Tensor) -> Tensor:
        """The linear predictor without offset: (n,), or (n, k) for k thetas at once."""
        return self.follow(self.at.line(theta))

    def follow(self, line: Line) -> Tensor:
        """The same of a line drawn before: once a pass, and not once a block."""
        slopes, constant = line
        out = self.block.matvec(slopes)
        if constant is not None and self.shift is not None:
            constant = constant - self.shift @ slopes[: len(self.shift)]
        return out if constant is None else out.add_(constant)

    def rmatvec(self, r: Tensor) -> Tensor:
        """Its transpose: (q,) for r of (n,)."""
        total, features = r.sum(0), self.block.rmatvec(r)
        if self.shift is not None:
            features[: len(self.shift)] -= total * (self.shift if r.dim() == 1 else self.shift[:, None])
        return self.at.pulled(total, features)

    def sandwich(self, d: Row) -> ThetaMat:
        """Z' diag(d) Z for the block's design Z in theta, (q, q)."""
        at, i, block = self.at, int(self.at.intercept), self._centered()
        h, unit = d.new_zeros(at.n_full, at.n_full), at.unit()
        block.sandwich(d, h[i:, i:])
        if i:
            h[0, 0] = d.sum()
            h[0, 1:] = block.rmatvec(d)
            h[1:, 0] = h[0, 1:]
        if unit is not None:
            h.mul_(unit).mul_(unit[:, None])
        return h if at.free is None else h[at.free[:, None], at.free]

    def matrix(self) -> Design:
        """The block's design as one matrix, of the free entries: for a block at a time, never for the data."""
        return self.columns(torch.arange(self.at.size, device=self.block.y.device))

    def columns(self, chosen: Tensor) -> Design:
        """A few columns of the block's design, those of the entries of theta chosen."""
        at, i = self.at, int(self.at.intercept)
        u = chosen if at.free is None else at.free[chosen]
        slope = u >= i
        z = self.block.y.new_ones((self.block.n_rows, len(u)), dtype=torch.float64)
        z[:, slope] = self._centered().columns(u[slope] - i)
        unit = at.unit()
        return z if unit is None else z * unit[u]

    def quadratic(self, a: ThetaMat) -> Row:
        """z_i' A z_i for each row: a leverage once multiplied by its weight. A factor picks rows of A."""
        at, block = self.at, self.block
        full = a
        if at.free is not None:
            full = a.new_zeros(at.n_full, at.n_full)
            full[at.free[:, None], at.free] = a
        i = int(at.intercept)
        if (unit := at.unit()) is not None:
            full = full * unit[:, None] * unit
        z = self._centered().numbers()
        z = torch.cat([z.new_ones(len(z), 1), z], 1) if i else z
        m, last = z.shape[1], full.shape[0]
        padded = full.new_zeros(last + 1, last + 1)  # a row and column of zeros: the reference level
        padded[:last, :last] = full
        out = ((z @ padded[:m, :m]) * z).sum(1)
        picks = [torch.where(code > 0, i + first + code - 1, last) for (first, _), code in block.factors()]
        for g, pick in enumerate(picks):
            out = out + 2 * (z * padded[:, :m][pick]).sum(1) + padded[pick, pick]
            for other in picks[:g]:
                out = out + 2 * padded[pick, other]
        return out

    def _centered(self) -> Block:
        """The block with its numbers centered: for what needs them one by one, and for a Hessian.

        There a center of c deviations would cost c^2, and nearly collinear columns would be told apart by rounding.
        """
        return self.block.ready(self.shift)
