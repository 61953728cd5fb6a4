"""What an examination found, and what it worked with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from torch import Tensor

from cutline.doctor.best import Weights, proper_loss
from cutline.doctor.findings import Finding
from cutline.doctor.pieces import Pieces
from cutline.doctor.probe import Cost, OutputKind


@dataclass(frozen=True, eq=False)
class Seen:
    """What was found, the pieces as they came and with it mended, and what the module and its loss turned out to be."""

    findings: list[Finding]
    given: Pieces
    pieces: Pieces
    out: Tensor | None = None
    kind: OutputKind = "unknown"
    cost: Cost = field(default_factory=lambda: Cost("unknown"))
    weights: Weights | None = None
    labels: Tensor | None = None  # from 0 to 1, whatever the user's were
    runs: bool = False  # does the user's own loss run?
    nothing: float = float("nan")  # the least loss of a module that returns one number whatever the row

    def has(self, *codes: str) -> bool:
        return any(f.code in codes for f in self.findings)

    def proper(self) -> Pieces:
        """The pieces with the cross-entropy their outputs call for, on labels from 0 to 1."""
        kind, weights = self.kind, self.weights
        assert weights is not None
        return replace(self.pieces, y=self.labels, loss_fn=lambda out, y: proper_loss(kind, weights, out, y))
