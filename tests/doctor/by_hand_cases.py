"""Loops as the deck writes them, without a module: W, b, and a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import torch
from doctor_cases import PASSED, SCORES, X, Y, noisy
from torch import Tensor, nn, optim
from torch.nn import functional as F  # noqa: N812

from cutline import deck, doctor
from cutline.doctor import Report
from cutline.nn import hand_written_cost as cost

Formula = Callable[[Tensor], Tensor]
LOOPS: dict[str, tuple[str, Callable[[], Report]]] = {}  # the one fault, "" for none
CENTERED = (SCORES - deck.EXAM_CENTER) / 10
ROWS, LABELS = noisy()


def says(code: str) -> Callable[[Callable[[], Report]], Callable[[], Report]]:
    def keep(loop: Callable[[], Report]) -> Callable[[], Report]:
        LOOPS[loop.__name__] = code, loop
        return loop

    return keep


def weights(p: int = 2) -> tuple[Tensor, Tensor]:
    return torch.zeros((p, 1), requires_grad=True), torch.zeros(1, requires_grad=True)


def sigmoid(W: Tensor, b: Tensor) -> Formula:
    return lambda x: torch.sigmoid(x.matmul(W) + b)


def linear(W: Tensor, b: Tensor) -> Formula:
    return lambda x: x @ W + b


def loop(
    *,
    formula: Callable[[Tensor, Tensor], Formula] = sigmoid,
    loss: Any = cost,
    rows: tuple[Tensor, Tensor] = (X, Y),
    lr: float = 0.1,
    order: str = "zero backward step",
    held: str = "Wb",
    told: str = "Wb",
    epochs: int = 120,
    **options: Any,
) -> Report:
    """The deck's loop, with one thing different."""
    x, y = rows
    W, b = weights(x.shape[1])
    both = {"W": W, "b": b}
    optimizer = optim.SGD([both[name] for name in held], lr=lr, **options)
    hypothesis = formula(W, b)
    with doctor.watch([both[name] for name in told], optimizer) as watch, suppress(RuntimeError, ValueError):
        for _ in range(epochs):
            value = loss(hypothesis(x), y)
            for word in order.split():
                {"zero": optimizer.zero_grad, "backward": value.backward, "step": optimizer.step}[word]()
    return watch.report


