"""Facts, the distance to the best linear logit, what mending is worth, and the words."""

from __future__ import annotations

import math
import string
from collections.abc import Iterator

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from doctor_cases import FAULTY, PASSED, RUNNING, SCORES, SOUND, Pieces, X, Y, noisy, sgd, squeezed, zeros
from torch import Tensor, nn

from cutline import doctor
from cutline.doctor import CATALOG, english, korean
from cutline.doctor.curvature import largest_step, sharpest
from cutline.doctor.pieces import Pieces as Copies
from cutline.doctor.probe import cost_kind, output_kind
from cutline.doctor.rehearsal import rehearse
from cutline.doctor.split import split
from cutline.doctor.trace import Recorder, Trace
from cutline.nn import hand_written_cost, logit_cost


@pytest.fixture(autouse=True)
def _seed_and_threads() -> Iterator[None]:
    torch.manual_seed(11)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


# --- facts ------------------------------------------------------------------------------------------------------------


def facts(x: Tensor, y: Tensor) -> list[tuple[str, str]]:
    report = doctor.check(nn.Linear(x.shape[1], 1), x, y, nn.BCEWithLogitsLoss())
    assert report.faults == ()
    return [(f.code, f.case) for f in report.facts]


def test_facts_about_the_data() -> None:
    x, y = noisy()
    assert facts(x, y) == []
    assert facts(x * torch.tensor([1.0, 1.0, 100.0]), y) == [("columns-of-different-scale", "")]
    assert facts(x * 100, y) == [("columns-of-different-scale", "large")]
    assert facts(x / 100, y) == [("columns-of-different-scale", "small")]
    assert facts(torch.cat([x, (torch.arange(120) < 6).float()[:, None]], 1), y) == []  # a rare level is no scale
    rare = (torch.arange(120) % 20 == 0).float()[:, None]
    assert facts(x, rare) == [("class-imbalance", "")]
    assert facts(x, torch.ones(120, 1)) == [("one-class", "")]
    assert facts(X, Y) == [("separable", "")]
    assert facts(SCORES, PASSED) == [("columns-of-different-scale", "large"), ("separable", "")]


def test_a_fact_is_no_fault_and_has_its_numbers() -> None:
    x, _ = noisy()
    report = doctor.check(nn.Linear(3, 1), x, (torch.arange(120) % 20 == 0).float()[:, None])
    (fact,) = report.facts
    assert fact.kind == "fact"
    assert fact.values["share"] == pytest.approx(5)
    assert "right 95 % of the time" in fact.evidence


# --- the distance -----------------------------------------------------------------------------------------------------


def test_the_best_linear_logit_is_the_maximum_likelihood() -> None:
    x, y = noisy()
    theirs = sm.Logit(y[:, 0].double().numpy(), sm.add_constant(x.double().numpy())).fit(disp=0)
    model = nn.Linear(3, 1)
    report = doctor.check(model, x, y, nn.BCEWithLogitsLoss())
    assert report.best == pytest.approx(-theirs.llf / 120, rel=1e-6)
    assert report.loss == pytest.approx(nn.BCEWithLogitsLoss()(model(x), y).item())
    assert report.gap == pytest.approx(report.loss - report.best)
    assert f"Your loss {report.loss:.4g}, the best possible with a linear logit {report.best:.4g}" in str(report)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_loss_and_best_are_in_the_loops_own_unit(reduction: str) -> None:
    x, y = noisy(400, share=0.3)
    loss = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.5), reduction=reduction)
    theirs = sm.GLM(
        y[:, 0].double().numpy(),
        sm.add_constant(x.double().numpy()),
        family=sm.families.Binomial(),
        freq_weights=np.where(y[:, 0] > 0.5, 2.5, 1.0),
    ).fit()
    best = nn.Linear(3, 1).double()
    with torch.no_grad():
        best.bias.copy_(torch.tensor(theirs.params[:1]))
        best.weight.copy_(torch.tensor(theirs.params[1:]))
        expected = loss(best(x.double()), y.double()).item()
    report = doctor.check(nn.Linear(3, 1), x, y, loss)
    assert report.best == pytest.approx(expected, rel=1e-5)


def test_where_there_is_no_minimum_the_report_says_why() -> None:
    report = doctor.check(nn.Linear(2, 1), X, Y, nn.BCEWithLogitsLoss())
    assert report.best is None
    assert report.gap is None
    assert report.separation is not None
    assert report.separation.terms == ("x0",)
    assert "There is no minimum, because x0 separates the classes" in str(report)
    assert "최솟값이 없습니다. x0만 보아도 두 클래스가" in report.text("ko").replace("\n", " ")


