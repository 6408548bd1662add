from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Answer(dict[str, Any]):
    """The object that an answer holds, with what was told beside it."""

    etag: str | None = None
    request_id: str | None = None


def etag_of(answer: Mapping[str, Any]) -> str | None:
    """The version of an object that this client has read: ``if_match`` takes it. None for copies."""
    return answer.etag if isinstance(answer, Answer) else None


def request_id_of(answer: Mapping[str, Any]) -> str | None:
    """The id under which the gateway's log and audit know the request that got this answer."""
    return answer.request_id if isinstance(answer, Answer) else None
