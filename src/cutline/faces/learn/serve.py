"""One server for all six lessons: a free port, a warm start, the browser, a clean stop."""

from __future__ import annotations

import ipaddress
import itertools
import os
import secrets
import socket
import threading
import time
import webbrowser
from typing import Any

from cutline.errors import CutlineError
from cutline.faces.learn.front import front_page
from cutline.faces.learn.gate import OPEN, Gate
from cutline.faces.learn.wire import Wire
from cutline.lessons.contents import LANGUAGES, LESSONS

PORT = 8642  # tried first; any free one otherwise
STATIC = OPEN.rstrip(
    "/"
)  # marimo's own files, once for all six lessons, so that the second opens from the browser's cache


def serve(number: int | None, *, lang: str, browser: bool, port: int | None, host: str = "127.0.0.1") -> int:
    """Serve until Ctrl-C. Typed code runs only where no other computer can reach the server."""
    import uvicorn

    here = open_port(host, port)
    at: int = here.getsockname()[1]
    loopback, token = is_loopback(host), secrets.token_urlsafe(16)
    gate = Gate(None, port=at, token=token, lang=lang, loopback=loopback, closing=end_visits)
    # the page opens at once and waits there while torch and marimo are being imported
    config = uvicorn.Config(gate, log_level="error", timeout_graceful_shutdown=1, ws_per_message_deflate=False)
    server = uvicorn.Server(config)  # nothing is packed: it goes no further than this computer
    failed: list[Exception] = []

    def prepare() -> None:
        try:
            warm()
            gate.app = lessons_app(code=loopback)
        except Exception as error:
            failed.append(error)
            server.should_exit = True

    address = f"http://{_name(host)}:{at}/{f'{number}/' if number else ''}?token={token}"
    _say(lang, ko=f"수업 주소:  {address}", en=f"The lessons are at:  {address}")
    if not loopback:
        _say(
            lang,
            ko="다른 컴퓨터에서도 들어올 수 있으므로, 코드 상자는 보기만 됩니다.",
            en="Other computers can reach this server, so code boxes can only be read.",
        )
    _say(lang, ko="끝내려면 Ctrl-C를 누르세요.", en="Press Ctrl-C to stop.")
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # see warm; before torch is imported
    threading.Thread(target=prepare, daemon=True).start()
    if browser:
        threading.Thread(target=_open_when_up, args=(server, address), daemon=True).start()
    try:
        server.run(sockets=[here])
    except KeyboardInterrupt:
        pass
    finally:
        here.close()
    if failed:
        raise failed[0]
    _say(lang, ko="수업을 닫았습니다.", en="The lessons are closed.")
    if gate.app is not None:
        # visits run in threads that Python ends in the middle of torch, which then aborts: everything is closed, so go
        os._exit(0)
    return 0


def lessons_app(*, code: bool) -> Any:
    """The six notebooks under one roof, with the page that lists them; `code` lets typed code run."""
    import marimo
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import HTMLResponse, RedirectResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    from cutline.lessons import codebox

    codebox.permit(code)
    builder = marimo.create_asgi_app(quiet=True, include_code=False, asset_url=STATIC, session_ttl=60)
    for lesson in LESSONS:
        builder = builder.with_app(path=f"/{lesson.number}", root=str(lesson.path))

    def front(request: Request) -> HTMLResponse:
        asked = request.query_params.get("lang")
        return HTMLResponse(front_page(asked if asked in LANGUAGES else LANGUAGES[0]))

    def with_slash(request: Request) -> RedirectResponse:
        return RedirectResponse(f"{request.url.path}/?{request.url.query}")

    static, notebooks = os.path.join(os.path.dirname(marimo.__file__), "_static"), Wire(builder.build())
    slashes = [Route(f"/{lesson.number}", with_slash) for lesson in LESSONS]
    return Starlette(
        routes=[
            Route("/", front),
            *slashes,
            Mount(STATIC, StaticFiles(directory=static)),
            Mount("/", notebooks),
        ]
    )


async def end_visits(app: Any) -> None:
    """End every visit: a notebook's threads would otherwise keep this process alive after its server."""
    for route in getattr(app, "routes", ()):
        inner = getattr(route, "app", None)
        manager = getattr(getattr(inner, "state", None), "session_manager", None)
        if manager is not None:
            await manager.shutdown()
        elif inner is not None:
            await end_visits(inner)


def warm() -> None:
    """Do now what would keep the first visitor waiting: imports, torch's first optimizer, the first fits."""
    import torch

    from cutline import deck, doctor
    from cutline.lessons import by_class, by_hand, codebox, fits, own_csv

    torch.set_num_threads(1)  # six rows gain nothing from more, and on a busy machine each hand-over costs milliseconds
    codebox.execute(
        "W = torch.zeros(1, requires_grad=True)\noptimizer = torch.optim.SGD([W], lr=1)\n"
        "(W - 1).square().sum().backward()\noptimizer.step()",
        torch=torch,
    )
    by_hand.six_points(1.0, 10_000)
    fits.six_points()
    for best in range(70, 205, 5):  # what lesson 1's sliders can ask for
        fits.one_column((*deck.EXAM_SCORES, float(best)), (*deck.EXAM_PASSED, 1.0))
    for score, result in itertools.product(range(46, 70), (0.0, 1.0)):
        fits.one_column((*deck.EXAM_SCORES, float(score)), (*deck.EXAM_PASSED, result))
    by_class.film_of_line("cross")
    sample = own_csv.look(own_csv.SAMPLE_NAME, own_csv.sample())
    own_csv.fitted(sample, own_csv.likely_target(sample), own_csv.numbers_among(sample, own_csv.likely_target(sample)))
    model = torch.nn.Linear(2, 1)
    x, y, _ = by_class.points_of("six")
    doctor.check(
        model, x, y, torch.nn.functional.binary_cross_entropy_with_logits, torch.optim.SGD(model.parameters(), lr=0.1)
    )


def is_loopback(host: str) -> bool:
    """Can only this computer reach a server bound to `host`?"""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # all of this computer's addresses: name it as others know it
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def open_port(host: str, port: int | None) -> socket.socket:
    """A socket that listens; bound here and handed on, so that nothing can take the port in between.

    Raises CutlineError where the port is taken, or the address is none of this computer's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for wanted in (PORT, 0) if port is None else (port,):
        it = socket.socket(family, socket.SOCK_STREAM)
        it.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
        try:
            it.bind((host, wanted))
            it.listen(128)  # whoever opens the printed address at once waits, and is not refused
            return it
        except OSError as error:
            it.close()
            if port is not None or not wanted:
                at = f"port {wanted} on {host}" if wanted else f"a port on {host}"
                remedy = (
                    "Leave --port out to take any free one" if wanted else "Give --host an address of this computer"
                )
                raise CutlineError(
                    f"learn: expected to open {at}, but the system says: {error.strerror or error}. {remedy}."
                ) from error
    raise AssertionError("unreachable: port 0 is always tried last")


def _open_when_up(server: Any, address: str) -> None:
    while not server.started and not server.should_exit:
        time.sleep(0.05)
    if server.started:
        webbrowser.open(address)


def _say(lang: str, *, ko: str, en: str) -> None:
    print(ko if lang == "ko" else en, flush=True)
