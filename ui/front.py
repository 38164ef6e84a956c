"""Puts our script and styles into the first page before Gradio's own.

Gradio adds `head=` only after its scripts run; ours set the language that those scripts read.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Front:
    """ASGI middleware: inserts markup after `<head>` of `GET /`."""

    def __init__(self, app: ASGIApp, markup: str) -> None:
        self.app = app
        self.markup = markup.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything but the first page through untouched."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                whole = body.replace(b"<head>", b"<head>" + self.markup, 1)
                headers = MutableHeaders(scope=start)
                headers["Content-Length"] = str(len(whole))
                headers["Cache-Control"] = "no-store"
                await send(start)
                await send({"type": "http.response.body", "body": whole})

        await self.app(scope, receive, collect)
