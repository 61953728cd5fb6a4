"""Figures as inline SVG, drawn from numbers: 5 kB of text, no image, no script, text drawn by the browser.

    figure = Figure("A curve", x=(-5, 5), y=(0, 1))
    figure.curve(xs, ys, "blue").text(2, 0.5, "here").html()

Kinds ("blue", "red dashed", ...) are classes of style.css, in Okabe and Ito's colors; what differs in color
differs in shape or dash too.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any, Self

import numpy as np

from cutline.lessons.formula import MINUS

WIDTH, HEIGHT = 540, 360
LEFT, RIGHT, TOP, BOTTOM = 52, 16, 34, 46


class Figure:
    """One picture: a box of data coordinates `x`, `y`, and things drawn in it, in order.

    `drag` (and `drag_y`) name the sliders that a pointer in the picture moves; see head.html.
    """

    def __init__(
        self,
        title: str,
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        width: int = WIDTH,
        height: int = HEIGHT,
        left: int = LEFT,
        drag: str = "",
        drag_y: str = "",
    ) -> None:
        self.title, self.xs, self.ys = title, x, y
        self.width, self.height, self.left = width, height, left
        self.drag, self.drag_y = drag, drag_y
        self.parts: list[str] = []

    def px(self, x: float) -> float:
        """Where x is, in the picture's own units."""
        lo, hi = self.xs
        return self.left + (x - lo) / (hi - lo) * (self.width - self.left - RIGHT)

    def py(self, y: float) -> float:
        """Where y is; pictures count downwards."""
        lo, hi = self.ys
        return self.height - BOTTOM - (y - lo) / (hi - lo) * (self.height - TOP - BOTTOM)

    def axes(
        self, x: str, y: str, xticks: Iterable[float] = (), yticks: Iterable[float] | Mapping[float, str] = ()
    ) -> Self:
        """Grid lines at the ticks, their numbers (or, in a mapping, their words), and what the axes mean."""
        bottom, top = self.py(self.ys[0]), self.py(self.ys[1])
        for tick in yticks:
            at = self.py(tick)
            self._line(self.left, at, self.width - RIGHT, at, "grid")
            words = yticks[tick] if isinstance(yticks, Mapping) else _tick(tick)
            self._label(self.left - 8, at + 5, words, "tick end")
        for tick in xticks:
            at = self.px(tick)
            self._line(at, bottom, at, bottom + 5, "axis")
            self._label(at, bottom + 20, _tick(tick), "tick middle")
        self._line(self.left, bottom, self.width - RIGHT, bottom, "axis")
        self._label(self.width - RIGHT, self.height - 6, x, "name end")
        if y:
            self._label(4, top - 17, y, "name start")
        return self

    def curve(self, xs: Iterable[float], ys: Iterable[float], kind: str = "blue") -> Self:
        """A line through points; it breaks where a number is missing, and where it leaves the box by far."""
        tall = self.ys[1] - self.ys[0]
        for run in _within(list(zip(xs, ys)), self.ys[0] - tall, self.ys[1] + tall):
            points = " ".join(f"{self.px(x):.1f},{self.py(y):.1f}" for x, y in run)
            self.parts.append(f'<polyline class="line {kind}" points="{points}"/>')
        return self

    def segment(self, x1: float, y1: float, x2: float, y2: float, kind: str = "") -> Self:
        """A straight line from one point to another."""
        return self.curve((x1, x2), (y1, y2), kind)

    def vertical(self, x: float, kind: str = "dotted", label: str = "") -> Self:
        """A line from bottom to top at x, with a word at its head."""
        if self.xs[0] <= x <= self.xs[1]:
            at = self.px(x)
            self._line(at, self.py(self.ys[0]), at, self.py(self.ys[1]), f"line {kind}")
            if label:  # above the box, where nothing else is drawn
                side = "end" if at > self.width * 0.85 else "start" if at < self.width * 0.25 else "middle"
                self._label(at, self.py(self.ys[1]) - 10, label, f"note {side} {kind}")
        return self

    def horizontal(self, y: float, kind: str = "dotted", label: str = "") -> Self:
        """A line from left to right at y, with a word at its right end."""
        at = self.py(y)
        self._line(self.left, at, self.width - RIGHT, at, f"line {kind}")
        if label:
            self._label(self.width - RIGHT - 4, at - 7, label, f"note end {kind}")
        return self

    def band(self, x1: float, x2: float, kind: str) -> Self:
        """A colored strip from x1 to x2, over the whole height."""
        lo, hi = sorted(min(max(x, self.xs[0]), self.xs[1]) for x in (x1, x2))
        top, bottom = self.py(self.ys[1]), self.py(self.ys[0])
        self.parts.append(
            f'<rect class="band {kind}" x="{self.px(lo):.1f}" y="{top:.1f}" '
            f'width="{self.px(hi) - self.px(lo):.1f}" height="{bottom - top:.1f}"/>'
        )
        return self

    def row(self, x: float, y: float, label: Any, *, wrong: bool = False, size: float = 9) -> Self:
        """One row of data: a disc where its label is 1, a cross where it is 0, ringed where the model is wrong."""
        cx, cy = self.px(x), self.py(y)
        if wrong:
            self.parts.append(f'<circle class="wrong" cx="{cx:.1f}" cy="{cy:.1f}" r="{size + 7}"/>')
        if label:
            self.parts.append(f'<circle class="one" cx="{cx:.1f}" cy="{cy:.1f}" r="{size}"/>')
        else:
            d = size * 0.8
            path = f"M{cx - d:.1f} {cy - d:.1f}l{2 * d:.1f} {2 * d:.1f}m0 {-2 * d:.1f}l{-2 * d:.1f} {2 * d:.1f}"
            self.parts.append(f'<path class="zero" d="{path}"/>')
        return self

    def dot(self, x: float, y: float, kind: str = "ink", size: float = 7) -> Self:
        """A point that is no row of data; not drawn where it is no number or outside."""
        if math.isfinite(x) and math.isfinite(y) and self.ys[0] <= y <= self.ys[1] and self.xs[0] <= x <= self.xs[1]:
            self.parts.append(f'<circle class="dot {kind}" cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="{size}"/>')
        return self

    def handle(self, x: float, y: float) -> Self:
        """The thing one drags: a large dot with a ring, so that it can be seen and grasped."""
        if math.isfinite(y):
            y = min(max(y, self.ys[0]), self.ys[1])
            self.parts.append(f'<circle class="handle" cx="{self.px(x):.1f}" cy="{self.py(y):.1f}" r="12"/>')
        return self

    def text(self, x: float, y: float, words: str, kind: str = "note middle") -> Self:
        """Words in the picture."""
        self._label(self.px(x), self.py(y), words, kind)
        return self

    def field(self, values: Any, kind: str = "") -> Self:
        """A map of numbers 0 to 1 over the whole box, as `values[row from the bottom][column]`: white to blue."""
        picture = base64.b64encode(_png(np.asarray(values, dtype=float)[::-1])).decode()
        x, y = self.px(self.xs[0]), self.py(self.ys[1])
        self.parts.append(
            f'<image class="field {kind}" x="{x:.1f}" y="{y:.1f}" width="{self.px(self.xs[1]) - x:.1f}" '
            f'height="{self.py(self.ys[0]) - y:.1f}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{picture}"/>'
        )
        return self

    def html(self, after: str = "") -> str:
        """The picture as text; `after` is a caption under it."""
        right, bottom = self.width - RIGHT, self.height - BOTTOM
        drag = ""
        if self.drag or self.drag_y:
            box = (*self.xs, self.left, right, *self.ys, bottom, TOP)
            drag = f' data-drag="{self.drag}" data-drag-y="{self.drag_y}" data-box="{" ".join(f"{v:g}" for v in box)}"'
        clip = f"c{zlib.crc32(self.title.encode())}"
        clipped = "".join(p.replace("<polyline", f'<polyline clip-path="url(#{clip})"', 1) for p in self.parts)
        caption = f"<figcaption>{after}</figcaption>" if after else ""
        return (
            f'<figure class="figure"><svg viewBox="0 0 {self.width} {self.height}" role="img" '
            f'aria-label="{escape(self.title)}"{drag}><defs><clipPath id="{clip}"><rect x="{self.left - 8}" '
            f'y="{TOP - 8}" width="{right - self.left + 16}" height="{bottom - TOP + 16}"/></clipPath></defs>'
            f"{clipped}</svg>{caption}</figure>"
        )

    def _line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        self.parts.append(f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def _label(self, x: float, y: float, words: str, kind: str) -> None:
        self.parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(words)}</text>')


