"""Checkpoints of the Hugging Face Hub: search, card, download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from core.checkpoints.card import (
    Checkpoint,
    check_tokenizer,
    make_card,
    read_folder,
    weight_findings,
)
from core.checkpoints.encoders import ENCODERS, read_shape
from core.checkpoints.fetch import Progress, fetch_files
from core.checkpoints.foreign import CONFIG_BYTES, TOKENIZER_BYTES, names_in, parse_json
from core.checkpoints.hub_errors import hub_errors
from core.checkpoints.kinds import INDEX, check_kind, weight_files, weight_paths
from core.checkpoints.names import check_revision, repository_id
from core.checkpoints.request import get_json
from core.checkpoints.tokenizer import FILES as TOKENIZER_FILES
from core.checkpoints.tokenizer import describe_tokenizer
from core.errors import UserError

Kind = Literal["base", "finished"]
BASE_TAGS = ("fill-mask", "feature-extraction")
SIZES = {"small": "max:50M", "medium": "min:50M,max:200M", "large": "min:200M"}
EXPAND = ["downloads", "likes", "gated", "safetensors", "cardData", "config", "tags"]
EXTRA_FILES = ("special_tokens_map.json", "added_tokens.json", "README.md", "LICENSE")
SECONDS = 15.0


@dataclass(frozen=True)
class Found:
    """One line of the search's result."""

    id: str
    parameters: int | None
    downloads: int
    likes: int
    licence: str | None
    gated: bool
    languages: tuple[str, ...]
    model_type: str | None

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {**asdict(self), "languages": list(self.languages)}


@dataclass(frozen=True)
class Filters:
    """What a search is narrowed to; empty fields do not narrow."""

    language: str | None = None
    size: str | None = None
    licence: str | None = None

    def tags(self) -> list[str]:
        """Return the Hub's filter tags; only safetensors of transformers can be trained here."""
        tags = ["transformers", "safetensors"]
        if self.language:
            tags.append(self.language)
        if self.licence:
            tags.append(f"license:{self.licence}")
        return tags


def search(  # noqa: PLR0913 - one argument per filter of the page
    query: str,
    *,
    kind: Kind = "base",
    task: str = "token-classification",
    language: str | None = None,
    size: str | None = None,
    licence: str | None = None,
    token: str | None = None,
    limit: int = 20,
) -> list[Found]:
    """Search the Hub for checkpoints, most downloaded first.

    Args:
        query: words of the id; empty: the most downloaded ones.
        kind: encoders to train, or models already finished for the task.
        task: the task of finished models.
        language: code such as "en".
        size: one of `SIZES`.
        licence: the Hub's name of a licence such as "apache-2.0".
        token: the person's token; None: this machine's login, where it has one.
        limit: most results.

    Raises:
        UserError: the Hub cannot be reached or refuses.
    """
    filters = Filters(language, size, licence)
    tags = (task,) if kind == "finished" else BASE_TAGS
    found: dict[str, Found] = {}
    with hub_errors():
        # The client itself tries a search for 23 s before it gives up: ask for one model first.
        get_json("/api/models", token, {"limit": 1})
        for tag in tags:
            for item in _search_tag(query.strip(), tag, filters, token, limit):
                found.setdefault(item.id, item)
    return sorted(found.values(), key=lambda item: -item.downloads)[:limit]


def _search_tag(
    query: str, tag: str, filters: Filters, token: str | None, limit: int
) -> list[Found]:
    from huggingface_hub import HfApi

    models = HfApi(token=token).list_models(
        search=query or None,
        pipeline_tag=tag,
        filter=filters.tags(),
        num_parameters=SIZES.get(filters.size or ""),
        sort="downloads",
        limit=2 * limit,  # some are dropped below
        expand=EXPAND,
    )
    return [_found(model) for model in models if _fits(model)]


def _fits(model: Any) -> bool:
    """Whether the model's type can be trained here, as far as the Hub says what it is."""
    config = model.config if isinstance(model.config, Mapping) else {}
    model_type = config.get("model_type")
    return not config.get("auto_map") and (model_type is None or model_type in ENCODERS)


def _found(model: Any) -> Found:
    card = _card_of(model)
    licences = names_in(card.get("license")) or _tagged(model, "license:")
    config = model.config if isinstance(model.config, Mapping) else {}
    return Found(
        id=model.id,
        parameters=_parameters(model),
        downloads=model.downloads or 0,
        likes=model.likes or 0,
        licence=licences[0][:60] if licences else None,
        gated=bool(model.gated),
        languages=names_in(card.get("language"))[:200],
        model_type=config.get("model_type"),
    )


def _card_of(model: Any) -> dict[str, Any]:
    return model.card_data.to_dict() if model.card_data is not None else {}


def _tagged(model: Any, prefix: str) -> tuple[str, ...]:
    return tuple(tag.removeprefix(prefix) for tag in model.tags or () if tag.startswith(prefix))


def _parameters(model: Any) -> int | None:
    return model.safetensors.total if model.safetensors is not None else None


def inspect_repository(
    name: str, *, revision: str | None = None, token: str | None = None
) -> Checkpoint:
    """Return the card of a repository: from the local cache, else before anything is downloaded.

    A checkpoint that lies in the cache is read there, without any network, also when the Hub has a
    newer revision: what a person has chosen and downloaded stays what is trained.

    Raises:
        UserError: it does not exist, may not be read, or cannot be trained.
    """
    repo_id = repository_id(name)
    revision = check_revision(revision)
    folder = find_cached(repo_id, revision)
    if folder is not None:
        return read_folder(folder, repo_id, "hub", revision=folder.name)
    return _inspect_online(repo_id, revision, token)


