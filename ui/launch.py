"""From the button Start to a worker: fetch what is missing, make the run, launch it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from pathlib import Path

from core.errors import UserError
from core.spec import RunSpec
from ui.handlers import logged
from ui.services import Visit
from ui.starts import Progress


def begin(visit: Visit) -> bool:
    """Begin to start a run of the draft; False where one is being started already."""
    spec = visit.spec
    if spec.dataset.is_empty:
        raise UserError(visit.say("train_no_data"), visit.say("train_no_data_hint"))
    visitor, services, token = visit.visitor, visit.services, visit.token
    key = secrets.token_hex(8)

    def work(progress: Progress, cancelled: Callable[[], bool]) -> str:
        from core.runs.launcher import launch, prepare_run

        fetch(visit, spec, progress, cancelled)
        progress("prepare", 0, 0)
        run = prepare_run(spec, services.home, services.runs, token=token, key=key)
        launch(run)
        changes = {"page.run": run.id, "page.view": "watch", "name": None}
        services.drafts.change(visitor, changes)
        return run.id

    return services.starts.begin(visitor, logged(work, visit.language))


def fetch(visit: Visit, spec: RunSpec, progress: Progress, cancelled: Callable[[], bool]) -> None:
    """Download the checkpoint if it is a Hub id that is not on this machine."""
    from core.checkpoints.find import inspect_checkpoint

    known = visit.services.checkpoint(spec)
    if known is not None and known.folder is not None:
        return
    progress("download", 0, 0)
    card = inspect_checkpoint(
        spec.checkpoint,
        visit.services.home,
        revision=spec.checkpoint_revision,
        token=visit.token,
    )
    if card.folder is None:
        from core.checkpoints.hub import download

        download(
            spec.checkpoint,
            revision=spec.checkpoint_revision,
            token=visit.token,
            on_progress=lambda done, total: progress("download", done, total),
            cancelled=cancelled,
        )


def suggested_name(visit: Visit) -> str:
    """Return a name for the next run: the data's name and a number that is free."""
    from core.runs.folder import list_runs

    imported = visit.services.imported(visit.spec)
    source = str(visit.draft.page.get("data_name") or "")
    if not source and imported is not None and imported.sources:
        source = imported.sources[0]
    stem = (
        re.sub(r"[^\w-]+", "-", Path(source).stem, flags=re.UNICODE).strip("-").lower()[:40]
        or "run"
    )
    taken = {str(run.details().get("name")) for run in list_runs(visit.services.runs)}
    number = 1
    while f"{stem}-{number}" in taken:
        number += 1
    return f"{stem}-{number}"
