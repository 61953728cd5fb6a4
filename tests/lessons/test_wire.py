"""What a page is told while cells run: every output, no traces, and that something runs only where it takes a while."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from lesson_runs import to_its_end

from cutline.faces.learn import wire
from cutline.faces.learn.wire import Wire


def cell(name: str, **data: Any) -> str:
    return json.dumps(
        {"op": "cell-op", "data": {"op": "cell-op", "cell_id": name, "output": None, "console": None} | data}
    )


def told(*said: str | float) -> list[str]:
    """What reaches the page of what marimo says; a number is a pause in seconds."""

    async def run() -> list[str]:
        came: list[str] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            for one in said:
                if isinstance(one, str):
                    await send({"type": "websocket.send", "text": one})
                else:
                    await asyncio.sleep(one)

        async def send(message: Any) -> None:
            came.append(message["text"])

        await Wire(app)({"type": "websocket"}, None, send)  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        return came

    return to_its_end(run())


OUTPUT = cell("a", output={"mimetype": "text/html", "data": "<p>" + "x" * 1000})
IDLE = cell("a", status="idle")
TRACE = json.dumps({"op": "execution", "data": {"cell_id": "a", "phase": "running"}})


def test_of_a_quick_cell_the_output_and_the_end_are_told() -> None:
    quick = [cell("a", status="queued"), TRACE, cell("a", status="running", console=[]), OUTPUT, IDLE, TRACE]
    assert told(*quick) == [OUTPUT, IDLE]


def test_that_a_cell_runs_is_told_where_it_takes_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE", 0.02)
    running = cell("a", status="running", console=[])
    assert told(cell("a", status="queued"), running, 0.2, OUTPUT, IDLE) == [running, OUTPUT, IDLE]


def test_one_cells_end_does_not_hush_anothers_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "PATIENCE", 0.02)
    slow = cell("b", status="running")
    assert told(cell("a", status="running"), slow, OUTPUT, IDLE, 0.2) == [OUTPUT, IDLE, slow]


def test_an_output_the_page_shows_is_not_told_again() -> None:
    later = OUTPUT.replace('"mimetype"', '"timestamp": 1764.5, "mimetype"')
    other, cleared = OUTPUT.replace("xx", "xy"), cell("a", output={"mimetype": "text/plain", "data": ""})
    sooner = later.replace("1764.5", "1700.25")
    assert told(later, IDLE, sooner, IDLE) == [later, IDLE, IDLE]
    assert told(OUTPUT, other, OUTPUT) == [OUTPUT, other, OUTPUT]
    assert told(OUTPUT, cleared, OUTPUT) == [OUTPUT, cleared, OUTPUT], "a short one takes its place"
    assert told(OUTPUT, OUTPUT.replace('"a"', '"b"')) == [OUTPUT, OUTPUT.replace('"a"', '"b"')]


def test_nothing_is_sent_after_the_end() -> None:
    assert told(cell("a", status="running")) == []


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"op": "remove-ui-elements", "data": {"cell_id": "a"}}),
        json.dumps({"op": "unheard-of", "data": {}}),
        cell("a", status="running", console=[{"mimetype": "text/plain", "data": "printed"}]),
        cell("a", status="disabled-transitively"),
        '{"op": "cell-op", "data": {}}',
        "no JSON at all",
        "",
    ],
)
def test_what_is_not_understood_is_passed_on(text: str) -> None:
    assert told(text) == [text]
