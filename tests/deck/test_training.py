"""`train` refuses what would teach the wrong thing, says why a cost broke, and leaves everything else alone."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from cutline import deck
from cutline.errors import CutlineWarning, DataError, FitError, UsageError
from cutline.nn import BinaryClassifier, Epoch, History, TwoLayerNet, hand_written_cost, logit_cost, train

X = torch.tensor(deck.SIX_POINTS)
Y = torch.tensor(deck.SIX_LABELS)
SCORES = torch.tensor(deck.EXAM_SCORES).reshape(-1, 1)
PASSED = torch.tensor(deck.EXAM_PASSED).reshape(-1, 1)


def zeros(module: nn.Module) -> nn.Module:
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


def quiet(module: nn.Module, x: Tensor = X, y: Tensor = Y, **options: Any) -> History:
    return train(module, x, y, **{"output": "probability", "epochs": 3, "log": None, **options})


class Flat(nn.Module):
    """Probabilities of shape (n,)."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sigmoid(self.linear(x)).squeeze(1)


# --- counting -------------------------------------------------------------------------------------------------------


def test_epochs_count_from_zero_so_there_is_one_more_update() -> None:
    model, once = zeros(BinaryClassifier(2)), zeros(BinaryClassifier(2))
    history = quiet(model, epochs=0)
    assert history.updates == 1
    # one step of gradient descent from zero: W = X'(y - 1/2)/n
    expected = (X.T @ (Y - 0.5) / 6).T
    torch.testing.assert_close(model.linear.weight.detach(), expected)  # type: ignore[union-attr]
    assert quiet(once, epochs=5).updates == 6


def test_history_keeps_cost_and_accuracy_from_before_each_update() -> None:
    history = quiet(zeros(BinaryClassifier(2)), epochs=4)
    assert len(history.cost) == len(history.accuracy) == 5
    assert history.cost[0] == pytest.approx(math.log(2))
    assert history.accuracy[:2] == (0.5, 0.5)
    assert not history.stopped_early


def test_a_tie_counts_as_positive_in_both_outputs() -> None:
    y = torch.ones(6, 1)
    assert quiet(zeros(BinaryClassifier(2)), y=y).accuracy[0] == 1.0
    assert quiet(zeros(nn.Linear(2, 1)), y=y, output="logit").accuracy[0] == 1.0


def test_log_every_and_silence(capsys: pytest.CaptureFixture[str]) -> None:
    train(BinaryClassifier(2), X, Y, output="probability", epochs=10, log_every=5)
    printed = capsys.readouterr().out.splitlines()
    assert [line.split(" Cost")[0] for line in printed] == ["Epoch    0/10", "Epoch    5/10", "Epoch   10/10"]
    quiet(BinaryClassifier(2))
    assert capsys.readouterr().out == ""


def test_the_epoch_as_text() -> None:
    assert str(Epoch(7, 20, 0.5, 5 / 6)) == "Epoch    7/20 Cost: 0.500000 Accuracy 83.33%"


# --- the callback ---------------------------------------------------------------------------------------------------


def test_the_callback_sees_every_epoch_after_its_update() -> None:
    model = zeros(BinaryClassifier(2))
    seen: list[tuple[int, float]] = []
    quiet(model, callback=lambda e: seen.append((e.number, model.linear.bias.item())))  # type: ignore[union-attr]
    assert [number for number, _ in seen] == [0, 1, 2, 3]
    assert len({bias for _, bias in seen}) > 1


def test_the_callback_can_stop_it() -> None:
    lines: list[str] = []
    history = train(
        zeros(BinaryClassifier(2)),
        X,
        Y,
        output="probability",
        log=lines.append,
        callback=lambda e: e.cost < 0.2,
    )
    assert history.stopped_early
    assert history.cost[-1] < 0.2 <= history.cost[-2]
    assert history.updates < 1001
    assert lines[-1] == f"Stopped after epoch {history.updates - 1}: the callback asked for it."


def test_a_stop_at_the_last_epoch_is_no_early_stop() -> None:
    assert not quiet(BinaryClassifier(2), callback=lambda e: e.number == 3).stopped_early


