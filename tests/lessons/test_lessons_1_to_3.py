"""What lessons 1 to 3 show, number for number: against torch, against the deck, against the library's own fits."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
import torch
from lesson_runs import Run
from torch.nn import functional as F  # noqa: N812  torch's own F

import cutline
from cutline import deck

SCORES, PASSED = list(deck.EXAM_SCORES), list(deck.EXAM_PASSED)


# --- lesson 1 ---------------------------------------------------------------------------------------------------------


def test_every_cut_above_55_and_up_to_60_is_perfect(run: Run) -> None:
    names = run(1)
    cuts = [c for c, m in zip(names["cuts"].tolist(), names["mistakes"].tolist()) if m == 0]
    assert cuts == [55.5 + 0.5 * i for i in range(10)]
    assert names["mistakes"].max() == 3


@pytest.mark.parametrize(("cut", "wrong"), [(48.0, 2), (55.0, 1), (55.5, 0), (60.0, 0), (60.5, 1), (75.0, 3)])
def test_a_cut_line_is_judged(run: Run, cut: float, wrong: int) -> None:
    names = run(1, cut=cut)
    assert names["wrong"] == wrong
    assert f"tensor({wrong})" in names["cut_ran"].output


def test_two_cut_lines_three_points_apart_pass_the_mission(run: Run) -> None:
    names = run(1, cut=56.0)
    assert not names["cut_done"]
    names["perfect"].add(60.0)
    assert run(1, cut=56.0)["cut_done"] is False  # each visit has its own


@pytest.mark.parametrize(
    ("score", "result", "fewest"), [(57.0, 1.0, 0), (62.0, 0.0, 1), (46.0, 1.0, 1), (52.0, 0.0, 0)]
)
def test_a_seventh_pupil_and_the_librarys_own_curve(run: Run, score: float, result: float, fewest: int) -> None:
    names = run(1, score_7=score, result_7=result)
    assert names["fewest"] == fewest
    assert ("1-2" in names["passed"]) == (fewest > 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cutline.fit({"score": [*SCORES, score], "y": [*PASSED, result]}, target="y")
    assert names["w_7"] == pytest.approx(model.coef["score"], rel=1e-6)
    assert names["b_7"] == pytest.approx(model.coef["(intercept)"], rel=1e-6)


def test_a_brilliant_pupil_tilts_the_line_and_not_the_curve(run: Run) -> None:
    names = run(1, best=120.0)
    slope, start = np.polyfit([*SCORES, 120.0], [*PASSED, 1.0], 1)
    assert names["line_cut"] == pytest.approx((0.5 - start) / slope)
    assert names["line_wrong"] >= 1
    assert names["s_cut"] == pytest.approx(57.5, abs=0.01)


def test_spam_can_be_told_by_two_words(run: Run) -> None:
    for lang in ("ko", "en"):
        assert run(1, lang, chosen=[False] * 6)["spam_wrong"] == 3
        names = run(1, lang, chosen=[True, False, False, True, False, False])
        assert names["spam_done"]
        assert run(1, lang, chosen=[True] * 6)["spam_wrong"] > 0


# --- lesson 2 ---------------------------------------------------------------------------------------------------------


def test_the_curve_is_the_decks(run: Run) -> None:
    names = run(2)
    x = torch.arange(-5.0, 5.0, 0.1)
    assert torch.equal(names["curve"].get("x"), x)
    assert torch.equal(names["curve"].get("H"), torch.sigmoid(x))


@pytest.mark.parametrize(("w", "b", "middle"), [(1.0, 0.0, 0.0), (2.0, 0.0, 0.0), (1.0, 1.5, -1.5), (-0.5, 1.0, 2.0)])
def test_the_middle_is_minus_b_over_w(run: Run, w: float, b: float, middle: float) -> None:
    names = run(2, W=w, B=b)
    assert names["middle"] == middle
    assert names["curve"].get("H").tolist() == torch.sigmoid(w * torch.arange(-5.0, 5.0, 0.1) + b).tolist()


def test_a_flat_curve_has_no_middle(run: Run) -> None:
    assert math.isnan(run(2, W=0.0, B=1.0)["middle"])


def test_the_ends_are_reached_in_32_bits_only(run: Run) -> None:
    assert run(2, z=16.0)["h_far"] < 1.0
    assert run(2, z=17.0)["h_far"] == 1.0
    names = run(2, z=-120.0)
    assert (names["exponential"], names["by_hand"]) == (math.inf, 0.0)
    assert 0 <= names["h_far"] < 1e-44


def test_the_threshold_moves_the_cut_line(run: Run) -> None:
    names = run(2)
    assert names["cut"] == pytest.approx(57.5)
    assert names["mistakes"] == 0
    names = run(2, p=0.75)
    assert names["cut"] == pytest.approx((math.log(3) - deck.EXAM_B) / deck.EXAM_W)
    assert names["called"] == [0, 0, 0, 0, 1, 1]
    assert names["strict_done"]
    assert "60  H = 0.637  ->  0" in names["decided"].output


def test_the_missions_of_lesson_2(run: Run) -> None:
    assert not run(2)["curve_done"]
    names = run(2, W=2.5, B=-5.0)
    assert names["curve_done"]
    assert (names["low"], names["high"]) == pytest.approx((torch.sigmoid(torch.tensor(-2.5)).item(), 0.92414182))


# --- lesson 3 ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("h", "y"), [(0.7, 1.0), (0.01, 1.0), (0.01, 0.0), (0.5, 0.0)])
def test_what_one_row_costs(run: Run, h: float, y: float) -> None:
    names = run(3, h=h, y_row=y)
    assert names["row_cost"] == pytest.approx(-math.log(h if y else 1 - h), rel=1e-5)
    by_hand, torchs = names["row_ran"].output.split("\n")[:2]
    assert by_hand == torchs
    assert f"{names['row_cost']:.4f}" in by_hand


def test_on_the_exam_scores_squared_error_is_flat_not_wavy(run: Run) -> None:
    names = run(3, data="exam")
    assert names["lows"]["squared"] == []
    at = run(3, data="exam", ball=-1.0)["at_ball"]
    assert (at["squared"][1], at["entropy"][1]) == pytest.approx((-0.11, -7.44), abs=0.01)
    assert names["lows"]["straight"][0][0] == pytest.approx(0.05, abs=0.005)


def test_the_set_that_truly_has_two_valleys(run: Run) -> None:
    lows = run(3, data="valleys")["lows"]
    assert [w for w, _ in lows["squared"]] == pytest.approx([-0.07, 0.74], abs=0.01)
    assert [cost for _, cost in lows["squared"]] == pytest.approx([0.245, 0.311], abs=5e-4)
    assert [w for w, _ in lows["entropy"]] == pytest.approx([-0.08], abs=0.005)
    assert not run(3, data="valleys", ball=-0.07)["fooled"]
    assert run(3, data="valleys", ball=0.74)["fooled"]


@pytest.mark.parametrize(
    ("kind", "rate", "count", "end"),
    [("entropy", 0.3, 10, -0.08), ("squared", 3.0, 100, 0.736), ("entropy", 1.0, 100, 0.177)],
)
def test_the_ball_rolls_where_torch_says(run: Run, kind: str, rate: float, count: int, end: float) -> None:
    names = run(3, kind=kind, rate=rate, count=count, start=1.5)
    x, y = torch.tensor(deck.TWO_VALLEYS_X), torch.tensor(deck.TWO_VALLEYS_Y)
    w, cost = torch.tensor(1.5, requires_grad=True), F.binary_cross_entropy if kind == "entropy" else F.mse_loss
    optimizer = torch.optim.SGD([w], lr=rate)
    for at in names["path"]:
        assert at == pytest.approx(w.item(), abs=1e-4)
        optimizer.zero_grad()
        cost(torch.sigmoid(w * x), y).backward()
        optimizer.step()
    assert names["path"][-1] == pytest.approx(end, abs=0.005)
    assert names["arrived"] == (kind == "entropy" and rate == 0.3)


def test_a_rate_of_ten_ends_in_nan_and_the_page_says_so(run: Run) -> None:
    names = run(3, kind="entropy", rate=10.0, count=10, start=1.5)
    assert math.isnan(names["path"][-1])
    assert "nan" in names["page"]


def test_the_surface_goes_down_to_its_lowest_place(run: Run) -> None:
    names = run(3, w_0=-2.0, b_0=4.0, surface_lr=1.0, surface_steps=200)
    costs = names["surface_costs"]
    x, y = names["x_7"].double(), names["y_7"].double()
    w, b = names["surface_walk"][-1]
    assert costs[-1] == pytest.approx(F.binary_cross_entropy_with_logits(w * x + b, y).item(), rel=1e-5)
    assert costs[-1] < names["lowest"] + 0.01
    model = cutline.fit({"x": x.numpy(), "y": y.numpy()}, target="y", penalty="none")
    assert names["lowest"] == pytest.approx(-model.log_likelihood / 7, abs=0.002)