def test_a_module_may_do_better_than_any_line() -> None:
    x = torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]]).repeat(5, 1)
    y = (x[:, :1] != x[:, 1:]).float()
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    with doctor.watch(model, optimizer) as w:
        for _ in range(100):
            optimizer.zero_grad()
            logit_cost(model(x), y).backward()
            optimizer.step()
    assert w.report.best == pytest.approx(math.log(2))
    assert w.report.gap < -0.5
    assert "more than a line" in str(w.report).replace("\n", " ")
    assert w.report.faults == ()


# --- what mending is worth --------------------------------------------------------------------------------------------


def test_a_cause_is_credited_with_what_a_refit_reaches() -> None:
    x, y = noisy()
    x = x * torch.tensor([1.0, 1.0, 40.0]) + torch.tensor([0.0, 0.0, 30.0])
    model = zeros(nn.Linear(3, 1))
    report = doctor.check(model, x, y, nn.BCEWithLogitsLoss(), sgd(model, 1e-3))
    assert report.faults == ()
    (credit,) = report.credits

    def reached(x: Tensor, lr: float) -> float:
        model = zeros(nn.Linear(3, 1))
        optimizer = sgd(model, lr)
        for _ in range(credit.steps):
            optimizer.zero_grad()
            nn.BCEWithLogitsLoss()(model(x), y).backward()
            optimizer.step()
        return nn.BCEWithLogitsLoss()(model(x), y).item()

    def suited(x: Tensor) -> float:
        return 1 / sharpest(Copies(zeros(nn.Linear(3, 1)), (x,), y, nn.BCEWithLogitsLoss()))

    scaled = (x - x.mean(0)) / x.std(0, correction=0)
    assert credit.code == "columns-of-different-scale"
    assert credit.before == pytest.approx(min(reached(x, 1e-3), reached(x, suited(x))), rel=1e-3)
    assert credit.after == pytest.approx(reached(scaled, suited(scaled)), rel=1e-3)
    assert credit.gap == pytest.approx(credit.before - report.best)
    assert credit.share > 0.9


def test_no_credit_without_gain() -> None:
    # lr = 1 climbs on the six points, and still is further down after 200 steps than a step that never climbs
    model = zeros(squeezed(2))
    report = doctor.check(model, X, Y, nn.BCELoss(), sgd(model, 1.0))
    assert [f.code for f in report.faults] == ["learning-rate-climbs"]
    assert report.credits == ()


@pytest.mark.parametrize("name", ["the deck's class to BCEWithLogits", "(N,) against (N, 1), by hand", "lr = 1e-6"])
def test_mending_a_fault_closes_part_of_the_gap(name: str) -> None:
    report = FAULTY[name][1]().check()
    credit = next(c for c in report.credits if c.code == report.faults[0].code)
    assert credit.after < credit.before
    assert 0 < credit.share <= 1
    assert f"{100 * credit.share:.0f} % of the gap" in str(report).replace("\n  ", " ")


@pytest.mark.parametrize(
    "loss", [lambda z, t: nn.BCEWithLogitsLoss()(t, z), lambda z, t: -nn.BCEWithLogitsLoss()(z, t)]
)
def test_a_loss_the_wrong_way_round_is_credited_with_what_the_right_one_reaches(loss: object) -> None:
    x, y = noisy()
    model = nn.Linear(3, 1)
    report = doctor.check(model, x, y, loss, sgd(model))  # type: ignore[arg-type]
    (credit,) = report.credits
    assert credit.code == report.faults[0].code
    assert credit.before > 1 > credit.after
    assert credit.after == pytest.approx(report.best, abs=0.05)


# --- curvature --------------------------------------------------------------------------------------------------------


def test_the_curvature_is_the_largest_eigenvalue() -> None:
    x, y = noisy()
    model = zeros(nn.Linear(3, 1))
    pieces = Copies(model, (x,), y, nn.BCEWithLogitsLoss())
    z = torch.cat([x, torch.ones(120, 1)], 1).double()
    exact = float(torch.linalg.eigvalsh(z.T @ z / 480)[-1])  # p (1 - p) = 1/4 everywhere
    assert sharpest(pieces) == pytest.approx(exact, rel=1e-2)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.8}, {"momentum": 0.8, "nesterov": True}, {"weight_decay": 1.0}])
