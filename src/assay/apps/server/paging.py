"""Paging: ``?page=1&limit=50`` in, one page of views out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, TypeVar

from fastapi import Depends, Query

from assay.core.ports import Listing, Page
from assay.core.wire.rest import PageView


MAX_LIMIT = 1000
N = TypeVar("N")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is wanted; pages count from 1."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        """How many items come before the page."""
        return (self.page - 1) * self.limit

    def listing(
        self, *, project: str, search: str | None = None, sort: str | None = None
    ) -> Listing:
        """Return what a store understands."""
        asked = Listing(
            project=project, search=search or None, offset=self.offset, limit=self.limit
        )
        return asked if sort is None else replace(asked, sort=sort)

    def view(self, page: Page[N], view: Callable[[N], V]) -> PageView[V]:
        """Return the page with each item as its view."""
        return self.views([view(item) for item in page.items], total=page.total)

    def views(self, items: Sequence[V], *, total: int) -> PageView[V]:
        """Return the page with these views."""
        return PageView(items=list(items), page=self.page, limit=self.limit, total=total)


def paging(
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
) -> Paging:
    """Return the wanted page from the query."""
    return Paging(page, limit)


Paged = Annotated[Paging, Depends(paging)]
Search = Annotated[str | None, Query(max_length=500, description="Part of a name or an id.")]
