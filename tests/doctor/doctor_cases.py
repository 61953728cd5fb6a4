"""Training loops as learners write them: faulty ones with the one finding each deserves, and sound ones."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  (as learners write it)
from torch.utils.data import DataLoader, Dataset, TensorDataset

from cutline import deck, doctor
from cutline.doctor import Report
from cutline.nn import BinaryClassifier, TwoLayerNet, hand_written_cost, logit_cost

X = torch.tensor(deck.SIX_POINTS)
Y = torch.tensor(deck.SIX_LABELS)
SCORES = torch.tensor(deck.EXAM_SCORES).reshape(-1, 1)
PASSED = torch.tensor(deck.EXAM_PASSED).reshape(-1, 1)


def noisy(n: int = 120, p: int = 3, seed: int = 4, share: float = 0.5) -> tuple[Tensor, Tensor]:
    """Rows of two classes that overlap."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(n, p, generator=g)
    z = x @ torch.linspace(1.5, -1.0, p) + torch.logit(torch.tensor(share))
    return x, (torch.rand(n, generator=g) < torch.sigmoid(z)).float().reshape(-1, 1)


def zeros(module: nn.Module) -> nn.Module:
    for p in module.parameters():
        nn.init.zeros_(p)
    return module


def sgd(module: nn.Module, lr: float = 0.1, **options: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(module.parameters(), lr=lr, **options)


def squeezed(p: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(p, 1), nn.Sigmoid())


@dataclass(frozen=True)
class Pieces:
    """A loop in its pieces; it can be looked at standing still and watched running."""

    model: nn.Module
    x: Any
    y: Tensor | None
    loss_fn: Callable[[Tensor, Tensor], Tensor]
    optimizer: torch.optim.Optimizer

    def check(self) -> Report:
        return doctor.check(self.model, self.x, self.y, self.loss_fn, self.optimizer)

    def watch(self, epochs: int = 60) -> Report:
        with doctor.watch(self.model, self.optimizer) as w:
            try:
                for _ in range(epochs):
                    for x, y in [(self.x, self.y)] if self.y is not None else self.x:  # a DataLoader brings its labels
                        loss = self.loss_fn(self.model(x), y)
                        self.optimizer.zero_grad()
                        loss.backward()
                        self.optimizer.step()
            except (RuntimeError, ValueError, UserWarning):
                pass
        return w.report


class Flat(nn.Module):
    """Logits of shape (n,)."""

    def __init__(self, p: int = 3) -> None:
        super().__init__()
        self.linear = nn.Linear(p, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x).squeeze(1)


class ByHand(nn.Module):
    """A sigmoid written out, once or twice."""

    def __init__(self, times: int, p: int = 3) -> None:
        super().__init__()
        self.W, self.b, self.times = nn.Parameter(torch.zeros(p, 1)), nn.Parameter(torch.zeros(1)), times

    def forward(self, x: Tensor) -> Tensor:
        h = x @ self.W + self.b
        for _ in range(self.times):
            h = 1 / (1 + torch.exp(-h))
        return h


class LateLayer(nn.Module):
    """A layer that is added after the optimizer was made."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(3, 4)
        self.last: nn.Module = nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.first(x)))


class PlainList(nn.Module):
    """Layers in a list that is no ModuleList: `parameters()` does not know of them."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = [nn.Linear(3, 6)]
        self.last = nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.layers[0](x)))


