"""The page a lesson plays on: two languages from one source, screens, predictions, missions, the way on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import marimo as mo

from cutline.lessons.contents import LANGUAGES, LESSONS, Lang

if TYPE_CHECKING:
    from cutline.model import Report

Say = Callable[..., str]
_OTHER: dict[Lang, tuple[Lang, str]] = {"ko": ("en", "English"), "en": ("ko", "한국어")}


def language() -> Lang:
    """The language the page was asked for, `?lang=ko` or `?lang=en`; else `cutline learn --lang`'s; else Korean."""
    asked = mo.query_params().get("lang") or os.environ.get("CUTLINE_LEARN_LANG")
    return asked if asked in LANGUAGES else LANGUAGES[0]


def teller(lang: Lang) -> Say:
    """`say(ko=..., en=...)`, which gives the words of the page's language."""

    def say(*, ko: str, en: str) -> str:
        return ko if lang == "ko" else en

    return say


def rich(words: str) -> str:
    """Words with **bold** and `code` as HTML; a blank line starts a paragraph. HTML in them stays."""
    words = re.sub(r"`([^`]+)`", lambda found: f"<code>{escape(found[1])}</code>", words.strip())
    words = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", words)
    words = re.sub(r" ([=≥≤<→·×]) ", "\N{NO-BREAK SPACE}\\1\N{NO-BREAK SPACE}", words)  # a formula keeps to its line
    return "".join(f"<p>{paragraph}</p>" for paragraph in re.split(r"\n\s*\n", words))


def opening(number: int, lang: Lang, words: str) -> mo.Html:
    """The head of a lesson: the way to all six, the other language, the title and what is to be learned."""
    lesson = LESSONS[number - 1]
    other, name = _OTHER[lang]
    say = teller(lang)
    here = ' aria-current="page"'
    steps = "".join(
        f'<a href="../{one.number}/?lang={lang}" data-lesson="{one.number}" title="{one.title[lang]}"'
        f"{here if one is lesson else ''}>{one.number}</a>"
        for one in LESSONS
    )
    return mo.Html(
        f'<header class="top"><a class="home" href="../?lang={lang}">Cutline</a>'
        f'<nav aria-label="{say(ko="수업", en="Lessons")}">{steps}</nav>'
        f'<a class="lang" href="?lang={other}" lang="{other}" hreflang="{other}">{name}</a></header>'
        f'<section class="opening" data-lesson="{number}" data-lang="{lang}"><p class="kicker">'
        f"{say(ko=f'{number}번째 수업', en=f'Lesson {number}')}</p><h1>{lesson.title[lang]}</h1>{rich(words)}"
        f'<p class="source">{say(ko="강의 자료", en="In the deck")}: {lesson.deck[lang]}</p></section>'
    )


def control(name: str, element: Any) -> str:
    """A slider or choice under a name, by which a drag in a picture (and a test) finds it."""
    return f'<div class="control" data-name="{name}">{element}</div>'


def screen(title: str, words: str, *, picture: str = "", side: str = "", below: str = "", name: str = "") -> mo.Html:
    """One idea: a title, a sentence or two, and a picture beside what moves it."""
    both = f'<div class="two"><div class="picture">{picture}</div><div class="side">{side}</div></div>'
    middle = both if picture and side else picture or side
    return mo.Html(
        f'<section class="screen" data-screen="{name}"><h2>{title}</h2><div class="words">{rich(words)}</div>'
        f"{middle}{below}</section>"
    )


def panel(*parts: Any) -> mo.Html:
    """Parts of the screen above that have a cell of their own, because they change at another pace."""
    return mo.Html(f'<section class="panel">{"".join(str(_text(part)) for part in parts)}</section>')


def verdict(good: bool | None, words: str) -> str:
    """A sentence about what is seen now; a sign says what the color says."""
    kind, sign = {True: ("good", "✓"), False: ("bad", "✗"), None: ("plain", "·")}[good]
    return f'<p class="verdict {kind}" role="status"><span aria-hidden="true">{sign}</span> {words}</p>'


