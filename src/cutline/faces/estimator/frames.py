"""A data frame as it is: which columns are numbers, which are categories, and both as arrays.

A column of booleans is numbers, as to scikit-learn: what `pandas.get_dummies` made keeps its meaning.

pandas is asked in its own words, so that numbers in one block of memory stay there. Every other frame (polars, pyarrow,
whatever narwhals wraps) comes through Arrow's C stream. Neither pandas nor polars is imported: a frame of theirs can
only have come from one that is.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import pyarrow as pa

from cutline.errors import DataError
from cutline.table.arrow import floats, indices

Kind = Literal["number", "category"]
FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
# what pandas' infer_dtype calls numbers, and booleans
OBJECT_NUMBERS = ("integer", "floating", "mixed-integer-float", "decimal", "boolean")


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """A column as codes (n,) into values, -1 where missing; `ordered` where the order of the values is meant."""

    codes: np.ndarray
    values: list[Any]
    ordered: bool


class Frame(Protocol):
    """The columns of a frame, by position."""

    @property
    def native(self) -> Any:
        """The frame whose names scikit-learn checks."""
        ...

    @property
    def n_rows(self) -> int: ...
    @property
    def names(self) -> list[str]: ...
    def kind(self, j: int, /) -> Kind: ...
    def numbers(self, columns: Sequence[int], /) -> np.ndarray:
        """Number columns as (n, k), float32 where all of them are and else float64; NaN where missing."""
        ...

    def distinct(self, j: int, /) -> Distinct: ...


def open_frame(X: Any) -> Frame | None:
    """X as a frame; None where it is none, or is left to scikit-learn (columns of pandas' Sparse type)."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(X, pandas.DataFrame):
        dtypes = list(X.dtypes)
        return None if any(isinstance(d, pandas.SparseDtype) for d in dtypes) else PandasFrame(X, pandas, dtypes)
    if hasattr(X, "__arrow_c_stream__") and len(getattr(X, "shape", (0, 0))) == 2:
        return ArrowFrame(X if isinstance(X, pa.Table) else pa.table(X))
    return None


@dataclass(frozen=True, slots=True, eq=False)
class PandasFrame:
    """A pandas DataFrame."""

    native: Any
    pandas: Any
    dtypes: list[Any]

    @property
    def n_rows(self) -> int:
        return len(self.native)

    @property
    def names(self) -> list[str]:
        # scikit-learn's rule: names are strings, and what has none is x0, x1, ...
        return [name if isinstance(name, str) else f"x{j}" for j, name in enumerate(self.native.columns)]

    def kind(self, j: int, /) -> Kind:
        types, dtype = self.pandas.api.types, self.dtypes[j]
        if dtype in FLOATS:
            return "number"
        if isinstance(dtype, self.pandas.CategoricalDtype) or _is_dictionary(dtype):
            return "category"
        if types.is_object_dtype(dtype):
            found = types.infer_dtype(self.native.iloc[:, j], skipna=True)
            if found in OBJECT_NUMBERS:
                return "number"
            if found in ("string", "empty"):
                return "category"
            raise _neither(self.names[j], f"object, holding {found} values")
        if types.is_string_dtype(dtype):
            return "category"
        if self._is_number(dtype):
            return "number"
        raise _neither(self.names[j], str(dtype))

    def numbers(self, columns: Sequence[int], /) -> np.ndarray:
        dtypes = [self.dtypes[j] for j in columns]
        first = dtypes[0]
        if first in FLOATS and all(one == first for one in dtypes):
            same = self.native
            if len(columns) < same.shape[1]:
                same = same.select_dtypes(include=[first])
            if same.shape[1] == len(columns):
                return same.to_numpy()  # a view where pandas keeps these columns in one block
        return _side_by_side([self._number(j) for j in columns], self.n_rows)

    def distinct(self, j: int, /) -> Distinct:
        column = self.native.iloc[:, j]
        if isinstance(column.dtype, self.pandas.CategoricalDtype):
            return Distinct(column.cat.codes.to_numpy(), column.cat.categories.tolist(), ordered=True)
        codes, values = self.pandas.factorize(column)
        return Distinct(codes, values.tolist(), ordered=False)

    def _number(self, j: int) -> np.ndarray:
        column = self.native.iloc[:, j]
        types, dtype = self.pandas.api.types, self.dtypes[j]
        if types.is_object_dtype(dtype) and types.infer_dtype(column, skipna=True) in OBJECT_NUMBERS:
            return self.pandas.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)
        if not self._is_number(dtype):
            raise _no_numbers(self.names[j], str(dtype))
        if isinstance(dtype, np.dtype):
            return column.to_numpy()
        return column.to_numpy(dtype=np.float32 if str(dtype) == "Float32" else np.float64, na_value=np.nan)

    def _is_number(self, dtype: Any) -> bool:
        types = self.pandas.api.types
        if isinstance(dtype, self.pandas.CategoricalDtype) or types.is_complex_dtype(dtype):
            return False  # to pandas a categorical of booleans is boolean
        return types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)


