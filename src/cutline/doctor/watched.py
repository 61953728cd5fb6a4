"""What a watched loop's diary amounts to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

import torch
from torch import Tensor, nn

from cutline.doctor.byhand import ByHand
from cutline.doctor.curvature import is_descent, momentum
from cutline.doctor.data import timed
from cutline.doctor.diary import CLOSELY, Diary
from cutline.doctor.examine import examine
from cutline.doctor.findings import Finding, Report
from cutline.doctor.pieces import Pieces
from cutline.doctor.quiet import copies, untouched
from cutline.doctor.rehearsal import FADED, RISE, SHARE, WORSE, Speed, climbs, crawl, length, stable
from cutline.doctor.seen import Seen
from cutline.doctor.standing import BROKEN, best_of, conclude, floor, own_loss, pace_finding, unit
from cutline.threads import one_thread_each

PLANNED = 1000  # steps, as `check` takes it: a loop cut short to be looked at was not planned that short
FEW, MOVED = 5, 0.05  # labels, and of those that came again the share, that must have moved to be told of
OFTEN = 0.5  # of the steps: what happens once may be meant
ASTRAY = ("model-rebuilt", "zero-grad-too-late", "missing-backward", "missing-step", "parameters-not-held")


def conclusion(
    model: nn.Module,
    start: tuple[nn.Module, tuple[torch.optim.Optimizer, ...]],
    end: Mapping[str, Tensor],
    diary: Diary,
) -> Report:
    """The report of a loop that is over: what one look at its pieces tells, and what its steps told."""
    with untouched(model), one_thread_each(), torch.enable_grad():
        seen = _seen(start, diary)
        findings = [] if seen is None else list(seen.findings)
        findings += [f for f in _loop(start[0], end, diary) if f.code not in {g.code for g in findings}]
        slow = timed(diary.waits, diary.works, diary.starts, diary.workers, diary.fetched).finding()
        findings += [slow] if slow else []
        if seen is None or seen.labels is None:
            return Report(tuple(findings), rows=0 if seen is None else seen.pieces.n)
        after = replace(seen, pieces=_ended(seen.pieces, end))
        best = best_of(seen)
        pace = None
        if diary.by_hand and not diary.steps and seen.pieces.optimizers:
            one = seen.pieces.optimizers[0]
            diary = replace(diary, steps=diary.by_hand, stepped=[one], rates=[one.param_groups[0]["lr"]])
        if seen.runs and diary.steps and not any(f.code in (*ASTRAY, *BROKEN) for f in findings):
            pace = _pace(seen, after.pieces, diary, floor(seen, best))
            findings += pace_finding(pace)
        elif diary.full and diary.losses:
            observed = _observed(seen.pieces, diary)
            pace = Speed("sound", 0.0, None, observed, len(observed) - 1)
        if seen.runs and diary.steps and not any(f.code == "saturation" for f in findings):
            findings += _ended_flat(after)
        return conclude(seen, findings, pace if diary.full else None, best, own_loss(after))


# --- the pieces -----------------------------------------------------------------------------------------------------


def _seen(start: tuple[nn.Module, tuple[torch.optim.Optimizer, ...]], diary: Diary) -> Seen | None:
    """Look at the pieces as they were at the start, on all the rows that were kept, or else on the first batch."""
    if not diary.looks and diary.refused is not None and any(isinstance(t, Tensor) for t in diary.refused):
        model, optimizers = copies(*start)
        return examine(Pieces(model, diary.refused, None, None, optimizers))
    if not diary.looks or diary.looks[0].x is None:
        return None
    first = diary.looks[0]
    assert first.x is not None
    labels = first.labels

    def loss_fn(out: Tensor, y: Tensor) -> object:
        return first.trace.loss(out, y, labels)

    model, optimizers = copies(*start)
    if isinstance(model, ByHand) and isinstance(first.module, ByHand):
        model.formula = first.module.formula
    fn = loss_fn if first.trace.calls and first.whole and labels is not None else None
    one = Pieces(model, first.args, labels, fn, optimizers, first.named, first.broken, first.pick)
    if diary.hand_rates:
        one = replace(one, optimizers=_stepping(model, diary))
    if labels is None or labels.numel() != one.n:
        return examine(replace(one, y=None, loss_fn=None))
    if len(diary.looks) > 1 and len(first.args) == 1 and not first.named:
        pairs = [(k.x, k.labels) for k in diary.looks if k.x is not None and k.labels is not None]
        pairs = [(x, y) for x, y in pairs if x.shape[1:] == first.x.shape[1:] and y.numel() == len(x)]
        try:
            x, y = torch.cat([x for x, _ in pairs]), torch.cat([y for _, y in pairs])
            every = examine(replace(one, inputs=(x.detach(),), y=y.detach()))
        except Exception:
            return examine(one)
        if not every.has("does-not-run"):
            return every
    return examine(one)


def _stepping(model: nn.Module, diary: Diary) -> tuple[torch.optim.Optimizer, ...]:
    """Steps taken by hand, as an optimizer takes them; none where they were no multiple of the gradient."""
    rates = [rate for rate in diary.hand_rates if math.isfinite(rate)]
    if not rates or not all(abs(rate - rates[0]) <= 0.05 * abs(rates[0]) for rate in rates):
        return ()
    moving, lr = [p for p in model.parameters() if p.requires_grad], float(f"{rates[0]:.3g}")
    return (torch.optim.SGD(moving, lr=abs(lr), maximize=lr < 0),)


def _ended(pieces: Pieces, end: Mapping[str, Tensor]) -> Pieces:
    ended = pieces.fresh()
    ended.model.load_state_dict(dict(end), strict=False)
    return ended


def _ended_flat(after: Seen) -> list[Finding]:
    """Did the loop end with sigmoids so flat that rows are wrong for good, or with a loss that is no number?"""
    again = examine(after.pieces)
    return [f for f in again.findings if f.code == "saturation" and f.case != "hidden"]


# --- the loop -------------------------------------------------------------------------------------------------------


def _loop(start: nn.Module, end: Mapping[str, Tensor], diary: Diary) -> list[Finding]:
    found: list[Finding] = []
    steps = diary.steps or diary.by_hand
    closely = min(steps, CLOSELY)
    often = OFTEN * closely
    if diary.foreign:
        values = {"built": diary.foreign, "steps": diary.backwards}
        found.append(Finding("model-rebuilt", values, "tensors" if isinstance(start, ByHand) else ""))
    elif diary.rewritten >= 3 and diary.rewritten >= 0.8 * diary.compared:
        found.append(Finding("model-rebuilt", {"times": diary.rewritten, "steps": diary.compared}, "rewritten"))
    if moved := _relabeled(diary):
        found.append(moved)
    if diary.reused >= 2 or (diary.reused and steps <= 3):
        values = {"times": diary.reused, "steps": closely, "first": diary.reused_first}
        found.append(Finding("missing-zero-grad", values))
    if diary.erased and diary.erased >= often:
        found.append(Finding("zero-grad-too-late", {"times": diary.erased, "steps": closely}))
    if diary.cut and not diary.foreign:
        found.append(Finding("no-gradient", {}, "cut"))
    if diary.held is not None:
        found.append(diary.held)
    elif diary.unreached and diary.unreached >= often:
        found.append(Finding("parameters-not-held", {"steps": steps}, "unreached"))
    if diary.without and diary.without >= often and not diary.backwards:
        found.append(Finding("missing-backward", {"steps": steps}))
    if diary.backwards >= 2 and not diary.steps and not diary.foreign_steps and _unmoved(start, end):
        found.append(Finding("missing-step", {"backwards": diary.backwards}))
    return found


def _relabeled(diary: Diary) -> Finding | None:
    """Rows that came again with another label: x and y were shuffled each on its own."""
    again, moved, known = diary.again, diary.moved, dict[bytes, float]()
    for look in diary.looks:
        if look.x is None or look.labels is None or look.labels.numel() != len(look.x):
            continue
        rows = look.x.detach().cpu().double().reshape(len(look.x), -1).numpy()
        mine: dict[bytes, float] = {}
        for row, label in zip(rows, look.labels.detach().flatten().tolist()):
            if mine.setdefault(row.tobytes(), label) != label:
                return None  # rows that are alike and differ in their labels: such are the data
        repeated = mine.keys() & known.keys()
        again += len(repeated)
        moved += sum(mine[key] != known[key] for key in repeated)
        known = mine | known
    if moved < FEW or moved <= MOVED * again:
        return None
    return Finding("labels-shuffled", {"moved": moved, "again": again})


def _unmoved(start: nn.Module, end: Mapping[str, Tensor]) -> bool:
    return all(torch.equal(p, end[name]) for name, p in start.named_parameters() if name in end)


# --- its pace -------------------------------------------------------------------------------------------------------


def _observed(pieces: Pieces, diary: Diary) -> tuple[float, ...]:
    """The losses as they came, as many as a rehearsal would take, so that the two can be held side by side."""
    values = diary.totals()[: length(pieces) + 1]
    bad = next((i for i, v in enumerate(values) if not math.isfinite(v)), len(values))
    return tuple(values[: bad + 1])


def _pace(seen: Seen, after: Pieces, diary: Diary, floor: float) -> Speed:
    optimizer = diary.stepped[0]
    pieces, lr = seen.pieces, max(diary.rates)
    descent = is_descent(optimizer)
    limit, L = stable(pieces, diary.rates[0]) if descent and pieces.moving() else (None, None)
    losses = _observed(pieces, diary)
    sound = Speed("sound", lr, limit, losses, len(losses) - 1, epochs=max(diary.steps, PLANNED))
    if diary.inside or not losses or not math.isfinite(losses[0]):
        return sound
    over = limit is not None and diary.rates[0] > limit
    plain = descent and momentum(optimizer) == 0
    pairs = [(float(a), float(b)) for a, b in diary.pairs]
    if diary.full and not diary.drew:
        bad = climbs(diary.totals(), plain=plain, over=over)
    else:
        bad = _bounces(pairs, losses, plain=plain, over=over)
        ups = sum(_up(a, b, pairs[0][0]) for a, b in pairs)
        sound = replace(sound, bounces=(ups, len(pairs)) if ups else None)
    broke = not all(math.isfinite(float(v)) for v in diary.losses)
    if bad or (broke and over):  # where a log met 0 because steps were too large, the steps are to blame
        return replace(sound, verdict="climbs")
    if broke:
        return replace(sound, verdict="breaks")
    ends = pieces.value(), after.value()
    own = replace(sound, losses=ends, steps=diary.steps)
    if diary.rates[-1] < FADED * lr:  # a schedule has taken the rate away: on average it is less, and no more will come
        own = replace(own, lr=fmean(diary.rates), end=diary.rates[-1], epochs=diary.steps)
    verdict = replace(crawl(pieces, own, floor, L, unit=unit(seen)), lr=lr)
    if verdict.verdict == "sound":
        return sound
    if diary.full and max(v for v in diary.totals() if math.isfinite(v)) > WORSE * losses[0]:
        return replace(sound, verdict="climbs")  # thrown far out by its first steps, it lies where nothing moves
    return replace(verdict, losses=losses, steps=sound.steps) if diary.full else verdict


def _up(before: float, after: float, first: float) -> bool:
    return after - before > max(RISE * abs(before), 1e-4 * abs(first)) or (math.isfinite(before) and after != after)


def _bounces(pairs: list[tuple[float, float]], losses: tuple[float, ...], *, plain: bool, over: bool) -> bool:
    """With mini-batches or Dropout, a loss that rises from turn to turn says little; on the step's own rows it does."""
    if plain and pairs:
        ups = sum(_up(a, b, pairs[0][0]) for a, b in pairs)
        if (over and ups >= 1) or (ups >= 5 and ups >= SHARE * len(pairs)):
            return True
    start = sorted(losses[:5])[len(losses[:5]) // 2]
    return len(losses) >= 12 and climbs([start, *losses[5:]], plain=False) and all(map(math.isfinite, losses))
