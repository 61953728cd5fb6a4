"""The way in: what `fit` and `predict` were given, as a block's parts or as log-odds.

A small fit must not spend its time in validation, nor a large one its reads. So a plain array (or tensor) of floats
with two numeric classes is looked at only as far as costs next to nothing; that its numbers are finite, the first pass
of the fit finds out, and a prediction's result. Everything else, and whatever turns out wrong, goes through
scikit-learn's `validate_data`, whose messages users know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, assert_all_finite, check_is_fitted, validate_data
from torch import Tensor

from cutline import csr
from cutline.block import Block
from cutline.errors import DataError
from cutline.faces.estimator.frames import FLOATS, Frame, open_frame
from cutline.faces.estimator.layout import Layout, check_finite, product, read
from cutline.sources.device import usable

NUMBERS = "bool uint8 int8 int16 int32 int64 float16 float32 float64"
ORDERED = {getattr(torch, name) for name in NUMBERS.split()}  # what any device can compare
ARRAYS = (np.ndarray, np.memmap)  # not what else derives from them: a matrix, masked values


@dataclass(frozen=True, slots=True, eq=False)
class Entered:
    """What a fit was given: the parts of its block, and how to say what is wrong once the fit has found it."""

    x: Tensor
    positive: Tensor
    classes: np.ndarray
    codes: Tensor | None = None
    levels: tuple[int, ...] = ()
    layout: Layout | None = None
    unchecked: tuple[Any, Any] | None = None  # X and y of the fast way
    frame: Frame | None = None

    def block(self, weight: Tensor | None) -> Block:
        return Block(self.x, self.positive, self.codes, self.levels, weight)

    def explain(self, estimator: Any) -> None:
        """Raise scikit-learn's own message for numbers nobody has looked at yet, if they are what is wrong."""
        if self.frame is not None and self.layout is not None:
            check_finite(self.frame, self.layout.numbers())
        elif self.unchecked is not None:
            X, y = map(as_numpy, self.unchecked)
            validate_data(estimator, X, y, dtype=list(FLOATS))


def place(X: Any, device: Any) -> tuple[Any, torch.device]:
    """X, and where the passes are computed: where it is asked for, else where X is.

    Raises:
        UsageError: the device is not here, or computes no float64.
    """
    given = isinstance(X, Tensor)
    found = usable(device if device is not None else X.device if given else "cpu")
    return X.cpu() if given and found.type == "cpu" else X, found


def enter(estimator: Any, X: Any, y: Any, full: bool) -> Entered:
    """Take X and y by the cheapest way they allow; `full` where every level of a category has a coefficient."""
    if is_plain(X):
        two = two_classes(y, X.shape[0])
        if two is not None:
            estimator.n_features_in_ = X.shape[1]
            estimator.__dict__.pop("feature_names_in_", None)  # of an earlier fit
            classes, positive = two
            x = X.detach() if isinstance(X, Tensor) else tensor(X)
            return Entered(x, beside(positive, x), classes, unchecked=(X, y))
    frame = open_frame(X)
    if frame is not None and frame.n_rows and frame.names:
        _, y = validate_data(estimator, frame.native, y, skip_check_array=True)  # the names
        check_consistent_length(frame.native, y)
        layout, numbers, codes, levels = read(frame, full)
        classes, positive = outcome(y)
        x = tensor(numbers)
        return Entered(x, positive, classes, None if codes is None else tensor(codes), levels, layout, frame=frame)
    device = X.device if isinstance(X, Tensor) else None
    X, y = as_numpy(X), as_numpy(y)
    X, y = validate_data(estimator, X, y, accept_sparse="csr", dtype=list(FLOATS), accept_large_sparse=True)
    classes, positive = outcome(y)
    x = csr.matrix(X.indptr, X.indices, X.data, X.shape) if hasattr(X, "indptr") else tensor(X)
    x = x if device is None else x.to(device)
    return Entered(x, beside(positive, x), classes)


def is_plain(X: Any) -> bool:
    """Whether X is a matrix of floats that a fit can take as it is."""
    if type(X) in ARRAYS:
        return X.ndim == 2 and X.dtype in FLOATS and X.size > 0
    if isinstance(X, Tensor):
        floating = X.dtype in (torch.float64, torch.float32)
        return X.dim() == 2 and floating and X.layout == torch.strided and X.numel() > 0
    return False


def two_classes(y: Any, n: int) -> tuple[np.ndarray, Tensor] | None:
    """The two classes of a plain vector of n whole numbers or booleans, and who is of the second; None if it is not so.

    No sort: the first value, the first other one, and is there anything else?
    """
    if isinstance(y, Tensor):
        if y.device.type not in ("cpu", "mps") and y.dtype in ORDERED:
            return _two_classes_there(y.detach(), n)
        y = as_numpy(y)
    elif isinstance(getattr(y, "dtype", None), np.dtype) and hasattr(y, "to_numpy"):
        y = y.to_numpy()  # a pandas Series of plain numbers
    if type(y) not in ARRAYS or y.shape != (n,) or y.dtype.kind not in "biuf":
        return None
    upper = y != y[0]
    at = int(upper.argmax())
    low, high = y[0], y[at]
    if at == 0 or np.count_nonzero(upper) != np.count_nonzero(y == high):
        return None
    if y.dtype.kind == "f" and not (low.is_integer() and high.is_integer()):
        return None
    if high < low:
        low, high, upper = high, low, ~upper
    return np.array([low, high], dtype=y.dtype), torch.from_numpy(upper.view(np.int8))


