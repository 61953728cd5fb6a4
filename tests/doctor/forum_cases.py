"""Loops with modules as forums have them: one mistake each, and sound ones of every make."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import torch
from doctor_cases import Flat, X, Y, noisy, sgd, squeezed, zeros
from torch import Tensor, nn, optim
from torch.nn import functional as F  # noqa: N812
from torch.utils.checkpoint import checkpoint
from torch.utils.data import DataLoader, TensorDataset

from cutline import doctor
from cutline.doctor import Report
from cutline.nn import BinaryClassifier, TwoLayerNet, hand_written_cost, logit_cost

x, y = noisy(200)
bce, logit = nn.BCELoss(), nn.BCEWithLogitsLoss()
Turn = Callable[[nn.Module, Any], Any]
LOOPS: dict[str, tuple[str, Callable[[], Report]]] = {}  # the one fault, "" for none


def loop(model: nn.Module, turn: Turn, optimizer: Any = None, epochs: int = 30) -> Report:
    optimizer = sgd(model) if optimizer is None else optimizer
    with doctor.watch(model, optimizer) as w, suppress(RuntimeError, ValueError, IndexError, UserWarning):
        for _ in range(epochs):
            turn(model, optimizer)
    return w.report


def run(
    model: nn.Module,
    loss: Any,
    X: Tensor = x,
    Y: Tensor = y,
    *,
    lr: float = 0.1,
    optimizer: Any = None,
    epochs: int = 30,
) -> Report:
    """A loop in order, with pieces that may not be."""

    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        loss(model(X), Y).backward()
        optimizer.step()

    return loop(model, turn, optimizer or optim.SGD(model.parameters(), lr=lr), epochs)


def batched(
    model: nn.Module, loss: Any, rows: Iterable[Any] | None = None, optimizer: Any = None, n: int = 6
) -> Report:
    rows = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True) if rows is None else rows

    def turn(model: nn.Module, optimizer: Any) -> None:
        for a, b, *_ in rows:
            optimizer.zero_grad()
            loss(model(a), b).backward()
            optimizer.step()

    return loop(model, turn, optimizer, n)


def says(code: str) -> Callable[[Callable[[], Report]], Callable[[], Report]]:
    def keep(case: Callable[[], Report]) -> Callable[[], Report]:
        LOOPS[case.__name__] = code, case
        return case

    return keep


def adam(model: nn.Module, lr: float = 0.01) -> optim.Optimizer:
    return optim.Adam(model.parameters(), lr=lr)


def deep() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))


def without_minus(z: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(z))


class Spelled(nn.Module):
    """A sigmoid written out over a linear layer."""

    def __init__(self, sigmoid: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.linear, self.sigmoid = nn.Linear(3, 1), sigmoid

    def forward(self, x: Tensor) -> Tensor:
        return self.sigmoid(self.linear(x))


class Several(nn.Module):
    """Returns what `answer` makes of a logit, and takes what it wants of the rows."""

    def __init__(self, answer: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self.linear, self.answer = nn.Linear(3, 1), answer

    def forward(self, features: Tensor) -> Any:
        return self.answer(self.linear(features))


class Held(nn.Module):
    """A weight that is no nn.Parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.W, self.b = torch.zeros((3, 1), requires_grad=True), nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.W + self.b


class Last(nn.Module):
    """The last of what a recurrent layer says."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.head = nn.GRU(3, 6, batch_first=True), nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.rnn(x)[0][:, -1])


class Mixed(nn.Module):
    """Numbers and categories, by name."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.levels = nn.Linear(2, 1), nn.Embedding(4, 1)

    def forward(self, numbers: Tensor, level: Tensor) -> Tensor:
        return self.linear(numbers) + self.levels(level)


def sequences(n: int = 60) -> tuple[Tensor, Tensor]:
    a = torch.randn(n, 5, 3, generator=torch.Generator().manual_seed(2))
    return a, (a[:, -1].sum(1) > 0).float()[:, None]


# --- one mistake each -------------------------------------------------------------------------------------------------