VARIANTS: dict[str, tuple[str, dict[str, Any]]] = {
    "the deck's loop, lr = 0.1": ("", {}),
    "the deck's loop": ("learning-rate-climbs", {"lr": 1}),
    "1,001 epochs, lr = 0.3": ("", {"lr": 0.3, "epochs": 1001}),
    "no zero_grad": ("missing-zero-grad", {"order": "backward step"}),
    "zero_grad before step": ("zero-grad-too-late", {"order": "backward zero step"}),
    "zero_grad at the end": ("", {"order": "backward step zero"}),
    "no step": ("missing-step", {"order": "zero backward"}),
    "no backward": ("missing-backward", {"order": "zero step"}),
    "b is not held": ("parameters-not-held", {"held": "W"}),
    "b is not held, and nobody said that it is trained": ("parameters-not-held", {"held": "W", "told": "W"}),
    "raw scores, lr = 1: nan": ("learning-rate-climbs", {"rows": (SCORES, PASSED), "lr": 1}),
    "raw scores, lr = 1, for three epochs": ("learning-rate-climbs", {"rows": (SCORES, PASSED), "lr": 1, "epochs": 3}),
    "raw scores, lr = 1: stuck at 50": (
        "learning-rate-climbs",
        {"rows": (SCORES, PASSED), "lr": 1, "loss": F.binary_cross_entropy},
    ),
    "lr = 1e-6": ("learning-rate-crawls", {"lr": 1e-6}),
    "no sigmoid": ("logits-to-bce", {"formula": linear, "loss": F.binary_cross_entropy}),
    "no sigmoid, the cost by hand": ("logits-to-bce", {"formula": linear}),
    "a logit loss": ("probabilities-to-logit-loss", {"loss": F.binary_cross_entropy_with_logits}),
    "sigmoid twice": ("sigmoid-twice", {"formula": lambda W, b: lambda x: torch.sigmoid(sigmoid(W, b)(x))}),
    "1 / (1 + exp(xW + b))": (
        "sigmoid-without-minus",
        {"formula": lambda W, b: lambda x: 1 / (1 + torch.exp(x.matmul(W) + b))},
    ),
    "1 / (1 + exp(-(xW + b)))": ("", {"formula": lambda W, b: lambda x: 1 / (1 + torch.exp(-(x.matmul(W) + b)))}),
    "1 / (1 + exp(-xW - b))": ("", {"formula": lambda W, b: lambda x: 1 / (1 + torch.exp(-x @ W - b))}),
    "1 - 1 / (1 + exp(xW + b))": ("", {"formula": lambda W, b: lambda x: 1 - 1 / (1 + torch.exp(x @ W + b))}),
    "no minus before the cost": ("cost-without-minus", {"loss": lambda h, y: -cost(h, y)}),
    "arguments swapped": ("swapped-arguments", {"loss": lambda h, y: F.binary_cross_entropy(y, h)}),
    "arguments swapped, the cost by hand": ("swapped-arguments", {"loss": lambda h, y: cost(y, h)}),
    "(6, 1) against (6,)": ("shape-mismatch", {"rows": (X, Y[:, 0])}),
    "long labels": ("integer-targets", {"rows": (X, Y.long()), "loss": F.binary_cross_entropy}),
    "double labels": ("dtype-mismatch", {"rows": (X, Y.double()), "loss": F.binary_cross_entropy}),
    "double rows": ("dtype-mismatch", {"rows": (X.double(), Y)}),
    "rows of another width": ("does-not-run", {"formula": lambda W, b: lambda x: torch.sigmoid(x[:, :1] @ W + b)}),
    "labels 1 and 2": ("labels-out-of-range", {"rows": (X, Y + 1)}),
    "labels -1 and 1": ("labels-out-of-range", {"rows": (X, 2 * Y - 1)}),
    "detach": ("no-gradient", {"loss": lambda h, y: cost(h.detach(), y)}),
    "a threshold in the loss": ("no-gradient", {"loss": lambda h, y: F.mse_loss((h > 0.5).float(), y)}),
    "squared error": ("", {"rows": (CENTERED, PASSED), "loss": F.mse_loss, "lr": 1.0}),
    "momentum": ("", {"rows": (ROWS, LABELS), "momentum": 0.9}),
    "squeezed, both": ("", {"rows": (ROWS, LABELS), "loss": lambda h, y: cost(h.squeeze(), y.squeeze())}),
    "scaled in the formula": (
        "",
        {"rows": (SCORES, PASSED), "formula": lambda W, b: lambda s: torch.sigmoid((s - s.mean()) / s.std() @ W + b)},
    ),
    "Dropout": (
        "",
        {"rows": (ROWS, LABELS), "formula": lambda W, b: lambda x: torch.sigmoid(F.dropout(x, 0.2) @ W + b)},
    ),
}
for name, (code, options) in VARIANTS.items():
    LOOPS[name] = code, (lambda options=options: loop(**options))


def turns(
    trained: Iterable[Tensor], optimizer: optim.Optimizer | None, turn: Callable[[], None], n: int = 60
) -> Report:
    """A loop that is not the deck's."""
    with doctor.watch(trained, optimizer) as watch, suppress(RuntimeError):
        for _ in range(n):
            turn()
    return watch.report


def down(optimizer: optim.Optimizer, value: Tensor) -> None:
    optimizer.zero_grad()
    value.backward()
    optimizer.step()


@says("no-gradient")
def without_requires_grad() -> Report:
    W, b = torch.zeros(2, 1), torch.zeros(1)
    optimizer = optim.SGD([W, b], lr=0.1)
    return turns([W, b], optimizer, lambda: down(optimizer, cost(sigmoid(W, b)(X), Y)))


@says("model-rebuilt")
def weights_made_in_the_loop() -> Report:
    W, b = weights()
    optimizer = optim.SGD([W, b], lr=0.1)
    return turns([W, b], optimizer, lambda: down(optimizer, cost(sigmoid(*weights())(X), Y)))


@says("model-rebuilt")
def weights_made_like_the_old() -> Report:
    W, b = weights()
    optimizer = optim.SGD([W, b], lr=0.1)

    def turn() -> None:
        nonlocal W, b
        W, b = torch.zeros_like(W, requires_grad=True), torch.zeros_like(b, requires_grad=True)
        down(optimizer, cost(sigmoid(W, b)(X), Y))

    return turns([W, b], optimizer, turn)


@says("model-rebuilt")
def weights_zeroed_in_the_loop() -> Report:
    W, b = weights()
    optimizer = optim.SGD([W, b], lr=0.1)

    def turn() -> None:
        with torch.no_grad():
            W.zero_()
            b.zero_()
        down(optimizer, cost(sigmoid(W, b)(X), Y))

    return turns([W, b], optimizer, turn)


