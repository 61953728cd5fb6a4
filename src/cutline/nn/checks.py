"""What `train` refuses before it starts and while it runs, and in which words."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any
from warnings import warn

import torch
from torch import Tensor, nn

from cutline.errors import CutlineWarning, DataError, UsageError

if TYPE_CHECKING:
    from cutline.nn.training import Epoch

_REMEDY = (
    "Scale the columns of x first, for example x = (x - x.mean(0)) / x.std(0); or take a smaller lr; or drop "
    'the sigmoid and say output="logit", whose cost never takes the log of 0.'
)


def positive_count(name: str, value: Any) -> None:
    """Refuse anything but a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise UsageError(f"{name}: expected a whole number of at least 1, but {value!r} came.")


def check_options(output: Any, epochs: Any, log_every: Any) -> None:
    """Refuse options that are wrong whatever the module and the rows."""
    if output not in ("probability", "logit"):
        raise UsageError(
            'output: expected "probability" (the module ends in a sigmoid) or "logit" (it does not), but '
            f"{output!r} came."
        )
    if isinstance(epochs, bool) or not isinstance(epochs, Integral) or epochs < 0:
        raise UsageError(f"epochs: expected a whole number of at least 0, but {epochs!r} came.")
    positive_count("log_every", log_every)


def check_rows(x: Any, y: Any) -> None:
    """Refuse rows no module can learn from, and labels that are none."""
    for name, value in (("x", x), ("y", y)):
        if not isinstance(value, Tensor):
            raise UsageError(
                f"{name}: expected a torch tensor, but {type(value).__name__} came. "
                f"Use torch.tensor({name}, dtype=torch.float32)."
            )
        if value.ndim == 0 or len(value) == 0:
            raise UsageError(f"{name}: expected at least one row, but the shape {tuple(value.shape)} came.")
    if len(x) != len(y):
        raise UsageError(f"x, y: expected the same number of rows, but {len(x)} and {len(y)} came.")
    if not y.is_floating_point():
        raise UsageError(f"y: expected floating-point labels, but {y.dtype} came. Pass y.float().")
    for name, value in (("x", x), ("y", y)):
        _refuse(name, value, ~torch.isfinite(value), "finite numbers", "Drop those rows or fill them first.")
    advice = "Labels 1 and 2 become 0 and 1 as y - 1; labels -1 and 1 as (y + 1) / 2."
    _refuse("y", y, (y < 0) | (y > 1), "labels from 0 to 1", advice)


def _refuse(name: str, value: Tensor, bad: Tensor, expected: str, advice: str) -> None:
    if bad.any():
        at = bad.nonzero()[0].tolist()
        came = f"{value[tuple(at)].item():g} came at {name}{at} ({int(bad.sum())} in all)"
        raise DataError(f"{name}: expected {expected}, but {came}. {advice}")


def check_optimizer(
    module: nn.Module, lr: float | None, optimizer: torch.optim.Optimizer | None
) -> torch.optim.Optimizer:
    """The optimizer asked for, or plain gradient descent; refuse one that cannot move this module."""
    trainable = [p for p in module.parameters() if p.requires_grad]
    if not trainable:
        raise UsageError(
            "module: expected weights to move, but it has no parameter that requires a gradient. "
            "Give it a layer such as nn.Linear, or call module.requires_grad_(True)."
        )
    if optimizer is None:
        lr = 1.0 if lr is None else lr
        if isinstance(lr, bool) or not isinstance(lr, Real) or not (math.isfinite(lr) and lr > 0):
            raise UsageError(f"lr: expected a positive number, but {lr!r} came. The deck's is 1.0.")
        return torch.optim.SGD(module.parameters(), lr=float(lr))
    if lr is not None:
        raise UsageError(
            f"lr, optimizer: expected one of them, but both came (lr={lr!r}). An optimizer has its own lr: "
            "leave one out."
        )
    if isinstance(optimizer, torch.optim.LBFGS):
        raise UsageError(
            "optimizer: expected one that takes a step for each gradient, but LBFGS came, which asks for the "
            "cost many times a step. For it, use cutline.fit(..., solver='lbfgs')."
        )
    held = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not any(id(p) in held for p in trainable):
        raise UsageError(
            "optimizer: expected one over this module's parameters, but it holds another module's, so this "
            "one would never move. Build the optimizer after the module, from module.parameters()."
        )
    return optimizer


