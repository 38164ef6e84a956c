"""The list of checkpoints and the card of the chosen one, as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from core.training.devices import likely_bf16
from core.training.memory import estimate_bytes, machine_memory
from ui.figures import count, size
from ui.markup import empty, facts, marks, meter, pick, table
from ui.services import Visit

if TYPE_CHECKING:
    from core.checkpoints.card import Checkpoint
    from core.checkpoints.hub import Found

TIGHT = 0.7  # share of the machine's memory from which on a training is called tight
LONG_NAME = 48


def fit_state(share: float) -> str:
    """Say how well a share of the machine's memory fits.

    >>> fit_state(0.2), fit_state(0.8), fit_state(1.2)
    ('ok', 'warn', 'bad')
    """
    if share > 1:
        return "bad"
    return "warn" if share > TIGHT else "ok"


def _fit(visit: Visit, need: int | None) -> str:
    if need is None:
        return "–"
    state = fit_state(need / machine_memory()[1])
    return f'<span class="fr-fit is-{state}">{escape(visit.say(f"checkpoint_fit_{state}"))}</span>'


def need_of(visit: Visit, card: Checkpoint) -> int:
    """Return the bytes that training a checkpoint takes with the draft's settings."""
    spec = visit.spec
    settings = spec.hyperparameters
    length = min(spec.max_length, card.max_length)
    half = settings.bf16 and likely_bf16(spec.device)
    return estimate_bytes(card, settings.per_device_train_batch_size, length, spec.method, half)


def _rough_need(visit: Visit, parameters: int | None) -> int | None:
    """Guess the need of a checkpoint of which only the size is known, by the usual shapes."""
    if parameters is None:
        return None
    from core.checkpoints.card import Checkpoint

    shapes = ((40e6, 6, 384), (120e6, 12, 768), (320e6, 12, 768), (800e6, 24, 1024))
    layers, hidden = next(((a, b) for most, a, b in shapes if parameters < most), (32, 2048))
    shape = Checkpoint(
        name="",
        source="hub",
        folder=None,
        revision=None,
        architecture="",
        model_type="",
        parameters=parameters,
        layers=layers,
        hidden_size=hidden,
        heads=hidden // 64,
        vocabulary_size=0,
        max_length=visit.spec.max_length,
        tokenizer="",
        lowercases=False,
        licence=None,
        gated=False,
        download_bytes=None,
    )
    return need_of(visit, shape)


def _name_cell(name: str, note: str, chosen: bool) -> str:
    return (
        f'<button type="button" class="fr-pick" data-pick="{escape(name)}" '
        f'aria-pressed="{str(chosen).lower()}"><bdi>{escape(name)}</bdi></button>'
        f"<small>{escape(note)}</small>"
    )


def _languages(visit: Visit, languages: Sequence[str]) -> str:
    if len(languages) > 3:
        return visit.say("checkpoint_several_languages", count=len(languages))
    return ", ".join(languages)


def _licence(visit: Visit, licence: str | None, gated: bool) -> str:
    parts = [licence or visit.say("checkpoint_no_licence")]
    if gated:
        parts.append(visit.say("checkpoint_gated"))
    return ", ".join(parts)


def _note(visit: Visit, item: Found | Checkpoint) -> str:
    parts = [_languages(visit, item.languages), _licence(visit, item.licence, item.gated)]
    return " · ".join(part for part in parts if part)


def found_table(visit: Visit, found: Iterable[Found]) -> str:
    """Return what a search of the Hub found."""
    rows = [
        (
            _name_cell(item.id, _note(visit, item), item.id == visit.spec.checkpoint),
            count(item.parameters) if item.parameters else "–",
            count(item.downloads),
            f"{item.likes:,}",
            _fit(visit, _rough_need(visit, item.parameters)),
        )
        for item in found
    ]
    if not rows:
        return empty(visit.say("checkpoint_none_found"), visit.say("checkpoint_none_found_hint"))
    names = ("name", "parameters", "downloads", "likes", "memory")
    return _choices(visit, names, rows, (1, 2, 3))


def local_table(visit: Visit, cards: Iterable[Checkpoint]) -> str:
    """Return the checkpoints that are on this machine."""
    rows = [
        (
            _name_cell(card.name, _note(visit, card), card.name == visit.spec.checkpoint),
            count(card.parameters) if card.parameters else "–",
            f"{card.max_length:,}",
            _fit(visit, need_of(visit, card)),
        )
        for card in cards
    ]
    if not rows:
        return empty(visit.say("checkpoint_none_here"), visit.say("checkpoint_none_here_hint"))
    return _choices(visit, ("name", "parameters", "length", "memory"), rows, (1, 2))


