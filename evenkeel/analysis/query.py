"""What is wrong with a question."""


class QueryError(Exception):
    """A question that cannot be answered. `field` names the part of the query at fault, `problem` says what is
    allowed."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
