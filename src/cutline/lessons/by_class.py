"""Lesson 6's modules under test and on film: five tests of a BinaryClassifier, and a training kept at some epochs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy

from cutline import deck
from cutline.errors import CutlineError
from cutline.nn import BinaryClassifier, train

MARKS: Final = (0, 1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 700, 1000)
RATE: Final = 0.5
SEED: Final = 1  # of first weights; with it two hidden units fail and four succeed, which is the lesson
CROSS_X: Final = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
CROSS_Y: Final = torch.tensor([[0.0], [1.0], [1.0], [0.0]])
Span = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Test:
    """One test of a learner's class: its name, whether it passed, and what came."""

    __test__ = False  # not pytest's

    name: str
    good: bool
    came: str = ""


@dataclass(frozen=True)
class Frame:
    """A module at one epoch: H over the plane and at the points, the cost, how many are right."""

    field: np.ndarray
    h: list[float]
    cost: float
    right: int


@dataclass(frozen=True)
class Film:
    """A training kept at `MARKS`, or in words why there is none."""

    marks: dict[int, Frame] = field(default_factory=dict)
    parameters: int = 0
    error: str = ""


def tests_of_classifier(made: Any, x: Tensor, y: Tensor) -> list[Test]:
    """Does a learner's class run, with the right shape and range, equal sigmoid(Wx + b), learn as the deck's?"""
    names = ("runs", "shape", "range", "same", "deck")
    try:
        model = made()
        h = model(x)
    except Exception as error:  # a learner's code may fail in any way at all
        return [Test("runs", False, f"{type(error).__name__}: {error}"), *(Test(name, False) for name in names[1:])]
    if not isinstance(h, Tensor):
        return [Test("runs", False, f"forward gave {type(h).__name__}"), *(Test(name, False) for name in names[1:])]
    tests = [Test("runs", True), Test("shape", tuple(h.shape) == tuple(y.shape), str(tuple(h.shape)))]
    inside = bool(((h >= 0) & (h <= 1)).all())
    tests.append(Test("range", inside, f"{h.min().item():.3g} … {h.max().item():.3g}"))
    linear = getattr(model, "linear", None)
    same = isinstance(linear, nn.Linear) and tests[1].good and torch.allclose(h, torch.sigmoid(linear(x)))
    tests.append(Test("same", bool(same)))
    if not (same and isinstance(linear, nn.Linear)):
        return [*tests, Test("deck", False)]
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    try:
        cost = train(model, x, y, output="probability", lr=1.0, epochs=1000, log=None).cost[-1]
    except CutlineError as error:
        return [*tests, Test("deck", False, str(error))]
    return [*tests, Test("deck", f"{cost:.6f}" == "0.019852", f"{cost:.6f}")]


def points_of(name: str) -> tuple[Tensor, Tensor, Span]:
    """The deck's six points, or four crossed ones no line can split, and the plane to draw them in."""
    if name == "six":
        return torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS), ((0.0, 7.0), (0.0, 4.0))
    return CROSS_X, CROSS_Y, ((-0.5, 1.5), (-0.5, 1.5))


@lru_cache(maxsize=2)
def film_of_line(points: str) -> Film:
    """A BinaryClassifier's training, to compare with: it is the same for everyone."""
    return _film(None, points, 0)


def film(made: Any, points: str, hidden: int) -> Film:
    """Train a learner's TwoLayerNet, keeping some epochs."""
    if made is None:
        return Film(error="class TwoLayerNet?")
    return _film(made, points, hidden)


def _film(made: Any, points: str, hidden: int) -> Film:
    x, y, (across, up) = points_of(points)
    plane = torch.cartesian_prod(torch.linspace(*up, 44), torch.linspace(*across, 60)).flip(1)
    frames: dict[int, Frame] = {}
    output = "logit" if hidden else "probability"

    def probability(at: Tensor) -> Tensor:
        with torch.no_grad():
            return torch.sigmoid(model(at)) if hidden else model(at)

    def look(number: int) -> None:
        h = probability(x)
        right = int(((h >= 0.5) == (y >= 0.5)).sum())
        cost = binary_cross_entropy(h, y).item()
        frames[number] = Frame(probability(plane).reshape(44, 60).numpy(), h.flatten().tolist(), cost, right)

    def after(epoch: Any) -> None:
        if epoch.number + 1 in MARKS:
            look(epoch.number + 1)

    try:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(SEED)
            model = made(2, hidden, 1) if hidden else BinaryClassifier(2)
        look(0)
        train(model, x, y, output=output, lr=RATE, epochs=MARKS[-1] - 1, log=None, callback=after)
    except Exception as error:  # a learner's code may fail in any way at all
        return Film(error=f"{type(error).__name__}: {error}")
    return Film(frames, sum(p.numel() for p in model.parameters()))