def _choices(
    visit: Visit, names: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[int]
) -> str:
    head = [visit.say(f"checkpoint_col_{name}") for name in names]
    caption = visit.say("checkpoint_list", task=visit.say(f"task_{visit.spec.task}"))
    return (
        '<div class="fr-results">'
        + table(head, rows, caption, numeric=numeric, cls="fr-choose")
        + "</div>"
    )


def shown_name(visit: Visit, name: str) -> str:
    """Return a checkpoint's name as a title; the end of a long path says more than its start."""
    if name == "starter":
        return visit.say("checkpoint_starter_name")
    return name if len(name) <= LONG_NAME else "…" + name[-LONG_NAME:]


def card_html(visit: Visit, card: Checkpoint) -> str:
    """Return the card of the chosen checkpoint."""
    tokenizer = visit.say("card_tokenizer_text", kind=card.tokenizer, entries=card.vocabulary_size)
    if card.lowercases:
        tokenizer += ", " + visit.say("card_lowercases")
    access = visit.say("checkpoint_gated" if card.gated else "checkpoint_open_access")
    licence = card.licence or visit.say("checkpoint_no_licence")
    pairs = [
        (visit.say("card_architecture"), card.architecture),
        (visit.say("card_parameters"), count(card.parameters) if card.parameters else "–"),
        (
            visit.say("card_shape"),
            visit.say(
                "card_shape_text", layers=card.layers, hidden=card.hidden_size, heads=card.heads
            ),
        ),
        (visit.say("card_length"), visit.say("card_tokens", tokens=card.max_length)),
        (visit.say("card_tokenizer"), tokenizer),
        (visit.say("card_languages"), _languages(visit, card.languages)),
        (visit.say("card_licence"), f"{licence}, {access}" if card.source == "hub" else licence),
        (visit.say("card_place"), _place(visit, card)),
    ]
    if card.source == "hub" and card.revision:
        pairs.append((visit.say("card_revision"), card.revision[:12]))
    return (
        f'<h3 class="fr-h"><bdi>{escape(shown_name(visit, card.name))}</bdi></h3>'
        + facts([pair for pair in pairs if pair[1]])
        + _memory(visit, card)
        + marks(
            [(item.state, f"{item.title}:", escape(item.text)) for item in card.findings],
            visit.say,
        )
    )


def _place(visit: Visit, card: Checkpoint) -> str:
    if card.folder is not None:
        return visit.say("card_here")
    return visit.say("card_to_fetch", size=size(card.download_bytes or 0))


def _memory(visit: Visit, card: Checkpoint) -> str:
    need, (free, total) = need_of(visit, card), machine_memory()
    spec = visit.spec
    text = visit.say(
        "card_memory_text",
        need=size(need),
        total=size(total),
        batch=spec.hyperparameters.per_device_train_batch_size,
        length=min(spec.max_length, card.max_length),
    )
    state = fit_state(need / total)
    note = ""
    if state == "bad":
        note = visit.say("card_memory_over")
    elif need > free:
        note = visit.say("card_memory_busy", free=size(free))
    more = f'<p class="fr-fit is-{"bad" if state == "bad" else "warn"}">{escape(note)}</p>'
    return (
        f'<h4 class="fr-h4">{escape(visit.say("card_memory"))}</h4>'
        + meter(need / total, text, state)
        + (more if note else "")
    )


def no_card(visit: Visit) -> str:
    """Return what stands in the card's place before one is chosen."""
    return empty(visit.say("card_none"), visit.say("card_none_text"))


def unknown_card(visit: Visit, name: str) -> str:
    """Return what is shown of a chosen checkpoint that nobody has looked up yet."""
    return (
        f'<h3 class="fr-h"><bdi>{escape(shown_name(visit, name))}</bdi></h3>'
        f'<p class="fr-lead">{escape(visit.say("card_unknown"))}</p>'
        f"<p>{pick(name, visit.say('checkpoint_look_up'))}</p>"
    )


def starter_html(visit: Visit, here: bool) -> str:
    """Return the one line of the starter, or where to get it."""
    if not here:
        return empty(
            visit.say("checkpoint_starter_missing"), visit.say("checkpoint_starter_missing_text")
        )
    chosen = visit.spec.checkpoint == "starter"
    row = (
        f'<button type="button" class="fr-pick" data-pick="starter" '
        f'aria-pressed="{str(chosen).lower()}">{escape(visit.say("checkpoint_starter_name"))}'
        f"</button><small>{escape(visit.say('checkpoint_starter_text'))}</small>"
    )
    return _choices(visit, ("name",), [(row,)], ())
