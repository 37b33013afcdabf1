"""The matrix of runs: a row for each cell and a mark for each seed."""

from collections import Counter
from collections.abc import Mapping

from fastapi import Response

from api.pages.experiment.query import StudyQuery
from api.pages.marks import LETTERS
from api.pages.rendering import render
from api.questions import Reading, read_question
from evenkeel.analysis.matrix import RULE, RunMatrix, run_matrix
from evenkeel.grids.levels import show
from evenkeel.lab.experiments import find_experiment
from evenkeel.plugins import Outcome
from evenkeel.records.marks import Mark
from evenkeel.records.status import Status

MEANS: Mapping[str, str] = {
    Outcome.CONVERGED: "converged: it trained to its end",
    Outcome.DIVERGED: "diverged: a loss or a weight was no longer finite, or the loss ended far above its start",
    Outcome.COLLAPSED: "collapsed: it ended no better than a constant predictor",
    Status.FAILED: "failed: the machine or the code is at fault",
    Status.RUNNING: "trains now",
    Status.QUEUED: "waits for its turn",
    Status.PAUSED: "paused",
    Status.CANCELLED: "cancelled",
}
MOST_COLUMNS = 60  # If there are more seeds, each mark names its own.


def kind_of(run: Mark) -> str:
    """The outcome of a finished run, or the status of any other."""
    return run.outcome or run.status


def says_of(run: Mark) -> str:
    """How a run stands, in a few words."""
    kind = kind_of(run)
    if run.status is Status.RUNNING:
        return f"trains, {run.num_epochs} of {run.epochs} epochs"
    if run.outcome is Outcome.DIVERGED:
        return f"diverged after {run.num_epochs} epochs"
    if run.error:
        return f"{kind}: {run.error}"
    return "waits for its turn" if run.status is Status.QUEUED else kind


def show_runs(query: StudyQuery, form: str, reading: Reading) -> Response:
    """The matrix as a piece of a page."""
    asked = read_question(query, reading)
    name = find_experiment(reading.lab, str(asked.experiment)).name
    matrix = run_matrix(reading.lab.store, reading.summaries, asked.task, asked.filters, name)
    counts = Counter(kind_of(run) for row in matrix.rows for run in row.runs)
    grid = len(matrix.seeds) <= MOST_COLUMNS
    return render(
        "experiment/runs.html",
        query=query,
        matrix=matrix,
        factors=[asked.task.call(factor) for factor in matrix.factors],
        levels=[[show(row.levels[factor]) for factor in matrix.factors] for row in matrix.rows],
        columns=[_by_seed(row.runs, matrix.seeds) for row in matrix.rows] if grid else [],
        legend=[(kind, MEANS[kind], counts[kind]) for kind in LETTERS if counts[kind]],
        kind_of=kind_of,
        says_of=says_of,
        says=_says(matrix),
    )


def _by_seed(runs: list[Mark], seeds: list[int]) -> list[list[Mark]]:
    found: dict[int, list[Mark]] = {seed: [] for seed in seeds}
    for run in runs:
        found[run.seed].append(run)
    return list(found.values())


def _says(matrix: RunMatrix) -> str:
    if len(matrix.rows) == matrix.num_cells:
        return ""
    return (
        f"{matrix.num_shown:,} of {matrix.num_runs:,} runs are shown, of {len(matrix.rows):,} of {matrix.num_cells:,} "
        f"cells: {RULE}. Choose levels above to see others."
    )
