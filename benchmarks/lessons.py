"""How quickly the lessons answer: each one's first view, a key on a slider, and a drag in a picture.

    python benchmarks/lessons.py [keys]       (cutline[test], Debian's chromium; default 20 keys a slider)

The server is `cutline learn` as a user starts it, warm; the browser has seen one lesson before, as after the first.
A key's time runs from the key event to the frame after the changed picture is in the page. A drag moves the pointer
once a frame over `DRAG` ms: its time is between one repaint and the next, and `rest` is from the last move to the last
repaint. All are medians (and 9th deciles) in milliseconds, and on a busy machine they are mostly waiting. So each
slider has two costs beside them that waiting does not touch: the processor's time a key takes of the server, and of
the page's main thread.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "lessons"))

from browser.server import FLAGS, running
from playwright.sync_api import sync_playwright

SLIDERS = {
    1: ["cut", "seventh", "star"],
    2: ["W", "b", "z", "threshold"],
    3: ["H", "ball", "start", "rate", "count", "sw", "sb", "scount"],
    4: ["epoch", "nan-epoch", "until"],
    5: ["rows", "in", "out", "fan", "seed"],
    6: ["mark"],
}
DRAG = 1500
SEEN = """(changes) => changes.some(({ target }) =>
    (target.nodeType === 1 ? target : target.parentElement)?.closest?.("svg, .formula, .big, .verdict, table"))"""
KEY_TO_PAINT = f"""async ([name, key]) => {{
  const slider = document.querySelector(`[data-name="${{name}}"] marimo-slider`);
  const thumb = slider.shadowRoot.querySelector("[role=slider]");
  thumb.focus();
  const screen = thumb.getRootNode().host.closest("section"), start = performance.now(), seen = {SEEN};
  return await new Promise((tell) => {{
    const watch = new MutationObserver((changes) => {{
      if (!seen(changes)) return;
      watch.disconnect();
      requestAnimationFrame(() => setTimeout(() => tell(performance.now() - start), 0));
    }});
    watch.observe(screen, {{ subtree: true, childList: true, attributes: true, characterData: true }});
    thumb.dispatchEvent(new KeyboardEvent("keydown", {{ key, bubbles: true, composed: true }}));
    setTimeout(() => {{ watch.disconnect(); tell(null); }}, 1500);
  }});
}}"""
DRAGGED = f"""async (name) => {{
  const named = (side) => document.querySelector(`svg[data-${{side}}="${{name}}"]`);
  const svg = named("drag") ?? named("drag-y");
  if (!svg) return null;
  svg.scrollIntoView({{ block: "center" }});
  await new Promise((on) => setTimeout(on, 600));
  const box = svg.getBoundingClientRect(), screen = svg.closest("section"), painted = [], seen = {SEEN};
  const watch = new MutationObserver((changes) => {{
    if (seen(changes)) requestAnimationFrame((at) => {{ if (painted.at(-1) !== at) painted.push(at); }});
  }});
  watch.observe(screen, {{ subtree: true, childList: true, attributes: true, characterData: true }});
  const hand = (kind, part, on) => on.dispatchEvent(new PointerEvent(kind, {{ bubbles: true, composed: true, button: 0,
    clientX: box.left + box.width * (0.15 + 0.7 * part), clientY: box.top + box.height * (0.2 + 0.6 * part) }}));
  const start = performance.now();
  hand("pointerdown", 0, svg);
  await new Promise((on) => {{
    const move = (at) => {{
      const part = Math.min(1, (at - start) / {DRAG});
      hand("pointermove", part, document);
      if (part < 1) requestAnimationFrame(move); else on();
    }};
    requestAnimationFrame(move);
  }});
  const end = performance.now();
  hand("pointerup", 1, document);
  await new Promise((on) => setTimeout(on, 1000));
  watch.disconnect();
  const gaps = painted.slice(1).map((at, i) => at - painted[i]).filter((_, i) => painted[i + 1] <= end);
  return [gaps, Math.max(0, painted.at(-1) - end)];
}}"""


def main(keys: int) -> None:
    """Visit each lesson once, press `keys` keys on each slider, and drag each picture that can be dragged."""
    with running("ko") as (address, pid), sync_playwright() as playwright:
        server = psutil.Process(pid)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
        page.goto(address)
        base = address.split("?")[0]
        open_lesson(page, base, 2)
        print("           ---- a key ----   cost of a key   --- a drag: ----")
        print("slider      median  9th dec.   server  page    median  9th dec.  rest   load")
        for number, names in SLIDERS.items():
            first, whole = open_lesson(page, base, number)
            print(f"lesson {number}: first view {first:.2f} s, whole page {whole:.2f} s")
            page.wait_for_timeout(1000)
            for name in names:
                pressed, dragged = key_presses(page, server, name, keys), drag(page, name)
                print(f"  {name:9} {pressed}   {dragged}   {os.getloadavg()[0]:.1f}")
        browser.close()


def key_presses(page: Any, server: psutil.Process, name: str, keys: int) -> str:
    """Median, ninth decile, and what a key costs the server and the page."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    found, before = [], (spent(server), page_spent(devtools))
    for i in range(keys):
        found.append(page.evaluate(KEY_TO_PAINT, [name, "ArrowRight" if i % 8 < 4 else "ArrowLeft"]))
        page.wait_for_timeout(40)
    page.wait_for_timeout(200)
    costs = [1000 * (now - then) / keys for now, then in zip((spent(server), page_spent(devtools)), before)]
    devtools.detach()
    shown = sorted(ms for ms in found if ms is not None)
    if not shown:
        return f"{'-':>6} {'-':>9} {costs[0]:8.0f} {costs[1]:5.0f}"
    return f"{statistics.median(shown):6.0f} {shown[len(shown) * 9 // 10]:9.0f} {costs[0]:8.0f} {costs[1]:5.0f}"


def drag(page: Any, name: str) -> str:
    """Median and ninth decile between repaints, and how long the picture goes on after the hand has stopped."""
    dragged = page.evaluate(DRAGGED, name)
    if dragged is None:
        return f"{'-':>7} {'-':>9} {'-':>5}"
    gaps, rest = sorted(dragged[0]), dragged[1]
    return f"{statistics.median(gaps):7.0f} {gaps[len(gaps) * 9 // 10]:9.0f} {rest:5.0f}"


def spent(server: psutil.Process) -> float:
    """Seconds of the processor that the server has used."""
    times = server.cpu_times()
    return times.user + times.system


def page_spent(devtools: Any) -> float:
    """Seconds that the page's main thread has worked: script, style, layout, paint."""
    found = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    return found["TaskDuration"]


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
