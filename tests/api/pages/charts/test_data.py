"""What charts are drawn from says the same as the answers that the API gives."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, SIZES
from pydantic import TypeAdapter

from api.pages.charts import bands
from api.pages.charts.effects import effects_chart
from evenkeel.analysis.effects import Effects
from models.task import CLASSIFICATION, METRICS

pytestmark = pytest.mark.slow


def summary_of(browser: TestClient, experiment: str, **query: str) -> list[dict[str, Any]]:
    cells: list[dict[str, Any]] = browser.get("/summary", params={"experiment": experiment} | query).json()["cells"]
    return cells


def data_of(browser: TestClient, address: str, **query: str) -> dict[str, Any]:
    answer = browser.get(address, params=query)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()
    return data


def close(values: list[float | None]) -> list[Any]:
    return [value if value is None else pytest.approx(value, rel=1e-4) for value in values]


@pytest.mark.parametrize("whose", ["survivors", "all"])
def test_the_bands_are_those_of_the_summary(browser: TestClient, whose: str) -> None:
    chart = data_of(browser, f"/ui/experiments/{SIZES}/bands.json", band=whose)
    cells = summary_of(browser, SIZES)
    assert [cell["hash"] for cell in chart["cells"]] == [cell["hash"] for cell in cells]
    for drawn, cell in zip(chart["cells"], cells, strict=True):
        band = cell["bands"][whose]
        assert drawn["n"] == band["n"]
        assert [drawn[edge] for edge in ("mean", "low", "high")] == [close(band[e]) for e in ("mean", "min", "max")]
        diverged = [curve["seed"] for curve in cell["curves"] if curve["outcome"] == "diverged"]
        assert [left["seed"] for left in drawn["left"]] == diverged


def test_each_seeds_curve_ends_where_the_run_diverged(browser: TestClient) -> None:
    chart = data_of(browser, f"/ui/experiments/{SIZES}/bands.json", traces="true")
    for drawn, cell in zip(chart["cells"], summary_of(browser, SIZES), strict=True):
        for trace, curve in zip(drawn["traces"], cell["curves"], strict=True):
            assert trace["values"] == close(curve["values"][: curve["diverged_epoch"]])


def test_a_cell_with_few_seeds_shows_its_seeds_and_claims_no_band(browser: TestClient) -> None:
    chart = data_of(browser, f"/ui/experiments/{DEMO}/bands.json")
    few = [cell for cell, told in zip(chart["cells"], summary_of(browser, DEMO), strict=True) if told["final"]["n"] < 3]
    assert few
    assert all(cell["traces"] and not cell["mean"] for cell in few)


def test_of_many_cells_the_best_and_the_worst_are_drawn_and_the_chart_says_so(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data_of(browser, f"/ui/experiments/{SIZES}/bands.json")["says"] == ""
    monkeypatch.setattr(bands, "MOST_CELLS", 5)
    # Another question, so that no kept answer is given.
    chart = data_of(browser, f"/ui/experiments/{SIZES}/bands.json", metric="val_accuracy")
    cells = summary_of(browser, SIZES, metric="val_accuracy")
    best = sorted(cells, key=lambda cell: (cell["divergence"]["unstable"], -cell["final"]["mean"]))
    drawn = [cell["hash"] for cell in chart["cells"]]
    assert sorted(drawn) == sorted(cell["hash"] for cell in best[:3] + best[-2:])
    assert chart["of"] == 12
    assert chart["says"].startswith("5 of 12 cells are drawn: the 3 best and the 2 worst")


def test_the_curves_of_a_cell_are_those_of_the_summary_for_every_metric_that_was_measured(browser: TestClient) -> None:
    cell = next(cell for cell in summary_of(browser, SIZES) if cell["divergence"]["diverged"])
    chart = data_of(browser, f"/ui/experiments/{SIZES}/cells/{cell['hash']}/curves.json")
    assert chart["seed"] is None
    by_name = {each["metric"]["name"]: each for each in chart["metrics"]}
    assert list(by_name) == [metric.name for metric in METRICS if metric.name in by_name]
    for name, panel in by_name.items():
        [told] = [one for one in summary_of(browser, SIZES, metric=name) if one["hash"] == cell["hash"]]
        values = [curve["values"][: curve["diverged_epoch"]] for curve in told["curves"]]
        assert [trace["values"] for trace in panel["traces"]] == [close(each) for each in values]
        departed = [(each["seed"], each["epoch"]) for each in told["left_survivors"]]
        assert [(each["seed"], each["epoch"]) for each in panel["departed"]] == departed


def test_the_curves_of_a_run_are_those_of_its_cell_and_name_its_seed(browser: TestClient) -> None:
    run = browser.get(f"/experiments/{SIZES}/runs").json()[0]
    chart = data_of(browser, f"/ui/runs/{run['id']}/curves.json")
    assert run["cell"].endswith(chart["hash"][:6])
    assert chart["seed"] == run["seed"]


def test_the_curves_of_a_run_that_failed_have_its_own_epochs_beside_the_other_seeds(browser: TestClient) -> None:
    runs = browser.get(f"/experiments/{DEMO}/runs").json()
    failed = next(run for run in runs if run["status"] == "failed")
    chart = data_of(browser, f"/ui/runs/{failed['id']}/curves.json")
    for panel in chart["metrics"]:
        own = [trace for trace in panel["traces"] if trace["seed"] == failed["seed"]]
        history = browser.get(f"/runs/{failed['id']}").json()["history"]
        assert [trace["values"] for trace in own] == [close([row[panel["metric"]["name"]] for row in history])]
        assert len(panel["traces"]) == 3


def test_the_effects_are_those_of_the_api(browser: TestClient) -> None:
    found = TypeAdapter(Effects).validate_json(browser.get("/effects", params={"experiment": SIZES}).content)
    chart = effects_chart(CLASSIFICATION, found)
    final, _, divergence = chart.panels
    told = [contrast for term in found.responses.final.terms if term.order == 1 for contrast in term.contrasts]
    assert [each.estimate for each in final.intervals.values()] == [contrast.estimate for contrast in told]
    assert [each.low for each in final.intervals.values()] == [contrast.low for contrast in told]
    assert (final.nothing, divergence.nothing) == (0, 1)
    assert chart.rows[-1] == "learning rate: 0.03 against 0.0001"


@pytest.mark.parametrize("wrong", [{"metric": "speed"}, {"band": "most"}, {"arch": "mlp9"}, {"colour": "red"}])
def test_a_question_that_cannot_be_drawn_names_what_is_wrong(browser: TestClient, wrong: dict[str, str]) -> None:
    answer = browser.get(f"/ui/experiments/{SIZES}/bands.json", params=wrong, headers={"X-Fragment": "1"})
    assert answer.status_code == 422
    assert next(iter(wrong)) in answer.text


def test_there_are_no_data_of_what_does_not_exist(browser: TestClient) -> None:
    assert browser.get("/ui/experiments/nothing/bands.json").status_code == 404
    assert browser.get("/ui/runs/0123456789abcdef/curves.json").status_code == 404
    assert browser.get(f"/ui/experiments/{SIZES}/cells/ffff/curves.json").status_code == 422
