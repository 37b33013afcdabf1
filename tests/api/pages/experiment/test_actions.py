"""Everything that may be done to an experiment is done by forms, without scripts, and refused to who may only read."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, SIZES
from records import make_cell

from evenkeel.records.keys import Role
from evenkeel.store import Store

PAGE = f"/ui/experiments/{DEMO}"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe 🌊 **strong** [x](javascript:alert(1)) ![i](http://elsewhere/i.png)"
FORMS = ("seeds", "pause", "resume", "cancel", "retry", "priority", "note", "tags", "delete")


def said_after(browser: TestClient, action: str, page: str = PAGE, **fields: str) -> str:
    """What the page says after a form was sent."""
    answer = browser.submit(f"{page}/{action}", page, **fields)  # type: ignore[attr-defined]
    assert answer.status_code == 303, answer.text
    shown = browser.get(answer.headers["location"]).text
    [flash] = re.findall(r'<p class="flash [^"]*" role="\w+">(.*?)</p>', shown, re.S)
    return str(flash)


def test_it_is_paused_and_resumed(browser: TestClient) -> None:
    assert said_after(browser, "pause") == "Paused. 3 runs wait, and 2 stop at a checkpoint."
    page = browser.get(PAGE).text
    assert "It is paused." in page
    assert f'action="{PAGE}/resume"' in page
    assert f'action="{PAGE}/pause"' not in page
    assert said_after(browser, "resume") == "It goes on. 3 runs queued again."


def test_one_that_has_ended_is_neither_paused_nor_resumed(browser: TestClient, filled_store: Store) -> None:
    filled_store.grids.ensure("ended", [make_cell()], [0])
    page = "/ui/experiments/ended"
    said_after(browser, "pause", page)
    assert f'action="{page}/resume"' in browser.get(page).text
    said_after(browser, "cancel", page)
    shown = browser.get(page).text
    assert f'action="{page}/retry"' in shown
    assert not re.findall(f'action="{page}/(pause|resume|cancel)"', shown)


def test_it_is_cancelled_and_queued_again(browser: TestClient) -> None:
    assert said_after(browser, "cancel") == "3 runs cancelled, and 2 stopping."
    assert said_after(browser, "retry") == "4 runs queued again."
    assert browser.get(f"/experiments/{DEMO}").json()["num_runs"]["status"]["cancelled"] == 0


def test_each_cell_gets_more_seeds_once_for_each_form(browser: TestClient) -> None:
    [once] = re.findall(r'name="once" value="([^"]+)"', browser.get(PAGE).text)
    assert "2 more seeds for each of its 8 cells: 16 runs were created." in said_after(
        browser, "seeds", add="2", once=once
    )
    assert "This was asked before" in said_after(browser, "seeds", add="2", once=once)
    assert browser.get(f"/experiments/{DEMO}").json()["seeds"] == [0, 1, 2, 3, 4]
    for wrong, why in (
        ("0", "More seeds: write a whole number from 1 to 1,000, not &#39;0&#39;"),
        ("x", "not &#39;x&#39;"),
        ("99", "would exceed"),
    ):
        assert why in said_after(browser, "seeds", add=wrong, once="")
    assert browser.get(f"/experiments/{DEMO}").json()["num_runs"]["total"] == 40


def test_its_share_is_changed_and_a_wrong_one_is_named(browser: TestClient) -> None:
    fields = {"priority": "5", "max_running": "2", "device": "cpu"}
    assert said_after(browser, "priority", **fields) == "Priority 5, at most 2 runs at once, device cpu."
    assert "priority" in said_after(browser, "priority", **fields | {"priority": "101"})
    detail = browser.get(f"/experiments/{DEMO}").json()
    assert (detail["priority"], detail["max_running"], detail["device"]) == (5, 2, "cpu")


def test_a_note_and_tags_are_text_whatever_stands_in_them(browser: TestClient) -> None:
    said_after(browser, "note", note=HOSTILE, tags="<b>paper</b>\n\u05e9\u05dc\u05d5\u05dd\n")
    page = browser.get(PAGE).text
    assert "<script>alert" not in page
    assert "<b>paper" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<strong>strong</strong>" in page
    assert 'href="javascript' not in page
    assert "<img" not in page.partition('class="markdown"')[2].partition("</header>")[0]
    assert browser.get(f"/experiments/{DEMO}").json()["tags"] == ["<b>paper</b>", "\u05e9\u05dc\u05d5\u05dd"]


def test_a_note_that_cannot_be_kept_is_still_there_to_be_mended(browser: TestClient) -> None:
    answer = browser.submit(f"{PAGE}/note", PAGE, note="my long work", tags="x" * 41)  # type: ignore[attr-defined]
    assert answer.status_code == 422
    assert "tags" in answer.text
    assert "my long work</textarea>" in answer.text
    assert browser.get(f"/experiments/{DEMO}").json()["note"] == ""


def test_it_is_deleted_only_if_its_name_is_typed(browser: TestClient, filled_store: Store) -> None:
    page = f"/ui/experiments/{SIZES}"
    assert "must be the name of the experiment" in said_after(browser, "delete", page, confirm="size")
    assert "one of its runs" in said_after(browser, "delete", confirm=DEMO) or browser.get(PAGE).status_code == 200
    assert "Deleted sizes: 12 cells, 60 runs" in said_after(browser, "delete", page, confirm=SIZES)
    assert browser.get(page).status_code == 404


def test_a_key_that_may_read_changes_nothing_and_a_form_needs_its_token(
    browser: TestClient, filled_store: Store, signed_in: Callable[[Role], str]
) -> None:
    fields = {"add": "1", "confirm": SIZES, "note": "x", "tags": "", "priority": "1", "max_running": "0"}
    signed_in(Role.WRITE)
    before = browser.get("/experiments").json()
    for action in FORMS:
        assert browser.post(f"/ui/experiments/{SIZES}/{action}", data=fields).status_code == 403
    signed_in(Role.READ)
    token = browser.token("/ui/keys")  # type: ignore[attr-defined]
    for action in FORMS:
        answer = browser.post(f"/ui/experiments/{SIZES}/{action}", data=fields | {"token": token})
        assert answer.status_code == 403
    assert browser.get("/experiments").json() == before


def test_what_was_imported_has_no_form_that_trains(
    browser: TestClient, filled_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = browser.app.state.resources.lab  # type: ignore[attr-defined]
    monkeypatch.setattr(lab.store.imports, "is_imported", lambda name: True)
    page = browser.get(PAGE).text
    assert "imported" in page
    forms = re.findall(rf'action="{PAGE}/(\w+)"', page)
    assert set(forms) == {"note", "delete"}
    for action in ("seeds", "cancel", "retry"):
        assert "trained elsewhere" in said_after(browser, action, add="1", once="")


def test_a_name_of_64_characters_is_shown_whole(browser: TestClient, filled_store: Store) -> None:
    name = "x" * 64
    filled_store.grids.ensure(name, [make_cell()], [0])
    assert f'<bdi class="name">{name}</bdi>' in browser.get(f"/ui/experiments/{name}").text
