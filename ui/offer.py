"""What step 5 shows for a run: its results, its card, the checks before publishing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from core.errors import UserError
from ui import waiting
from ui.figures import size
from ui.markup import empty, marks, title
from ui.parts.share import LICENCES, Parts
from ui.render import (
    SPLITS,
    metadata_html,
    names_of,
    no_scores,
    prediction_html,
    scores_html,
)
from ui.render import card_parts as parts_of_card
from ui.services import Visit

if TYPE_CHECKING:
    from core.runs.folder import Run

PUBLISH = "share-publish"


@dataclass(frozen=True)
class Place:
    """Where and how a run is to be published, as typed."""

    namespace: str
    repo_id: str
    private: bool
    licence: str
    language: str

    @property
    def full_name(self) -> str:
        """The repository's id; a name with an owner wins over the chosen owner."""
        name = self.repo_id.strip()
        return name if "/" in name or not self.namespace else f"{self.namespace}/{name}"


# --- what the draft says -----------------------------------------------------------------------


def choices(visit: Visit) -> dict[str, Any]:
    """Return the choices of this step that are no part of a run."""
    return dict(visit.draft.page.get("share") or {})


def has_model(run: Run) -> bool:
    """Say whether a run left a model."""
    return (run.model / "config.json").is_file()


def tried_run(visit: Visit) -> Run | None:
    """Return the chosen run, else the newest one with a model."""
    from core.runs.folder import list_runs

    chosen = visit.run()
    if chosen is not None:
        return chosen
    return next((run for run in list_runs(visit.services.runs) if has_model(run)), None)


def name_of(run: Run) -> str:
    """Return what a run is called."""
    return str(run.details().get("name") or run.id)


def labels_of(run: Run) -> list[str]:
    """Return the names of the labels of a run's model."""
    config = json.loads((run.model / "config.json").read_text("utf-8"))
    return names_of((config.get("id2label") or {}).values())


def place_of(visit: Visit, run: Run) -> Place:
    """Return where the draft says to publish; the first proposal comes from the run."""
    from core.sharing.card import proposed_licence

    kept, token = choices(visit), visit.services.tokens.get(visit.visitor)
    known = [token.owner, *token.organisations] if token else []
    namespace = str(kept.get("namespace") or "")
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name_of(run)).strip("-.") or "model"
    return Place(
        namespace=namespace if namespace in known else (known[0] if known else ""),
        repo_id=str(kept.get("repo_id") or slug),
        private=kept.get("private") is not False,
        licence=str(kept.get("licence") or proposed_licence(run) or ""),
        language=str(kept.get("language") or ""),
    )


# --- what is shown -----------------------------------------------------------------------------


def without_model(visit: Visit, parts: Parts, run: Run | None) -> dict[Any, Any]:
    """Return what stands here before there is a model."""
    if run is None:
        said = (visit.say("share_none"), visit.say("share_none_text"))
    else:
        name = visit.say("share_not_yet", name=name_of(run))
        said = (name, visit.say("share_not_yet_text"))
    shown = empty(*said, "train", visit.say("share_go_train"))
    return {parts.nothing: gr.HTML(shown, visible=True), parts.views: gr.Column(visible=False)}


def view(visit: Visit, parts: Parts, run: Run) -> dict[Any, Any]:
    """Return everything that needs neither the model nor a network."""
    name, kept = name_of(run), choices(visit)
    metrics, labels = run.metrics(), labels_of(run)
    scores = {split: scores_html(visit, metrics, labels, split) for split in SPLITS}
    if not any(scores.values()):
        scores["test"] = no_scores(visit)
    return {
        parts.nothing: gr.HTML(visible=False),
        parts.views: gr.Column(visible=True),
        parts.try_title: title(visit.say("share_try_name", name=name), level=2),
        parts.publish_title: title(visit.say("share_publish_name", name=name), level=2),
        parts.text: str(kept.get("text") or ""),
        parts.aggregation: kept.get("aggregation") or "first",
        parts.result: result_html(visit, run),
        **{
            getattr(parts, split): gr.HTML(shown, visible=bool(shown))
            for split, shown in scores.items()
        },
        **publish_view(visit, parts, run),
    }


