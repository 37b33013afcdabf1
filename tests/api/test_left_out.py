"""Every answer leaves out a stored cell that cannot be read here, and names it. The rest of the answer stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import claim_run, finish_run, make_cell, make_unreadable
from servers import NO_BROKER

from api.app import create_app
from evenkeel.settings import Settings
from evenkeel.store import Store

# Each test works out summaries and effects.
pytestmark = pytest.mark.slow

YOLO, RESNET, BRANCH = make_cell(), make_cell("resnet"), make_cell(lr=0.5)
GRID: dict[str, Any] = {
    "name": "exp",
    "grid": {"arch": ["yolo", "resnet"], "norm": ["none"], "init": ["he"]},
    "seeds": 3,
    "train": {"width": 0.25, "epochs": 3},
}
HEADER = "Evenkeel-Left-Out"
FORMS = ("csv", "parquet")
KINDS: list[dict[str, Any]] = [
    {"levels": {"arch": "my_net"}, "field": "arch", "level": "my_net", "why": "allowed: yolo, resnet, plain, vgg"},
    {"levels": {"sharpness": 3}, "field": "sharpness", "level": 3, "why": "is not a factor here; known: arch, norm"},
    {"levels": {"lr": "cyclic"}, "field": "lr", "level": "cyclic", "why": "allowed: a valid number"},
    {"task": "chess", "field": "task", "level": "chess", "why": "'chess' is not a task here; known: classification"},
]


@pytest.fixture
def store(store: Store) -> Store:
    """Three cells, one of which a test makes unreadable, and a second experiment with one of the other cells."""
    for seed in range(3):
        for cell in (YOLO, RESNET, BRANCH):
            finish_run(store, cell, seed, [0.2, 0.5, 0.6 + seed / 10])
        finish_run(store, YOLO, seed, [0.1, 0.2, 0.3], experiment="other")
    return store


@contextmanager
def started(database_url: str) -> Iterator[TestClient]:
    settings = Settings(answer_processes=0, database_url=database_url, broker_url=NO_BROKER)
    with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


@pytest.fixture
def client(store: Store, database_url: str) -> Iterator[TestClient]:
    with started(database_url) as client:
        yield client


def answers(client: TestClient, **query: str) -> dict[str, Any]:
    """The answer of every call about the cells of one experiment or of all. Every call must succeed."""
    calls = {
        "summary": "/summary",
        "effects": "/effects",
        "compare": "/compare?a=yolo-none-he",
        "seeds": "/seeds-needed?cell=yolo-none-he&half_width=0.1",
        **({"report": "/report"} if "experiment" in query else {}),
        **{f"{table}.{form}": f"/summary?table={table}&format={form}" for table in ("cells", "runs") for form in FORMS},
        **{f"effects.{form}": f"/effects?format={form}" for form in FORMS},
        **{f"compare.{form}": f"/compare?a=yolo-none-he&format={form}" for form in FORMS},
        **{figure: f"/{figure}.svg" for figure in ("summary/figure", "summary/reaching", "effects/figure")},
        "summary/region": "/summary/region.svg?x=arch",
    }
    found = {}
    for name, call in calls.items():
        found[name] = client.get(call, params=dict(client.build_request("GET", call).url.params) | query)
        assert found[name].status_code == 200, (call, found[name].text)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["field"])
def test_every_answer_leaves_the_cell_out_and_says_which_why_and_what_to_do(
    client: TestClient, store: Store, database_url: str, kind: dict[str, Any]
) -> None:
    # Stored levels never change. A process that has not read the cell stands for one that knows less.
    with started(database_url) as knowing:
        before = knowing.get("/summary", params={"experiment": "exp"}).json()
    task, levels = kind.get("task", "classification"), kind.get("levels", {})
    cell_hash = make_unreadable(store, BRANCH, task=task, **levels)
    for query in ({}, {"experiment": "exp"}):
        found = answers(client, **query)
        for name, answer in found.items():
            assert f"The cell {cell_hash} of exp is left out. {kind['field']}: " in answer.headers[HEADER], name
            assert kind["why"] in answer.headers[HEADER]
            assert f"evenkeel forget exp {cell_hash}." in answer.headers[HEADER]
        for name in {"summary", "effects", "compare", "seeds", "report"} & set(found):
            [left_out] = found[name].json()["left_out"]
            assert kind["why"] in left_out.pop("why")
            assert f"evenkeel forget exp {cell_hash}" in left_out.pop("remedy")
            assert left_out == {
                "hash": cell_hash,
                "experiment": "exp",
                "task": task,
                "levels": BRANCH.stored_levels | levels,
                "field": kind["field"],
                "level": kind["level"],
            }
    shown = {cell["hash"]: cell for cell in client.get("/summary", params={"experiment": "exp"}).json()["cells"]}
    for cell in before["cells"]:
        if cell["hash"] != BRANCH.hash:
            assert shown.pop(cell["hash"])["final"] == cell["final"]
    assert shown == {}
    assert f"The cell {cell_hash} of exp is left out." in found["report"].json()["markdown"]


def test_an_answer_about_other_cells_says_nothing_of_it(client: TestClient, store: Store) -> None:
    make_unreadable(store, BRANCH, arch="my_net")
    for query in ({"experiment": "other"}, {"arch": "resnet"}):
        answer = client.get("/summary", params=query)
        assert (answer.json()["left_out"], answer.headers.get(HEADER)) == ([], None)
        assert len(answer.json()["cells"]) == 1
    assert client.get("/experiments/other").json()["left_out"] == []


def test_a_filter_finds_its_cells_beside_a_level_that_is_of_another_kind(client: TestClient, store: Store) -> None:
    make_unreadable(store, BRANCH, lr="cyclic")
    answer = client.get("/summary", params={"experiment": "exp", "lr": 0.001})
    assert answer.status_code == 200
    assert [cell["levels"]["arch"] for cell in answer.json()["cells"]] == ["yolo", "resnet"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind["field"])
def test_its_experiment_and_its_runs_are_shown_with_the_levels_that_are_stored(
    client: TestClient, store: Store, kind: dict[str, Any]
) -> None:
    task, levels = kind.get("task", "classification"), kind.get("levels", {})
    cell_hash = make_unreadable(store, BRANCH, task=task, **levels)
    detail, listed = client.get("/experiments/exp"), client.get("/experiments/exp/runs")
    assert [left_out["hash"] for left_out in detail.json()["left_out"]] == [cell_hash]
    assert detail.json()["num_cells"] == 3
    runs = {run["id"]: run for run in listed.json()}
    assert len(runs) == 9
    [*unreadable] = [run for run in runs.values() if run["left_out"] is not None]
    assert {run["cell"] for run in unreadable} == {run["cell_hash"] for run in unreadable} == {cell_hash}
    assert {run["cell"] for run in runs.values()} == {cell_hash, YOLO.name, RESNET.name}
    one = client.get(f"/runs/{unreadable[0]['id']}")
    assert one.json()["spec"] == BRANCH.stored_levels | levels | {"seed": unreadable[0]["seed"]}
    assert one.json()["left_out"] == unreadable[0]["left_out"] == detail.json()["left_out"][0]
    assert [epoch["train_accuracy"] for epoch in one.json()["history"]][:2] == [0.2, 0.5]
    for answer in (detail, listed, one):
        assert kind["why"] in answer.headers[HEADER]


def test_a_metric_of_a_task_that_is_not_known_here_is_shown_too(client: TestClient, store: Store) -> None:
    make_unreadable(store, BRANCH, task="chess")
    with store.database.write() as db:
        db.exec_driver_sql("""UPDATE epochs SET measured = '{"elo": 1500.5}'""")
    unreadable = next(run for run in client.get("/experiments/exp/runs").json() if run["left_out"])
    [first, *_] = client.get(f"/runs/{unreadable['id']}").json()["history"]
    assert (first["epoch"], first["elo"]) == (1, 1500.5)


def test_a_post_and_its_plan_name_what_the_experiment_has_and_nobody_here_can_read(
    client: TestClient, store: Store
) -> None:
    cell_hash = make_unreadable(store, BRANCH, arch="my_net")
    for path in ("/experiments?dry_run=true", "/experiments"):
        answer = client.post(path, json=GRID)
        assert answer.status_code == 200, answer.text
        assert [left_out["hash"] for left_out in answer.json()["left_out"]] == [cell_hash]
        assert cell_hash in answer.headers[HEADER]
    assert client.post("/experiments", json=GRID | {"name": "new"}).json()["left_out"] == []


def test_asked_for_by_its_hash_or_the_beginning_of_it_it_is_refused_with_the_reason(
    client: TestClient, store: Store
) -> None:
    cell_hash = make_unreadable(store, BRANCH, arch="my_net")
    for path, field in (
        (f"/compare?a={cell_hash[:6]}", "a"),
        (f"/compare?a={cell_hash}", "a"),
        (f"/compare?a=yolo-none-he&b={cell_hash}", "b"),
        (f"/seeds-needed?cell={cell_hash}&half_width=0.1", "cell"),
    ):
        [error] = client.get(path).json()["errors"]
        assert error["field"] == field
        assert f"the cell {cell_hash} cannot be read here. arch: 'my_net' is not a level here" in error["problem"]


def test_where_no_cell_can_be_read_the_summary_is_empty_and_a_figure_is_refused_with_the_reason(
    client: TestClient, store: Store
) -> None:
    hashes = [make_unreadable(store, cell, arch=f"net{place}") for place, cell in enumerate((YOLO, RESNET, BRANCH))]
    summary = client.get("/summary", params={"experiment": "exp"}).json()
    assert summary["cells"] == []
    assert [left_out["hash"] for left_out in summary["left_out"]] == hashes
    for path in ("/summary/figure.svg", "/effects", "/report"):
        [error] = client.get(path, params={"experiment": "exp"}).json()["errors"]
        assert error["problem"].startswith(f"no cell matches these filters and can be read. The cell {hashes[0]}")


def test_a_header_is_one_line_of_ascii_whatever_a_level_holds(client: TestClient, store: Store) -> None:
    make_unreadable(store, BRANCH, **{"net\r\nSet-Cookie: a": "\N{SNOWMAN}"})
    answer = client.get("/summary", params={"experiment": "exp"})
    assert answer.status_code == 200
    assert "net\\r\\nSet-Cookie: a" in answer.headers[HEADER]
    assert "set-cookie" not in answer.headers


def test_a_run_of_it_that_still_trains_changes_nothing_of_that(client: TestClient, store: Store) -> None:
    claim_run(store, BRANCH, 9)
    make_unreadable(store, BRANCH, arch="my_net")
    assert client.get("/experiments/exp").json()["num_runs"]["status"]["running"] == 1
    assert len(client.get("/summary").json()["left_out"]) == 1
