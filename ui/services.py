"""What every step and route works with; made once, passed in, never global."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from core.errors import UserError
from core.spec import RunSpec
from ui.drafts import Draft, Drafts
from ui.starts import Starts
from ui.texts import sentence
from ui.visitors import Visitors

if TYPE_CHECKING:
    from core.checkpoints.card import Checkpoint
    from core.data.imports import Imported
    from core.inference.client import Predictor
    from core.runs.folder import Run

Value = TypeVar("Value")


class Memory:
    """Remembers what was costly to find out, the newest few hundred things."""

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """Return what is kept under a key, else make and keep it. A failure is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return cast(Value, self._kept[key])
        value = make()
        self.put(key, value)
        return value

    def put(self, key: Hashable, value: Any) -> None:
        """Keep a value."""
        with self._lock:
            self._kept[key] = value
            self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)

    def peek(self, key: Hashable) -> Any:
        """Return what is kept, or None, without making it."""
        with self._lock:
            return self._kept.get(key)


@dataclass(frozen=True)
class Token:
    """A pasted Hub token and whose it is. Lives in this process's memory only."""

    value: str = field(repr=False)
    owner: str
    organisations: tuple[str, ...] = ()


class Tokens:
    """Pasted Hub tokens by visitor."""

    def __init__(self) -> None:
        self._kept: dict[str, Token] = {}

    def get(self, visitor: str) -> Token | None:
        """Return the visitor's token."""
        return self._kept.get(visitor)

    def put(self, visitor: str, token: Token) -> None:
        """Keep a token until it is forgotten or the page process ends."""
        self._kept[visitor] = token

    def forget(self, visitor: str) -> None:
        """Drop the visitor's token."""
        self._kept.pop(visitor, None)


@dataclass(frozen=True)
class Services:
    """Everything behind the page."""

    home: Path
    visitors: Visitors
    drafts: Drafts
    predictor: Predictor
    starts: Starts
    tokens: Tokens = field(default_factory=Tokens)
    memory: Memory = field(default_factory=Memory)

    @property
    def runs(self) -> Path:
        """The folder of the runs."""
        return self.home / "runs"

    def close(self) -> None:
        """End the children that belong to the page; runs go on."""
        self.starts.cancel_all()
        self.predictor.close()

    def run(self, run_id: str) -> Run | None:
        """Return a run of this home by its id, or None."""
        from core.runs.folder import Run

        path = self.runs / run_id
        if not run_id or path.parent != self.runs or not (path / "run.json").is_file():
            return None
        return Run(path)

    def imported(self, spec: RunSpec) -> Imported | None:
        """Return the imported rows of a draft, or None where there are none (any more)."""
        from core.data.imports import Imported

        digest = spec.dataset.imported
        if not digest or not (self.home / "data" / digest / "imported.json").is_file():
            return None
        folder = self.home / "data" / digest
        return self.memory.get(("imported", digest), lambda: Imported.open(folder))

    def checkpoint(self, spec: RunSpec, token: str | None = None) -> Checkpoint | None:
        """Return the card of a draft's checkpoint without the network, or None if unknown."""
        from core.checkpoints.find import inspect_checkpoint, resolve

        key = ("checkpoint", spec.checkpoint, spec.checkpoint_revision)
        known = self.memory.peek(key)
        if known is not None and known.folder is not None and known.folder.is_dir():
            return cast("Checkpoint", known)
        try:
            resolve(spec.checkpoint, self.home, spec.checkpoint_revision)
        except UserError:
            return cast("Checkpoint | None", known)
        found = inspect_checkpoint(
            spec.checkpoint, self.home, revision=spec.checkpoint_revision, token=token
        )
        self.memory.put(key, found)
        return found

    def remember(self, spec: RunSpec, card: Checkpoint) -> None:
        """Keep the card of a checkpoint that is not on this machine yet."""
        self.memory.put(("checkpoint", spec.checkpoint, spec.checkpoint_revision), card)

    def ask(self, method: str, spec: RunSpec, **params: Any) -> Any:
        """Ask the warm child about a spec; the same question again is answered from memory."""
        asked = _asked(spec)
        key = (method, asked, json.dumps(params, sort_keys=True))
        return self.memory.get(
            key, lambda: self.predictor.call(method, spec=json.loads(asked), **params)
        )

    def known(self, method: str, spec: RunSpec, **params: Any) -> Any:
        """Return the answer to a question that was asked before, else None."""
        return self.memory.peek((method, _asked(spec), json.dumps(params, sort_keys=True)))


def _asked(spec: RunSpec) -> str:
    """The part of a spec that rows and tokens depend on, as JSON."""
    data = spec.to_json()
    for name in ("name", "hyperparameters", "method", "method_options", "device", "devices"):
        data.pop(name)
    return json.dumps(data, sort_keys=True)


@dataclass(frozen=True)
class Visit:
    """One request of one visitor, as handlers see it."""

    services: Services
    visitor: str
    language: str

    @property
    def draft(self) -> Draft:
        """The visitor's draft as it is now."""
        return self.services.drafts.read(self.visitor)

    @property
    def spec(self) -> RunSpec:
        """The RunSpec in progress."""
        return self.draft.spec

    @property
    def token(self) -> str | None:
        """The pasted Hub token, if there is one."""
        token = self.services.tokens.get(self.visitor)
        return token.value if token else None

    def change(self, changes: dict[str, Any]) -> Draft:
        """Change the draft by dotted names (`max_length`, `hyperparameters.seed`, `page.run`)."""
        return self.services.drafts.change(self.visitor, changes)

    def say(self, key: str, **values: Any) -> str:
        """Say a sentence of the table in the visitor's language."""
        return sentence(self.language, key, **values)

    def run(self) -> Run | None:
        """Return the run that the visitor watches or tries."""
        return self.services.run(str(self.draft.page.get("run") or ""))
