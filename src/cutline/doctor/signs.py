"""Which way round? Arguments of a loss that were exchanged, and minus signs that were forgotten.

Asked by experiment, like `probe`: cross-entropy bends in its output and is straight in its label, and a loss that is
worth anything is smaller where the outputs are right.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from cutline.doctor.pieces import LossFn, Pieces
from cutline.doctor.probe import Cost, OutputKind
from cutline.doctor.quiet import reseed
from cutline.doctor.trace import CROSS_ENTROPIES, Recorder, Trace, tensors, traced

OUTPUTS = (0.1, 0.3, 0.5, 0.7, 0.9)
LABELS = (0.25, 0.6, 0.75)
STRAIGHT = 1e-3  # of its range a straight line may miss
ASKED = 8  # rows
SURE = {"probability": (0.9, 0.1), "logit": (2.0, -2.0)}


def exchanged(pieces: Pieces, out: Tensor) -> bool:
    """Does the loss take the labels for outputs, and the outputs for labels?"""
    assert pieces.loss_fn is not None
    assert pieces.y is not None
    trace = _attempted(pieces.loss_fn, out, pieces.y)
    live = {id(out)}
    for func, args, kwargs, result in trace.calls:
        if func in CROSS_ENTROPIES:
            given = kwargs.get("input", args[0] if args else None)
            target = kwargs.get(
                "target", args[-1] if "input" in kwargs and args else args[1] if len(args) > 1 else None
            )
            return id(target) in live and id(given) not in live
        if any(id(t) in live for t in tensors((args, kwargs))):
            live |= {id(t) for t in tensors(result)}
    return _straight(pieces, out)


def _attempted(loss_fn: LossFn, out: Tensor, y: Tensor) -> Trace:
    """The calls a loss makes on these very tensors, the one that raises included."""
    trace, recorder = Trace(out), Recorder()
    recorder.traces = [trace]
    try:
        with recorder:
            loss_fn(out, y)
    except Exception:
        trace.calls.append(recorder.broken)
    return trace


@torch.no_grad()
def _straight(pieces: Pieces, out: Tensor) -> bool:
    """Is the loss of one output t and one label c a straight line in t, as steep as cross-entropy is in its label?"""
    assert pieces.y is not None
    slopes: list[float] = []
    for c in LABELS:
        labels = torch.full_like(pieces.y, c, dtype=out.dtype)
        try:
            reseed(pieces.model)
            values = torch.tensor([float(pieces.cost(torch.full_like(out, t), labels)) for t in OUTPUTS])
        except Exception:
            return False
        size, steps = float(values.max() - values.min()), values.diff()
        if not (size > 0 and math.isfinite(size)) or float(steps.max() - steps.min()) > STRAIGHT * size:
            return False
        slopes.append(float(values[-1] - values[0]))
    for curve in (lambda c: math.log(1 / c - 1), lambda c: -c):  # of a probability, and of a logit
        rates = [slope / curve(c) for c, slope in zip(LABELS, slopes)]
        if min(rates) > 0 and max(rates) - min(rates) <= 1e-2 * max(rates):
            return True
    return False


def flipped(loss_fn: LossFn) -> LossFn:
    """The loss with its arguments exchanged once more."""
    return lambda out, y: loss_fn(y.to(out.dtype), out)


@torch.no_grad()
def upside_down(
    pieces: Pieces, out: Tensor, labels: Tensor, kind: OutputKind, cost: Cost
) -> tuple[float, float] | None:
    """The loss of right outputs and of wrong ones, where the right ones cost more; None elsewhere."""
    takes = cost.kind if cost.kind in SURE else "probability" if kind in ("probability", "twice") else "logit"
    high, low = SURE[takes]
    ones = labels > 0.5
    if bool((ones == ones.reshape(-1)[0]).all()):
        return None
    values: list[float] = []
    for yes, no in ((high, low), (low, high)):
        try:
            reseed(pieces.model)
            level = torch.where(ones, torch.full_like(out, yes), torch.full_like(out, no))
            values.append(float(pieces.cost(level)))
        except Exception:
            return None
    right, wrong = values
    return (right, wrong) if right > wrong + 1e-6 * abs(wrong) else None


def by_hand(trace: Trace) -> bool:
    """Is there a sigmoid written out among the calls, and none of torch's?"""
    names = [getattr(func, "__name__", "") for func, *_ in trace.calls]
    return trace.sigmoids() == 1 and "exp" in names


def falls(pieces: Pieces, kind: OutputKind) -> int:
    """On how many rows asked does a module that writes a sigmoid of one line out fall where Wx + b rises? All, or 0."""
    rows = pieces.table()
    if kind != "probability" or rows is None:
        return 0
    weights = list(pieces.trainable().values())
    steep = next((p for p in weights if p.numel() == rows.shape[1] and p.ndim), None)
    if steep is None or sum(p.numel() for p in weights) > steep.numel() + 1:
        return 0
    spelled = traced(lambda x, _: pieces.outputs(), rows, rows)
    names = [getattr(func, "__name__", "") for func, *_ in spelled.calls]
    if "exp" not in names or any(name.endswith("sigmoid") for name in names):
        return 0
    with torch.enable_grad():  # dH / dW is a multiple of the row, and not of its opposite
        found = [
            float(torch.autograd.grad(h, [steep], retain_graph=True)[0].flatten().double() @ row.double())
            for h, row in zip(pieces.outputs().flatten()[:ASKED], rows)
        ]
    return len(found) if min(found) < 0 and max(found) <= 0 else 0
