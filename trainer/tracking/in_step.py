"""Brings many runs up to date side by side, so that the calls of all of them go to MLflow together."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeVar

from mlflow.exceptions import MlflowException

from trainer.tracking.calls import Answer, Steps, Wave

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


def in_step(
    jobs: Mapping[K, Steps[T]],
    send: Callable[[Wave], list[Answer | MlflowException]],
    may_go_on: Callable[[], bool],
) -> dict[K, T | MlflowException]:
    """Advance every job by one wave of calls, then every job by the next, until all have ended.

    Args:
        may_go_on: Asked before each wave. Once it says no, nothing more is sent.

    Returns:
        What each job returned, or why MLflow refused it. Jobs that could not go on are missing.
    """
    ended: dict[K, T | MlflowException] = {}
    asked = {key: wave for key, job in jobs.items() if (wave := _advance(key, job, None, ended)) is not None}
    while asked and may_go_on():
        answers = iter(send([call for wave in asked.values() for call in wave]))
        got = {key: [next(answers) for _ in wave] for key, wave in asked.items()}
        asked = {key: wave for key, some in got.items() if (wave := _advance(key, jobs[key], some, ended)) is not None}
    return ended


def _advance(key: K, job: Steps[T], answers: list[Any] | None, ended: dict[K, T | MlflowException]) -> Wave | None:
    """The next wave of a job; None if it has ended."""
    refusal = next((each for each in answers or () if isinstance(each, MlflowException)), None)
    try:
        # A generator that has just been made takes no answers.
        return next(job) if answers is None else job.throw(refusal) if refusal else job.send(answers)
    except StopIteration as end:
        ended[key] = end.value
    except MlflowException as error:
        ended[key] = error
    return None