def test_an_exception_in_the_callback_comes_through_and_modes_return() -> None:
    model = BinaryClassifier(2).eval()

    def stop(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quiet(model, callback=stop)
    assert not model.training


# --- what it leaves alone -------------------------------------------------------------------------------------------


def test_the_random_numbers_stay_where_they_were() -> None:
    model = BinaryClassifier(2)
    before = torch.get_rng_state()
    quiet(model)
    assert torch.equal(torch.get_rng_state(), before)


def test_two_runs_are_the_same_to_the_bit() -> None:
    torch.manual_seed(3)
    start = TwoLayerNet(2, 5).state_dict()
    nets = [TwoLayerNet(2, 5), TwoLayerNet(2, 5)]
    for net in nets:
        net.load_state_dict(start)
    histories = [quiet(net, output="logit", lr=0.1, epochs=20) for net in nets]
    assert histories[0] == histories[1]


def test_every_part_gets_its_own_mode_back() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Dropout(0.5), nn.Linear(3, 1), nn.Sigmoid())
    model.eval()
    seen: list[bool] = []
    quiet(model, lr=0.01, callback=lambda _: seen.append(model[1].training))
    assert all(seen)
    assert not any(part.training for part in model.modules())

    model.train()
    model[1].eval()
    seen.clear()
    quiet(model, lr=0.01, callback=lambda _: seen.append(model[1].training))
    assert not any(seen)
    assert [part.training for part in model] == [True, False, True, True]


def test_it_trains_where_gradients_are_switched_off() -> None:
    model = zeros(BinaryClassifier(2))
    with torch.no_grad():
        history = quiet(model)
        assert not torch.is_grad_enabled()
    assert history.cost[1] != history.cost[0]


def test_rows_and_labels_are_left_alone() -> None:
    x, y = X.clone(), Y.clone()
    quiet(BinaryClassifier(2), x, y)
    assert torch.equal(x, X)
    assert torch.equal(y, Y)
    assert x.grad is None


# --- modules and optimizers -----------------------------------------------------------------------------------------


def test_a_flat_output_goes_with_flat_labels() -> None:
    torch.manual_seed(0)
    flat = Flat()
    model = BinaryClassifier(2)
    model.linear.load_state_dict(flat.linear.state_dict())
    assert quiet(flat, y=Y.flatten()).cost == quiet(model).cost


def test_labels_may_be_shares_and_of_another_float_type() -> None:
    y = torch.tensor([[0.25]] * 6, dtype=torch.float64)
    history = quiet(BinaryClassifier(2), y=y, lr=0.1, epochs=600)
    # the best constant is p = 1/4, and no module of these columns beats the entropy of a quarter
    entropy = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert history.cost[-1] == pytest.approx(entropy, abs=1e-3)


def test_float64_modules_take_float64_rows() -> None:
    model = zeros(BinaryClassifier(2, dtype=torch.float64))
    history = quiet(model, X.double(), Y, epochs=1000)
    assert f"{history.cost[1000]:.6f}" == "0.019852"


def test_an_optimizer_of_your_own() -> None:
    torch.manual_seed(1)
    model = BinaryClassifier(2)
    history = quiet(model, optimizer=torch.optim.Adam(model.parameters(), lr=0.1), epochs=300)
    assert history.cost[-1] < 0.1


def test_two_layers_learn_what_one_cannot() -> None:
    x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    y = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
    torch.manual_seed(0)
    assert quiet(BinaryClassifier(2), x, y, epochs=300).cost[-1] == pytest.approx(math.log(2), abs=1e-3)
    history = quiet(TwoLayerNet(2, 8), x, y, output="logit", epochs=600)
    assert history.cost[-1] < 0.01
    assert history.accuracy[-1] == 1.0


def test_two_layer_net_returns_a_logit() -> None:
    torch.manual_seed(0)
    net = TwoLayerNet(2, 4, 3)
    out = net(X)
    assert out.shape == (6, 3)
    hidden = torch.relu(net.linear1(X))
    torch.testing.assert_close(out, net.linear2(hidden))
    assert ((out < 0) | (out > 1)).any()


@pytest.mark.parametrize("wrong", [0, -1, 2.0, True, "2"])
def test_sizes_are_whole_numbers(wrong: object) -> None:
    with pytest.raises(UsageError, match="in_features: expected a whole number of at least 1"):
        BinaryClassifier(wrong)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="hidden"):
        TwoLayerNet(2, wrong)  # type: ignore[arg-type]


# --- what it refuses ------------------------------------------------------------------------------------------------


def test_output_must_be_said() -> None:
    with pytest.raises(TypeError, match="output"):
        train(BinaryClassifier(2), X, Y)  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r'expected "probability" .* or "logit"'):
        quiet(BinaryClassifier(2), output="logits")


def test_a_logit_said_to_be_a_probability() -> None:
    module = nn.Linear(2, 1)
    nn.init.constant_(module.weight, 1.0)
    with pytest.raises(UsageError, match=r"at epoch 0 .*Perhaps it is a logit"):
        quiet(module)


