"""Two cells side by side: the tests are those of the API."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, SIZES, cells_of

from api.pages.fragments import HEADER
from evenkeel.store import Store


def piece(browser: TestClient, **query: Any) -> str:
    return browser.get("/ui/compare/pair", params=query, headers={HEADER: "1"}).text


@pytest.mark.slow
def test_two_cells_of_a_study_are_compared_as_the_api_compares_them(browser: TestClient, filled_store: Store) -> None:
    first, second = cells_of(filled_store, SIZES)[2:4]
    query = {"experiment": SIZES, "a": first, "b": second, "margin": "2", "mean_margin": "0.05"}
    [found] = browser.get("/compare", params=query).json()["comparisons"]
    shown = piece(browser, **query)
    assert found["says"].replace("'", "&#39;") in shown
    for question in ("nearly as stable", "nearly equal", "Do runs of one diverge", "Do the seeds of one spread more?"):
        assert question in shown
    page = browser.get("/ui/compare", params=query).text
    assert '<tr class="differs"><th scope="row">lr</th>' in page
    assert page.count('<tr class="differs">') == 1
    assert shown.strip() in page


@pytest.mark.slow
def test_cells_of_two_studies_are_compared_as_the_api_compares_them(browser: TestClient, filled_store: Store) -> None:
    query = {"experiment": SIZES, "b_experiment": DEMO, "a": cells_of(filled_store, SIZES)[0]}
    query |= {"b": cells_of(filled_store, DEMO)[0], "metric": "train_loss"}
    answer = browser.get("/compare", params=query).json()
    [found] = answer["comparisons"]
    assert (answer["experiment"], answer["b_experiment"]) == (SIZES, DEMO)
    assert found["says"].replace("'", "&#39;") in piece(browser, **query)
    assert '<bdi class="name">demo</bdi>' in browser.get("/ui/compare", params=query).text


def test_the_form_leads_from_a_study_to_its_cells(browser: TestClient) -> None:
    assert browser.get("/ui/compare").text.count("disabled") == 2
    chosen = browser.get("/ui/compare", params={"experiment": DEMO}).text
    assert "disabled" not in chosen
    assert chosen.count("yolo-batch-he") == 2


def test_a_cell_is_chosen_by_what_varies(browser: TestClient) -> None:
    chosen = browser.get("/ui/compare", params={"experiment": SIZES}).text
    for cell in browser.get("/summary", params={"experiment": SIZES}).json()["cells"]:
        levels = cell["levels"]
        assert chosen.count(f"{levels['arch']} · {levels['lr']} ({cell['cell']})</option>") == 2


def test_what_cannot_be_compared_is_said(browser: TestClient, filled_store: Store) -> None:
    cell = cells_of(filled_store, DEMO)[0]
    same = browser.get("/ui/compare", params={"experiment": DEMO, "a": cell, "b": cell})
    assert (same.status_code, "the same cell twice" in same.text) == (200, True)
    assert browser.get("/ui/compare", params={"experiment": DEMO, "a": "none"}).status_code == 404
    assert browser.get("/ui/compare", params={"experiment": "none"}).status_code == 404
    wrong = {"experiment": DEMO, "a": cell, "b": cells_of(filled_store, DEMO)[1], "margin": "wide"}
    answer = browser.get("/ui/compare", params=wrong)
    assert answer.status_code == 422
    assert "must be a number above 0" in answer.text
