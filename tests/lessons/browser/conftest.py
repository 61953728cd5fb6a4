"""A server as `cutline learn` starts it, and Debian's Chromium, to which every name but this computer's is unknown."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from browser.server import FLAGS, served
from browser.visits import PICTURES


def missing() -> str:
    """What this computer lacks for these tests; empty where it has all."""
    if not chromium():
        return "Chromium (Debian: apt-get install chromium)"
    fonts = (
        subprocess.run(["fc-list", ":lang=ko"], capture_output=True, text=True, check=False)
        if shutil.which("fc-list")
        else None
    )
    if fonts is not None and not fonts.stdout.strip():
        return "a Hangul font (Debian: apt-get install fonts-nanum)"
    return ""


def chromium() -> str | None:
    """Debian's browser; playwright's own would be a download."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session", autouse=True)
def _able() -> None:
    lack = missing()
    if lack and os.environ.get("CI") == "true":
        pytest.fail(
            f"the browser tests never skip under CI, and this computer lacks {lack}; run tests/lessons/browser.sh"
        )
    if lack:
        pytest.skip(f"the browser tests need {lack}; tests/lessons/browser.sh installs it")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The address of a warm server."""
    with served("ko") as it:
        yield it


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One Chromium for all."""
    from playwright.sync_api import sync_playwright

    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        it = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield it
        it.close()


@pytest.fixture(scope="session")
def context(browser: Any, address: str) -> Iterator[Any]:
    """One visitor, who has the key."""
    it = browser.new_context(viewport={"width": 1280, "height": 800})
    it.set_default_timeout(20_000)
    page = it.new_page()
    page.goto(address)
    page.close()
    yield it
    it.close()