class Detached(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(3, 4), nn.Linear(4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.relu(self.first(x))).detach().requires_grad_()


class Slow(Dataset):
    """Rows that take their time, as if each were read from a file."""

    def __init__(self, x: Tensor, y: Tensor, seconds: float = 0.005) -> None:
        self.x, self.y, self.seconds = x, y, seconds

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        time.sleep(self.seconds)
        return self.x[i], self.y[i]


def focal(z: Tensor, y: Tensor) -> Tensor:
    p = torch.sigmoid(z)
    right = torch.where(y > 0.5, p, 1 - p)
    return (-((1 - right) ** 2) * torch.log(right.clamp(min=1e-7))).mean()


# --- faulty, and to be seen standing still as well as running ---------------------------------------------------------


def _faulty() -> dict[str, tuple[str, Callable[[], Pieces]]]:
    def of(model: nn.Module, loss: Any, x: Any = None, y: Any = None, lr: float = 0.1) -> Pieces:
        given = noisy()
        return Pieces(model, given[0] if x is None else x, given[1] if y is None else y, loss, sgd(model, lr))

    def unheld() -> Pieces:
        model = nn.Linear(3, 1)
        return Pieces(model, *noisy(), nn.BCEWithLogitsLoss(), sgd(nn.Linear(3, 1)))

    def late() -> Pieces:
        model = LateLayer()
        optimizer = sgd(model)
        model.last = nn.Linear(4, 1)
        return Pieces(model, *noisy(), nn.BCEWithLogitsLoss(), optimizer)

    def only_bias() -> Pieces:
        model = nn.Linear(3, 1)
        return Pieces(model, *noisy(), nn.BCEWithLogitsLoss(), torch.optim.Adam([model.bias], lr=0.05))

    def half() -> Pieces:
        model = nn.Linear(3, 1).bfloat16()
        x, y = noisy()
        return Pieces(model, x.bfloat16(), y.bfloat16(), logit_cost, sgd(model))

    def frozen() -> Pieces:
        model = nn.Linear(3, 1).requires_grad_(False)
        return Pieces(model, *noisy(), nn.BCEWithLogitsLoss(), sgd(model))

    def loader() -> Pieces:
        model = nn.Linear(3, 1)
        rows = DataLoader(Slow(*noisy(64)), batch_size=8)
        return Pieces(model, rows, None, nn.BCEWithLogitsLoss(), sgd(model))

    x, y = noisy()
    bce, logit = nn.BCELoss(), nn.BCEWithLogitsLoss()
    return {
        "logits to BCELoss": ("logits-to-bce", lambda: of(nn.Linear(3, 1), bce)),
        "logits to F.bce, module flat": ("logits-to-bce", lambda: of(Flat(), F.binary_cross_entropy, y=y[:, 0])),
        "logits to the hand-written cost": ("logits-to-bce", lambda: of(nn.Linear(3, 1), hand_written_cost)),
        "two layers, forgotten sigmoid": ("logits-to-bce", lambda: of(TwoLayerNet(3, 5), bce)),
        "probabilities to BCEWithLogits": ("probabilities-to-logit-loss", lambda: of(squeezed(), logit)),
        "the deck's class to BCEWithLogits": (
            "probabilities-to-logit-loss",
            lambda: of(BinaryClassifier(3), F.binary_cross_entropy_with_logits),
        ),
        "a sigmoid written out, to a logit cost": ("probabilities-to-logit-loss", lambda: of(ByHand(1), logit_cost)),
        "sigmoid in the loop, then BCEWithLogits": (
            "probabilities-to-logit-loss",
            lambda: of(nn.Linear(3, 1), lambda z, y: logit(torch.sigmoid(z), y)),
        ),
        "Sigmoid, Sigmoid": ("sigmoid-twice", lambda: of(nn.Sequential(squeezed(), nn.Sigmoid()), bce)),
        "sigmoid written out twice": ("sigmoid-twice", lambda: of(ByHand(2), hand_written_cost)),
        "sigmoid in the module and in the loss": (
            "sigmoid-twice",
            lambda: of(squeezed(), lambda h, y: F.binary_cross_entropy(torch.sigmoid(h), y)),
        ),
        "(N, 1) against (N,), by hand": ("shape-mismatch", lambda: of(squeezed(), hand_written_cost, y=y[:, 0])),
        "(N,) against (N, 1), by hand": ("shape-mismatch", lambda: of(Flat(), logit_cost)),
        "(N, 1) against (N,), BCEWithLogits": ("shape-mismatch", lambda: of(nn.Linear(3, 1), logit, y=y[:, 0])),
        "(N, 1) against (N,), BCELoss": ("shape-mismatch", lambda: of(squeezed(), bce, y=y[:, 0])),
        "(N, 1) against (N,), MSELoss": ("shape-mismatch", lambda: of(squeezed(), nn.MSELoss(), y=y[:, 0])),
        "long labels, BCELoss": ("integer-targets", lambda: of(squeezed(), bce, y=y.long())),
        "long labels, BCEWithLogits": ("integer-targets", lambda: of(nn.Linear(3, 1), logit, y=y.long())),
        "bool labels": ("integer-targets", lambda: of(squeezed(), hand_written_cost, y=y.bool())),
        "labels 1 and 2": ("labels-out-of-range", lambda: of(nn.Linear(3, 1), logit, y=y + 1)),
        "labels -1 and 1": ("labels-out-of-range", lambda: of(squeezed(), bce, y=2 * y - 1)),
        "labels in per cent": ("labels-out-of-range", lambda: of(squeezed(), hand_written_cost, y=100 * y)),
        "labels -1 and 1, squared error of a sigmoid": (
            "labels-out-of-range",
            lambda: of(squeezed(), nn.MSELoss(), y=2 * y - 1),
        ),
        "another module's parameters": ("parameters-not-held", unheld),
        "a layer exchanged after the optimizer was made": ("parameters-not-held", late),
        "layers in a plain list": ("parameters-not-held", lambda: of(PlainList(), logit)),
        "only the bias": ("parameters-not-held", only_bias),
        "lr = 1 on the deck's six points": (
            "learning-rate-climbs",
            lambda: of(zeros(squeezed(2)), F.binary_cross_entropy, X, Y, 1.0),
        ),
        "raw exam scores, lr = 1, by hand": (
            "learning-rate-climbs",
            lambda: of(zeros(squeezed(1)), hand_written_cost, SCORES, PASSED, 1.0),
        ),
        "raw exam scores, lr = 1": ("learning-rate-climbs", lambda: of(zeros(squeezed(1)), bce, SCORES, PASSED, 1.0)),
        "lr = 50": ("learning-rate-climbs", lambda: of(nn.Linear(3, 1), logit, lr=50.0)),
        "the sum instead of the mean": (
            "learning-rate-climbs",
            lambda: of(nn.Linear(3, 1), nn.BCEWithLogitsLoss(reduction="sum"), lr=0.5),
        ),
        "lr = 1e-6": ("learning-rate-crawls", lambda: of(nn.Linear(3, 1), logit, lr=1e-6)),
        "lr = 1e-5 on the six points": ("learning-rate-crawls", lambda: of(zeros(squeezed(2)), bce, X, Y, 1e-5)),
        "raw scores, saturated from the start": ("saturation", lambda: of(_steep(), bce, SCORES, PASSED, 1e-4)),
        "raw scores, log 0 from the start": (
            "saturation",
            lambda: of(_steep(), hand_written_cost, SCORES, PASSED, 1e-4),
        ),
        "bfloat16 weights": ("half-precision", half),
        "a loader that reads row by row": ("slow-loader", loader),
        "frozen": ("no-gradient", frozen),
        "detached": ("no-gradient", lambda: of(Detached(), logit)),
        "CrossEntropyLoss on one output": ("no-gradient", lambda: of(nn.Linear(3, 1), nn.CrossEntropyLoss())),
        "a softmax over one output": ("no-gradient", lambda: of(nn.Sequential(nn.Linear(3, 1), nn.Softmax(1)), bce)),
        "a hidden layer from zeros": ("no-gradient", lambda: of(zeros(TwoLayerNet(2, 4)), logit, X, Y)),
        "NaN among the rows": ("not-finite", lambda: of(nn.Linear(3, 1), logit, _holed(x))),
        "float64 rows": ("dtype-mismatch", lambda: of(nn.Linear(3, 1), logit, x.double())),
        "float64 labels": ("dtype-mismatch", lambda: of(squeezed(), bce, y=y.double())),
    }


def _steep() -> nn.Module:
    model = zeros(squeezed(1))
    nn.init.constant_(model[0].weight, 0.9)  # type: ignore[index]
    return model


def _holed(x: Tensor) -> Tensor:
    x = x.clone()
    x[3, 1] = torch.nan
    return x


FAULTY = _faulty()


# --- faulty, and only to be seen running ------------------------------------------------------------------------------


def deck_sequential() -> Report:
    """The deck's own mistake: the model is made anew in every epoch, the optimizer keeps the first."""
    model = squeezed(2)
    optimizer = torch.optim.SGD(model.parameters(), lr=1)
    with doctor.watch(model, optimizer) as w:
        for _ in range(50):
            model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
            hypothesis = model(X)
            cost = F.binary_cross_entropy(hypothesis, Y)
            optimizer.zero_grad()
            cost.backward()
            optimizer.step()
    return w.report


def all_made_anew() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    with doctor.watch(model, optimizer) as w:
        for _ in range(30):
            model = nn.Linear(3, 1)
            optimizer = sgd(model)
            loss = F.binary_cross_entropy_with_logits(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return w.report


def weights_set_anew() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    with doctor.watch(model, optimizer) as w:
        for _ in range(30):
            zeros(model)
            loss = F.binary_cross_entropy_with_logits(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return w.report


def no_zero_grad() -> Report:
    x, y = noisy()
    model = squeezed()
    optimizer = sgd(model, 0.5)
    with doctor.watch(model, optimizer) as w:
        for _ in range(60):
            cost = -(y * torch.log(model(x)) + (1 - y) * torch.log(1 - model(x))).mean()
            cost.backward()
            optimizer.step()
    return w.report


def no_zero_grad_adam_batches() -> Report:
    x, y = noisy()
    model = TwoLayerNet(3, 8)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    with doctor.watch(model, optimizer) as w:
        for _ in range(10):
            for i in range(0, 120, 30):
                loss = nn.BCEWithLogitsLoss()(model(x[i : i + 30]), y[i : i + 30])
                loss.backward()
                optimizer.step()
    return w.report


def zero_grad_of_another() -> Report:
    x, y = noisy()
    model, other = nn.Linear(3, 1), nn.Linear(3, 1)
    optimizer = sgd(model, 0.1, momentum=0.5)
    with doctor.watch(model, optimizer) as w:
        for _ in range(40):
            other.zero_grad()
            loss = logit_cost(model(x), y)
            loss.backward()
            optimizer.step()
    return w.report


def zero_grad_after_backward() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    with doctor.watch(model, optimizer) as w:
        for _ in range(30):
            loss = logit_cost(model(x), y)
            loss.backward()
            optimizer.zero_grad()
            optimizer.step()
    return w.report


def no_backward() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    with doctor.watch(model, optimizer) as w:
        for _ in range(30):
            optimizer.zero_grad()
            logit_cost(model(x), y)
            optimizer.step()
    return w.report


def no_step() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    with doctor.watch(model, optimizer) as w:
        for _ in range(30):
            optimizer.zero_grad()
            logit_cost(model(x), y).backward()
    return w.report


def climbing_batches() -> Report:
    x, y = noisy(200)
    model = nn.Linear(3, 1)
    optimizer = sgd(model, 40.0)
    rows = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
    with doctor.watch(model, optimizer) as w:
        for _ in range(8):
            for xb, yb in rows:
                optimizer.zero_grad()
                nn.BCEWithLogitsLoss()(model(xb), yb).backward()
                optimizer.step()
    return w.report


def adam_too_large() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=30.0)
    with doctor.watch(model, optimizer) as w:
        for _ in range(60):
            optimizer.zero_grad()
            nn.BCEWithLogitsLoss()(model(x), y).backward()
            optimizer.step()
    return w.report


def turn(step: Callable[[nn.Module, torch.optim.Optimizer, Tensor, Tensor], Any], **options: Any) -> Report:
    """Thirty turns of a loop."""
    x, y = noisy(200)
    model = options.pop("model", None) or nn.Linear(3, 1)
    optimizer = sgd(model, **options)
    with doctor.watch(model, optimizer) as w, suppress(RuntimeError):
        for _ in range(30):
            step(model, optimizer, x, y)
    return w.report


def under_no_grad() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        with torch.no_grad():
            loss = logit_cost(model(x), y)
        optimizer.zero_grad()
        loss.backward()

    return turn(step)


def loss_of_a_number() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        loss = torch.tensor(logit_cost(model(x), y).item(), requires_grad=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return turn(step)


def copies_of_a_template() -> Report:
    def step(template: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        model = copy.deepcopy(template)
        optimizer.zero_grad()
        logit_cost(model(x), y).backward()
        optimizer.step()

    return turn(step)


def parameters_reset() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        model.reset_parameters()  # type: ignore[operator]
        optimizer.zero_grad()
        logit_cost(model(x), y).backward()
        optimizer.step()

    return turn(step)


def climbing_in_any_order() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        i = torch.randperm(len(x))
        optimizer.zero_grad()
        nn.BCEWithLogitsLoss()(model(x[i]), y[i]).backward()
        optimizer.step()

    return turn(step, lr=60.0)


def zeroed_once_an_epoch() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        optimizer.zero_grad()
        for i in range(0, 200, 50):
            logit_cost(model(x[i : i + 50]), y[i : i + 50]).backward()
            optimizer.step()

    return turn(step)


def workers_for_few_rows() -> Report:
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    rows = DataLoader(TensorDataset(*noisy(80)), batch_size=40, num_workers=2)
    with doctor.watch(model, optimizer) as w, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of a fork beside threads
        for _ in range(3):
            for x, y in rows:
                optimizer.zero_grad()
                logit_cost(model(x), y).backward()
                optimizer.step()
    return w.report


def lbfgs_without_zero_grad() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.1)

    def closure() -> Tensor:
        loss = logit_cost(model(x), y)
        loss.backward()
        return loss

    with doctor.watch(model, optimizer) as w:
        for _ in range(3):
            optimizer.step(closure)
    return w.report


RUNNING: dict[Callable[[], Report], str] = {
    deck_sequential: "model-rebuilt",
    all_made_anew: "model-rebuilt",
    weights_set_anew: "model-rebuilt",
    no_zero_grad: "missing-zero-grad",
    no_zero_grad_adam_batches: "missing-zero-grad",
    zero_grad_of_another: "missing-zero-grad",
    zero_grad_after_backward: "zero-grad-too-late",
    no_backward: "missing-backward",
    no_step: "missing-step",
    climbing_batches: "learning-rate-climbs",
    adam_too_large: "learning-rate-climbs",
    under_no_grad: "no-gradient",
    loss_of_a_number: "no-gradient",
    copies_of_a_template: "model-rebuilt",
    parameters_reset: "model-rebuilt",
    climbing_in_any_order: "learning-rate-climbs",
    zeroed_once_an_epoch: "missing-zero-grad",
    lbfgs_without_zero_grad: "missing-zero-grad",
    workers_for_few_rows: "slow-loader",
}


# --- sound ------------------------------------------------------------------------------------------------------------


def _sound() -> dict[str, Callable[[], Pieces]]:
    def of(model: nn.Module, loss: Any, rows: tuple[Any, Any] | None = None, optimizer: Any = None) -> Pieces:
        return Pieces(
            model, *(noisy() if rows is None else rows), loss, sgd(model) if optimizer is None else optimizer(model)
        )

    def rare() -> Pieces:
        x, y = noisy(400, share=0.1)
        model = nn.Linear(3, 1)
        loss = nn.BCEWithLogitsLoss(pos_weight=(1 - y).sum() / y.sum())
        return Pieces(model, x, y, loss, sgd(model))

    def tuned() -> Pieces:
        model = TwoLayerNet(3, 6)
        model.linear1.requires_grad_(False)
        return Pieces(model, *noisy(), nn.BCEWithLogitsLoss(), sgd(model.linear2))

    def batches() -> Pieces:
        model = nn.Linear(3, 1)
        rows = DataLoader(TensorDataset(*noisy()), batch_size=16, shuffle=True)
        return Pieces(model, rows, None, nn.BCEWithLogitsLoss(), sgd(model))

    x, y = noisy()
    logit, bce = nn.BCEWithLogitsLoss(), nn.BCELoss()
    centered = (SCORES - deck.EXAM_CENTER) / 10
    dropout = lambda: nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 1))  # noqa: E731
    norm = lambda: nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))  # noqa: E731
    adam = lambda m: torch.optim.Adam(m.parameters(), lr=0.01)  # noqa: E731
    return {
        "the deck's loop, lr = 0.1": lambda: of(zeros(squeezed(2)), F.binary_cross_entropy, (X, Y)),
        "centered scores": lambda: of(squeezed(1), hand_written_cost, (centered, PASSED)),
        "the deck's class": lambda: of(BinaryClassifier(3), bce),
        "BCEWithLogits and Linear": lambda: of(nn.Linear(3, 1), logit),
        "a flat module": lambda: of(Flat(), logit, (x, y[:, 0])),
        "squeezed in the loss": lambda: of(nn.Linear(3, 1), lambda z, y: logit(z.squeeze(1), y), (x, y[:, 0])),
        "sigmoid in the loss, once": lambda: of(nn.Linear(3, 1), lambda z, y: bce(torch.sigmoid(z), y)),
        "long labels, made float in the loss": lambda: of(
            nn.Linear(3, 1), lambda z, y: logit(z, y.float()), (x, y.long())
        ),
        "soft margin on -1 and 1": lambda: of(nn.Linear(3, 1), nn.SoftMarginLoss(), (x, 2 * y - 1)),
        "the sum, and a step to match": lambda: of(
            nn.Linear(3, 1), nn.BCEWithLogitsLoss(reduction="sum"), optimizer=lambda m: sgd(m, 0.1 / 120)
        ),
        "momentum": lambda: of(nn.Linear(3, 1), logit, optimizer=lambda m: sgd(m, 0.1, momentum=0.9)),
        "Nesterov": lambda: of(nn.Linear(3, 1), logit, optimizer=lambda m: sgd(m, 0.1, momentum=0.9, nesterov=True)),
        "weight decay": lambda: of(nn.Linear(3, 1), logit, optimizer=lambda m: sgd(m, 0.5, weight_decay=0.01)),
        "Adam": lambda: of(nn.Linear(3, 1), logit, optimizer=adam),
        "AdamW, two layers": lambda: of(
            TwoLayerNet(3, 8), logit, optimizer=lambda m: torch.optim.AdamW(m.parameters(), 0.01)
        ),
        "RMSprop": lambda: of(squeezed(), bce, optimizer=lambda m: torch.optim.RMSprop(m.parameters(), 0.01)),
        "two layers": lambda: of(TwoLayerNet(3, 16), logit, optimizer=lambda m: sgd(m, 0.5)),
        "hidden sigmoid": lambda: of(nn.Sequential(nn.Linear(3, 6), nn.Sigmoid(), nn.Linear(6, 1)), logit),
        "hidden tanh, sigmoid at the end": lambda: of(nn.Sequential(nn.Linear(3, 6), nn.Tanh(), *squeezed(6)), bce),
        "Dropout": lambda: of(dropout(), logit, optimizer=adam),
        "Dropout, plain descent": lambda: of(dropout(), logit),
        "BatchNorm": lambda: of(norm(), logit),
        "pos_weight": rare,
        "label smoothing": lambda: of(nn.Linear(3, 1), lambda z, y: logit(z, 0.9 * y + 0.05)),
        "soft labels": lambda: of(
            nn.Linear(3, 1), logit, (x, torch.rand(120, 1, generator=torch.Generator().manual_seed(2)))
        ),
        "focal loss": lambda: of(nn.Linear(3, 1), focal),
        "squared error of a sigmoid": lambda: of(squeezed(), nn.MSELoss(), optimizer=lambda m: sgd(m, 1.0)),
        "clamped probabilities": lambda: of(squeezed(), lambda h, y: hand_written_cost(h.clamp(1e-7, 1 - 1e-7), y)),
        "float64": lambda: of(nn.Linear(3, 1).double(), logit, (x.double(), y.double())),
        "float64 labels, by hand": lambda: of(squeezed(), hand_written_cost, (x, y.double())),
        "a frozen first layer": tuned,
        "mini-batches": batches,
        "a penalty in the loss": _penalized,
    }


