"""Waits until an experiment has ended, and shows meanwhile how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, TypeVar

from evenkeel.notebook.answer import Rows
from evenkeel.notebook.answers import Experiment, Run
from evenkeel.notebook.progress import describe_progress, is_over
from evenkeel.notebook.showing import Nothing, Show, showing
from evenkeel.talk import EvenkeelError, Pause, Talk, insist

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")

POLL_SECONDS = 1.0
# So long an API may be away. It may be restarting, and the training goes on without it.
PATIENCE_SECONDS = 60.0


class StillGoing(EvenkeelError):
    """An experiment has not ended in the time that a caller waited for it. It goes on."""


def wait_for(
    experiment: Callable[[], Talk[Experiment]],
    runs: Callable[[], Talk[Rows[Run]]],
    seconds: float | None,
    progress: bool | Console,
) -> Talk[Experiment]:
    """Wait until every run has ended, and no rule may add seeds.

    Args:
        experiment: Asks for the experiment.
        runs: Asks for its runs.
        seconds: How long to wait at most; None for as long as it takes.
        progress: Whether to show the progress, or the console on which to show it.

    Raises:
        ApiError: There is no such experiment.
        StillGoing: It takes longer than `seconds`.
        Unreachable: The API has not answered for a minute.
    """
    # An unknown name is refused before anything is shown.
    detail = yield from experiment()
    began = time.monotonic()
    shown: AbstractContextManager[Show] = showing(_console(progress)) if progress else nullcontext(Nothing())
    with shown as show:
        while True:
            found = (yield from _insist(runs)) if show.needs_runs else []
            show(detail, [run for run in found if run["status"] == "running"])
            if is_over(detail):
                return detail
            if seconds is not None and time.monotonic() - began >= seconds:
                raise StillGoing(
                    f"{detail['name']} has not ended after {seconds:g} s, and goes on: {describe_progress(detail)}"
                )
            yield Pause(POLL_SECONDS)
            detail = yield from _insist(experiment)


def _insist(ask: Callable[[], Talk[T]]) -> Talk[T]:
    return insist(ask, PATIENCE_SECONDS, POLL_SECONDS)


def _console(progress: bool | Console) -> Console:
    if not isinstance(progress, bool):
        return progress
    from rich.console import Console

    return Console()
