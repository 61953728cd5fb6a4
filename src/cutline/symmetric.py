"""Products that are symmetric: half is multiplied, strip by strip, and the other half is the same."""

from __future__ import annotations

import torch

from cutline.shapes import Core, Design, Edge, Levels, Mat
from cutline.threads import side_by_side

NARROW, WIDE = 64, 128  # columns of a strip: fewer leave less to multiply twice, more keep a processor busy
STRIP = 256  # rows of a Schur complement at a time
TURN = 8_000  # rows of a product on a device at a time, where columns are so few that one product keeps it waiting


def gram(x: Design, dx: Design, out: Mat) -> Mat:
    """X' diag(d) X into `out`, of X and diag(d) X."""
    k = x.shape[1]
    if x.device.type != "cpu":
        out[:] = _at_once(x, dx)
        return out
    if k <= NARROW:
        out[:] = x.t() @ dx
        return out
    width = NARROW if k < 4 * WIDE else WIDE
    for first in range(0, k, width):
        last = min(first + width, k)
        part = x[:, first:last].t() @ dx[:, first:]
        out[first:last, first:] = part
        out[last:, first:last] = part[:, last - first :].t()
    return out


def _at_once(x: Design, dx: Design) -> Mat:
    """X' dX on a device: of a long and narrow matrix as many products side by side, added up."""
    many, k = len(x) // TURN, x.shape[1]
    if many < 2 or k > WIDE or not (x.is_contiguous() and dx.is_contiguous()):
        return x.t() @ dx
    left, right = (z[: many * TURN].view(many, TURN, k) for z in (x, dx))
    return torch.bmm(left.transpose(1, 2), right).sum(0).addmm_(x[many * TURN :].t(), dx[many * TURN :])


def schur_complement(core: Core, edge: Edge, diagonal: Levels) -> Core:
    """What is left of the core once the diagonal beside it is eliminated: A - E D^-1 E', multiplied as E is kept.

    Its lower half by several workers, some rows each; the upper half is the same.
    """
    out, across = torch.empty_like(core), diagonal.to(edge.dtype)

    def fill(first: int) -> None:
        last = min(first + STRIP, len(core))
        torch.sub(core[first:last, :last], (edge[first:last] / across) @ edge[:last].t(), out=out[first:last, :last])

    strips = range(0, len(core), STRIP)
    list(side_by_side(fill, strips))
    for first in strips:  # within a strip it has both halves
        out[:first, first : first + STRIP] = out[first : first + STRIP, :first].t()
    return out