def _inspect_online(repo_id: str, revision: str | None, token: str | None) -> Checkpoint:
    info = _info(repo_id, revision, token)
    sizes = {item.rfilename: item.size or 0 for item in info.siblings or ()}
    check_kind(sizes, repo_id)

    def content(file: str, limit: int = CONFIG_BYTES) -> dict[str, Any]:
        return _small_file(repo_id, file, sizes[file], limit, (revision, token))

    shape = read_shape(content("config.json"), repo_id)
    tokenizer = describe_tokenizer(
        [file for file in TOKENIZER_FILES if file in sizes],
        lambda file: content(file, TOKENIZER_BYTES),
        repo_id,
    )
    check_tokenizer(tokenizer, shape, repo_id)
    card = make_card(repo_id, "hub", shape, tokenizer, _card_of(info))
    folder = find_cached(repo_id, info.sha)
    types = list(info.safetensors.parameters) if info.safetensors is not None else []
    halves = weight_findings(sorted({"F16", "BF16"} & set(types)))
    needed = _needed_files(repo_id, list(sizes), (revision, token))
    return replace(
        card,
        folder=folder,
        revision=info.sha,
        parameters=_parameters(info),
        gated=bool(info.gated),
        download_bytes=0 if folder else sum(sizes[file] for file in needed),
        findings=(*card.findings, *halves),
    )


def _info(repo_id: str, revision: str | None, token: str | None) -> Any:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    api = HfApi(token=token)
    with hub_errors(repo_id):
        try:
            return api.model_info(repo_id, revision=revision, files_metadata=True, timeout=SECONDS)
        except RepositoryNotFoundError as error:
            other = None if isinstance(error, GatedRepoError) else _other_kind(api, repo_id)
            if other is None:
                raise
            raise UserError(
                f"{repo_id} is {other}; expected a model.",
                "Choose a model in step 1; datasets are chosen in step 2.",
            ) from error


def _other_kind(api: Any, repo_id: str) -> str | None:
    for kind, words in (("dataset", "a dataset"), ("space", "a Space")):
        if api.repo_exists(repo_id, repo_type=kind):
            return words
    return None


Access = tuple[str | None, str | None]  # revision and token


def _small_file(repo_id: str, file: str, size: int, limit: int, access: Access) -> dict[str, Any]:
    if size > limit:
        raise UserError(
            f"{file} of {repo_id} has {size / 1e6:.1f} MB; at most {limit / 1e6:g} MB are read.",
            "Choose another checkpoint in step 1.",
        )
    return parse_json(_fetch_small(repo_id, file, access), file, checked=file == "config.json")


def _fetch_small(repo_id: str, file: str, access: Access) -> bytes:
    from huggingface_hub import hf_hub_download

    revision, token = access
    with hub_errors(repo_id):
        path = hf_hub_download(repo_id, file, revision=revision, token=token, tqdm_class=_silent())
    return Path(path).read_bytes()


def _silent() -> Any:
    from huggingface_hub.utils import tqdm

    class Silent(tqdm):  # type: ignore[misc]
        """A progress bar that draws nothing."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            named.pop("name", None)
            super().__init__(*arguments, **{**named, "disable": True})

    return Silent


def _needed_files(repo_id: str, names: list[str], access: Access) -> list[str]:
    """Return the files that training needs: config, tokenizer, safetensors, licence."""
    index = _fetch_small(repo_id, INDEX, access) if INDEX in names else None
    weights = weight_files(names, index, repo_id)
    small = ["config.json", *TOKENIZER_FILES, *EXTRA_FILES, *([INDEX] if index else [])]
    return [*(file for file in small if file in names), *weights]


def download(
    hub_id: str,
    *,
    revision: str | None = None,
    token: str | None = None,
    on_progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Path:
    """Download what training needs of a repository into the Hub's cache; return the folder.

    Raises:
        UserError: it cannot be downloaded, arrived damaged, or was cancelled.
    """
    repo_id = repository_id(hub_id)
    revision = check_revision(revision)
    info = _info(repo_id, revision, token)
    siblings = {item.rfilename: item for item in info.siblings or ()}
    check_kind(siblings, repo_id)
    files = {
        file: (siblings[file].size or 0, siblings[file].lfs.sha256 if siblings[file].lfs else None)
        for file in _needed_files(repo_id, list(siblings), (revision, token))
    }
    folder = fetch_files(
        (repo_id, revision, info.sha), files, token, on_progress=on_progress, cancelled=cancelled
    )
    read_folder(folder, repo_id, "hub")  # sound, or a UserError before anybody builds on it
    return folder


def cached_folder(name: str, revision: str | None = None) -> Path:
    """Return the folder of a repository that lies complete in the Hub's local cache.

    Raises:
        UserError: it is not there.
    """
    repo_id = repository_id(name)
    folder = find_cached(repo_id, check_revision(revision))
    if folder is None:
        raise UserError(
            f"The checkpoint {repo_id} is not on this machine yet.", "Download it in step 1."
        )
    return folder


def find_cached(repo_id: str, revision: str | None) -> Path | None:
    """Return the folder of a complete checkpoint in the Hub's local cache, if it is there."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(repo_id, "config.json", revision=revision)
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    try:
        weight_paths(folder, repo_id)
    except UserError:
        return None
    return folder
