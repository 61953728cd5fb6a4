"""Encoded rows and the settings every fit of them shares: maximum likelihood, and Firth's where there is none."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from cutline.fitting.rows import PenaltyName, RowsFit, fit_rows
from cutline.inference.profile import profile
from cutline.model import INTERCEPT
from cutline.objective import Firth
from cutline.rows import Block, Counted
from cutline.solvers import Progress
from cutline.table import Category, Encoded, Plan


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A fit of rows, and what only its penalty needed."""

    fit: RowsFit
    penalty: PenaltyName
    C: float
    p: np.ndarray | None = None
    ci: np.ndarray | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """Rows with the settings every fit of them shares."""

    plan: Plan
    rows: Counted
    settings: dict[str, Any]
    conf_level: float

    @property
    def names(self) -> list[str]:
        """The features in the block's order."""
        terms = self.plan.terms()
        return [terms[i] for i in self.plan.block_order()]

    def run(self, penalty: PenaltyName, C: float) -> Done:
        label = self.plan.label
        assert label is not None
        fit = fit_rows(
            self.rows,
            penalty=penalty,
            C=C,
            names=self.names,
            labels=(label.negative, label.positive),
            order=np.argsort(self.plan.block_order()).tolist(),
            **self.settings,
        )
        if penalty != "firth":
            return Done(fit, penalty, C)
        p, ci = np.full(len(fit.weights), np.nan), np.full((len(fit.weights), 2), np.nan)
        for entry in fit.coords.entries().tolist():
            at, theta = fit.coords, fit.theta
            if at.intercept and entry == 0:  # in the user's units: not at the columns' means
                at = replace(at, center=None)
                theta = at.from_user(fit.weights.nan_to_num())
            f = Firth(self.rows, at, at)
            if self.settings["progress"] is not None:
                name = self.names[entry - int(at.intercept)] if entry or not at.intercept else INTERCEPT
                told = (self.rows.passes, self.rows.n_rows, fit.objective, None, f"interval of {name}")
                self.settings["progress"](Progress(*told, self.settings["tol"]))
            found = profile(f, theta, f.at(theta, 0).value, entry, self.conf_level)
            p[entry], ci[entry] = found.p, (found.low, found.high)
        return Done(fit, penalty, C, p, ci)


def block_of(plan: Plan, encoded: Encoded) -> Block:
    """Encoded arrays as one block, without a copy."""
    levels = tuple(len(field.levels) - 1 for field in plan.fields if isinstance(field, Category))

    def tensor(array: np.ndarray | None) -> torch.Tensor | None:
        return None if array is None else torch.from_numpy(array)

    return Block(
        torch.from_numpy(encoded.x),
        torch.from_numpy(encoded.y),
        tensor(encoded.codes) if levels else None,
        levels,
        tensor(encoded.weight),
        tensor(encoded.offset),
    )


def fingerprint(plan: Plan, encoded: Encoded) -> str:
    """SHA-256 of the columns as used: the same for the same data in another file format."""
    digest = hashlib.sha256(repr(plan.to_json()).encode())
    for array in (encoded.x, encoded.codes, encoded.y, encoded.weight, encoded.offset):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
