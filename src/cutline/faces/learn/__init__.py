"""`cutline learn`: the six lessons as one small web server on this computer.

serve.py   one server for all six: a free port, a warm start, the browser, a clean stop
gate.py    who may come in: this browser alone, with a token, and nothing that points elsewhere
wire.py    what a page is told while cells run: no more than it shows
front.py   the first page, which lists the lessons
edit.py    one lesson in marimo's editor, as a copy of one's own
"""

from __future__ import annotations

from importlib.util import find_spec

from cutline.errors import CutlineError, UsageError

NEEDED = ("marimo", "uvicorn", "zmq")


def require_marimo() -> None:
    """Say what to install where the lessons' extra is missing."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise CutlineError(
            f"learn: expected the packages of the lessons, but {', '.join(missing)} cannot be found. "
            "Install them with: python -m pip install 'cutline[lessons]'"
        )


def learn(
    number: int | None = None,
    *,
    lang: str = "ko",
    edit: bool = False,
    browser: bool = True,
    port: int | None = None,
    host: str = "127.0.0.1",
) -> int:
    """Serve the lessons until Ctrl-C, or open one of them in the editor; returns the exit code."""
    require_marimo()
    if edit:
        if host != "127.0.0.1":
            raise UsageError(
                f"learn: the editor runs whatever is typed, so it opens on this computer only, but --host {host} came; "
                "leave --host out, or --edit"
            )
        from cutline.faces.learn.edit import edit_lesson

        return edit_lesson(number or 1, lang=lang, browser=browser, port=port)
    from cutline.faces.learn.serve import serve

    return serve(number, lang=lang, browser=browser, port=port, host=host)
