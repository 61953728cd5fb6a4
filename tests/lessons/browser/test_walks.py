"""A learner's walk through every lesson in both languages, with hands: drag, type, run, pass the mission, switch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browser.visits import PICTURES, Visit

CSV = "이름,점수,출석,결과\n김,45,3,불합격\n이,50,9,불합격\n박,55,4,불합격\n최,60,7,합격\n정,65,8,합격\n강,70,6,합격\n조,58,10,합격\n윤,62,2,불합격\n"


def walk_1(visit: Visit) -> None:
    visit.drag("cut", 56.5)
    visit.page.wait_for_selector('[data-screen="cut"] .verdict.good')
    assert 55.5 <= visit.value("cut") <= 57.5
    visit.drag("cut", 60)
    visit.done("1-1")
    visit.choose("seventh-result", 1)
    visit.drag("seventh", 63)
    visit.done("1-2")
    for word in (0, 3):
        visit.page.locator('[data-name="words"] button[role="checkbox"], [data-name="words"] input').nth(word).click()
    visit.done("1-3")


def walk_2(visit: Visit) -> None:
    curve = visit.page.locator('[data-screen="handles"] polyline.blue')
    before = curve.get_attribute("points")
    visit.press("W", "PageUp", *["ArrowRight"] * 5)
    visit.press("b", "Home")
    visit.done("2-1")
    assert (visit.value("W"), visit.value("b")) == (2.5, -5)
    assert curve.get_attribute("points") != before
    visit.drag("threshold", y=0.74, fill="data-drag-y")
    visit.done("2-2")
    visit.page.wait_for_selector(".code .ran >> text=60  H = 0.637  ->  0")


def walk_3(visit: Visit) -> None:
    visit.drag("H", 0.1)
    visit.page.wait_for_selector('[data-screen="row"] .verdict.bad')
    visit.choose("data", 1)
    visit.page.wait_for_function("document.querySelector('[data-name=ball] marimo-slider').dataset.stop === '1.5'")
    # and the picture, which is drawn after the slider: a hand would not take hold of the old one either
    visit.page.wait_for_function("+document.querySelector('svg[data-drag=ball]').dataset.box.split(' ')[1] === 1.5")
    visit.drag("ball", 0.74)
    visit.done("3-1")
    visit.press("rate", "ArrowRight", "ArrowRight")
    visit.press("count", *["ArrowRight"] * 7)
    visit.done("3-2")
    visit.drag("sw", 3.0, 2.0)
    visit.press("scount", "End")
    visit.page.wait_for_selector('[data-screen="surface"] .verdict')
    assert (visit.value("sw"), visit.value("sb")) == pytest.approx((3.0, 2.0), abs=0.3)


def walk_4(visit: Visit) -> None:
    visit.press("epoch", *["ArrowRight"] * 3)
    visit.done("4-1")
    visit.choose("lr", 2)
    visit.done("4-2")
    visit.choose("scale", 1)
    visit.press("nan-epoch", "End")
    visit.done("4-3")
    visit.press("until", "End")
    visit.page.wait_for_selector('[data-screen="endless"] td >> text=5.46')
    box = visit.box("sick")
    visit.line(box, "cost.backward()")
    visit.page.keyboard.press("Home")
    visit.page.keyboard.insert_text("optimizer.zero_grad(); ")
    visit.page.keyboard.press("Control+Enter")
    visit.done("4-4")


def walk_5(visit: Visit) -> None:
    visit.press("rows", "ArrowRight", "ArrowRight")
    visit.press("in", "ArrowLeft")
    visit.press("out", "ArrowLeft")
    visit.done("5-1")
    visit.press("seed", *["ArrowRight"] * 4)
    visit.done("5-2")
    box = visit.box("forgetful")
    visit.line(box, "model = nn.Sequential(", 1)
    visit.page.keyboard.press("Control+Shift+K")
    visit.page.keyboard.press("Control+Enter")
    visit.done("5-3")


def walk_6(visit: Visit) -> None:
    box = visit.box("forward")
    visit.line(box, "return x")
    visit.page.keyboard.press("Home")
    visit.page.keyboard.press("Shift+End")
    visit.page.keyboard.insert_text("return self.sigmoid(self.linear(x))")
    box.locator('[data-testid="marimo-plugin-form-submit-button"]').click()
    visit.done("6-1")
    visit.choose("hidden", 2)
    visit.press("mark", "End")
    visit.done("6-2")
    box = visit.box("doctor")
    visit.line(box, "loss_fn =")
    visit.page.keyboard.press("End")
    visit.page.keyboard.insert_text("_with_logits")
    visit.page.keyboard.press("Control+Enter")
    visit.done("6-3")
    visit.page.locator('[data-name="upload"] input[type="file"]').set_input_files(
        {"name": "성적.csv", "mimeType": "text/csv", "buffer": CSV.encode("cp949")}
    )
    visit.done("6-4")
    assert "결과" in visit.page.locator('[data-screen="csv"]').inner_text()


WALKS: dict[int, Callable[[Visit], None]] = {1: walk_1, 2: walk_2, 3: walk_3, 4: walk_4, 5: walk_5, 6: walk_6}


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("number", WALKS)
def test_a_walk(context: Any, address: str, number: int, lang: str) -> None:
    visit = Visit(context, address, number, lang)
    page = visit.page
    assert page.evaluate("document.documentElement.lang") == lang

    # predict first: the answer waits for the guess
    assert page.locator(".predict .reply").count() == 0
    visit.choose("predict", 1)
    page.wait_for_selector(".predict .reply")

    # the torch lines are real: a line typed on top of them runs
    visit.run_with(visit.box(), 'print("typed", 6 * 7)')
    visit.box().locator(".ran", has_text="typed 42").wait_for()

    WALKS[number](visit)
    assert visit.sideways() == []
    if lang == "ko":
        assert visit.fonts("h1") & {"NanumGothic", "Noto Sans KR", "Noto Sans CJK KR"}
    visit.picture(PICTURES / f"{number}-{lang}-1280.jpg")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(200)
    assert visit.sideways() == []
    visit.picture(PICTURES / f"{number}-{lang}-390.jpg")

    # the other language, and what was passed is remembered
    page.set_viewport_size({"width": 1280, "height": 800})
    page.click(".top .lang")
    other = "en" if lang == "ko" else "ko"
    page.wait_for_selector(f'.opening[data-lang="{other}"]')
    assert page.evaluate("document.documentElement.lang") == other
    page.wait_for_selector(f'.top nav a.passed[data-lesson="{number}"]')
    assert visit.elsewhere == []
    assert [c for c in visit.complaints if "favicon" not in c] == []
    page.close()
