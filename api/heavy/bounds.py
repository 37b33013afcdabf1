"""What a question may cost: how much it may be about, and how many one caller may ask at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.exceptions import HTTPException

from api.heavy.work import Work
from api.questions import Question
from api.schemas.summary import Cells
from evenkeel.analysis.query import QueryError
from evenkeel.settings import Settings
from evenkeel.store.tallies import Gist

RETRY_AFTER_SECONDS = "2"


def check_size(gist: Gist, asked: Question, work: Work, settings: Settings) -> None:
    """Raises QueryError if the question is about more runs or epochs than one answer may be about."""
    for what, number, most, setting in (
        ("runs", gist.runs, settings.max_answer_runs, "EVENKEEL_MAX_ANSWER_RUNS"),
        ("epochs", gist.epochs, settings.max_answer_epochs, "EVENKEEL_MAX_ANSWER_EPOCHS"),
    ):
        if number > most:
            problem = f"is about {number:,} {what}, but an answer may be about {most:,} at most ({setting})"
            raise QueryError("query", f"{problem}; {how_to_narrow(asked, work)}")


def how_to_narrow(asked: Question, work: Work) -> str:
    """Which parameters of the call make the question smaller."""
    if not isinstance(work.query, Cells):
        return "this call cannot be narrowed; GET /summary can"
    names = asked.task.factors if asked.experiment is not None else ("experiment", *asked.task.factors)
    return f"narrow it with: {', '.join(names)}"


class Turns:
    """How many answers each key waits for."""

    def __init__(self, at_most: int) -> None:
        self.at_most = at_most
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def one(self, key_id: str) -> Iterator[None]:
        """Count one answer while it is waited for. Raises HTTPException (429) if the key waits for enough already."""
        if self._waiting[key_id] >= self.at_most:
            who = "this API key" if key_id else "the users of this lab without API keys"
            text = (
                f"{who} may wait for {self.at_most} answers at once (EVENKEEL_MAX_ANSWERS_PER_KEY); ask again when one "
                "of them has come"
            )
            raise HTTPException(429, text, {"Retry-After": RETRY_AFTER_SECONDS})
        self._waiting[key_id] += 1
        try:
            yield
        finally:
            self._waiting[key_id] -= 1
            if not self._waiting[key_id]:
                del self._waiting[key_id]
