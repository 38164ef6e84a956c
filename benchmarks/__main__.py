"""`python -m benchmarks [--quick]`: our figures beside what they are compared with."""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks import alignment, import_csv, page_start, training
from benchmarks.rows import ROOT

HOME = ROOT / ".venv" / "home"  # where `make test` puts the starter
WIDTHS = (52, 10, 10, 8)


def line(item: str, plain: str, ours: str, ratio: str, quality: str) -> None:
    """Print one line of the table."""
    cells = [f"{item:{WIDTHS[0]}}"]
    cells += [f"{cell:>{w}}" for cell, w in zip((plain, ours, ratio), WIDTHS[1:], strict=True)]
    print("".join(cells), quality, sep="  ", flush=True)


def show_alignment(quick: bool, home: Path) -> None:
    """Print the line of the alignment."""
    found = alignment.measure(3 if quick else 7, home)
    ratio = f"{found.ours / found.course:.1f}"
    quality = "ids and labels equal" if found.equal else "NOT EQUAL"
    line(found.title, f"{found.course:,.0f}", f"{found.ours:,.0f}", ratio, quality)


def show_training(quick: bool, home: Path) -> None:
    """Print the lines of the training: against the plain and the well-informed script."""
    found = training.measure(*((160, 100, 1) if quick else (1_200, 1_009, 1)), home)
    ours, f1 = found.speed["ours"], found.f1
    for way in ("plain", "well-informed"):
        line(
            found.title if way == "plain" else "  against group_by_length and bf16",
            f"{found.speed[way]:.1f}",
            f"{ours:.1f}",
            f"{ours / found.speed[way]:.2f}",
            f"F1 {f1[way]:.3f} and {f1['ours']:.3f}",
        )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rows: under two minutes")
    parser.add_argument("--home", type=Path, default=HOME, help="where the starter lies")
    flags = parser.parse_args()
    line("rows per CPU second, one thread", "plain", "ours", "ratio", "quality")
    show_alignment(flags.quick, flags.home)
    show_training(flags.quick, flags.home)
    print()
    page_start.main(1 if flags.quick else 5)
    import_csv.main(200_000 if flags.quick else import_csv.ROWS)


if __name__ == "__main__":
    main()
