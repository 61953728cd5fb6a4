"""The way in: plain arrays and tensors go straight to the fit, and whatever is wrong is said in scikit-learn's words."""

from __future__ import annotations

import tempfile
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import load_breast_cancer
from sklearn.utils.validation import validate_data

from cutline import LogisticRegression
from cutline.faces.estimator import door
from elsewhere import Away, elsewhere


@pytest.fixture
def cancer() -> tuple[np.ndarray, np.ndarray]:
    x, y = load_breast_cancer(return_X_y=True)
    return (x - x.mean(0)) / x.std(0), y


@pytest.fixture
def nothing_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("the slow way was taken")

    for name in ("validate_data", "check_classification_targets", "column_or_1d", "_check_sample_weight"):
        monkeypatch.setattr(door, name, slow)


def mapped(x: np.ndarray) -> np.ndarray:
    with tempfile.TemporaryFile() as file:
        x.tofile(file)
        return np.memmap(file, dtype=x.dtype, mode="r", shape=x.shape)


ARRAYS = {
    "by rows": lambda x: x,
    "by columns": np.asfortranarray,
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "some columns": lambda x: np.hstack([x, x])[:, : x.shape[1]],
    "read-only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
    "mapped": mapped,
    "float32": lambda x: x.astype(np.float32),
    "tensor": torch.from_numpy,
    "tensor by columns": lambda x: torch.from_numpy(np.asfortranarray(x)),
    "tensor with a gradient": lambda x: torch.from_numpy(x.copy()).requires_grad_(),
}


@pytest.mark.usefixtures("nothing_slow")
@pytest.mark.parametrize("kind", ARRAYS)
def test_plain_arrays_take_the_fast_way_where_they_lie(kind: str, cancer: Any) -> None:
    x, y = cancer
    given = ARRAYS[kind](x)
    held = door.enter(LogisticRegression(), given, y, True).x
    assert held.data_ptr() == (given.data_ptr() if isinstance(given, torch.Tensor) else given.ctypes.data)
    assert held.stride() == tuple(
        given.stride() if isinstance(given, torch.Tensor) else np.array(given.strides) // given.itemsize
    )
    model, expected = LogisticRegression(tol=1e-9).fit(given, y), LogisticRegression(tol=1e-9).fit(x, y)
    np.testing.assert_allclose(model.coef_, expected.coef_, rtol=1e-5 if kind == "float32" else 1e-9)
    np.testing.assert_allclose(model.decision_function(given), model.decision_function(x), rtol=1e-5, atol=1e-5)
    assert model.n_features_in_ == 30
    assert model.coef_names_[:2].tolist() == ["x0", "x1"]


@pytest.mark.usefixtures("nothing_slow")
@pytest.mark.parametrize(
    "make",
    [
        lambda y: y,
        lambda y: y.astype(bool),
        lambda y: y.astype(np.float64),
        lambda y: y.astype(np.float32),
        lambda y: y.astype(np.uint8) + 7,
        lambda y: 1 - 2 * y,
        pd.Series,
        torch.from_numpy,
        lambda y: torch.from_numpy(y).bool(),
    ],
)
def test_two_classes_without_a_sort_are_those_of_a_sort(make: Any, cancer: Any) -> None:
    given = make(cancer[1])
    classes, positive = door.two_classes(given, 569) or pytest.fail("not taken")
    expected, codes = np.unique(np.asarray(given), return_inverse=True)
    np.testing.assert_array_equal(classes, expected)
    assert classes.dtype == expected.dtype
    np.testing.assert_array_equal(positive.numpy(), codes)


@pytest.mark.parametrize(
    "y",
    [
        np.zeros(6),
        np.array([0, 1, 2, 0, 1, 2]),
        np.array([0.5, 1, 1, 0.5, 1, 1]),
        np.array([0, 1, np.nan, 0, 1, 1]),
        np.array([np.nan, 1, 0, 0, 1, 1]),
        np.array([0, np.inf, 0, 0, 0, np.inf]),
        np.array([[0], [1], [0], [1], [1], [0]]),
        np.arange(5) % 2,
        np.array(list("aabbab")),
        [0, 1, 0, 1, 0, 1],
        np.array([0, 1j, 0, 0, 0, 1j]),
    ],
)
def test_every_other_label_goes_the_slow_way(y: Any) -> None:
    assert door.two_classes(y, 6) is None


def test_both_ways_give_the_same_bits(cancer: Any) -> None:
    x, y = cancer
    fast = LogisticRegression().fit(x, y)
    for slow in (LogisticRegression().fit(x.tolist(), y), LogisticRegression().fit(x, y.tolist())):
        np.testing.assert_array_equal(slow.coef_, fast.coef_)
        np.testing.assert_array_equal(slow.intercept_, fast.intercept_)
        assert slow.n_features_in_ == fast.n_features_in_
        np.testing.assert_array_equal(slow.classes_, fast.classes_)
    np.testing.assert_allclose(fast.predict_proba(x.tolist()), fast.predict_proba(x), rtol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("wrap", [lambda x: x, torch.from_numpy])
def test_numbers_that_are_none_have_scikit_learns_message(bad: float, dtype: Any, wrap: Any, cancer: Any) -> None:
    x, y = cancer[0].astype(dtype), cancer[1]
    spoiled = x.copy()
    spoiled[17, 3] = bad
    fitted, said = LogisticRegression().fit(x, y), []
    for call in (validate_data, lambda model, x: model.fit(wrap(x), y), lambda _, x: fitted.predict(wrap(x))):
        with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)") as caught:
            call(LogisticRegression(), spoiled)
        said.append(str(caught.value))
    assert said[0] == said[1] == said[2]


