"""Decides what becomes of each run of a batch: its place among the cells and seeds, or why it is left out."""

from evenkeel.grids.announced import task_of
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.importing.arrival import Arrival, RunIn
from evenkeel.importing.declaring import Kept, declare
from evenkeel.importing.heads import State
from evenkeel.importing.notes import Kind, Notes
from evenkeel.importing.outcomes import has_result, posted_ms, to_placed, what_to_say
from evenkeel.importing.problems import ImportProblem
from evenkeel.plugins import Task
from evenkeel.records.imports import Before, Placed, PlacedRun, Standing
from evenkeel.records.status import Status


def place(before: Before, arrival: Arrival, began_ms: int) -> tuple[Placed, Notes]:
    """What a batch adds to an experiment, and what there is to say about its runs.

    Args:
        before: What the experiment has.
        began_ms: When the import began.

    Raises:
        ImportProblem: The batch does not go with the runs of the experiment.
    """
    if before.num_runs and before.task is None:
        raise ImportProblem("into", f"{arrival.into!r} has runs that the lab trains; choose another name")
    task, kept = declare(before.task, arrival)
    try:
        placing = _Placing(before, arrival, began_ms, task_of(task), kept)
    except ValueError as error:
        raise ImportProblem("params", str(error)) from error
    for run in sorted(arrival.runs, key=_whose_turn):
        placing.place(run)
    return Placed(task, arrival.source, arrival.num_runs, placing.placed), placing.notes


def _whose_turn(run: RunIn) -> tuple[bool, int, str]:
    """Of several runs of a cell and seed, the first counts: one that has a result, then the one that started first. The
    order looks at no result."""
    return not has_result(run), run.started_ms or 0, run.id


class _Placing:
    """Places the runs of a batch, one after the other."""

    def __init__(self, before: Before, arrival: Arrival, began_ms: int, task: Task, kept: Kept) -> None:
        self.notes = Notes()
        self.placed: list[PlacedRun] = []
        self._arrival, self._task, self._kept = arrival, task, kept
        self._clock = kept.choices.metrics[0].name
        self._known = {run.source_run_id: run for run in before.runs if run.source_run_id is not None}
        self._holders = {(run.cell_hash, run.seed): run for run in before.runs}
        self._taken = set[tuple[str, int]]()
        self._began_ms = began_ms
        self._posted_ms = posted_ms(before, arrival.runs, began_ms)

    def place(self, given: RunIn) -> None:
        params = {param: self._arrival.value(given, param) for param in self._kept.params.factors}
        run = given.model_copy(update={"params": params})
        known = self._known.get(run.id)
        if known is not None and known.is_over:
            return
        if (kind := self._why_left_out(run)) is not None:
            self.notes.add(kind, run.id, self._kept.choices.seed if kind is Kind.NO_SEED else self._about(kind))
            return
        if known is not None and run.state is State.RUNNING:
            self.notes.add(Kind.STILL_TRAINS, run.id)
            return
        cell, seed = self._cell(run), run.seed or 0
        place = cell.hash, seed
        holder = self._holders.get(place)
        # Of a batch, the run whose turn comes first keeps the place.
        if place in self._taken or (holder is not None and holder is not known and not _gives_way(holder, run)):
            self.notes.add(Kind.REPEATS, run.id)
            return
        self._taken.add(place)
        replaced = known or holder
        created_ms = known.created_ms if known is not None else self._posted_ms
        self.placed.append(
            to_placed(
                run, cell, seed, self._kept, created_ms, self._began_ms, replaced.id if replaced is not None else None
            )
        )
        for kind, what in what_to_say(run, self._kept):
            self.notes.add(kind, run.id, what)

    def _why_left_out(self, run: RunIn) -> Kind | None:
        if run.own:
            return Kind.OWN
        if run.seed is None:
            return Kind.NO_SEED
        if run.too_long:
            return Kind.TOO_LONG
        return Kind.NO_METRIC if run.state is State.FINISHED and not run.curves.get(self._clock) else None

    def _about(self, kind: Kind) -> str:
        return self._clock if kind is Kind.NO_METRIC else ""

    def _cell(self, run: RunIn) -> Cell:
        factors = self._kept.params.factors
        levels = {factor.name: factor.level(run.params[param]) for param, factor in factors.items()}
        try:
            return make_cell(self._task, levels)
        except ValueError as error:
            raise ImportProblem("runs", f"the params of {run.id!r} make no cell: {error}") from error


def _gives_way(holder: Standing, run: RunIn) -> bool:
    """Whether the holder of a cell and seed has no result, and the run has one."""
    return holder.status is not Status.FINISHED and has_result(run)
