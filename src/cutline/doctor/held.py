"""Which parameters learn, and which the optimizers hold."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from cutline.doctor.findings import Finding
from cutline.doctor.quiet import held_by

SHOWN = 3


def not_held(
    model: nn.Module,
    optimizers: Iterable[torch.optim.Optimizer],
    reached: Iterable[Tensor] = (),
    *,
    tensors: bool = False,
) -> Finding | None:
    """Parameters that should learn and that no optimizer moves: another module's were given, or a layer came later.

    `reached` are tensors the loss was seen to depend on: some of them no `parameters()` knows of, such as the weights
    of layers in a plain list. tensors: does the loop train tensors of its own instead of a module?
    """
    held = {id(p) for p in held_by(optimizers)}
    trainable = {id(p): name for name, p in model.named_parameters() if p.requires_grad}
    unknown = [t for t in reached if id(t) not in held and id(t) not in trainable]
    missing = [name for key, name in trainable.items() if key not in held]
    if unknown and not missing:
        shapes = ", ".join(str(tuple(t.shape)) for t in unknown[:SHOWN]) + (", ..." if len(unknown) > SHOWN else "")
        return Finding(
            "parameters-not-held", {"missing": len(unknown), "shapes": shapes}, "more" if tensors else "unknown"
        )
    if not missing:
        return None
    names = ", ".join(missing[:SHOWN]) + (", ..." if len(missing) > SHOWN else "")
    values = {"names": names, "missing": len(missing), "all": len(trainable)}
    case = "tensors" if tensors else "none" if len(missing) == len(trainable) else ""
    return Finding("parameters-not-held", values, case)


def leaves(result: Tensor) -> list[Tensor]:
    """The tensors a gradient of `result` would reach: the leaves of its graph."""
    found: dict[int, Tensor] = {}
    seen: set[object] = set()
    ahead = [result.grad_fn]
    while ahead:
        node = ahead.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if isinstance(leaf, Tensor):
            found[id(leaf)] = leaf
        ahead += [before for before, _ in node.next_functions]
    return list(found.values())
