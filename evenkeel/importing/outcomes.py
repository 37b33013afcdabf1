"""The status and the outcome of an imported run, and when it counts as posted.

A run has the status that it had where it was trained, in the words of the lab: finished, failed, or cancelled for one
that was killed or still trains. As in any experiment, a cell with a cancelled run counts as unfinished: runs that
diverge end first, and whoever kills a run may do so because of what it shows.

The curves tell the outcome as far as they can. A run diverged if a metric is not finite at its end, whatever ended it.
That it collapsed could only be seen with the classes of its data (`evenkeel.statistics.outcome`), so the source has to
say it.
"""

from collections.abc import Iterator, Sequence

from evenkeel.grids.cell import Cell
from evenkeel.importing.arrival import RunIn
from evenkeel.importing.declaring import Kept
from evenkeel.importing.heads import State
from evenkeel.importing.notes import Kind
from evenkeel.plugins import Outcome
from evenkeel.records.imports import Before, PlacedRun
from evenkeel.records.status import Status

STATUS = {
    State.FINISHED: Status.FINISHED,
    State.FAILED: Status.FAILED,
    State.KILLED: Status.CANCELLED,
    State.RUNNING: Status.CANCELLED,
}
ERRORS = {
    State.FAILED: "it failed where it was trained",
    State.KILLED: "it was killed where it was trained",
    State.RUNNING: "it was still training elsewhere when it was imported; import again once it has ended",
}
KINDS = {State.FAILED: Kind.FAILED, State.KILLED: Kind.KILLED, State.RUNNING: Kind.STILL_TRAINS}


def has_result(run: RunIn) -> bool:
    """Whether the training of the run ended with a result."""
    return run.state is State.FINISHED or (_diverged(run) and run.state is not State.RUNNING)


def posted_ms(before: Before, runs: Sequence[RunIn], began_ms: int) -> int:
    """When new runs of a batch count as posted.

    Trackers do not record when somebody decided to train a run. The runs of the first import count as decided on
    together, when the first of them started. Those of a later one count as added when that import began: whoever had
    imported had seen results. Each later import that adds seeds is one more look at the results.
    """
    if before.num_runs and began_ms != before.created_ms:
        return began_ms
    started = [run.started_ms for run in runs if run.started_ms is not None]
    return min([*started, *([before.first_ms] if before.first_ms is not None else [])], default=began_ms)


def what_to_say(run: RunIn, kept: Kept) -> Iterator[tuple[Kind, str]]:
    """(kind, the param or the metric that it is about) of all that is worth knowing about a run that is stored.

    Args:
        run: A run that has a value, which may be None, of every param that is a factor.
    """
    if _diverged(run) and has_result(run):
        yield Kind.DIVERGED, ""
    elif run.state in KINDS:
        yield KINDS[run.state], ""
    for param in kept.params.factors:
        if run.params[param] is None:
            yield Kind.LACKS_PARAM, param
    for metric in kept.metrics if has_result(run) else ():
        if not run.curves.get(metric):
            yield Kind.LACKS_METRIC, metric
    if run.renumbered:
        yield Kind.RENUMBERED, ""


def to_placed(
    run: RunIn, cell: Cell, seed: int, kept: Kept, created_ms: int, began_ms: int, replaces: str | None
) -> PlacedRun:
    """The run as the store takes it.

    Args:
        created_ms: When it counts as posted.
        began_ms: When the import began, for a run that has ended at a time that nobody knows.
        replaces: The id of the run in whose place it comes; None for a new one.
    """
    curves = {name: run.curves[metric] for metric, name in kept.metrics.items() if run.curves.get(metric)}
    if run.seconds:
        curves["epoch_seconds"] = list(run.seconds)
    result = has_result(run)
    return PlacedRun(
        source_run_id=run.id,
        cell=cell,
        seed=seed,
        status=Status.FINISHED if result else STATUS[run.state],
        outcome=_outcome(run) if result else None,
        diverged_epoch=run.diverged_epoch if result else None,
        num_epochs=run.num_epochs,
        error=None if result else ERRORS[run.state],
        created_ms=created_ms,
        started_ms=run.started_ms,
        ended_ms=None if run.state is State.RUNNING else run.ended_ms or began_ms,
        curves=curves,
        says=" ".join(_sentences(run, kept)),
        replaces=replaces,
    )


def _diverged(run: RunIn) -> bool:
    return run.diverged_epoch is not None


def _outcome(run: RunIn) -> Outcome:
    if _diverged(run):
        return Outcome.DIVERGED
    return Outcome.COLLAPSED if run.collapsed else Outcome.CONVERGED


def _sentences(run: RunIn, kept: Kept) -> Iterator[str]:
    for kind, what in what_to_say(run, kept):
        match kind:
            case Kind.DIVERGED:
                ended = "" if run.state is State.FINISHED else f", and {ERRORS[run.state]}"
                yield f"{run.lost or 'A metric'} was not finite from epoch {run.diverged_epoch} on{ended}."
            case Kind.LACKS_PARAM:
                yield f"It has no param {what!r}, whose level is null."
            case Kind.LACKS_METRIC:
                yield f"It has no value of {what!r}."
            case Kind.RENUMBERED:
                yield "Its steps are no epochs in a row, and were numbered 1, 2, 3 in their order."
