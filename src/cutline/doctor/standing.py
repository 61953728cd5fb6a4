"""`check`: what can be seen of a loop without running it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from cutline.doctor.best import CROSS_ENTROPIES, Best, best_linear
from cutline.doctor.byhand import ByHand, inner, said
from cutline.doctor.credit import credits_of
from cutline.doctor.data import Waits, as_tensor, facts, gather
from cutline.doctor.examine import examine
from cutline.doctor.findings import Finding, Report
from cutline.doctor.held import leaves, not_held
from cutline.doctor.pieces import LossFn, Pieces, gradients
from cutline.doctor.quiet import copies, untouched
from cutline.doctor.rehearsal import Speed, speed
from cutline.doctor.seen import Seen
from cutline.errors import UsageError
from cutline.threads import one_thread_each

BROKEN = ("does-not-run", "not-finite", "labels-out-of-range", "no-gradient", "logits-to-bce")  # no pace to judge
STILL = 0.97  # of the loss of a constant: a module that good has learned nothing yet


def check(
    model: nn.Module | Callable[[Any], Tensor],
    x: Any,
    y: Any = None,
    loss_fn: LossFn | None = None,
    optimizer: torch.optim.Optimizer | Iterable[torch.optim.Optimizer] | None = None,
    *,
    epochs: int = 1000,
) -> Report:
    """Look at a loop standing still: its module, its rows, its loss and its optimizer.

    Experiments run on copies. The module, its buffers and gradients, the optimizer's state, and every random state
    are the same afterwards, bit for bit.

    Parameters
    ----------
    model : nn.Module or a function of x
        One output a row, (n,) or (n, 1): a probability or a logit. A loop by hand is a function,
        ``lambda x: torch.sigmoid(x @ W + b)``; so is the one output of a module with several, ``lambda x: net(x)[0]``.
    x, y : tensor, or what `torch.as_tensor` takes
        The rows and labels, as the loop gives them to the module and the loss. Or `x` is a DataLoader of pairs and `y`
        is None; a data set that can be read once only is then used up.
    loss_fn : callable, optional
        ``loss_fn(output, y)``: a module, a function or a lambda.
    optimizer : torch.optim.Optimizer or several, optional
        As the loop has it. Nothing is said of learning rates without one.
    epochs : int
        How many steps over all rows are planned; a learning rate crawls by this measure.

    Returns
    -------
    Report
        As text with ``print(report)`` or ``report.text("ko")``.

    Raises
    ------
    UsageError
        Neither a module nor a function, no rows, or not one output a row.

    Examples
    --------
    >>> from cutline import deck, doctor
    >>> x, y = torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS)
    >>> model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    >>> report = doctor.check(model, x, y, nn.BCEWithLogitsLoss())
    >>> [fault.code for fault in report.faults]
    ['probabilities-to-logit-loss']

    By hand, with an optimizer that was not told of b:

    >>> W, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    >>> optimizer = torch.optim.SGD([W], lr=0.1)
    >>> report = doctor.check(lambda x: x @ W + b, x, y, nn.BCEWithLogitsLoss(), optimizer)
    >>> [fault.evidence for fault in report.faults]
    ['The optimizer holds all but 1 of the 2 tensors the loss depends on; it will never move b.']

    """
    optimizers = _checked(model, loss_fn, optimizer, epochs)
    with untouched(None, x), one_thread_each(), torch.enable_grad(), ExitStack() as stack:
        model = model if isinstance(model, nn.Module) else said(model, _first(x), optimizers)
        for part in (model, *inner(model)):
            stack.enter_context(untouched(part))
        copied, theirs, loss = copies(model, optimizers, loss_fn if isinstance(loss_fn, nn.Module) else None)
        pieces = Pieces(copied, (), None, loss_fn if loss is None else loss, theirs)
        waits = Waits()
        if y is None and _is_loader(x):
            x, y, waits = gather(x, _work(pieces.fresh()))
        elif y is None:
            raise UsageError("y: expected the labels of x, but None came. Only a DataLoader brings its own labels.")
        pieces = replace(pieces, inputs=(as_tensor("x", x),), y=as_tensor("y", y))
        _rows_fit(pieces)
        seen = examine(pieces)
        _one_output(seen)
        reached = () if seen.out is None else leaves(seen.out)
        held = not_held(copied, theirs, reached, tensors=_tensors(model)) if theirs else None
        findings = [*seen.findings, *([held] if held else []), *([slow] if (slow := waits.finding()) else [])]
        best = best_of(seen)
        pace = _pace(seen, epochs, best) if optimizers else None
        findings += pace_finding(pace)
        return conclude(seen, findings, pace, best, own_loss(seen))


def best_of(seen: Seen) -> Best:
    """The best linear logit on the rows seen, where they are numbers and labels."""
    if seen.labels is None or seen.weights is None or seen.has("not-finite"):
        return Best(None)
    rows = seen.pieces.table()
    return Best(None) if rows is None else best_linear(rows, seen.labels, seen.weights)


def conclude(seen: Seen, findings: list[Finding], pace: Speed | None, best: Best, loss: float | None) -> Report:
    """Facts about the data, the distance to the best linear logit, and what mending is worth."""
    if seen.labels is None:
        return Report(tuple(findings), rows=seen.pieces.n)
    if not seen.has("not-finite"):
        rows = seen.pieces.table()
        findings = findings + facts(seen.pieces.x if rows is None else rows, seen.labels)
    if best.separation is not None:
        findings.append(Finding("separable", {"terms": ", ".join(best.separation.terms), "kind": best.separation.kind}))
    credits = credits_of(seen, findings, pace, best.loss)
    return Report(tuple(findings), loss, best.loss, best.separation, credits, seen.pieces.n)


def pace_finding(pace: Speed | None) -> list[Finding]:
    """The verdict on a learning rate as a finding, if it is one."""
    if pace is None or pace.verdict == "sound":
        return []
    values: dict[str, Any] = {
        "lr": pace.lr,
        "limit": pace.limit,
        "half": None if pace.limit is None else pace.limit / 2,
        "series": _series(pace.losses),
        "steps": pace.steps,
        "first": pace.losses[0] if pace.losses else math.nan,
        "last": pace.losses[-1] if pace.losses else math.nan,
        "epochs": pace.epochs,
    }
    if pace.verdict == "breaks":
        return [Finding("saturation", values, "later")]
    if pace.verdict == "climbs":
        over = pace.limit is not None and pace.lr > pace.limit
        if pace.bounces is not None and not over:
            values["ups"], values["probes"] = pace.bounces
            return [Finding("learning-rate-climbs", values, "batches")]
        return [Finding("learning-rate-climbs", values, "" if over else "seen")]
    values |= {"mended": pace.mended[-1], "trial": len(pace.mended) - 1}
    if pace.end is not None:
        return [Finding("learning-rate-crawls", values | {"end": pace.end}, "schedule")]
    return [Finding("learning-rate-crawls", values, "" if pace.limit is not None else "other")]


def _series(losses: tuple[float, ...]) -> str:
    return " ".join(f"{v:.4g}" for v in losses[:8]) + (" ..." if len(losses) > 8 else "")


def _pace(seen: Seen, epochs: int, best: Best) -> Speed | None:
    if not seen.runs or not seen.pieces.moving() or seen.has(*BROKEN):
        return None
    return speed(seen.pieces, epochs, floor(seen, best), unit(seen))


def floor(seen: Seen, best: Best) -> float:
    """The loss above which there is still much to learn: what a loop below it does slowly is no crawl."""
    nothing = seen.nothing
    if seen.cost.kind not in CROSS_ENTROPIES:
        return STILL * nothing
    least = 0.0 if best.separation is not None else best.loss
    return STILL * nothing if least is None else min(least + (1 - STILL) * nothing, STILL * nothing)


def unit(seen: Seen) -> float:
    """What one nat a row comes to in this loss: 1 for a mean, the number of rows for a sum."""
    if seen.weights is None or seen.labels is None:
        return 1.0
    positive = float(seen.labels.sum())
    return seen.weights.ones * positive + seen.weights.zeros * (seen.labels.numel() - positive)


def own_loss(seen: Seen) -> float | None:
    """The loop's own loss; the cross-entropy of its outputs where its own loss does not run or is none."""
    if seen.labels is None:
        return None
    own = seen.runs and seen.cost.kind in CROSS_ENTROPIES and math.isfinite(seen.cost.ones)
    value = seen.pieces.value() if own and not seen.has("labels-out-of-range", "shape-mismatch") else math.nan
    value = value if math.isfinite(value) else seen.proper().value()
    return value if math.isfinite(value) else None


