"""`cutline learn` in a process of its own, and how Debian's Chromium is started, to which no other name is known."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@contextmanager
def served(lang: str) -> Iterator[str]:
    """The address that `cutline learn` prints, key and all, once the lessons are ready; stopped by Ctrl-C."""
    with running(lang) as (address, _):
        yield address


@contextmanager
def running(lang: str) -> Iterator[tuple[str, int]]:
    """The address, and the number of the server's process."""
    command = [sys.executable, "-m", "cutline.faces.cli", "learn", "--no-browser", "--lang", lang]
    environment = os.environ | {"HOME": _home()}
    server = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", env=environment
    )
    assert server.stdout is not None
    found = re.search(r"http://\S+", server.stdout.readline())
    assert found, "no address was printed"
    visitor = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(CookieJar()), urllib.request.ProxyHandler({})
    )
    try:
        for _ in range(600):
            if b'class="opening"' in visitor.open(found[0]).read():
                break
            time.sleep(0.2)
        yield found[0], server.pid
    finally:
        server.send_signal(signal.SIGINT)
        out, _ = server.communicate(timeout=20)
    assert server.returncode == 0, out
    assert "Traceback" not in out, out


def _home() -> str:
    # a home of its own: a user's marimo settings would change the page
    home = Path(".cache/lessons-home").absolute()
    home.mkdir(parents=True, exist_ok=True)
    return str(home)
