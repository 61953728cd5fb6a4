"""From a table to a model: read, plan, encode, fit the rows, and say what should be known about the answer."""

from __future__ import annotations

import math
import warnings as python_warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args

from cutline.errors import CutlineWarning, SeparationError, UsageError
from cutline.fitting.answer import aliased_said, doubts, model_of, rejected_said
from cutline.fitting.job import Job, block_of
from cutline.fitting.rows import SolverName
from cutline.fitting.search import DENSE_HESSIAN
from cutline.model import Model
from cutline.progress import shown
from cutline.rows import Counted
from cutline.solvers import Progress
from cutline.sources.device import placed, usable
from cutline.table import Choices, ReadOptions, encode, make_plan, read
from cutline.threads import one_thread_each


@one_thread_each()
def fit(
    data: Any,
    target: str,
    *,
    positive: str | None = None,
    features: Sequence[str] | None = None,
    drop: Sequence[str] = (),
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    weights: str | None = None,
    offset: str | None = None,
    trials: str | None = None,
    intercept: bool = True,
    penalty: Literal["auto", "none", "l2", "firth"] = "auto",
    C: float | None = None,
    missing: Literal["drop", "impute", "fail"] = "drop",
    on_bad_rows: Literal["fail", "reject"] = "fail",
    na: Sequence[str] = (),
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool = True,
    decimal: str = ".",
    solver: SolverName = "auto",
    tol: float = 1e-6,
    conf_level: float = 0.95,
    max_passes: int | None = None,
    seed: int = 0,
    device: str | None = None,
    progress: bool | Callable[[Progress], None] | None = None,
    interrupt: Literal["raise", "return"] = "raise",
) -> Model:
    """Fit a logistic regression to a table by maximum likelihood.

    Where the classes are separated, so that no maximum exists, `penalty="auto"` warns and fits Firth's penalized
    likelihood.

    Parameters
    ----------
    data : path, DataFrame (pandas, polars, pyarrow, anything with an Arrow stream) or dict of columns
        The table. A path may be CSV (also gzipped), Parquet or Arrow; "-" is standard input.
    target : str
        The outcome: two labels, or with `trials` a count of successes, or with `weights` a share of successes.
    positive : str, optional
        The label whose probability is modeled; by default the last in sorted order.
    features, drop : sequence of str, optional
        The columns to use, or not to use; by default all but the target, weights, offset and trials.
    categorical : sequence of str
        Number columns to read as categories.
    reference : mapping of column to level, optional
        Reference levels; by default the first.
    weights : str, optional
        A column of prior weights, as R's: a weight of two is two rows.
    offset : str, optional
        A column added to the log-odds with coefficient one.
    trials : str, optional
        A column of numbers of trials, for a target that counts successes: R's cbind(s, n - s).
    intercept : bool
        Estimate an intercept, never penalized.
    penalty : {"auto", "none", "l2", "firth"}
        "none" is maximum likelihood and an error on separated classes; "l2" is a ridge of strength `C`.
    C : float, optional
        Inverse strength of "l2" on the summed loss, as in scikit-learn: |w|^2 / (2C). 1 by default.
    missing : {"drop", "impute", "fail"}
        What becomes of rows with a missing value in a used column.
    on_bad_rows, na, encoding, delimiter, header, decimal
        How text is read; see `cutline.table.ReadOptions`.
    solver : {"auto", "newton", "lbfgs", "gradient-descent"}
        How the loss is minimized; the answer is the same.
    tol : float
        The Newton decrement to reach: every coefficient within `tol` of its standard errors of the best.
    conf_level : float
        Level of the intervals.
    max_passes : int, optional
        Passes over the data the search may spend.
    seed : int
        Of the samples that start a large fit and look for separation.
    device : str, optional
        Where the passes are computed: "cpu" (the default), "cuda" or "cuda:1". Apple's "mps" has no float64, and is
        refused.
    progress : bool or callable, optional
        True shows passes, loss, decrement and time left in a line on standard error, if it is a terminal; a callable is
        told a `cutline.solvers.Progress` after every step.
    interrupt : {"raise", "return"}
        What Ctrl-C does to the search, under any penalty: stop the program, or end the search, so that what stands is
        returned, with a warning that says how near it is and its certificate. Under Firth's penalty, intervals that
        were not profiled by then are Wald's.

    Returns
    -------
    Model

    Raises
    ------
    UsageError
        Arguments contradict each other or are out of range, or the device is not here.
    DataError
        The table cannot be read as asked; the message names the file, line and column.
    SeparationError
        The classes are separated and `penalty` is "none".
    FitError
        The search ended without an answer.

    Examples
    --------
    >>> import cutline
    >>> scores = {"score": [45, 50, 55, 58, 60, 65, 70], "passed": [0, 0, 1, 0, 0, 1, 1]}
    >>> model = cutline.fit(scores, "passed")
    >>> round(model.cut_line().value, 1)
    59.6
    """
    _check(penalty, C, solver, tol, conf_level, max_passes, intercept, interrupt)
    there = usable("cpu" if device is None else device)
    options = ReadOptions(
        delimiter=delimiter,
        encoding=encoding,
        header=header,
        decimal=decimal,
        na=_names(na),
        on_bad_rows=on_bad_rows,
    )
    choices = Choices(
        target=target,
        positive=None if positive is None else str(positive),
        features=None if features is None else _names(features),
        drop=_names(drop),
        categorical=_names(categorical),
        reference=dict(reference or {}),
        weights=weights,
        offset=offset,
        trials=trials,
        missing=missing,
    )
    with shown(progress, "reading the table") as told:
        table = read(data, options)
        plan, notes = make_plan(table, choices, options)
        encoded = encode(plan, table)
        job = Job(
            plan,
            Counted(placed(block_of(plan, encoded), there)),
            {
                "intercept": intercept,
                "solver": solver,
                "tol": tol,
                "max_passes": max_passes,
                "seed": seed,
                "progress": told,
                "interrupt": interrupt,
            },
            conf_level,
        )
        done = job.run("none" if penalty == "auto" else penalty, C or 1.0)
        separation = done.fit.separation
        said = rejected_said(table)
        if separation is not None:
            if penalty == "none":
                raise SeparationError(
                    f"{separation.message} No model is fitted. Give --penalty firth (penalty='firth') for finite, "
                    "bias-reduced estimates, --penalty l2, or leave the penalty at auto."
                )
            if done.fit.coords.size > DENSE_HESSIAN:
                raise SeparationError(
                    f"{separation.message} No model is fitted: Firth's penalty, which has an answer, needs a matrix of "
                    f"all {done.fit.coords.size:,} coefficients, and more than {DENSE_HESSIAN:,} are too many; give "
                    "--penalty l2 (penalty='l2'), or merge or leave out these levels."
                )
            said.append(
                f"{separation.message} Firth's penalized likelihood is fitted instead: its coefficients are finite, "
                "and its p-values and intervals are by penalized likelihood."
            )
            done = job.run("firth", 1.0, separation.terms)
    if done.fit.short is not None:  # only of a search that was interrupted
        said.append(f"{done.fit.short}.")
    said += aliased_said(done.fit, job.names)
    for message in said:
        python_warnings.warn(message, CutlineWarning, stacklevel=3)
    said += doubts(done, encoded)
    return model_of(
        done,
        job,
        table,
        encoded,
        requested=penalty,
        C=C,
        separation=separation,
        warnings=said,
        notes=[*table.notes, *notes],
    )


