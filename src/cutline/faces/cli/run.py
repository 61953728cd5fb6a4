"""What the four commands do, with their options already understood."""

from __future__ import annotations

import contextlib
import json
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cutline.errors import CutlineWarning
from cutline.faces.cli import output
from cutline.progress import shown

if TYPE_CHECKING:
    from cutline.model import Model, Unseen
    from cutline.table import ReadOptions

LONG = 1.0  # seconds from which work shows itself


def fit(data: str, target: str, chosen: Mapping[str, Any], *, out: str | None, as_json: bool, quiet: bool) -> None:
    """Fit, keep, say."""
    name = source_name(data)
    with shown(not quiet, f"reading {name}", LONG) as told, collected() as heard:
        import cutline

        model = cutline.fit(data, target, **chosen, progress=told)
    if out is not None:
        model.save(out)
    said = [text for text in heard if text not in model.warnings]
    for text in said:
        output.complain(text, "warning")
    if as_json:
        print_json(document(model))
    elif not quiet:
        from cutline.faces.cli import render

        where = f"saved in {out}" if out else "not saved; --out model.json keeps it"
        render.report(model, name, [("model", where)])
    # in a report on a terminal the warnings have been seen; elsewhere they must not be missed
    shown_already = not (as_json or quiet) and (output.is_terminal(sys.stdout) or not output.is_terminal(sys.stderr))
    if not shown_already:
        for text in model.warnings:
            output.complain(text, "warning")
        if out is not None and not quiet:
            output.say(f"the model is in {out}")


def show(path: str, *, as_json: bool) -> None:
    """Print a saved model."""
    model = load(path)
    if as_json:
        print_json(document(model))
    else:
        from cutline.faces.cli import render

        render.report(model)


def predict(
    path: str,
    data: str,
    *,
    out: str | None,
    keep: Sequence[str],
    threshold: float | None,
    unseen: Unseen,
    reading: Mapping[str, Any],
) -> None:
    """Score every row of a table and write what came out."""
    from cutline.faces.cli import facts, predictions
    from cutline.table import read

    model = load(path)
    with collected() as heard:
        table = read(data, reading_options(model, reading))
        names = predictions.kept_names(keep, table)
        scored = model.score_rows(table, unseen, threshold)
    for name, new in names.items():
        if new != name:
            output.say(f"the kept column {name!r} is written as {new!r}: the output has a {name!r} of its own")
    predictions.write(out, scored, table, names)
    for text in heard:
        output.complain(text, "warning")
    said = facts.problems(scored)
    for line in said:
        output.say(line)
    if out is not None and out != "-" and not said:
        output.say(f"{table.n_rows:,} rows scored, none left out")
    if out is not None and out != "-":
        output.say(f"the predictions are in {out}")


def score(path: str, data: str, *, threshold: float | None, as_json: bool, reading: Mapping[str, Any]) -> None:
    """Compare a model with labels."""
    model = load(path)
    name = source_name(data)
    with shown(True, f"scoring {name}", LONG), collected() as heard:
        from cutline.model.document import plain
        from cutline.scoring import score as compare

        scores = compare(model, data, threshold=threshold, options=reading_options(model, reading))
    values = plain(asdict(scores))
    for text in heard:
        output.complain(text, "warning")
    if as_json:
        print_json(values)
    else:
        from cutline.faces.cli import render

        render.scores(values, name, (model.label.negative, model.label.positive))


def load(path: str) -> Model:
    """The model in a file; imports no torch."""
    from cutline.model import load as read_model

    return read_model(path)


def source_name(data: str) -> str:
    """A table's name in a sentence."""
    return "standard input" if data == "-" else data


def reading_options(model: Model, reading: Mapping[str, Any]) -> ReadOptions:
    """Read a table as the model's own was read, but for what the command line says of this file."""
    from cutline.table import ReadOptions

    return ReadOptions(na=model.plan.na, decimal=model.plan.decimal, **reading)


def document(model: Model) -> dict[str, Any]:
    """The JSON document of a model: the same for `fit --json` and `show --json`."""
    from cutline.model import to_document

    return to_document(model)


def print_json(value: Any) -> None:
    """One document on standard output, in UTF-8; NaN in it would be a bug and is refused."""
    output.write_utf8(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


@contextlib.contextmanager
def collected() -> Iterator[list[str]]:
    """The texts of the CutlineWarnings raised inside, each once; other libraries' are not for the user."""
    heard: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", CutlineWarning)
        yield heard
    heard.extend(dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, CutlineWarning)))
