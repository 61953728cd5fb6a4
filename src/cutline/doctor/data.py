"""The rows: gathered from tensors or a DataLoader, what is wrong with them, and what is merely so."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

import torch
from torch import Tensor

from cutline.doctor.findings import Finding
from cutline.errors import UsageError

MOST_ROWS = 20_000
MOST_BATCHES = 400
PATIENCE = 3.0  # seconds of reading, after the batches that are timed
TIMED = 9  # batches, the first of which pays for starting the workers
RATIO = 5.0  # a loader this many times slower than the arithmetic is one, whatever else the machine is doing
STARTING = 0.01  # seconds an epoch, to start workers
LEAST = 2e-3  # seconds a batch: less than this is not worth a word
SCALES = 10.0  # the largest column's size over the smallest's, with the ones of the intercept among them
RARE = 0.1  # of the rows


@dataclass(frozen=True)
class Waits:
    """Waiting for a batch, and computing with it, in seconds; start: until the workers were there, in every epoch."""

    wait: float = 0.0
    work: float = 0.0
    batches: int = 0
    start: float = 0.0
    workers: int = 0
    each: float = 0.0  # batches an epoch

    def finding(self) -> Finding | None:
        """A loader that costs many times the arithmetic, for each batch or for each epoch."""
        work = max(self.work, 1e-9)
        values = {"wait": 1e3 * self.wait, "work": 1e3 * work, "ratio": self.wait / work, "batches": self.batches}
        if self.batches >= 3 and self.wait >= LEAST and self.wait >= RATIO * work:
            return Finding("slow-loader", values)
        epoch = work * max(self.each, 1.0)
        if self.workers and self.start >= STARTING and self.start >= RATIO * epoch:
            values = {"wait": 1e3 * self.start, "work": 1e3 * epoch, "workers": self.workers}
            return Finding("slow-loader", values, "workers")
        return None


def timed(waits: list[float], works: list[float], starts: list[float], workers: int, fetched: int) -> Waits:
    """The median wait, and the lower quartile of the work: what else the machine does can only add to either.

    The first batch pays for starting the workers and warming the caches, and is left out. `starts` are the waits for
    the first batch of each epoch, of `fetched` batches in all.
    """
    waits, works = waits[1:], sorted(works[1:])
    if not works:
        return Waits()
    wait = median(waits) if waits else 0.0
    batches = min(len(waits), len(works))
    first, each = (median(starts), fetched / len(starts)) if starts else (0.0, 0.0)
    return Waits(wait, works[len(works) // 4], batches, first, workers, each)


def temporary_workers(loader: Any) -> int:
    """How many workers a loader starts anew in every epoch."""
    return 0 if getattr(loader, "persistent_workers", False) else int(getattr(loader, "num_workers", 0) or 0)


def as_tensor(name: str, value: Any) -> Tensor:
    """A tensor of the user's rows, detached, so that nothing is ever written to its `.grad`."""
    if isinstance(value, Tensor):
        return value.detach()
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"{name}: expected a tensor, or what torch.as_tensor takes, but {type(value).__name__} came. "
            f"Pass torch.tensor({name}), or a DataLoader as x."
        ) from error


def gather(loader: Iterable[Any], work: Callable[[Tensor, Tensor], None] | None) -> tuple[Tensor, Tensor, Waits]:
    """The first rows of a loader, and how long it took for them beside `work`, both timed batch by batch.

    `work` runs between the batches, as in a loop: so a busy machine slows both, and workers fetch ahead meanwhile.
    """
    xs: list[Tensor] = []
    ys: list[Tensor] = []
    waits: list[float] = []
    works: list[float] = []
    rows, start, first = 0, time.perf_counter(), 0.0
    batches = iter(loader)
    while rows < MOST_ROWS and len(xs) < MOST_BATCHES:
        if len(xs) > TIMED and time.perf_counter() - start > PATIENCE:
            break
        began = time.perf_counter()
        batch = next(batches, None)
        waited = time.perf_counter() - began
        first = first or time.perf_counter() - start
        if batch is None:
            break
        if not isinstance(batch, tuple | list) or len(batch) != 2:
            raise UsageError(
                "x: expected a DataLoader whose batches are pairs (x, y), but "
                f"{type(batch).__name__} came. Let its data set return one x and one y for each row."
            )
        x, y = as_tensor("x", batch[0]), as_tensor("y", batch[1])
        xs.append(x)
        ys.append(y)
        rows += len(x)
        if work is not None and len(waits) < TIMED:
            began = time.perf_counter()
            work(x, y)
            works.append(time.perf_counter() - began)
            waits.append(waited)
    if not xs:
        raise UsageError("x: expected a DataLoader with at least one batch, but it has none. Give it rows.")
    return torch.cat(xs), torch.cat(ys), timed(waits, works, [first], temporary_workers(loader), len(xs))


def facts(x: Tensor, y: Tensor) -> list[Finding]:
    """What is so about the rows: columns of very different size, and a rare class. Separation is the fit's to tell."""
    found: list[Finding] = []
    flat, labels = x.detach().flatten(1), y.detach().double().flatten()
    scales = _scales(flat) if flat.is_floating_point() else None
    if scales is not None:
        found.append(scales)
    positive = float(labels.mean()) if labels.numel() else 0.0
    rare = min(positive, 1 - positive)
    if bool((labels == labels[0]).all()):
        found.append(Finding("one-class", {"label": float(labels[0]), "rows": labels.numel()}))
    elif rare < RARE:
        label = 1 if positive < 0.5 else 0
        values = {"share": 100 * rare, "label": label, "other": 1 - label, "accuracy": 100 * (1 - rare)}
        found.append(Finding("class-imbalance", values))
    return found


def _scales(x: Tensor) -> Finding | None:
    """By root mean squares: gradient descent sees a column from 0, and 57 +- 8 is long beside the intercept's 1."""
    if x.shape[1] > 10_000 or not len(x):
        return None
    x = x.double()
    size = x.square().mean(0).sqrt().cpu()
    dummies = ((x == 0) | (x == 1)).all(0).cpu()  # a rare level is small without being on another scale
    counted = ((size > 0) & ~dummies & size.isfinite()).nonzero().flatten()
    if not len(counted):
        return None
    most, least = (int(counted[int(pick(size[counted]))]) for pick in (torch.argmax, torch.argmin))
    large, small = float(size[most]), float(size[least])
    values = {"large": large, "at": most, "small": small, "low": least, "ratio": large / small}
    if large >= SCALES * small:
        return Finding("columns-of-different-scale", values)
    if large >= SCALES:
        return Finding("columns-of-different-scale", values, "large")
    return Finding("columns-of-different-scale", values, "small") if small <= 1 / SCALES else None
