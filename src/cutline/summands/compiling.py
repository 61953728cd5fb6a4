"""How loops over arrays are compiled, and what Python has no word for: to ask for memory ahead of its use."""

# pyright: basic, reportMissingTypeStubs=false, reportUntypedFunctionDecorator=false

from __future__ import annotations

from typing import Any

import numba
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

VECTORS = {"reassoc", "contract", "nsz", "arcp"}  # not "nnan": a NaN is an answer
READ, SECOND_CACHE, DATA = 0, 2, 1  # of llvm.prefetch; in the first cache what is ahead would push out what is at hand


def compiled(function: Any, fastmath: set[str] = VECTORS) -> Any:
    """Compiled at its first call and kept on disk, where there is a place for it.

    What is kept goes by the age of the function's own file: whoever changes this one, or `prefetch`, touches theirs.
    """
    try:
        return numba.njit(nogil=True, fastmath=fastmath, error_model="numpy", cache=True)(function)
    except RuntimeError:  # no place: a file system that can only be read
        return numba.njit(nogil=True, fastmath=fastmath, error_model="numpy")(function)


def _prefetch(_, array, index):
    """prefetch(array, index) asks for the memory of an entry: a hint, which beyond the end does no harm."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        place = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [place.type, number, number, number])
        hint = builder.module.declare_intrinsic("llvm.prefetch", (place.type,), kind)
        builder.call(hint, [place, *(ir.Constant(number, n) for n in (READ, SECOND_CACHE, DATA))])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


prefetch: Any = intrinsic(_prefetch)
