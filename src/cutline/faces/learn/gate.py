"""Who may come in. A page with a code box runs what is typed into it, so the server asks four things of each request:

1. the Host header names this server, so that no name elsewhere can be pointed at it;
2. the Origin header, where a browser sends one, is this server's, so that no other page can talk to it;
3. a token: in the address that the terminal printed, and from then on in a cookie;
4. every page goes out with a policy that lets it load from this server alone.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_HEAD = """<!doctype html><meta charset="utf-8"><title>Cutline</title><style>
body { font: 18px/1.7 "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", NanumGothic, sans-serif;
  background: #fbfaf7; color: #5a6472; text-align: center; padding: 36vh 24px 0; }
</style>"""
NO_ENTRY = f"""{_HEAD}
<p lang="ko">터미널에 나온 주소를 그대로 열어 주세요. 주소 끝의 token이 열쇠입니다.</p>
<p lang="en">Please open the address that the terminal printed: the token at its end is the key.</p>"""
WAIT = f"""{_HEAD}<meta http-equiv="refresh" content="1">
<p lang="ko">수업을 준비하고 있습니다 …</p><p lang="en">Preparing the lessons …</p>"""


OPEN = "/marimo/"  # marimo's own files, the same for everyone; browsers fetch some of them without the cookie


class Gate:
    """The server's door, as ASGI middleware in front of everything.

    app: what is behind it; None while that is still being prepared, and then whoever has the key is asked to wait.
    loopback: bound to this computer only; then a request by any other host name is refused.
    closing: awaited with `app` when the server stops.
    """

    def __init__(
        self,
        app: App | None,
        *,
        port: int,
        token: str,
        lang: str,
        loopback: bool,
        closing: Callable[[Any], Awaitable[None]] | None = None,
    ) -> None:
        self.closing = closing
        self.app, self.port, self.token, self.lang, self.loopback = app, port, token, lang, loopback
        self.cookie = f"cutline-learn-{port}"  # cookies know no ports: one a server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or turn it away."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        path = scope.get("path", "/")
        if not self._is_ours(headers):
            await _page(scope, send, 403, NO_ENTRY)
        elif secrets.compare_digest(query.get("token", "").encode(), self.token.encode()):
            query.pop("token")
            key = f"{self.cookie}={self.token}; HttpOnly; SameSite=Lax; Path=/"
            await _redirect(send, self._in_a_language(path, query), [(b"set-cookie", key.encode())])
        elif not (self._has_key(headers) or path.startswith(OPEN)):
            await _page(scope, send, 403, NO_ENTRY)
        elif self.app is None:
            await _page(scope, send, 200, WAIT)
        elif scope["type"] == "http" and path.endswith("/") and "lang" not in query:
            await _redirect(send, self._in_a_language(path, query))
        else:
            await self.app(scope, receive, self._guarded(send, headers.get("host", ""), path))

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})  # what is behind the gate may not be there yet
        if self.closing is not None and self.app is not None:
            await self.closing(self.app)
        await send({"type": "lifespan.shutdown.complete"})

    def _in_a_language(self, path: str, query: dict[str, str]) -> str:
        return f"/{path.lstrip('/')}?{urlencode({'lang': self.lang} | query)}"

    def _is_ours(self, headers: dict[str, str]) -> bool:
        host, origin = headers.get("host", ""), headers.get("origin")
        if self.loopback and host not in {f"{name}:{self.port}" for name in ("127.0.0.1", "localhost", "[::1]")}:
            return False
        return origin is None or origin == f"http://{host}"

    def _has_key(self, headers: dict[str, str]) -> bool:
        try:
            jar = SimpleCookie(headers.get("cookie", ""))
        except CookieError:
            return False
        held = jar[self.cookie].value if self.cookie in jar else ""
        return secrets.compare_digest(held.encode(), self.token.encode())

    def _guarded(self, send: Send, host: str, path: str) -> Send:
        policy = (
            "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
            "style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' ws://{host} data: blob:; "
            "worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
        )
        more = [(b"content-security-policy", policy.encode()), (b"referrer-policy", b"no-referrer")]
        if "/assets/" in path:  # their names carry a hash: what is cached is never stale
            more.append((b"cache-control", b"private, max-age=31536000, immutable"))

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        return guarded


async def _page(scope: Scope, send: Send, status: int, page: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    head = [(b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": page.encode()})


async def _redirect(send: Send, there: str, more: list[tuple[bytes, bytes]] | None = None) -> None:
    head = [(b"location", there.encode()), (b"cache-control", b"no-store"), *(more or [])]
    await send({"type": "http.response.start", "status": 303, "headers": head})
    await send({"type": "http.response.body", "body": b""})
