"""Products that are symmetric: half of them is the whole."""

from __future__ import annotations

import pytest
import torch

from cutline import symmetric
from cutline.symmetric import gram
from elsewhere import elsewhere


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


@pytest.mark.parametrize(("n", "k"), [(39, 3), (40, 3), (47, 3), (10, 3), (47, 129)])
@pytest.mark.parametrize("by_rows", [True, False])
def test_on_a_device_long_matrices_are_multiplied_in_turns(
    n: int, k: int, by_rows: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(symmetric, "TURN", 8)
    draw, turns = torch.Generator().manual_seed(n), []
    x, d = torch.randn(n, k, generator=draw, dtype=torch.float64), torch.rand(n, 1, generator=draw, dtype=torch.float64)
    x = x if by_rows else x.t().contiguous().t()
    batched = torch.bmm
    monkeypatch.setattr(torch, "bmm", lambda *given: turns.append(1) or batched(*given))
    with elsewhere() as there:
        out = torch.zeros(k, k, dtype=torch.float64, device=there)
        gram(x.to(there), (d * x).to(there), out)
    torch.testing.assert_close(out.cpu(), x.t() @ (d * x), rtol=1e-12, atol=1e-12)
    assert len(turns) == (n >= 16 and k < 129 and by_rows)