SIMPLE: dict[str, tuple[str, Callable[[], Report]]] = {
    "arguments swapped": ("swapped-arguments", lambda: run(nn.Linear(3, 1), lambda z, t: logit(t, z))),
    "arguments swapped, BCELoss": ("swapped-arguments", lambda: run(squeezed(), lambda h, t: bce(t, h))),
    "arguments swapped, by name": (
        "swapped-arguments",
        lambda: run(TwoLayerNet(3, 8), lambda z, t: F.binary_cross_entropy_with_logits(input=t, target=z)),
    ),
    "arguments swapped, by hand": ("swapped-arguments", lambda: run(squeezed(), lambda h, t: hand_written_cost(t, h))),
    "arguments swapped, logits by hand": (
        "swapped-arguments",
        lambda: run(nn.Linear(3, 1), lambda z, t: logit_cost(t, z)),
    ),
    "arguments swapped, weighted": (
        "swapped-arguments",
        lambda: run(nn.Linear(3, 1), lambda z, t: nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0))(t, z)),
    ),
    "arguments swapped, flat": ("swapped-arguments", lambda: run(Flat(), lambda z, t: logit(t, z), Y=y[:, 0])),
    "arguments swapped, in batches": ("swapped-arguments", lambda: batched(nn.Linear(3, 1), lambda z, t: logit(t, z))),
    "arguments swapped, standing still": (
        "swapped-arguments",
        lambda: doctor.check(model := nn.Linear(3, 1), x, y, lambda z, t: logit(t, z), sgd(model)),
    ),
    "a loss turned round": ("cost-without-minus", lambda: batched(TwoLayerNet(3, 6), lambda z, t: -logit(z, t))),
    "one minus the loss": ("cost-without-minus", lambda: run(nn.Linear(3, 1), lambda z, t: 1 - logit(z, t))),
    "no minus before the cost": (
        "cost-without-minus",
        lambda: doctor.check(model := BinaryClassifier(3), x, y, lambda h, t: -hand_written_cost(h, t), sgd(model)),
    ),
    "no minus in the sigmoid": ("sigmoid-without-minus", lambda: run(Spelled(without_minus), bce)),
    "no minus in the sigmoid, as a power": (
        "sigmoid-without-minus",
        lambda: run(Spelled(lambda z: (1 + torch.exp(z)) ** -1), bce),
    ),
    "no minus in the loss's sigmoid": (
        "sigmoid-without-minus",
        lambda: run(TwoLayerNet(3, 6), lambda z, t: bce(without_minus(z), t)),
    ),
    "rounded before the loss": ("no-gradient", lambda: run(squeezed(), lambda h, t: bce(h.round(), t))),
    "a threshold in forward": ("no-gradient", lambda: run(Spelled(lambda z: (z > 0).float()), bce)),
    "detach in the loss": ("no-gradient", lambda: run(squeezed(), lambda h, t: bce(h.detach(), t))),
    ".data in the loss": ("no-gradient", lambda: run(squeezed(), lambda h, t: bce(h.data, t))),
    "by way of numpy": (
        "no-gradient",
        lambda: run(squeezed(), lambda h, t: bce(torch.tensor(h.detach().numpy(), requires_grad=True), t)),
    ),
    "argmax of one output": (
        "no-gradient",
        lambda: run(nn.Linear(3, 1), lambda z, t: F.mse_loss(torch.argmax(z, 1, keepdim=True).float(), t)),
    ),
    "sign": ("no-gradient", lambda: run(nn.Linear(3, 1), lambda z, t: ((torch.sign(z) + 1) / 2 - t).abs().mean())),
    "labels against themselves": ("no-gradient", lambda: run(nn.Linear(3, 1), lambda z, t: logit(t, t))),
    "softmax over one output": ("no-gradient", lambda: run(nn.Sequential(nn.Linear(3, 1), nn.Softmax(1)), logit)),
    "CrossEntropyLoss, class numbers": (
        "no-gradient",
        lambda: run(nn.Linear(3, 1), nn.CrossEntropyLoss(), Y=torch.zeros(200, dtype=torch.long)),
    ),
    "ReLU to BCELoss": ("logits-to-bce", lambda: run(nn.Sequential(nn.Linear(3, 1), nn.ReLU()), bce)),
    "tanh to BCELoss": ("logits-to-bce", lambda: run(nn.Sequential(nn.Linear(3, 1), nn.Tanh()), bce)),
    "one squeezed, one not": ("shape-mismatch", lambda: run(squeezed(), lambda h, t: F.mse_loss(h.squeeze(), t))),
    "one squeezed, one not: an error": (
        "shape-mismatch",
        lambda: run(nn.Linear(3, 1), lambda z, t: logit(z.squeeze(), t)),
    ),
    "a row of labels": (
        "shape-mismatch",
        lambda: run(nn.Linear(3, 1), lambda z, t: (F.softplus(z) - t[None, :, 0] * z).mean()),
    ),
    "labels 0 and 255": ("labels-out-of-range", lambda: run(nn.Linear(3, 1), logit, Y=255 * y)),
    "long labels in batches": (
        "integer-targets",
        lambda: batched(nn.Linear(3, 1), logit, DataLoader(TensorDataset(x, y.long()), batch_size=20)),
    ),
    "float16": ("half-precision", lambda: run(nn.Linear(3, 1).half(), logit, x.half(), y.half())),
    "lr = 0": ("learning-rate-crawls", lambda: run(nn.Linear(3, 1), logit, lr=0.0)),
    "the loss times 1e-8": ("learning-rate-crawls", lambda: run(nn.Linear(3, 1), lambda z, t: 1e-8 * logit(z, t))),
    "Adam, lr = 1e-7": (
        "learning-rate-crawls",
        lambda: run(model := nn.Linear(3, 1), logit, optimizer=adam(model, 1e-7)),
    ),
    "x in thousands": ("learning-rate-climbs", lambda: run(nn.Linear(3, 1), logit, X=1000 * x)),
    "Adam, lr = 30, two layers": (
        "learning-rate-climbs",
        lambda: run(model := TwoLayerNet(3, 8), logit, optimizer=adam(model, 30.0), epochs=60),
    ),
    "another module's weights": (
        "parameters-not-held",
        lambda: run(nn.Linear(3, 1), logit, optimizer=sgd(nn.Linear(3, 1))),
    ),
    "only the body": ("parameters-not-held", lambda: run(model := deep(), logit, optimizer=sgd(model[0]))),
    "a weight that is no parameter": ("parameters-not-held", lambda: run(Held(), logit)),
    "a great bias to begin with": ("saturation", lambda: run(_biased(60.0), bce, lr=0.01)),
    "a hidden sigmoid at its ends": (
        "saturation",
        lambda: run(nn.Sequential(nn.Linear(3, 8), nn.Sigmoid(), nn.Linear(8, 1)), logit, X=1e4 * x, lr=0.01),
    ),
    "infinity among the rows": (
        "not-finite",
        lambda: run(nn.Linear(3, 1), logit, X=torch.where(x == x[3, 1], torch.inf, x)),
    ),
}
LOOPS |= SIMPLE


