"""What a process of the pool gets, and what it sends back."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from api.questions import Question, Reading, read_question
from evenkeel.analysis.query import QueryError
from evenkeel.lab.experiments import NoSuchExperiment
from evenkeel.store import StoreAway


@dataclass(frozen=True)
class Work:
    """A question of a request. Its functions belong to modules, so another process can find them.

    Attributes:
        answer: Works out the answer.
        query: The query of the request.
        form: The format of the answer, such as 'json' or 'svg'.
        about: Checks the query, and says which cells it is about.
    """

    answer: Callable[[Any, str, Reading], Response]
    query: BaseModel
    form: str
    about: Callable[[Any, Reading], Question] = read_question

    @property
    def question(self) -> Hashable:
        """Equal for requests that have the same answer."""
        values = repr(sorted(self.query.model_dump().items()))
        return self.answer.__module__, self.answer.__qualname__, self.form, values


@dataclass(frozen=True)
class Answer:
    """An answer as bytes, with its headers as pairs of bytes."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    @classmethod
    def of(cls, response: Response) -> "Answer":
        return cls(response.status_code, response.raw_headers, bytes(response.body))

    def response(self) -> Response:
        """The same answer again. Its body is not copied."""
        response = Response(self.body, self.status)
        response.raw_headers = list(self.headers)
        return response


@dataclass(frozen=True)
class Refused:
    """An exception that says what is wrong with a question, as values that another process can read.

    Pickle would call the exception with its message alone.
    """

    kind: type[Exception]
    values: tuple[Any, ...]

    @classmethod
    def of(cls, error: Exception) -> "Refused | None":
        """None for an exception that is a fault of ours."""
        match error:
            case QueryError():
                return cls(QueryError, (error.field, error.problem, error.more))
            case NoSuchExperiment():
                return cls(NoSuchExperiment, (error.name, ()))
            case StoreAway():
                return cls(StoreAway, (str(error),))
        return None

    def error(self) -> Exception:
        return self.kind(*self.values)


@dataclass(frozen=True)
class Fault:
    """An exception that nobody expected, as text for the log."""

    traceback: str


Reply = Answer | Refused | Fault
