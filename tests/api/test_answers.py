"""The API's answers about a store of finished runs: every table in every format, every figure, every question."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from fastapi.testclient import TestClient
from pydantic import ConfigDict, TypeAdapter
from records import finish_run, make_cell
from servers import NO_BROKER

from api.app import create_app
from api.schemas.summary import Summary
from evenkeel.analysis.compare import Comparisons
from evenkeel.analysis.effects import Effects
from evenkeel.plugins import Outcome
from evenkeel.settings import Settings
from evenkeel.store import Store
from models.task import CLASSIFICATION

EFFECTS, COMPARISONS = TypeAdapter(Effects), TypeAdapter(Comparisons)
BATCH = make_cell(norm="batch")
# Mean final accuracy by (arch, norm). Batch norm matters, the architecture hardly matters, the init does not.
MEANS = {("yolo", "batch"): 0.95, ("yolo", "none"): 0.6, ("resnet", "batch"): 0.95, ("resnet", "none"): 0.6}


class StrictSummary(Summary):
    """A summary that refuses keys without a description, however deep they are."""

    model_config = ConfigDict(extra="forbid")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(f"sqlite:///{tmp_path_factory.mktemp('answers')}/lab.db")
    store.migrate()
    return store


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[TestClient]:
    """An experiment of 2 x 2 x 2 cells with three seeds, one of which diverged, and one without finished runs."""
    url = str(store.database.engine.url)
    app = create_app(Settings(answer_processes=0, database_url=url, broker_url=NO_BROKER))
    rng = np.random.default_rng(0)
    for (arch, norm), mean in MEANS.items():
        for init in ("he", "glorot"):
            for seed in range(3):
                curve = np.array([0.3, 0.7, 1.0]) * mean + rng.normal(0, 0.01 if norm == "batch" else 0.04, 3)
                cell = make_cell(arch, norm, init)
                if (arch, norm, init, seed) == ("yolo", "none", "he", 2):
                    finish_run(store, cell, seed, curve[:1].tolist(), Outcome.DIVERGED, 2)
                else:
                    finish_run(store, cell, seed, curve.tolist())
    store.grids.ensure("empty", [make_cell()], [9])
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        yield client


def get(client: TestClient, path: str, **query: Any) -> Any:
    answer = client.get(path, params={"experiment": "exp"} | query)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.slow
def test_the_summary_is_as_it_is_described(client: TestClient) -> None:
    summary = StrictSummary.model_validate(get(client, "/summary", threshold=0.5).json())
    assert len(summary.cells) == 8
    assert (summary.differing, summary.fewest_seeds) == ([], 2)
    [cell] = [cell for cell in summary.cells if cell.cell == make_cell().name]
    assert (cell.divergence.n, cell.divergence.diverged, cell.final.n) == (3, 1, 2)
    assert cell.evidence.level == "descriptive"
    assert cell.reaching is not None
    assert cell.reaching.reached == 2
    assert cell.left_survivors == []  # two others have no range to leave


def test_a_summary_is_empty_and_not_wrong_where_nothing_has_finished(client: TestClient) -> None:
    summary = StrictSummary.model_validate(get(client, "/summary", experiment="empty").json())
    assert (summary.cells[0].evidence.n, summary.fewest_seeds) == (0, None)
    assert get(client, "/summary", lr=0.5).json()["cells"] == []


@pytest.mark.parametrize(("table", "rows"), [("cells", 8), ("epochs", 8 * 3), ("runs", 24 * 3 - 2)])
def test_a_table_has_the_same_rows_as_csv_and_as_parquet(
    client: TestClient, tmp_path: Path, table: str, rows: int
) -> None:
    text = get(client, "/summary", format="csv", table=table)
    assert text.headers["content-type"].startswith("text/csv")
    read = list(csv.DictReader(io.StringIO(text.text)))
    path = tmp_path / "table.parquet"
    path.write_bytes(get(client, "/summary", format="parquet", table=table).content)
    found = duckdb.read_parquet(str(path))
    assert len(read) == len(found) == rows
    assert list(read[0]) == found.columns
    assert {row["cell"] for row in read} == {row[0] for row in found.fetchall()}
    if table == "runs":
        values = {(c["cell"], int(c["seed"]), int(c["epoch"])): float(c["value"]) for c in read}
        for cell in get(client, "/summary").json()["cells"]:
            for curve in cell["curves"]:
                for epoch, value in enumerate(curve["values"], 1):
                    assert values[cell["cell"], curve["seed"], epoch] == value


@pytest.mark.slow
def test_a_table_for_a_paper_is_latex(client: TestClient) -> None:
    cells = get(client, "/summary", format="latex")
    assert cells.headers["content-type"].startswith("application/x-latex")
    assert r"1/3 & " in cells.text  # the diverged run of yolo-none-he
    for path, more, environment in (
        ("/summary", {}, "tabular"),
        ("/summary", {"table": "epochs"}, "longtable"),
        ("/summary", {"table": "runs"}, "longtable"),
        ("/effects", {}, "tabular"),
        ("/compare", {"a": "yolo-none-he"}, "tabular"),
    ):
        table = get(client, path, format="latex", **more).text
        assert f"\\begin{{{environment}}}" in table
        assert table.count("\\toprule") == table.count("\\bottomrule") == 1


def test_a_null_is_nothing_in_csv_and_null_in_parquet(client: TestClient, tmp_path: Path) -> None:
    [row] = csv.DictReader(io.StringIO(get(client, "/summary", format="csv", experiment="empty").text))
    assert row["final_mean"] == ""
    path = tmp_path / "cells.parquet"
    path.write_bytes(get(client, "/summary", format="parquet", norm="none").content)
    assert set(duckdb.read_parquet(str(path)).select("final_iqm").fetchall()) == {(None,)}


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("application/x-latex", "application/x-latex"),
        ("text/html, */*", "application/json"),
        ("application/json", "application/json"),
    ],
)
@pytest.mark.parametrize("path", ["/summary", "/effects", "/compare?a=yolo-none-he"])
def test_the_accept_header_chooses_the_format(client: TestClient, path: str, accept: str, kind: str) -> None:
    answer = client.get(path, headers={"accept": accept})
    assert answer.headers["content-type"].startswith(kind)


FIGURES = ["/summary/figure", "/summary/reaching", "/effects/figure"]


@pytest.mark.slow
@pytest.mark.parametrize("path", FIGURES)
@pytest.mark.parametrize(("form", "magic"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_every_figure_is_drawn_in_every_form(client: TestClient, path: str, form: str, magic: bytes) -> None:
    assert get(client, f"{path}.{form}").content.startswith(magic)


def test_the_stability_region_needs_a_factor_that_varies_and_says_which_do(client: TestClient) -> None:
    answer = client.get("/summary/region.svg", params={"experiment": "exp"})
    assert answer.status_code == 422
    assert "norm" in answer.json()["detail"]
    assert get(client, "/summary/region.svg", x="norm", y="arch").content.startswith(b"<?xml")


@pytest.mark.slow
def test_the_caption_of_every_figure_can_be_short_or_left_out(client: TestClient) -> None:
    for path in ("/summary/figure", "/summary/reaching", "/effects/figure"):
        full, short, none = (
            len(get(client, f"{path}.svg", caption=caption).content) for caption in ("full", "short", "none")
        )
        assert full > short > none
    assert get(client, "/summary/figure.svg", band="mean").content.startswith(b"<?xml")


def test_the_sensitivity_needs_a_factor_with_three_numbers_and_says_which_have_them(client: TestClient) -> None:
    answer = client.get("/effects/sensitivity.svg", params={"experiment": "exp"})
    assert answer.status_code == 422
    assert "lr needs three or more numbers as levels among these cells; no factor has" in answer.json()["detail"]


@pytest.mark.slow
def test_the_sensitivity_to_the_learning_rate_is_answered_and_drawn(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/lab.db")
    store.migrate()
    rng = np.random.default_rng(0)
    for rate, end in ((0.001, 0.6), (0.01, 0.9), (0.1, 0.5)):
        for seed in range(3):
            finish_run(store, make_cell(lr=rate), seed, [0.3, 0.4, end + rng.normal(0, 0.01)])
    settings = Settings(answer_processes=0, database_url=str(store.database.engine.url), broker_url=NO_BROKER)
    app = create_app(settings)
    with TestClient(app, base_url="http://localhost", client=("127.0.0.1", 1)) as client:
        effects = EFFECTS.validate_python(get(client, "/effects", start_value=0.55).json())
        [found] = effects.sensitivity
        assert (found.factor, found.best, [at.n for at in found.at]) == ("lr", 0.01, [3, 3, 3])
        assert found.at[2].mean == 0.55
        assert [step.level for trend in effects.trends for step in trend.steps] == [0.01, 0.1]
        assert "training accuracy to learning rate (0.001 to 0.1): 0." in effects.answer
        assert get(client, "/effects/sensitivity.png", caption="short").content.startswith(b"\x89PNG")


@pytest.mark.slow
def test_the_effects_name_the_factor_that_was_put_in(client: TestClient) -> None:
    effects = EFFECTS.validate_python(get(client, "/effects").json())
    matters = {term.term: term.matters for term in effects.responses.final.terms if term.order == 1}
    assert matters == {"arch": False, "norm": True, "init": False}
    assert effects.num_runs == 24
    assert "norm" in effects.answer
    rows = list(csv.DictReader(io.StringIO(get(client, "/effects", format="csv").text)))
    assert {row["response"] for row in rows} == {"final", "spread", "divergence"}


def test_a_cell_is_compared_with_every_other_one_and_holm_looks_after_the_many(client: TestClient) -> None:
    found = COMPARISONS.validate_python(get(client, "/compare", a="yolo-batch-he").json())
    assert len(found.comparisons) == 7
    worse = next(comparison for comparison in found.comparisons if comparison.b == make_cell("resnet").name)
    assert worse.improvement.probability == 1
    assert worse.improvement.smallest_p == pytest.approx(0.1)
    assert worse.improvement.p_holm == pytest.approx(0.7)
    assert "cannot reach p = 0.04" in worse.says


def test_what_counts_as_nearly_the_same_is_declared_in_the_question(client: TestClient) -> None:
    query = {"a": "yolo-batch-he", "b": "resnet-batch-he", "margin": 20, "mean_margin": 0.3}
    [found] = COMPARISONS.validate_python(get(client, "/compare", **query).json()).comparisons
    assert found.nearly_as_stable is not None
    assert found.nearly_equal is not None
    assert (found.nearly_as_stable.margin, found.nearly_equal.margin) == (20, 0.3)
    assert "are less than 0.3 apart" in found.says
    [row] = csv.DictReader(io.StringIO(get(client, "/compare", **query, format="csv").text))
    assert float(row["nearly_equal_p"]) == pytest.approx(found.nearly_equal.p)
    assert "nearly_equal_p" not in get(client, "/compare", a="yolo-batch-he", format="csv").text


def test_one_name_of_a_cell_is_found_by_every_call_and_stands_in_every_answer(client: TestClient, store: Store) -> None:
    store.grids.ensure("beside", [make_cell(lr=0.1), make_cell()], [0])
    name = make_cell().name
    for query in ({"experiment": "exp"}, {"experiment": "beside"}, {}):
        answered = client.get("/summary", params=query).json()["cells"]
        assert name in [cell["cell"] for cell in answered]
    [run, _] = sorted(client.get("/experiments/beside/runs").json(), key=lambda run: run["cell"] != name)
    assert client.get(f"/runs/{run['id']}").json()["cell"] == run["cell"] == name
    body = {"name": "x", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "train": {"epochs": 3}}
    planned = client.post("/experiments?dry_run=true", json=body | {"train": {"epochs": 3, "width": 0.25}}).json()
    assert [cell["cell"] for cell in planned["cells"]] == [name]
    for said in (name, name[:-1], make_cell().hash, make_cell().hash[:4]):
        assert get(client, "/compare", a=said, b="yolo-batch-he").json()["a"] == name
        assert get(client, "/seeds-needed", cell=said, half_width=0.1).json()["cell"] == name
    two = client.get("/seeds-needed", params={"experiment": "beside", "cell": "yolo-none-he", "half_width": 0.1})
    assert two.status_code == 422
    [error] = two.json()["errors"]
    assert error["field"] == "cell"
    assert f"{name} (lr 0.001), {make_cell(lr=0.1).name} (lr 0.1)" in error["problem"]


def test_a_diverged_run_is_worse_than_any_that_did_not(client: TestClient) -> None:
    query = {"a": "yolo-none-glorot", "b": "yolo-none-he"}
    found = COMPARISONS.validate_python(get(client, "/compare", metric="train_loss", **query).json())
    assert found.comparisons[0].improvement.probability is not None
    assert found.comparisons[0].improvement.probability >= 1 / 3


def test_seeds_needed_says_how_many_and_what_they_cost(client: TestClient) -> None:
    found = get(client, "/seeds-needed", cell="resnet-none-he", half_width=0.02).json()
    assert found["n"] > found["n_now"] == 3
    assert found["more"] == found["n"] - 3
    assert found["seconds"] == pytest.approx(found["more"] * 1.5)


@pytest.mark.parametrize(
    ("path", "field", "allowed"),
    [
        ("/summary?metric=luck", "metric", "'val_accuracy'"),
        ("/summary?format=xml", "format", "'parquet'"),
        ("/summary?table=seeds", "table", "'epochs'"),
        ("/summary?threshold=nan", "threshold", "finite"),
        ("/summary?colour=1", "colour", "threshold"),
        ("/summary?lr=0.5&format=csv", "query", "no cell matches"),
        ("/summary/figure.svg?band=none", "band", "'survivors', 'all' or 'mean'"),
        ("/summary/figure.svg?caption=long", "caption", "'full', 'short' or 'none'"),
        ("/summary/region.svg?x=colour", "x", "'lr'"),
        ("/effects/sensitivity.svg?x=colour", "x", "'lr'"),
        ("/effects/sensitivity.svg?start_value=inf", "start_value", "finite"),
        ("/compare?experiment=exp", "a", "required"),
        ("/compare?experiment=exp&a=nothing", "a", "there is no cell 'nothing'; there are: yolo-batch-he-"),
        (
            "/compare?experiment=exp&a=yolo-batch",
            "a",
            f"fits 2 cells; give the name or hash of one: {BATCH.name}, yolo-batch-glorot-",
        ),
        ("/compare?experiment=exp&a=yolo-batch-he&b=resnet", "b", "'resnet' fits 4 cells"),
        ("/seeds-needed?experiment=exp&cell=yolo&half_width=1", "cell", "'yolo' fits 4 cells"),
        ("/compare?experiment=exp&a=yolo-batch-he&b=yolo-batch-he", "b", "other than"),
        ("/compare?experiment=exp&a=yolo-batch-he&margin=0", "margin", "greater than 0"),
        ("/compare?experiment=exp&a=yolo-batch-he&mean_margin=inf", "mean_margin", "finite"),
        ("/seeds-needed?experiment=exp&cell=yolo-batch-he&half_width=0", "half_width", "greater than 0"),
        ("/seeds-needed?experiment=exp&cell=yolo-batch-he&half_width=1&of=luck", "of", "'divergence'"),
        ("/effects?arch=vit", "arch.0", "'yolo', 'resnet'"),
        ("/effects?task=vision", "task", "'classification'"),
        ("/report", "experiment", "required"),
        ("/report?experiment=exp&task=vision", "task", "'classification'"),
        ("/report?experiment=exp&metric=val_loss", "metric", "allowed: experiment, task"),
    ],
)
def test_a_wrong_question_is_refused_with_its_field_and_what_is_allowed(
    client: TestClient, path: str, field: str, allowed: str
) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert allowed in error["problem"]


@pytest.mark.slow
def test_the_report_tells_what_the_summary_and_the_effects_do_and_judges_the_papers_findings(
    client: TestClient,
) -> None:
    report = get(client, "/report").json()
    assert list(report) == ["experiment", "answer", "findings", "region", "markdown", "html", "left_out"]
    assert report["experiment"] == "exp"
    assert report["answer"] == get(client, "/effects").json()["answer"]
    assert report["answer"] in report["markdown"]
    for cell in get(client, "/summary").json()["cells"]:
        assert f"| `{cell['cell']}` |" in report["markdown"]
    assert len(report["findings"]) == 3
    for finding in report["findings"]:
        assert set(finding) == {"claim", "verdict", "checks"}
        assert finding["claim"] in report["markdown"]
        assert finding["verdict"] in ("holds", "does not hold", "undecided", "cannot be said")
        assert all(set(check) == {"says", "holds", "p"} for check in finding["checks"])
    assert report["html"].count("<svg") == 2


def test_the_built_in_task_is_told_as_it_is_declared(client: TestClient) -> None:
    [task] = client.get("/tasks").json()
    assert (task["name"], task["version"], task["default_metric"]) == ("classification", 1, "train_accuracy")
    assert list(task["parameters"]["properties"]) == list(CLASSIFICATION.factors)
    assert all(field["description"] for field in task["parameters"]["properties"].values())
    assert [metric["name"] for metric in task["metrics"]] == [metric.name for metric in CLASSIFICATION.metrics]
    assert task["presets"] == CLASSIFICATION.presets
    assert task["workers"] == []


@pytest.mark.parametrize("path", ["/summary", "/effects", "/compare", "/summary/figure.svg", "/report"])
def test_an_experiment_that_is_not_there_is_404(client: TestClient, path: str) -> None:
    assert (
        client.get(
            path, params={"experiment": "nothing", "a": "x"} if path == "/compare" else {"experiment": "nothing"}
        ).status_code
        == 404
    )


def test_levels_that_change_nothing_are_one_cell_of_the_plan_and_of_the_post(client: TestClient) -> None:
    grid = {"arch": ["yolo"], "norm": ["none"], "init": ["he"], "optimizer": ["adam", "sgd"], "momentum": [0.0, 0.9]}
    body = {"name": "inert", "grid": grid, "seeds": 2}
    said = "momentum changes nothing for optimizer adam: 2 combinations of levels are one cell."
    plan = client.post("/experiments?dry_run=true", json=body).json()
    assert (len(plan["cells"]), plan["num_runs"], plan["notes"]) == (3, 6, [said])
    posted = client.post("/experiments", json=body).json()
    assert (posted["num_cells"], posted["created"], posted["notes"]) == (3, 6, [said])