@dataclass(frozen=True, slots=True, eq=False)
class ArrowFrame:
    """A frame as an Arrow table."""

    native: pa.Table

    @property
    def n_rows(self) -> int:
        return self.native.num_rows

    @property
    def names(self) -> list[str]:
        return self.native.column_names

    def kind(self, j: int, /) -> Kind:
        dtype, types = self.native.schema.field(j).type, pa.types
        if types.is_dictionary(dtype) or types.is_null(dtype) or _is_text(dtype):
            return "category"
        if _is_number(dtype):
            return "number"
        raise _neither(self.names[j], str(dtype))

    def numbers(self, columns: Sequence[int], /) -> np.ndarray:
        return _side_by_side([self._number(j) for j in columns], self.n_rows)

    def distinct(self, j: int, /) -> Distinct:
        column = self.native.column(j)
        if pa.types.is_dictionary(column.type):
            column = column.unify_dictionaries()
        else:
            column = column.cast(pa.large_string()) if _is_text(column.type) else column
            column = column.dictionary_encode()
        whole = column.combine_chunks()
        # Of a dictionary without a meant order (polars' Categorical) the order depends on what the process read before.
        return Distinct(indices(whole), whole.dictionary.to_pylist(), ordered=whole.type.ordered)

    def _number(self, j: int) -> np.ndarray:
        column = self.native.column(j)
        dtype = column.type
        if not _is_number(dtype):
            raise _no_numbers(self.names[j], str(dtype))
        if column.null_count == 0 and dtype in (pa.float32(), pa.float64()):
            return np.from_dlpack(column.combine_chunks())
        values = floats(column)
        return values.astype(np.float32) if dtype == pa.float32() else values


def _side_by_side(columns: list[np.ndarray], n: int) -> np.ndarray:
    """The columns as one matrix, each in one piece: a block of its rows is as quick to read as of a matrix by rows."""
    narrow = all(column.dtype == np.float32 for column in columns)
    out = np.empty((len(columns), n), np.float32 if narrow else np.float64)
    for row, column in zip(out, columns):
        row[:] = column
    return out.T


def _is_dictionary(dtype: Any) -> bool:
    arrow = getattr(dtype, "pyarrow_dtype", None)
    return arrow is not None and pa.types.is_dictionary(arrow)


def _is_text(dtype: pa.DataType) -> bool:
    return pa.types.is_string(dtype) or pa.types.is_large_string(dtype) or dtype == pa.string_view()


def _is_number(dtype: pa.DataType) -> bool:
    types = pa.types
    return types.is_integer(dtype) or types.is_floating(dtype) or types.is_decimal(dtype) or types.is_boolean(dtype)


def _neither(name: str, dtype: str) -> DataError:
    return DataError(
        f"column {name!r}: expected numbers, booleans or categories (text, a categorical type), got {dtype}; make a "
        "number of it first (of a date: days since the start, the month), make it text, or leave it out"
    )


def _no_numbers(name: str, dtype: str) -> DataError:
    return DataError(f"column {name!r}: expected numbers, as in fit, got {dtype}; give it the type it had in fit")
