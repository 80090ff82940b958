"""The interface that all tables have, whatever holds their rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from poise.core.plan.plan import Plan
from poise.core.plan.values import Array
from poise.core.tables.blocks import Block, Matrix


class Table(Protocol):
    """The interface of all tables; `names` is None if the columns have no names."""

    @property
    def n_rows(self) -> int: ...
    @property
    def n_columns(self) -> int: ...
    @property
    def names(self) -> Sequence[Any] | None: ...
    @property
    def blocks(self) -> tuple[Block, ...]:
        """All columns, grouped by kind and dtype; InputError if a column cannot be searched."""
        ...

    @property
    def times(self) -> Array | None:
        """The time of each row as a number; None without a time column."""
        ...

    def known_numbers(self) -> tuple[list[Any], Matrix]:
        """Return the names (or positions) and values of the columns of numbers; NaN if missing."""
        ...

    def output(self, plan: Plan) -> Any:
        """Apply a plan and return a table of the same type."""
        ...