def first_output(module: nn.Module, x: Tensor, y: Tensor, output: str) -> Tensor:
    """The module's output at the start, with every check that one look is enough for."""
    try:
        h = module(x)
    except RuntimeError as error:
        weights = next(module.parameters()).dtype
        raise UsageError(
            f"x: expected what the module takes, but it cannot take {tuple(x.shape)} of {x.dtype} "
            f"(its weights are {weights}): {error}"
        ) from error
    if not isinstance(h, Tensor) or not h.is_floating_point():
        came = h.dtype if isinstance(h, Tensor) else type(h).__name__
        raise UsageError(
            f"module: expected one tensor of floating-point numbers from it, but {came} came. "
            "Wrap it in a module that returns only the output to train."
        )
    shape, n = tuple(h.shape), len(x)
    if shape not in ((n,), (n, 1)):
        raise UsageError(
            f"module: expected one output a row, ({n}, 1) or ({n},), but the shape {shape} came. "
            "End it in a layer with one output, such as nn.Linear(..., 1)."
        )
    if tuple(y.shape) != shape:
        raise UsageError(
            f"y: expected the shape of the module's output, {shape}, but {tuple(y.shape)} came, which a cost "
            "may spread into a square of every output against every label. Pass "
            + ("y.reshape(-1, 1)." if len(shape) == 2 else "y.reshape(-1).")
        )
    if h.grad_fn is None:
        raise UsageError(
            "module: expected an output that depends on its weights, but this one carries no gradient. "
            "Look for .detach(), .data or torch.no_grad() in its forward."
        )
    if output == "logit" and h.grad_fn.name().startswith("SigmoidBackward"):
        raise UsageError(
            'output: "logit" is a number before the sigmoid, but this module\'s last step is a sigmoid, so '
            'there would be two. Say output="probability", or drop the sigmoid.'
        )
    return h


def check_range(h: Tensor, output: str, number: int) -> None:
    """Refuse a probability that is none; NaN passes, for the cost to tell of it."""
    outside = (h < 0) | (h > 1)
    if output == "probability" and outside.any():
        raise UsageError(
            f'output: "probability" is a number from 0 to 1, but {h[outside][0].item():g} came at epoch '
            f"{number} ({int(outside.sum())} of {h.numel()} outside). Perhaps it is a logit, a number before the "
            'sigmoid: say output="logit", or end the module in nn.Sigmoid().'
        )


def why_not_finite(value: float, number: int, h: Tensor, module: nn.Module, output: str) -> str:
    """In words: what made the cost NaN or infinite, and what to do."""
    start = f"Expected a cost that is a number, but at epoch {number}, after {number} updates, it is {value}. "
    if any(not torch.isfinite(p).all() for p in module.parameters()):
        return f"{start}The weights themselves are no longer finite: the steps were too large. {_REMEDY}"
    if not torch.isfinite(h).all():
        return f"{start}The module's output is no longer finite, though its weights are. {_REMEDY}"
    flat = int(((h == 0) | (h == 1)).sum())
    if output == "probability" and flat:
        return (
            f"{start}On {flat} of {h.numel()} rows H is exactly 0 or 1, because the sigmoid's input is too "
            f"large for {h.dtype}: there the cost meets log 0 = -inf, and 0 * log 0 is NaN. {_REMEDY}"
        )
    return f"{start}The module's output is finite, so it is the cost function that gave up on it. {_REMEDY}"


def warn_if_stuck(h: Tensor, y: Tensor, module: nn.Module, since: Epoch) -> bool:
    """Warn when rows are wrong with certainty, and so flat that no gradient is left to correct them."""
    wrong = int(((h - y).abs() == 1).sum())
    if not wrong or any(p.grad is not None and p.grad.any() for p in module.parameters()):
        return False
    warn(
        f"Since epoch {since.number} the cost is stuck at {since.cost:g}: on {wrong} of {h.numel()} rows H "
        "is exactly 0 or 1 and wrong, where the sigmoid is flat, so every gradient is exactly 0 and no step "
        f"moves the weights. (Torch cuts log 0 off at -100, or the cost would be infinite.) {_REMEDY}",
        CutlineWarning,
        stacklevel=3,
    )
    return True
