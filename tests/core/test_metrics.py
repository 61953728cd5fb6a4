"""The area under the ROC curve, from tables of scores that are merged."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from cutline.block import Block
from cutline.coordinates import Coordinates
from cutline.sources.memory import Memory
from cutline.summands.metrics import Ranked


@pytest.mark.parametrize("digits", [1, 17])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_area_is_that_of_all_pairs_however_rows_are_cut(digits: int, weighted: bool) -> None:
    draw = np.random.default_rng(digits)
    x = np.round(draw.normal(size=(501, 1)), digits)  # with one digit most scores are shared
    y = draw.random(501) < 1 / (1 + np.exp(-x[:, 0]))
    weight = draw.integers(0, 4, 501).astype(float) if weighted else None
    block = Block(
        torch.as_tensor(x), torch.as_tensor(y.view(np.int8)), weight=None if weight is None else torch.as_tensor(weight)
    )
    rankings = [Memory(block, size).sum(Ranked(torch.tensor([0.3, 2.0]).double(), Coordinates(1))) for size in (7, 501)]
    for found in rankings:
        assert found.auc() == pytest.approx(roc_auc_score(y, x[:, 0], sample_weight=weight), rel=1e-12)
        assert bool((found.score.diff() > 0).all())
        assert torch.equal(found.score, rankings[0].score)
        assert torch.equal(found.successes, rankings[0].successes)


def test_with_one_class_there_is_no_area() -> None:
    block = Block(torch.ones(3, 1).double(), torch.ones(3, dtype=torch.int8))
    assert Memory(block).sum(Ranked(torch.zeros(2).double(), Coordinates(1))).auc() is None
