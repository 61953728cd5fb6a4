"""What a watch writes down while a loop runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cutline.doctor.findings import Finding
from cutline.doctor.quiet import Randomness
from cutline.doctor.trace import Trace, tensors

CLOSELY = 200  # steps looked at closely: what goes wrong later than that went wrong before


@dataclass(eq=False)
class Look:
    """One turn of the loop: what went into the module, what came out, and the calls from there to the loss.

    random: torch's random numbers before the module ran; drew: did it draw any? pick: which of several tensors it
    returned. whole: the trace alone, played again, gives the loss. again: may the module be asked once more? broken:
    the last call raised, and what was to follow is not known.
    """

    module: nn.Module
    args: tuple[Any, ...]
    named: dict[str, Any]
    trace: Trace
    random: Randomness
    drew: bool
    pick: int | None = None
    whole: bool = True
    again: bool = True
    broken: bool = False
    labels: Tensor | None = None

    @property
    def x(self) -> Tensor | None:
        """The rows: the first tensor the module was given, if it has rows."""
        first = next(iter(tensors((self.args, self.named))), None)
        return first if first is not None and first.ndim else None


@dataclass(eq=False)
class Diary:
    """What was seen, counted.

    reused: steps by gradients added to used ones, first at `reused_first`. erased: steps that found no gradient though
    one had come; unreached: none had come from backward; without: there was no backward. foreign: losses from a module
    born inside the loop. rewritten: of `compared` turns, those before which somebody had overwritten the weights. drew:
    the module draws random numbers. full: every turn took the same rows. inside: backward runs inside step, as LBFGS
    has it. cut: the first loss depended on no weight. refused: what the module raised an error on. turns: which turn
    each of `losses` belongs to. pairs: losses before and after a step, on the rows it was made from. waits, works:
    seconds for a batch to come, and for a turn; starts: for the first batch of each epoch, of `fetched` batches by
    `workers` workers; arrived: when the last one came. by_hand: steps no optimizer took, and their rates where each is
    a multiple of its gradient. moved: labels, of `again` that came with a row seen before, that were not the same.
    """

    steps: int = 0
    backwards: int = 0
    foreign_steps: int = 0
    reused: int = 0
    reused_first: int = 0
    erased: int = 0
    unreached: int = 0
    without: int = 0
    foreign: int = 0
    rewritten: int = 0
    compared: int = 0
    drew: bool = False
    full: bool = True
    inside: bool = False
    cut: bool = False
    held: Finding | None = None
    refused: tuple[Any, ...] | None = None
    rates: list[float] = field(default_factory=list)
    losses: list[Tensor] = field(default_factory=list)
    turns: list[int] = field(default_factory=list)
    pairs: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    stepped: list[torch.optim.Optimizer] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    works: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    fetched: int = 0
    workers: int = 0
    arrived: float = 0.0
    by_hand: int = 0
    again: int = 0
    moved: int = 0
    hand_rates: list[float] = field(default_factory=list)

    def compare(self, labels: Tensor | None) -> None:
        """Do the rows that came first, come again, bring the labels they had?"""
        first = self.looks[0].labels
        if labels is not None and first is not None and labels.shape == first.shape:
            self.again += labels.numel()
            self.moved += int((labels != first).sum())

    def totals(self) -> list[float]:
        """The loss of each turn: a turn may take several back, and its step goes down their sum."""
        found: dict[int, float] = {}
        for turn, loss in zip(self.turns, self.losses):
            found[turn] = found.get(turn, 0.0) + float(loss)
        return list(found.values())
