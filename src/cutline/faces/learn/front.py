"""The first page: six lessons, in the chosen language."""

from __future__ import annotations

from cutline.lessons.contents import HERE, LESSONS, Lang

WORDS: dict[str, dict[Lang, str]] = {
    "title": {"ko": "로지스틱 회귀, 만지며 배우기", "en": "Logistic regression, by touch"},
    "words": {
        "ko": "강의 자료의 여섯 단계를 직접 움직여 봅니다. 그림을 끌고, 코드를 고쳐 실행하고, "
        "마지막에는 내 데이터로 끝맺습니다.",
        "en": "The deck's six steps, alive. Drag the pictures, edit and run the code, and end with your own data.",
    },
    "other": {"ko": "English", "en": "한국어"},
}


def front_page(lang: Lang) -> str:
    """The page as HTML; its looks and its script are the lessons' own."""
    other: Lang = "en" if lang == "ko" else "ko"
    rows = "".join(
        f'<li><a href="{one.number}/?lang={lang}"><i>{one.number}</i>'
        f"<span><b>{one.title[lang]}</b><br>{one.promise[lang]}</span></a></li>"
        for one in LESSONS
    )
    numbers = "".join(
        f'<a href="{one.number}/?lang={lang}" data-lesson="{one.number}" title="{one.title[lang]}">{one.number}</a>'
        for one in LESSONS
    )
    style = (HERE / "style.css").read_text(encoding="utf-8")
    head = (HERE / "head.html").read_text(encoding="utf-8")
    return (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Cutline</title>'
        '<link rel="icon" href="data:,"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{head}<style>{style} body {{ margin: 0; }}</style></head>"
        f'<body><div id="App"><header class="top"><a class="home" href="?lang={lang}">Cutline</a><nav>{numbers}</nav>'
        f'<a class="lang" href="?lang={other}" lang="{other}">{WORDS["other"][lang]}</a></header>'
        f'<section class="opening"><h1>{WORDS["title"][lang]}</h1><p>{WORDS["words"][lang]}</p></section>'
        f'<section class="closing"><ol class="lessons">{rows}</ol></section></div></body></html>'
    )