def _biased(bias: float) -> nn.Module:
    model = squeezed()
    nn.init.constant_(model[0].bias, bias)
    return model


@says("no-gradient")
def under_inference_mode() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        with torch.inference_mode():
            loss = logit(model(x), y)
        optimizer.zero_grad()
        loss.backward()

    return loop(nn.Linear(3, 1), turn)


@says("parameters-not-held")
def converted_after_the_optimizer() -> Report:
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    return run(copy.deepcopy(model).double(), logit, x.double(), y.double(), optimizer=optimizer)


@says("model-rebuilt")
def a_head_made_in_the_loop() -> Report:
    def turn(model: Any, optimizer: Any) -> None:
        model[2] = nn.Linear(8, 1)
        optimizer.zero_grad()
        logit(model(x), y).backward()
        optimizer.step()

    return loop(deep(), turn)


@says("model-rebuilt")
def weights_loaded_in_the_loop() -> Report:
    model = nn.Linear(3, 1)
    start = copy.deepcopy(model.state_dict())

    def turn(model: nn.Module, optimizer: Any) -> None:
        model.load_state_dict(start)
        optimizer.zero_grad()
        logit(model(x), y).backward()
        optimizer.step()

    return loop(model, turn)


@says("missing-zero-grad")
def zero_grad_without_parentheses() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad  # noqa: B018
        logit(model(x), y).backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("missing-zero-grad")
def backward_twice() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        loss = logit(model(x), y)
        loss.backward(retain_graph=True)
        loss.backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("missing-zero-grad")
def only_the_bias_zeroed() -> Report:
    def turn(model: Any, optimizer: Any) -> None:
        model.bias.grad = None
        logit(model(x), y).backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("zero-grad-too-late")
def step_before_backward() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        loss = logit(model(x), y)
        optimizer.step()
        loss.backward()
        optimizer.zero_grad()

    return loop(nn.Linear(3, 1), turn)


@says("missing-step")
def step_without_parentheses() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        logit(model(x), y).backward()
        optimizer.step  # noqa: B018

    return loop(nn.Linear(3, 1), turn)


