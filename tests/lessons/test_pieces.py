"""What the lessons are made of: two languages from one source, code boxes, figures, formulas."""

from __future__ import annotations

import ast
import math
import re
import time

import pytest
from lesson_runs import Run, load

from cutline.lessons import codebox, stage
from cutline.lessons.contents import HERE, LESSONS
from cutline.lessons.drawing import Figure, ticks
from cutline.lessons.formula import number, plus, times

HANGUL = re.compile(r"[가-힣]")


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_each_lesson_is_whole_in_both_languages(run: Run, lesson) -> None:  # type: ignore[no-untyped-def]
    korean, english = (run(lesson.number, lang)["page"] for lang in ("ko", "en"))
    for page in (korean, english):
        for part in (
            'class="opening"',
            'class="predict"',
            'data-mission="',
            'class="code"',
            'class="formula"',
            'class="closing"',
        ):
            assert part in page, part
        assert page.count('class="predict"') == 1
    # English pages keep Korean only in the switch to it, and where data are Korean
    foreign = HANGUL.sub("", english)
    kept = len(english) - len(foreign)
    assert kept < 100, f"{kept} Hangul letters on the English page"
    assert len(HANGUL.findall(korean)) > 300
    way = f"../{lesson.number + 1}/?lang=ko" if lesson.number < 6 else "../?lang=ko"
    assert way in korean


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_sentences_come_in_pairs(lesson) -> None:  # type: ignore[no-untyped-def]
    tree = ast.parse(lesson.path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
            assert [keyword.arg for keyword in node.keywords] == ["ko", "en"], ast.unparse(node)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_a_lesson_loads_nothing_from_elsewhere(lesson) -> None:  # type: ignore[no-untyped-def]
    text = lesson.path.read_text(encoding="utf-8") + (HERE / "head.html").read_text() + (HERE / "style.css").read_text()
    assert not re.findall(r"https?://(?!www\.w3\.org)", text)
    assert load(lesson.number).app._config.html_head_file == "head.html"


# --- the code box -----------------------------------------------------------------------------------------------------


def test_code_runs_and_its_output_is_kept() -> None:
    ran = codebox.execute("y = 2 * x\nprint('y =', y)", x=21)
    assert (ran.output, ran.error, ran.get("y")) == ("y = 42\n", "", 42)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("x = 1\ny = x +\n", "line 2: SyntaxError"),
        ("x = 1\nprint(z)", "line 2: NameError"),
        ("def f():\n    return 1 / 0\nf()", "line 2: ZeroDivisionError"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("input()", "RuntimeError"),
    ],
)
def test_code_that_fails_is_explained_with_its_line(code: str, words: str) -> None:
    assert words in codebox.execute(code).error


def test_output_before_an_error_is_kept_and_long_output_is_cut() -> None:
    assert codebox.execute("print('here')\n1 / 0").output == "here\n"
    assert len(codebox.execute("print('x' * 100_000)").output) == codebox.SHOWN


def test_code_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codebox, "LIMIT", 0.3)
    start = time.monotonic()
    ran = codebox.execute("while True:\n    try:\n        pass\n    except Exception:\n        pass")
    assert ran.error.startswith("TooLong")
    assert time.monotonic() - start < 5


def test_typed_code_is_refused_where_others_can_reach_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    box = type("Box", (), {"value": "x = 'typed'"})()
    monkeypatch.setattr(codebox, "allowed", lambda: False)
    assert codebox.run(box, "x = 'ours'").get("x") == "ours"
    say = stage.teller("en")
    assert "cannot be edited" in codebox.show(say, box, codebox.run(box, "x = 1"))
    editor = codebox.editor(say, "x = 1").text
    assert 'data-submit-button-disabled="true"' in editor.replace("&quot;", '"') or "disabled" in editor
    monkeypatch.setattr(codebox, "allowed", lambda: True)
    assert codebox.run(box, "x = 'ours'").get("x") == "typed"


# --- words, numbers, figures ------------------------------------------------------------------------------------------


def test_numbers_read_as_they_should() -> None:
    assert (number(-0.004), number(-1.5, 1), plus(-0.5), plus(0.5), times(-2, 0)) == (
        "0.00",
        "−1.5",
        " − 0.50",
        " + 0.50",
        "(−2)",
    )


def test_words_become_html_and_code_in_them_is_escaped() -> None:
    assert stage.rich("a **b** `x < 1`") == "<p>a <strong>b</strong> <code>x &lt; 1</code></p>"


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 17), (0, 94.2), (40, 75), (0, 0.003)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    found = ticks(low, high)
    assert 3 <= len(found) <= 9
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)


@pytest.mark.parametrize("slope", [0.5, 3.0, 40.0, -1000.0])
def test_a_line_that_leaves_the_box_by_far_keeps_its_slope(slope: float) -> None:
    figure = Figure("f", x=(0, 10), y=(0, 4))
    text = figure.curve([0, 10], [slope * (0 - 5) + 2, slope * (10 - 5) + 2]).html()
    (x0, y0), (x1, y1) = (map(float, p.split(",")) for p in re.findall(r'points="([^"]*)"', text)[0].split())
    across, up = figure.px(1) - figure.px(0), figure.py(0) - figure.py(1)
    assert (y0 - y1) / up * across == pytest.approx(slope * (x1 - x0), abs=abs(slope) * 0.2)
    middle = (figure.px(5) - x0) / (x1 - x0)
    assert y0 + middle * (y1 - y0) == pytest.approx(figure.py(2), abs=abs(slope) * 0.1 + 0.2)


def test_a_line_breaks_where_it_is_outside_or_no_number() -> None:
    figure = Figure("f", x=(0, 6), y=(0, 1))
    text = figure.curve([0, 1, 2, 3, 4, 5, 6], [0, 1, 100, 1, math.nan, 0, 1]).html()
    runs = [run.split() for run in re.findall(r'points="([^"]*)"', text)]
    assert [len(run) for run in runs] == [3, 2, 2]
    assert len(re.findall("polyline", figure.curve([0, 6], [50, 60]).html())) == 3  # all of it is elsewhere


def test_a_column_is_called_what_it_is_called() -> None:
    assert stage.plain("a_b_c (점수)*") == "a&#95;b&#95;c &#40;점수&#41;&#42;"


def test_a_figure_maps_numbers_to_places_and_back() -> None:
    figure = Figure("f", x=(-5, 5), y=(0, 1), drag="W")
    text = figure.curve([-5, 0, 5], [0.0, float("nan"), 1.0]).dot(0, 0.5).html()
    box = [float(v) for v in re.findall(r'data-box="([^"]*)"', text)[0].split()]
    assert box[:2] == [-5, 5]
    assert figure.px(-5) == box[2]
    assert figure.px(5) == box[3]
    assert figure.py(0) == box[6]
    assert "nan" not in text