def shapes(title: str, boxes: Sequence[tuple[str, tuple[int, int] | None, str]]) -> str:
    """Matrices side by side, a cell for a number: (name, (rows, columns), kind); a name without a shape is a sign."""
    cell, gap, parts, x = 26, 14, [], 6.0
    tall = max(shape[0] for _, shape, _ in boxes if shape)
    middle = 30 + tall * cell / 2
    for name, shape, kind in boxes:
        if shape is None:
            parts.append(f'<text class="sign middle" x="{x + 8:.0f}" y="{middle + 7:.0f}">{name}</text>')
            x += 16 + gap
            continue
        rows, columns = shape
        top, at, side = middle - rows * cell / 2, x + columns * cell / 2, cell - 3
        for r in range(rows):
            for c in range(columns):
                place = f'x="{x + c * cell + 1:.0f}" y="{top + r * cell + 1:.0f}" width="{side}" height="{side}"'
                parts.append(f'<rect class="cell {kind}" {place} rx="5"/>')
        base, _, raised = name.partition("^")
        above = f'<tspan dy="-5" font-size="75%">{raised}</tspan>' if raised else ""
        parts.append(f'<text class="note middle {kind}" x="{at:.0f}" y="{top - 9:.0f}">{escape(base)}{above}</text>')
        below = top + rows * cell + 18
        parts.append(f'<text class="tick middle" x="{at:.0f}" y="{below:.0f}">{rows} × {columns}</text>')
        x += max(columns * cell, 34) + gap
    size = f"0 0 {max(x, 440):.0f} {30 + tall * cell + 28}"
    svg = f'<svg viewBox="{size}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    return f'<figure class="figure">{svg}</figure>'


def ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers from low to high: steps of 1, 2 or 5 times a power of ten."""
    rough = (high - low) / about
    size = 10 ** math.floor(math.log10(rough))
    step = min((m * size for m in (1, 2, 5, 10)), key=lambda s: abs(math.log(s / rough)))
    return [round(i * step, 10) for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def _within(points: list[tuple[float, float]], low: float, high: float) -> list[list[tuple[float, float]]]:
    """The pieces of a line with low <= y <= high: cut where it crosses, for a point moved there would turn the line."""
    runs: list[list[tuple[float, float]]] = [[]]
    for (x0, y0), (x1, y1) in pairwise(points):
        inside = [(x0, y0), (x1, y1)] if math.isfinite(y0) and math.isfinite(y1) else []
        for limit in (low, high):
            inside = [
                it
                if (it[1] >= low if limit == low else it[1] <= high)
                else (x0 + (limit - y0) / (y1 - y0) * (x1 - x0), limit)
                for it in inside
                if max(y0, y1) >= low and min(y0, y1) <= high
            ]
        if inside and runs[-1] and runs[-1][-1] == inside[0]:
            runs[-1].append(inside[1])
        elif inside:
            runs.append(inside)
    return [run for run in runs if run]


def _tick(value: float) -> str:
    return f"{value:,g}".replace("-", MINUS)


def _png(values: np.ndarray) -> bytes:
    """A picture of numbers 0 to 1, by hand: from orange over white to blue, twelve steps, so that edges show."""
    steps = np.round(np.clip(values, 0, 1) * 12) / 12
    low, middle, high = np.array([240, 178, 122]), np.array([255, 255, 255]), np.array([120, 176, 219])
    t = steps[..., None]
    colors = np.where(t < 0.5, low + (middle - low) * t * 2, middle + (high - middle) * (t * 2 - 1)).astype(np.uint8)
    rows = b"".join(b"\0" + row.tobytes() for row in colors)
    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