def test_the_largest_step_is_the_border_between_calm_and_climb(options: dict[str, float]) -> None:
    # a bowl of curvature 4: beyond the largest step it is left, below it its bottom is found
    def bowl(lr: float) -> float:
        model = nn.Linear(1, 1, bias=False)
        optimizer = sgd(model, lr, **options)
        pieces = Copies(model, (torch.ones(1, 1),), torch.ones(1, 1), lambda h, y: 2 * h.square().sum(), (optimizer,))
        return rehearse(pieces, 400)[-1]

    model = nn.Linear(1, 1)
    border = largest_step(sgd(model, 0.1, **options), 4.0)
    assert bowl(0.97 * border) < 1e-3
    assert bowl(1.03 * border) > 1e3


# --- probes -----------------------------------------------------------------------------------------------------------


def test_what_a_loss_expects_is_found_by_asking() -> None:
    x, y = noisy()

    def kind(loss: object) -> str:
        pieces = Copies(nn.Linear(3, 1), (x,), y, loss)  # type: ignore[arg-type]
        return cost_kind(pieces, torch.zeros(120, 1), y)[0].kind

    assert kind(nn.BCELoss()) == kind(hand_written_cost) == "probability"
    assert kind(lambda h, y: hand_written_cost(h.clamp(1e-6, 1 - 1e-6), y)) == "probability"
    assert kind(nn.BCEWithLogitsLoss(pos_weight=torch.tensor(7.0), reduction="sum")) == kind(logit_cost) == "logit"
    assert kind(lambda z, y: nn.BCELoss()(torch.sigmoid(z), y) + 3) == "logit"
    assert kind(lambda z, y: nn.BCEWithLogitsLoss()(torch.sigmoid(z), y)) == "twice"
    assert kind(nn.MSELoss()) == "squared"
    assert kind(nn.CrossEntropyLoss()) == "constant"
    assert kind(lambda z, y: (z - y).abs().mean()) == "unknown"


def test_the_weights_of_the_classes_are_found_by_asking() -> None:
    x, y = noisy()
    pieces = Copies(nn.Linear(3, 1), (x,), y, nn.BCEWithLogitsLoss(pos_weight=torch.tensor(7.0), reduction="sum"))
    cost, least = cost_kind(pieces, torch.zeros(120, 1), y)
    positive = float(y.sum())
    assert (cost.ones, cost.zeros) == pytest.approx((7 * positive, 120 - positive), rel=1e-4)
    q = cost.ones / (cost.ones + cost.zeros)
    assert least == pytest.approx(-cost.ones * math.log(q) - cost.zeros * math.log(1 - q), rel=1e-2)


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        (nn.Linear(3, 1), "logit"),
        (squeezed(), "probability"),
        (nn.Sequential(nn.Linear(3, 1), nn.BatchNorm1d(1)), "logit"),
        (nn.Sequential(squeezed(), nn.Sigmoid()), "twice"),
        (nn.Sequential(nn.Linear(3, 4), nn.Sigmoid(), nn.Linear(4, 1)), "logit"),
        (nn.Sequential(nn.Linear(3, 1), nn.Tanh()), "logit"),
        (nn.Sequential(nn.Linear(3, 1), nn.ReLU(), nn.Sigmoid()), "probability"),
        (nn.Sequential(nn.Linear(3, 1), nn.Softmax(1)), "constant"),
    ],
)
def test_what_a_module_returns_is_found_by_asking(model: nn.Module, kind: str) -> None:
    assert output_kind(Copies(model, noisy()[:1], None, None)) == kind


# --- loops by hand ----------------------------------------------------------------------------------------------------


