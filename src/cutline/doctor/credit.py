"""What mending is worth: each cause mended on its own, and the loop run again on copies.

Nothing is credited that was not run. Where the loss itself was the mistake, both runs are measured by the loss the
outputs call for.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from cutline.doctor.curvature import is_descent, largest_step, sharpest
from cutline.doctor.findings import Credit, Finding
from cutline.doctor.pieces import Pieces
from cutline.doctor.rehearsal import Speed, length, rehearse, run
from cutline.doctor.seen import Seen

SIGNS = ("swapped-arguments", "cost-without-minus", "sigmoid-without-minus")
LOSSES = ("probabilities-to-logit-loss", "sigmoid-twice", "shape-mismatch", *SIGNS)
LOOP = ("model-rebuilt", "missing-zero-grad", "zero-grad-too-late")  # a rehearsal makes none of these mistakes
SCALE = "columns-of-different-scale"
PACE = ("learning-rate-climbs", "learning-rate-crawls")
WORTH = 0.02  # of the loss: a refit that gains less earns no credit


def credits_of(seen: Seen, findings: Sequence[Finding], pace: Speed | None, best: float | None) -> tuple[Credit, ...]:
    """Each cause with the loss as it stands, and mended."""
    followed = {code for f in findings for code in f.consequences}
    codes = {f.code for f in findings} - followed  # what merely follows has nothing of its own to mend
    given = [_loss_mended(seen, code, best) for code in LOSSES if code in codes and seen.given.optimizers]
    if pace is not None and seen.pieces.optimizers and len(pace.losses) > 1 and math.isfinite(pace.losses[0]):
        before = pace.losses[-1]
        steps = len(pace.losses) - 1 if math.isfinite(before) else length(seen.pieces)
        for code, losses in _reruns(seen, codes, pace, steps):
            given.append(_credit(code, steps, before, losses[-1], best))
        if SCALE in codes and seen.pieces.x.ndim == 2 and seen.runs:
            given.append(_scaled(seen, steps, before, best))
    return tuple(credit for credit in given if credit is not None)


def _reruns(seen: Seen, codes: set[str], pace: Speed, steps: int) -> list[tuple[str, list[float]]]:
    found: list[tuple[str, list[float]]] = []
    for code in PACE:
        if code in codes and pace.limit is not None:
            found.append((code, rehearse(seen.pieces, steps, lr=pace.limit / 2)))
    for code in LOOP:
        if code in codes:
            found.append((code, rehearse(seen.pieces, steps)))
    if "parameters-not-held" in codes and (whole := _rearmed(seen.pieces)) is not None:
        found.append(("parameters-not-held", rehearse(whole, steps)))
    return found


def _scaled(seen: Seen, steps: int, before: float, best: float | None) -> Credit | None:
    """Columns at one scale, each run with the step that suits it: scaling is not credited with a better step alone."""
    own, other = _stable(seen.pieces), _stable(seen.pieces.scaled())
    if own is not None:
        suited = rehearse(seen.pieces, steps, lr=own)[-1]
        before = min((v for v in (before, suited) if math.isfinite(v)), default=before)
    return _credit(SCALE, steps, before, rehearse(seen.pieces.scaled(), steps, lr=other)[-1], best)


def _stable(pieces: Pieces) -> float | None:
    """Half the largest stable step, for gradient descent."""
    optimizer = pieces.optimizers[0]
    L = sharpest(pieces) if is_descent(optimizer) else None
    return largest_step(optimizer, L) / 2 if L and L > 0 else None


def _loss_mended(seen: Seen, code: str, best: float | None) -> Credit | None:
    """The loop with its own loss, and with the one its outputs call for; both judged by the second."""
    if not seen.runs or seen.labels is None:
        return None
    steps, proper = length(seen.given), seen.proper()
    stands = run(seen.given, steps)[1]
    before = replace(proper, model=stands.model).value()
    return _credit(code, steps, before, rehearse(proper, steps)[-1], best)


def _credit(code: str, steps: int, before: float, after: float, best: float | None) -> Credit | None:
    gap = None if best is None or not math.isfinite(before) else before - best
    worth = math.isfinite(after) and not after >= before - WORTH * abs(before)
    return Credit(code, steps, before, after, gap) if worth else None


def _rearmed(pieces: Pieces) -> Pieces | None:
    """The same pieces with an optimizer of the same kind that holds everything."""
    fresh = pieces.fresh()
    try:
        one = fresh.optimizers[0]
        return replace(fresh, optimizers=(type(one)(list(fresh.trainable().values()), **one.defaults),))
    except (TypeError, ValueError, IndexError):
        return None  # an optimizer made in a way of its own
