"""A migration keeps the data of every earlier schema to the last bit, on SQLite and on Postgres."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from counting import counted, counted_anew
from earlier import Tables, earlier_store, fixture, put, said_before
from records import TAKER, make_cell

from evenkeel import migrations
from evenkeel.analysis.summary import Summaries
from evenkeel.claims.packing import pack_curves
from evenkeel.grids.about import About
from evenkeel.grids.sharing import Device
from evenkeel.schema import cells, curves, epochs, runs
from evenkeel.store import Store
from models.task import CLASSIFICATION

# Each test migrates a store.
pytestmark = pytest.mark.slow

MEASURED = {"train_accuracy": 0.9, "val_accuracy": 0.8, "val_loss": 0.2}
# Larger than the first ids that Postgres gives out by itself.
ID = 100
EARLIER = ["0001", "0002", "0003", "0004"]
RECORDED = [*EARLIER, "0005", "0007", "0008", "0009"]
REVISIONS = [*EARLIER, "0005", "0006", "0007", "0008", "0009", "0010", "0011", "0012"]


def rows_of_every_schema(revision: str) -> Tables:
    """An experiment with a finished, a running and a queued run, each at its second attempt."""
    states = {"done": ("finished", 4), "going": ("running", 5), "later": ("queued", 6)}
    began = {"outcome": "converged", "attempt": 2, "num_epochs": 2, "started_ms": 0, "ended_ms": 3000}
    levels = {"arch": "yolo", "norm": "none", "init": "he", "epochs": 2}
    columns: dict[str, Any] = {"epochs": 2} if revision >= "0005" else {}

    def values(attempt: int, epoch: int) -> dict[str, Any]:
        found = MEASURED | {"train_loss": attempt + epoch / 10}
        return {"measured": found} if revision >= "0005" else found

    return {
        "experiments": [{"id": ID, "name": "old", "created_ms": 0}],
        "cells": [{"id": ID, "experiment_id": ID, "hash": "abc", "levels": levels, **columns}],
        "workers": [{"name": "w", "slots": 2, "device": "cpu", "code_version": "v", "seen_ms": 0}],
        "duties": [{"name": "mirror", "holder": "w", "until_ms": 0}],
        "runs": [
            {"id": name, "cell_id": ID, "seed": seed, "status": status, "created_ms": 0, "lease_until_ms": 0, **began}
            for name, (status, seed) in states.items()
        ],
        "epochs": [
            {"run_id": name, "attempt": attempt, "epoch": epoch, "logged_ms": 0, "epoch_seconds": 1.5}
            | values(attempt, epoch)
            for name in states
            for attempt in (1, 2)
            for epoch in (1, 2)
        ],
    }


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_every_schema_is_read_trained_and_summarised_after_a_migration(
    database_url: str, revision: str
) -> None:
    with earlier_store(database_url, revision, rows_of_every_schema(revision)) as store:
        assert {
            run.id: (str(run.status), run.attempt, run.num_epochs, run.epochs) for run in store.runs.all("old")
        } == {
            "done": ("finished", 2, 2, 2),
            "going": ("running", 2, 2, 2),
            "later": ("queued", 2, 2, 2),
        }
        found = store.experiments.find("old")
        assert found is not None
        assert (found.priority, found.max_running, found.device) == (0, None, Device.ANY)
        assert (found.rule, found.rule_going, found.rule_says) == (None, False, "")
        assert (found.note, found.tags) == ("", ())
        assert [(worker.tasks, worker.warning) for worker in store.workers.seen(1e12)] == [
            ({"classification": 1}, None)
        ]
        store.lanes.settle()
        assert store.claims.expire(3) == ["going"]
        claim = store.claims.take(TAKER, 60)
        assert claim is not None
        assert (claim.run_id, claim.attempt) == ("going", 3)
        [(name, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "old")
        assert name == f"yolo-none-he-{facts.hash[:6]}"
        assert facts.num_runs.total == 3
        assert store.grids.ensure("old", [], [4]).created == []


def test_runs_that_finished_before_curves_were_packed_have_theirs(database_url: str) -> None:
    with earlier_store(database_url, "0002", rows_of_every_schema("0002")) as store:
        found = {run.id: run for run in store.curves.seed_runs([ID])}
        assert found["done"].curves["train_loss"].tolist() == found["going"].curves["train_loss"].tolist() == [2.1, 2.2]
        with store.database.read() as db:
            assert db.scalars(sa.select(curves.c.run_id)).all() == ["done"]


def without_sentences(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell without the sentences about its evidence, which another version may word in another way."""
    return cell | {"evidence": {key: cell["evidence"][key] for key in ("n", "level")}}


