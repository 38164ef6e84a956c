"""What every request passes: host and origin checks, refused addresses, the cookie, headers."""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.visitors import Visitors

# Gradio's page has inline scripts and styles and compiles the scripts of custom components.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
REFUSED = ("/monitoring", "/gradio_api/runs", "/gradio_api/deep_link", "/openapi.json", "/docs")


class Guard:
    """ASGI middleware; streams pass through untouched."""

    def __init__(self, app: ASGIApp, visitors: Visitors, hosts: Iterable[str]) -> None:
        self.app = app
        self.visitors = visitors
        self.hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)
        if refusal:
            await refusal(scope, receive, send)
            return
        fresh = None
        if scope["path"] == "/" and self.visitors.read(cookies(headers)) is None:
            fresh = self.visitors.new()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(MutableHeaders(scope=message), fresh)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, headers: Headers) -> PlainTextResponse | None:
        host = headers.get("host", "")
        if host not in self.hosts:
            return PlainTextResponse("This host name is not served here.", 421)
        if scope["method"] not in SAFE_METHODS and not self._same_origin(headers, host):
            return PlainTextResponse("Requests from other sites are refused.", 403)
        if _is_refused(scope):
            return PlainTextResponse("Not here.", 404)
        return None

    @staticmethod
    def _same_origin(headers: Headers, host: str) -> bool:
        origin = headers.get("origin")
        if origin is None:  # no browser sends a cross-site POST without an Origin
            return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")
        return urlsplit(origin).netloc == host

    def _complete(self, headers: MutableHeaders, fresh: str | None) -> None:
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = POLICY
        if fresh:
            year = 365 * 24 * 3600
            rules = f"Path=/; Max-Age={year}; HttpOnly; SameSite=Strict"
            headers.append("Set-Cookie", f"{self.visitors.cookie}={fresh}; {rules}")


def cookies(headers: Headers) -> dict[str, str]:
    """Return a request's cookies."""
    jar = SimpleCookie()
    jar.load(headers.get("cookie", ""))
    return {name: morsel.value for name, morsel in jar.items()}


def _is_refused(scope: Scope) -> bool:
    path = scope["path"].rstrip("/")
    if any(path == refused or path.startswith(refused + "/") for refused in REFUSED):
        return True
    if "deep_link" in parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True):
        return True
    return "file=http" in path or "/proxy=" in path
