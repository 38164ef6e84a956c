"""Start the page: `python app.py [--host H] [--port P] [--home DIR]`."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from pathlib import Path
from typing import TextIO

# Before gradio and huggingface_hub are imported: they read these once.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")  # HTTP can be followed, stopped and resumed

from core.home import home_folder

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def flags(arguments: list[str] | None = None) -> argparse.Namespace:
    """Return the command line."""
    line = argparse.ArgumentParser(prog="python app.py", description=__doc__)
    line.add_argument("--host", default="127.0.0.1", help="address to bind (this machine only)")
    line.add_argument("--port", type=int, default=7860)
    line.add_argument("--home", type=home_folder, default=home_folder(), help="home folder")
    return line.parse_args(arguments)


def refusal(host: str) -> str | None:
    """Say why an address is not served, or return None.

    >>> refusal("127.0.0.1") is None
    True
    """
    if host in LOOPBACK:
        return None
    return (
        f"--host {host} would serve this page to other machines; expected 127.0.0.1 or localhost. "
        "Whoever can open the page could read your files and runs. From another machine, use a "
        "tunnel: ssh -L 7860:127.0.0.1:7860 this-machine"
    )


def bind(host: str, port: int) -> socket.socket | None:
    """Return a listening socket, or None where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        return None
    return listener


def say(line: str, stream: TextIO | None = None) -> None:
    """Print one line at once."""
    target = stream or sys.stdout
    target.write(line + "\n")
    target.flush()


def farewell(home: Path) -> None:
    """Say which runs go on without the page and how to stop them."""
    from core.runs.folder import list_runs

    for run in list_runs(home / "runs"):
        if run.state() in ("starting", "running"):
            say(f"Run {run.id} goes on. Stop it with: python -m core stop {run.id}")


def serve(listener: socket.socket, home: Path) -> None:
    """Serve the page until it is interrupted."""
    import uvicorn

    from ui.server import create_app

    host, port = listener.getsockname()[:2]
    app, services = create_app(home, port)
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    say(f"Fitting Room: http://{shown}:{port}  (Ctrl-C ends the page; runs go on)")
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        pass
    finally:
        services.close()
        farewell(home)


def main(arguments: list[str] | None = None) -> int:
    """Run the page and return the exit code."""
    options = flags(arguments)
    problem = refusal(options.host)
    if problem:
        say(problem, sys.stderr)
        return 2
    host = "127.0.0.1" if options.host == "localhost" else options.host
    listener = bind(host, options.port)
    if listener is None:
        say(f"Port {options.port} is taken. Choose another with --port.", sys.stderr)
        return 2
    serve(listener, options.home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
