"""The error for a frame, or a question about it, that cannot be answered."""


class FrameError(ValueError):
    """A frame that holds no runs as they were described, or a question that it cannot answer.

    Attributes:
        field: The column or the argument that is wrong.
        problem: What is wrong with it, and what is allowed.

    Example:
        >>> from evenkeel import stability
        >>> try:
        ...     stability.runs({"optimizer": ["adam", "sgd"], "seed": [0, 0]}, metric="accuracy", better="higher")
        ... except stability.FrameError as error:
        ...     print(error)
        metric: the frame has no column 'accuracy'; its columns: optimizer, seed
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
