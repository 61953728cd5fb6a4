"""Arrow to NumPy without pandas.

Where pandas is installed, pyarrow imports it for `to_numpy`, `pa.array([...])` and even a Python literal in a compute
call, which takes longer than the rest of a prediction. DLPack and a few scalars made from text do the same without.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as compute

pc: Any = compute  # its functions are made when it is imported, so type checkers do not know them


def text_array(words: Sequence[str]) -> pa.Array:
    """Words as an Arrow array."""
    encoded = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, encoded)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(words), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded)))


_NAN = text_array(["nan"]).cast(pa.float64())[0]
_NONE = text_array(["-1"]).cast(pa.int64())[0]
_FALSE = text_array(["0"]).cast(pa.uint8())[0]


def floats(column: pa.ChunkedArray) -> np.ndarray:
    """float64 (n,): NaN where null."""
    numbers = pc.cast(column, pa.float64(), safe=False)
    return _numpy(pc.fill_null(numbers, _NAN) if numbers.null_count else numbers)


def flags(column: pa.ChunkedArray) -> np.ndarray:
    """bool (n,): False where null."""
    return _numpy(pc.fill_null(pc.cast(column, pa.uint8()), _FALSE)).view(bool)


def indices(column: pa.DictionaryArray) -> np.ndarray:
    """int64 (n,): positions in the dictionary, -1 where null."""
    return _numpy(pc.fill_null(column.indices.cast(pa.int64()), _NONE))


def _numpy(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    if isinstance(column, pa.ChunkedArray):  # to combine one chunk would copy it
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return np.from_dlpack(column)
