"""The runs of an experiment as marks, a row for each cell."""

import pytest
from records import claim_run, finish_run, make_cell

import evenkeel.analysis.matrix
from evenkeel.analysis.matrix import RunMatrix, run_matrix
from evenkeel.analysis.summary import Summaries
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.status import Status
from evenkeel.store import Store
from models.task import CLASSIFICATION

CELLS = [make_cell(lr=rate) for rate in (0.001, 0.01, 0.1, 1.0)]


@pytest.fixture
def filled(store: Store) -> Store:
    """The first cell waits, the second trains, the third failed, the last one diverged."""
    store.grids.ensure("exp", CELLS, [0, 1])
    claim_run(store, CELLS[1], 0)
    store.claims.fail(claim_run(store, CELLS[2], 1), Reason.ERROR, "broken\nTraceback: a long one")
    finish_run(store, CELLS[3], 0, [0.1], Outcome.DIVERGED, 1)
    return store


def ask(store: Store, **filters: list[object]) -> RunMatrix:
    return run_matrix(store, Summaries(store), CLASSIFICATION, filters, "exp")


def test_each_cell_has_a_row_and_each_seed_a_mark(filled: Store) -> None:
    found = ask(filled)
    assert [row.levels["lr"] for row in found.rows] == [0.001, 0.01, 0.1, 1.0]
    assert (found.factors, found.seeds, found.num_cells, found.num_runs, found.num_shown) == (["lr"], [0, 1], 4, 8, 8)
    assert [run.status for run in found.rows[2].runs] == [Status.QUEUED, Status.FAILED]
    assert [run.error for row in found.rows for run in row.runs] == ["", "", "", "", "", "broken", "", ""]
    mark = found.rows[3].runs[0]
    assert (mark.status, mark.outcome, mark.num_epochs) == (Status.FINISHED, Outcome.DIVERGED, 1)
    assert filled.runs.find(mark.id) is not None


def test_levels_narrow_it(filled: Store) -> None:
    found = ask(filled, lr=[0.01, 1.0])
    assert ([row.levels["lr"] for row in found.rows], found.num_cells, found.num_runs) == ([0.01, 1.0], 2, 4)


@pytest.mark.parametrize(("most", "limit"), [("MOST_CELLS", 3), ("MOST_RUNS", 6)])
def test_of_too_many_those_that_need_a_look_come_first(
    filled: Store, monkeypatch: pytest.MonkeyPatch, most: str, limit: int
) -> None:
    monkeypatch.setattr(evenkeel.analysis.matrix, most, limit)
    found = ask(filled)
    assert [row.levels["lr"] for row in found.rows] == [0.1, 1.0, 0.01]
    assert (found.num_cells, found.num_runs, found.num_shown) == (4, 8, 6)


def test_a_single_cell_is_shown_however_many_runs_it_has(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evenkeel.analysis.matrix, "MOST_RUNS", 1)
    assert ask(filled, lr=[1.0]).num_shown == 2