def _penalized() -> Pieces:
    model = nn.Linear(3, 1)
    return Pieces(
        model,
        *noisy(),
        lambda z, y: logit_cost(z, y) + 1e-2 * sum(p.square().sum() for p in model.parameters()),
        sgd(model),
    )


SOUND = _sound()


def lbfgs() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5)

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = nn.BCEWithLogitsLoss()(model(x), y)
        loss.backward()
        return loss

    with doctor.watch(model, optimizer) as w:
        for _ in range(10):
            optimizer.step(closure)
    return w.report


def accumulated() -> Report:
    """Gradients of four mini-batches are added up on purpose before a step."""
    x, y = noisy(160)
    model = nn.Linear(3, 1)
    optimizer = sgd(model, 0.2)
    with doctor.watch(model, optimizer) as w:
        for epoch in range(10):
            for i in range(0, 160, 40):
                loss = logit_cost(model(x[i : i + 40]), y[i : i + 40]) / 4
                loss.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=epoch % 2 == 0)
    return w.report


def looked_at_and_clipped() -> Report:
    """Validation and accuracy in the loop, clipped gradients, a schedule."""
    x, y = noisy(200)
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    with doctor.watch(model, optimizer) as w:
        for _ in range(30):
            model.train()
            for i in torch.randperm(160).split(32):
                optimizer.zero_grad()
                z = model(x[i])
                loss = F.binary_cross_entropy_with_logits(z, y[i])
                loss.backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
                ((z > 0) == (y[i] > 0.5)).float().mean().item()
            schedule.step()
            model.eval()
            with torch.no_grad():
                F.binary_cross_entropy_with_logits(model(x[160:]), y[160:]).item()
    return w.report


