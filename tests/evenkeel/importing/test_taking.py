"""Imported runs answer the same questions as the lab's own."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from bells import Bell
from elsewhere import a_batch, a_run

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.grids.tasks import announce, known_tasks
from evenkeel.importing.problems import ImportProblem
from evenkeel.importing.taking import take, view
from evenkeel.lab.context import Lab
from evenkeel.plugins import Announced
from evenkeel.settings import Settings
from evenkeel.store import Store

TASK = "imported:elsewhere"
# What databases do with imported runs is tested in tests/evenkeel/store/test_imports.py.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def lab(store: Store) -> Iterator[Lab]:
    yield Lab(Settings(), store, Bell())
    announce(Announced())


def cells_of(lab: Lab) -> list[CellSummary]:
    found = Summaries(lab.store).find(known_tasks()[TASK], {}, "val_acc", "elsewhere")
    assert found.left_out == []
    return [CellSummary.of(name, facts) for name, facts in found.cells]


def curve(end: float, num_epochs: int = 6) -> list[float]:
    return [end * (1 - math.exp(-epoch)) for epoch in range(1, num_epochs + 1)]


@pytest.mark.slow
def test_the_planted_factor_matters_and_no_other(lab: Lab) -> None:
    random = np.random.default_rng(1)
    runs: list[dict[str, Any]] = []
    for lr in (0.1, 0.2, 0.4):
        for depth in (2, 3):
            for seed in range(8):
                end = float(0.9 - lr + random.normal(0, 0.01))
                runs.append(a_run(f"{lr}-{depth}-{seed}", seed, {"lr": lr, "depth": depth, "data": "a"}, curve(end)))
    for part in (runs[:30], runs[30:]):
        answer = take(lab, a_batch(*part, params={"lr": [0.1, 0.2, 0.4], "depth": [2, 3], "data": ["a"]}, began_ms=9))
    assert (answer.created, answer.num_cells, answer.factors) == (18, 6, ["lr", "depth"])
    task = known_tasks()[TASK]
    found = which_mattered(task, cells_of(lab), task.metric("val_acc"), "elsewhere", permutations=999)
    assert found.answer.startswith("Final val/acc: lr mattered")
    assert "depth mattered" not in found.answer
    assert found.look == 1


def test_a_run_that_finished_early_keeps_its_last_value_and_one_that_failed_counts_nowhere(lab: Lab) -> None:
    lr = {"lr": 0.1}
    runs = [a_run(f"r{seed}", seed, lr, curve(0.8, 6 if seed else 3)) for seed in range(5)]
    answer = take(lab, a_batch(*runs, a_run("f", 9, lr, curve(0.2), state="failed")))
    assert [(note.kind, note.count) for note in answer.notes] == [("failed", 1), ("early", 1)]
    [cell] = cells_of(lab)
    assert cell.final.n == 5
    assert cell.final.min == pytest.approx(curve(0.8, 3)[-1])
    assert cell.divergence.unfinished == 0
    assert cell.evidence.more == "With 10 seeds there is more to say."


def test_a_cell_with_a_killed_run_counts_as_unfinished(lab: Lab) -> None:
    runs = [a_run(f"r{seed}", seed, {"lr": lr}, curve(0.9 - lr)) for lr in (0.1, 0.2) for seed in range(3)]
    runs = [{**run, "id": f"{run['id']}-{run['params']['lr']}"} for run in runs]
    take(lab, a_batch(*runs, a_run("k", 9, {"lr": 0.2}, curve(0.1, 2), state="killed")))
    task = known_tasks()[TASK]
    found = which_mattered(task, cells_of(lab), task.metric("val_acc"), "elsewhere", permutations=99)
    assert "A seed has not ended if its run was killed, or was still training when it was imported." in found.notes


@pytest.mark.slow
def test_seeds_of_a_later_import_are_a_further_look(lab: Lab) -> None:
    def batch(seeds: range, began_ms: int) -> Any:
        runs = [a_run(f"{lr}-{seed}", seed, {"lr": lr}, curve(0.9 - lr)) for lr in (0.1, 0.2) for seed in seeds]
        return a_batch(*runs, began_ms=began_ms)

    for seeds, began_ms, look in ((range(4), 90_000, 1), (range(4, 6), 90_000, 1), (range(6, 8), 99_000, 2)):
        take(lab, batch(seeds, began_ms))
        task = known_tasks()[TASK]
        found = which_mattered(task, cells_of(lab), task.metric("val_acc"), "elsewhere", permutations=99)
        assert found.look == look


def test_a_param_that_begins_to_vary_leaves_the_names_of_cells_as_they_are(lab: Lab) -> None:
    runs = [a_run(f"{lr}", 0, {"lr": lr, "depth": 2}, curve(0.5)) for lr in (0.1, 0.2)]
    take(lab, a_batch(*runs))
    names = {cell.cell for cell in cells_of(lab)}
    take(lab, a_batch(a_run("deep", 0, {"lr": 0.1, "depth": 3}, curve(0.5))))
    cells = cells_of(lab)
    assert {cell.cell for cell in cells if cell.levels["depth"] == 2} == names
    assert len(cells) == 3


def test_the_choices_of_an_import_can_be_read_again(lab: Lab) -> None:
    take(lab, a_batch(a_run("r", 0, {"lr": 0.1}, curve(0.5))))
    found = view(lab, "elsewhere")
    assert (found.task, found.choices.metrics[0].name, found.ended) == (TASK, "val/acc", ["r"])
    lab.store.grids.ensure("own", [], [])
    with pytest.raises(ImportProblem, match="'own' has no imported runs"):
        view(lab, "own")
