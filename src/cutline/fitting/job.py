"""Encoded rows and the settings every fit of them shares: maximum likelihood, and Firth's where there is none."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from cutline.block import Block
from cutline.fitting.rows import PenaltyName, RowsFit, fit_rows
from cutline.inference.profile import Profile, profile
from cutline.model import INTERCEPT, wald
from cutline.objective import Firth
from cutline.rows import Counted
from cutline.solvers import Progress, Stop
from cutline.table import Category, Encoded, Plan

PROFILE = 100  # passes with the information that one entry's test and interval take, about
EACH_ROW = 100  # what a row costs in a pass beside its products, in multiplications
AFFORDABLE = 1e10  # spent on all entries before most are left to Wald: a minute or so


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """A fit of rows, and what only Firth's penalty needs: p and intervals, and the terms whose are Wald's.

    `interrupted` says that some are Wald's because Ctrl-C ended their profiles.
    """

    fit: RowsFit
    penalty: PenaltyName
    C: float
    p: np.ndarray | None = None
    ci: np.ndarray | None = None
    quick: tuple[str, ...] = ()
    interrupted: bool = False


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

    def run(self, penalty: PenaltyName, C: float, first: Collection[str] = ()) -> Done:
        """Fit once; under Firth's penalty the entries in `first` are profiled whatever it costs."""
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
        if penalty != "firth" or fit.covariance is None:
            return Done(fit, penalty, C)
        return self._profiled(fit, C, first)

    def _profiled(self, fit: RowsFit, C: float, first: Collection[str]) -> Done:
        """Tests and intervals of every entry; where that is too much work, of those in `first`, and Wald's.

        Ctrl-C is raised, or leaves those not profiled yet to Wald.
        """
        size = fit.coords.size
        whole = PROFILE * size * self.rows.n_rows * (size**2 + EACH_ROW) <= AFFORDABLE
        p, ci = np.full(len(fit.weights), np.nan), np.full((len(fit.weights), 2), np.nan)
        quick: list[str] = []
        interrupted = fit.certificate.stop == Stop.INTERRUPTED.value
        for entry in fit.coords.entries().tolist():
            slope = entry - int(fit.coords.intercept)
            name = self.names[slope] if slope >= 0 else INTERCEPT
            if (whole or name in first) and not interrupted:
                try:
                    self._tell(fit, f"interval of {name}")
                    found = self._profile(fit, entry)
                    p[entry], ci[entry] = found.p, (found.low, found.high)
                    continue
                except KeyboardInterrupt:
                    if self.settings["interrupt"] == "raise":
                        raise
                    interrupted = True
            quick.append(name)
            assert fit.covariance is not None
            coef, error = float(fit.weights[entry]), math.sqrt(float(fit.covariance[entry, entry]))
            reach = wald.quantile(self.conf_level) * error
            p[entry], ci[entry] = wald.two_sided(coef / error), (coef - reach, coef + reach)
        return Done(fit, "firth", C, p, ci, tuple(quick), interrupted)

    def _profile(self, fit: RowsFit, entry: int) -> Profile:
        at, theta = fit.coords, fit.theta
        if at.intercept and entry == 0:  # in the user's units: not at the columns' means
            at = replace(at, center=None)
            theta = at.from_user(fit.weights.nan_to_num())
        f, others = Firth(self.rows, at, at), [at.from_user(weights) for weights, _ in fit.lesser]
        return profile(f, theta, f.at(theta, 0).value, entry, self.conf_level, others=others)

    def _tell(self, fit: RowsFit, stage: str) -> None:
        told = self.settings["progress"]
        if told is not None:
            told(Progress(self.rows.passes, self.rows.n_rows, fit.objective, None, stage, self.settings["tol"]))


def block_of(plan: Plan, encoded: Encoded) -> Block:
    """Encoded arrays as one block, without a copy; an outcome of two labels as a byte."""
    levels = tuple(len(field.levels) - 1 for field in plan.fields if isinstance(field, Category))

    def tensor(array: np.ndarray | None) -> torch.Tensor | None:
        return None if array is None else torch.from_numpy(array)

    return Block(
        torch.from_numpy(encoded.x),
        torch.from_numpy(encoded.y if encoded.grouped else encoded.y.astype(np.int8)),
        tensor(encoded.codes) if levels else None,
        levels,
        tensor(encoded.weight),
        tensor(encoded.offset),
    )


def fingerprint(plan: Plan, encoded: Encoded) -> str:
    """SHA-256 of the columns as used: the same for the same data in another file format."""
    digest = hashlib.sha256(repr(plan.to_json()).encode())
    for array in (encoded.x, encoded.codes, encoded.y, encoded.weight, encoded.offset):
        if array is None:
            digest.update(b"-")
            continue
        for column in np.atleast_2d(array.T):  # where a column lies in one piece, no copy is made
            digest.update(np.ascontiguousarray(column).data)
    return digest.hexdigest()