@says("")
def gradients_zeroed_by_hand() -> Report:
    W, b = weights()
    optimizer = optim.SGD([W, b], lr=0.1)

    def turn() -> None:
        cost(sigmoid(W, b)(X), Y).backward()
        optimizer.step()
        W.grad.zero_()
        b.grad.zero_()

    return turns([W, b], optimizer, turn)


@says("missing-zero-grad")
def only_one_zeroed_by_hand() -> Report:
    W, b = weights()
    optimizer = optim.SGD([W, b], lr=0.1)

    def turn() -> None:
        cost(sigmoid(W, b)(X), Y).backward()
        optimizer.step()
        W.grad.zero_()

    return turns([W, b], optimizer, turn)


def by_hand_alone(lr: float, *, zeroed: bool, data: bool = False) -> Report:
    """Steps without an optimizer."""
    W, b = weights()

    def turn() -> None:
        cost(sigmoid(W, b)(X), Y).backward()
        for p in (W, b):
            if data:
                p.data -= lr * p.grad
            else:
                with torch.no_grad():
                    p -= lr * p.grad
            if zeroed:
                p.grad = None

    return turns([W, b], None, turn)


LOOPS["steps by hand"] = "", lambda: by_hand_alone(0.1, zeroed=True)
LOOPS["steps by hand, lr = 1"] = "learning-rate-climbs", lambda: by_hand_alone(1.0, zeroed=True)
LOOPS["steps by hand, lr = 1e-5"] = "learning-rate-crawls", lambda: by_hand_alone(1e-5, zeroed=True)
LOOPS["steps by hand, uphill"] = "learning-rate-climbs", lambda: by_hand_alone(-0.3, zeroed=True)
LOOPS["steps by hand, nothing zeroed"] = "missing-zero-grad", lambda: by_hand_alone(0.1, zeroed=False)
LOOPS["steps by hand, .data, nothing zeroed"] = "missing-zero-grad", lambda: by_hand_alone(0.1, zeroed=False, data=True)


@says("")
def new_tensors_from_the_old() -> Report:
    """W = W - lr * W.grad makes another tensor at every step, and is no restart."""
    W, b = weights()

    def turn() -> None:
        nonlocal W, b
        cost(sigmoid(W, b)(X), Y).backward()
        W = (W - 0.1 * W.grad).detach().requires_grad_()
        b = (b - 0.1 * b.grad).detach().requires_grad_()

    return turns([W, b], None, turn)


@says("")
def mini_batches() -> Report:
    W, b = weights(3)
    optimizer = optim.SGD([W, b], lr=0.3)

    def turn() -> None:
        for i in torch.randperm(120).split(30):
            down(optimizer, F.binary_cross_entropy(sigmoid(W, b)(ROWS[i]), LABELS[i]))

    return turns([W, b], optimizer, turn, 15)


@says("")
def accuracy_now_and_then() -> Report:
    W, b = weights(3)
    optimizer = optim.Adam([W, b], lr=0.03)

    def turn() -> None:
        h = sigmoid(W, b)(ROWS)
        down(optimizer, F.binary_cross_entropy(h, LABELS))
        ((h >= torch.FloatTensor([0.5])).float() == LABELS).sum().item()

    return turns([W, b], optimizer, turn)


@says("")
def a_weight_a_column() -> Report:
    w1, w2, b = (torch.zeros(1, requires_grad=True) for _ in range(3))
    optimizer = optim.SGD([w1, w2, b], lr=0.1)

    def turn() -> None:
        h = torch.sigmoid(ROWS[:, :1] * w1 + ROWS[:, 1:2] * w2 + b)
        down(optimizer, cost(h, LABELS))

    return turns([w1, w2, b], optimizer, turn)


