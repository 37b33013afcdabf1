"""What workers announce is kept, also after they left, and a run goes only to a worker with the cell's packages."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest
from announcing import CHAR_LM, NETS, NEWER_NETS, PARAMETERS, RMS, all_of, known
from records import TASKS, make_cell

from evenkeel.grids.cell import Cell
from evenkeel.grids.cell import make_cell as cell_of
from evenkeel.grids.tasks import known_tasks
from evenkeel.plugins import AnnouncedLevel, AnnouncedTask, Broken, Metric, Package
from evenkeel.records.workers import Taker, Worker
from evenkeel.schema import plugins
from evenkeel.store import Store, now_ms

OTHER = Package("other-nets", "1.0")
ALL_TASKS = {**TASKS, "char_lm": 1}


def seen(store: Store, name: str, *packages: Package, ago_ms: int = 0) -> None:
    store.workers.see(Worker(name, 1, "cpu", "v", now_ms() - ago_ms, TASKS, plugins=tuple(map(str, packages))))


def newer(part: AnnouncedTask, **changes: Any) -> AnnouncedTask:
    """The part as a later version of its package brings it. changes: parameter -> what its schema says now."""
    properties = deepcopy(PARAMETERS) | changes
    return replace(part, package=NEWER_NETS, parameters={"type": "object", "properties": properties})


def test_what_is_announced_is_known_after_the_worker_has_left(store: Store) -> None:
    broken = Broken("evenkeel.archs", "mixer", NETS, "it hangs")
    announced = replace(all_of(CHAR_LM, RMS), broken=(broken,))
    assert store.plugins.announce("w", announced) == announced
    store.workers.forget("w")
    assert store.plugins.known() == all_of(CHAR_LM, RMS)
    assert store.plugins.of([NETS]) == all_of(CHAR_LM, RMS)
    assert store.plugins.of([NEWER_NETS]) == all_of()


def test_the_stamp_changes_whenever_what_is_known_changes_and_only_then(store: Store) -> None:
    stamps = [store.plugins.stamp()]
    for parts in ((RMS,), (CHAR_LM, RMS), (replace(CHAR_LM, description="Letters."),)):
        store.plugins.announce("w", all_of(*parts))
        stamps.append(store.plugins.stamp())
        store.plugins.announce("w", all_of(*parts))
        assert store.plugins.stamp() == stamps[-1]
    assert len(set(stamps)) == 4
    assert store.plugins.known().tasks == (replace(CHAR_LM, description="Letters."),)


def test_the_version_that_a_worker_has_is_known_and_of_several_the_newest(store: Store) -> None:
    later = newer(CHAR_LM, depth={"type": "integer", "default": 1})
    store.plugins.announce("old", all_of(CHAR_LM))
    seen(store, "old", NETS)
    store.plugins.announce("new", all_of(later))
    assert store.plugins.known() == all_of(CHAR_LM)
    seen(store, "new", NEWER_NETS)
    assert store.plugins.known() == all_of(later)
    store.plugins.announce("old", all_of(CHAR_LM))
    assert store.plugins.known() == all_of(later)
    stamp = store.plugins.stamp()
    seen(store, "new", NEWER_NETS, ago_ms=3_000_000)
    assert (store.plugins.known(), store.plugins.stamp()) == (all_of(later), stamp)
    seen(store, "new", NEWER_NETS, ago_ms=3_700_000)
    assert store.plugins.known() == all_of(CHAR_LM)
    assert store.plugins.stamp() != stamp
    store.workers.forget("old")
    assert store.plugins.known() == all_of(later)


def test_of_two_packages_with_one_name_the_second_is_broken_while_a_worker_has_the_first(store: Store) -> None:
    store.plugins.announce("w", all_of(CHAR_LM, RMS))
    seen(store, "w", NETS)
    second = all_of(replace(CHAR_LM, package=OTHER), replace(RMS, package=OTHER))
    found = store.plugins.announce("v", second)
    assert (found.tasks, found.levels) == ((), ())
    why = "lab-nets==0.1.0 on the worker w brings this name, too, and came first"
    assert found.broken == (
        Broken("evenkeel.tasks", "char_lm", OTHER, why),
        Broken("evenkeel.norms", "rms", OTHER, why),
    )
    assert store.plugins.known() == all_of(CHAR_LM, RMS)
    seen(store, "w", NETS, ago_ms=61_000)
    assert store.plugins.announce("v", second) == second


def test_of_two_packages_with_one_name_on_one_worker_the_second_is_broken(store: Store) -> None:
    twins = replace(RMS, package=OTHER), replace(CHAR_LM, package=OTHER)
    found = store.plugins.announce("w", all_of(RMS, CHAR_LM, *twins))
    assert (found.tasks, found.levels) == ((CHAR_LM,), (RMS,))
    assert [(broken.name, broken.package) for broken in found.broken] == [("char_lm", OTHER), ("rms", OTHER)]
    assert all("lab-nets==0.1.0 brings" in broken.why for broken in found.broken)


def test_what_contradicts_the_lab_or_itself_is_broken_and_the_rest_is_kept(store: Store) -> None:
    own = AnnouncedLevel("classification", "init", "own", NETS)
    wrong: list[tuple[AnnouncedTask | AnnouncedLevel, str]] = [
        (replace(CHAR_LM, name="classification"), "a task of the lab itself has this name"),
        (replace(CHAR_LM, default_metric="f1"), "'f1' is not one of its metrics: val_loss, train_loss"),
        (replace(RMS, level="batch"), "norm: 'batch' is already a level"),
        (
            replace(RMS, package=Package("p" * 129, "1")),
            f"{'p' * 129}==1 is too long; allowed: 128",
        ),
        (replace(RMS, task="chess"), "'chess' is no task that can get levels; allowed: classification"),
    ]
    found = store.plugins.announce("w", all_of(*(part for part, _ in wrong), own))
    assert len(found.broken) == len(wrong)
    assert all(broken.why.startswith(why) for broken, (_, why) in zip(found.broken, wrong, strict=True))
    assert store.plugins.known() == all_of(own)


@pytest.fixture
def char_lm() -> Iterator[Cell]:
    """A cell of an announced task that this process knows."""
    with known(CHAR_LM, RMS):
        yield cell_of(known_tasks()["char_lm"], {"lr": 0.1})


def test_a_changed_default_is_refused_once_cells_were_posted_whatever_the_version(store: Store, char_lm: Cell) -> None:
    store.plugins.announce("w", all_of(CHAR_LM))
    changed = newer(CHAR_LM, layers=PARAMETERS["layers"] | {"default": 3})
    assert store.plugins.announce("w", all_of(changed)).broken == ()
    store.grids.ensure("exp", [char_lm], [0])
    for why, wrong in {
        "layers: its default was 2 and is 3": changed,
        "layers: its default was 2 and is none": newer(CHAR_LM, layers={"type": "integer"}),
        "depth: it is new and has no default": newer(CHAR_LM, depth={"type": "integer"}),
    }.items():
        for version in (1, 2):
            [broken] = store.plugins.announce("w", all_of(replace(wrong, version=version))).broken
            assert broken.why.startswith(f"{why}. Cells of the task were posted with lab-nets==0.1.0")
            assert broken.why.endswith("Keep the default, or give the task or the parameter another name")
    assert store.plugins.announce("w", all_of(replace(changed, name="another"))).broken == ()
    wider = newer(CHAR_LM, depth={"type": "integer", "default": 1}, lr={"type": "number", "default": 0.003})
    assert store.plugins.announce("w", all_of(wider)).broken == ()


def test_a_run_goes_only_to_a_worker_with_the_package_in_its_version(store: Store, char_lm: Cell) -> None:
    store.grids.ensure("exp", [char_lm], [0])
    alike = [Package("my-lab-nets", "0.1.0"), Package("lab-nets", "0.1.0.1")]
    for packages in ([], [NEWER_NETS], [OTHER], alike):
        assert store.claims.take(Taker("w", "v", ALL_TASKS, plugins=frozenset(map(str, packages))), 60) is None
    all_of_them = frozenset(map(str, [NEWER_NETS, OTHER, NETS]))
    assert store.claims.take(Taker("w", "v", ALL_TASKS, plugins=all_of_them), 60) is not None


def test_a_run_of_a_level_that_is_broken_on_a_worker_is_left_to_others_with_the_package(store: Store) -> None:
    broken = Broken("evenkeel.norms", "rms", NETS, "it hangs")
    with known(RMS):
        levels = {"arch": "yolo", "norm": "rms", "init": "he"}
        store.grids.ensure("exp", [cell_of(known_tasks()["classification"], levels)], [0])
        taker = Taker("w", "v", TASKS, plugins=frozenset({str(NETS)}))
        for found in (broken, replace(broken, why="it raises ImportError")):
            assert store.claims.take(replace(taker, broken=(found,)), 60) is None
        other = replace(broken, package=NEWER_NETS)
        assert store.claims.take(replace(taker, broken=(other,)), 60) is not None


def test_a_run_that_needs_two_packages_goes_to_a_worker_with_both(store: Store) -> None:
    own = AnnouncedLevel("classification", "init", "own", OTHER)
    with known(RMS, own):
        cell = cell_of(known_tasks()["classification"], {"arch": "yolo", "norm": "rms", "init": "own"})
        store.grids.ensure("exp", [cell], [0])
        assert store.plugins.begun_with("exp") == {NETS, OTHER}
        for packages in ([NETS], [OTHER], [NETS, OTHER]):
            claim = store.claims.take(Taker("w", "v", TASKS, plugins=frozenset(map(str, packages))), 60)
            assert (claim is not None) is (len(packages) == 2)


def test_a_cell_that_the_lab_itself_trains_needs_no_package(store: Store, char_lm: Cell) -> None:
    store.grids.ensure("exp", [make_cell()], [0])
    assert store.plugins.begun_with("exp") == frozenset()
    assert store.claims.take(Taker("w", "v", TASKS), 60) is not None


def test_an_imported_task_needs_no_package_and_its_cells_are_left_to_nobody(store: Store) -> None:
    imported = replace(CHAR_LM, name="imported:mine", package=Package("", ""), metrics=(Metric("val_loss", "lower"),))
    imported = replace(imported, loss=None)
    assert store.plugins.announce(None, all_of(imported)).tasks == (imported,)
    with known(imported):
        store.grids.ensure("exp", [cell_of(known_tasks()["imported:mine"], {})], [0])
    assert store.plugins.begun_with("exp") == frozenset()
    assert store.claims.take(Taker("w", "v", ALL_TASKS, plugins=frozenset({str(NETS)})), 60) is None


def test_a_cell_that_could_not_be_read_is_taken_once_its_task_is_announced(store: Store) -> None:
    with known(CHAR_LM):
        store.grids.ensure("exp", [cell_of(known_tasks()["char_lm"], {})], [0])
    taker = Taker("w", "v", ALL_TASKS, plugins=frozenset({str(NETS)}))
    assert store.claims.take(taker, 60) is None
    with known(CHAR_LM):
        assert store.claims.take(taker, 60) is not None


def test_what_a_newer_version_announced_in_another_form_is_left_out(store: Store) -> None:
    store.plugins.announce("w", all_of(CHAR_LM, RMS))
    with store.database.write() as db:
        db.execute(plugins.update().where(plugins.c.kind == "task").values(body={"name": "char_lm", "shape": 3}))
    assert store.plugins.known() == all_of(RMS)


def test_a_worker_says_its_packages_and_what_is_broken_and_an_older_worker_says_nothing(store: Store) -> None:
    broken = Broken("evenkeel.archs", "mixer", NETS, "it raises ImportError")
    worker = Worker("w", 1, "cpu", "v", now_ms(), TASKS, plugins=(str(NETS),), broken=(broken,))
    store.workers.see(worker)
    assert store.workers.seen(60) == [worker]
    assert worker.ready


# Factor, the wanted levels, and which of the cells below have one of them.
FILTERS: list[tuple[str, list[Any], list[int]]] = [
    ("layers", [2], [0, 1, 3, 4]),
    ("layers", [2**63 - 1], [2]),
    ("norm", ["none"], [1]),
    ("lr", [0.003], [0, 2, 3, 4]),
    ("lr", [1.0], [1]),
    ("dropout", [None], [0, 1, 2]),
    ("dropout", [0.5], [3]),
    ("dropout", [0.0, None], [0, 1, 2, 4]),
    ("blocks", ["[1,2]"], [0, 1, 2, 3]),
    ("blocks", ["[]", "[3]"], [4]),
]


def test_the_database_filters_cells_of_an_announced_task_by_their_levels(store: Store) -> None:
    posted: list[dict[str, Any]] = [
        {},
        {"lr": 1, "norm": "none"},
        {"layers": 2**63 - 1},
        {"dropout": 0.5},
        {"dropout": 0.0, "blocks": []},
    ]
    with known(CHAR_LM):
        task = known_tasks()["char_lm"]
        made = [cell_of(task, levels) for levels in posted]
        store.grids.ensure("exp", made, [0])
        for factor, wanted, found in FILTERS:
            rows = store.curves.find_cells(None, {factor: wanted}, task)
            assert [row.hash for row in rows] == [made[index].hash for index in found], (factor, wanted)
