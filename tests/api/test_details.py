"""The details of an experiment are kept. Only cells whose runs have changed are read again."""

from collections.abc import Sequence

import pytest
from records import claim_run, finish_run, make_cell
from servers import NO_BROKER

import api.details
from api.details import Details
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import ExperimentDetail, find_experiment, follow
from evenkeel.lab.queue import Doorbell
from evenkeel.records.rows import Tally
from evenkeel.settings import Settings
from evenkeel.store import Store

CELLS = [make_cell(norm=norm) for norm in ("batch", "none", "group")]


@pytest.fixture
def lab(app_store: Store) -> Lab:
    app_store.grids.ensure("exp", CELLS, [0, 1])
    settings = Settings(broker_url=NO_BROKER)
    return Lab(settings, app_store, Doorbell(settings))


@pytest.fixture
def read(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """How many cells each look at the store counted the runs of; None for all of an experiment."""
    looks, of = list[int | None](), lab.store.tallies.of

    def counted(experiment_id: int, cell_ids: Sequence[int] | None = None) -> list[Tally]:
        looks.append(None if cell_ids is None else len(cell_ids))
        return of(experiment_id, cell_ids)

    monkeypatch.setattr(lab.store.tallies, "of", counted)
    return looks


def ask(details: Details, name: str = "exp") -> ExperimentDetail:
    return details.get(find_experiment(details.lab, name))


def test_only_the_cells_of_which_a_run_has_changed_are_read_again(lab: Lab, read: list[int | None]) -> None:
    details = Details(lab)
    assert [ask(details).num_runs.status["queued"] for _ in range(3)] == [6] * 3
    claim_run(lab.store, CELLS[1], 0)
    assert [ask(details).num_runs.status["running"] for _ in range(3)] == [1] * 3
    assert read == [None, 1]


def test_what_is_kept_is_what_would_be_read(lab: Lab) -> None:
    details = Details(lab)
    ask(details)
    finish_run(lab.store, CELLS[0], 1, [0.1, 0.2])
    claim_run(lab.store, CELLS[2], 0)
    lab.store.grids.ensure("exp", [make_cell(norm="layer")], [7])
    assert ask(details) == follow(lab, find_experiment(lab, "exp"))
    lab.store.experiments.pause("exp")
    assert ask(details) == follow(lab, find_experiment(lab, "exp"))


def test_the_cells_that_are_left_out_are_looked_for_again_only_if_there_are_other_cells(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, of = list[str](), api.details.what_varies
    monkeypatch.setattr(api.details, "what_varies", lambda lab, name: (looks.append(name), of(lab, name))[1])
    details = Details(lab)
    for seed in range(2):
        ask(details)
        claim_run(lab.store, CELLS[0], seed)
    ask(details)
    assert looks == ["exp"]
    lab.store.grids.ensure("exp", [make_cell(norm="layer")], [7])
    ask(details)
    assert looks == ["exp"] * 2


def test_what_was_asked_for_last_is_kept_and_no_more_than_there_is_room_for(lab: Lab, read: list[int | None]) -> None:
    for name in ("other", "third"):
        lab.store.grids.ensure(name, CELLS[:1], [0])
    details = Details(lab, max_kept_cells=len(CELLS) + 3)
    for name in ("exp", "other", "exp", "third", "exp"):
        ask(details, name)
    assert len(read) == 3
    ask(details, "other")
    assert len(read) == 4
