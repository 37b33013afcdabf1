"""Reads what is new from a source, in batches that fit into one request."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from evenkeel.importing.arrival import MOST_RUNS, MOST_VALUES, Arrival, RunIn
from evenkeel.importing.curves import Points, to_curves
from evenkeel.importing.heads import Head, Source, State
from evenkeel.importing.preparing import Prepared
from evenkeel.importing.problems import ImportProblem


def arrivals(source: Source, prepared: Prepared, into: str, began_ms: int | None) -> Iterator[Arrival]:
    """The runs that are new, in batches. There is at least one, which may have no run.

    Args:
        prepared: What to import.
        into: The name of the experiment.
        began_ms: When the import began; None for when the lab gets the first batch.

    Raises:
        ImportProblem, SourceAway: The source cannot be read.
    """
    about = {"into": into, "source": source.name, "choices": prepared.choices, "params": prepared.params}
    about |= {"num_runs": prepared.num_runs, "began_ms": began_ms}
    try:
        yield from _arrivals(source, prepared, about)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ImportProblem("source", f"{where}: {first['msg']}") from error


def _arrivals(source: Source, prepared: Prepared, about: dict[str, Any]) -> Iterator[Arrival]:
    nothing = True
    for start in range(0, len(prepared.fresh), MOST_RUNS):
        heads = prepared.fresh[start : start + MOST_RUNS]
        for runs in _cut(list(_runs(source, heads, prepared))):
            nothing = False
            yield Arrival.model_validate({**about, "runs": runs})
    if nothing:
        yield Arrival.model_validate({**about, "runs": []})


def _runs(source: Source, heads: Sequence[Head], prepared: Prepared) -> Iterator[RunIn]:
    metrics = [metric.name for metric in prepared.choices.metrics]
    # A run that still trains is read once it has ended.
    wanted = [head for head in heads if head.state is not State.RUNNING and prepared.seeds.get(head.id) is not None]
    points = source.points(wanted, metrics)
    for head in heads:
        yield _run(head, prepared, points.get(head.id, {}), metrics)


def _run(head: Head, prepared: Prepared, points: Points, metrics: Sequence[str]) -> RunIn:
    curves = to_curves(points, metrics, head.started_ms)
    measured: dict[str, Any] = {}
    if curves is not None:
        measured = {"curves": curves.values, "seconds": curves.seconds, "diverged_epoch": curves.diverged_epoch}
        measured |= {"lost": curves.lost, "renumbered": curves.renumbered}
        if curves.num_epochs * (len(curves.values) + 1) > MOST_VALUES:
            measured = {"too_long": True}
    return RunIn(
        id=head.id,
        state=head.state,
        seed=prepared.seeds.get(head.id),
        params=_params(head, prepared.params),
        started_ms=head.started_ms,
        ended_ms=head.ended_ms,
        collapsed=head.collapsed,
        own=head.own,
        **measured,
    )


def _params(head: Head, params: Mapping[str, Any]) -> dict[str, Any]:
    """The params that vary. The others are the same in every run."""
    return {name: head.params[name] for name, levels in params.items() if name in head.params and len(levels) > 1}


def _cut(runs: Sequence[RunIn]) -> Iterator[list[RunIn]]:
    """The runs in parts of at most `MOST_VALUES` values."""
    part: list[RunIn] = []
    size = 0
    for run in runs:
        values = run.num_epochs * (len(run.curves) + 1) + sum(
            1 + len(str(level)) // 20 for level in run.params.values()
        )
        if part and size + values > MOST_VALUES:
            yield part
            part, size = [], 0
        part.append(run)
        size += values
    if part:
        yield part
