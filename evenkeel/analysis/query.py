"""The error for a query that cannot be answered."""


class QueryError(Exception):
    """A query that cannot be answered.

    Attributes:
        field: The part of the query that is wrong.
        problem: What is wrong with it, and what is allowed.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
