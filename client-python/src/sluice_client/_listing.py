from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


class Listing(Generic[Item]):
    """A list that is asked for page by page, as it is read: ``for key in sluice.keys.list()``.

    Nothing is asked before the first is wanted, and nothing behind the one where the reader stopped.
    """

    def __init__(self, ask: Callable[[str | None], dict[str, Any]], cursor: str | None) -> None:
        self._ask = ask
        self._from = cursor

    def __iter__(self) -> Iterator[Item]:
        for page in self.pages():
            yield from page["data"]

    def pages(self) -> Iterator[dict[str, Any]]:
        """Each page as it was answered: ``data``, and ``next``, the cursor of the page behind it or None."""
        cursor = self._from
        while True:
            page = self._ask(cursor)
            yield page
            cursor = page["next"]
            if cursor is None:
                return

    def first_page(self) -> dict[str, Any]:
        """The first page alone."""
        return self._ask(self._from)