@says("labels-shuffled")
def shuffled_apart() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        logit(model(x[torch.randperm(200)]), y[torch.randperm(200)]).backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("labels-shuffled")
def only_the_labels_shuffled() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        logit(model(x), y[torch.randperm(200)]).backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("labels-shuffled")
def only_the_rows_shuffled_in_batches() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        order = torch.randperm(200)
        for i in range(0, 200, 50):
            optimizer.zero_grad()
            logit(model(x[order][i : i + 50]), y[i : i + 50]).backward()
            optimizer.step()

    return loop(nn.Linear(3, 1), turn, epochs=8)


@says("learning-rate-crawls")
def a_schedule_that_goes_to_nothing() -> Report:
    model = nn.Linear(3, 1)
    optimizer = sgd(model)
    schedule = optim.lr_scheduler.StepLR(optimizer, 1, 0.1)

    def turn(model: nn.Module, optimizer: Any) -> None:
        for i in range(0, 200, 20):
            optimizer.zero_grad()
            logit(model(x[i : i + 20]), y[i : i + 20]).backward()
            optimizer.step()
            schedule.step()

    return loop(model, turn, optimizer, 20)


@says("learning-rate-climbs")
def two_optimizers_that_fight() -> Report:
    model = nn.Linear(3, 1)
    down, up = sgd(model), sgd(model, maximize=True)

    def turn(model: nn.Module, _: Any) -> None:
        down.zero_grad()
        logit(model(x), y).backward()
        for optimizer in (down, up, up):
            optimizer.step()

    return loop(model, turn, [down, up], 100)


# --- sound ------------------------------------------------------------------------------------------------------------


def scheduled(schedule: Callable[[optim.Optimizer], Any], lr: float) -> Report:
    model = nn.Linear(3, 1)
    optimizer = sgd(model, lr)
    plan = schedule(optimizer)

    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        logit(model(x), y).backward()
        optimizer.step()
        plan.step()

    return loop(model, turn, optimizer, 80)


def embedded() -> tuple[Tensor, Tensor]:
    places = torch.randint(0, 30, (100, 6), generator=torch.Generator().manual_seed(1))
    return places, (places.float().mean(1) > 14).float()[:, None]


def pictures() -> tuple[Tensor, Tensor]:
    a = torch.randn(60, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    return a, (a.mean((1, 2, 3)) > 0).float()[:, None]


def convolution() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1)
    )


def drawn(i: Callable[[], Tensor]) -> Callable[[], Report]:
    """Rows and labels in an order drawn for both."""

    def turn(model: nn.Module, optimizer: Any) -> None:
        order = i()
        optimizer.zero_grad()
        logit(model(x[order]), y[order]).backward()
        optimizer.step()

    return lambda: loop(nn.Linear(3, 1), turn)


def held_against(answer: Callable[[Any], Tensor], returned: Callable[[Tensor], Any]) -> Callable[[], Report]:
    return lambda: run(Several(returned), lambda given, t: logit(answer(given), t))


