"""The page of a cell says what its seeds did."""

from html import unescape

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, SIZES
from records import finish_run, make_cell, make_unreadable

from api.pages.fragments import HEADER
from evenkeel.reports.formats import with_interval
from evenkeel.store import Store


@pytest.mark.slow
def test_the_statistics_are_those_of_the_summary(browser: TestClient) -> None:
    query = {"experiment": DEMO, "metric": "val_accuracy"}
    for cell in browser.get("/summary", params=query).json()["cells"]:
        url = f"/ui/experiments/{DEMO}/cells/{cell['cell']}/statistics?metric=val_accuracy"
        piece = browser.get(url, headers={HEADER: "1"}).text
        lost, final = cell["divergence"], cell["final"]
        assert f"<strong>{lost['diverged'] + lost['collapsed']} of {lost['n'] + lost['unfinished']}</strong>" in piece
        assert cell["evidence"]["says"] in unescape(piece)
        assert with_interval(final["mean"], final["mean_low"], final["mean_high"]) in piece
        for left in cell["left_survivors"]:
            assert f"did not diverge in epoch {left['epoch']}" in piece


@pytest.mark.slow
def test_a_cell_that_more_seeds_would_help_leads_to_the_button_that_adds_them(browser: TestClient) -> None:
    study = f"/ui/experiments/{DEMO}"
    for cell in browser.get("/summary", params={"experiment": DEMO}).json()["cells"]:
        piece = browser.get(f"{study}/cells/{cell['cell']}/statistics", headers={HEADER: "1"}).text
        evidence = cell["evidence"]
        helps = evidence["n"] + evidence["waiting"] < (3 if evidence["n"] < 3 else 5)
        assert (f'href="{study}#more-seeds"' in piece) == helps
    assert 'id="more-seeds"' in browser.get(study).text


def test_a_cell_goes_by_its_name_its_hash_and_a_beginning_and_links_its_runs(browser: TestClient) -> None:
    runs = [run for run in browser.get(f"/experiments/{DEMO}/runs").json() if run["cell"].startswith("yolo-batch-he")]
    name, cell_hash = runs[0]["cell"], runs[0]["cell_hash"]
    pages = [browser.get(f"/ui/experiments/{DEMO}/cells/{said}") for said in (name, cell_hash, "yolo-batch-he")]
    assert [page.status_code for page in pages] == [200] * 3
    assert all(f"/ui/runs/{run['id']}" in pages[0].text for run in runs)
    assert browser.get(f"/ui/experiments/{DEMO}/cells/yolo").status_code == 422
    assert browser.get(f"/ui/experiments/{DEMO}/cells/none").status_code == 404
    assert browser.get("/ui/experiments/none/cells/none").status_code == 404
    assert browser.get(f"/ui/experiments/{DEMO}/cells/{name}?metric=beauty").status_code == 422


def test_every_other_cell_can_be_chosen_to_compare_it_with(browser: TestClient) -> None:
    page = browser.get(f"/ui/experiments/{DEMO}/cells/yolo-batch-he").text
    assert 'action="/ui/compare"' in page
    assert page.count('<option value="') == 7 + 9  # cells and metrics


def test_what_varies_stands_before_the_name_of_a_cell(browser: TestClient, filled_store: Store) -> None:
    cells = browser.get("/summary", params={"experiment": SIZES}).json()["cells"]
    first, second = cells[0], cells[1]
    title, beside = (f"{each['levels']['arch']} · {each['levels']['lr']}" for each in (first, second))
    page = browser.get(f"/ui/experiments/{SIZES}/cells/{first['cell']}").text
    heading = page.partition("<h1>")[2].partition("</h1>")[0]
    assert title in heading
    assert first["cell"] in heading
    assert f"<title>{title} of {SIZES}" in page
    assert f"{beside} ({second['cell']})</option>" in page


def test_a_cell_that_cannot_be_read_is_shown_with_why_and_its_runs(client: TestClient, app_store: Store) -> None:
    run_id = finish_run(app_store, make_cell(), 0, [0.1, 0.2])
    gone = make_unreadable(app_store, make_cell(), lr="<b>cyclic</b>")
    page = client.get(f"/ui/experiments/exp/cells/{gone}").text
    assert "This cell cannot be read here" in page
    assert f"evenkeel forget exp {gone}" in page
    assert f"/ui/runs/{run_id}" in page
    assert "<b>cyclic" not in page
    assert client.get(f"/ui/runs/{run_id}").status_code == 200
