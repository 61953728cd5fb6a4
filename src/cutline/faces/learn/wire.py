"""What marimo tells a page, less what a page in run mode never shows: half of what a slider's step costs is telling it.

For each cell it runs marimo sends eight messages, and the page works through every one. It shows the output. Three
are a trace for the editor's panels, and are left out; that a cell waits, then runs, is said only where it is not
done by then (`PATIENCE`); and an output that is what the page shows already is not told again: a mission is judged at
every step of a slider, and mostly says the same. What is not understood is passed on as it came.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import MutableMapping
from typing import Any

from cutline.faces.learn.gate import App, Receive, Scope, Send

PATIENCE = 0.25  # seconds; sooner than this nobody reads that something is running
TRACES = frozenset({"execution", "variables", "variable-values"})
SHORT = 600  # characters; a message about a cell's state alone is shorter
_TIME = re.compile(r'"timestamp": ?[\d.e+]+')
_OP = re.compile(r'\{"op": ?"([a-z-]+)"')


class Wire:
    """ASGI middleware around marimo: websockets carry less, all else passes untouched."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.routes = getattr(app, "routes", ())  # as if it were not there, for who looks inside

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        line = _Line(send)
        try:
            await self.app(scope, receive, line.send)
        finally:
            line.close()


class _Line:
    """One page's websocket, and the states of cells that wait to be worth saying."""

    def __init__(self, send: Send) -> None:
        self.out, self.held = send, dict[str, asyncio.Task[None]]()
        self.shown = dict[str, str]()  # the last long output of each cell

    async def send(self, message: MutableMapping[str, Any]) -> None:
        text = message.get("text") or ""
        op = _OP.match(text)
        if op and op[1] in TRACES:
            return
        if op and op[1] == "cell-op":
            cell, waits = _state(text)
            if cell in self.held:
                self.held.pop(cell).cancel()
            if waits:
                self.held[cell] = asyncio.create_task(self._later(message))
                return
            if self._known(cell, text):
                return
        await self.out(message)

    def _known(self, cell: str, text: str) -> bool:
        """Whether the page shows this output; a short one is told always, and what was there before is gone."""
        if len(text) <= SHORT:
            if not re.search(r'"output": ?null', text):
                self.shown.pop(cell, None)
            return False
        said = _TIME.sub("", text)
        before, self.shown[cell] = self.shown.get(cell), said
        return said == before

    async def _later(self, message: MutableMapping[str, Any]) -> None:
        await asyncio.sleep(PATIENCE)
        await self.out(message)

    def close(self) -> None:
        for task in self.held.values():
            task.cancel()


def _state(text: str) -> tuple[str, bool]:
    """Which cell a message is about, and whether it says only that the cell waits or runs."""
    if len(text) > SHORT:
        found = re.search(r'"cell_id": ?"([^"]+)"', text[:SHORT])
        return (found[1] if found else ""), False
    data = json.loads(text).get("data", {})
    waits = data.get("status") in ("queued", "running") and not data.get("output") and not data.get("console")
    return str(data.get("cell_id", "")), waits
