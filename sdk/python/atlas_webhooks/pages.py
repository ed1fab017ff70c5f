"""Lists, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some entries of a list, and where to go on."""

    data: list[Item]
    next_cursor: str | None
    """None: there are no more."""


class Pages(Generic[Item]):
    """A list: iterating goes through all of it, page by page. Nothing is asked for before that."""

    def __init__(self, read: Callable[[str | None], dict[str, Any]]) -> None:
        """read: asks for the page after a cursor; None: for the first one, or the one that was asked for."""
        self._read = read

    def page(self) -> Page[Item]:
        """Give one page: the first, or the one that ``cursor`` asks for."""
        return self._page(None)

    def __iter__(self) -> Iterator[Item]:
        """Go through all entries."""
        page = self._page(None)
        yield from page.data
        while page.next_cursor is not None:
            page = self._page(page.next_cursor)
            yield from page.data

    def _page(self, cursor: str | None) -> Page[Item]:
        answer = self._read(cursor)
        return Page(answer["data"], answer["next_cursor"])
