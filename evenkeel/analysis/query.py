"""The error for a query that cannot be answered."""

from collections.abc import Sequence


class QueryError(Exception):
    """A query that cannot be answered.

    Attributes:
        field: The part of the query that is wrong.
        problem: What is wrong with it, and what is allowed.
        more: (field, problem) of each other part that is wrong.
    """

    def __init__(self, field: str, problem: str, more: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem, self.more = field, problem, tuple(more)

    @property
    def parts(self) -> list[tuple[str, str]]:
        """(field, problem) of every part that is wrong."""
        return [(self.field, self.problem), *self.more]
