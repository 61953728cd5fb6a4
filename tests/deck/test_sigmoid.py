"""The S-curve never overflows, in any type, at any input."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cutline.curve import sigmoid
from cutline.errors import UsageError

EXTREMES = [-np.inf, -1e300, -1e4, -745.2, -710.0, -89.0, -1.0, 0.0, 1.0, 89.0, 710.0, 1e4, 1e300, np.inf]


def test_it_is_the_formula_where_the_formula_works() -> None:
    x = np.arange(-5.0, 5.0, 0.1)
    np.testing.assert_allclose(sigmoid(x), 1 / (1 + np.exp(-x)), rtol=2e-16 * 4)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_no_numpy_float_overflows_or_underflows_loudly(dtype: type) -> None:
    with np.errstate(over="ignore"):
        x = np.array(EXTREMES, dtype=dtype)
    with np.errstate(all="raise"):
        h = sigmoid(x)
    assert h.dtype == dtype
    assert h[0] == 0
    assert h[-1] == 1
    assert (np.diff(h) >= 0).all()
    assert h[7] == 0.5


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_no_tensor_overflows(dtype: torch.dtype) -> None:
    h = sigmoid(torch.tensor(EXTREMES, dtype=torch.float64).to(dtype))
    assert h.dtype == dtype
    assert h[0] == 0
    assert h[-1] == 1
    assert (h.diff() >= 0).all()
    assert h[7] == 0.5


def test_the_small_tail_keeps_its_digits() -> None:
    assert sigmoid(-740.0) == pytest.approx(math.exp(-740.0), rel=1e-9)
    # 1/(1 + exp(700)) is exp(-700) to every digit a float64 has
    assert sigmoid(-700.0) == pytest.approx(math.exp(-700.0), rel=1e-14)


@given(st.floats(allow_nan=False))
def test_the_two_ends_mirror_each_other(x: float) -> None:
    assert 0 <= sigmoid(x) <= 1
    assert sigmoid(x) + sigmoid(-x) == pytest.approx(1.0, abs=3e-16)
    assert sigmoid(x) == pytest.approx(sigmoid(torch.tensor(x, dtype=torch.float64)).item(), rel=1e-15, abs=1e-300)


def test_nan_stays_nan() -> None:
    assert math.isnan(sigmoid(math.nan))
    assert np.isnan(sigmoid(np.array([np.nan, 0.0]))).tolist() == [True, False]
    assert torch.isnan(sigmoid(torch.tensor([math.nan, 0.0]))).tolist() == [True, False]


def test_integers_and_booleans_count_as_numbers() -> None:
    assert sigmoid(0) == 0.5
    assert sigmoid(-(2**63)) == 0.0
    h = sigmoid(np.array([-128, 0, 127], dtype=np.int8))
    assert h.dtype == np.float64
    assert h[0] == pytest.approx(math.exp(-128))
    assert sigmoid(np.array([False, True]))[0] == 0.5
    assert sigmoid(torch.tensor([0, 1])).dtype == torch.get_default_dtype()


def test_what_comes_out_has_the_kind_and_shape_of_what_went_in() -> None:
    assert type(sigmoid(0.3)) is float
    assert type(sigmoid(np.float32(0.3))) is np.float32
    assert sigmoid(np.zeros((2, 3, 0))).shape == (2, 3, 0)
    assert sigmoid([[0, 0]]).tolist() == [[0.5, 0.5]]
    assert isinstance(sigmoid(torch.nn.Parameter(torch.zeros(2))), torch.Tensor)


def test_the_input_is_left_alone() -> None:
    x = np.array([1.0, -1.0])
    sigmoid(x)
    assert x.tolist() == [1.0, -1.0]


def test_a_tensor_keeps_its_gradient() -> None:
    x = torch.tensor([-1000.0, 0.0, 1000.0], requires_grad=True)
    sigmoid(x).sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [0.0, 0.25, 0.0]


@pytest.mark.parametrize("x", ["3", [None], 1j, torch.tensor(1j), np.array(["합격"]), 10**400])
def test_what_is_not_a_real_number_is_refused(x: object) -> None:
    with pytest.raises(UsageError, match="expected real numbers"):
        sigmoid(x)  # type: ignore[call-overload]


def test_it_needs_no_torch() -> None:
    code = "import sys; from cutline.curve import sigmoid; sigmoid([1.0]); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_public_name_stays_a_function_whatever_is_imported() -> None:
    import cutline.curve
    import cutline.plots

    assert cutline.sigmoid(0.0) == 0.5
    assert cutline.sigmoid is sigmoid
