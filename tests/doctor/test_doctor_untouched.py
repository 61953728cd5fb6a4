"""The doctor changes nothing: parameters, gradients, buffers, modes, optimizers, random numbers, hooks."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from doctor_cases import noisy, sgd
from torch import Tensor, nn
from torch.nn.modules import module as modules
from torch.optim import optimizer as optimizers
from torch.utils.data import DataLoader, RandomSampler, TensorDataset

from cutline import doctor
from cutline.errors import UsageError


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class Everything(nn.Module):
    """Dropout, BatchNorm, a frozen part, a part in eval mode, and a memory of its last output."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.4))
        self.head = nn.Linear(8, 1)
        self.calls = 0
        self.last: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        self.calls += 1
        self.last = self.head(self.body(x))
        return self.last


def state(module: nn.Module, optimizer: torch.optim.Optimizer) -> list[Any]:
    """Everything that could have changed, as bits."""
    held = copy.deepcopy(optimizer.state_dict())
    return [
        {k: v.clone() for k, v in module.state_dict().items()},
        [None if p.grad is None else p.grad.clone() for p in module.parameters()],
        [id(p.grad) for p in module.parameters() if p.grad is not None],
        [part.training for part in module.modules()],
        [p.requires_grad for p in module.parameters()],
        held,
        torch.get_rng_state(),
        random.getstate(),
        [np.asarray(part) for part in np.random.get_state()[1:2]],
        torch.get_num_threads(),
        torch.is_grad_enabled(),
    ]


