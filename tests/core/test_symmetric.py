"""Products that are symmetric: half of them is the whole."""

from __future__ import annotations

import pytest
import torch

from cutline.symmetric import gram


@pytest.mark.parametrize("k", [1, 64, 65, 130, 511, 512, 700])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_half_a_gram_matrix_is_all_of_it(k: int, dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(k)
    x, d = torch.randn(40, k, generator=draw, dtype=dtype), torch.rand(40, 1, generator=draw, dtype=dtype)
    whole = torch.full((k + 3, k + 3), 7.0, dtype=torch.float64)
    out = whole[2 : k + 2, 2 : k + 2]  # a part of a larger matrix, which keeps its other numbers
    gram(x, d * x, out)
    exact = x.double().t() @ (d * x).double()
    torch.testing.assert_close(out, exact, rtol=0, atol=40 * torch.finfo(dtype).eps * float(exact.diagonal().max()))
    assert float(whole.sum() - out.sum()) == pytest.approx(7.0 * (6 * k + 9))
