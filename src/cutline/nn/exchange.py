"""The door between a trained module and a fitted model.

Into a module go a model's weights, in the order of `plan.terms()`: a number as it is, a category as a 0 or 1 for each
level but the reference. Out of a module comes a model that predicts from tables, saves as JSON, and says of itself only
what is true of weights trained by hand: its likelihood, and how near the maximum they are.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import torch
from torch import Tensor

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.errors import CutlineWarning, DataError, UsageError
from cutline.fitting.rows import RowsFit
from cutline.fitting.start import standardized
from cutline.fitting.statistics import statistics
from cutline.inference.certificate import prove
from cutline.inference.separation import find_separation
from cutline.model import INTERCEPT, Certificate, Model
from cutline.model import Rows as RowCounts
from cutline.nn import checks
from cutline.objective import LogLoss
from cutline.rows import Counted, together
from cutline.solvers.newton import newton_direction
from cutline.sources.memory import Memory
from cutline.summands.moments import ColumnMoments, Moments, Outcome, OutcomeCounts
from cutline.table import Label, Numeric, Plan, ReadOptions, Table, encode_for_prediction, read
from cutline.version import __version__

if TYPE_CHECKING:
    from cutline.nn.modules import BinaryClassifier

NEAR = 1e-3  # of a standard error: nearer than that to the maximum, nothing a model says would differ
REASON = (
    "the weights were trained by hand; standard errors belong to the maximum of the likelihood, and only the "
    "certificate says how near it these weights are"
)


def state_of(model: Model, dtype: torch.dtype) -> tuple[Tensor, Tensor | None]:
    """A model's weights as `nn.Linear` keeps them: weight (1, p), and bias (1,) or None without an intercept."""
    if model.plan.offset is not None:
        raise UsageError(
            f"model: expected one without an offset, but it adds the column {model.plan.offset!r} to the log-odds, "
            "and a BinaryClassifier has no place for it. Add it outside of the module, or fit without it."
        )
    if not model.plan.terms():
        raise UsageError("model: expected one with a column, but it has none; a BinaryClassifier needs one input.")
    weights = torch.from_numpy(np.nan_to_num(model.weights, nan=0.0)).to(dtype)  # an aliased term counts nothing
    if not torch.isfinite(weights).all():
        raise UsageError(f"dtype: expected one that holds the model's weights, but {dtype} overflows. Use float64.")
    i = int(model.intercept)
    return weights[None, i:], weights[:1] if i else None


def inputs(model: Model, data: Any, *, dtype: torch.dtype | None = None) -> Tensor:
    """A table as `BinaryClassifier.from_model(model)` takes it: (n, terms without the intercept), every row in order.

    `data` is whatever `cutline.fit` takes. A row the model cannot score is NaN, and said in a `CutlineWarning`.
    """
    plan = model.plan
    table = data if isinstance(data, Table) else read(data, ReadOptions(na=plan.na, decimal=plan.decimal))
    rows = encode_for_prediction(plan, table)
    block = [rows.x]
    for f, category in enumerate(plan.categories):
        block.append(rows.codes[:, f, None] == np.arange(1, len(category.others) + 1))
    x = np.empty((table.n_rows, len(plan.terms())))
    x[:, plan.block_order()] = np.concatenate(block, axis=1)
    x[~rows.ok] = np.nan
    if not rows.ok.all():
        where = "; ".join(f"{p.column}: {p.reason}, first in {p.first}" for p in rows.problems)
        unscored = int((~rows.ok).sum())
        warnings.warn(
            f"{unscored} of {len(x)} rows cannot be scored and are NaN ({where})", CutlineWarning, stacklevel=2
        )
    return torch.from_numpy(x).to(dtype or torch.get_default_dtype())


def model_of(
    module: BinaryClassifier,
    x: Tensor,
    y: Tensor,
    *,
    features: Sequence[str] | None,
    target: str,
    labels: tuple[Any, Any],
    like: Model | None,
) -> Model:
    """The model of a module's weights, with the likelihood and certificate they have on the rows x, y."""
    plan = _plan(module, features, target, labels) if like is None else _plan_like(module, like, features)
    x, y = _rows(module, x, y)
    names, intercept = plan.terms(), module.linear.bias is not None
    parts = [module.linear.weight[0]] if module.linear.bias is None else [module.linear.bias, module.linear.weight[0]]
    weights = torch.cat([part.detach().cpu().double() for part in parts])
    if not torch.isfinite(weights).all():
        raise UsageError("module: expected finite weights, but some are NaN or infinite: its training broke down.")
    # the module's inputs are in the order of the terms, and so is this block
    rows = Counted(Memory(Block(x, y)))
    fit = _judge(rows, weights, intercept, names, cast(Label, plan.label))
    separation, decrement = fit.separation, fit.certificate.decrement
    found = statistics(rows, fit, penalty="none", offset=False)
    near = decrement <= NEAR and separation is None
    said = [] if separation is None else [f"{separation.message} Training longer only makes the weights larger."]
    if not near and separation is None:
        said.append(
            f"These weights are not at the maximum of the likelihood: they are about {decrement:.2g} standard errors "
            "off (the Newton decrement). Train longer, or use cutline.fit."
        )
    if not near:  # a test and criteria belong to the maximum
        found = replace(found, lr_chi2=None, lr_df=None, lr_p=None, aic=None, bic=None)
    return Model(
        plan=plan,
        intercept=intercept,
        terms=(INTERCEPT,) * intercept + names,
        weights=weights.numpy(),
        covariance=None,
        penalty="none",
        requested_penalty="none",
        C=None,
        conf_level=0.95,
        test=None,
        no_errors_reason=REASON,
        statistics=found,
        rows=RowCounts(read=len(x), used=len(x)),
        certificate=fit.certificate,
        separation=separation,
        warnings=tuple(said),
        notes=("Trained by hand, as a cutline.nn.BinaryClassifier.",),
        fingerprint=_fingerprint(plan, x, y),
        settings={"solver": "by hand"},
        version=__version__,
    )


