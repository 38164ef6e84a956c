"""The list of cleaning steps: a click fires `.select`, the focus stays with the step that moved."""

from __future__ import annotations

from typing import Any

from ui.components import script
from ui.markup import html


def cleaning_list(elem_id: str) -> Any:
    """Return the list."""
    return html(elem_id=elem_id, js_on_load=script("cleaning_list"))
