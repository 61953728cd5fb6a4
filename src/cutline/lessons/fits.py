"""The library's fits that lessons ask for, some while a slider moves: the answers of `cutline.fit`, without its report.

Profile intervals, which a report shows and a picture does not, are most of what a small Firth fit costs.
"""

from __future__ import annotations

from functools import lru_cache

import torch

from cutline import deck
from cutline.block import Block
from cutline.fitting import fit_rows
from cutline.sources.memory import Memory


@lru_cache(maxsize=512)
def one_column(x: tuple[float, ...], y: tuple[float, ...]) -> tuple[float, float]:
    """W and b of `sigmoid(Wx + b)`: maximum likelihood where that has an answer, Firth's where classes separate."""
    zeros, ones = [a for a, label in zip(x, y) if not label], [a for a, label in zip(x, y) if label]
    separated = max(zeros) <= min(ones) or max(ones) <= min(zeros)
    rows = Memory(Block(torch.tensor(x).double()[:, None], torch.tensor(y).double()))
    fit = fit_rows(rows, penalty="firth" if separated else "none")
    b, w = fit.coords.to_user(fit.theta).tolist()
    return w, b


@lru_cache(maxsize=1)
def six_points() -> tuple[float, float, float]:
    """Firth's W1, W2 and b on the deck's six points, which are separated."""
    x, y = torch.tensor(deck.SIX_POINTS).double(), torch.tensor(deck.SIX_LABELS).double()[:, 0]
    fit = fit_rows(Memory(Block(x, y)), penalty="firth")
    b, w1, w2 = fit.coords.to_user(fit.theta).tolist()
    return w1, w2, b
