"""The server's door, its first page, and the way from lesson to lesson."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from browser.visits import PICTURES, Visit

PLAIN = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers={name.title(): value for name, value in headers.items()})
    try:
        return PLAIN.open(request).status
    except urllib.error.HTTPError as error:
        return error.code


def test_only_who_has_the_key_comes_in(context: Any, address: str) -> None:
    base = re.sub(r"\?.*", "", address)
    held = next(c for c in context.cookies(base) if c["name"].startswith("cutline-learn-"))
    assert held["httpOnly"]
    key = f"{held['name']}={held['value']}"
    assert ask(f"{base}2/?lang=ko") == 403
    assert ask(f"{base}?token=wrong") == 403
    assert ask(f"{base}2/?lang=ko", cookie=key) == 200
    assert ask(f"{base}2/?lang=ko", cookie=key, origin="http://elsewhere.example") == 403
    assert ask(f"{base}2/?lang=ko", cookie=key, host="elsewhere.example") == 403
    assert (
        ask(f"{base}2/?lang=ko", cookie=key, host="elsewhere.example:8642", origin="http://elsewhere.example:8642")
        == 403
    )


def test_it_listens_on_this_computer_only(address: str) -> None:
    port = int(re.search(r":(\d+)/", address)[1])  # type: ignore[index]
    outside = [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    for host in {str(host) for host in outside if not str(host).startswith("127.")}:
        with pytest.raises((ConnectionError, TimeoutError)), socket.create_connection((host, port), timeout=2):
            pass


def test_from_the_first_page_to_the_next_lesson(context: Any, address: str) -> None:
    page = context.new_page()
    base = re.sub(r"\?.*", "", address)
    page.goto(f"{base}?lang=en")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator(".lessons a").count() == 6
    page.screenshot(path=str(PICTURES / "front-en-1280.png"))
    page.click(".top .lang")
    page.wait_for_selector("html[lang=ko]")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=str(PICTURES / "front-ko-390.png"))
    page.click('.lessons a[href^="2/"]')
    page.wait_for_selector('.opening[data-lesson="2"][data-lang="ko"]')
    page.click(".closing .next")
    page.wait_for_selector('.opening[data-lesson="3"][data-lang="ko"]')
    page.close()


def test_an_error_in_typed_code_is_explained_and_taken_back(context: Any, address: str) -> None:
    visit = Visit(context, address, 2, "en")
    visit.run_with(visit.box(), "print(unknown)")
    visit.box().locator(".error", has_text="line 1: NameError").wait_for()
    visit.box().locator('[data-testid="marimo-plugin-form-clear-button"]').click()
    visit.box().locator('[data-testid="marimo-plugin-form-submit-button"]').click()
    visit.box().locator(".error").wait_for(state="detached")
    visit.page.close()


def test_a_port_that_is_taken_is_said(address: str) -> None:
    port = re.search(r":(\d+)/", address)[1]  # type: ignore[index]
    command = [sys.executable, "-m", "cutline.faces.cli", "learn", "--no-browser", "--port", port]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert f"port {port}" in ran.stderr