def _work(pieces: Pieces) -> Callable[[Tensor, Tensor], None] | None:
    """One step of the loop on copies, for a loader to be timed against; mistakes are for `examine` to tell of."""
    if pieces.loss_fn is None:
        return None

    def work(x: Tensor, y: Tensor) -> None:
        batch = replace(pieces, inputs=(x,), y=y)
        moving = batch.moving()
        try:
            for p, g in zip(moving, gradients(batch.cost(batch.outputs()), moving)):
                p.grad = g
            for optimizer in batch.optimizers:
                if not isinstance(optimizer, torch.optim.LBFGS):
                    optimizer.step()
        except Exception:
            return

    return work


def _tensors(model: nn.Module) -> bool:
    """Is it a formula over tensors of the loop's own?"""
    return isinstance(model, ByHand) and not inner(model)


def _first(x: Any) -> Any:
    """Some rows, for a function to be asked once what it depends on."""
    if not _is_loader(x):
        return as_tensor("x", x)
    return next((as_tensor("x", batch[0]) for batch in x if isinstance(batch, tuple | list) and batch), None)


def _is_loader(x: Any) -> bool:
    return isinstance(x, Iterable) and not isinstance(x, Tensor | list | tuple) and not _is_array(x)


def _is_array(x: Any) -> bool:
    return hasattr(x, "__array__") or hasattr(x, "__dlpack__")


