"""The `hub` fixture: the stand-in Hub of `hub_server.py` and calls of our code against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.hub.hub_server import RunningHub

ROOT = Path(__file__).parents[2]
WRITE, READ = "hf_dev_write", "hf_dev_read"  # accounts of the stand-in: user dev, organisation team


@dataclass
class HubForTests:
    """A running stand-in Hub and a cache folder of its own for the client."""

    server: RunningHub
    folder: Path

    @property
    def url(self) -> str:
        """The endpoint."""
        return self.server.url

    @property
    def cache(self) -> Path:
        """HF_HOME of the client."""
        return self.folder / "hf"

    def seed(self, repo_id: str, folder: Path, kind: str = "model", **options: Any) -> str:
        """Put a folder into a repository; return the commit."""
        return str(self.server.hub.store.seed(kind, repo_id, folder, **options))

    def fault(self, match: str, **rule: Any) -> None:
        """Let requests fail; see the top of `hub_server.py`."""
        self.server.hub.faults.add({"match": match, **rule})

    def requests(self) -> list[str]:
        """Return "METHOD path" of every request so far."""
        return [entry["request"] for entry in self.server.hub.log]

    def environment(self, **extra: str) -> dict[str, str]:
        """Return the environment of a client; the Hub's client reads it when it is imported."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        return {
            **kept,
            "HF_ENDPOINT": self.url,
            "HF_HOME": str(self.cache),
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DOWNLOAD_TIMEOUT": "5",
            "HF_HUB_ETAG_TIMEOUT": "5",
            "DISABLE_SAFETENSORS_CONVERSION": "1",
            "PYTHONPATH": str(ROOT),
            **extra,
        }

    def run(
        self, *arguments: str, stdin: str = "", timeout: float = 120, **extra: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `python ...` as a client of this Hub."""
        return subprocess.run(
            [sys.executable, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout,
            env=self.environment(**extra),
            cwd=ROOT,
        )

    def calls(self, *calls: Mapping[str, Any], **extra: str) -> list[dict[str, Any]]:
        """Call functions of ours one after the other in one process; see `client.py`."""
        done = self.run("-m", "tests.hub.client", stdin=json.dumps(calls), **extra)
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout.splitlines()[-1]))

    def call(self, function: str, *positional: Any, **named: Any) -> dict[str, Any]:
        """Call one function; return {"result": ...} or {"error": [message, hint]}."""
        return self.calls(call(function, *positional, **named))[0]


def call(function: str, *positional: Any, **named: Any) -> dict[str, Any]:
    """Return a call for `HubForTests.calls`: "module:function" and its arguments."""
    return {"function": function, "positional": positional, "named": named}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubForTests]:
    """A stand-in Hub that holds nothing yet."""
    from tests.hub.hub_server import RunningHub

    folder = tmp_path / "hub"
    folder.mkdir()
    with RunningHub(folder / "store", lfs_threshold=20_000) as server:
        yield HubForTests(server, folder)
