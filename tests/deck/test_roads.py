"""The deck's loop by three roads, with the deck's numbers to every digit it prints.

The numbers are those of the project's source, a Korean study deck of 2021 (its six steps), reproduced with torch.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn, optim

from cutline import deck
from cutline.nn import BinaryClassifier, hand_written_cost, train

COSTS = {
    0: "0.693147",
    100: "0.134722",
    200: "0.080643",
    300: "0.057900",
    400: "0.045300",
    500: "0.037261",
    600: "0.031673",
    700: "0.027556",
    800: "0.024394",
    900: "0.021888",
    1000: "0.019852",
}
H = ["2.7648e-04", "3.1608e-02", "3.8977e-02", "9.5622e-01", "9.9823e-01", "9.9969e-01"]
W = ["3.2530", "1.5179"]
B = "-14.4819"
CLIMB = ["0.693", "1.009", "1.411", "2.546", "0.621", "0.812", "1.592", "0.442"]


@pytest.fixture
def x() -> Tensor:
    return torch.tensor(deck.SIX_POINTS)


@pytest.fixture
def y() -> Tensor:
    return torch.tensor(deck.SIX_LABELS)


def by_hand(
    x: Tensor, y: Tensor, epochs: int, cost_of: Callable[[Tensor, Tensor], Tensor] = hand_written_cost
) -> tuple[list[float], Tensor, Tensor]:
    """The deck's own loop, written out; not `train`."""
    w = torch.zeros((x.shape[1], 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([w, b], lr=1)
    costs = []
    for _ in range(epochs + 1):
        hypothesis = torch.sigmoid(x.matmul(w) + b)
        cost = cost_of(hypothesis, y)
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    return costs, w.detach(), b.detach()


def sequential() -> nn.Module:
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    nn.init.zeros_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    return model


def classifier(in_features: int = 2) -> BinaryClassifier:
    model = BinaryClassifier(in_features)
    nn.init.zeros_(model.linear.weight)
    nn.init.zeros_(model.linear.bias)
    return model


def assert_deck(costs: list[float] | tuple[float, ...], w: Tensor, b: Tensor, h: Tensor) -> None:
    assert {e: f"{costs[e]:.6f}" for e in COSTS} == COSTS
    assert [f"{v:.3f}" for v in costs[:8]] == CLIMB
    assert [f"{v:.4f}" for v in w.flatten().tolist()] == W
    assert f"{b.item():.4f}" == B
    assert [f"{v:.4e}" for v in h.flatten().tolist()] == H


def test_shapes_of_the_deck(x: Tensor, y: Tensor) -> None:
    assert x.shape == (6, 2)
    assert y.shape == (6, 1)


def test_from_zeros_every_hypothesis_is_half_and_every_loss_log_two(x: Tensor, y: Tensor) -> None:
    h = classifier()(x)
    assert h.tolist() == [[0.5]] * 6
    losses = F.binary_cross_entropy(h, y, reduction="none")
    assert [f"{v:.4f}" for v in losses.flatten().tolist()] == ["0.6931"] * 6


def test_first_road_the_loop_by_hand(x: Tensor, y: Tensor) -> None:
    costs, w, b = by_hand(x, y, 1000)
    assert_deck(costs, w, b, torch.sigmoid(x.matmul(w) + b))


def test_second_road_sequential(x: Tensor, y: Tensor) -> None:
    model = sequential()
    history = train(model, x, y, output="probability", log=None)
    assert_deck(history.cost, model[0].weight.detach(), model[0].bias.detach(), model(x))  # type: ignore[index]
    assert history.updates == 1001


def test_third_road_the_class(x: Tensor, y: Tensor) -> None:
    model = classifier()
    history = train(model, x, y, output="probability", log=None)
    assert_deck(history.cost, model.linear.weight.detach(), model.linear.bias.detach(), model(x))
    assert history.accuracy[0] == 0.5
    assert history.accuracy[-1] == 1.0


def test_a_logit_takes_the_same_road(x: Tensor, y: Tensor) -> None:
    model = nn.Linear(2, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    history = train(model, x, y, output="logit", log=None)
    assert_deck(history.cost, model.weight.detach(), model.bias.detach(), torch.sigmoid(model(x)))
    assert history.accuracy[0] == 0.5


def test_the_two_costs_are_one(x: Tensor, y: Tensor) -> None:
    for epochs in (0, 3, 50):
        _, w, b = by_hand(x, y, epochs)
        h = torch.sigmoid(x.matmul(w) + b)
        torch.testing.assert_close(hand_written_cost(h, y), F.binary_cross_entropy(h, y), rtol=1e-6, atol=1e-7)
    one, _, _ = by_hand(x, y, 1000)
    two, _, _ = by_hand(x, y, 1000, F.binary_cross_entropy)
    np.testing.assert_allclose(one, two, rtol=2e-5)


def test_w_never_converges(x: Tensor, y: Tensor) -> None:
    """The six points are separable: at epoch 10,000 W is (5.46, 2.65) and still growing."""
    rows, labels = np.column_stack([x, np.ones(6)]).astype(float), y.numpy().ravel().astype(float)
    w = np.zeros(3)
    for _ in range(10_001):
        w -= rows.T @ (1 / (1 + np.exp(-rows @ w)) - labels) / 6
    assert [f"{v:.2f}" for v in w[:2]] == ["5.46", "2.65"]


def test_the_log_is_the_decks_line(x: Tensor, y: Tensor) -> None:
    lines: list[str] = []
    train(classifier(), x, y, output="probability", log=lines.append)
    assert lines[0] == "Epoch    0/1000 Cost: 0.693147 Accuracy 50.00%"
    assert lines[10] == "Epoch 1000/1000 Cost: 0.019852 Accuracy 100.00%"
    assert len(lines) == 11
    assert [line.split()[3] if "/" in line.split()[1] else "" for line in lines] == list(COSTS.values())


# --- what the deck hides --------------------------------------------------------------------------------------------


@pytest.fixture
def scores() -> Tensor:
    return torch.tensor(deck.EXAM_SCORES).reshape(-1, 1)


@pytest.fixture
def passed() -> Tensor:
    return torch.tensor(deck.EXAM_PASSED).reshape(-1, 1)


def test_raw_scores_break_the_hand_written_cost_at_once(scores: Tensor, passed: Tensor) -> None:
    costs, _, _ = by_hand(scores, passed, 1)
    assert f"{costs[0]:.6f}" == "0.693147"
    assert np.isnan(costs[1])


def test_raw_scores_stick_at_fifty_in_torchs_cost(scores: Tensor, passed: Tensor) -> None:
    costs, _, _ = by_hand(scores, passed, 100, F.binary_cross_entropy)
    assert set(costs[1:]) == {50.0}


def squared_error(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return ((1 / (1 + np.exp(-np.outer(w, x))) - y) ** 2).mean(axis=1)


def cross_entropy(w: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    z = np.outer(w, x)
    return (np.logaddexp(0, z) - y * z).mean(axis=1)


def valleys(w: np.ndarray, cost: np.ndarray) -> list[tuple[str, str]]:
    inner = (cost[1:-1] < cost[:-2]) & (cost[1:-1] < cost[2:])
    return [(f"{w[i]:.2f}", f"{cost[i]:.3f}") for i in np.flatnonzero(inner) + 1]


def test_a_set_with_two_valleys() -> None:
    w = np.arange(-3000, 3001) / 1000
    x, y = np.array(deck.TWO_VALLEYS_X), np.array(deck.TWO_VALLEYS_Y)
    assert valleys(w, squared_error(w, x, y)) == [("-0.07", "0.245"), ("0.74", "0.311")]
    assert [at for at, _ in valleys(w, cross_entropy(w, x, y))] == ["-0.08"]


def test_on_centered_scores_squared_error_has_no_valley_it_goes_flat() -> None:
    w = np.arange(-1000, 1001) / 1000
    x, y = np.array(deck.EXAM_SCORES) - deck.EXAM_CENTER, np.array(deck.EXAM_PASSED)
    squared, entropy = squared_error(w, x, y), cross_entropy(w, x, y)
    assert valleys(w, squared) == []
    slopes = [abs(c[1] - c[0]) / (w[1] - w[0]) for c in (squared, entropy)]
    assert [f"{s:.2f}" for s in slopes] == ["0.11", "7.44"]


def test_firths_answer_on_the_scores_solves_firths_equations() -> None:
    """Firth, Biometrika 80 (1993) 27-38: sum (y - p + h (1/2 - p)) x = 0, with h the leverages."""
    design = np.column_stack([np.ones(6), deck.EXAM_SCORES])
    p = 1 / (1 + np.exp(-design @ [deck.EXAM_B, deck.EXAM_W]))
    half = np.sqrt(p * (1 - p))[:, None] * design
    leverage = np.einsum("ij,jk,ik->i", half, np.linalg.inv(half.T @ half), half)
    score = design.T @ (np.array(deck.EXAM_PASSED) - p + leverage * (0.5 - p))
    np.testing.assert_allclose(score, 0, atol=1e-10)
    cut = -deck.EXAM_B / deck.EXAM_W
    assert cut == pytest.approx(deck.EXAM_CENTER, abs=1e-9)


def test_results_in_words_and_numbers_agree() -> None:
    assert [float(r == "합격") for r in deck.EXAM_RESULTS] == list(deck.EXAM_PASSED)
    assert np.mean(deck.EXAM_SCORES) == deck.EXAM_CENTER