@says("")
def a_hidden_layer() -> Report:
    W1, W2 = torch.randn(3, 8).requires_grad_(), torch.randn(8, 1).requires_grad_()
    b1, b2 = torch.zeros(8, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([W1, b1, W2, b2], lr=0.1)

    def turn() -> None:
        down(optimizer, cost(torch.sigmoid(torch.relu(ROWS @ W1 + b1) @ W2 + b2), LABELS))

    return turns([W1, b1, W2, b2], optimizer, turn)


@says("")
def transposed() -> Report:
    W, b = torch.zeros((1, 3), requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([W, b], lr=0.3)
    return turns([W, b], optimizer, lambda: down(optimizer, cost(torch.sigmoid(ROWS @ W.T + b), LABELS)))


@says("")
def flat() -> Report:
    W, b = torch.zeros(3, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([W, b], lr=0.3)
    return turns([W, b], optimizer, lambda: down(optimizer, cost(torch.sigmoid((ROWS * W).sum(1) + b), LABELS[:, 0])))


@says("")
def the_formula_twice_in_the_cost() -> Report:
    W, b = weights(3)
    optimizer = optim.SGD([W, b], lr=0.1)

    def turn() -> None:
        one, other = torch.log(torch.sigmoid(ROWS @ W + b)), torch.log(1 - torch.sigmoid(ROWS @ W + b))
        down(optimizer, -(LABELS * one + (1 - LABELS) * other).mean())

    return turns([W, b], optimizer, turn)


@says("")
def a_penalty() -> Report:
    W, b = weights(3)
    optimizer = optim.SGD([W, b], lr=0.1)
    return turns([W, b], optimizer, lambda: down(optimizer, cost(sigmoid(W, b)(ROWS), LABELS) + 0.1 * (W**2).sum()))


@says("")
def lbfgs_by_hand() -> Report:
    W, b = weights(3)
    optimizer = optim.LBFGS([W, b], lr=0.5)

    def closure() -> Tensor:
        optimizer.zero_grad()
        value = cost(sigmoid(W, b)(ROWS), LABELS)
        value.backward()
        return value

    return turns([W, b], optimizer, lambda: optimizer.step(closure), 8)


@says("saturation")
def squared_error_where_it_is_flat() -> Report:
    W, b = torch.full((1, 1), -1.0, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = optim.SGD([W, b], lr=1e-3)
    return turns([W, b], optimizer, lambda: down(optimizer, F.mse_loss(sigmoid(W, b)(SCORES), PASSED)))


# --- standing still ---------------------------------------------------------------------------------------------------


def still(
    formula: Callable[[Tensor, Tensor], Formula], loss: Any, *rows: Tensor, lr: float = 0.1, held: int = 2
) -> Report:
    x, y = rows or (X, Y)
    W, b = weights(x.shape[1])
    return doctor.check(formula(W, b), x, y, loss, optim.SGD([W, b][:held], lr=lr))


STILL: dict[str, tuple[str, Callable[[], Report]]] = {
    "the deck's, lr = 0.1": ("", lambda: still(sigmoid, cost)),
    "the deck's": ("learning-rate-climbs", lambda: still(sigmoid, cost, lr=1)),
    "raw scores, lr = 1": ("learning-rate-climbs", lambda: still(sigmoid, cost, SCORES, PASSED, lr=1)),
    "b is not held": ("parameters-not-held", lambda: still(sigmoid, cost, held=1)),
    "sigmoid twice": (
        "sigmoid-twice",
        lambda: still(lambda W, b: lambda x: torch.sigmoid(sigmoid(W, b)(x)), cost),
    ),
    "no sigmoid": ("logits-to-bce", lambda: still(linear, cost)),
    "a logit loss": ("probabilities-to-logit-loss", lambda: still(sigmoid, F.binary_cross_entropy_with_logits)),
    "(6, 1) against (6,)": ("shape-mismatch", lambda: still(sigmoid, cost, X, Y[:, 0])),
    "no minus in the sigmoid": (
        "sigmoid-without-minus",
        lambda: still(lambda W, b: lambda x: 1 / (1 + torch.exp(x @ W + b)), cost),
    ),
    "no minus before the cost": ("cost-without-minus", lambda: still(sigmoid, lambda h, y: -cost(h, y))),
    "arguments swapped": ("swapped-arguments", lambda: still(sigmoid, lambda h, y: F.binary_cross_entropy(y, h))),
    "without requires_grad": (
        "no-gradient",
        lambda: doctor.check(lambda x: torch.sigmoid(x @ torch.zeros(2, 1)), X, Y, cost),
    ),
}


def one_of_several() -> Report:
    """The way to show the doctor a module that returns more than its output."""
    x = torch.randn(40, 5, 3)
    y = (x[:, -1].sum(1) > 0).float()[:, None]
    model = nn.GRU(3, 1, batch_first=True)
    return doctor.check(
        lambda x: model(x)[0][:, -1], x, y, nn.BCEWithLogitsLoss(), optim.Adam(model.parameters(), lr=0.02)
    )


STILL["one of several outputs"] = "", one_of_several
