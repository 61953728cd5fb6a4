"""`cutline learn`, as typer sees it; what it does is in faces/learn."""

from __future__ import annotations

from typing import Annotated, Literal

import typer


def learn(
    number: Annotated[
        int | None,
        typer.Argument(
            metavar="[N]", min=1, max=6, help="The lesson to open, 1 to 6.", show_default="the list of all six"
        ),
    ] = None,
    lang: Annotated[Literal["ko", "en"], typer.Option(help="Korean or English; every page can switch.")] = "ko",
    edit: Annotated[
        bool,
        typer.Option(
            "--edit", help="Open lesson N in marimo's editor, as a copy in ./cutline-lessons.", show_default=False
        ),
    ] = False,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and open no browser.", show_default=False)
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(metavar="P", min=1, max=65535, help="The port to listen on.", show_default="a free one"),
    ] = None,
    host: Annotated[
        str,
        typer.Option(metavar="ADDRESS", help="Where to listen; elsewhere than on this computer, code boxes only show."),
    ] = "127.0.0.1",
) -> int:
    """Open the six live lessons in a browser, in Korean or English.

    They run on this computer alone and need no network.
    Stop them with Ctrl-C.
    """
    from cutline.faces.learn import learn as start

    return start(number, lang=lang, edit=edit, browser=not no_browser, port=port, host=host)
