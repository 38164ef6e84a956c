"""The house is as the README draws it: directions of imports, sizes, tree, tasks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from core.tasks import TASKS
from tests.conftest import ROOT

PRODUCT = sorted([ROOT / "app.py", *ROOT.glob("core/**/*.py"), *ROOT.glob("ui/**/*.py")])
HEAVY = ("torch", "transformers", "datasets", "evaluate", "pyarrow", "sklearn", "huggingface_hub")
BROAD_EXCEPTS = {"ui/handlers.py", "core/training/worker.py", "core/inference/predictor.py"}
BROAD_EXCEPTS |= {"core/data/unpickle.py"}
UNPICKLES = "core/data/unpickle.py"  # the one file that may, on the command line only


def imports(path: Path, *, top_level_only: bool = False) -> set[str]:
    """The dotted names that a file imports."""
    tree = ast.parse(path.read_text("utf-8"))
    found: set[str] = set()
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found


def of(package: str, names: set[str]) -> set[str]:
    return {name for name in names if name == package or name.startswith(package + ".")}


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_one_way(path: Path) -> None:
    place, found = path.relative_to(ROOT).parts[0], imports(path)
    if place == "core":
        assert not of("gradio", found) | of("ui", found) | of("app", found)
    if place == "ui":
        assert not of("app", found)
        for package in ("torch", "transformers", "datasets"):
            assert not of(package, found), f"ui must not import {package}"
    assert not of("core.training.worker", found), "the worker is started by module name"


@pytest.mark.parametrize("path", sorted(ROOT.glob("ui/steps/*.py")), ids=lambda path: path.name)
def test_a_step_never_imports_another_step(path: Path) -> None:
    assert not {name for name in of("ui.steps", imports(path)) if name != "ui.steps"}


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_short(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 350
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            limit = 80 if node.name == "build" else 50
            assert (node.end_lineno or 0) - node.lineno < limit, f"{path.name}: {node.name}"


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_broad_excepts_stand_in_the_named_places_only(path: Path) -> None:
    if str(path.relative_to(ROOT)) not in BROAD_EXCEPTS:
        assert not re.search(r"except( Exception| BaseException)?( as \w+)?:", path.read_text())


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_dangerous_is_called(path: Path) -> None:
    text = path.read_text("utf-8")
    if str(path.relative_to(ROOT)) != UNPICKLES:
        assert not re.search(r"read_pickle\(|\bpickle\.Unpickler", text)
    for pattern in (
        r"trust_remote_code\s*=\s*True",
        r"\bpickle\.loads?\(",
        r"shell\s*=\s*True",
        r"torch\.(load|save)\(",
        r"hub_token",
        r"(?<![.\w])eval\(",
    ):
        assert not re.search(pattern, text), pattern


def test_page_process_imports_nothing_heavy() -> None:
    code = "import app, ui.layout, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    bare = subprocess.run(
        [sys.executable, "-c", "import gradio, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    ours = {name.partition(".")[0] for name in set(loaded) - set(bare)}
    assert not ours & set(HEAVY)


def readme() -> str:
    return (ROOT / "README.md").read_text("utf-8")


def test_readme_tree_is_true() -> None:
    """Every file the tree names exists, and every product file is named."""
    block = re.search(r"## The tree.*?```\n(.*?)```", readme(), re.DOTALL)
    assert block, "README has no tree"
    named: set[str] = set()
    parents: list[str] = []
    for line in block.group(1).splitlines():
        match = re.match(r"^((?:  )*)(\S+)  +\S", line)
        assert match, f"no phrase: {line!r}"
        depth, name = len(match.group(1)) // 2, match.group(2)
        parents[depth:] = [name.rstrip("/")]
        named.add("/".join(parents))
        assert (ROOT / "/".join(parents)).exists(), f"{name} does not exist"
    files = {str(path.relative_to(ROOT)) for path in PRODUCT if path.name != "__init__.py"}
    assert not files - named, "missing in the README's tree"


def test_readme_task_table_is_true() -> None:
    for task in TASKS:
        assert f"| {task.name} |" in readme()
        for column in task.columns:
            assert f"`{column.role}`" in readme()


def test_every_task_file_is_registered() -> None:
    registered = {type(task).__module__ for task in TASKS}
    for path in ROOT.glob("core/tasks/*.py"):
        if (
            "class " in path.read_text()
            and "def score(" in path.read_text()
            and path.stem != "base"
        ):
            assert f"core.tasks.{path.stem}" in registered


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_dependency_says_why_and_has_bounds(name: str) -> None:
    for line in (ROOT / name).read_text().splitlines():
        if line and not line.startswith(("#", "-r")):
            requirement, _, reason = line.partition("  # ")
            assert reason, line
            assert "==" in requirement or ("<" in requirement and ">=" in requirement), line