def test_numbers_too_large_to_square_are_said_by_the_fit(cancer: Any) -> None:
    x, y = cancer[0].copy(), cancer[1]
    x[0, 0] = 1e200
    with pytest.raises(ValueError, match="'x0': expected finite numbers whose squares"):
        LogisticRegression().fit(x, y)


def test_what_an_earlier_fit_knew_is_forgotten(cancer: Any) -> None:
    x, y = cancer
    model = LogisticRegression().fit(pd.DataFrame(x[:, :2], columns=["a", "b"]), y)
    assert model.coef_names_.tolist() == ["a", "b"]
    model.fit(x[:, :3], y)
    assert not hasattr(model, "feature_names_in_")
    assert model.coef_names_.tolist() == ["x0", "x1", "x2"]
    with pytest.raises(ValueError, match="X has 2 features, but LogisticRegression is expecting 3"):
        model.predict(x[:, :2])
    with pytest.raises(ValueError, match="Reshape your data"):
        model.predict(x[0])
    with pytest.raises(AttributeError, match="after fit"):
        _ = LogisticRegression().coef_names_


def test_tensors_of_other_types_are_taken_as_arrays(cancer: Any) -> None:
    x, y = (10 * cancer[0]).astype(int), cancer[1]
    model = LogisticRegression().fit(torch.from_numpy(x), torch.from_numpy(y))
    np.testing.assert_array_equal(model.coef_, LogisticRegression().fit(x, y).coef_)
    np.testing.assert_array_equal(model.predict(torch.from_numpy(x)), model.predict(x))
    with pytest.raises(ValueError, match="Only binary classification"):
        LogisticRegression().fit(torch.from_numpy(cancer[0]), torch.arange(569) % 3)


def test_weights_are_tensors_too(cancer: Any) -> None:
    x, y = cancer
    weight = np.random.default_rng(0).uniform(0, 2, len(y))
    expected = LogisticRegression(class_weight="balanced").fit(x, y, weight)
    given = map(torch.from_numpy, (x, y, weight))
    np.testing.assert_array_equal(LogisticRegression(class_weight="balanced").fit(*given).coef_, expected.coef_)


@pytest.mark.parametrize("weight", [lambda y: y, lambda y: 1.0 - y])
def test_a_class_without_weight_is_said(weight: Any, cancer: Any) -> None:
    x, y = cancer
    with pytest.raises(ValueError, match="positive weight in both classes"):
        LogisticRegression().fit(x, y, weight(y))
    with pytest.raises(ValueError, match="positive weight in both classes"):
        LogisticRegression(class_weight={0: 0.0, 1: 1.0}).fit(x, y)


OUTCOMES: dict[str, tuple[torch.Tensor, list[Any] | None]] = {
    "0 and 1": (torch.tensor([0, 1, 1, 0]), [0, 1]),
    "bytes": (torch.tensor([7, 3, 3, 7], dtype=torch.uint8), [3, 7]),
    "unsigned": (torch.tensor([7, 3, 3, 7], dtype=torch.uint16), [3, 7]),
    "half": (torch.tensor([7, 3, 3, 7], dtype=torch.float16), [3, 7]),
    "booleans": (torch.tensor([True, False, True, True]), [False, True]),
    "whole numbers in float": (torch.tensor([2.0, -1.0, 2.0, 2.0]), [-1.0, 2.0]),
    "three": (torch.tensor([0, 1, 2, 0]), None),
    "one": (torch.tensor([5, 5, 5, 5]), None),
    "halves": (torch.tensor([0.5, 1.0, 1.0, 0.5]), None),
    "not a number": (torch.tensor([0.0, 1.0, float("nan"), 0.0]), None),
    "infinite": (torch.tensor([0.0, float("inf"), 0.0, 0.0]), None),
    "a column": (torch.tensor([[0], [1], [1], [0]]), None),
    "too few": (torch.tensor([0, 1, 1]), None),
}


@pytest.mark.parametrize("kind", OUTCOMES)
def test_two_classes_on_a_device_are_those_of_this_memory(kind: str) -> None:
    y, classes = OUTCOMES[kind]
    here = door.two_classes(y, 4)
    with elsewhere() as away:
        there = door.two_classes(y.to(away), 4)
        assert (here is None) == (there is None) == (classes is None)
        if here is None or there is None:
            return
        stays = y.dtype in door.ORDERED
        assert isinstance(there[1], Away) is stays, "the rows stay where they are"
        assert torch.equal(there[1].cpu(), here[1])
    for found in (here, there):
        assert found[0].tolist() == classes
        assert found[0].dtype == y.numpy().dtype
