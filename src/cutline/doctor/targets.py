"""Labels: their type, their shape, their range, and whether the loss holds each against its own output."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import torch
from torch import Tensor

from cutline.doctor.findings import Finding
from cutline.doctor.pieces import Pieces
from cutline.doctor.probe import Cost, OutputKind, falls_for_ever, ignores_order, sees_every_label


def targets(pieces: Pieces, out: Tensor, kind: OutputKind, found: list[Finding]) -> tuple[Pieces, bool]:
    """Does the loss take these labels, in this type and shape, and hold each against its own output?"""
    y = pieces.y
    assert y is not None
    whole = not y.is_floating_point()
    dtype = Finding(
        "integer-targets" if whole else "dtype-mismatch",
        {"name": "y", "came": type_name(y.dtype), "expected": type_name(out.dtype), "dtype": type_name(y.dtype)},
    )
    shapes = {
        "out": tuple(out.shape),
        "y": tuple(y.shape),
        "n": pieces.n,
        "pairs": pieces.n**2,
        "like": ", ".join(["-1", *map(str, out.shape[1:])]),
    }
    mends: dict[str, Callable[[Tensor], Tensor]] = {}
    case, error = "raises", _error(pieces, out, y)
    if y.shape != out.shape:
        mends["shape"] = lambda t: t.reshape(out.shape)
    elif error is not None:  # the loop itself may have taken a dimension from one of the two
        case, mends["shape"] = "loop", lambda t: t.flatten() if t.ndim > 1 else t[:, None]
    if y.dtype != out.dtype:
        mends["dtype"] = lambda t: t.to(out.dtype)
    if bool(((y < 0) | (y > 1)).any()):
        mends["range"] = lambda t: t.clamp(0, 1)
    outputs = {"": out} if kind != "logit" else {"": out, "sigmoid": torch.sigmoid(out)}
    if error is None:
        if "shape" not in mends and ignores_order(pieces, out, y):
            found.append(Finding("shape-mismatch", shapes, "loop"))
            return pieces, False
        if "shape" in mends and sees_every_label(pieces, out, y):
            found.append(Finding("shape-mismatch", shapes, "spread"))
            return replace(pieces, y=y.reshape(out.shape)), True
        if whole and not _same(pieces, out, y, y.to(out.dtype)):
            found.append(Finding("integer-targets", dict(dtype.values), "wraps"))
            return replace(pieces, y=y.to(out.dtype)), True
        return pieces, True
    for size in range(len(mends) + 1):
        for chosen in combinations(mends, size):
            for way, level in outputs.items():
                if not (chosen or way):
                    continue
                mended = y
                for name in chosen:
                    mended = mends[name](mended)
                if _error(pieces, level, mended) is None:
                    found += [Finding("shape-mismatch", shapes, case)] if "shape" in chosen else []
                    found += [dtype] if "dtype" in chosen else []
                    kept = y
                    for name in chosen:
                        kept = kept if name == "range" else mends[name](kept)
                    return replace(pieces, y=kept), way == "" and "range" not in chosen
    found.append(Finding("does-not-run", {"error": first_line(error)}, "loss"))
    return pieces, False


def _error(pieces: Pieces, out: Tensor, y: Tensor) -> Exception | None:
    try:
        with torch.enable_grad():
            level = out.detach().clone().requires_grad_()
            cost = pieces.cost(level, y)
            if cost.requires_grad:
                torch.autograd.grad(cost, [level], allow_unused=True)
    except Exception as error:
        return error
    return None


@torch.no_grad()
def _same(pieces: Pieces, out: Tensor, y: Tensor, other: Tensor) -> bool:
    try:
        a, b = float(pieces.cost(out, y)), float(pieces.cost(out, other))
    except Exception:
        return True  # a loss for whole numbers: there is nothing to compare
    return a == b or abs(a - b) <= 1e-4 * max(abs(a), abs(b)) or (a != a and b != b)


def labels_of(pieces: Pieces, out: Tensor, cost: Cost, kind: OutputKind, found: list[Finding]) -> Tensor:
    """The labels from 0 to 1, in the shape of the outputs; a fault where the loss cannot mean the ones that came."""
    assert pieces.y is not None
    y = pieces.y.detach().to(out.dtype).reshape(out.shape)
    outside = (y < 0) | (y > 1) | y.isnan()
    if not bool(outside.any()):
        return y
    clean = y[y.isfinite()]
    values = torch.unique(clean)
    low, high = float(values[0]), float(values[-1])
    if pieces.loss_fn is None or _meaningless(pieces, out, cost, kind):
        shown = ", ".join(f"{float(v):g}" for v in values[:4]) + (", ..." if len(values) > 4 else "")
        evidence = {"low": low, "high": high, "count": int(outside.sum()), "n": y.numel(), "shown": shown}
        case = "two" if len(values) == 2 else ""
        found.append(Finding("labels-out-of-range", evidence, case))
    if len(values) == 2:
        return torch.where(y == high, 1.0, 0.0).to(y)
    return y.nan_to_num(0.0).clamp(0, 1)


def _meaningless(pieces: Pieces, out: Tensor, cost: Cost, kind: OutputKind) -> bool:
    assert pieces.y is not None
    if bool(pieces.y.isnan().any()):
        return False  # said already, and there is nothing to compute with
    if kind in ("probability", "twice") and cost.kind == "squared":
        return True
    try:
        return falls_for_ever(pieces, out.detach(), pieces.y, cost.kind)
    except Exception:
        return True


def type_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def first_line(error: Exception) -> str:
    """An error's first line, short enough for a sentence; braces would confuse the sentence's own."""
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return line if len(line) <= 160 else line[:157] + "..."
