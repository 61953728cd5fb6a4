"""From a fit of rows to what the user keeps: the model in the table's order, and what should be known about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cutline.fitting.job import Done, Job, fingerprint
from cutline.fitting.rows import RowsFit
from cutline.fitting.statistics import statistics
from cutline.model import INTERCEPT, Model
from cutline.model import Rows as RowCounts
from cutline.solvers import Stop
from cutline.table import Encoded, Table
from cutline.version import __version__

SHOWN = 8  # names a sentence lists
EVENTS = 10  # of the rarer label for each coefficient: Peduzzi et al., J Clin Epidemiol 49 (1996) 1373-1379
STOPPED_REASON = "the search was interrupted: standard errors are those of a maximum, which this is not"
MANY_REASON = (
    "there are too many coefficients to form the information matrix that standard errors are made of, and no one "
    "factor has nearly all of them"
)
L2_REASON = "a ridge penalty biases the coefficients: their sampling errors do not say how near the truth they are"


def aliased_said(fit: RowsFit, names: Sequence[str]) -> list[str]:
    """Which columns could not be estimated, and why."""
    said: list[str] = []
    for a in fit.aliased:
        name = names[a.feature]
        if not a.on:
            said.append(
                f"{name} has one value only in the rows used: its coefficient is null and it does not count; drop it."
            )
        else:
            more = f" and {len(a.on) - SHOWN} more" if len(a.on) > SHOWN else ""
            on = ", ".join(names[j] for j in a.on[:SHOWN]) + more
            said.append(
                f"{name} is exactly collinear with {on}: its coefficient is null and it does not count; drop one."
            )
    return said


def rejected_said(table: Table) -> list[str]:
    """How many lines could not be read, the first of them, and where they are kept."""
    if table.rejected is None:
        return []
    kept = table.rejected
    more = "; ..." if kept.count > len(kept.lines) else ""
    return [
        f"bad rows: {kept.count} could not be read and are set aside in {kept.path} ({'; '.join(kept.lines)}{more})."
    ]


def doubts(done: Done, encoded: Encoded) -> list[str]:
    """What a reader should know before trusting the numbers."""
    fit, said = done.fit, list[str]()
    if done.quick:
        why = (
            "the profiles of their penalized likelihood were interrupted."
            if done.interrupted
            else "profiling the penalized likelihood of all of them on these rows would take too long. Those of the "
            "terms that separate the classes are profiled."
        )
        said.append(f"p-values and intervals of {len(done.quick)} terms are Wald's: {why}")
    if fit.lesser:
        said.append(
            f"the penalized likelihood has {len(fit.lesser) + 1} maxima that were found, and perhaps others: the "
            f"highest is reported, and the next is {fit.lesser[0][1]:.2g} lower in log-likelihood; it may be that a "
            "few rows lie far from all others, so look at those."
        )
    if done.penalty != "firth" and fit.certificate.bound is None:
        said.append(
            "not certified: nothing proves that these coefficients are near the best, or that there is a best; look "
            "for columns of enormous range or nearly collinear ones."
        )
    rarer = min(fit.outcome.successes, fit.outcome.weight - fit.outcome.successes)
    slopes = fit.coords.size - int(fit.coords.intercept)
    if slopes and rarer < EVENTS * slopes:
        said.append(
            f"few events: the rarer outcome occurs {rarer:g} times for {slopes} "
            f"coefficient{'s' * (slopes > 1)} (under {EVENTS} each); coefficients tend to be too far from zero and "
            "intervals are rough."
        )
    if encoded.imputed:
        columns = ", ".join(f"{name} ({count})" for name, count in encoded.imputed.items())
        said.append(f"missing values were filled in {columns}: standard errors do not know that and are too small.")
    return said


def model_of(
    done: Done,
    job: Job,
    table: Table,
    encoded: Encoded,
    *,
    requested: str,
    C: float | None,
    separation: Any,
    warnings: list[str],
    notes: list[str],
) -> Model:
    plan, fit, i = job.plan, done.fit, int(job.settings["intercept"])
    # the block keeps numbers first and factors after; the user's order is the table's
    order = np.concatenate([np.arange(i), np.argsort(plan.block_order()) + i]).astype(int)
    cov = None if fit.covariance is None else fit.covariance.numpy()[np.ix_(order, order)]
    firth = done.penalty == "firth"
    return Model(
        plan=plan,
        intercept=bool(i),
        terms=((INTERCEPT,) if i else ()) + plan.terms(),
        weights=fit.weights.numpy()[order],
        covariance=cov,
        variances=None if fit.variances is None else fit.variances.numpy()[order],
        penalty=done.penalty,
        requested_penalty=requested,
        C=done.C if done.penalty == "l2" else None,
        conf_level=job.conf_level,
        test=None if cov is None and fit.variances is None else "penalized likelihood" if firth else "wald",
        p=None if done.p is None else done.p[order],
        ci=None if done.ci is None else done.ci[order],
        no_errors_reason=_no_errors(done),
        statistics=statistics(job.rows, fit, penalty=done.penalty, offset=plan.offset is not None),
        rows=RowCounts(
            read=table.n_rows,
            used=fit.outcome.rows,
            dropped=dict(encoded.dropped),
            rejected=0 if table.rejected is None else table.rejected.count,
            imputed=dict(encoded.imputed),
        ),
        certificate=fit.certificate,
        separation=separation,
        warnings=tuple(warnings),
        notes=tuple(notes),
        fingerprint=fingerprint(plan, encoded),
        settings={name: job.settings[name] for name in ("solver", "tol", "seed")} | {"wald_terms": list(done.quick)},
        version=__version__,
    )


def _no_errors(done: Done) -> str | None:
    """Why there are no standard errors, where there are none."""
    if done.penalty == "l2":
        return L2_REASON
    if done.fit.covariance is not None or done.fit.variances is not None:
        return None
    return STOPPED_REASON if done.fit.certificate.stop == Stop.INTERRUPTED.value else MANY_REASON
