"""The server's door at the level of ASGI, without a server or a browser: who comes in, and with what they leave."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

import pytest
from lesson_runs import to_its_end

from cutline.errors import UsageError
from cutline.faces.learn import learn
from cutline.faces.learn.gate import Gate
from cutline.faces.learn.serve import is_loopback, lessons_app
from cutline.lessons import codebox

PORT, TOKEN = 8642, "the-key"
HERE = f"127.0.0.1:{PORT}"
KEY = f"cutline-learn-{PORT}={TOKEN}"
Message = MutableMapping[str, Any]


async def inside(scope: Message, receive: Any, send: Any) -> None:
    """What is behind the gate: it says where it was asked."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-inside", scope["path"].encode())]})
    await send({"type": "http.response.body", "body": b"inside"})


def ask(
    path: str = "/2/",
    query: str = "lang=ko",
    *,
    kind: str = "http",
    gate: Gate | None = None,
    loopback: bool = True,
    **headers: str,
) -> tuple[list[Message], dict[str, str]]:
    """The messages of an answer, and its headers."""
    it = gate or Gate(inside, port=PORT, token=TOKEN, lang="ko", loopback=loopback)
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    given = [(name.encode(), value.encode("latin-1")) for name, value in ({"host": HERE} | headers).items()]
    to_its_end(it({"type": kind, "path": path, "query_string": query.encode(), "headers": given}, receive, send))
    return sent, {name.decode(): value.decode() for name, value in sent[0].get("headers", ())}


def status(*at: str, **how: Any) -> int:
    return ask(*at, **how)[0][0]["status"]


@pytest.mark.parametrize("host", [HERE, f"localhost:{PORT}", f"[::1]:{PORT}"])
def test_who_has_the_key_comes_in_by_any_name_of_this_computer(host: str) -> None:
    assert status(host=host, cookie=KEY) == 200


@pytest.mark.parametrize(
    "host",
    ["elsewhere.example", f"elsewhere.example:{PORT}", "127.0.0.1", "127.0.0.1:80", f"127.0.0.1.elsewhere.example:{PORT}", ""],
)  # fmt: skip
def test_a_name_that_only_points_here_is_turned_away_even_with_the_key(host: str) -> None:
    assert status(host=host, cookie=KEY) == 403
    assert status("/", f"token={TOKEN}", host=host) == 403


@pytest.mark.parametrize(
    "origin", ["http://elsewhere.example", f"https://{HERE}", f"http://localhost:{PORT}", "null", f"http://{HERE}.example"]
)  # fmt: skip
def test_another_page_may_not_talk_to_it(origin: str) -> None:
    assert status(cookie=KEY, origin=origin) == 403
    sent, _ = ask(kind="websocket", cookie=KEY, origin=origin)
    assert sent == [{"type": "websocket.close", "code": 1008}]


def test_its_own_page_may() -> None:
    assert status(cookie=KEY, origin=f"http://{HERE}") == 200
    assert ask(kind="websocket", cookie=KEY, origin=f"http://{HERE}")[0] == [{"type": "websocket.accept"}]


@pytest.mark.parametrize(
    "cookie",
    ["", "other=1", f"cutline-learn-{PORT}=wrong", f"cutline-learn-{PORT}=", f"cutline-learn-1={TOKEN}", f"cutline-learn-{PORT}=th\u00e9", "a=b; \x01=;;"],
)  # fmt: skip
def test_without_the_key_nobody_comes_in(cookie: str) -> None:
    assert status(cookie=cookie) == 403
    assert ask(kind="websocket", cookie=cookie)[0] == [{"type": "websocket.close", "code": 1008}]


def test_no_entry_says_what_to_do_in_both_languages_and_is_not_kept() -> None:
    sent, headers = ask()
    page = sent[1]["body"].decode()
    assert "터미널에 나온 주소" in page
    assert "the address that the terminal printed" in page
    assert headers["cache-control"] == "no-store"