def table(head: list[str], rows: list[list[Any]], *, marked: int | None = None, caption: str = "") -> str:
    """A small table of numbers; one row may be marked."""
    top = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    kinds = [' class="marked"' if i == marked else "" for i in range(len(rows))]
    body = "".join(
        f"<tr{kind}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for kind, row in zip(kinds, rows)
    )
    title = f"<caption>{caption}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def fitted(say: Say, report: Report) -> str:
    """What a fit says of itself: the table of terms and the warnings, and the rest for whoever asks."""
    notes = [*report.warnings, *report.notes]
    facts = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>'
        for name, text in (*report.above, *report.below)
    )
    more = say(ko="구간, 이탈도, 수렴 증명까지 모두 보기", en="Intervals, deviance, certificate: all of it")
    return (
        f'<div class="fitted"><h3>{escape(report.title)}</h3>'
        + table([escape(name) for name in report.header], [[escape(cell) for cell in row] for row in report.rows])
        + "".join(verdict(False if text in report.warnings else None, escape(text)) for text in notes)
        + f'<details><summary>{more}</summary><div class="scroll"><table class="facts"><tbody>{facts}</tbody></table>'
        "</div></details></div>"
    )


def plain(words: str) -> str:
    """Words as a label that takes Markdown shows them: a column may be called `a_b_c`."""
    return re.sub(r"[^\w\s]|_", lambda sign: f"&#{ord(sign[0])};", words)


def choices(options: Mapping[str, str]) -> Any:
    """The answers of a prediction, as words -> the key the lesson knows them by."""
    return mo.ui.radio(options={words: key for key, words in options.items()})


def predict(say: Say, question: str, radio: Any, answer: str, because: str) -> mo.Html:
    """Predict first: a question, and once it is answered, what is true and why."""
    reply = f'<p class="hint">{say(ko="먼저 하나를 골라 보세요.", en="Choose one first.")}</p>'
    if radio.value is not None:
        right = radio.value == answer
        words = (
            say(ko="맞았습니다.", en="Right.")
            if right
            else say(ko="그렇게 생각하기 쉽습니다.", en="An easy one to miss.")
        )
        kind, sign = ("good", "✓") if right else ("bad", "✗")
        reply = f'<div class="reply {kind}" role="status"><strong>{sign} {words}</strong>{rich(because)}</div>'
    label = say(ko="먼저 예측하기", en="Predict first")
    return mo.Html(
        f'<section class="predict"><p class="kicker">{label}</p><h3>{question}</h3>'
        f'<div class="control" data-name="predict">{radio}</div>{reply}</section>'
    )


def mission(say: Say, passed: set[str], key: str, done: bool, goal: str, cheer: str) -> mo.Html:
    """A mission, checked by the lesson's own code. Once passed it stays passed, wherever the sliders go."""
    if done:
        passed.add(key)
    over = key in passed
    label = say(ko="미션", en="Mission")
    words = f"<h3>{goal}</h3>"
    if over:
        paper = "".join(f'<i style="--n:{n}"></i>' for n in range(18))
        words += (
            f'<div class="cheer" role="status"><strong>✓ {say(ko="성공!", en="Done!")}</strong> {rich(cheer)}</div>'
            f'<div class="confetti" aria-hidden="true">{paper}</div>'
        )
    sign = "✓" if over else "○"
    return mo.Html(
        f'<section class="mission {"done" if over else "open"}" data-mission="{key}">'
        f'<p class="kicker"><span aria-hidden="true">{sign}</span> {label}</p>{words}</section>'
    )


def closing(number: int, lang: Lang, points: list[str]) -> mo.Html:
    """What to keep from the lesson, and the way on."""
    say = teller(lang)
    kept = "".join(f"<li>{rich(point)}</li>" for point in points)
    if number < len(LESSONS):
        following = LESSONS[number]
        there, words = f"../{following.number}/", f"{say(ko='다음', en='Next')}: {following.title[lang]}"
    else:
        there, words = "../", say(ko="처음으로", en="Back to the start")
    return mo.Html(
        f'<section class="closing"><p class="kicker">{say(ko="기억할 것", en="Keep this")}</p><ul>{kept}</ul>'
        f'<a class="next" href="{there}?lang={lang}">{words} →</a></section>'
    )


def _text(part: Any) -> str:
    return part if isinstance(part, str) else part.text
