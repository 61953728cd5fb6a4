"""The model in words and as a table: data first (`report`), then one rendering as plain text (`summary`).

The command line renders the same `Report` in color. Widths are counted in terminal cells, where a Korean letter takes
two, so that columns named in any script line up.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cutline.model import document
from cutline.model.consistency import INTERCEPT
from cutline.model.korean import korean

if TYPE_CHECKING:
    from cutline.model.parts import Certificate, Statistics
    from cutline.model.value import Model
    from cutline.model.wald import CutLine

Lang = Literal["en", "ko"]
WIDTH = 100
COLUMNS = ("weights", "offset", "trials")
NOT_THERE = "they belong to the maximum of the likelihood, and this model is not there"
_PENALTY = {
    "none": "none: maximum likelihood",
    "l2": "l2, C = {C}",
    "firth": "Firth's (penalized likelihood)",
}
_METHOD = {
    "wald": "Wald",
    "penalized likelihood": (
        "profile penalized likelihood; p by penalized likelihood ratio; std. errors from the Fisher information"
    ),
}


@dataclass(frozen=True)
class Report:
    """What a fit prints: facts above the table of terms, the table as texts, facts below it, warnings, notes."""

    title: str
    above: tuple[tuple[str, str], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    below: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def report(model: Model, lang: Lang = "en") -> Report:
    """Everything a fit says, as texts, in the order in which it is read."""
    label = model.label
    said = Report(
        title=f"Logistic regression: the probability that {clean(label.column)} is {clean(label.positive)}",
        above=tuple(_above(model)),
        header=_header(model),
        rows=tuple(_row(row) for row in document.term_rows(model)),
        below=(
            *_references(model),
            *_intervals(model),
            *_cut(model.cut_line()),
            *_likelihoods(model),
            ("AUC", _auc(model.statistics)),
            ("certificate", certificate_words(model.certificate)),
        ),
        warnings=tuple(map(clean, model.warnings)),
        notes=tuple(map(clean, model.notes)),
    )
    return in_korean(said) if lang == "ko" else said


def in_korean(r: Report) -> Report:
    """The same report in Korean."""

    def facts(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((korean(name), text if name in COLUMNS else korean(text)) for name, text in pairs)

    return Report(
        title=korean(r.title),
        above=facts(r.above),
        header=tuple(map(korean, r.header)),
        rows=tuple((korean(term) if term == INTERCEPT else term, *numbers) for term, *numbers in r.rows),
        below=facts(r.below),
        warnings=tuple(map(korean, r.warnings)),
        notes=tuple(map(korean, r.notes)),
    )


def summary(model: Model, lang: Lang = "en") -> str:
    """The report as plain text for a terminal, `WIDTH` cells wide but for a table of long names."""
    say, r = korean if lang == "ko" else str, report(model, lang)
    indent = max(cells(name) for name, _ in (*r.above, *r.below)) + 2
    above, below = ([line for fact in facts for line in _fact(*fact, indent)] for facts in (r.above, r.below))
    lines = [r.title, "", *above, "", *table(r.header, r.rows), "", *below]
    for name, texts in (("warning", r.warnings), ("note", r.notes)):
        if texts:
            head = f"{say(name)}:"
            lines += ["", *(line for text in texts for line in _fact(head, text, cells(head) + 1))]
    return "\n".join(lines) + "\n"


# --- facts ----------------------------------------------------------------------------------------------------------


def _above(model: Model) -> Iterable[tuple[str, str]]:
    rows, plan, label = model.rows, model.plan, model.label
    dropped = sum(rows.dropped.values())
    yield "rows", f"{rows.read} read, {rows.used} used, {dropped} dropped" + _reasons(rows.dropped)
    if rows.rejected:
        yield "rejected", f"{rows.rejected} lines could not be read"
    if rows.imputed:
        yield "imputed", f"{sum(rows.imputed.values())} values" + _reasons(rows.imputed)
    yield "positive label", f"{clean(label.positive)} (the other: {clean(label.negative)})"
    for name, column in zip(COLUMNS, (plan.weights, plan.offset, plan.trials)):
        if column is not None:
            yield name, clean(column)
    asked = "" if model.requested_penalty == model.penalty else f" (asked for: {model.requested_penalty})"
    yield "penalty", _PENALTY[model.penalty].format(C=model.C if model.C is None else f"{model.C:g}") + asked
    if model.separation is not None:
        yield "separation", f"{model.separation.kind}, by {clean(', '.join(model.separation.terms))}: see the warning"


def _references(model: Model) -> Iterable[tuple[str, str]]:
    levels = [f"{clean(f.name)} = {clean(f.reference)}" for f in model.plan.categories]
    if levels:
        yield "reference levels", ", ".join(levels)


def _intervals(model: Model) -> Iterable[tuple[str, str]]:
    if model.test is None:
        yield "intervals", f"none: {clean(model.no_errors_reason or '')}"
    else:
        rest = len(model.settings.get("wald_terms", ()))
        but = f"; Wald for {rest} of the terms (see the warnings)" if rest else ""
        yield "intervals", f"{percent(model.conf_level)}, {_METHOD[model.test]}{but}"


def _cut(cut: CutLine | None) -> Iterable[tuple[str, str]]:
    if cut is None:
        return
    text = f"{clean(cut.term)} = {number(cut.value)}, where p = {cut.p:g}"
    if cut.low is not None and cut.high is not None:
        text += f"; {percent(cut.level)} {cut.method} interval {number(cut.low)} to {number(cut.high)}"
    if cut.fieller is not None:
        text += f"; Fieller's {number(cut.fieller[0])} to {number(cut.fieller[1])}"
    yield "cut line", text + (f". {clean(cut.note)}" if cut.note else "")


def _likelihoods(model: Model) -> Iterable[tuple[str, str]]:
    s = model.statistics
    yield "log-likelihood", f"{s.log_likelihood:.4f} (null model {s.null_log_likelihood:.4f})"
    penalized = s.penalized_log_likelihood is not None
    if penalized:
        yield "penalized", f"log-likelihood {s.penalized_log_likelihood:.4f}"
    if model.penalty == "l2":
        yield "deviance", f"{s.deviance:.4f} (null {s.null_deviance:.4f} on {s.df_null} df)"
    else:
        yield "deviance", f"{s.deviance:.4f} on {s.df_residual} df (null {s.null_deviance:.4f} on {s.df_null})"
    if s.lr_chi2 is not None:
        of = " of penalized likelihoods" if penalized else ""
        yield "LR against null", f"chi2 {s.lr_chi2:.4f} on {s.lr_df} df, p {p_text(s.lr_p, word=True)}{of}"
    if s.aic is not None and s.bic is not None:
        yield "AIC, BIC", f"{s.aic:.4f}, {s.bic:.4f} (BIC with n = {s.bic_n})"
    if s.lr_chi2 is None and s.aic is None:
        why = "a penalty has no degrees of freedom to count" if model.penalty == "l2" else NOT_THERE
        yield "LR, AIC, BIC", f"none: {why}"
    yield "McFadden R2", "-" if s.mcfadden_r2 is None else f"{s.mcfadden_r2:.4f}"


def _auc(s: Statistics) -> str:
    if s.auc is None:
        return "-"
    return f"{s.auc:.4f}" + (f" (from a histogram, within {s.auc_error:.1g})" if s.auc_error > 0 else "")


def certificate_words(c: Certificate) -> str:
    """The certificate as sentences."""
    bound = "no bound on the loss"
    if c.bound is not None:
        certainty = "an estimate" if c.bound_kind == "estimate" else c.bound_kind
        bound = f"loss above its minimum by at most {c.bound:.2g} ({certainty})"
    return (
        f"{_sentence(c.stop)} Gradient {c.gradient:.2g}, Newton decrement {c.decrement:.2g} (tolerance {c.tol:g}), "
        f"{bound}; {c.solver}, {c.passes} passes over {c.rows} rows."
    )


def _sentence(text: str) -> str:
    text = clean(text).rstrip(". ")
    return f"{text[:1].upper()}{text[1:]}."


def _reasons(counts: dict[str, int]) -> str:
    return " (" + ", ".join(f"{clean(reason)}: {n}" for reason, n in counts.items()) + ")" if counts else ""


# --- numbers as text ------------------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    """Five significant digits, or all digits before the point; "-" for none."""
    if value is None or value != value:
        return "-"
    if value in (float("inf"), float("-inf")):
        return "inf" if value > 0 else "-inf"
    if value == 0:
        return "0"
    return f"{value:.1f}" if 1e5 <= abs(value) < 1e10 else f"{value:#.5g}"


def p_text(p: float | None, *, word: bool = False) -> str:
    """A p-value with four decimals, "<0.0001" below that; with `word` "= 0.0123", to stand in a sentence."""
    if p is None or p != p:
        return "-"
    if p < 1e-4:
        return "< 0.0001" if word else "<0.0001"
    return f"= {p:.4f}" if word else f"{p:.4f}"


def percent(level: float) -> str:
    return f"{100 * level:.10g}%"


def _header(model: Model) -> tuple[str, ...]:
    level = percent(model.conf_level)
    return ("term", "coefficient", "odds ratio", "std. error", f"{level} low", f"{level} high", "p")


def _row(row: dict[str, Any]) -> tuple[str, ...]:
    infinite = row["p"] is not None  # an end without a number, beside a p, lies at infinity
    low, high = row["ci_low"], row["ci_high"]
    return (
        clean(row["term"]),
        number(row["coef"]),
        "inf" if row["odds_ratio"] is None and row["coef"] is not None else number(row["odds_ratio"]),
        number(row["std_error"]),
        "-inf" if low is None and infinite else number(low),
        "inf" if high is None and infinite else number(high),
        p_text(row["p"]),
    )


# --- text in cells --------------------------------------------------------------------------------------------------


def clean(text: str) -> str:
    """`text` on one line and composed (NFC), with characters a terminal would obey written out."""
    text = unicodedata.normalize("NFC", str(text))
    return "".join(c if c.isprintable() or c == " " else c.encode("unicode_escape").decode() for c in text)


def cells(text: str) -> int:
    """How many terminal cells `text` takes: two for a wide character, none for a combining one."""
    return sum(_cell(c) for c in text)


def _cell(c: str) -> int:
    if unicodedata.category(c) in ("Mn", "Me", "Cf") or "\u1160" <= c <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Lines of a table: the first column to the left, the others to the right, a rule under the header."""
    every = [header, *rows]
    widths = [max(cells(row[j]) for row in every) for j in range(len(header))]
    lines = []
    for row in every:
        pads = [" " * (w - cells(text)) for text, w in zip(row, widths)]
        first, *rest = (text + pad if j == 0 else pad + text for j, (text, pad) in enumerate(zip(row, pads)))
        lines.append("  ".join([first, *rest]).rstrip())
    return [lines[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]]


def _fact(name: str, text: str, indent: int) -> list[str]:
    """`name`, then `text` wrapped at spaces in a column of its own."""
    lines, line = [], ""
    for word in text.split():
        if line and indent + cells(line) + 1 + cells(word) > WIDTH:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    first = name + " " * (indent - cells(name))
    return [(first if i == 0 else " " * indent) + part for i, part in enumerate(lines)]
