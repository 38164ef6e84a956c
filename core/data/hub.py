"""Datasets of the Hugging Face Hub: search, configs and splits, and their files.

Configs and splits come from the card's `configs`, else from the names of the files. The files are
read like uploads afterwards. A dataset that only a script can build is refused.
"""

from __future__ import annotations

import fnmatch
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from core.checkpoints.fetch import fetch_files
from core.checkpoints.hub_errors import hub_errors
from core.checkpoints.names import check_revision, endpoint, repository_id
from core.data.names import split_of
from core.errors import UserError
from core.spec import SPLITS, DatasetSpec

SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".conll", ".conllu", ".txt")
NO_DATA = ("dataset_infos.json", "dataset_dict.json", "state.json", "dataset_info.json")
SECONDS = 15.0
SEARCH_SECONDS = 8.0
CONVERTED = "refs/convert/parquet"  # the branch where the Hub keeps its own Parquet copy
Files = dict[str, dict[str, list[str]]]
"""Config to split to paths in the repository."""


@dataclass(frozen=True)
class Listing:
    """What a dataset's repository offers at one commit."""

    commit: str
    sizes: Mapping[str, tuple[int, str | None]]
    files: Files


def search_datasets(query: str, token: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """Search the Hub for datasets, most downloaded first; each has id, downloads, likes, gated.

    Raises:
        UserError: the Hub cannot be reached or refuses.
    """
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    wanted: dict[str, Any] = {"search": query.strip(), "sort": "downloads", "limit": limit}
    if not query.strip():
        wanted = {"filter": "task_categories:token-classification", **wanted}
    with hub_errors(kind="dataset"):
        answer = get_session().get(
            f"{endpoint()}/api/datasets",
            params={key: value for key, value in wanted.items() if value},
            headers=build_hf_headers(token=token),
            timeout=SEARCH_SECONDS,
        )
        hf_raise_for_status(answer)
        found = answer.json()
    return [
        {
            "id": item["id"],
            "downloads": item.get("downloads") or 0,
            "likes": item.get("likes") or 0,
            "gated": bool(item.get("gated")),
        }
        for item in found
    ]


def dataset_choices(
    hub_id: str, token: str | None = None, revision: str | None = None
) -> dict[str, Any]:
    """Return the configs, their splits, files and sizes in bytes, without a download.

    Raises:
        UserError: the dataset is missing, private, gated, or holds no file that is read here.
    """
    listing = _listing(hub_id, token, revision)
    return {
        "configs": list(listing.files),
        "splits": {config: list(splits) for config, splits in listing.files.items()},
        "files": listing.files,
        "size_bytes": {
            config: sum(listing.sizes[path][0] for paths in splits.values() for path in paths)
            for config, splits in listing.files.items()
        },
        "revision": listing.commit,
    }


def fetch_dataset(
    dataset: DatasetSpec,
    *,
    token: str | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    limit_bytes: int | None = None,
) -> dict[str, tuple[str, ...]]:
    """Download the files of a dataset's config; return their paths on this machine by split.

    Raises:
        UserError: a config must be chosen, it is too large, or the download fails.
    """
    hub_id = repository_id(dataset.hub_id or "")
    listing = _listing(hub_id, token, dataset.revision)
    config = _config(listing, dataset.config, hub_id)
    splits = _known_splits(listing.files[config], hub_id)
    wanted = {path: listing.sizes[path] for paths in splits.values() for path in paths}
    _check_size(sum(size for size, _ in wanted.values()), limit_bytes, hub_id)
    folder = fetch_files(
        (hub_id, check_revision(dataset.revision), listing.commit),
        wanted,
        token,
        on_progress=on_progress,
        cancelled=cancelled,
        repo_type="dataset",
    )
    return {split: tuple(str(folder / path) for path in paths) for split, paths in splits.items()}


def _check_size(total: int, limit: int | None, hub_id: str) -> None:
    room = _room() if limit is None else limit
    if total > room:
        raise UserError(
            f"The files of {hub_id} have {total / 1e6:,.1f} MB; there is room for "
            f"{room / 1e6:,.1f} MB.",
            "Choose a smaller config or dataset.",
        )


def _room() -> int:
    """Return the free bytes of the disk that holds the Hub's cache."""
    from huggingface_hub.constants import HF_HUB_CACHE

    cache = Path(HF_HUB_CACHE)
    there = next(folder for folder in (cache, *cache.absolute().parents) if folder.is_dir())
    return shutil.disk_usage(there).free


def _listing(hub_id: str, token: str | None, revision: str | None) -> Listing:
    from huggingface_hub import HfApi

    name = repository_id(hub_id)
    with hub_errors(name, kind="dataset"):
        info = HfApi(token=token).dataset_info(
            name, revision=check_revision(revision), files_metadata=True, timeout=SECONDS
        )
    siblings = {item.rfilename: item for item in info.siblings or ()}
    card = info.card_data.to_dict() if info.card_data else {}
    files = _files(list(siblings), card, name)
    used = {path for splits in files.values() for paths in splits.values() for path in paths}
    sizes = {
        path: (siblings[path].size or 0, siblings[path].lfs.sha256 if siblings[path].lfs else None)
        for path in sorted(used)
    }
    return Listing(str(info.sha), sizes, files)


def _files(paths: Sequence[str], card: Mapping[str, Any], hub_id: str) -> Files:
    """Sort the paths of a repository into configs and splits.

    >>> _files(["data/train-0.parquet", "data/test-0.parquet", "README.md"], {}, "a/b")
    {'default': {'train': ['data/train-0.parquet'], 'test': ['data/test-0.parquet']}}
    """
    data = [path for path in sorted(paths) if _is_data(path)]
    files = _from_card(card.get("configs"), data) or _from_names(data)
    if files:
        return files
    scripts = [path for path in paths if path.endswith(".py") and "/" not in path]
    if scripts:
        raise UserError(
            f"{hub_id} is built by a script ({scripts[0]}), and scripts of others are not run "
            "here.",
            f"Give the revision {CONVERTED}, where the Hub often keeps its files, or choose "
            "another dataset.",
        )
    raise UserError(
        f"{hub_id} holds no file that is read here; expected {', '.join(SUFFIXES)}.",
        "Choose another dataset.",
    )


def _is_data(path: str) -> bool:
    name = PurePosixPath(path).name
    hidden = any(part.startswith(".") for part in PurePosixPath(path).parts)
    return path.endswith(SUFFIXES) and name not in NO_DATA and not hidden


def _from_card(configs: Any, data: Sequence[str]) -> Files:
    """Read `configs` of the card: names, and patterns of files by split."""
    found: Files = {}
    for config in configs if isinstance(configs, list) else ():
        if not isinstance(config, dict):
            continue
        folder = str(config.get("data_dir") or "").strip("/")
        splits = {
            split: matched
            for split, patterns in _patterns(config.get("data_files"))
            if (matched := _matching(patterns, folder, data))
        }
        if not splits and folder:
            splits = _by_split([path for path in data if path.startswith(folder + "/")])
        if splits:
            found[str(config.get("config_name") or "default")] = splits
    return found


def _patterns(data_files: Any) -> list[tuple[str, list[str]]]:
    """Return (split, patterns) of `data_files`, in the forms that the Hub allows."""
    if isinstance(data_files, str):
        return [("train", [data_files])]
    if isinstance(data_files, dict):
        return [(str(split), _listed(paths)) for split, paths in data_files.items()]
    if not isinstance(data_files, list):
        return []
    if all(isinstance(item, str) for item in data_files):
        return [("train", list(data_files))]
    return [
        (str(item.get("split") or "train"), _listed(item.get("path")))
        for item in data_files
        if isinstance(item, dict)
    ]


def _listed(paths: Any) -> list[str]:
    return [str(path) for path in (paths if isinstance(paths, list) else [paths]) if path]


def _matching(patterns: Sequence[str], folder: str, data: Sequence[str]) -> list[str]:
    full = [f"{folder}/{pattern}" if folder else pattern.lstrip("./") for pattern in patterns]
    return [path for path in data if any(fnmatch.fnmatchcase(path, glob) for glob in full)]


def _from_names(data: Sequence[str]) -> Files:
    splits = _by_split(data)
    return {"default": splits} if splits else {}


def _by_split(data: Sequence[str]) -> dict[str, list[str]]:
    """Sort files by the split that their name or a folder says; what says nothing is train."""
    splits: dict[str, list[str]] = {}
    for path in data:
        said = [split for part in reversed(PurePosixPath(path).parts) if (split := split_of(part))]
        splits.setdefault(said[0] if said else "train", []).append(path)
    return {split: splits[split] for split in SPLITS if split in splits}


def _config(listing: Listing, wanted: str | None, hub_id: str) -> str:
    names = list(listing.files)
    if wanted is None and (len(names) == 1 or "default" in names):
        return names[0] if len(names) == 1 else "default"
    if wanted in names:
        return str(wanted)
    problem = "has several configs" if wanted is None else f"has no config '{wanted}'"
    raise UserError(
        f"{hub_id} {problem}; expected one of: {', '.join(names)}.", "Choose the config in step 2."
    )


def _known_splits(splits: Mapping[str, list[str]], hub_id: str) -> dict[str, list[str]]:
    """Return the files by our names of splits; a split of another name is left out."""
    known: dict[str, list[str]] = {}
    for name, paths in splits.items():
        split = name if name in SPLITS else split_of(name)
        if split and split not in known:
            known[split] = paths
    if "train" not in known and len(splits) == 1:
        return {"train": next(iter(splits.values()))}
    if "train" not in known:
        raise UserError(
            f"{hub_id} has no split 'train'. It has: {', '.join(splits)}.",
            "Choose another config or dataset in step 2.",
        )
    return known