def _two_classes_there(y: Tensor, n: int) -> tuple[np.ndarray, Tensor] | None:
    """The same of a vector on a device, which keeps it."""
    if y.shape != (n,):
        return None
    low, high = (y.byte() if y.dtype == torch.bool else y).aminmax()
    upper = y == high
    both = torch.stack([low, high]).to(y.dtype).cpu().numpy()
    if both[0] == both[1] or not bool((upper | (y == low)).all()):
        return None
    if both.dtype.kind == "f" and not all(value.is_integer() for value in both):
        return None
    return both, upper.to(torch.int8)


def outcome(y: Any) -> tuple[np.ndarray, Tensor]:
    """The two classes of any y scikit-learn takes, and who is of the second."""
    y = column_or_1d(as_numpy(y), warn=True)
    two = two_classes(y, len(y))
    if two is not None:
        return two
    assert_all_finite(y, input_name="y")
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise ValueError(f"expected two classes, and y holds one class: {classes[:1].tolist()[0]!r}")
    if len(classes) > 2:
        # the first words are scikit-learn's own, which its checks look for
        raise ValueError(
            "Only binary classification is supported. The type of the target is multiclass, with "
            f"{len(classes)} classes."
        )
    return classes, torch.from_numpy(codes.astype(np.int8))


def weights(entered: Entered, sample_weight: Any, class_weight: Any) -> Tensor | None:
    """A weight for each row, or None where nobody asked for any."""
    if sample_weight is None and class_weight is None:
        return None
    positive, weight, each = entered.positive, None, (1.0, 1.0)
    second, total = float((positive > 0).sum()), float(len(positive))
    if sample_weight is not None:
        given = as_numpy(sample_weight)
        given = _check_sample_weight(given, as_numpy(positive), dtype=np.float64, ensure_non_negative=True)
        weight = beside(tensor(given), positive)
        second, total = float((weight * positive).sum()), float(weight.sum())
    if class_weight is not None:
        if class_weight != "balanced":
            each = compute_class_weight(class_weight, classes=entered.classes, y=entered.classes)
        elif 0 < second < total:
            each = total / (2 * (total - second)), total / (2 * second)
        by_class = torch.full_like(positive, float(each[0]), dtype=torch.float64)
        by_class.masked_fill_(positive > 0, float(each[1]))
        weight = by_class if weight is None else weight * by_class
    if not (each[0] * (total - second) > 0 and each[1] * second > 0):
        raise ValueError("expected rows of positive weight in both classes; one class has none")
    return weight


def log_odds(estimator: Any, X: Any) -> np.ndarray:
    """The linear predictor of each row, float64 (n,), of whatever `fit` takes."""
    if "coef_" not in vars(estimator):
        check_is_fitted(estimator)
    coef, intercept, layout = estimator.coef_[0], estimator.intercept_[0], getattr(estimator, "_layout", None)
    if is_plain(X) and layout is None and X.shape[1] == len(coef) and not hasattr(estimator, "feature_names_in_"):
        eta = _on_device(X, coef) if isinstance(X, Tensor) else product(X, coef)
        eta += intercept
        if np.isfinite(eta).all():
            return eta
    frame = None if layout is None else open_frame(X)
    if frame is not None and layout is not None:
        validate_data(estimator, frame.native, reset=False, skip_check_array=True)
        return layout.log_odds(frame, coef, intercept)
    if layout is not None and len(layout.numbers()) < len(layout.columns):
        name = next(column.name for column in layout.columns if column.levels is not None)
        raise DataError(
            f"X: expected a data frame with the columns of the fit, for {name!r} holds categories, got "
            f"{type(X).__name__}; give a frame with these columns"
        )
    X = validate_data(estimator, as_numpy(X), accept_sparse="csr", dtype=list(FLOATS), reset=False)
    return np.asarray(X @ coef if hasattr(X, "indptr") else product(X, coef)) + intercept


def as_numpy(values: Any) -> Any:
    """Tensors as arrays; everything else as it is."""
    return values.detach().cpu().numpy() if isinstance(values, Tensor) else values


class _Open:
    """Read-only memory in a form torch takes without a warning (to silence one is not safe among threads).

    A worker maps it so, or pandas guards it; a fit writes to nothing it was given.
    """

    def __init__(self, array: np.ndarray) -> None:
        self.array = array  # keeps the memory
        self.__array_interface__ = {**array.__array_interface__, "data": (array.ctypes.data, False)}


def tensor(array: np.ndarray) -> Tensor:
    """The array as a tensor of the same memory, wherever torch can stride so."""
    if any(stride < 0 or stride % array.itemsize for stride in array.strides):
        array = np.ascontiguousarray(array)
    return torch.from_numpy(array if array.flags.writeable else np.asarray(_Open(array)))


def beside(values: Tensor, other: Tensor) -> Tensor:
    """One number a row, where the other is."""
    return values.to(other.device)


def _on_device(X: Tensor, coef: np.ndarray) -> np.ndarray:
    if X.device.type in ("cpu", "mps"):  # of mps the memory is the processor's, and it computes no float64
        return product(as_numpy(X), coef)
    w = torch.as_tensor(coef).to(X.device)
    step = max(1, 2**24 // X.shape[1])
    return torch.cat([part.double() @ w for part in X.detach().split(step)]).cpu().numpy()
