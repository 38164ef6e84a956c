"""The tasks, in the order of the menu."""

from __future__ import annotations

import difflib

from core.errors import UserError
from core.tasks.base import Task
from core.tasks.token_classification import TokenClassification

TASKS: tuple[Task, ...] = (TokenClassification(),)


def get_task(name: str) -> Task:
    """Return the task of this name, or raise a UserError that names the nearest one."""
    for task in TASKS:
        if task.name == name:
            return task
    names = [task.name for task in TASKS]
    near = difflib.get_close_matches(name, names, n=1)
    guess = f'Did you mean "{near[0]}"?' if near else f"Known: {', '.join(names)}."
    raise UserError(f'There is no task "{name}". {guess}', "Choose a task in step 1.")