def _one_output(seen: Seen) -> None:
    n = seen.pieces.n
    if seen.out is None and not seen.has("does-not-run"):
        raise UsageError(
            "model: expected one tensor of floating-point numbers from it, but something else came. Pass a function "
            "that returns only the output to train, such as lambda x: model(x)[0]."
        )
    if seen.out is not None and seen.out.numel() != n:
        raise UsageError(
            f"model: expected one output a row, ({n}, 1) or ({n},), but the shape {tuple(seen.out.shape)} came. "
            "End it in a layer with one output, such as nn.Linear(..., 1)."
        )


def _rows_fit(pieces: Pieces) -> None:
    x, y = pieces.x, pieces.y
    if x.ndim == 0 or len(x) == 0:
        raise UsageError(f"x: expected at least one row, but the shape {tuple(x.shape)} came.")
    if y is not None and y.numel() != len(x):
        raise UsageError(
            f"x, y: expected one label a row, but {len(x)} rows and labels of shape {tuple(y.shape)} came. "
            "Pass y of shape (n,) or (n, 1)."
        )


def _checked(model: Any, loss_fn: Any, optimizer: Any, epochs: Any) -> tuple[torch.optim.Optimizer, ...]:
    if not callable(model):
        raise UsageError(
            f"model: expected a torch.nn.Module, or a function of x, but {type(model).__name__} came. Pass the module, "
            "or what the loop computes, such as lambda x: torch.sigmoid(x @ W + b)."
        )
    if loss_fn is not None and not callable(loss_fn):
        raise UsageError(
            f"loss_fn: expected a function of (output, y), but {type(loss_fn).__name__} came. "
            "Pass nn.BCEWithLogitsLoss() or a lambda."
        )
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise UsageError(f"epochs: expected a whole number of at least 1, but {epochs!r} came.")
    return as_optimizers(optimizer)


def as_optimizers(optimizer: Any) -> tuple[torch.optim.Optimizer, ...]:
    """None, one or several optimizers as a tuple."""
    several = () if optimizer is None else optimizer if isinstance(optimizer, tuple | list) else (optimizer,)
    for one in several:
        if not isinstance(one, torch.optim.Optimizer):
            raise UsageError(
                f"optimizer: expected a torch.optim.Optimizer, but {type(one).__name__} came. "
                "Pass the one whose step() the loop calls."
            )
    return tuple(several)
