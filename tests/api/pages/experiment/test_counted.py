"""The page of an experiment says what its numbers count, and what more of them would take."""

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, seen
from records import make_cell, make_unreadable

from evenkeel.store import Store

from .test_page import piece, text_of


@pytest.mark.slow
def test_both_the_answer_and_the_table_say_how_a_diverged_run_counts(reader: TestClient) -> None:
    assert "Final training accuracy (8 diverged runs count as 0): " in text_of(piece(reader, "answer"))
    table = text_of(piece(reader, "cells"))
    assert "Final training accuracy of runs that did not diverge" in table
    assert "There a diverged run counts too, with the worst value" in table


@pytest.mark.slow
def test_while_it_trains_the_answer_says_what_it_rests_on_and_what_is_missing(reader: TestClient) -> None:
    said = text_of(piece(reader, "answer", DEMO))
    assert "too few seeds 2 finished seeds in the cell with the fewest" in said
    assert "This rests on 8 of the 18 finished runs: those in the 3 cells, of 8, in which every seed has ended." in said
    assert "The other 5 cells do not count yet; so far, 1 of their runs diverged or collapsed." in said
    assert "1 of 18 finished runs diverged or collapsed." in text_of(piece(reader, "region", DEMO))


@pytest.mark.slow
def test_a_cell_is_called_by_what_varies_and_what_does_not_is_told_once(reader: TestClient) -> None:
    table = text_of(piece(reader, "cells", DEMO))
    assert "Cell architecture · norm · initialisation" in table
    assert "yolo · batch · glorot" in table
    assert "yolo-batch-glorot" not in table
    assert table.count("The same in all of these cells: epochs 8 ; the rest as by default By default: ") == 1
    assert "learning rate 0.001" in table


def test_what_more_seeds_take_is_told_before_they_are_posted(browser: TestClient, filled_store: Store) -> None:
    seen(filled_store)
    planned = browser.post(f"/experiments/{DEMO}/seeds", params={"dry_run": True}, json={"add": 5}).json()
    said = text_of(piece(browser, "seeds", DEMO, add="5"))
    assert planned["says"] in said
    assert said.startswith("40 runs , the last of which ends in about ")
    page = browser.get(f"/ui/experiments/{DEMO}").text
    assert f'id="price" class="fragment" data-fragment="/ui/experiments/{DEMO}/seeds"' in page
    alone = browser.get(f"/ui/experiments/{DEMO}/seeds?add=5").text
    assert "Add 5 seeds</button>" in alone
    assert 'name="add" value="5"' in alone
    filled_store.grids.ensure("old", [make_cell()], [0])
    make_unreadable(filled_store, make_cell(), "old", activation="swish")
    refused = browser.get("/ui/experiments/old/seeds?add=5").text
    assert "so none gets a seed" in refused
    assert "Add 5 seeds" not in refused