def without_intervals(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell without the intervals of its mean and std, which another version may compute in another way, and without
    the std if runs collapsed, which counts only runs that trained now."""
    ends = {f"{of}_{end}" for of in ("mean", "std") for end in ("low", "high")} | {"intervals", "num_trained"}
    ends |= {"std"} if cell["divergence"]["collapsed"] else set()
    return cell | {"final": {key: value for key, value in cell["final"].items() if key not in ends}}


def comparable(cell: dict[str, Any]) -> dict[str, Any]:
    """What every version says of a cell alike.

    Since then, runs can be paused, arithmetics are named, looks are counted, and more is said of whole curves. Where a
    diverged run left the others is told only beside three of them. A seed
    that two experiments trained counts once, so of such a cell only the curves are compared. There is no rate before
    every seed has ended, and no width of the band if half of the runs are bad.
    """
    later = ("extended", "level_shares", "area", "mean_band", "arithmetics", "left_survivors")
    cell = {key: value for key, value in cell.items() if key not in later}
    assert cell["num_runs"]["status"].pop("paused", 0) == 0
    cell["reaching"] = {key: value for key, value in cell["reaching"].items() if key != "restricted"}
    curves = [{key: curve[key] for key in curve if key != "counted"} for curve in cell["curves"]]
    if cell["repeated_seeds"]:
        return {key: cell[key] for key in ("hash", "levels", "seeds", "num_runs", "repeated_seeds")} | {
            "curves": curves
        }
    told = {key: cell["divergence"][key] for key in ("n", "diverged", "collapsed")}
    unstable = 2 * (told["diverged"] + told["collapsed"]) >= told["n"]
    width = {} if unstable else {"band_width": cell["band_width"]}
    others = without_intervals(
        without_sentences({key: cell[key] for key in cell if key not in ("band_width", "same_cells")})
    )
    return others | {"divergence": told, "curves": curves} | width


def without_later_levels(cell: dict[str, Any]) -> dict[str, Any]:
    """A cell without the parameters in `Task.later`, as a version without them wrote it. All have their defaults."""
    fields = CLASSIFICATION.parameters.model_fields
    for name in CLASSIFICATION.later:
        assert cell["levels"].pop(name, fields[name].default) == fields[name].default
    return cell


@pytest.mark.slow
@pytest.mark.parametrize("revision", RECORDED)
def test_a_store_of_every_earlier_schema_is_summarised_as_it_was_to_the_last_bit(
    database_url: str, revision: str
) -> None:
    with earlier_store(database_url, revision, fixture(revision)) as store:
        expected = said_before(revision)
        assert list(expected) == ["train_accuracy", "val_accuracy", "train_loss", "grad_norm_max"]
        for metric, wanted in expected.items():
            found = Summaries(store).cells(CLASSIFICATION, {}, metric, None, threshold=0.5)
            said = {facts.hash: comparable(without_later_levels(json.loads(facts.json))) for _, facts in found}
            # The name and the order of cells are left out: earlier versions made them from the cells beside it.
            stored = (without_later_levels({key: cell[key] for key in cell if key != "cell"}) for cell in wanted)
            before = {cell["hash"]: comparable(cell) for cell in stored}
            # Compared as text, in which 1 differs from 1.0, and -0.0 from 0.0.
            assert json.dumps(said, sort_keys=True) == json.dumps(before, sort_keys=True)


@pytest.mark.parametrize("revision", EARLIER)
def test_every_value_of_every_epoch_has_its_name_after_a_migration(database_url: str, revision: str) -> None:
    tables = fixture(revision)
    with earlier_store(database_url, revision, tables) as store:
        names = [metric.name for metric in CLASSIFICATION.metrics]
        kept = ("run_id", "attempt", "epoch", "epoch_seconds", "logged_ms")
        wanted = [
            {name: row[name] for name in kept} | {"measured": {name: row.get(name) for name in names}}
            for row in tables["epochs"]
        ]
        with store.database.read() as db:
            found = [dict(row) for row in db.execute(sa.select(epochs).order_by(*epochs.primary_key)).mappings()]
        in_order = sorted(wanted, key=lambda row: (row["run_id"], row["attempt"], row["epoch"]))
        assert [json.dumps(row, sort_keys=True) for row in found] == [
            json.dumps(row, sort_keys=True) for row in in_order
        ]
        assert [list(row["measured"]) for row in found] == [names] * len(found)


def test_infinity_becomes_null_and_the_packed_curves_keep_it(database_url: str) -> None:
    tables = rows_of_every_schema("0002")
    for row in tables["epochs"]:
        row |= {"grad_norm_max": float("inf"), "loss_jump": 1e308}
    with earlier_store(database_url, "0002", tables) as store:
        [epoch, _] = store.runs.epochs(["done"])["done"]
        assert (epoch.values["grad_norm_max"], epoch.values["loss_jump"]) == (None, 1e308)
        done, going, _ = store.curves.seed_runs([ID])
        assert done.curves["grad_norm_max"].tolist() == [np.inf, np.inf]
        np.testing.assert_array_equal(going.curves["grad_norm_max"], [np.nan, np.nan])


def test_cells_know_their_epochs_and_what_they_need_after_a_migration(database_url: str) -> None:
    several = [
        ({}, (50, None)),
        ({"epochs": 7, "dataset": "synthetic", "image_size": 64}, (7, None)),
        ({"dataset": "digits"}, (50, None)),
        ({"dataset": "food101"}, (50, "food101-32")),
        ({"dataset": "my-birds", "image_size": 224, "epochs": 1}, (1, "my-birds-224")),
    ]
    tables = rows_of_every_schema("0004")
    levels = {"arch": "yolo", "norm": "none", "init": "he"}
    tables["cells"] = [
        {"id": ID + i, "experiment_id": ID, "hash": f"{i}", "levels": levels | own}
        for i, (own, _) in enumerate(several)
    ]
    with earlier_store(database_url, "0004", tables) as store:
        with store.database.read() as db:
            rows = db.execute(sa.select(cells).order_by(cells.c.id)).all()
            assert [(row.epochs, row.needs) for row in rows] == [wanted for _, wanted in several]
            assert {(row.task, row.task_version) for row in rows} == {("classification", 1)}
            # A worker of the previous version asks for cells of at most 1. It finds none, as it could record no epoch.
            theirs = sa.select(runs.c.id).join(cells).where(cells.c.spec_version <= 1)
            assert db.execute(theirs).all() == []
        store.grids.ensure("new", [make_cell()], [0])
        with store.database.read() as db:
            assert db.execute(theirs).all() == []
            assert len(db.execute(sa.select(runs.c.id).where(runs.c.status == "queued")).all()) == 2


def test_a_version_that_does_not_know_how_long_a_cell_trains_cannot_post_it(store: Store) -> None:
    tables = rows_of_every_schema("0004")
    with pytest.raises(sa.exc.IntegrityError):
        put(store, {name: tables[name] for name in ("experiments", "cells")})


def downgrade(store: Store, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with store.database.write() as db:
        config.attributes["connection"] = db
        command.downgrade(config, revision)


def test_a_downgrade_gives_epochs_their_columns_back(database_url: str) -> None:
    tables = fixture("0004")
    with earlier_store(database_url, "0004", tables) as store:
        downgrade(store, "0004")
        metadata = sa.MetaData()
        metadata.reflect(store.database.engine)
        for name in ("cells", "epochs", "workers"):
            table = metadata.tables[name]
            with store.database.read() as db:
                found = [dict(row) for row in db.execute(sa.select(table).order_by(*table.primary_key)).mappings()]
            assert found == tables[name]


def test_a_store_with_cells_of_another_task_is_not_downgraded_and_stays_as_it_is(database_url: str) -> None:
    with earlier_store(database_url, "0004", rows_of_every_schema("0004")) as store:
        with store.database.write() as db:
            db.execute(cells.update().values(task="control"))
        with pytest.raises(CommandError, match="knows classification alone, and this store has cells of: control"):
            downgrade(store, "0004")
        store.check_schema()
        assert [row.task for row in store.curves.find_cells("old", {}, None)] == ["control"]
        assert len(store.runs.epochs(["done"])["done"]) == 2


@pytest.mark.parametrize("revision", ["0001", "0006"])
def test_seeds_that_were_added_before_looks_were_counted_are_counted_too(database_url: str, revision: str) -> None:
    tables = rows_of_every_schema(revision)
    for row in tables["runs"]:
        row |= {"status": "finished", "created_ms": 0, "ended_ms": 3000}
    tables["runs"][1] |= {"created_ms": 4000, "ended_ms": 5000}
    tables["runs"][2] |= {"created_ms": 6000, "ended_ms": 7000}
    with earlier_store(database_url, revision, tables) as store:
        [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy", "old")
        assert [(each.experiment, each.at_ms) for each in facts.extended] == [("old", 4000), ("old", 6000)]


def test_the_attempts_of_earlier_versions_are_filled_in_and_copies_of_superseded_ones_are_made_anew(
    database_url: str,
) -> None:
    with earlier_store(database_url, "0007", fixture("0007")) as store:
        told = {}
        for run in store.runs.all():
            assert [attempt.attempt for attempt in store.runs.attempts(run.id)] == [run.attempt][: run.attempt]
            for attempt in store.runs.attempts(run.id):
                assert (attempt.worker, attempt.began_ms, attempt.ended_ms) == (
                    run.worker,
                    run.started_ms,
                    run.ended_ms,
                )
                assert (attempt.from_epoch, attempt.says, attempt.arithmetic) == (0, "", None)
                told[str(run.status), run.attempt] = attempt.ending
            assert run.mirrored_attempt in (0, run.attempt) or (run.mlflow_run_id, run.mirrored_epoch) == (None, 0)
        assert told == {
            ("finished", 1): "finished",
            ("finished", 2): "finished",
            ("failed", 1): "error",
            ("cancelled", 1): "cancelled",
            ("running", 2): None,
            ("queued", 1): "stopped",
        }


@pytest.mark.parametrize(
    ("status", "error", "ending"),
    [
        ("queued", "the worker did not renew its lease in time", "lost"),
        ("failed", "the worker did not renew its lease in time, 3 times", "lost"),
        ("queued", "the training process was killed by SIGKILL", "died"),
        ("failed", "the run took longer than EVENKEEL_RUN_DEADLINE_SECONDS=9", "deadline"),
    ],
)
def test_why_an_attempt_of_an_earlier_version_ended_is_read_from_its_error(
    database_url: str, status: str, error: str, ending: str
) -> None:
    tables = rows_of_every_schema("0007")
    for row in tables["runs"]:
        row |= {"status": status, "error": error}
    with earlier_store(database_url, "0007", tables) as store:
        [attempt] = store.runs.attempts("done")
        assert (attempt.ending, attempt.error) == (ending, error)


def test_what_is_known_of_earlier_posts_and_of_runs_that_went_wrong_becomes_events(database_url: str) -> None:
    with earlier_store(database_url, "0009", fixture("0009")) as store:
        told = {each.name: store.events.newest(each.id, 100)[::-1] for each in store.experiments.all()}
        assert [(event.kind, event.says) for event in told["old"]] == [
            ("posted", "8 runs posted"),
            ("diverged", "diverged in epoch 4"),
            ("extended", "4 runs added or queued again"),
            ("interrupted", "was interrupted in attempt 2: the training process was killed by SIGKILL"),
            ("failed", "failed: RuntimeError: no memory"),
        ]
        assert [event.says for event in told["later"]] == ["2 runs posted"]
        assert told["elsewhere"] == []
        runs_of_old = {run.id for run in store.runs.all("old")}
        assert {event.run_id for event in told["old"]} - {None} <= runs_of_old
        assert [event.at_ms for event in told["old"]] == sorted(event.at_ms for event in told["old"])


def test_an_experiment_of_an_earlier_schema_is_described_and_its_events_go_on(database_url: str) -> None:
    with earlier_store(database_url, "0009", fixture("0009")) as store:
        store.experiments.change("old", about=About(note="Kept.", tags=["old"]))
        found = store.experiments.find("old")
        assert found is not None
        assert (found.note, found.tags, found.priority) == ("Kept.", ("old",), 3)
        assert store.events.newest(found.id, 1)[0].says == "note written, tags set to old"
        run = store.runs.all("old")[0]
        assert store.logs.write(run.id, run.attempt, "one line\n")
        assert store.deletions.forget(found.id, run.cell_hash) is not None


@pytest.mark.parametrize("revision", ["0001", "0010"])
def test_runs_of_an_earlier_schema_are_counted_and_wait_in_lanes(database_url: str, revision: str) -> None:
    with earlier_store(database_url, revision, rows_of_every_schema(revision)) as store:
        assert store.lanes.settle() == 0
        assert counted(store) == counted_anew(store) != {}
        assert store.experiments.cancel("old") == (1, 1)
        assert counted(store) == counted_anew(store)


def test_a_store_goes_back_to_the_previous_schema_and_forth_again(database_url: str) -> None:
    with earlier_store(database_url, "0010", rows_of_every_schema("0010")) as store:
        downgrade(store, "0010")
        store.migrate()
        assert counted(store) == counted_anew(store) != {}


def test_epochs_without_rows_have_them_again_in_the_previous_schema(database_url: str) -> None:
    with earlier_store(database_url, "0011", rows_of_every_schema("0011")) as store:
        with store.database.write() as db:
            db.execute(curves.insert().values(pack_curves(db, "done")))
        before = store.runs.epochs(["done"])
        [done] = store.compacting.drop()
        assert done.kept == ()
        downgrade(store, "0011")
        with store.database.read() as db:
            query = sa.text("SELECT count(*) FROM epochs WHERE run_id = 'done'")
            assert db.execute(query).scalar_one() == len(before["done"]) == 2
        store.migrate()
        assert store.runs.epochs(["done"]) == before
        assert store.compacting.to_do() == (1, 2)