def test_tensors_are_called_what_the_loop_calls_them() -> None:
    W, b = torch.zeros((2, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([W], lr=0.1)
    still = doctor.check(lambda x: x @ W + b, X, Y, nn.BCEWithLogitsLoss(), optimizer)
    with doctor.watch([W, b], optimizer) as w:
        for _ in range(5):
            optimizer.zero_grad()
            nn.BCEWithLogitsLoss()(X @ W + b, Y).backward()
            optimizer.step()
    for report in (still, w.report):
        (fault,) = report.faults
        assert (
            fault.evidence
            == "The optimizer holds all but 1 of the 2 tensors the loss depends on; it will never move b."
        )
        assert "[W, b]" in fault.remedy
        assert fault.say("ko")[1].endswith(": b")


def test_a_loop_by_hand_and_its_module_get_one_report() -> None:
    x, y = noisy()
    W, b = torch.zeros((3, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
    model = zeros(nn.Linear(3, 1))
    pairs = [
        (doctor.check(lambda x: x @ W + b, x, y, logit_cost, torch.optim.SGD([W, b], lr=lr)).text(),
         doctor.check(model, x, y, logit_cost, sgd(model, lr)).text())
        for lr in (0.1, 50.0, 1e-5)
    ]  # fmt: skip
    for by_hand, by_module in pairs:
        assert by_hand == by_module


def test_where_a_loop_by_hand_splits() -> None:
    W, b = torch.zeros((2, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
    recorder, tape = Recorder(), Trace(torch.empty(0))
    recorder.traces = [tape]
    with recorder:
        h = torch.sigmoid(X.matmul(W) + b)
        cost = -(Y * torch.log(h) + (1 - Y) * torch.log(1 - h)).mean() + 0.1 * W.square().sum()
    found = split(tape.calls, len(tape.calls) - 1, [W])
    assert found is not None
    assert tape.calls[-1][3] is cost
    assert found.out is h
    assert found.twins == ()
    assert [t is X for t in found.inputs] == [True]
    assert {id(t) for t in found.weights} == {id(W), id(b)}
    assert [call[0].__name__ for call in found.front] == ["matmul", "add", "sigmoid"]


def test_rows_that_come_as_columns_are_judged_together() -> None:
    x, y = noisy()
    w1, w2, w3, b = (torch.zeros(1, requires_grad=True) for _ in range(4))
    optimizer = torch.optim.SGD([w1, w2, w3, b], lr=0.1)
    with doctor.watch([w1, w2, w3, b], optimizer) as w:
        for _ in range(3):
            optimizer.zero_grad()
            z = x[:, :1] * w1 + x[:, 1:2] * w2 + x[:, 2:] * w3 + b
            nn.BCEWithLogitsLoss()(z, y).backward()
            optimizer.step()
    assert w.report.best == pytest.approx(doctor.check(nn.Linear(3, 1), x, y, nn.BCEWithLogitsLoss()).best)


@pytest.mark.parametrize("lr", [0.05, 0.4])
def test_steps_by_hand_tell_their_rate(lr: float) -> None:
    W, b = torch.zeros((2, 1), requires_grad=True), torch.zeros(1, requires_grad=True)
    with doctor.watch([W, b]) as w:
        for _ in range(9):
            loss = nn.BCEWithLogitsLoss()(20 * X @ W + b, Y)
            loss.backward()
            with torch.no_grad():
                for p in (W, b):
                    p -= lr * p.grad  # type: ignore[operator]
                    p.grad = None
    (fault,) = w.report.faults
    assert fault.code == "learning-rate-climbs"
    assert fault.values["lr"] == pytest.approx(lr, rel=1e-3)


# --- words ------------------------------------------------------------------------------------------------------------


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_with_the_same_numbers() -> None:
    for part in ("TITLE", "EVIDENCE", "REMEDY", "HEAD"):
        en, ko = getattr(english, part), getattr(korean, part)
        assert en.keys() == ko.keys()
        for key in en:
            assert fields(en[key]) == fields(ko[key]), key
    assert english.TITLE.keys() == CATALOG.keys()
    assert {key.partition("/")[0] for key in english.EVIDENCE} == CATALOG.keys()
    assert {key.partition("/")[0] for key in english.REMEDY} == CATALOG.keys()
    assert all(entry.lesson in range(1, 7) for entry in CATALOG.values())


def test_consequences_are_faults_and_never_run_in_circles() -> None:
    def below(code: str, path: tuple[str, ...] = ()) -> None:
        assert code not in path, path
        for following in CATALOG[code].consequences:
            assert CATALOG[following].kind == "fault"
            below(following, (*path, code))

    for code in CATALOG:
        below(code)


@pytest.mark.parametrize("name", FAULTY)
def test_every_finding_can_be_said_in_both_languages(name: str) -> None:
    pieces: Pieces = FAULTY[name][1]()
    report = pieces.check()
    for lang in ("en", "ko"):
        text = report.text(lang)
        assert f"[{report.faults[0].code}, " in text
        assert "{" not in text.replace("{name}", "")
        assert all(part for f in report.findings for part in f.say(lang))


def test_of_a_sound_loop_there_is_little_to_say() -> None:
    report = SOUND["BCEWithLogits and Linear"]().check()
    assert report.findings == ()
    lines = str(report).splitlines()
    assert lines[0] == "No fault found."
    assert len(lines) == 3
    assert report.text("ko").startswith("잘못된 곳을 찾지 못했습니다.")


def test_the_decks_own_mistake_is_told_with_its_lesson() -> None:
    report = next(loop for loop, code in RUNNING.items() if loop.__name__ == "deck_sequential")()
    (fault,) = report.faults
    assert fault.kind == "fault"
    assert (fault.code, fault.lesson) == ("model-rebuilt", 5)
    assert fault.evidence.startswith("In 50 steps the loss came from 50 freshly made modules")
    assert "once before the loop" in fault.remedy
    assert "[model-rebuilt, 5강]" in report.text("ko")
