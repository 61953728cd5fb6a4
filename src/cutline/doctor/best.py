"""The best linear logit on the same rows: how far is a loss from what Wx + b could reach, or why is there no best?

The loss of a loop is a weighted sum, A l1 + B l0 + C (see `probe`): the same weights are given to the fit, so that
the two numbers are in one unit whatever `pos_weight` and `reduction` say.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

from cutline.block import Block
from cutline.doctor.probe import Cost, OutputKind
from cutline.errors import CutlineError
from cutline.fitting import fit_rows
from cutline.model import Separation
from cutline.sources.memory import Memory

MOST_COLUMNS = 300  # beyond it a fit takes longer than anyone waits for advice
MOST_WORK = 1_000_000_000  # rows times columns squared: a second or so for each step of Newton's
CROSS_ENTROPIES = ("probability", "logit", "twice")


@dataclass(frozen=True)
class Weights:
    """What a row with label 1, and one with label 0, counts for; and what is added whatever the outputs."""

    ones: float
    zeros: float
    constant: float = 0.0


@dataclass(frozen=True)
class Best:
    """The smallest loss of any linear logit; None where there is none, and then `separation` or nothing says why."""

    loss: float | None
    separation: Separation | None = None


def weights_of(cost: Cost, y: Tensor) -> Weights:
    """A row's weight from the weights of the classes; one over the rows where the loss is no cross-entropy."""
    positive = float(y.sum())
    negative = y.numel() - positive
    if cost.kind in CROSS_ENTROPIES and math.isfinite(cost.ones) and min(positive, negative) > 0:
        ones, zeros = cost.ones / positive, cost.zeros / negative
        if ones > 0 and zeros > 0:
            return Weights(ones, zeros, cost.constant if abs(cost.constant) > 1e-3 * (cost.ones + cost.zeros) else 0.0)
    return Weights(1 / y.numel(), 1 / y.numel())


def proper_loss(kind: OutputKind, weights: Weights, out: Tensor, y: Tensor) -> Tensor:
    """The loss the loop should have: cross-entropy of these outputs, taken for what they are."""
    y = y.reshape(out.shape).to(out.dtype)
    if kind in ("probability", "twice"):
        ones, zeros = -torch.log(out).clamp(min=-100), -torch.log1p(-out).clamp(min=-100)  # as torch cuts logs off
    else:
        ones, zeros = softplus(-out), softplus(out)
    return (weights.ones * y * ones + weights.zeros * (1 - y) * zeros).sum() + weights.constant


def best_linear(x: Tensor, y: Tensor, weights: Weights) -> Best:
    """Fit Wx + b to a table of rows by Cutline's own solver.

    It ends with a proof, or with the reason there is no minimum.
    """
    x = x.detach()
    y = y.detach().flatten()
    if not x.is_floating_point() or x.shape[1] > MOST_COLUMNS or len(x) * x.shape[1] ** 2 > MOST_WORK:
        return Best(None)
    each = torch.where(y > 0.5, weights.ones, weights.zeros).double().cpu()
    if bool(((y > 0) & (y < 1)).any()):
        each = torch.full_like(each, weights.ones)  # a soft label is a share of both: only one weight makes sense
    unit = float(each.mean())
    try:
        block = Block(x.double().cpu(), y.double().cpu(), weight=each / unit)
        fit = fit_rows(Memory(block), covariance=False, short="return")
    except (CutlineError, ValueError, RuntimeError):
        return Best(None)
    if fit.separation is not None:
        return Best(None, fit.separation)
    return Best(None) if fit.short else Best(fit.loss * unit + weights.constant)
