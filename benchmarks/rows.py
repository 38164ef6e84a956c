"""The rows that the figures are measured on: real ones where they are here, else the example's."""

from __future__ import annotations

from pathlib import Path

from benchmarks.plain.token_classification import Row, read_conll

ROOT = Path(__file__).parent.parent
NER = ROOT.parent / "shared" / "data" / "ner"
MAIL = ROOT / "examples" / "customer_mail"
ALIGNED = ("wnut17/*.*", "ncbi_disease_bio/*.tsv", "wikigold/*.txt", "re3d/*.conll")


def training_files() -> tuple[str, Path, Path]:
    """Return the name of the dataset, its training and its validation file."""
    wnut = NER / "wnut17"
    if wnut.is_dir():
        return "WNUT-17", wnut / "wnut17train.conll", wnut / "emerging.dev.conll"
    return "customer mail", MAIL / "train.conll", MAIL / "validation.conll"


def aligned_rows() -> tuple[str, list[Row]]:
    """Return all rows with IOB tags that are here, and what to call them."""
    files = [path for names in ALIGNED for path in sorted(NER.glob(names))]
    files = files or sorted(MAIL.glob("*.conll"))
    rows = [row for path in files for row in read_conll(path)]
    return f"{len(rows):,} rows of {len({path.parent for path in files})} datasets", rows


def write_first(source: Path, count: int, target: Path, like: Path | None = None) -> int:
    """Write the first rows of a CoNLL file to another; with `like`, only those with its labels."""
    rows = read_conll(source)
    if like is not None:
        known = {tag for _, tags in read_conll(like) for tag in tags}
        rows = [row for row in rows if known.issuperset(row[1])]
    kept = rows[:count]
    lines = ("".join(f"{word}\t{tag}\n" for word, tag in zip(*row, strict=True)) for row in kept)
    target.write_text("\n".join(lines), "utf-8")
    return len(kept)
