"""Compressed sparse rows: what torch does not do with them, or not fast enough."""

from __future__ import annotations

import warnings
from typing import Any, cast

import torch
from scipy.sparse import csr_array  # pyright: ignore[reportMissingTypeStubs]
from torch import Tensor
from torch.utils.weak import WeakIdKeyDictionary


def matrix(indptr: Any, indices: Any, data: Any, shape: tuple[int, int]) -> Tensor:
    """A sparse matrix from the three arrays of scipy's CSR (or tensors), sharing the numbers."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta")
        warnings.filterwarnings("ignore", "Sparse invariant checks are implicitly disabled")  # it is said here, too
        warnings.filterwarnings("ignore", "The given NumPy array is not writable")
        starts, columns, values = (torch.as_tensor(part) for part in (indptr, indices, data))
        if starts.dtype != columns.dtype:
            starts, columns = starts.long(), columns.long()
        return torch.sparse_csr_tensor(  # pyright: ignore[reportUnknownMemberType]
            starts, columns, values, size=shape, check_invariants=False
        )


def transposed(x: Tensor, r: Tensor) -> Tensor:
    """x' r in float64, (p,) or (p, k): by scipy on the processor, where torch's own takes many times as long."""
    if x.device.type != "cpu":
        return _turned(x).double() @ r
    parts = (x.values().numpy(), x.col_indices().numpy(), x.crow_indices().numpy())
    return torch.as_tensor(cast(Any, csr_array(parts, shape=tuple(x.shape))).T @ r.numpy())


_kept = WeakIdKeyDictionary()


def _turned(x: Tensor) -> Tensor:
    """x' by its own rows, on a device, as long as x lives: torch would make it for each product, and take longer."""
    if x not in _kept:
        _kept[x] = x.t().to_sparse_csr()
    return cast(Tensor, _kept[x])


def chosen(x: Tensor, index: Tensor) -> Tensor:
    """Rows by number."""
    starts, counts = x.crow_indices()[index], x.crow_indices().diff()[index]
    ends = counts.cumsum(0)
    within = torch.arange(int(counts.sum()), device=counts.device) - (ends - counts).repeat_interleave(counts)
    entries = starts.repeat_interleave(counts) + within
    return matrix(
        torch.cat([ends.new_zeros(1), ends]), x.col_indices()[entries], x.values()[entries], (len(index), x.shape[1])
    )


def between(x: Tensor, first: int, last: int) -> Tensor:
    """Rows first to last (without last), sharing the numbers."""
    crow = x.crow_indices()[first : last + 1]
    a, b = int(crow[0]), int(crow[-1])
    return matrix(crow - crow[0], x.col_indices()[a:b], x.values()[a:b], (last - first, x.shape[1]))
