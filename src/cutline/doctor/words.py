"""A report as text: faults first, each with evidence and remedy, then facts, the distance, what mending is worth.

Only what was found is said; a sound loop gets one line, and its distance to the best linear logit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cutline.doctor import english, korean
from cutline.model.words import cells, clean

if TYPE_CHECKING:
    from cutline.doctor.findings import Finding, Lang, Report

WIDTH = 100
SCALE = "columns-of-different-scale"
WORDS = {"en": english, "ko": korean}


def text(report: Report, lang: Lang) -> str:
    """The report, a hundred terminal cells wide."""
    head = WORDS[lang].HEAD
    lines: list[str] = []
    for name, findings in (("faults", report.faults), ("following", report.following), ("facts", report.facts)):
        if findings:
            lines += [f"{head[name]}", *_findings(findings, lang, brief=name == "following"), ""]
    if not report.faults:
        lines = [head["none"], "", *lines]
    lines += [*_distance(report, lang), ""]
    if report.credits:
        lines += [head["credits"], *_credits(report, lang)]
    return "\n".join(lines).strip() + "\n"


def _findings(findings: Iterable[Finding], lang: Lang, *, brief: bool) -> Iterator[str]:
    head = WORDS[lang].HEAD
    for f in findings:
        title, evidence, remedy = f.say(lang)
        yield from _wrapped(f"- {title} [{f.code}, {head['lesson'].format(lesson=f.lesson)}]", "  ")
        if not brief:
            yield from _wrapped(f"  {evidence}", "  ")
            yield from _wrapped(f"  {head['remedy']} {remedy}", "  ")


def _distance(report: Report, lang: Lang) -> Iterator[str]:
    head = WORDS[lang].HEAD
    values = {"loss": report.loss, "best": report.best, "rows": report.rows}
    if report.loss is None:
        return
    if report.separation is not None:
        why = head[report.separation.kind].format(terms=", ".join(report.separation.terms))
        yield from _wrapped(head["endless"].format(why=why, **values), "")
    elif report.best is None:
        yield from _wrapped(head["loss"].format(**values), "")
    else:
        better = report.loss < report.best - 1e-3 * abs(report.best)
        yield from _wrapped(head["better" if better else "best"].format(**values), "")


def _credits(report: Report, lang: Lang) -> Iterator[str]:
    words = WORDS[lang]
    for credit in report.credits:
        title = words.TITLE[credit.code]
        line = words.HEAD["credit-scale" if credit.code == SCALE else "credit"].format(
            title=title, steps=credit.steps, before=credit.before, after=credit.after
        )
        share = "" if credit.share is None else words.HEAD["share"].format(share=100 * credit.share)
        yield from _wrapped(f"- {line}{share}.", "  ")


def _wrapped(line: str, indent: str) -> Iterator[str]:
    """`line` broken at spaces; the lines after the first are indented."""
    start = len(line) - len(line.lstrip())
    now = ""
    for word in clean(line.strip()).split():
        if now and start + cells(now) + 1 + cells(word) > WIDTH:
            yield " " * start + now
            now, start = word, len(indent)
        else:
            now = f"{now} {word}" if now else word
    yield " " * start + now