def test_the_key_in_the_address_becomes_a_cookie_and_leaves_the_address() -> None:
    sent, headers = ask("/3/", f"token={TOKEN}&lang=en")
    assert sent[0]["status"] == 303
    assert headers["location"] == "/3/?lang=en"
    assert headers["set-cookie"] == f"{KEY}; HttpOnly; SameSite=Lax; Path=/"
    assert ask("/", f"token={TOKEN}")[1]["location"] == "/?lang=ko"
    assert status("/", "token=wrong") == 403


def test_a_redirect_stays_on_this_server() -> None:
    assert ask("//elsewhere.example/", f"token={TOKEN}")[1]["location"].startswith("/elsewhere.example")


def test_a_page_without_a_language_is_sent_to_the_servers() -> None:
    assert ask(query="", cookie=KEY)[1]["location"] == "/2/?lang=ko"
    assert status("/2/api/x", "", cookie=KEY) == 200


def test_marimos_own_files_need_no_key_but_the_right_name() -> None:
    _, headers = ask("/marimo/assets/a-1.js", "")
    assert headers["x-inside"] == "/marimo/assets/a-1.js"
    assert "immutable" in headers["cache-control"]
    assert status("/marimo/assets/a-1.js", "", host="elsewhere.example") == 403
    assert status("/marimo-not/", "") == 403


def test_every_page_goes_out_with_a_policy_that_names_this_server_alone() -> None:
    _, headers = ask(cookie=KEY)
    policy = dict(rule.strip().split(" ", 1) for rule in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["connect-src"].split() == ["'self'", f"ws://{HERE}", "data:", "blob:"]
    assert policy["frame-ancestors"] == "'none'"
    assert not any("*" in rule or "http" in rule for rule in policy.values())
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-inside"] == "/2/"


def test_while_the_lessons_are_prepared_only_who_has_the_key_is_asked_to_wait() -> None:
    gate = Gate(None, port=PORT, token=TOKEN, lang="ko", loopback=True)
    sent, _ = ask(gate=gate, cookie=KEY)
    assert "수업을 준비하고 있습니다" in sent[1]["body"].decode()
    assert status(gate=gate) == 403


def test_bound_elsewhere_any_name_will_do_but_not_without_the_key_or_from_another_page() -> None:
    assert status(loopback=False, host="classroom.example:8642", cookie=KEY) == 200
    assert status(loopback=False, host="classroom.example:8642") == 403
    other = {"host": "classroom.example:8642", "origin": "http://elsewhere.example"}
    assert status(loopback=False, cookie=KEY, **other) == 403


def test_starting_and_stopping_are_answered_and_visits_are_ended() -> None:
    ended: list[object] = []

    async def closing(app: object) -> None:
        ended.append(app)

    async def live() -> list[str]:
        gate = Gate(inside, port=PORT, token=TOKEN, lang="ko", loopback=True, closing=closing)
        asked = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])
        said: list[str] = []

        async def receive() -> Message:
            return next(asked)

        async def send(message: Message) -> None:
            said.append(message["type"])

        await gate({"type": "lifespan"}, receive, send)
        return said

    assert to_its_end(live()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert ended == [inside]


@pytest.mark.parametrize(
    ("host", "only_here"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("192.168.0.7", False), ("classroom.example", False), ("", False)],
)  # fmt: skip
def test_which_addresses_only_this_computer_reaches(host: str, only_here: bool) -> None:
    assert is_loopback(host) == only_here


@pytest.mark.parametrize("code", [True, False])
def test_typed_code_runs_only_where_the_server_says_so(monkeypatch: pytest.MonkeyPatch, code: bool) -> None:
    monkeypatch.setattr(codebox, "_permitted", not code)
    monkeypatch.setattr(codebox.mo, "app_meta", lambda: type("Served", (), {"mode": "run"}))
    lessons_app(code=code)
    box = type("Box", (), {"value": "x = 'typed'"})()
    assert codebox.run(box, "x = 'ours'").get("x") == ("typed" if code else "ours")


def test_the_editor_opens_nowhere_else() -> None:
    with pytest.raises(UsageError, match=r"this computer only.*0\.0\.0\.0"):
        learn(2, edit=True, host="0.0.0.0")
