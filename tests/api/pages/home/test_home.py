"""The first page shows every study, and leads who has none to the first one."""

import re

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, SIZES, seen
from records import make_cell

from api.pages.fragments import HEADER
from api.pages.marks import EVIDENCE
from evenkeel.store import Store


def names(page: str) -> list[str]:
    """The studies of a page, in its order."""
    return re.findall(r'id="study-([^"]+)"', page)


@pytest.mark.slow
def test_every_study_is_shown_with_what_varies_how_its_runs_ended_and_how_far_it_is(
    browser: TestClient, filled_store: Store
) -> None:
    seen(filled_store)
    page = browser.get("/ui/").text
    assert names(page) == [DEMO, SIZES]
    detail = browser.get(f"/experiments/{DEMO}").json()
    for text in (
        "1 failed",
        "1 diverged",
        "2 running",
        "3 queued",
        "18 of 24 runs finished",
        "architecture",
        "yolo",
        "glorot",
    ):
        assert text in page, text
    assert f'value="{detail["epochs_done"]}" max="{detail["epochs_total"]}"' in page
    assert "1 worker</a> on cpu: 2 runs train, 0 of 2 slots free." in page
    assert f'data-fragment="/ui/experiments/{DEMO}/headline"' in page


@pytest.mark.slow
def test_the_sentence_about_a_study_is_that_of_the_effects_and_is_kept(browser: TestClient) -> None:
    found = browser.get("/effects", params={"experiment": SIZES}).json()
    piece = browser.get(f"/ui/experiments/{SIZES}/headline", headers={HEADER: "1"}).text
    assert found["headline"] in piece
    assert f">{EVIDENCE[found['evidence']['level']]}</span>" in piece
    home = browser.get("/ui/").text
    assert found["headline"] in home
    assert f"/ui/experiments/{SIZES}/headline" not in home
    assert "Back to the page" in browser.get(f"/ui/experiments/{SIZES}/headline").text


def test_studies_are_searched_and_sorted_without_scripts(browser: TestClient) -> None:
    assert names(browser.get("/ui/?search=SIZ").text) == [SIZES]
    assert names(browser.get("/ui/?sort=name").text) == [DEMO, SIZES]
    assert names(browser.get("/ui/?sort=newest").text) == [DEMO, SIZES]
    nothing = browser.get("/ui/", params={"search": "<script>"}).text
    assert "No experiment has" in nothing
    assert "<script>&#34;" not in nothing
    assert "&lt;script&gt;" in nothing
    assert browser.get("/ui/?sort=size").status_code == 422


def test_a_tag_narrows_the_list_and_hostile_tags_are_text(browser: TestClient) -> None:
    tag = "<img src=x onerror=alert(1)>"
    assert browser.patch(f"/experiments/{SIZES}", json={"tags": [tag, "עברית 🌊"]}).status_code == 200
    page = browser.get("/ui/").text
    assert tag not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert names(browser.get("/ui/", params={"tag": "עברית 🌊"}).text) == [SIZES]


def test_of_many_studies_a_page_shows_some_and_leads_to_the_others(client: TestClient, app_store: Store) -> None:
    for number in range(53):
        app_store.grids.ensure(f"study-{number:02}", [make_cell()], [0])
    first, second = client.get("/ui/?sort=name").text, client.get("/ui/?sort=name&page=2").text
    assert [len(names(page)) for page in (first, second)] == [50, 3]
    assert 'href="/ui/?sort=name&amp;page=2"' in first
    assert "51 to 53 of 53" in second


def test_an_empty_lab_shows_three_ways_to_begin(client: TestClient) -> None:
    page = client.get("/ui/").text
    for text in ('href="/ui/new"', "curl -X POST http://localhost/experiments", "evenkeel submit --preset demo"):
        assert text in page
    assert "No worker was seen lately" in page