def _names(given: str | Sequence[str]) -> tuple[str, ...]:
    """One name is a list of one: tuple("age") would be three."""
    return (given,) if isinstance(given, str) else tuple(given)


def _check(
    penalty: str,
    C: float | None,
    solver: str,
    tol: float,
    conf_level: float,
    max_passes: int | None,
    intercept: bool,
    interrupt: str,
) -> None:
    if penalty not in ("auto", "none", "l2", "firth"):
        raise UsageError(f"penalty: expected auto, none, l2 or firth, got {penalty!r}")
    if solver not in get_args(SolverName):
        raise UsageError(f"solver: expected one of {', '.join(get_args(SolverName))}, got {solver!r}")
    if penalty == "firth" and solver not in ("auto", "newton"):
        raise UsageError(f"solver: Firth's penalty is fitted by Fisher scoring (auto or newton), got {solver!r}")
    if C is not None and penalty != "l2":
        raise UsageError(
            f"C: it is the strength of an l2 penalty, and the penalty is {penalty!r}; give penalty l2 or leave C out"
        )
    for name, value, ok in (
        ("C", C, C is None or (C > 0 and math.isfinite(C))),
        ("tol", tol, tol > 0 and math.isfinite(tol)),
        ("max_passes", max_passes, max_passes is None or max_passes > 0),
    ):
        if not ok:
            raise UsageError(f"{name}: expected a finite number above 0, got {value!r}")
    if interrupt not in ("raise", "return"):
        raise UsageError(f"interrupt: expected raise or return, got {interrupt!r}")
    if not 0 < conf_level < 1:
        raise UsageError(f"conf_level: expected a level between 0 and 1, such as 0.95, got {conf_level!r}")
