"""The datasets in `examples/`, written for this project."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.spec import DatasetSpec

FOLDER = Path(__file__).parent.parent.parent / "examples"


@dataclass(frozen=True)
class Example:
    """A dataset that comes with the project."""

    name: str
    title: str
    description: str
    task: str
    dataset: DatasetSpec
    columns: dict[str, str]


def list_examples(folder: Path = FOLDER) -> list[Example]:
    """Return the examples whose files are there."""
    mail = Example(
        name="customer_mail",
        title="Customer mail",
        description=(
            "1,400 short pieces of customer mail in English with people, organisations, locations, "
            "products, order ids and dates."
        ),
        task="token-classification",
        dataset=DatasetSpec(
            files={
                split: (str(folder / "customer_mail" / f"{split}.conll"),)
                for split in ("train", "validation", "test")
            }
        ),
        columns={"tokens": "column_1", "labels": "column_2"},
    )
    return [example for example in (mail,) if _is_there(example)]


def _is_there(example: Example) -> bool:
    return all(Path(name).is_file() for names in example.dataset.files.values() for name in names)
