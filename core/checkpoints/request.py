"""One question to the Hub with a time limit; its client sets none, or tries for long."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.checkpoints.names import endpoint


def get_json(path: str, token: str | None, parameters: Mapping[str, Any] | None = None) -> Any:
    """Return the JSON at a path of the Hub; raises what the Hub's client raises.

    Args:
        path: such as "/api/whoami-v2".
        token: the person's token; None: this machine's login, where it has one.
        parameters: of the query.
    """
    from huggingface_hub import constants
    from huggingface_hub.utils import build_hf_headers, get_session, hf_raise_for_status

    answer = get_session().get(
        endpoint() + path,
        params=dict(parameters or {}),
        headers=build_hf_headers(token=token),
        timeout=constants.HF_HUB_ETAG_TIMEOUT,
    )
    hf_raise_for_status(answer)
    return answer.json()