weight = torch.rand(200, 1, generator=torch.Generator().manual_seed(1))
QUIET: dict[str, Callable[[], Report]] = {
    "1,001 epochs, the log outside": lambda: run(zeros(squeezed(2)), F.binary_cross_entropy, X, Y, lr=0.3, epochs=1001),
    "(N, 1, 1)": lambda: run(Several(lambda z: z[:, :, None]), logit, Y=y[:, :, None]),
    "a tuple": held_against(lambda given: given[0], lambda z: (z, torch.sigmoid(z))),
    "a dict": held_against(lambda given: given["logits"], lambda z: {"h": torch.sigmoid(z), "logits": z}),
    "two heads": lambda: run(
        Several(lambda z: (z, -z)), lambda both, t: logit(both[0], t) + 0.3 * logit(both[1], 1 - t)
    ),
    "triples": lambda: batched(nn.Linear(3, 1), logit, DataLoader(TensorDataset(x, y, weight), batch_size=20)),
    "one row a batch": lambda: batched(
        model := nn.Linear(3, 1), logit, DataLoader(TensorDataset(x, y)), sgd(model, 0.02), 2
    ),
    "no batches, one row at a time": lambda: batched(
        model := nn.Linear(3, 1), logit, list(zip(x, y)), sgd(model, 0.02), 2
    ),
    "convolution": lambda: run(model := convolution(), logit, *pictures(), optimizer=adam(model)),
    "embedding": lambda: run(
        model := nn.Sequential(nn.EmbeddingBag(30, 8), nn.Linear(8, 1)), logit, *embedded(), optimizer=adam(model, 0.02)
    ),
    "embedding, standing still": lambda: doctor.check(
        model := nn.Sequential(nn.EmbeddingBag(30, 8), nn.Linear(8, 1)), *embedded(), logit, adam(model, 0.02)
    ),
    "recurrent": lambda: run(model := Last(), logit, *sequences(), optimizer=adam(model, 0.02)),
    "cosine": lambda: scheduled(lambda o: optim.lr_scheduler.CosineAnnealingLR(o, 80), 0.5),
    "warming up": lambda: scheduled(lambda o: optim.lr_scheduler.LinearLR(o, 1e-3, 1.0, 20), 0.5),
    "one cycle": lambda: scheduled(lambda o: optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=90), 0.1),
    "bool labels, cast": lambda: run(nn.Linear(3, 1), lambda z, t: logit(z, t.float()), Y=y.bool()),
    "labels shaped in the loss": lambda: run(
        nn.Linear(3, 1), lambda z, t: logit(z, t.unsqueeze(1).type_as(z)), Y=y[:, 0].long()
    ),
    "both squeezed": lambda: run(nn.Linear(3, 1), lambda z, t: logit(z.squeeze(), t.view(-1))),
    "eval mode all along": lambda: run(
        nn.Sequential(nn.Linear(3, 8), nn.BatchNorm1d(8), nn.Linear(8, 1)).eval(), logit
    ),
    "Adagrad": lambda: run(model := nn.Linear(3, 1), logit, optimizer=optim.Adagrad(model.parameters(), 0.1)),
    "Rprop": lambda: run(model := nn.Linear(3, 1), logit, optimizer=optim.Rprop(model.parameters(), 0.01)),
    "two rates": lambda: run(
        model := deep(),
        logit,
        optimizer=optim.SGD([{"params": model[0].parameters(), "lr": 0.05}, {"params": model[2].parameters()}], lr=0.3),
    ),
    "spectral norm": lambda: run(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 1)), logit),
    "weight norm": lambda: run(nn.utils.parametrizations.weight_norm(nn.Linear(3, 1)), logit),
    "weights of rows": lambda: run(
        nn.Linear(3, 1), lambda z, t: (weight * nn.BCEWithLogitsLoss(reduction="none")(z, t)).sum() / weight.sum()
    ),
    "a little more than 0 in the log": lambda: run(
        squeezed(), lambda h, t: hand_written_cost(1e-6 + (1 - 2e-6) * h, t)
    ),
    "logsigmoid": lambda: run(nn.Linear(3, 1), lambda z, t: -(t * F.logsigmoid(z) + (1 - t) * F.logsigmoid(-z)).mean()),
    "where": lambda: run(squeezed(), lambda h, t: -torch.log(torch.where(t > 0.5, h, 1 - h)).mean()),
    "rows of each class apart": lambda: run(
        squeezed(), lambda h, t: -(torch.log(h[t == 1]).sum() + torch.log(1 - h[t == 0]).sum()) / 200
    ),
    "hinge": lambda: run(nn.Linear(3, 1), lambda z, t: torch.clamp(1 - (2 * t - 1) * z, min=0).mean()),
    "absolute error": lambda: run(squeezed(), nn.L1Loss(), lr=0.5),
    "Dice": lambda: run(squeezed(), lambda h, t: 1 - 2 * (h * t).sum() / (h.sum() + t.sum()), lr=0.5),
    "e / (1 + e)": lambda: run(Spelled(lambda z: torch.exp(z) / (1 + torch.exp(z))), bce),
    "1 / (1 + exp(-z))": lambda: run(Spelled(lambda z: 1 / (1 + torch.exp(-z))), bce),
    "1 - 1 / (1 + exp(z))": lambda: run(Spelled(lambda z: 1 - without_minus(z)), bce),
    "an order for both": drawn(lambda: torch.randperm(200)),
    "drawn with replacement": drawn(lambda: torch.randint(200, (200,))),
    "labels at random, always the same": lambda: run(
        nn.Linear(3, 1), logit, Y=y[torch.randperm(200, generator=torch.Generator().manual_seed(1))]
    ),
    "numpy": lambda: doctor.check(model := squeezed(), x.numpy(), y.numpy(), bce, sgd(model)),
}
LOOPS |= {name: ("", case) for name, case in QUIET.items()}


@says("")
def named_inputs() -> Report:
    level = torch.arange(200) % 4

    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        logit(model(numbers=x[:, :2], level=level), y).backward()
        optimizer.step()

    model = Mixed()
    return loop(model, turn, adam(model))