def _plan(module: BinaryClassifier, features: Sequence[str] | None, target: str, labels: tuple[Any, Any]) -> Plan:
    p = module.linear.in_features
    if features is None or isinstance(features, str) or not all(isinstance(name, str) for name in features):
        raise UsageError(f"features: expected the names of the module's {p} inputs, but {features!r} came.")
    if len(features) != p or len({*features, target}) != p + 1:
        raise UsageError(
            f"features: expected {p} names, all different and none of them the target {target!r}, but "
            f"{', '.join(map(repr, features)) or 'none'} came."
        )
    words = [str(label) for label in labels]
    if len(words) != 2 or words[0] == words[1]:
        raise UsageError(f"labels: expected what 0 and 1 stand for, two different words, but {labels!r} came.")
    label = Label(column=target, kind="binary", negative=words[0], positive=words[1])
    fields = tuple(Numeric(name) for name in features)
    return Plan(fields, label, weights=None, offset=None, trials=None, missing="drop", na=(), decimal=".")


def _plan_like(module: BinaryClassifier, like: Model, features: Sequence[str] | None) -> Plan:
    plan, label = like.plan, like.label
    if features is not None:
        raise UsageError("features, like: expected one of them, but both came; `like` brings its own columns.")
    if label.kind != "binary" or plan.offset is not None or plan.weights is not None:
        raise UsageError("like: expected a model of two labels without weights or offset; name the features instead.")
    if len(plan.terms()) != module.linear.in_features or like.intercept != (module.linear.bias is not None):
        raise UsageError(
            f"like: expected a model of the module's {module.linear.in_features} inputs and "
            f"{'an' if module.linear.bias is not None else 'no'} intercept, but its terms are {', '.join(like.terms)}."
        )
    return plan


def _rows(module: BinaryClassifier, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    checks.check_rows(x, y)
    n, p = len(x), module.linear.in_features
    if tuple(x.shape) != (n, p):
        raise UsageError(f"x: expected the shape ({n}, {p}), but {tuple(x.shape)} came.")
    if tuple(y.shape) not in ((n,), (n, 1)):
        raise UsageError(f"y: expected the shape ({n}, 1) or ({n},), but {tuple(y.shape)} came.")
    x, y = (part.detach().cpu().double().contiguous() for part in (x, y.reshape(-1)))
    if not ((y == 0) | (y == 1)).all() or bool((y == y[0]).all()):
        raise DataError(
            f"y: expected both labels, 0 and 1, and no others, but {len(y.unique())} different values from "
            f"{y.min().item():g} to {y.max().item():g} came."
        )
    return x, y


def _judge(rows: Counted, weights: Tensor, intercept: bool, names: Sequence[str], label: Label) -> RowsFit:
    """What the rows say of the weights: loss, gradient, decrement, a bound where there is one, or separation."""
    moments, outcome = cast("tuple[Moments, Outcome]", rows.sum(together(ColumnMoments(), OutcomeCounts())))
    estimable, _ = standardized(moments, intercept)
    # by hand a constant column may have got a weight too, so every entry is there
    at = Coordinates(estimable.n_features, intercept, estimable.center, estimable.scale)
    theta = at.from_user(weights)
    terms = LogLoss(rows, at).at(theta, 2)
    grad, hess = cast(Tensor, terms.grad), cast(Tensor, terms.hess)
    _, decrement = newton_direction(hess, grad)
    bound = prove(rows, at, hess, decrement).bound
    separation = None
    if bound is None:
        separation = find_separation(rows, estimable, names, (label.negative, label.positive))
    certificate = Certificate(
        gradient=float(grad.abs().max()) / outcome.weight,
        decrement=decrement,
        bound=bound,
        bound_kind="none" if bound is None else "exact",
        passes=rows.passes,
        rows=rows.n_rows,
        stop="training by hand stopped where its owner chose",
        solver="by hand",
        tol=NEAR,
    )
    return RowsFit(
        weights=weights,
        covariance=None,
        loss=terms.value,
        objective=terms.value,
        certificate=certificate,
        separation=separation,
        aliased=(),
        outcome=outcome,
        coords=at,
        theta=theta,
    )


def _fingerprint(plan: Plan, x: Tensor, y: Tensor) -> str:
    digest = hashlib.sha256(repr(plan.to_json()).encode())
    for part in (x, y):
        digest.update(part.numpy().tobytes())
    return digest.hexdigest()