def same(a: Any, b: Any) -> bool:
    if isinstance(a, Tensor):
        return torch.equal(a, b)
    if isinstance(a, np.ndarray):
        return bool((a == b).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


def trained() -> tuple[Everything, torch.optim.Optimizer, Tensor, Tensor]:
    """A module in the middle of its training, with gradients, moments and running statistics."""
    torch.manual_seed(3)
    x, y = noisy()
    model = Everything()
    model.body[1].eval()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(3):
        optimizer.zero_grad()
        nn.BCEWithLogitsLoss()(model(x), y).backward()
        optimizer.step()
    return model, optimizer, x, y


@pytest.mark.parametrize("trouble", ["none", "shape", "type", "saturated"])
def test_check_leaves_every_bit_as_it_was(trouble: str) -> None:
    model, optimizer, x, y = trained()
    if trouble == "shape":
        y = y[:, 0]
    if trouble == "type":
        x = x.double()
    if trouble == "saturated":
        x = x * 1e4
    before, calls, kept = state(model, optimizer), model.calls, x.clone()
    doctor.check(model, x, y, nn.BCEWithLogitsLoss(), optimizer)
    assert same(before, state(model, optimizer))
    assert model.calls == calls
    assert torch.equal(x, kept)
    assert not x.requires_grad


def test_a_loss_that_runs_the_users_own_module_is_put_back_too() -> None:
    model, optimizer, x, y = trained()
    model.train()
    before = state(model, optimizer)

    def loss(z: Tensor, y: Tensor) -> Tensor:
        penalty = sum(p.square().sum() for p in model.parameters())
        return nn.functional.binary_cross_entropy_with_logits(z, y) + 1e-3 * penalty + 0 * model(x).mean()

    doctor.check(model, x, y, loss, optimizer)
    assert same(before, state(model, optimizer))


def test_a_loaders_own_random_numbers_are_put_back() -> None:
    model, optimizer, x, y = trained()
    rows = TensorDataset(x, y)
    own = torch.Generator().manual_seed(5)
    sampler = RandomSampler(rows, generator=torch.Generator().manual_seed(6))
    for loader in (
        DataLoader(rows, batch_size=20, shuffle=True, generator=own),
        DataLoader(rows, batch_size=20, sampler=sampler),
        DataLoader(rows, batch_size=20, shuffle=True),
    ):
        before = state(model, optimizer)
        drawn = own.get_state(), sampler.generator.get_state()
        doctor.check(model, loader, None, nn.BCEWithLogitsLoss(), optimizer)
        assert same(before, state(model, optimizer))
        assert same(drawn, (own.get_state(), sampler.generator.get_state()))


def run(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, epochs: int = 30) -> list[float]:
    losses = []
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(40):
            optimizer.zero_grad()
            loss = nn.BCEWithLogitsLoss()(model(x[i]), y[i])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def test_a_watched_loop_is_the_same_loop_bit_for_bit() -> None:
    model, optimizer, x, y = trained()
    model.train()
    model.last = None  # a tensor in the middle of a graph cannot be copied
    free, its = copy.deepcopy((model, optimizer))
    random_state = torch.get_rng_state()
    losses = run(free, its, x, y)
    torch.set_rng_state(random_state)
    with doctor.watch(model, optimizer) as w:
        assert run(model, optimizer, x, y) == losses
    assert same(state(model, optimizer)[:2], state(free, its)[:2])
    before = state(model, optimizer)
    assert w.report.faults == ()
    assert same(before, state(model, optimizer))


# --- loops by hand ----------------------------------------------------------------------------------------------------


def tensors_in_training() -> tuple[list[Tensor], torch.optim.Optimizer, Tensor, Tensor]:
    """W and b in the middle of their training, with gradients and moments."""
    torch.manual_seed(3)
    x, y = noisy()
    both = [torch.zeros((3, 1), requires_grad=True), torch.zeros(1, requires_grad=True)]
    optimizer = torch.optim.Adam(both, lr=0.01)
    run_by_hand(both, optimizer, x, y, 3)
    return both, optimizer, x, y


def run_by_hand(both: list[Tensor], optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor, epochs: int) -> list[float]:
    losses = []
    for _ in range(epochs):
        for i in torch.randperm(len(x)).split(40):
            W, b = both
            h = torch.sigmoid(nn.functional.dropout(x[i], 0.2) @ W + b)
            cost = -(y[i] * torch.log(h) + (1 - y[i]) * torch.log(1 - h)).mean()
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
            losses.append(cost.item())
    return losses


def state_by_hand(both: list[Tensor], optimizer: torch.optim.Optimizer) -> list[Any]:
    """Everything that could have changed, as bits; and that they are still the same tensors."""
    return [
        [t.detach().clone() for t in both],
        [t.grad if t.grad is None else t.grad.clone() for t in both],
        [id(t.grad) for t in both],
        [id(t) for group in optimizer.param_groups for t in group["params"]],
        [(t.requires_grad, t.is_leaf, t._version) for t in both],
        copy.deepcopy(optimizer.state_dict()),
        torch.get_rng_state(),
        random.getstate(),
        torch.get_num_threads(),
    ]


@pytest.mark.parametrize("trouble", ["none", "shape", "type", "saturated", "error"])
def test_check_of_a_function_leaves_every_bit_as_it_was(trouble: str) -> None:
    (W, b), optimizer, x, y = tensors_in_training()
    x = {"type": x.double(), "saturated": x * 1e4}.get(trouble, x)
    y = y[:, 0] if trouble == "shape" else y

    def hypothesis(x: Tensor) -> Tensor:
        if trouble == "error":
            raise ValueError("no")
        return torch.sigmoid(nn.functional.dropout(x, 0.2) @ W + b)

    before = state_by_hand([W, b], optimizer)
    doctor.check(hypothesis, x, y, nn.BCELoss(), optimizer)
    assert same(before, state_by_hand([W, b], optimizer))
    assert not W._backward_hooks


def test_the_modules_inside_a_function_are_put_back_too() -> None:
    model, optimizer, x, y = trained()
    model.train()
    before, calls = state(model, optimizer), model.calls
    report = doctor.check(lambda x: model(x)[:, 0], x, y[:, 0], nn.BCEWithLogitsLoss(), optimizer)
    assert report.faults == ()
    assert same(before, state(model, optimizer))
    assert model.calls > calls  # it is the user's own function that runs, and what it counts it counts


def test_a_watched_loop_by_hand_is_the_same_loop_bit_for_bit() -> None:
    both, optimizer, x, y = tensors_in_training()
    free, its = copy.deepcopy((both, optimizer))
    random_state, before = torch.get_rng_state(), hooks()
    losses = run_by_hand(free, its, x, y, 20)
    end = torch.get_rng_state()
    torch.set_rng_state(random_state)
    with doctor.watch(both, optimizer) as w:
        assert run_by_hand(both, optimizer, x, y, 20) == losses
    assert torch.equal(end, torch.get_rng_state())
    assert hooks() == before
    assert not any(t._backward_hooks or t._post_accumulate_grad_hooks for t in both)
    assert same(state_by_hand(both, optimizer)[:2], state_by_hand(free, its)[:2])
    after = state_by_hand(both, optimizer)
    assert w.report.faults == ()
    assert w.report.loss is not None
    assert same(after, state_by_hand(both, optimizer))


def test_what_is_no_loop_by_hand_is_refused_in_words() -> None:
    W = torch.zeros((2, 1), requires_grad=True)
    with pytest.raises(UsageError, match=r"model: .* tensors .* int"):
        doctor.watch(3)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"such as \[W, b\]"):
        doctor.watch([])
    with pytest.raises(UsageError, match="computed from others"):
        doctor.watch([W * 2])
    with pytest.raises(UsageError, match="optimizer: "):
        doctor.watch([W], 0.1)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"model\(x\)\[0\]"):
        doctor.check(lambda x: (x @ W, x), torch.zeros(4, 2), torch.zeros(4, 1))
    with pytest.raises(UsageError, match="one output a row"):
        doctor.check(lambda x: x, torch.zeros(4, 2), torch.zeros(4, 1))


