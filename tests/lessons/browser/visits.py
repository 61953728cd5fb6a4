"""A visit to one lesson: what a learner does there, and what must never happen while she does it."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

PICTURES = Path(os.environ.get("CUTLINE_PICTURES", ".cache/lessons"))


class Visit:
    """One page, with everything noted that it asked for and complained of."""

    def __init__(self, context: Any, address: str, number: int, lang: str) -> None:
        self.page, self.number, self.lang = context.new_page(), number, lang
        self.elsewhere: list[str] = []
        self.complaints: list[str] = []
        self.base = re.sub(r"\?.*", "", address)
        self.page.on("request", self._asked)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on(
            "console",
            lambda said: self.complaints.append(f"{said.text} {said.location}") if said.type == "error" else None,
        )
        self.page.goto(f"{self.base}{number}/?lang={lang}")
        self.page.wait_for_selector(".closing", timeout=60_000)

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:", "blob:", "about:")):
            self.elsewhere.append(request.url)

    def slider(self, name: str) -> Any:
        """The thumb of a slider."""
        return self.page.locator(f'[data-name="{name}"] [role="slider"]')

    def value(self, name: str) -> float:
        """Where a slider stands, as a screen reader hears it (or, of one with steps of its own, the step's number)."""
        return float(self.slider(name).get_attribute("aria-valuenow"))

    def press(self, name: str, *keys: str) -> None:
        """Keys on a slider."""
        self.slider(name).focus()
        for key in keys:
            self.page.keyboard.press(key)

    def drag(self, name: str, x: float | None = None, y: float | None = None, *, fill: str = "data-drag") -> None:
        """Drag in the picture that moves `name`, to the data coordinates x, y, in steps as a hand does.

        The page may still be settling, an output growing above the picture, and a hand that misses tries again.
        """
        for _ in range(3):
            before, (box, words, view) = self.stops(), self.settled(f'svg[{fill}="{name}"]')
            x0, x1, left, right, y0, y1, bottom, top = (float(v) for v in words.split())
            scale = box["width"] / float(view.split()[2])
            at_x = left + (((x0 + x1) / 2 if x is None else x) - x0) / (x1 - x0) * (right - left)
            at_y = bottom + (((y0 + y1) / 2 if y is None else y) - y0) / (y1 - y0) * (top - bottom)
            mouse = self.page.mouse
            mouse.move(box["x"] + scale * (left + right) / 2, box["y"] + scale * (top + bottom) / 2)
            mouse.down()
            mouse.move(box["x"] + scale * at_x, box["y"] + scale * at_y, steps=6)
            mouse.up()
            for _ in range(20):
                if self.stops() != before and self._holds(name, x):
                    return
                self.page.wait_for_timeout(100)

    def _holds(self, name: str, x: float | None) -> bool:
        """Whether a slider is where the hand let go of it, to a hundredth of its range."""
        if x is None:
            return True
        slider = self.slider(name)
        low, high, now = (float(slider.get_attribute(f"aria-value{at}")) for at in ("min", "max", "now"))
        return abs(now - x) <= 0.01 * (high - low)

    def stops(self) -> list[str | None]:
        """Where every slider of the page stands."""
        return [it.get_attribute("aria-valuenow") for it in self.page.locator('[role="slider"]').all()]

    def settled(self, selector: str) -> tuple[Any, str, str]:
        """A picture's place on the page, its range and its view, once they have stopped changing."""
        found: tuple[Any, str, str] | None = None
        for _ in range(50):
            svg = self.page.locator(selector).first
            svg.scroll_into_view_if_needed()
            now = svg.bounding_box(), svg.get_attribute("data-box"), svg.get_attribute("viewBox")
            if now == found and now[0] is not None:
                return now
            found = now
            self.page.wait_for_timeout(150)
        raise AssertionError(f"{selector} never comes to rest")

    def choose(self, name: str, number: int) -> None:
        """An answer of a choice, counted from 0."""
        self.page.locator(f'[data-name="{name}"] [role="radio"]').nth(number).click()

    def done(self, key: str) -> None:
        """Wait for a mission to be celebrated."""
        self.page.wait_for_selector(f'.mission.done[data-mission="{key}"] .cheer')

    def box(self, screen: str | None = None) -> Any:
        """A code box: the first of the page, or the first at or after a screen."""
        if screen is None:
            return self.page.locator(".code").first
        return self.page.locator(
            f'.marimo-cell:has([data-screen="{screen}"]) .code, .marimo-cell:has([data-screen="{screen}"]) ~ .marimo-cell .code'
        ).first

    def run_with(self, box: Any, line: str) -> None:
        """Type a line on top of a code box, and run it with Ctrl+Enter."""
        box.locator(".cm-content").click()
        self.page.keyboard.press("Control+Home")
        self.page.keyboard.insert_text(line + "\n")
        self.page.keyboard.press("Control+Enter")

    def line(self, box: Any, text: str, number: int = 0) -> None:
        """Put the cursor on the line that holds `text`; where the page moved under the hand, it tries again."""
        line = box.locator(".cm-line", has_text=text).nth(number)
        for _ in range(5):
            before = line.bounding_box()
            self.page.wait_for_timeout(200)
            if line.bounding_box() != before:
                continue
            line.click()
            self.page.wait_for_timeout(100)
            if "cm-activeLine" in (line.get_attribute("class") or ""):
                return
        raise AssertionError(f"the cursor does not come to rest on {text!r}")

    def sideways(self) -> list[str]:
        """What is wider than the window, outside of things that scroll by themselves."""
        return self.page.evaluate(
            """() => {
              const app = document.getElementById("App"), wide = [];
              if (app.scrollWidth > innerWidth || document.documentElement.scrollWidth > innerWidth)
                wide.push(`page ${app.scrollWidth} > ${innerWidth}`);
              for (const it of document.querySelectorAll(".screen, .panel, .predict, .mission, .top, .two > *, .figure svg, .control"))
                if (it.getBoundingClientRect().right > innerWidth + 1) wide.push(it.className.baseVal ?? it.className);
              return wide;
            }"""
        )

    def fonts(self, selector: str) -> set[str]:
        """The fonts that really drew an element's letters."""
        devtools = self.page.context.new_cdp_session(self.page)
        devtools.send("DOM.enable")
        devtools.send("CSS.enable")
        root = devtools.send("DOM.getDocument")["root"]["nodeId"]
        node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": selector})["nodeId"]
        return {font["familyName"] for font in devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]}

    def picture(self, path: Any) -> None:
        """The whole page, from top to bottom, as it looks at this width."""
        size = self.page.viewport_size
        tall = self.page.evaluate("document.getElementById('App').scrollHeight")
        self.page.set_viewport_size({"width": size["width"], "height": min(tall, 12_000)})
        self.page.screenshot(path=str(path), type="jpeg", quality=75)
        self.page.set_viewport_size(size)