def keep_answer(visit: Visit, run: Run, answer: dict[str, Any]) -> None:
    """Keep a prediction in memory, so that it is still there when the step is opened again."""
    visit.services.memory.put(("answer", visit.visitor), (run.id, answer))


def result_html(visit: Visit, run: Run) -> str:
    """Return the last prediction of this run, or what stands where one will be."""
    run_id, answer = visit.services.memory.peek(("answer", visit.visitor)) or ("", {})
    if run_id == run.id:
        return prediction_html(visit, answer, labels_of(run))
    return empty(visit.say("share_waiting"), visit.say("share_waiting_text"))


def publish_view(visit: Visit, parts: Parts, run: Run) -> dict[Any, Any]:
    """Return the form of the publish view, without asking the Hub."""
    place, token = place_of(visit, run), visit.services.tokens.get(visit.visitor)
    known = [token.owner, *token.organisations] if token else []
    busy = waiting.is_busy(visit, PUBLISH)
    total = sum(path.stat().st_size for path in _files(run))
    link = (
        f'<a id="share-download" class="fr-small" href="download/{run.id}/model.zip" download>'
        f"{visit.say('share_download', size=size(total))}</a>"
    )
    licences = list(dict.fromkeys([*LICENCES, *([place.licence] if place.licence else [])]))
    return {
        parts.namespace: gr.Dropdown(
            choices=known, value=place.namespace or None, visible=bool(known)
        ),
        parts.repo_id: place.repo_id,
        parts.private: place.private,
        parts.licence: gr.Dropdown(choices=licences, value=place.licence or None),
        parts.language: place.language,
        parts.progress: "",
        parts.publish: gr.Button(visible=not busy),
        parts.cancel: gr.Button(visible=busy),
        parts.download: link,
    }


def _files(run: Run) -> list[Any]:
    from core.sharing.export import model_files

    return model_files(run)


def card_view(visit: Visit, parts: Parts, run: Run) -> dict[Any, Any]:
    """Return the preview of the card."""
    files = _files(run)
    total = sum(path.stat().st_size for path in files)
    note = visit.say("share_card_note", files=len(files) + 2, size=size(total))
    head, body = parts_of_card(card_of(visit, run, place_of(visit, run)))
    return {
        parts.card_title: title(visit.say("share_card"), note),
        parts.card: body,
        parts.metadata: metadata_html(visit, head),
    }


def card_of(visit: Visit, run: Run, place: Place) -> str:
    """Return the card as it would be published."""
    from core.sharing.card import model_card

    scored = run.path / "metrics.json"
    stamp = scored.stat().st_mtime_ns if scored.is_file() else 0
    key = ("card", run.id, stamp, place.full_name, place.licence, place.language)
    return visit.services.memory.get(
        key,
        lambda: model_card(run, place.full_name, place.licence or None, place.language or None),
    )


def checks_html(visit: Visit, place: Place) -> str:
    """Return the checks before publishing; with a token the Hub is asked."""
    lines = [("ok", visit.say("check_private"), visit.say("check_private_text"))]
    if not place.licence:
        lines.append(("warn", visit.say("check_licence"), visit.say("check_licence_text")))
    if not place.language:
        lines.append(("warn", visit.say("check_language"), visit.say("check_language_text")))
    lines += _hub_checks(visit, place)
    return marks(lines, visit.say)


def _hub_checks(visit: Visit, place: Place) -> list[tuple[str, str, str]]:
    from html import escape

    from core.sharing.publish import check_publish

    if visit.token is None:
        return [("wait", visit.say("check_token"), visit.say("check_token_text"))]
    try:
        found = check_publish(place.full_name, private=place.private, token=visit.token)
    except UserError as error:
        return [("bad", error.message, escape(error.hint))]
    return [(item.state, f"{item.title}:", escape(item.text)) for item in found]