# --- hooks and errors -------------------------------------------------------------------------------------------------


def hooks() -> list[Any]:
    return [
        len(modules._global_forward_pre_hooks),
        len(modules._global_forward_hooks),
        len(modules._global_parameter_registration_hooks),
        len(optimizers._global_optimizer_pre_hooks),
        len(optimizers._global_optimizer_post_hooks),
        DataLoader.__iter__,
        torch.overrides._get_current_function_mode_stack(),
    ]


def of(model: nn.Module) -> list[int]:
    return [len(p._backward_hooks or ()) + len(p._post_accumulate_grad_hooks or ()) for p in model.parameters()]


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_hooks_are_taken_off_also_after_an_error(error: type[BaseException] | None) -> None:
    before = hooks()
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model)

    def loop() -> doctor.Watch:
        with doctor.watch(model, optimizer) as w:
            run(model, optimizer, x, y, 2)
            assert hooks() != before
            if error is not None:
                raise error
        return w

    if error is None:
        loop()
    else:
        with pytest.raises(error):
            loop()
    assert hooks() == before
    assert not any(of(model))


def test_a_watch_is_used_once_and_asked_after_the_loop() -> None:
    model = nn.Linear(3, 1)
    w = doctor.watch(model, sgd(model))
    with pytest.raises(UsageError, match="over"):
        _ = w.report
    with w, pytest.raises(UsageError, match="over"):
        _ = w.report
    assert w.report.findings == ()
    with pytest.raises(UsageError, match="new watch"), w:
        pass


def test_what_cannot_be_looked_at_is_refused_in_words() -> None:
    x, y = noisy()
    model = nn.Linear(3, 1)
    with pytest.raises(UsageError, match=r"model: .* function"):
        doctor.check("net", x, y)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"y: .* None"):
        doctor.check(model, x)
    with pytest.raises(UsageError, match="one label a row"):
        doctor.check(model, x, y[:-1])
    with pytest.raises(UsageError, match="one output a row"):
        doctor.check(nn.Linear(3, 2), x, y)
    with pytest.raises(UsageError, match="one tensor"):
        doctor.check(nn.LSTM(3, 1), x, y)
    with pytest.raises(UsageError, match="optimizer: "):
        doctor.check(model, x, y, nn.BCEWithLogitsLoss(), 0.1)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="epochs: "):
        doctor.check(model, x, y, epochs=0)
    with pytest.raises(UsageError, match="loss_fn: "):
        doctor.check(model, x, y, "bce")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="at least one batch"):
        doctor.check(model, DataLoader([]))
    with pytest.raises(UsageError, match="pairs"):
        doctor.check(model, DataLoader(x, batch_size=4))
    with pytest.raises(UsageError, match="lang: "):
        doctor.check(model, x, y).text("fr")  # type: ignore[arg-type]
