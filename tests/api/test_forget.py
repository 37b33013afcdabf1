"""DELETE of a cell: which keys may do it, what it answers and refuses, and what other calls answer afterwards."""

from fastapi.testclient import TestClient
from records import claim_run, finish_run, make_cell, make_unreadable
from servers import add_key

from evenkeel.records.keys import Role
from evenkeel.store import Store

YOLO, RESNET = make_cell(), make_cell("resnet")


def test_a_cell_that_cannot_be_read_is_deleted_and_named_no_more(client: TestClient, app_store: Store) -> None:
    for seed in range(3):
        finish_run(app_store, YOLO, seed, [0.1, 0.2, 0.3])
        finish_run(app_store, RESNET, seed, [0.1, 0.2, 0.3])
    cell_hash = make_unreadable(app_store, RESNET, arch="my_net")
    assert client.get("/experiments/exp").json()["left_out"] != []
    answer = client.delete(f"/experiments/exp/cells/{cell_hash}")
    assert answer.status_code == 200
    assert {key: value for key, value in answer.json().items() if key != "says"} == {
        "experiment": "exp",
        "cell": cell_hash,
        "hash": cell_hash,
        "runs": 3,
        "epochs": 9,
    }
    assert answer.json()["says"] == (
        f"Deleted the cell {cell_hash} of exp, 3 runs and 9 epochs. Workers remove the checkpoints from their disks "
        "within a minute or two. The copies in MLflow stay; delete them there."
    )
    detail = client.get("/experiments/exp").json()
    assert (detail["num_cells"], detail["num_runs"]["total"], detail["left_out"]) == (1, 3, [])
    summary = client.get("/summary").json()
    assert ([cell["hash"] for cell in summary["cells"]], summary["left_out"]) == ([YOLO.hash], [])
    assert len(client.get("/experiments/exp/runs").json()) == 3


def test_details_are_of_the_cells_that_are_there_now(client: TestClient, app_store: Store) -> None:
    app_store.grids.ensure("exp", [YOLO], [0])
    app_store.grids.ensure("exp", [RESNET], [5])
    assert client.get("/experiments/exp").json()["seeds"] == [0, 5]
    assert client.delete(f"/experiments/exp/cells/{RESNET.hash}").json()["runs"] == 1
    app_store.grids.ensure("exp", [RESNET], [7])
    assert client.get("/experiments/exp").json()["seeds"] == [0, 7]


def test_a_cell_that_trains_is_refused_and_stays(client: TestClient, app_store: Store) -> None:
    claim_run(app_store, YOLO, 0)
    answer = client.delete(f"/experiments/exp/cells/{YOLO.hash}")
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        "runs of this cell that train now: 1; cancel the experiment, or wait until they have ended; nothing was deleted"
    )
    assert client.get("/experiments/exp").json()["num_runs"]["total"] == 1


def test_a_cell_goes_by_what_every_other_call_takes_and_where_several_fit_none_is_deleted(
    client: TestClient, app_store: Store
) -> None:
    faster, branch = make_cell(lr=0.1), make_cell(lr=0.5)
    app_store.grids.ensure("exp", [YOLO, faster, branch, RESNET], [0])
    cell_hash = make_unreadable(app_store, branch, arch="my_net")
    answer = client.delete("/experiments/exp/cells/yolo-none-he")
    assert answer.status_code == 422
    told = f"{YOLO.name} (lr 0.001), {faster.name} (lr 0.1)"
    assert answer.json()["errors"] == [
        {"field": "cell", "problem": f"'yolo-none-he' fits 2 cells; give the name or hash of one: {told}"}
    ]
    assert client.get("/experiments/exp").json()["num_cells"] == 4
    for said, cell, its_hash in (
        (YOLO.name, YOLO.name, YOLO.hash),
        ("yolo-none-he", faster.name, faster.hash),
        (RESNET.hash[:5], RESNET.name, RESNET.hash),
        (cell_hash[:5], cell_hash, cell_hash),
    ):
        answer = client.delete(f"/experiments/exp/cells/{said}")
        assert (answer.status_code, answer.json()["cell"], answer.json()["hash"]) == (200, cell, its_hash)
    assert client.get("/experiments/exp").json()["num_cells"] == 0


def test_what_is_not_there_is_404_and_another_method_is_told_the_one_there_is(
    client: TestClient, app_store: Store
) -> None:
    finish_run(app_store, YOLO, 0, [0.1])
    for path, says in (
        ("/experiments/nothing/cells/0123456789abcdef", "there is no experiment 'nothing'; there are: exp"),
        ("/experiments/exp/cells/0123456789abcdef", f"no cell '0123456789abcdef'; there are: {YOLO.name}"),
    ):
        answer = client.delete(path)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert says in answer.json()["detail"]
    for method in ("GET", "PUT", "POST"):
        answer = client.request(method, f"/experiments/exp/cells/{YOLO.hash}")
        assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE")
    answer = client.put("/experiments/exp")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, PATCH")


def test_a_key_that_may_only_read_deletes_nothing(client: TestClient, app_store: Store) -> None:
    finish_run(app_store, YOLO, 0, [0.1])
    path = f"/experiments/exp/cells/{YOLO.hash}"
    reader, writer = (
        {"Authorization": f"Bearer {add_key(app_store, role, name)}"}
        for role, name in ((Role.READ, "r"), (Role.WRITE, "w"))
    )
    assert client.delete(path, headers=reader).status_code == 403
    assert client.delete(path).status_code == 401
    assert len(app_store.runs.all()) == 1
    assert client.delete(path, headers=writer).json()["runs"] == 1
