"""Waits until an experiment has ended, and shows meanwhile how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from evenkeel.notebook.answer import Rows
from evenkeel.notebook.answers import Experiment, Worker
from evenkeel.notebook.progress import Now, describe_progress, is_over
from evenkeel.notebook.showing import Nothing, Show, showing
from evenkeel.talk import EvenkeelError, Pause, Talk, insist

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

POLL_SECONDS = 1.0
# So long an API may be away. It may be restarting, and the training goes on without it.
PATIENCE_SECONDS = 60.0
WORKERS_SECONDS = 3.0
SUMMARY_SECONDS = 3.0
# A summary is asked for so rarely that the API spends a tenth of its time on it at most.
SHARE_OF_TIME = 10
# The summary of more runs has tens of megabytes.
MOST_RUNS = 3_000


class StillGoing(EvenkeelError):
    """An experiment has not ended in the time that a caller waited for it. It goes on."""


@dataclass(frozen=True)
class Asks:
    """What is asked while an experiment is waited for."""

    experiment: Callable[[], Talk[Experiment]]
    workers: Callable[[], Talk[Rows[Worker]]]
    summary: Callable[[], Talk[Any]]


def wait_for(
    asks: Asks, seconds: float | None, progress: bool | Console, patience_seconds: float = PATIENCE_SECONDS
) -> Talk[Experiment]:
    """Wait until every run has ended, and no rule may add seeds.

    Args:
        seconds: How long to wait at most; None for as long as it takes.
        progress: Whether to show the progress, or the console on which to show it.
        patience_seconds: How long the API may be away.

    Raises:
        ApiError: There is no such experiment.
        StillGoing: It takes longer than `seconds`.
        Unreachable: The API has been away for longer.
    """
    # An unknown name is refused before anything is shown.
    detail = yield from asks.experiment()
    began = time.monotonic()
    workers: Sometimes[Rows[Worker]] = Sometimes(asks.workers, WORKERS_SECONDS)
    summary: Sometimes[Any] = Sometimes(asks.summary, SUMMARY_SECONDS)
    shown: AbstractContextManager[Show] = showing(_console(progress)) if progress else nullcontext(Nothing())
    with shown as show:
        while True:
            if "workers" in show.needs:
                yield from workers.ask(again=False)
            if "summary" in show.needs and detail["num_runs"]["total"] <= MOST_RUNS:
                yield from summary.ask(again=is_over(detail))
            show(Now(detail, workers.found, summary.found))
            if is_over(detail):
                return detail
            if seconds is not None and time.monotonic() - began >= seconds:
                raise StillGoing(
                    f"{detail['name']} has not ended after {seconds:g} s, and goes on: {describe_progress(detail)}"
                )
            yield Pause(POLL_SECONDS)
            detail = yield from insist(asks.experiment, patience_seconds, POLL_SECONDS, show.away)


class Sometimes(Generic[T]):
    """Asks a question again after a while, which is longer if the answer takes long. Without an answer, the one before
    stays.

    Attributes:
        found: The newest answer; None before the first.
    """

    def __init__(self, question: Callable[[], Talk[T]], seconds: float) -> None:
        self.found: T | None = None
        self._question, self._seconds, self._due = question, seconds, 0.0

    def ask(self, again: bool) -> Talk[None]:
        """Ask, if it is time to. again: ask in any case."""
        began = time.monotonic()
        if self.found is not None and began < self._due and not again:
            return
        # What matters is asked elsewhere, and fails there.
        with suppress(EvenkeelError):
            self.found = yield from self._question()
        ended = time.monotonic()
        self._due = ended + max(self._seconds, SHARE_OF_TIME * (ended - began))


def _console(progress: bool | Console) -> Console:
    if not isinstance(progress, bool):
        return progress
    from rich.console import Console

    return Console()
