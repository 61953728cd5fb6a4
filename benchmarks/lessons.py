"""How quickly the lessons answer: each one's first view, and the time from a key on a slider to the picture.

    python benchmarks/lessons.py [keys]       (cutline[test], Debian's chromium; default 20 keys a slider)

The server is `cutline learn` as a user starts it, warm; the browser has seen one lesson before, as after the first.
A key's time runs from the key event to the frame after the changed picture is in the page. Prints medians and 9th
deciles in milliseconds, and the computer's load, without which such numbers mean nothing.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "lessons"))

from browser.server import FLAGS, served
from playwright.sync_api import sync_playwright

SLIDERS = {
    1: ["cut", "seventh", "star"],
    2: ["W", "b", "z", "threshold"],
    3: ["H", "ball", "start", "sw", "sb"],
    4: ["epoch", "nan-epoch"],
    5: ["rows", "seed"],
    6: ["mark"],
}
KEY_TO_PAINT = """async ([name, key]) => {
  const thumb = document.querySelector(`[data-name="${name}"] marimo-slider`).shadowRoot.querySelector("[role=slider]");
  thumb.focus();
  const screen = thumb.getRootNode().host.closest("section"), start = performance.now();
  return await new Promise((tell) => {
    const watch = new MutationObserver((changes) => {
      const shown = changes.some(({ target }) =>
        (target.nodeType === 1 ? target : target.parentElement)?.closest?.("svg, .formula, .big, .verdict, table"));
      if (!shown) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => tell(performance.now() - start), 0));
    });
    watch.observe(screen, { subtree: true, childList: true, attributes: true, characterData: true });
    thumb.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true }));
    setTimeout(() => { watch.disconnect(); tell(null); }, 1500);
  });
}"""


def main(keys: int) -> None:
    """Visit each lesson once and press `keys` keys on each slider."""
    with served("ko") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(address)
        base = address.split("?")[0]
        open_lesson(page, base, 2)
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for number, names in SLIDERS.items():
            first, whole = open_lesson(page, base, number)
            print(f"lesson {number}: first view {first:.2f} s, whole page {whole:.2f} s")
            page.wait_for_timeout(1000)
            for name in names:
                found = []
                for i in range(keys):
                    key = "ArrowRight" if i % 8 < 4 else "ArrowLeft"
                    found.append(page.evaluate(KEY_TO_PAINT, [name, key]))
                    page.wait_for_timeout(40)
                shown = sorted(ms for ms in found if ms is not None)
                unseen = f", {keys - len(shown)} without a change" if len(shown) < keys else ""
                middle, ninth = statistics.median(shown), shown[len(shown) * 9 // 10]
                print(f"  {name:10} median {middle:4.0f}   9th decile {ninth:4.0f}{unseen}")
        browser.close()


def open_lesson(page: Any, base: str, number: int) -> tuple[float, float]:
    """Seconds until a lesson's title stands there, and until its last line does."""
    start = time.perf_counter()
    page.goto(f"{base}{number}/?lang=ko")
    page.wait_for_selector(".opening")
    first = time.perf_counter() - start
    page.wait_for_selector(".closing", timeout=60_000)
    return first, time.perf_counter() - start


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