def kept_within_bounds() -> Report:
    """Weights put back where they are allowed to be after every step."""
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model, 0.3)
    with doctor.watch(model, optimizer) as w:
        for _ in range(60):
            optimizer.zero_grad()
            logit_cost(model(x), y).backward()
            optimizer.step()
            with torch.no_grad():
                model.weight.clamp_(-0.5, 0.5)
    return w.report


def gradients_by_hand() -> Report:
    x, y = noisy()
    model = nn.Linear(3, 1)
    optimizer = sgd(model, 0.3)
    with doctor.watch(model, optimizer) as w:
        for _ in range(40):
            loss = w.loss(logit_cost(model(x), y))
            for p, g in zip(model.parameters(), torch.autograd.grad(loss, list(model.parameters()))):
                p.grad = g
            optimizer.step()
    return w.report


def in_any_order() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        z = model(x[(i := torch.randperm(len(x)))])
        loss = nn.BCEWithLogitsLoss()(z, y[i])
        model.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()

    return turn(step)


def under_autocast() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.BCEWithLogitsLoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return turn(step)


def with_a_moving_average() -> Report:
    model = TwoLayerNet(3, 6)
    average = torch.optim.swa_utils.AveragedModel(model)

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        optimizer.zero_grad()
        logit_cost(model(x), y).backward()
        optimizer.step()
        average.update_parameters(model)
        average(x)

    return turn(step, model=model)


def two_optimizers() -> Report:
    x, y = noisy()
    model = TwoLayerNet(3, 6)
    pair = [sgd(model.linear1), sgd(model.linear2)]
    with doctor.watch(model, pair) as w:
        for _ in range(30):
            for optimizer in pair:
                optimizer.zero_grad()
            logit_cost(model(x), y).backward()
            for optimizer in pair:
                optimizer.step()
    return w.report


def steps_by_hand() -> Report:
    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        model.zero_grad()
        logit_cost(model(x), y).backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.1 * p.grad  # type: ignore[operator]

    return turn(step)


def two_classes_by_cross_entropy() -> Report:
    """Two outputs a row: not what the doctor knows, so it keeps quiet."""

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor) -> None:
        optimizer.zero_grad()
        nn.CrossEntropyLoss()(model(x), y[:, 0].long()).backward()
        optimizer.step()

    return turn(step, model=nn.Linear(3, 2))


RUNNING_SOUND: list[Callable[[], Report]] = [
    in_any_order,
    under_autocast,
    with_a_moving_average,
    two_optimizers,
    steps_by_hand,
    two_classes_by_cross_entropy,
    lbfgs,
    accumulated,
    looked_at_and_clipped,
    kept_within_bounds,
    gradients_by_hand,
]
