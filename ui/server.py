"""The web application: our routes, the guard in front, Gradio's page at the root."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import gradio as gr
from fastapi import FastAPI

from core.inference.client import Predictor
from ui.drafts import Drafts
from ui.front import Front
from ui.guard import Guard
from ui.layout import build_page
from ui.routes import add_routes
from ui.services import Services
from ui.starts import Starts
from ui.texts import translations
from ui.theme import theme
from ui.visitors import Visitors

FRONT = '<script src="static/page.js"></script><link rel="stylesheet" href="static/look.css">'


def create_services(home: Path) -> Services:
    """Return what the page works with; makes the home folder."""
    home.mkdir(parents=True, exist_ok=True)
    return Services(
        home=home,
        visitors=Visitors(home),
        drafts=Drafts(home / "drafts"),
        predictor=Predictor(home),
        starts=Starts(),
    )


def create_app(home: Path, port: int) -> tuple[Guard, Services]:
    """Return the application and its services."""
    services = create_services(home)
    _log_to(home / "page.log")
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_routes(app, services)
    page = build_page(services)
    app = gr.mount_gradio_app(
        app,
        page,
        path="/",
        footer_links=[],
        run_history=False,
        enable_monitoring=False,
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        i18n=translations(),
        theme=theme(),
    )
    front = Front(app, FRONT)
    names = ("127.0.0.1", "localhost", "[::1]")
    return Guard(front, services.visitors, [f"{name}:{port}" for name in names]), services


def _log_to(path: Path) -> None:
    """Send our log (incidents with their tracebacks) to a file of bounded size."""
    # the Hub's client logs signed addresses when it repeats a transfer
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    log = logging.getLogger("fitting_room")
    for old in list(log.handlers):
        log.removeHandler(old)
        old.close()
    handler = RotatingFileHandler(path, maxBytes=2_000_000, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.propagate = False