def test_a_logit_that_leaves_the_range_only_later() -> None:
    module = zeros(nn.Linear(2, 1))
    nn.init.constant_(module.bias, 0.5)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"at epoch [1-9]\d* .*Perhaps it is a logit"):
        quiet(module, epochs=50)


@pytest.mark.parametrize("module", [BinaryClassifier(2), nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())])
def test_a_probability_said_to_be_a_logit(module: nn.Module) -> None:
    with pytest.raises(UsageError, match="last step is a sigmoid"):
        quiet(module, output="logit")


def test_shapes_that_do_not_meet() -> None:
    with pytest.raises(UsageError, match=r"y: expected the shape .*\(6, 1\), but \(6,\) came.*reshape\(-1, 1\)"):
        quiet(BinaryClassifier(2), y=Y.flatten())
    with pytest.raises(UsageError, match=r"y: expected the shape .*\(6,\), but \(6, 1\) came.*reshape\(-1\)"):
        quiet(Flat())
    with pytest.raises(UsageError, match=r"one output a row, .*\(6, 2\) came"):
        quiet(nn.Sequential(nn.Linear(2, 2), nn.Sigmoid()))
    with pytest.raises(UsageError, match="same number of rows, but 5 and 6"):
        quiet(BinaryClassifier(2), X[:5])
    with pytest.raises(UsageError, match=r"x: expected what the module takes, .*\(6, 2\)"):
        quiet(BinaryClassifier(3))
    with pytest.raises(UsageError, match="at least one row"):
        quiet(BinaryClassifier(2), X[:0], Y[:0])
    with pytest.raises(UsageError, match="at least one row"):
        quiet(BinaryClassifier(2), X, torch.tensor(1.0))


def test_types_that_do_not_meet() -> None:
    with pytest.raises(UsageError, match=r"y: .*torch.int64 came. Pass y.float\(\)"):
        quiet(BinaryClassifier(2), y=Y.long())
    with pytest.raises(UsageError, match=r"y: .*torch.bool came"):
        quiet(BinaryClassifier(2), y=Y.bool())
    with pytest.raises(UsageError, match=r"x: expected a torch tensor, but tuple came"):
        quiet(BinaryClassifier(2), deck.SIX_POINTS)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"torch.float64 \(its weights are torch.float32\)"):
        quiet(BinaryClassifier(2), X.double())
    with pytest.raises(UsageError, match=r"torch.int64 \(its weights are torch.float32\)"):
        quiet(BinaryClassifier(2), X.long())


def test_labels_that_are_none() -> None:
    with pytest.raises(DataError, match=r"labels from 0 to 1, but 2 came at y\[3, 0\] \(3 in all\)"):
        quiet(BinaryClassifier(2), y=Y + 1)
    with pytest.raises(DataError, match=r"-1 came at y\[0, 0\]"):
        quiet(BinaryClassifier(2), y=2 * Y - 1)
    y = Y.clone()
    y[2] = math.nan
    with pytest.raises(DataError, match=r"y: expected finite numbers, but nan came at y\[2, 0\]"):
        quiet(BinaryClassifier(2), y=y)


def test_rows_with_holes() -> None:
    x = X.clone()
    x[4, 1] = math.inf
    with pytest.raises(DataError, match=r"x: expected finite numbers, but inf came at x\[4, 1\] \(1 in all\)"):
        quiet(BinaryClassifier(2), x)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lr": 0}, "lr: expected a positive number"),
        ({"lr": -1.0}, "lr: expected a positive number"),
        ({"lr": math.nan}, "lr: expected a positive number"),
        ({"lr": True}, "lr: expected a positive number"),
        ({"epochs": -1}, "epochs: expected"),
        ({"epochs": 10.0}, "epochs: expected"),
        ({"log_every": 0}, "log_every: expected"),
    ],
)
def test_options_out_of_range(options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        quiet(BinaryClassifier(2), **options)


def test_optimizers_that_cannot_work() -> None:
    model = BinaryClassifier(2)
    with pytest.raises(UsageError, match="both came"):
        quiet(model, lr=0.5, optimizer=torch.optim.SGD(model.parameters(), lr=0.5))
    with pytest.raises(UsageError, match="LBFGS"):
        quiet(model, optimizer=torch.optim.LBFGS(model.parameters()))
    # the deck's own slip: a new model inside the loop, while the optimizer holds the old one's weights
    with pytest.raises(UsageError, match="would never move"):
        quiet(model, optimizer=torch.optim.SGD(BinaryClassifier(2).parameters(), lr=1))


def test_modules_that_cannot_move() -> None:
    with pytest.raises(UsageError, match="no parameter that requires a gradient"):
        quiet(nn.Sigmoid())
    with pytest.raises(UsageError, match="no parameter that requires a gradient"):
        quiet(BinaryClassifier(2).requires_grad_(False))

    class Cut(BinaryClassifier):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x).detach()

    with pytest.raises(UsageError, match="carries no gradient"):
        quiet(Cut(2))

    class Pair(BinaryClassifier):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x), x  # type: ignore[return-value]

    with pytest.raises(UsageError, match=r"expected one tensor .* but tuple came"):
        quiet(Pair(2))


