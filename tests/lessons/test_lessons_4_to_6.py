"""What lessons 4 to 6 show, number for number: the deck's printed figures, torch's, the library's own fits."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from lesson_runs import Run
from torch import nn

import cutline
from cutline import deck
from cutline.lessons import by_class, by_hand, codebox, fits, own_csv
from cutline.lessons.contents import Lang

DECK_LOG = {
    0: "0.693147", 100: "0.134722", 200: "0.080643", 300: "0.057900", 400: "0.045300", 500: "0.037261",
    600: "0.031673", 700: "0.027556", 800: "0.024394", 900: "0.021888", 1000: "0.019852",
}  # fmt: skip


# --- lesson 4 ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def fourth(run: Run) -> Mapping[str, Any]:
    return run(4)


def test_the_decks_log_to_every_digit(fourth: Mapping[str, Any]) -> None:
    log = fourth["looped"].output
    assert log == "".join(f"Epoch {epoch:4d}/1000 Cost: {cost}\n" for epoch, cost in DECK_LOG.items())
    w, b = fourth["looped"].get("W"), fourth["looped"].get("b")
    assert [f"{v:.4f}" for v in (*w.flatten().tolist(), b.item())] == ["3.2530", "1.5179", "-14.4819"]


def test_before_the_first_step_nothing_is_known(fourth: Mapping[str, Any]) -> None:
    first = fourth["first"]
    assert first.get("hypothesis").flatten().tolist() == [0.5] * 6
    assert first.get("losses").flatten().tolist() == pytest.approx([math.log(2)] * 6)
    assert first.get("W").grad.flatten().tolist() == pytest.approx([-0.75, -1 / 6])
    assert "torch.Size([6, 2]) torch.Size([6, 1])" in first.output


def test_the_climb_that_the_log_hides(run: Run, fourth: Mapping[str, Any]) -> None:
    climb = [0.693, 1.009, 1.411, 2.546, 0.621, 0.812, 1.592, 0.442]
    assert fourth["album"].costs[:8] == pytest.approx(climb, abs=5e-4)
    assert fourth["early"] == pytest.approx(climb[:7], abs=5e-4)
    assert fourth["top_epoch"] == 3
    assert "4-1" in run(4, epoch=3, lr=1.0)["passed"]
    assert "4-1" not in fourth["passed"]


@pytest.mark.parametrize("lr", [0.1, 0.3, 3.0])
def test_the_climb_of_another_rate_is_not_the_one_asked_for(run: Run, lr: float) -> None:
    costs = run(4, lr=lr)["album"].costs
    names = run(4, lr=lr, epoch=max(range(len(costs)), key=lambda e: costs[e]))
    assert "4-1" not in names["passed"]


def test_what_ran_counts_and_not_what_the_button_says(run: Run, fourth: Mapping[str, Any]) -> None:
    box = type("Box", (), {"value": fourth["LOOP"].replace("lr=lr", "lr=3")})()
    names = run(4, lr=1.0, loop_box=box, LOOP=fourth["LOOP"])
    costs = names["album"].costs
    top = max(range(len(costs)), key=lambda e: costs[e])
    assert top > 0
    assert "4-1" not in run(4, lr=1.0, epoch=top, loop_box=box, LOOP=fourth["LOOP"])["passed"]
    box.value = fourth["LOOP"].replace("lr=lr", "lr=1")
    assert "4-1" in run(4, lr=3.0, epoch=3, loop_box=box, LOOP=fourth["LOOP"])["passed"]


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_the_doctor_reads_the_loop_by_hand(run: Run, lang: Lang) -> None:
    names = run(4, lang)
    report = names["sick"].get("watch").report
    assert [f.code for f in report.faults] == ["missing-zero-grad"]
    assert report.faults[0].lesson == 4
    assert [f.code for f in report.facts] == ["separable"]
    assert report.text(lang) in names["sick"].output
    assert not names["cured"]
    line = "        cost.backward()"
    box = type("Box", (), {"value": names["SICK"].replace(line, f"        optimizer.zero_grad()\n{line}")})()
    mended = run(4, lang, sick_box=box, SICK=names["SICK"])
    assert mended["cured"]
    assert "4-4" in mended["passed"]
    for broken in ("", "with doctor.watch([W, b], optimizer) as watch: pass", "watch = 1", "oops"):
        box.value = "\n".join([*names["SICK"].splitlines()[:5], broken])
        assert not run(4, lang, sick_box=box, SICK=names["SICK"])["cured"]


@pytest.mark.parametrize(("lr", "calm"), [(0.01, False), (0.3, True), (3.0, False)])
def test_which_rate_is_calm_and_quick(run: Run, lr: float, calm: bool) -> None:
    names = run(4, lr=lr, epoch=1000)
    assert names["calm"] == calm
    assert names["page_cost"] == pytest.approx(names["album"].costs[-1], nan_ok=True)


def test_the_page_of_the_album_is_the_boundary_of_that_epoch(run: Run) -> None:
    names = run(4, epoch=1000, lr=1.0)
    # one update before the deck's print-out: the album is kept before the step
    assert (names["w1"], names["w2"], names["bias"]) == pytest.approx((3.2521, 1.5174, -14.4777), abs=1e-4)
    assert [h >= 0.5 for h in names["page_h"]] == [False, False, False, True, True, True]


def test_where_nan_comes_from(run: Run, fourth: Mapping[str, Any]) -> None:
    three = fourth["three"]
    assert math.isnan(three["by hand"][1])
    assert three["binary_cross_entropy"][1:] == [50.0] * 5
    assert all(math.isfinite(cost) for cost in three["BCEWithLogits"])
    healed = run(4, scale="scaled", nan_epoch=5)
    assert healed["healed"]
    assert healed["three"]["by hand"] == pytest.approx(healed["three"]["BCEWithLogits"], rel=1e-5)


def test_w_grows_without_end_and_firths_does_not(fourth: Mapping[str, Any]) -> None:
    walk = fourth["long_walk"]
    assert walk[1000][:2] == pytest.approx((3.25, 1.52), abs=0.005)
    assert walk[10_000][:2] == pytest.approx((5.46, 2.65), abs=0.005)
    x = torch.tensor(deck.SIX_POINTS)
    table = {"a": x[:, 0].numpy(), "b": x[:, 1].numpy(), "y": [y for (y,) in deck.SIX_LABELS]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cutline.fit(table, target="y", features=["a", "b"])
    assert fourth["firth"] == pytest.approx([model.coef[n] for n in ("a", "b", "(intercept)")], rel=1e-6)


def test_the_descent_without_autograd_is_torchs_own(fourth: Mapping[str, Any]) -> None:
    for epoch in (0, 1, 7, 100):
        assert by_hand.six_points(1.0, 10_000)[epoch] == pytest.approx(fourth["album"].weights[epoch], abs=2e-4)


# --- lesson 5 ---------------------------------------------------------------------------------------------------------


def test_shapes_weights_and_the_same_numbers(run: Run) -> None:
    names = run(5, n_rows=6, n_in=2, n_out=1, bias=True, seed=4, fan_in=25)
    assert names["weight_shape"] == "(1, 2)"
    assert (names["shape_in"], names["shape_out"], names["parameters"]) == ((6, 2), (6, 1), 3)
    assert names["fits_deck"]
    assert "True\nparameters 3" in names["shaped"].output
    assert names["bound"] == 0.2
    assert 0.19 < names["many_weights"].abs().max() <= 0.2
    assert names["lucky"] == 6
    for epoch, cost in DECK_LOG.items():
        if epoch % 200 == 0:
            assert f"{epoch:4d}  by hand {cost}  Sequential {cost}" in names["twins"].output
    assert "torch.Size([1, 2])" in names["named"].output


def test_a_model_rebuilt_in_its_loop_learns_nothing_and_the_doctor_says_so(run: Run) -> None:
    names = run(5, "en")
    assert not names["mended"]
    assert len(names["kept_costs"]) == 301
    assert [f.code for f in names["forgetful"].get("watch").report.faults] == ["model-rebuilt"]
    lines = names["FORGETFUL"].splitlines()
    del lines[next(i for i, line in enumerate(lines) if line.startswith("        model ="))]
    box = type("Box", (), {"value": "\n".join(lines)})()
    mended = run(5, "en", forgetful_box=box, FORGETFUL=names["FORGETFUL"])
    assert mended["mended"]
    assert "5-3" in mended["passed"]


# --- lesson 6 ---------------------------------------------------------------------------------------------------------

FILLED = """
class BinaryClassifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        return {}
"""


@pytest.mark.parametrize(
    ("line", "failing"),
    [
        ("self.sigmoid(self.linear(x))", []),
        ("torch.sigmoid(self.linear(x))", []),
        ("self.linear(x)", ["range", "same", "deck"]),
        ("self.sigmoid(self.linear(x)).squeeze(1)", ["shape", "same", "deck"]),
        ("self.sigmoid(self.sigmoid(self.linear(x)))", ["same", "deck"]),
        ("None", ["runs", "shape", "range", "same", "deck"]),
        ("self.lineer(x)", ["runs", "shape", "range", "same", "deck"]),
    ],
)
def test_forward_is_tested(line: str, failing: list[str]) -> None:
    ran = codebox.execute(FILLED.format(line), torch=torch, nn=nn)
    x, y = torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS)
    tests = by_class.tests_of_classifier(ran.get("BinaryClassifier"), x, y)
    assert [test.name for test in tests if not test.good] == failing


def test_one_layer_more_bends_the_boundary() -> None:
    made = cutline.nn.TwoLayerNet
    assert by_class.film_of_line("cross").marks[1000].right <= 3
    assert by_class.film(made, "cross", 2).marks[1000].right == 2  # too few, from these first weights
    assert by_class.film(made, "cross", 4).marks[1000].right == 4
    assert by_class.film(made, "six", 4).marks[1000].right == 6
    assert set(by_class.film_of_line("six").marks) == set(by_class.MARKS)


def test_lesson_6_from_the_doctor_to_a_csv(run: Run) -> None:
    names = run(6, hidden=4, points="cross", mark=1000)
    assert names["crossed"]
    assert names["line_best"] == 3
    assert names["two"].parameters == 17
    assert [f.code for f in names["examined"].get("report").faults] == ["logits-to-bce"]
    assert not names["healthy"]
    assert names["own_cut"].value == pytest.approx(57.5)  # the sample file is the deck's six pupils
    assert not names["own_done"]
    assert "커트라인 57.5" in names["page"]


KOREAN = "이름,점수,출석,결과\n김,45,3,불합격\n이,50,9,불합격\n박,55,4,불합격\n최,60,7,합격\n정,65,8,합격\n강,70,6,합격\n조,58,10,합격\n윤,62,2,불합격\n"


def test_an_own_csv_with_korean_headers(run: Run) -> None:
    own = own_csv.look("성적.csv", KOREAN.encode("cp949"))
    assert own.names == ("이름", "점수", "출석", "결과")
    assert own_csv.likely_target(own) == "결과"
    assert own_csv.numbers_among(own, "결과") == ["점수", "출석"]
    one = run(6, own=own, is_own=True, target="결과", features=["점수"])
    assert one["own_done"]
    assert one["own_cut"].value == pytest.approx(one["fit"].model.cut_line().value)
    assert one["fit"].model.label.positive == "합격"
    assert one["fit"].x[:, 0].tolist() == [45, 50, 55, 60, 65, 70, 58, 62]
    two = run(6, own=own, is_own=True, target="결과", features=["점수", "출석"])
    assert "결정 경계" in two["drawn"]
    name = run(6, "en", own=own, is_own=True, target="결과", features=["이름"])
    assert "identifier" in name["page"]
    assert not name["own_done"]


def test_a_file_that_is_no_table_is_explained(run: Run) -> None:
    own = own_csv.look("../../x.csv", b"")
    assert own.table is None
    assert own.error
    assert own.error[:20] in run(6, "en", own=own, is_own=True, target=None, features=[])["page"]
    page = run(6, own=own, is_own=True, target=None, features=[])["page"]
    assert "빈 파일입니다" in page
    assert "was expected" not in page


def test_what_the_library_says_of_an_own_csv_is_korean_on_a_korean_page(run: Run) -> None:
    own = own_csv.look("성적.csv", KOREAN.encode("cp949"))
    page = run(6, own=own, is_own=True, target="결과", features=["점수", "출석"])["page"]
    for words in (
        "결과가 합격일 확률",
        "오즈비",
        "(절편)",
        "두 클래스가 완전히 나뉩니다",
        "사례가 적습니다",
        "뉴턴 감소량",
    ):
        assert words in page
    for words in ("odds ratio", "separates the classes", "Newton decrement", "likelihood"):
        assert words not in page
    english = run(6, "en", own=own, is_own=True, target="결과", features=["점수", "출석"])["page"]
    assert "separates the classes" in english
    name = run(6, own=own, is_own=True, target="결과", features=["이름"])["page"]
    assert "이름표처럼" in name


def test_columns_with_empty_cells_or_odd_names_can_be_chosen(run: Run) -> None:
    own = own_csv.look("a.csv", b"a_b_c,*,y\n1,,0\n,2,1\n3,,0\n,4,1\n")
    assert own_csv.numbers_among(own, "y") == ["a_b_c", "*"]
    names = run(6, "en", own=own, is_own=True)  # the last column with two values is the target
    assert names["features"] == ["a_b_c", "*"]
    assert names["feature_choice"].elements[0].text.count("<em>") == 0


def test_the_quick_fits_are_the_librarys() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = cutline.fit({"s": list(deck.EXAM_SCORES), "y": list(deck.EXAM_PASSED)}, target="y")
    assert fits.one_column(deck.EXAM_SCORES, deck.EXAM_PASSED) == pytest.approx(
        (model.coef["s"], model.coef["(intercept)"]), rel=1e-6
    )
