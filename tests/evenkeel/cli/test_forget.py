"""On the command line, a yellow line names the cells that are left out, and any cell can be deleted."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from records import claim_run, finish_run, make_cell, make_unreadable
from servers import api_server
from typer.testing import CliRunner, Result

from evenkeel.cli import app
from evenkeel.client import Client
from evenkeel.store import Store

YOLO, RESNET, BRANCH = make_cell(), make_cell("resnet"), make_cell(lr=0.5)


pytestmark = pytest.mark.stack


@pytest.fixture(scope="module")
def url_and_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    folder = tmp_path_factory.mktemp("forget")
    store = Store(f"sqlite:///{folder}/lab.db")
    store.migrate()
    with api_server(f"sqlite:///{folder}/lab.db", folder / "api.log") as url:
        yield url, store
    store.close()


@pytest.fixture
def url(url_and_store: tuple[str, Store]) -> str:
    return url_and_store[0]


@pytest.fixture
def experiment(url_and_store: tuple[str, Store], request: pytest.FixtureRequest) -> str:
    """An experiment for one test, with two cells that can be read."""
    name, store = f"exp{abs(hash(request.node.name)) % 10**8}", url_and_store[1]
    for seed in range(3):
        for cell in (YOLO, RESNET, BRANCH):
            finish_run(store, cell, seed, [0.2, 0.5, 0.6 + seed / 10], experiment=name)
    return name


@pytest.fixture
def cell_hash(url_and_store: tuple[str, Store], experiment: str) -> str:
    """The hash of its third cell, which cannot be read."""
    return make_unreadable(url_and_store[1], BRANCH, experiment, arch="my_net")


def call(*arguments: str, url: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, [*arguments, "--url", url], input=typed)


COMMANDS = {
    "summary": ["summary", "--experiment", "{}"],
    "summary --json": ["summary", "--experiment", "{}", "--json"],
    "effects": ["effects", "{}"],
    "compare": ["compare", "{}", "yolo-none-he"],
    "seeds-needed": ["seeds-needed", "{}", "yolo-none-he", "--half-width", "0.1"],
    "figure": ["figure", "{}", "-o", "figure.svg"],
    "report": ["report", "{}", "-o", "report"],
    "export": ["export", "{}", "-o", "export"],
    "runs": ["runs", "{}"],
    "watch": ["watch", "{}"],
    "submit": ["submit", "grid.json", "--dry-run"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_once_on_stderr_what_is_left_out_and_answers(
    command: str, url: str, experiment: str, cell_hash: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    grid = {"name": experiment, "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "train": {"epochs": 3}}
    Path("grid.json").write_text(json.dumps(grid))
    done = call(*(part.format(experiment) for part in COMMANDS[command]), url=url)
    assert done.exit_code == 0, done.output
    says = f"The cell {cell_hash} of {experiment} is left out. arch: 'my_net' is not a level here; allowed: yolo"
    assert done.stderr.startswith(says)
    assert done.stderr.count("is left out") == 1, done.stderr
    assert f"evenkeel forget {experiment} {cell_hash}." in done.stderr
    if "--json" in command:
        assert json.loads(done.stdout)["left_out"][0]["hash"] == cell_hash


def test_a_cell_is_deleted_once_that_was_confirmed(url: str, experiment: str, cell_hash: str) -> None:
    asked = call("forget", experiment, cell_hash, url=url, typed="n\n")
    assert asked.exit_code == 1
    what = f"Delete the cell {cell_hash} of {experiment}, 3 runs and 9 epochs? This cannot be undone."
    assert what in asked.stderr.replace("\n", " ")
    done = call("forget", experiment, cell_hash, url=url, typed="y\n")
    assert done.exit_code == 0
    assert f"Deleted the cell {cell_hash} of {experiment}, 3 runs and 9 epochs." in done.stdout.replace("\n", " ")
    assert "copies in MLflow" in " ".join(done.stdout.split())
    assert call("summary", "--experiment", experiment, url=url).stderr == ""


def test_a_cell_that_can_be_read_is_deleted_by_its_name_unasked(url: str, experiment: str) -> None:
    done = call("forget", experiment, RESNET.name, "--yes", url=url)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"Deleted the cell {RESNET.name} of {experiment}, 3 runs" in done.stdout.replace("\n", " ")
    with Client(url) as client:
        assert {run["cell_hash"] for run in client.runs(experiment)} == {YOLO.hash, BRANCH.hash}


def test_a_cell_that_is_not_there_is_refused_with_those_that_are(url: str, experiment: str, cell_hash: str) -> None:
    done = call("forget", experiment, "vgg", "--yes", url=url)
    assert done.exit_code == 1
    assert "there is no cell 'vgg'; there are: " in done.stderr
    for known in (f"{cell_hash} (cannot be read)", YOLO.name, RESNET.name):
        assert known in done.stderr


def test_a_beginning_is_enough_where_it_fits_one_cell_and_deletes_nothing_where_it_fits_several(
    url: str, experiment: str
) -> None:
    done = call("forget", experiment, "yolo-none-he", "--yes", url=url)
    assert done.exit_code == 1
    assert done.stderr.startswith("'yolo-none-he' fits 2 cells; give the name or hash of one: ")
    for known in (YOLO.name, BRANCH.name):
        assert known in done.stderr
    assert call("forget", experiment, "resnet", "--yes", url=url).exit_code == 0
    with Client(url) as client:
        assert {run["cell_hash"] for run in client.runs(experiment)} == {YOLO.hash, BRANCH.hash}


def test_a_cell_that_trains_is_not_deleted(url: str, url_and_store: tuple[str, Store], experiment: str) -> None:
    claim_run(url_and_store[1], YOLO, 9, experiment)
    done = call("forget", experiment, YOLO.hash, "--yes", url=url)
    assert done.exit_code == 1
    assert done.stderr.startswith("runs of this cell that train now: 1; cancel the experiment, or wait")


def test_a_client_warns_of_what_is_left_out_and_may_be_told_to_do_something_else(
    url: str, experiment: str, cell_hash: str
) -> None:
    with Client(url) as client, pytest.warns(UserWarning, match=f"The cell {cell_hash} of {experiment} is left out"):
        client.figure(experiment=experiment)
    said = list[str]()
    with Client(url, on_left_out=said.append) as client:
        assert [left_out["hash"] for left_out in client.summary(experiment=experiment)["left_out"]] == [cell_hash]
        client.forget(experiment, cell_hash)
        client.summary(experiment=experiment)
    assert len(said) == 1
