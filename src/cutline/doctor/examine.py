"""What can be seen standing still, in the order in which a loop trips over it: rows, labels, module and loss, numbers.

Where something is found it is mended for the questions that follow, so that one fault is found once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from torch import Tensor

from cutline.doctor.best import weights_of
from cutline.doctor.findings import Finding
from cutline.doctor.numbers import finite, gradient, precision, saturation
from cutline.doctor.pieces import Pieces
from cutline.doctor.probe import Cost, OutputKind, cost_kind, output_kind
from cutline.doctor.seen import Seen
from cutline.doctor.signs import by_hand, exchanged, falls, flipped, upside_down
from cutline.doctor.targets import first_line, labels_of, targets, type_name
from cutline.doctor.trace import traced


def examine(pieces: Pieces) -> Seen:
    """Every question one look can answer."""
    found: list[Finding] = []
    given = pieces
    finite(pieces, found)
    precision(pieces, found)
    pieces, out = _forward(pieces, found)
    if out is None:
        return Seen(found, given, pieces)
    if pieces.y is None or out.numel() != pieces.n:
        return Seen(found, given, pieces, out)
    kind = output_kind(pieces)
    if pieces.loss_fn is None:
        labels = labels_of(pieces, out, Cost("unknown"), kind, found)
        return Seen(found, given, pieces, out, kind, labels=labels, weights=weights_of(Cost("unknown"), labels))
    if exchanged(pieces, out):
        found.append(Finding("swapped-arguments", _both(out, pieces)))
        pieces = replace(pieces, loss_fn=flipped(pieces.loss_fn))
    pieces, runs = targets(pieces, out, kind, found)
    assert pieces.y is not None
    runs = runs and pieces.complete(out)
    asked = runs or not pieces.partial or kind == "logit"
    cost, nothing = cost_kind(pieces, out, pieces.y) if asked else (Cost("unknown"), float("nan"))
    labels = labels_of(pieces, out, cost, kind, found)
    if not any(f.code == "does-not-run" for f in found):
        pieces, cost = _signs(pieces, out, labels, kind, cost, found) if runs else (pieces, cost)
        _match(pieces, out, kind, cost, found)
    seen = Seen(found, given, pieces, out, kind, cost, weights_of(cost, labels), labels, runs, nothing)
    if runs:
        if not out.requires_grad:
            gradient(seen)  # a graph that is cut in the module: that its outputs are flat follows
        saturation(seen)
        gradient(seen)
    return seen


def _forward(pieces: Pieces, found: list[Finding]) -> tuple[Pieces, Tensor | None]:
    """The outputs; where x has another type than the weights, of x as the weights would have it."""
    error = None
    try:
        out = pieces.outputs()
    except Exception as e:
        out, error = None, e
    if error is not None:
        dtype = next((p.dtype for p in pieces.model.parameters() if p.is_floating_point()), None)
        x = pieces.x
        if dtype is not None and x.dtype != dtype:
            mended = replace(pieces, inputs=tuple(t.to(dtype) if t is x else t for t in pieces.inputs))
            try:
                out = mended.outputs()
            except Exception:
                out = None
            if out is not None:
                values = {"name": "x", "came": type_name(x.dtype), "expected": type_name(dtype)}
                found.append(Finding("dtype-mismatch", values))
                return mended, out
        found.append(Finding("does-not-run", {"error": first_line(error)}, "module"))
        return pieces, None
    return pieces, out if isinstance(out, Tensor) and out.is_floating_point() else None


def _both(out: Tensor, pieces: Pieces) -> dict[str, Any]:
    """What comes where the loss takes outputs, and where it takes labels."""
    assert pieces.y is not None
    labels = pieces.y.detach().double().flatten()
    return {
        "low": float(labels.min()),
        "high": float(labels.max()),
        "outs": ", ".join(f"{float(v):.3g}" for v in out.detach().flatten()[:3]),
    }


def _signs(
    pieces: Pieces, out: Tensor, labels: Tensor, kind: OutputKind, cost: Cost, found: list[Finding]
) -> tuple[Pieces, Cost]:
    """A minus that was forgotten: in the sigmoid, or before the cost. What is asked next has it."""
    loss_fn = pieces.loss_fn
    assert loss_fn is not None
    assert pieces.y is not None
    if rows := falls(pieces, kind):
        found.append(Finding("sigmoid-without-minus", {"rows": rows}))
    sides = (
        None if any(f.code == "labels-out-of-range" for f in found) else upside_down(pieces, out, labels, kind, cost)
    )
    if sides is None:
        return pieces, cost
    values = {"right": sides[0], "wrong": sides[1]}
    sigmoid = by_hand(traced(loss_fn, out.detach().clone().requires_grad_(), pieces.y)) and cost.ones > 0
    found.append(Finding("sigmoid-without-minus", values, "loss") if sigmoid else Finding("cost-without-minus", values))
    mended = replace(pieces, loss_fn=(lambda h, y: loss_fn(-h, y)) if sigmoid else (lambda h, y: -loss_fn(h, y)))
    return mended, cost_kind(mended, out, pieces.y)[0]


def _match(pieces: Pieces, out: Tensor, kind: OutputKind, cost: Cost, found: list[Finding]) -> None:
    """Does the loss take the outputs for what they are?"""
    assert pieces.loss_fn is not None
    assert pieces.y is not None
    low, high = float(out.min()), float(out.max())
    outside = int(((out < 0) | (out > 1)).sum())
    values: dict[str, Any] = {"low": low, "high": high, "outside": outside, "n": out.numel()}
    if kind == "twice":
        found.append(Finding("sigmoid-twice", values, "module"))
    if cost.kind == "probability" and (kind == "logit" or (kind == "unknown" and outside)):
        found.append(Finding("logits-to-bce", values, "outside" if outside else ""))
    if cost.kind == "twice" or (cost.kind == "logit" and kind in ("probability", "twice")):
        calls = traced(pieces.loss_fn, out.detach().clone().requires_grad_(), pieces.y)
        ready = calls.names_logit_loss() or not calls.sigmoids()
        if ready and cost.kind == "twice":
            found.append(Finding("probabilities-to-logit-loss", values, "loop"))
        elif ready:
            found.append(Finding("probabilities-to-logit-loss", values))
        elif kind != "twice":
            found.append(Finding("sigmoid-twice", values, "loss"))
