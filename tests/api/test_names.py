"""Names are safe in SQL, MLflow, HTML, a spreadsheet, a file system and a header.

A name that could mean something there is refused. A name that is allowed arrives unchanged."""

import csv
import io
from urllib.parse import quote, unquote

import pytest
from fastapi.testclient import TestClient
from mlflow.tracking import MlflowClient
from records import finish_run, make_cell
from services import RunningStack, grid
from typer.testing import CliRunner

from evenkeel.cli import app as cli
from evenkeel.reports.page import to_html
from evenkeel.store import Store

pytestmark = pytest.mark.slow

HOSTILE = [
    "'; DROP TABLE runs; --",
    "a' OR '1'='1",
    'a"b',
    "a`b",
    "<script>alert(1)</script>",
    "a&b",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "../../etc/passwd",
    "..",
    ".hidden",
    "a/b",
    "a\\b",
    "C:",
    "a\r\nSet-Cookie: x=1",
    "a\nb",
    "a\x00b",
    "a b",
    "\u202egnp.exe",
    "nam\u00e9",
    "\U0001f600",
    "",
    "a" * 65,
    "%00",
    "%2e%2e",
    "{{7*7}}",
    "${jndi:ldap://x}",
]
# One of the oddest names that are allowed.
ALLOWED = ["A", "0", "a..b", "a-b_c.d", "DROP", "null", "a--b", "9" * 64, "con.txt"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_and_named(client: TestClient, app_store: Store, name: str) -> None:
    answer = client.post("/experiments", json=grid(name))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "name"
    dataset = grid("good")
    dataset["train"]["dataset"] = name
    assert client.post("/experiments", json=dataset).status_code == 422
    assert app_store.experiments.all() == []


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_in_a_query_or_a_path_finds_nothing(client: TestClient, app_store: Store, name: str) -> None:
    finish_run(app_store, make_cell(), 0, [0.1, 0.2])
    for path in ("/summary", "/effects", "/summary/figure.svg"):
        assert client.get(path, params={"experiment": name}).status_code in (404, 422)
    for level in ("arch", "dataset"):
        assert client.get("/summary", params={level: name}).status_code == 422
    assert client.get(f"/runs/{quote(name, safe='')}").status_code in (200, 404, 422)
    assert len(app_store.runs.all()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ALLOWED)
def test_an_allowed_name_goes_through_csv_files_headers_and_the_report_whole(
    client: TestClient, app_store: Store, name: str
) -> None:
    posted = client.post("/experiments", json=grid(name))
    assert posted.headers["Location"] == f"/experiments/{name}"
    assert client.get(posted.headers["Location"]).json()["name"] == name
    for seed in range(3):
        finish_run(app_store, make_cell(), seed, [0.1, 0.2], experiment=name)
    table = client.get("/summary", params={"experiment": name, "format": "csv", "table": "runs"}).text
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["experiment"] for row in rows} == {name}
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell[:1] in ("=", "@", "\t", "\r") or cell[:2] in ("+=", "-=")]
    assert name in to_html(f"# {name}", {})


def test_html_in_a_report_is_text() -> None:
    assert "<script>" not in to_html("<script>alert(1)</script>", {})


def test_odd_names_stand_apart_in_mlflow(stack: RunningStack) -> None:
    names = ["a--b", "a-b", "null", "con.txt"]
    for name in names:
        stack.client.submit(grid(f"x.{name}"))
    for name in names:
        stack.finish(f"x.{name}")
    from services import wait_for

    client = MlflowClient(stack.mlflow_url)

    def seeds(name: str) -> list[str]:
        found = client.get_experiment_by_name(f"x.{name}")
        runs = client.search_runs([found.experiment_id]) if found else []
        return [run.data.tags["evenkeel.experiment"] for run in runs if "evenkeel.run_id" in run.data.tags]

    for name in names:
        assert wait_for(lambda name=name: seeds(name), 60, f"{name} in MLflow") == [f"x.{name}"]  # type: ignore[misc]


def test_an_error_on_the_command_line_prints_no_markup_of_the_name(stack: RunningStack) -> None:
    result = CliRunner().invoke(cli, ["watch", "[red]x[/red]", "--url", stack.url])
    assert result.exit_code == 1
    assert "[red]x[/red]" in unquote(result.output)
