"""The database filters rows by levels, on SQLite and on Postgres."""

import json

import pytest
from records import make_cell
from sqlalchemy import select, text

from evenkeel.schema import cells
from evenkeel.store import Store
from evenkeel.store.levels import Wanted
from models.task import CLASSIFICATION

CELLS = [make_cell(), make_cell(lr=0.003), make_cell("resnet", lr=1.0), make_cell(epochs=1)]


@pytest.mark.parametrize(
    ("factor", "levels", "sent"),
    [
        ("arch", ["resnet"], [2]),
        ("lr", [0.003, 1.0], [1, 2]),
        ("lr", [0.001], [0, 3]),
        ("epochs", [1, 2], [3]),
        ("precision", ["fp32"], [0, 1, 2, 3]),
        ("precision", ["bf16"], []),
    ],
)
def test_the_database_sends_the_wanted_rows_alone(store: Store, factor: str, levels: list, sent: list[int]) -> None:
    store.grids.ensure("exp", CELLS, [0])
    wanted = Wanted(CLASSIFICATION, factor, levels)
    with store.database.read() as db:
        found = {row.hash for row in db.execute(select(cells.c.hash).where(wanted.may_have(store.database.dialect)))}
    assert found == {CELLS[index].hash for index in sent}


@pytest.mark.parametrize("stored", ["fast", True, None, [0.003], {"lr": 0.003}, "0.003", "100%"])
def test_a_level_of_another_type_is_not_found_and_fails_no_query(store: Store, stored: object) -> None:
    store.grids.ensure("exp", CELLS[:2], [0])
    levels = json.dumps(CELLS[1].stored_levels | {"lr": stored})
    with store.database.write() as db:
        db.execute(
            text("UPDATE cells SET levels = :levels WHERE hash = :hash"), {"levels": levels, "hash": CELLS[1].hash}
        )
    assert store.curves.find_cells(None, {"lr": [0.003, 1.0]}, CLASSIFICATION) == []
    [found] = store.curves.find_cells(None, {"lr": [0.001]}, CLASSIFICATION)
    assert found.hash == CELLS[0].hash
