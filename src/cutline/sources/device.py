"""Rows on another device: a GPU adds them up, and everything above the sum stays where it was.

What a summand holds is moved there once a pass, and its sum moved back once. A solver, a certificate and a model never
meet a tensor that is not on the processor, so they need to know nothing but that rows which fit there are `at_hand`.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast

import torch
from torch import Tensor

from cutline import csr
from cutline.block import Block
from cutline.errors import UsageError
from cutline.rows import Addable, Summand, gives, tree_sum
from cutline.shapes import Units
from cutline.sources.memory import Memory

T = TypeVar("T", bound=Addable)
V = TypeVar("V")

CPU = torch.device("cpu")
BLOCK_BYTES = 64_000_000  # at least: a call to the device costs it as much time as reading some megabytes
SHARE, LEFT = 64, 8  # a block is one part of the device's memory, or of what is free: a pass needs a few of its size
ROOM = 0.6  # of the device's free memory rows may take
STAGE = 16_000_000  # bytes that go to a GPU at a time, through memory that is held in place
STAGES = 3  # of these: one is filled while another is on its way


class OnDevice:
    """Blocks summed on a device, in their order; there is one device, so no workers share them.

    As many blocks as fit are kept there; the others are moved in each pass, one at a time.

    Args:
        block: all the rows, as one block, here or on any device.
        device: where they are summed: "cuda", "cuda:1".
        block_rows: rows a block; by default a 64th of the device's memory or an eighth of what is free, and at least as
            many rows as features.

    Raises:
        UsageError: the device is not here, or knows no float64.
        ValueError: the parts of the block disagree in length, or there are no rows.
    """

    def __init__(self, block: Block, device: str | torch.device, block_rows: int | None = None) -> None:
        self.device = usable(device)
        self._whole = block
        self._blocks = _kept(block, block_rows, self.device)

    @property
    def n_rows(self) -> int:
        return self._whole.n_rows

    @property
    def n_features(self) -> int:
        return self._whole.n_features

    @property
    def at_hand(self) -> bool:
        """Whether all rows are kept there."""
        return all(block.x.device == self.device for block in self._blocks)

    @property
    def width(self) -> float:
        """Nothing where no sample is drawn: what is compiled reads rows on the processor."""
        return 0.0 if self.at_hand else self._whole.width

    def sum(self, summand: Summand[T], /) -> T:
        """One pass."""
        there = moved(summand, self.device)
        each = (there(moved(block, self.device)) for block in self._blocks)
        return moved(tree_sum(each, given=gives(summand)), CPU)

    def sample(self, m: int, seed: int, /, units: Units = None) -> Memory | OnDevice:
        """The sample that `Memory` draws, on the processor: of the rows only those drawn are moved."""
        if m >= self.n_rows and units is None:
            return self
        whole = self._whole
        # memory draws among the outcomes alone, with each row's number for its only feature
        number = torch.arange(self.n_rows, dtype=torch.float64)[:, None]
        drawn = Memory(Block(number, moved(whole.y, CPU), weight=moved(whole.weight, CPU))).sample(m, seed).blocks
        index = torch.cat([block.x[:, 0] for block in drawn]).long()
        weight = torch.cat([block.weights() for block in drawn])
        found = replace(moved(whole.rows(index.to(whole.y.device)), CPU), weight=weight)
        if units is not None and not found.is_sparse:
            found = replace(found, x=((found.x - units[0]) * units[1]).float())
        return Memory(found)


def placed(block: Block, device: torch.device) -> Memory | OnDevice:
    """The rows where they are to be summed."""
    return Memory(block) if device.type == "cpu" else OnDevice(block, device)


def usable(device: str | torch.device) -> torch.device:
    """The device, if sums in float64 can be made there.

    Raises:
        UsageError: torch has no such device here, or it knows no float64.
    """
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        raise UsageError(f"device: expected 'cpu', 'cuda' or 'cuda:0', got {device!r}; give one of these") from None
    if found.type == "cpu":
        return torch.device("cpu")  # which has one number, or none
    if found.type == "mps":
        raise UsageError(
            f"device: expected one that computes in float64, got {str(device)!r}: Apple's MPS has float32 only, whose "
            "rounding exceeds the tolerance of a fit; give device='cpu' (--device cpu, and a tensor as x.cpu()), or a "
            "CUDA device"
        )
    try:
        probe = torch.zeros(1, dtype=torch.float64, device=found)
        probe.item()
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        here = ", ".join(["'cpu'", *(f"'cuda:{i}'" for i in range(torch.cuda.device_count()))])
        why = str(error).strip().partition("\n")[0].partition(". ")[0]
        raise UsageError(
            f"device: expected one that torch computes on here ({here}), got {str(device)!r} ({why}); give "
            "device='cpu' (--device cpu), or install a torch that was built for this device"
        ) from error
    return probe.device  # cuda is a number's device: cuda:0


def moved(value: V, device: torch.device) -> V:
    """The value with every tensor in it on the device: through tuples, lists and dataclasses, of which the rest stays.

    What holds nothing to move is returned as it is.
    """
    if isinstance(value, Tensor):
        return cast(V, _carried(value, device) if _is_long(value, device) else value.to(device))
    if isinstance(value, tuple | list):
        items, kind = cast("Sequence[Any]", value), cast(Any, type(cast(Any, value)))
        new = [moved(item, device) for item in items]
        if all(a is b for a, b in zip(items, new)):
            return cast(V, value)
        return kind(*new) if hasattr(kind, "_fields") else kind(new)  # a named tuple takes its fields one by one
    if is_dataclass(value) and not isinstance(value, type):
        held = [(field.name, getattr(value, field.name)) for field in fields(value)]
        new = [(name, part, moved(part, device)) for name, part in held]
        if all(a is b for _, a, b in new):
            return value
        # not its constructor: it may check, or draw what it is not given
        twin = copy(value)
        for name, _, part in new:
            object.__setattr__(twin, name, part)
        return twin
    return value


def _is_long(value: Tensor, device: torch.device) -> bool:
    """Whether it is numbers without gaps, and worth a stage, on their way from here to a GPU."""
    if device.type != "cuda" or value.device.type != "cpu" or value.layout != torch.strided or value.is_pinned():
        return False
    without_gaps = value.is_contiguous() or (value.dim() == 2 and value.t().is_contiguous())
    return without_gaps and value.numel() * value.element_size() > STAGE


def _carried(value: Tensor, device: torch.device) -> Tensor:
    """The same numbers on a GPU, in the same order.

    From memory the system may move, a GPU reads at a fraction of its speed. So they go through pieces that may not be
    moved, one on its way while the next is filled.
    """
    out = torch.empty_strided(value.shape, value.stride(), dtype=value.dtype, device=device)
    source, goal = (t.detach().as_strided((t.numel(),), (1,)) for t in (value, out))
    size = STAGE // value.element_size()
    stages = [torch.empty(size, dtype=value.dtype, pin_memory=True) for _ in range(STAGES)]
    sent = [torch.cuda.Event() for _ in stages]
    for turn, first in enumerate(range(0, value.numel(), size)):
        stage, gone = stages[turn % STAGES], sent[turn % STAGES]
        gone.synchronize()
        part = source[first : first + size]
        stage[: len(part)].copy_(part)
        goal[first : first + size].copy_(stage[: len(part)], non_blocking=True)
        gone.record(torch.cuda.current_stream(device))
    return out


def _kept(block: Block, size: int | None, device: torch.device) -> list[Block]:
    """Blocks of so many rows, on the device as far as its memory goes."""
    room, out = _room(device), list[Block]()
    if block.is_sparse:  # a matrix of our own, whose transpose is kept as long as it lives
        block = replace(block, x=csr.between(block.x, 0, block.n_rows))
    if _size(block) <= room:
        block = moved(block, device)  # in one piece
    width = max(block.n_numbers + len(block.levels), 1)
    size = size or max(_block_bytes(device) // (8 * width), block.n_features, 256)
    for part in Memory(block, size).blocks:
        room -= 0 if part.x.device == device else _size(part)
        out.append(moved(part, device) if room >= 0 else part)
    return out


def _block_bytes(device: torch.device) -> int:
    """Bytes of a block there: by all its memory, and by what is left of it."""
    if device.type != "cuda":
        return BLOCK_BYTES
    free, total = torch.cuda.mem_get_info(device)
    return max(BLOCK_BYTES, min(total // SHARE, free // LEFT))


def _room(device: torch.device) -> float:
    """Bytes that rows may take there."""
    if device.type != "cuda":
        return float("inf")
    return ROOM * torch.cuda.mem_get_info(device)[0]


def _size(block: Block) -> int:
    """Bytes of a block; of sparse rows, which are kept with their transpose, twice."""
    x = block.x
    parts = [x.values(), x.col_indices(), x.crow_indices()] * 2 if block.is_sparse else [x]
    parts += [part for part in (block.y, block.codes, block.weight, block.offset) if part is not None]
    return sum(part.numel() * part.element_size() for part in parts)
