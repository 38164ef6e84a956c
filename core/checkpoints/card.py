"""The card of a checkpoint: what is known of it before anything is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from core.checkpoints.encoders import Shape, check_weights, longest, read_shape
from core.checkpoints.foreign import CHOOSE_ANOTHER, names_in, read_card, read_json, read_weights
from core.checkpoints.kinds import weight_paths
from core.checkpoints.tokenizer import Tokenizer, read_tokenizer
from core.errors import UserError
from core.findings import Finding

Source = Literal["starter", "hub", "folder", "run"]
MANY_LANGUAGES = 2


@dataclass(frozen=True)
class Checkpoint:
    """What the card of a checkpoint shows. Lengths are tokens, specials included."""

    name: str
    source: Source
    folder: Path | None  # None: not on this machine yet
    revision: str | None
    architecture: str
    model_type: str
    parameters: int | None
    layers: int
    hidden_size: int
    heads: int
    vocabulary_size: int
    max_length: int
    tokenizer: str
    lowercases: bool
    licence: str | None
    gated: bool
    download_bytes: int | None
    languages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        data = asdict(self)
        data["folder"] = str(self.folder) if self.folder else None
        return {**data, "languages": list(self.languages), "findings": list(data["findings"])}


def read_folder(folder: Path, name: str, source: Source, revision: str | None = None) -> Checkpoint:
    """Read the card of a checkpoint's folder: config, tokenizer and safetensors headers only.

    Raises:
        UserError: it is no text encoder with safetensors and word alignment that can be trained.
    """
    if not folder.is_dir():
        raise UserError(f"There is no folder {name}.", "Choose a folder that holds a checkpoint.")
    files = weight_paths(folder, name)
    config = read_json(folder / "config.json")
    shape = read_shape(config, name)
    tokenizer = read_tokenizer(folder, name)
    check_tokenizer(tokenizer, shape, name)
    weights = read_weights(files)
    check_weights(shape, weights, name)
    card = make_card(name, source, shape, tokenizer, read_card(folder))
    findings = (*card.findings, *weight_findings(weights.halves))
    return replace(
        card, folder=folder, revision=revision, parameters=weights.parameters, findings=findings
    )


def check_tokenizer(tokenizer: Tokenizer, shape: Shape, name: str) -> None:
    """Raise a UserError where the tokenizer makes ids that the model does not have."""
    if tokenizer.size is not None and tokenizer.size > shape.vocabulary_size:
        raise UserError(
            f"The tokenizer of {name} has {tokenizer.size} entries, its model only "
            f"{shape.vocabulary_size} (vocab_size).",
            CHOOSE_ANOTHER,
        )


def make_card(
    name: str, source: Source, shape: Shape, tokenizer: Tokenizer, card: Mapping[str, Any]
) -> Checkpoint:
    """Put a card together from the parts; `card` is the YAML head of the README."""
    licences = names_in(card.get("license"))
    languages = names_in(card.get("language"))
    return Checkpoint(
        name=name,
        source=source,
        folder=None,
        revision=None,
        architecture=shape.architecture,
        model_type=shape.model_type,
        parameters=None,
        layers=shape.layers,
        hidden_size=shape.hidden_size,
        heads=shape.heads,
        vocabulary_size=shape.vocabulary_size,
        max_length=longest(shape, tokenizer.model_max_length),
        tokenizer=tokenizer.kind,
        lowercases=tokenizer.lowercases,
        licence=licences[0][:60] if licences else None,
        gated=False,
        download_bytes=None,
        languages=tuple(language[:20] for language in languages[:200]),
        findings=_findings(shape, tokenizer, bool(licences), languages),
    )


def _findings(
    shape: Shape, tokenizer: Tokenizer, has_licence: bool, languages: tuple[str, ...]
) -> tuple[Finding, ...]:
    exact = f"{tokenizer.kind} subwords say which word they came from, so labels align exactly."
    findings = [Finding("ok", "Alignment", exact, "checkpoint")]
    if tokenizer.lowercases:
        text = 'It lower-cases text: "May" and "may" look the same to it.'
        findings.append(Finding("warn", "Upper and lower case", text, "checkpoint"))
    if not has_licence:
        text = "It names no licence. Find out whether you may use it before you publish."
        findings.append(Finding("warn", "Licence", text, "checkpoint"))
    if 0 < len(languages) < MANY_LANGUAGES and languages[0] not in ("multilingual", "mul"):
        text = f"Made for one language ({languages[0][:20]}); other languages train poorly with it."
        findings.append(Finding("ok", "Language", text, "checkpoint"))
    if shape.architecture.endswith("ForTokenClassification"):
        text = "It has a token classification head; a new one is trained for your labels."
        findings.append(Finding("ok", "Head", text, "checkpoint"))
    return tuple(findings)


def weight_findings(halves: list[str]) -> tuple[Finding, ...]:
    """Say what happens with weights in half precision."""
    if not halves:
        return ()
    text = f"Stored in half precision ({', '.join(halves)}); loaded and trained as float32."
    return (Finding("ok", "Precision", text, "checkpoint"),)
