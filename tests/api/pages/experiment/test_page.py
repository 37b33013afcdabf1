"""The page of an experiment says what the API says, and shows less when there is too much, and says so."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, SIZES
from records import make_cell, make_unreadable

from api.pages.fragments import HEADER
from api.pages.marks import EVIDENCE
from evenkeel.records.keys import Role
from evenkeel.reports.formats import with_interval
from evenkeel.store import Store

PAGE = f"/ui/experiments/{SIZES}"
PARTS = ("progress", "answer", "runs", "cells", "effects", "region", "events")
TAGS = re.compile(r"<[^>]+>")
LINK = re.compile(r'href="(/[^"#]*)"')


def text_of(html: str) -> str:
    """What a reader sees, with single spaces."""
    return " ".join(TAGS.sub(" ", html).replace("&#39;", "'").replace("&amp;", "&").split())


def piece(browser: TestClient, part: str, name: str = SIZES, **query: str) -> str:
    """A part of the page, as the script gets it."""
    answer = browser.get(f"/ui/experiments/{name}/{part}", params=query, headers={HEADER: "1"})
    assert answer.status_code == 200, answer.text
    assert "<html" not in answer.text
    return answer.text


def test_the_head_says_what_varies_how_far_it_is_and_how_long_it_still_takes(reader: TestClient) -> None:
    detail = reader.get(f"/experiments/{DEMO}").json()
    page = reader.get(f"/ui/experiments/{DEMO}").text
    said = text_of(page)
    assert f'data-live="experiment:{DEMO}"' in page
    assert (
        "8 cells over architecture (yolo, resnet) , norm (batch, none) , initialisation (he, glorot) ; 3 seeds" in said
    )
    assert "18 of 24 runs have finished ; 2 train now, 3 wait for their turn, 1 failed." in said
    assert f"{detail['epochs_done']} of {detail['epochs_total']} epochs" in said
    assert re.search(r"It still takes about [\d.]+ (minutes|hours|seconds) \.", said)
    for kind, number in (("converged", 17), ("diverged", 1), ("failed", 1), ("running", 2), ("queued", 3)):
        assert f"{number} {kind}" in said


def test_it_says_why_queued_runs_wait(browser: TestClient, filled_store: Store) -> None:
    filled_store.workers.forget()
    assert "No worker was seen lately, so the runs wait" in browser.get(f"/ui/experiments/{DEMO}").text
    assert "No worker was seen" not in browser.get(PAGE).text


@pytest.mark.slow
def test_every_part_stands_in_the_page_and_has_an_address_of_its_own(reader: TestClient) -> None:
    pieces = {part: piece(reader, part).strip() for part in PARTS}
    page = reader.get(PAGE).text
    for part in PARTS:
        assert f'data-fragment="{PAGE}/{part}"' in page
        assert part in ("events", "progress") or pieces[part] in page, part
        alone = reader.get(f"{PAGE}/{part}").text
        assert "<html" in alone
        assert f'href="{PAGE}"' in alone


@pytest.mark.slow
def test_the_table_of_cells_has_the_numbers_of_the_summary(reader: TestClient) -> None:
    cells = reader.get("/summary", params={"experiment": SIZES, "threshold": 0.9}).json()["cells"]
    rows = piece(reader, "cells").split("<tr")[2:]
    assert len(rows) == len(cells) == 12
    for cell, row in zip(cells, rows, strict=True):
        said, lost, final = text_of("<" + row), cell["divergence"], cell["final"]
        assert f'href="{PAGE}/cells/{cell["hash"]}"' in row
        assert f"{lost['diverged'] + lost['collapsed']}/{lost['n']}" in said
        assert with_interval(final["mean"], final["mean_low"], final["mean_high"], 4) in said
        assert f'data-value="{final["mean"]}"' in row
        assert f"{cell['reaching']['reached']}/{cell['reaching']['n']} runs" in said
        assert f"{EVIDENCE[cell['evidence']['level']]} n = {cell['evidence']['n']}" in said
        assert f"{cell['levels']['lr']:g}" in said


@pytest.mark.slow
def test_the_answer_and_the_effects_are_those_of_the_api(reader: TestClient) -> None:
    effects = reader.get("/effects", params={"experiment": SIZES}).json()
    answer, mattered = text_of(piece(reader, "answer")), text_of(piece(reader, "effects"))
    assert effects["headline"] in answer
    words = EVIDENCE[effects["evidence"]["level"]]
    assert f"{words} {effects['evidence']['n']} finished seeds in the cell with the fewest" in answer
    for sentence in effects["answer"].split(". "):
        assert sentence.rstrip(".").split(": ")[-1] in mattered
    terms = effects["responses"]["final"]["terms"]
    assert piece(reader, "effects").count("<td><bdi>final value") == sum(
        len(term["contrasts"]) if term["order"] == 1 else term["p_holm"] is not None for term in terms
    )


def test_each_run_is_a_mark_with_words_that_leads_to_it(reader: TestClient) -> None:
    runs = reader.get(f"/experiments/{DEMO}/runs").json()
    matrix = piece(reader, "runs", DEMO)
    for run in runs:
        kind = run["outcome"] or run["status"]
        [mark] = re.findall(rf'<a class="mark {kind}" href="/ui/runs/{run["id"]}".*?</a>', matrix)
        assert f'title="seed {run["seed"]}: ' in mark
        if kind == "failed":
            assert f"failed: {run['error'].splitlines()[0]}" in unescape(mark)
    legend = text_of(matrix.partition("</ul>")[0])
    assert "converged: it trained to its end 17" in legend
    assert "failed: the machine or the code is at fault 1" in legend


def test_more_seeds_than_columns_are_marks_in_a_row(browser: TestClient, filled_store: Store) -> None:
    filled_store.grids.ensure("many", [make_cell()], range(100))
    matrix = piece(browser, "runs", "many")
    assert matrix.count('<a class="mark queued"') == 100
    assert matrix.count("<td") == 1


def test_where_it_breaks_is_told_by_tiles_or_in_words(reader: TestClient) -> None:
    tiles = piece(reader, "region")
    cells = reader.get("/summary", params={"experiment": SIZES, "arch": "yolo", "lr": 0.03}).json()["cells"]
    lost = cells[0]["divergence"]
    assert f">{lost['diverged']}/{lost['n']}<" in tiles
    assert "No factor that varies here is a number" in piece(reader, "region", DEMO)
    assert "None of 10 finished runs diverged or collapsed." in text_of(piece(reader, "region", lr="0.001"))


@pytest.mark.slow
def test_levels_metric_and_order_are_chosen_in_the_address(reader: TestClient) -> None:
    query = {"arch": "yolo", "metric": "val_loss", "_first": "best", "threshold": "", "lr": "0.001", "rows": "arch"}
    page = reader.get(PAGE, params=query).text
    assert 'name="arch" value="yolo" checked' in page
    assert 'name="arch" value="resnet" checked' not in page
    assert 'value="val_loss" selected' in page
    assert '<input type="hidden" name="rows" value="arch">' in page
    table = piece(reader, "cells", arch="yolo", metric="val_loss", _first="best")
    assert table.count("<tr") == 7
    finals = [
        float(value) for value in re.findall(r'class="n( best)?" data-value="([\d.]+)"', table) for value in value[1:]
    ]
    firsts = finals[:: len(finals) // 6]
    assert firsts == sorted(firsts)
    assert "Epochs to" not in table
    lost = re.findall(r"(\d)/5</bdi>", piece(reader, "cells", _first="lost"))
    assert lost == sorted(lost, reverse=True)


@pytest.mark.parametrize("query", ["foo=1", "metric=nothing", "lr=fast", "_first=worst", "threshold=much"])
def test_what_cannot_be_asked_is_a_page_that_names_the_field(reader: TestClient, query: str) -> None:
    for path in (PAGE, f"{PAGE}/cells"):
        answer = reader.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert f"<code>{query.partition('=')[0]}" in answer.text


def test_an_experiment_that_is_not_there_is_a_page(reader: TestClient) -> None:
    for part in ("", *(f"/{part}" for part in PARTS), "/report"):
        answer = reader.get(f"/ui/experiments/nothing{part}")
        assert (answer.status_code, answer.headers["content-type"][:9]) == (404, "text/html")


def test_an_experiment_whose_cells_cannot_be_read_is_shown_with_the_reason(
    browser: TestClient, filled_store: Store
) -> None:
    filled_store.grids.ensure("old", [make_cell()], [0])
    unreadable = make_unreadable(filled_store, make_cell(), "old", activation="swish")
    said = text_of(browser.get("/ui/experiments/old").text)
    assert "None of its cells can be read here" in said
    assert unreadable in said
    assert "evenkeel forget old" in said


@pytest.mark.slow
def test_of_many_cells_the_best_are_shown_and_every_other_can_be_reached(
    browser: TestClient, filled_store: Store
) -> None:
    levels = [make_cell(batch_size=size, lr=lr / 1000) for size in range(1, 31) for lr in range(1, 11)]
    filled_store.grids.ensure("large", levels, range(12))
    cells, runs = text_of(piece(browser, "cells", "large")), text_of(piece(browser, "runs", "large"))
    assert "200 of 300 cells are shown, the best by their final value." in cells
    assert "1,992 of 3,600 runs are shown, of 166 of 300 cells: those with runs that failed" in runs
    some = piece(browser, "cells", "large", batch_size="30")
    assert "cells are shown" not in some
    assert some.count("<tr") == 11
    assert piece(browser, "runs", "large", batch_size="30").count('<a class="mark') == 120


def test_links_lead_somewhere(reader: TestClient) -> None:
    page = reader.get(f"/ui/experiments/{DEMO}").text
    files = [link.replace("&amp;", "&") for link in LINK.findall(page) if "format=" in link or "figure." in link]
    assert len(files) == 12 + 6
    for link in files[:1] + files[-1:]:
        assert reader.get(link).status_code == 200, link
    report = reader.get(f"/ui/experiments/{DEMO}/report")
    assert report.headers["content-disposition"] == 'attachment; filename="demo.html"'
    assert "Does it train stably?" in report.text


def test_a_key_that_may_read_sees_no_form_that_changes(browser: TestClient, signed_in: Callable[[Role], str]) -> None:
    signed_in(Role.READ)
    page = browser.get(f"/ui/experiments/{DEMO}").text
    assert re.findall(r'<form method="post" action="([^"]*)"', page) == ["/ui/sign-out"]
    assert "Add levels" not in page
    assert "18 of 24 runs" in text_of(page)
