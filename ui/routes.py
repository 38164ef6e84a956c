"""Our own routes, beside Gradio's: what the page polls, downloads, and the pasted token."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse

from core.errors import UserError, explain
from ui.handlers import visit_of
from ui.history import history, papers
from ui.layout import look
from ui.services import Services, Token, Visit
from ui.state import page_state
from ui.texts import words_in
from ui.visitors import language_of

if TYPE_CHECKING:
    from core.runs.folder import Run

COMPONENTS = Path(__file__).parent / "components"
TOKEN_LENGTH = 400


def add_routes(app: FastAPI, services: Services) -> None:
    """Add every route of ours; Gradio is mounted behind them."""
    _add_static(app)
    _add_runs(app, services)
    _add_report(app, services)
    _add_token(app, services)


def _answer(services: Services, request: Request, make: Callable[[Visit], Any]) -> Response:
    """Answer a visitor with JSON; what a person can mend is 422 with message and hint."""
    try:
        visit = visit_of(services, request)
    except UserError as error:
        return JSONResponse({"message": error.message, "hint": error.hint}, 401)
    try:
        result = make(visit)
    except (UserError, OSError, MemoryError) as error:
        known = explain(error)
        if known is None:
            raise
        return JSONResponse({"message": known.message, "hint": known.hint}, 422)
    if isinstance(result, Response):
        return result
    return JSONResponse(result, headers={"Cache-Control": "no-store"})


def _add_static(app: FastAPI) -> None:
    css = look()

    @app.get("/static/plotly.min.js")
    def plotly() -> Response:
        """The charts' library, out of the installed plotly package (found without importing it)."""
        found = find_spec("plotly")
        origin = found.origin if found else None
        path = Path(origin or "").parent / "package_data" / "plotly.min.js"
        keep = {"Cache-Control": "public, max-age=31536000, immutable"}
        return FileResponse(path, media_type="text/javascript", headers=keep)

    @app.get("/static/look.css")
    def styles() -> Response:
        """The page's styles."""
        return Response(css, media_type="text/css", headers={"Cache-Control": "no-cache"})

    @app.get("/static/page.js")
    def page(request: Request) -> Response:
        """The page's own script with the words of the visitor's language in front."""
        language = language_of(request.cookies, request.headers.get("accept-language", ""))
        words = json.dumps({"language": language, "words": words_in(language)}, ensure_ascii=False)
        script = (COMPONENTS / "page.js").read_text("utf-8")
        return Response(
            f"window.FR = {words};\n{script}",
            media_type="text/javascript; charset=utf-8",
            headers={"Cache-Control": "no-store"},
        )


def _add_runs(app: FastAPI, services: Services) -> None:
    def of_run(request: Request, run_id: str, make: Callable[[Visit, Run], Any]) -> Response:
        """Answer about a run of this home, or 404."""

        def answer(visit: Visit) -> Any:
            run = services.run(run_id)
            return make(visit, run) if run else JSONResponse({}, 404)

        return _answer(services, request, answer)

    @app.get("/api/runs")
    def runs(request: Request) -> Response:
        """The status line and the list of runs."""
        return _answer(services, request, page_state)

    @app.get("/api/runs/{run_id}/events")
    def events(request: Request, run_id: str, after: int = 0) -> Response:
        """What is new in a run since an event's number."""
        return of_run(request, run_id, lambda visit, run: history(visit, run, after))

    @app.get("/api/runs/{run_id}/papers")
    def read_papers(request: Request, run_id: str) -> Response:
        """The log and the settings of a run."""
        return of_run(request, run_id, papers)

    @app.get("/download/{run_id}/model.zip")
    def download(request: Request, run_id: str) -> Response:
        """The tuned model as a zip, streamed."""
        return of_run(request, run_id, _zip)


def _zip(visit: Visit, run: Run) -> Response:
    from core.sharing.export import zip_model, zip_name

    if not run.model.is_dir():
        raise UserError(visit.say("download_none", run=run.id), visit.say("download_none_hint"))
    name = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(zip_name(run))}"}
    return StreamingResponse(zip_model(run), media_type="application/zip", headers=name)


def _add_report(app: FastAPI, services: Services) -> None:
    @app.get("/download/report.csv")
    def report(request: Request) -> Response:
        """The report on the rows of the visitor's own draft."""
        return _answer(services, request, _report)


def _report(visit: Visit) -> Response:
    from ui.report_csv import report_csv

    if visit.services.imported(visit.spec) is None:
        return JSONResponse({}, 404)
    text = report_csv(visit.services.ask("describe", visit.spec))
    name = {"Content-Disposition": 'attachment; filename="report.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=name)


def _add_token(app: FastAPI, services: Services) -> None:
    """A pasted Hub token goes into memory by these routes, never through a Gradio event."""

    def known(visit: Visit) -> dict[str, Any]:
        token = services.tokens.get(visit.visitor)
        return {
            "set": token is not None,
            "owner": token.owner if token else None,
            "organisations": list(token.organisations) if token else [],
        }

    @app.get("/api/token")
    def asked(request: Request) -> Response:
        """Whether a token is there, and whose."""
        return _answer(services, request, known)

    @app.post("/api/token")
    async def pasted(request: Request) -> Response:
        """Keep a token after the Hub said whose it is."""
        from starlette.concurrency import run_in_threadpool

        body = await request.body()

        def make(visit: Visit) -> Any:
            from core.sharing.publish import whoami

            value = _token_of(body)
            owner = whoami(value)
            organisations = tuple(owner.get("organisations") or ())
            services.tokens.put(visit.visitor, Token(value, str(owner["name"]), organisations))
            return known(visit)

        return await run_in_threadpool(_answer, services, request, make)

    @app.delete("/api/token")
    def dropped(request: Request) -> Response:
        """Forget the token."""

        def make(visit: Visit) -> Any:
            services.tokens.forget(visit.visitor)
            return known(visit)

        return _answer(services, request, make)


def _token_of(body: bytes) -> str:
    """Read a posted token; the message never repeats it."""
    try:
        data = json.loads(body[: 4 * TOKEN_LENGTH])
    except ValueError:
        data = None
    value = str(data.get("token") or "").strip() if isinstance(data, dict) else ""
    if not value or len(value) > TOKEN_LENGTH or not value.isascii() or " " in value:
        raise UserError(
            "That is no Hub token; expected the text that begins with hf_.",
            "Copy it from the Hub: Settings, Access Tokens.",
        )
    return value
