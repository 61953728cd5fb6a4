"""The deck's loop with every epoch kept, for pictures that leaf through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from cutline import deck


@dataclass
class Album:
    """What a loop was at each epoch: `keep(epoch, cost, W, b)` is called in it, before the step."""

    epochs: list[int] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    weights: list[tuple[float, ...]] = field(default_factory=list)  # W's entries, then b

    def keep(self, epoch: int, cost: Any, W: Tensor, b: Tensor) -> None:
        """Remember one epoch."""
        self.epochs.append(int(epoch))
        self.costs.append(cost.item() if isinstance(cost, Tensor) else float(cost))
        self.weights.append((*W.detach().flatten().tolist(), *b.detach().flatten().tolist()))


@lru_cache(maxsize=8)
def six_points(lr: float, updates: int) -> tuple[tuple[float, float, float], ...]:
    """The deck's descent on its six points, without autograd and so 10 times as fast: (W1, W2, b) before each update.

    The gradients of cross-entropy over a sigmoid are mean((H - y) x) and mean(H - y).
    """
    x, y = torch.tensor(deck.SIX_POINTS), torch.tensor(deck.SIX_LABELS)
    W, b, seen = torch.zeros(2, 1), torch.zeros(1), []
    with torch.no_grad():
        for _ in range(updates + 1):
            seen.append((*W.flatten().tolist(), b.item()))
            off = (torch.sigmoid(x @ W + b) - y) / len(x)
            W = W - lr * (x.T @ off)
            b = b - lr * off.sum(0)
    return tuple(seen)
