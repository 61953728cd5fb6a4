"""The S-curve: sigmoid(x) = 1 / (1 + e^-x), safe at every input.

Written as the deck writes it, `1 / (1 + exp(-x))` overflows for large negative x: exp(1000) does not fit in a
float64, and exp(89) not in a float32. Here exp is only ever taken of a number that is not positive.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from cutline.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray


@overload
def sigmoid(x: float) -> float: ...
@overload
def sigmoid(x: torch.Tensor) -> torch.Tensor: ...
@overload
def sigmoid(x: NDArray[Any] | Sequence[Any]) -> NDArray[Any]: ...
def sigmoid(x: Any) -> Any:
    """Squeeze any number into 0 to 1: ``1 / (1 + e^-x)``, without overflow.

    Parameters
    ----------
    x : number, array, or torch tensor, of any shape
        Floats keep their type (float32 stays float32); integers and booleans become float64, or torch's
        default type in a tensor. -inf gives 0, +inf gives 1, NaN stays NaN. A tensor keeps its gradient.

    Returns
    -------
    float, numpy array or torch tensor, of the shape of `x`

    Raises
    ------
    UsageError
        `x` does not hold real numbers (text, complex numbers, Python objects).

    Examples
    --------
    >>> sigmoid(0)
    0.5
    >>> sigmoid(-1000.0), sigmoid(1000.0)
    (0.0, 1.0)
    >>> sigmoid([-2, 0, 2])
    array([0.11920292, 0.5       , 0.88079708])

    """
    # A tensor can only have come from an imported torch, so there is never a reason to import it here.
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(x, torch.Tensor):
        if x.is_complex():
            raise UsageError(f"x: expected real numbers, but {x.dtype} came. Pass its real part, x.real.")
        return torch.sigmoid(x)
    a = np.asarray(x)
    if a.dtype.kind not in "fiub":
        raise UsageError(
            f"x: expected real numbers, but {type(x).__name__} holding {a.dtype} values came. "
            "Convert them first, for example with numpy.asarray(x, dtype=float)."
        )
    z = a if a.dtype.kind == "f" else a.astype(np.float64)
    with np.errstate(under="ignore"):
        e = np.exp(-np.abs(z))  # between 0 and 1, whatever z is
        h = np.where(z >= 0, 1 / (1 + e), e / (1 + e)).astype(z.dtype, copy=False)
    if a.ndim:
        return h
    return h[()] if isinstance(x, np.generic | np.ndarray) else float(h)
