from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class PlaceProblem(NamedTuple):
    """One place of a request that is wrong."""

    path: str
    message: str


class SluiceProblem(Exception):
    """What the gateway refused: the problem details (RFC 9457) of its answer.

    ``code`` is a row of the gateway's table of faults, and ``unknown`` where the answer was not its own.
    """

    def __init__(self, status: int, body: Any, headers: Mapping[str, str], retry_after: float | None) -> None:
        told: Mapping[str, Any] = body if isinstance(body, dict) else {}
        super().__init__(str(told.get("detail") or told.get("title") or f"The gateway answered {status}."))
        self.status = status
        self.code = str(told.get("code") or "unknown")
        self.title = str(told.get("title") or "")
        self.errors = [
            PlaceProblem(str(each.get("path")), str(each.get("message")))
            for each in told.get("errors") or []
            if isinstance(each, dict)
        ]
        self.request_id: str | None = told.get("instance") or headers.get("x-sluice-request-id")
        #: Seconds.
        self.retry_after = retry_after


class SluiceUnreachable(Exception):
    """No answer came, or none that could be read; ``__cause__`` is what the system said."""
