"""Numbers: what is not finite, what is rounded, what is saturated, and whether a gradient reaches the weights."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

from cutline.doctor.byhand import ByHand
from cutline.doctor.findings import Finding
from cutline.doctor.pieces import Pieces, gradients
from cutline.doctor.quiet import SEED
from cutline.doctor.seen import Seen
from cutline.doctor.trace import SIGMOIDS

HALF = (torch.float16, torch.bfloat16)
FLAT = 1e-3  # of a sigmoid's slope is left: no gradient to speak of gets through
MOSTLY = 0.9  # of a hidden layer's outputs that flat
FAR = 16.0  # a logit beyond which float32 rounds the sigmoid to 1
GONE = 1e-4  # of a row's weight is all that is left of its pull
SOME = 0.01  # of the rows certain of the wrong answer


def finite(pieces: Pieces, found: list[Finding]) -> None:
    rows = [("x", t) for t in (*pieces.inputs, *pieces.named.values())]
    for name, value in (*rows, ("y", pieces.y)):
        if isinstance(value, Tensor) and value.is_floating_point() and not bool(value.isfinite().all()):
            bad = int((~value.isfinite()).sum())
            found.append(Finding("not-finite", {"name": name, "count": bad}))
            return
    for name, p in pieces.model.named_parameters():
        if not bool(p.isfinite().all()):
            found.append(Finding("not-finite", {"name": name, "count": int((~p.isfinite()).sum())}, "weights"))
            return


def precision(pieces: Pieces, found: list[Finding]) -> None:
    half = [(name, p) for name, p in pieces.trainable().items() if p.dtype in HALF]
    if half:
        name, p = half[0]
        dtype = str(p.dtype).removeprefix("torch.")
        found.append(Finding("half-precision", {"name": name, "dtype": dtype, "eps": torch.finfo(p.dtype).eps}))
    single = any(p.dtype == torch.float32 for p in pieces.model.parameters())
    setting = _rounded()
    if single and setting is not None:
        devices = {p.device.type for p in pieces.model.parameters()}
        values = {"setting": setting, "device": ", ".join(sorted(devices))}
        found.append(Finding("tf32", values, "" if "cuda" in devices else "elsewhere"))


def _rounded() -> str | None:
    """The setting that lets float32 products be rounded, in torch's older or newer words; None where none does."""
    with suppress(RuntimeError):  # raised where both words were used
        if (older := torch.get_float32_matmul_precision()) != "highest":
            return f"torch.get_float32_matmul_precision() is {older!r}"
    for name, home in (("cuda.matmul", torch.backends.cuda.matmul), ("mkldnn.matmul", torch.backends.mkldnn)):
        home = getattr(home, "matmul", home) if name.startswith("mkldnn") else home
        with suppress(AttributeError, RuntimeError, AssertionError):
            if (newer := home.fp32_precision) not in ("none", "ieee"):
                return f"torch.backends.{name}.fp32_precision is {newer!r}"
    return None


class _Squeezed(TorchFunctionMode):
    """Collects what sigmoids and tanhs return while a module runs."""

    def __init__(self) -> None:
        super().__init__()
        self.results: list[tuple[str, Tensor]] = []

    def __torch_function__(self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if (name in SIGMOIDS or name == "tanh") and isinstance(result, Tensor):
            self.results.append((name, result.detach()))
        return result


@torch.no_grad()
def saturation(seen: Seen) -> None:
    pieces, out, labels = seen.pieces, seen.out, seen.labels
    assert out is not None
    assert labels is not None
    if seen.has("not-finite", "no-gradient") or not bool(out.isfinite().all()):
        return
    value = pieces.value()
    squeezes = seen.kind in ("probability", "twice")
    flat = (out == 0) | (out == 1) if squeezes else out.abs() > FAR
    count = {"flat": int(flat.sum()), "n": out.numel(), "loss": value}
    if value != value or value in (float("inf"), float("-inf")):
        seen.findings.append(Finding("saturation", count, "not-finite"))
        return
    wrong = (out > (0.5 if squeezes else 0.0)) != (labels > 0.5)
    level = out * (1 - out) < FLAT if squeezes else out.abs() > FAR / 2
    wrong = int((wrong & level & ~_pulled(seen, squeezes)).sum())
    if wrong >= max(1, SOME * out.numel()):
        seen.findings.append(Finding("saturation", count | {"wrong": wrong}, "stuck"))
        return
    with _Squeezed() as squeezed:
        pieces.outputs()
    for name, result in squeezed.results:
        slope = result * (1 - result) if name != "tanh" else (1 - result.square()) / 4
        share = float((slope < FLAT * 0.25).double().mean())
        if result.numel() > out.numel() and share >= MOSTLY:
            seen.findings.append(Finding("saturation", {"share": 100 * share, "name": name}, "hidden"))
            return


def _pulled(seen: Seen, squeezes: bool) -> Tensor:
    """At which rows does the loss still pull at the logit? Cross-entropy pulls at a wrong one with all its weight."""
    assert seen.out is not None
    assert seen.weights is not None
    with torch.enable_grad():
        level = seen.out.detach().clone().requires_grad_()
        g = gradients(seen.pieces.cost(level), [level])[0]
    pull = g * level.detach() * (1 - level.detach()) if squeezes else g
    return pull.abs() > GONE * min(seen.weights.ones, seen.weights.zeros)


def gradient(seen: Seen) -> None:
    """Does any gradient reach the weights? If not here, does it anywhere?"""
    pieces = seen.pieces
    parameters = list(pieces.trainable().values())
    if seen.has("saturation", "not-finite", "no-gradient"):
        return
    if not parameters:
        seen.findings.append(Finding("no-gradient", {}, "tensors" if isinstance(pieces.model, ByHand) else "frozen"))
        return
    if _reached(pieces, parameters):
        return
    other = pieces.fresh()
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for p in other.model.parameters():
            p.add_(torch.randn(p.shape, generator=generator, dtype=torch.float32).to(p))
    if not _reached(other, list(other.trainable().values())):
        case = "loss" if seen.cost.kind == "constant" else "output" if seen.kind == "constant" else "cut"
        seen.findings.append(Finding("no-gradient", {}, case))
    elif sum(p.ndim > 1 for p in parameters) > 1:  # one layer without a gradient is at its minimum; two may be a saddle
        seen.findings.append(Finding("no-gradient", {}, "saddle"))


def _reached(pieces: Pieces, parameters: list[torch.nn.Parameter]) -> bool:
    with torch.enable_grad():
        cost = pieces.cost(pieces.outputs())
    return any(bool(g.any()) for g in gradients(cost, parameters))
