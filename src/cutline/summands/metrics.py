"""How well probabilities describe an outcome: sums over rows, so they are had wherever the rows are.

The area under the ROC curve is no sum of numbers, but it is one of tables: distinct scores with the weight of either
class at each, merged and sorted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.shapes import Many, Vec
from cutline.summands.logistic import losses, predictor


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Distinct scores in rising order, with the weight of failures and of successes at each."""

    score: Many
    failures: Many
    successes: Many

    def __add__(self, other: Ranking) -> Ranking:
        pairs = ((self.score, other.score), (self.failures, other.failures), (self.successes, other.successes))
        return _ranked(*map(torch.cat, pairs))

    def auc(self) -> float | None:
        """The area, ties counting a half (Hanley & McNeil, Radiology 143 (1982) 29-36); None with one class only."""
        negative, positive = float(self.failures.sum()), float(self.successes.sum())
        if negative == 0 or positive == 0:
            return None
        ties = self.failures * self.successes
        below = self.failures.cumsum(0) - self.failures
        pairs = negative * positive
        return float((self.successes * below + ties / 2).sum()) / pairs


def _ranked(score: Tensor, failures: Tensor, successes: Tensor) -> Ranking:
    """A ranking of scores in any order; a stable sort merges two rankings that follow each other."""
    if score.device.type == "cpu":
        order = torch.as_tensor(np.argsort(score.numpy(), kind="stable"))
    else:
        order = score.argsort(stable=True)
    score, failures, successes = score[order], failures[order], successes[order]
    new = torch.cat([score.new_ones(1, dtype=torch.bool), score[1:] != score[:-1]])
    if bool(new.all()):
        return Ranking(score, failures, successes)
    score, place = score[new], new.cumsum(0) - 1
    at = (values.new_zeros(len(score)).index_add_(0, place, values) for values in (failures, successes))
    return Ranking(score, *at)


@dataclass(frozen=True, slots=True, eq=False)
class Ranked:
    """The `Ranking` of a block by its linear predictor at theta."""

    theta: Vec
    at: Coordinates

    def __call__(self, block: Block, /) -> Ranking:
        m, y = block.weights(), block.y.double()
        return _ranked(predictor(self.at.view(block), self.theta), m * (1 - y), m * y)


@dataclass(frozen=True, slots=True)
class Fit:
    """Sums that judge probabilities at one threshold; weights count as rows.

    `loss` is the summed log-loss and `squares` the summed squared error; the four counts are those of the confusion
    matrix.
    """

    weight: float
    loss: float
    squares: float
    true_negative: float
    false_positive: float
    false_negative: float
    true_positive: float

    def __add__(self, other: Fit) -> Fit:
        return Fit(
            self.weight + other.weight,
            self.loss + other.loss,
            self.squares + other.squares,
            self.true_negative + other.true_negative,
            self.false_positive + other.false_positive,
            self.false_negative + other.false_negative,
            self.true_positive + other.true_positive,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The `Fit` of a block at theta: a row is called positive where p >= threshold."""

    theta: Vec
    at: Coordinates
    threshold: float = 0.5

    def __call__(self, block: Block, /) -> Fit:
        m, y = block.weights(), block.y.double()
        eta = predictor(self.at.view(block), self.theta)
        p = torch.sigmoid(eta)
        called = p >= self.threshold
        yes, no = m * y, m * (1 - y)
        # a row of several trials has both outcomes: (1 - p)^2 for each success and p^2 for each failure
        squares = yes * torch.sigmoid(-eta) ** 2 + no * p**2
        return Fit(
            float(m.sum()),
            float(losses(eta, y, m).sum()),
            float(squares.sum()),
            float(no[~called].sum()),
            float(no[called].sum()),
            float(yes[~called].sum()),
            float(yes[called].sum()),
        )
