"""What can be wrong with an import."""


class ImportProblem(ValueError):
    """Runs that cannot be imported as they were asked for.

    Attributes:
        field: The part of the request that is wrong.
        problem: What is wrong with it, and what is allowed.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field, self.problem = field, problem


class SourceAway(Exception):
    """The MLflow to import from does not answer, or refuses the caller. The message says which, and what to do."""