# --- when the cost breaks -------------------------------------------------------------------------------------------


def test_nan_is_explained_and_the_weights_that_made_it_stay() -> None:
    model = zeros(BinaryClassifier(1))
    after_one = zeros(BinaryClassifier(1))
    quiet(after_one, SCORES, PASSED, epochs=0, cost=hand_written_cost)
    with pytest.raises(FitError, match=r"at epoch 1, after 1 updates, it is nan\. On 6 of 6 rows .* 0 \* log 0 is NaN"):
        quiet(model, SCORES, PASSED, cost=hand_written_cost)
    for ours, theirs in zip(model.parameters(), after_one.parameters()):
        assert torch.equal(ours, theirs)


def test_a_cost_that_sticks_is_said_once() -> None:
    with pytest.warns(CutlineWarning, match=r"Since epoch 1 the cost is stuck at 50: on 3 of 6 rows") as said:
        history = quiet(zeros(BinaryClassifier(1)), SCORES, PASSED, epochs=20)
    assert len(said) == 1
    assert said[0].filename == __file__ or "test_training" in said[0].filename
    assert set(history.cost[1:]) == {50.0}


def test_the_remedies_it_names_work() -> None:
    scaled = (SCORES - SCORES.mean(0)) / SCORES.std(0)
    assert quiet(zeros(BinaryClassifier(1)), scaled, PASSED, epochs=200, cost=hand_written_cost).cost[-1] < 0.2
    assert quiet(zeros(BinaryClassifier(1)), SCORES, PASSED, lr=1e-4, cost=hand_written_cost).cost[-1] < 0.6932
    logits = quiet(zeros(nn.Linear(1, 1)), SCORES, PASSED, output="logit", epochs=50)
    assert all(math.isfinite(c) for c in logits.cost)


def test_weights_that_run_away_are_named() -> None:
    module = zeros(nn.Linear(2, 1))
    with pytest.raises(FitError, match="weights themselves are no longer finite"):
        quiet(module, X * 1e30, output="logit", lr=1e30, epochs=50)


def test_an_output_that_runs_away_is_named() -> None:
    class Log(BinaryClassifier):
        def forward(self, x: Tensor) -> Tensor:
            return torch.log(-super().forward(x))

    with pytest.raises(FitError, match="output is no longer finite, though its weights are"):
        quiet(Log(2), output="logit")


def test_a_cost_that_gives_up_is_named() -> None:
    with pytest.raises(FitError, match="it is the cost function that gave up"):
        quiet(BinaryClassifier(2), cost=lambda h, y: (h * math.nan).mean())


def test_a_perfect_fit_is_not_called_stuck() -> None:
    """Every gradient is zero here too, but every row is right."""
    model = zeros(BinaryClassifier(1))
    nn.init.constant_(model.linear.weight, 100.0)  # type: ignore[union-attr]
    history = quiet(model, SCORES - 57.5, PASSED, epochs=5)
    assert set(history.cost) == {0.0}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_cost_of_logits_is_torchs(dtype: torch.dtype) -> None:
    sizes = [0.0, 1e-8, 0.3, 1.0, 15.0, 30.0, 90.0, 800.0, 1e4, 1e30]
    z = torch.tensor([[s, -s] for s in sizes], dtype=dtype).flatten().repeat(3)
    y = torch.tensor([0.0, 1.0, 0.25], dtype=dtype).repeat_interleave(20)
    for one, label in zip(z, y):
        ours, theirs = one.clone().requires_grad_(), one.clone().requires_grad_()
        a, b = logit_cost(ours, label), binary_cross_entropy_with_logits(theirs, label)
        a.backward()
        b.backward()
        torch.testing.assert_close(a, b, rtol=4 * torch.finfo(dtype).eps, atol=0)
        # torch's gradient is sigmoid(z) - y, which cancels where the row is right
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=0, atol=torch.finfo(dtype).eps)


def test_history_is_a_value() -> None:
    history = quiet(BinaryClassifier(2))
    with pytest.raises(dataclasses.FrozenInstanceError):
        history.epochs = 5  # type: ignore[misc]