@says("")
def two_losses_a_step() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        z = model(x)
        logit(z, y).backward(retain_graph=True)
        (0.01 * z.square().mean()).backward()
        optimizer.step()

    return loop(deep(), turn)


@says("")
def the_loss_in_the_module() -> Report:
    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(3, 1)

        def forward(self, x: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
            z = self.linear(x)
            return logit(z, labels), z

    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        model(x, y)[0].backward()
        optimizer.step()

    return loop(Whole(), turn)


@says("")
def checkpointed() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        optimizer.zero_grad()
        logit(checkpoint(model, x, use_reentrant=False), y).backward()
        optimizer.step()

    return loop(deep(), turn)


@says("")
def validated_before_backward() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        loss = logit(model(x[:150]), y[:150])
        float(logit(model(x[150:]), y[150:]).detach())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("")
def thawed_later() -> Report:
    model, epoch = deep(), iter(range(30))
    model[0].requires_grad_(False)

    def turn(model: Any, optimizer: Any) -> None:
        model[0].requires_grad_(next(epoch) >= 10)
        optimizer.zero_grad()
        logit(model(x), y).backward()
        optimizer.step()

    return loop(model, turn, sgd(model, 0.2))


@says("")
def accumulated_over_four() -> Report:
    rows = DataLoader(TensorDataset(x, y), batch_size=25)

    def turn(model: nn.Module, optimizer: Any) -> None:
        for i, (a, b) in enumerate(rows):
            (logit(model(a), b) / 4).backward()
            if i % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()

    return loop(nn.Linear(3, 1), turn, epochs=15)


@says("")
def mixed_up() -> Report:
    def turn(model: nn.Module, optimizer: Any) -> None:
        i, share = torch.randperm(200), torch.rand(1)
        optimizer.zero_grad()
        logit(model(share * x + (1 - share) * x[i]), share * y + (1 - share) * y[i]).backward()
        optimizer.step()

    return loop(nn.Linear(3, 1), turn)


@says("")
def rows_that_are_alike() -> Report:
    alike = (x > 0).float()

    def turn(model: nn.Module, optimizer: Any) -> None:
        for i in torch.randperm(200).split(20):
            optimizer.zero_grad()
            logit(model(alike[i]), y[i]).backward()
            optimizer.step()

    return loop(nn.Linear(3, 1), turn, epochs=10)


@says("")
def with_everything() -> Report:
    """LayerNorm, GELU, Dropout, AdamW, cosine, autocast, a scaler, clipping, validation."""
    model = nn.Sequential(nn.Linear(3, 16), nn.LayerNorm(16), nn.GELU(), nn.Dropout(0.2), nn.Linear(16, 1))
    optimizer = optim.AdamW(model.parameters(), lr=0.005, weight_decay=0.05)
    schedule, scaler = optim.lr_scheduler.CosineAnnealingLR(optimizer, 30), torch.amp.GradScaler("cpu")
    rows = DataLoader(TensorDataset(x, y), batch_size=50, shuffle=True, drop_last=True)

    def turn(model: nn.Module, optimizer: Any) -> None:
        model.train()
        for a, b in rows:
            optimizer.zero_grad(set_to_none=False)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = logit(model(a), b)
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
        schedule.step()
        model.eval()
        with torch.inference_mode():
            logit(model(x), y).item()

    return loop(model, turn, optimizer)


@says("")
def functions_of_every_kind() -> Report:
    """A method, an object that is called, a partial: each is a model by hand."""

    class Line:
        def __init__(self) -> None:
            self.W, self.b = torch.zeros((3, 1), requires_grad=True), torch.zeros(1, requires_grad=True)

        def __call__(self, t: Tensor) -> Tensor:
            return torch.sigmoid(t @ self.W + self.b)

        def shifted(self, by: float, t: Tensor) -> Tensor:
            return torch.sigmoid(t @ self.W + self.b + by)

    line = Line()
    optimizer = optim.SGD([line.W, line.b], lr=0.1)
    kinds = (line, line.__call__, functools.partial(line.shifted, 0.1))
    reports = [doctor.check(kind, x, y, hand_written_cost, optimizer) for kind in kinds]
    rows = DataLoader(TensorDataset(x, y), batch_size=50)
    reports.append(doctor.check(line, rows, None, hand_written_cost, optimizer))
    return next((report for report in reports if report.faults or report.best is None), reports[0])
