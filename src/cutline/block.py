"""Some rows in memory, and the products a sum needs of them: whatever they hold, and wherever they lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from cutline import csr
from cutline.shapes import Center, Codes, Design, Mat, Row, RowMany, Share
from cutline.symmetric import gram

FEW = 5  # columns that are multiplied one by one
FOLD = 16  # rows compared as one
ENTRY = 4  # numbers side by side that take as long as one that is looked up: a sparse entry, or a category


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """n rows: numbers (dense or CSR), category codes beside them, and what is known of each row.

    The p features are the columns of `x` followed by the levels of each factor. A code of 0 is the reference level,
    which has no column; codes 1 to `levels[f]` choose one. So categories never become a one-hot matrix.

    Args:
        x: numbers, (n, k), float32 or float64, strided or CSR.
        y: the outcome as a share of successes in [0, 1], (n,); where all are 0 or 1, a byte will do.
        codes: one column a factor, int32 or int64 (n, f), or None.
        levels: how many columns each factor has.
        weight: prior weights (n,), or None for ones.
        offset: a known part of the linear predictor (n,), or None.
        start: the number of the first row, for messages and for sampling by row number.
    """

    x: Tensor
    y: Share
    codes: Codes | None = None
    levels: tuple[int, ...] = ()
    weight: Row | None = None
    offset: Row | None = None
    start: int = 0

    @property
    def n_rows(self) -> int:
        return self.x.shape[0]

    @property
    def n_numbers(self) -> int:
        """Columns of `x`; the features from here on are levels of factors."""
        return self.x.shape[1]

    @property
    def n_features(self) -> int:
        return self.x.shape[1] + sum(self.levels)

    @property
    def is_sparse(self) -> bool:
        return self.x.layout == torch.sparse_csr

    @property
    def width(self) -> float:
        """What a row costs a pass, in numbers side by side: by what it holds, and not by its features."""
        numbers = 0.0 if self.is_sparse else float(self.n_numbers)
        entries = self.x.values().shape[0] / self.n_rows if self.is_sparse else 0.0
        return numbers + ENTRY * (entries + len(self.levels))

    def matvec(self, w: Tensor) -> RowMany:
        """X w in float64: (n,) for w of (p,), (n, k) for w of (p, k)."""
        k = self.n_numbers
        out = _times(self.x.double(), w[:k]) if k else w.new_zeros(self.n_rows, *w.shape[1:])
        for (first, last), code in self.factors():
            out += torch.cat([w.new_zeros(1, *w.shape[1:]), w[first:last]]).index_select(0, code)
        return out

    def rmatvec(self, r: RowMany) -> Tensor:
        """X' r in float64: (p,) for r of (n,), (p, k) for r of (n, k)."""
        parts = [csr.transposed(self.x, r) if self.is_sparse else _times(self.x.double().t(), r)]
        for (first, last), code in self.factors():
            parts.append(r.new_zeros(last - first + 1, *r.shape[1:]).index_add_(0, code, r)[1:])
        return parts[0] if len(parts) == 1 else torch.cat(parts)

    def sandwich(self, d: Row, out: Mat | None = None) -> Mat:
        """X' diag(d) X in float64, (p, p), into `out` if given (zeros). Factors are counted, not multiplied."""
        k, factors = self.n_numbers, list(self.factors())
        if out is None:
            out = d.new_zeros(self.n_features, self.n_features)
        if k:
            x = self.numbers()  # a block is small: the Gram matrix of sparse rows is dense anyway
            dx = x * d[:, None]
            gram(x, dx, out[:k, :k])
            for (first, last), code in factors:
                sums = dx.new_zeros(last - first + 1, k).index_add_(0, code, dx)
                out[first:last, :k] = sums[1:]
                out[:k, first:last] = sums[1:].t()
        across = out.diagonal()
        for i, ((a, b), left) in enumerate(factors):
            across[a:b] = d.new_zeros(b - a + 1).index_add_(0, left, d)[1:]
            for (c, e), right in factors[:i]:
                width = e - c + 1
                cells = d.new_zeros((b - a + 1) * width).index_add_(0, left.long() * width + right, d)
                table = cells.view(b - a + 1, width)[1:, 1:]
                out[a:b, c:e] = table
                out[c:e, a:b] = table.t()
        return out

    def ranges(self) -> tuple[Tensor, Tensor]:
        """The lowest and the highest of each dense number column, in float64, (k,)."""
        x, many = self.x, self.n_rows // FOLD * FOLD
        if not many or not x.numel() or not x.is_contiguous():
            return x.amin(0).double(), x.amax(0).double()
        # several rows as one: a processor compares as many numbers at once as lie side by side
        parts = (x[:many].view(-1, FOLD * x.shape[1]), x[many:])
        folded = [(p.amin(0).view(-1, x.shape[1]), p.amax(0).view(-1, x.shape[1])) for p in parts if len(p)]
        low, high = (torch.cat(each) for each in zip(*folded))
        return low.amin(0).double(), high.amax(0).double()

    def ready(self, center: Center) -> Block:
        """The same rows with numbers in float64 and, where a center is given, dense ones less it.

        Made once for several products, which then find it in the cache: read twice from memory, a block takes longer.
        float32 is how numbers are kept; a block at a time is computed in float64, for in float32 a few thousand rows
        already blur the decrement a fit is to reach. The center is subtracted here and not by algebra afterwards: with
        mean 1e6 and deviation 1 the algebra loses ten of sixteen digits of X'X.
        """
        if self.is_sparse and self.x.device.type != "cpu":  # its transpose is kept by what it is
            return self
        if center is None or self.is_sparse:
            return self if self.x.dtype == torch.float64 else replace(self, x=self.x.double())
        return replace(self, x=self.x - center)

    def dense(self) -> Design:
        """These rows as one float64 matrix: for a block at a time, never for the data."""
        return self.columns(torch.arange(self.n_features, device=self.x.device))

    def columns(self, chosen: Tensor) -> Design:
        """A few features of these rows as a float64 matrix, in the order given."""
        k, out = self.n_numbers, torch.zeros(self.n_rows, len(chosen), dtype=torch.float64, device=self.x.device)
        place = chosen.new_full((self.n_features,), -1)
        place[chosen] = torch.arange(len(chosen), device=chosen.device)
        if self.is_sparse:
            counts, index = self.x.crow_indices().diff(), self.x.col_indices()
            here = place[index]
            row = torch.arange(self.n_rows, device=counts.device).repeat_interleave(counts)
            some = here >= 0
            out[row[some], here[some]] = self.x.values()[some].double()
        elif k:
            some = place[:k] >= 0
            out[:, place[:k][some]] = self.x[:, some].double()
        for (first, last), code in self.factors():
            here = torch.cat([place.new_full((1,), -1), place[first:last]])[code.long()]
            some = (here >= 0).nonzero().squeeze(1)
            out[some, here[some]] = 1.0
        return out

    def weights(self) -> Row:
        """The prior weights, ones where none were given, in float64."""
        return self.y.new_ones(self.n_rows, dtype=torch.float64) if self.weight is None else self.weight.double()

    def rows(self, keep: Tensor) -> Block:
        """The chosen rows (a boolean mask or row numbers within the block) as a block."""
        index = keep.nonzero().squeeze(1) if keep.dtype == torch.bool else keep
        return Block(
            csr.chosen(self.x, index) if self.is_sparse else self.x.index_select(0, index),
            self.y[index],
            None if self.codes is None else self.codes[index],
            self.levels,
            None if self.weight is None else self.weight[index],
            None if self.offset is None else self.offset[index],
            self.start,
        )

    def slice(self, first: int, last: int) -> Block:
        """Rows first to last (without last), sharing memory where the numbers are dense."""
        part = slice(first, last)
        return replace(
            self,
            x=csr.between(self.x, first, last) if self.is_sparse else self.x[part],
            y=self.y[part],
            codes=None if self.codes is None else self.codes[part],
            weight=None if self.weight is None else self.weight[part],
            offset=None if self.offset is None else self.offset[part],
            start=self.start + first,
        )

    def numbers(self) -> Tensor:
        """The number columns, dense, in float64: for a block at a time."""
        return self.x.to_dense().double() if self.is_sparse else self.x.double()

    def factors(self) -> Iterable[tuple[tuple[int, int], Tensor]]:
        """For each factor, its columns among the features (first, last) and its codes (n,)."""
        first = self.n_numbers
        for f, size in enumerate(self.levels):
            yield (first, first + size), cast(Tensor, self.codes)[:, f]
            first += size


def _times(x: Tensor, w: Tensor) -> Tensor:
    """x @ w, a column at a time where columns are few: BLAS takes longer over two columns together than one by one."""
    if w.dim() == 1 or w.shape[1] > FEW or x.layout != torch.strided:
        return x @ w
    return torch.stack([x @ column for column in w.unbind(1)], 1)
