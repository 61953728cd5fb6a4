"""The doctor finds each fault by its own finding and no other, and says nothing where nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
from by_hand_cases import LOOPS as BY_HAND
from by_hand_cases import STILL
from doctor_cases import FAULTY, RUNNING, RUNNING_SOUND, SOUND, X, Y, noisy, sgd, zeros
from forum_cases import LOOPS as FORUM

from cutline import doctor
from cutline.doctor import Report
from cutline.nn import BinaryClassifier, train


@pytest.fixture(autouse=True)
def _seed_and_threads() -> Iterator[None]:
    torch.manual_seed(11)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # a loss on six rows that wakes every thread takes a thousand times as long
    yield
    torch.set_num_threads(threads)


def only(report: Report, code: str) -> None:
    """The finding is there, and every other fault is one of its consequences."""
    assert [f.code for f in report.faults] == [code], [(f.code, f.evidence) for f in report.faults]
    cause = next(f for f in report.findings if f.code == code)
    assert {f.code for f in report.following} <= set(cause.consequences)


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_loop_standing_still(name: str) -> None:
    code, pieces = FAULTY[name]
    only(pieces().check(), code)


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_loop_running(name: str) -> None:
    code, pieces = FAULTY[name]
    only(pieces().watch(epochs=4 if code == "slow-loader" else 60), code)


@pytest.mark.parametrize("loop", RUNNING, ids=lambda loop: loop.__name__)
def test_a_fault_that_only_shows_while_running(loop: Callable[[], Report]) -> None:
    only(loop(), RUNNING[loop])


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_loop_standing_still(name: str) -> None:
    quiet(SOUND[name]().check())


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_loop_running(name: str) -> None:
    quiet(SOUND[name]().watch())


@pytest.mark.parametrize("loop", RUNNING_SOUND, ids=lambda loop: loop.__name__)
def test_a_sound_loop_of_another_make(loop: Callable[[], Report]) -> None:
    quiet(loop())


@pytest.mark.parametrize("name", BY_HAND)
def test_a_loop_by_hand_running(name: str) -> None:
    told(*BY_HAND[name])


@pytest.mark.parametrize("name", STILL)
def test_a_loop_by_hand_standing_still(name: str) -> None:
    told(*STILL[name])


@pytest.mark.parametrize("name", FORUM)
def test_a_loop_from_a_forum(name: str) -> None:
    told(*FORUM[name])


def told(code: str, loop: Callable[[], Report]) -> None:
    """The one fault is found; where none is named, nothing is said."""
    report = loop()
    if code:
        only(report, code)
        assert all(part for f in report.findings for lang in ("en", "ko") for part in f.say(lang))
    else:
        quiet(report)


def quiet(report: Report) -> None:
    assert [(f.code, f.evidence) for f in report.faults] == []


@pytest.mark.parametrize("setting", ["high", "medium"])
def test_float32_products_that_may_be_rounded(setting: str) -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(setting)
    try:
        report = SOUND["BCEWithLogits and Linear"]().check()
    finally:
        torch.set_float32_matmul_precision(before)
    only(report, "tf32")
    assert repr(setting) in report.faults[0].evidence
    assert SOUND["BCEWithLogits and Linear"]().check().faults == ()


def test_lbfgs_standing_still() -> None:
    x, y = noisy()
    model = torch.nn.Linear(3, 1)
    quiet(doctor.check(model, x, y, torch.nn.BCEWithLogitsLoss(), torch.optim.LBFGS(model.parameters(), lr=0.5)))


def test_a_module_that_is_trained_already_is_no_fault() -> None:
    model = zeros(BinaryClassifier(2))
    optimizer = sgd(model)
    train(model, X, Y, output="probability", optimizer=optimizer, epochs=2000, log=None)
    quiet(doctor.check(model, X, Y, torch.nn.BCELoss(), optimizer))
