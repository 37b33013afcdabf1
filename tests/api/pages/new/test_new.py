"""The page of a new experiment posts what it shows, keeps what was typed when it is wrong, and needs no scripts."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import TASKS
from study_forms import TINY, Typed, plan, problem_of, send, words, written

from evenkeel.records.keys import Role
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms

SignIn = Callable[..., str]

RULE = {"seeds.by": "rule", "seeds.min": "3", "seeds.max": "12", "seeds.until": "half_width", "seeds.half_width": "1"}


def test_the_form_posts_the_same_runs_as_the_json_that_it_shows(browser: TestClient, filled_store: Store) -> None:
    typed = TINY | {"level.lr": "1e-3, 0.1", "exclude": "norm=batch, lr=0.1", "threads": "2", "priority": "-3"}
    page = plan(browser, typed)
    assert "Authorization" not in written(page, "curl")
    shown = json.loads(written(page, "JSON"))
    assert shown == {
        "name": "mine",
        "task": "classification",
        "grid": {"norm": ["none", "batch"], "lr": [0.001, 0.1]},
        "train": {"arch": "yolo", "init": "he", "width": 0.25, "epochs": 10},
        "seeds": 4,
        "threads": 2,
        "priority": -3,
        "exclude": [{"norm": "batch", "lr": 0.1}],
    }
    answer = send(browser, "post", typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/experiments/mine")
    theirs = {(run.cell_hash, run.seed) for run in filled_store.runs.all("mine")}
    assert browser.post("/experiments", json=shown | {"name": "other"}).json()["created"] == 12
    assert theirs == {(run.cell_hash, run.seed) for run in filled_store.runs.all("other")}
    assert "12 runs were posted." in words(browser.get("/ui/new").text)


def test_the_curl_and_python_lines_hold_the_same_grid_and_the_address_of_the_browser_but_no_key(
    browser: TestClient, signed_in: SignIn
) -> None:
    key = signed_in()
    page = plan(browser, TINY)
    assert key not in page
    curl, posted = written(page, "curl"), dict[str, Any]()
    assert curl.startswith('curl -X POST http://localhost/experiments -H "Authorization: Bearer $EVENKEEL_API_KEY" ')
    assert json.loads(curl.partition("<<'END'\n")[2].removesuffix("\nEND")) == json.loads(written(page, "JSON"))
    lines = (
        written(page, "Python").replace("from evenkeel import Client", "").partition("with Client('http://localhost')")
    )
    exec(lines[0], posted)
    assert posted["grid"] == json.loads(written(page, "JSON"))


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "name", "give the experiment a name"),
        ({"name": "a b"}, "name", "letters, digits, '.', '_' and '-', and begin with a letter or a digit, not 'a b'"),
        ({"level.lr": "0.1, fast"}, "level.lr", "should be a number, not 'fast'"),
        ({"level.lr": "0.1, 0.1"}, "level.lr", "repeats the level 0.1"),
        ({"level.batch_size": "2.5"}, "level.batch_size", "should be a whole number, not 2.5"),
        ({"level.width": "9"}, "level.width", "should be less than or equal to 4, not 9"),
        ({"level.arch": []}, "level.arch", "is missing; give a list of levels from: 'yolo', 'resnet', 'plain', 'vgg'"),
        ({"level.norm": ["soft"]}, "level.norm", "not 'soft'"),
        ({"level.init": ["zero_residual"]}, "level.init", "needs residual branches"),
        ({"level.dataset": "food101"}, "level.dataset", "evenkeel data prepare food101"),
        (
            {"seeds.count": "0"},
            "seeds.count",
            "write how many seeds each cell gets: a whole number from 1 to 100,000, not '0'",
        ),
        ({"seeds.count": ""}, "seeds.count", "write how many seeds each cell gets"),
        ({"seeds.by": "list", "seeds.list": "1, one"}, "seeds.list", "write the seeds with commas between them"),
        (RULE | {"seeds.min": "5", "seeds.max": "2"}, "seeds.max", "at least min"),
        (RULE | {"seeds.min": "1"}, "seeds.min", "should be greater than or equal to 2, not 1"),
        (RULE | {"seeds.half_width": "0,01"}, "seeds.half_width", "write the number with a point: 0.01"),
        (
            {"level.lr": "0,01"},
            "level.lr",
            "greater than 0, not 0. A comma separates levels. If you mean one number, write 0.01",
        ),
        ({"exclude": "arch=vgg"}, "exclude", "is not a factor of this grid; its factors: norm"),
        ({"exclude": "whatever"}, "exclude", "is not a factor of this grid"),
        ({"threads": "65"}, "threads", "less than or equal to 64, not 65"),
        ({"priority": "high"}, "priority", "not 'high'"),
        ({"max_running": "-1"}, "max_running", "greater than or equal to 0"),
        ({"device": "tpu"}, "device", "'any', 'cpu' or 'cuda'"),
    ],
)
def test_a_problem_stands_beside_its_field_and_what_was_typed_is_kept(
    browser: TestClient, filled_store: Store, changes: Typed, field: str, says: str
) -> None:
    typed = TINY | dict(changes)
    answer = send(browser, "post", typed)
    assert answer.status_code == 422
    assert says in problem_of(answer.text, field)
    assert says in words(plan(browser, typed))
    assert filled_store.experiments.find("mine") is None
    for name, value in typed.items():
        for each in [value] if isinstance(value, str) else value:
            kept = f'name="{name}" value="{each}"' in answer.text or f">{each}</textarea>" in answer.text
            assert kept or name in ("level.norm", "device", "seeds.until"), f"{name}={each} was lost"


def test_an_empty_field_of_the_chosen_seeds_says_what_to_write_and_the_others_stay_quiet(browser: TestClient) -> None:
    answer = send(browser, "check", TINY | RULE | {"seeds.half_width": "", "seeds.count": "", "seeds.list": ""}).text
    assert problem_of(answer, "seeds.half_width") == (
        "write how far off each mean may be: a number greater than 0, such as 0.01"
    )
    for quiet in ("count", "list", "min", "max", "decided", "metric"):
        assert problem_of(answer, f"seeds.{quiet}") == ""
    assert answer.count('aria-invalid="true"') == 1


def test_more_runs_than_the_key_may_have_in_flight_are_refused_without_losing_the_form(browser: TestClient) -> None:
    answer = send(browser, "post", TINY | {"seeds.count": "24"})
    assert answer.status_code == 429
    assert 'value="24"' in answer.text
    assert "they would exceed the limit of 50" in words(answer.text)


def test_without_scripts_the_form_is_checked_by_a_button(browser: TestClient, filled_store: Store) -> None:
    answer = send(browser, "check", TINY)
    assert answer.status_code == 200
    assert 'name="level.width" value="0.25"' in answer.text
    assert "New runs 8" in words(answer.text)
    assert "of two cells shows a difference of 2.9 standard deviations" in words(answer.text)
    assert filled_store.experiments.find("mine") is None


def test_a_preset_fills_the_form_and_posts_itself(browser: TestClient) -> None:
    page = browser.get("/ui/new?preset=demo").text
    preset = {task["name"]: task["presets"] for task in browser.get("/tasks").json()}["classification"]["demo"]
    shown = json.loads(written(page, "JSON"))
    assert {**shown["train"], **shown["grid"]} == {**preset["train"], **preset["grid"]}
    assert (shown["name"], shown["seeds"]) == ("demo", 3)
    assert "McInroe 2020 took 0.01" in words(page)
    assert '<option value="demo" selected>demo: arch x norm x init, 3 seeds, digits, 8 epochs</option>' in page


def test_an_experiment_fills_the_form_with_exactly_its_cells_and_seeds(
    browser: TestClient, filled_store: Store
) -> None:
    for name in ("demo", "sizes"):
        page = browser.get(f"/ui/new?from={name}").text
        assert "New runs 0" in words(page)
        assert len(filled_store.runs.all(name)) == int(words(page).partition(" Runs ")[2].split()[0])


@pytest.mark.parametrize("query", ["task=nothing", "preset=nothing", "from=nothing"])
def test_what_is_not_there_cannot_fill_the_form(browser: TestClient, query: str) -> None:
    answer = browser.get(f"/ui/new?{query}")
    assert answer.status_code in (404, 422)
    assert "nothing" in answer.text


def test_a_key_that_may_only_read_looks_and_checks_and_posts_nothing(
    browser: TestClient, filled_store: Store, signed_in: SignIn
) -> None:
    signed_in(Role.READ)
    page = send(browser, "check", TINY)
    assert page.status_code == 200
    assert "Your key may read and check." in words(page.text)
    assert 'value="post"' not in page.text
    assert 'value="pilot"' not in page.text
    assert "New runs 8" in words(plan(browser, TINY))
    for do in ("post", "pilot", ""):
        assert send(browser, do, TINY).status_code == 403
    assert filled_store.experiments.find("mine") is None


def test_a_pilot_of_two_epochs_is_posted_for_each_shape_that_was_never_measured(
    browser: TestClient, filled_store: Store
) -> None:
    filled_store.workers.see(Worker("keel-1", 2, "cpu", "v", now_ms(), TASKS))
    page = plan(browser, TINY)
    assert "have shapes that were never measured. Their time is judged by the multiplications" in words(page)
    assert 'value="pilot"' in page
    answer = send(browser, "pilot", TINY)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/experiments/mine-pilot")
    pilots = filled_store.runs.all("mine-pilot")
    assert [(run.epochs, run.seed, run.levels["width"]) for run in pilots] == [(2, 0, 0.25)] * 2
    assert filled_store.experiments.find("mine") is None


def test_a_measured_shape_has_its_time_and_needs_no_pilot(browser: TestClient) -> None:
    page = plan(browser, TINY | {"level.width": "", "level.lr": "0.5"})
    assert "judged by" in words(page)
    assert 'value="pilot"' not in page


def test_names_and_levels_are_text_whatever_they_hold(browser: TestClient) -> None:
    typed = TINY | {"name": "<script>alert(1)</script>", "level.dataset": '"><img src=x>', "exclude": "</textarea><b>"}
    for page in (send(browser, "check", typed).text, plan(browser, typed)):
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>" not in page


def test_a_plan_says_that_its_runs_are_added_to_the_experiment_of_that_name(browser: TestClient) -> None:
    assert "exists already" not in words(plan(browser, TINY))
    assert send(browser, "post", TINY).status_code == 303
    more = plan(browser, TINY | {"seeds.count": "5"})
    assert "The experiment mine exists already. The 2 new runs are added to it." in words(more)
    assert 'href="/ui/experiments/mine"' in more
    assert 'data-why-not=""' in more
    page = send(browser, "check", TINY).text
    assert "It has all of these runs, so there is nothing to add." in words(page)
    assert "There is nothing to post: all of these runs exist." in words(page)


def test_beside_the_button_stands_why_nothing_would_be_posted(browser: TestClient) -> None:
    page = send(browser, "check", TINY | {"level.lr": "fast"}).text
    assert re.search(r'id="why-not">Nothing is posted while there is a problem\.<', page)
    assert 'id="why-not"><' in send(browser, "check", TINY).text
