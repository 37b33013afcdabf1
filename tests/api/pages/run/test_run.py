"""The page of a run says how it stands, what went wrong, and what helps."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from filled import DEMO, ERROR, SIZES
from records import claim_run, make_cell

from api.pages.fragments import HEADER
from evenkeel.records.endings import Reason
from evenkeel.records.keys import Role
from evenkeel.store import Store

HOSTILE = "<script>alert('1')</script> \u202egnp.exe 🌊"


def a_run(browser: TestClient, experiment: str = DEMO, **wanted: str) -> dict[str, Any]:
    """A run of an experiment with this status or outcome, as the API shows it."""
    runs = browser.get(f"/experiments/{experiment}/runs").json()
    found = next(run for run in runs if all(run[name] == value for name, value in wanted.items()))
    whole: dict[str, Any] = browser.get(f"/runs/{found['id']}").json()
    return whole


def test_the_page_says_what_the_api_says(browser: TestClient) -> None:
    run = a_run(browser, outcome="converged")
    page = browser.get(f"/ui/runs/{run['id'][:8]}").text
    assert f'data-live="run:{run["id"]}"' in page
    for text in (run["says"], run["cell"], run["dataset_hash"], run["code_version"], "AVX512", "8 of 8 epochs"):
        assert text in page, text
    last = run["history"][-1]
    assert f"{last['val_accuracy']:.4f}" in page
    assert all(f"seed {seed} " in page for seed in (0, 1, 2))


def test_the_title_of_a_run_says_what_varies(browser: TestClient) -> None:
    run = a_run(browser, SIZES, status="finished")
    heading = browser.get(f"/ui/runs/{run['id']}").text.partition("<h1>")[2].partition("</h1>")[0]
    assert f"{run['spec']['arch']} · {run['spec']['lr']}" in heading
    assert run["cell"] in heading


def test_a_failed_run_shows_its_error_in_full_what_helps_and_every_attempt(browser: TestClient) -> None:
    run = a_run(browser, status="failed")
    page = browser.get(f"/ui/runs/{run['id']}").text
    assert ERROR.replace("'", "&#39;") in page
    assert run["what_helps"] in page
    assert "the worker did not renew its lease in time" in page
    assert "epoch 1" in page
    assert f'action="/ui/runs/{run["id"]}/retry"' in page
    # The same error would come again, so this is not what a reader should press first.
    assert run["would_recur"]
    assert '<button class="plain">Retry it all the same</button>' in page
    assert "log" not in run["what_helps"]
    assert f'action="/ui/runs/{run["id"]}/cancel"' not in page


def test_a_run_whose_worker_was_lost_offers_to_retry_it_first(client: TestClient, app_store: Store) -> None:
    claim = claim_run(app_store, make_cell(), 0)
    app_store.claims.crash(claim, Reason.LOST, "the worker did not renew its lease in time", max_crashes=0)
    assert "<button>Retry this run</button>" in client.get(f"/ui/runs/{claim.run_id}").text


@pytest.mark.slow
def test_a_diverged_run_says_in_which_metric_it_left_the_other_seeds_first(browser: TestClient) -> None:
    cells = browser.get("/summary", params={"experiment": SIZES}).json()["cells"]
    few = next(cell for cell in cells if cell["divergence"]["diverged"] in (1, 2))
    run = a_run(browser, SIZES, outcome="diverged", cell_hash=few["hash"])
    piece = browser.get(f"/ui/runs/{run['id']}/beside", headers={HEADER: "1"}).text
    assert "<html" not in piece
    assert f"diverged in epoch <strong>{run['diverged_epoch']}</strong>" in piece
    assert f"{few['final']['n']} other seeds of this cell did not diverge" in piece
    cell = browser.get("/summary", params={"experiment": SIZES, "metric": "val_accuracy"}).json()["cells"]
    [every] = [each["left_survivors"] for each in cell if each["hash"] == run["cell_hash"]]
    [left] = [each for each in every if each["seed"] == run["seed"]]
    assert f"<dt>validation accuracy</dt><dd>epoch {left['epoch']}</dd>" in piece
    assert piece.strip() in browser.get(f"/ui/runs/{run['id']}").text


def test_a_diverged_run_beside_two_other_seeds_left_no_range(browser: TestClient) -> None:
    run = a_run(browser, outcome="diverged")
    piece = browser.get(f"/ui/runs/{run['id']}/beside", headers={HEADER: "1"}).text
    assert "Fewer than 3 other seeds" in piece
    assert "left their range" not in piece


def test_a_run_is_cancelled_and_queued_again_by_forms(browser: TestClient) -> None:
    run = a_run(browser, status="queued")
    page = f"/ui/runs/{run['id']}"
    answer = browser.submit(f"{page}/cancel", page)  # type: ignore[attr-defined]
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    shown = browser.get(page).text
    assert "The run is cancelled." in shown
    assert "It was cancelled after 0 of 8 epochs." in shown
    assert browser.submit(f"{page}/retry", page).status_code == 303  # type: ignore[attr-defined]
    assert browser.get(f"/runs/{run['id']}").json()["status"] == "queued"
    refused = browser.submit(f"{page}/retry", page)  # type: ignore[attr-defined]
    assert refused.status_code == 303
    assert "so it is not queued again" in browser.get(page).text


def test_a_key_that_may_read_sees_no_button(browser: TestClient, signed_in: Callable[[Role], str]) -> None:
    signed_in(Role.READ)
    for status in ("queued", "failed", "running"):
        run = a_run(browser, status=status)
        for page in (f"/ui/runs/{run['id']}", f"/ui/runs/{run['id']}/now"):
            assert f'action="/ui/runs/{run["id"]}/' not in browser.get(page).text


def test_what_a_run_or_a_worker_says_is_shown_as_text(client: TestClient, app_store: Store) -> None:
    claim = claim_run(app_store, make_cell(), 0)
    app_store.claims.crash(claim, Reason.ERROR, HOSTILE, max_crashes=3)
    page = client.get(f"/ui/runs/{claim.run_id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;" in page


def test_the_last_lines_of_the_log_are_shown_as_text_with_a_link_to_the_whole(
    browser: TestClient, filled_store: Store
) -> None:
    run = a_run(browser, status="failed")
    lines = [f"line {number}" for number in range(60)]
    filled_store.logs.write(run["id"], run["attempt"], "\n".join([*lines, "\x1b[31m<b>red</b>"]))
    page = browser.get(f"/ui/runs/{run['id']}").text
    assert "line 20\n" not in page
    assert "line 21\n" in page
    assert "\\x1b[31m&lt;b&gt;red&lt;/b&gt;" in page
    assert f'href="/runs/{run["id"]}/log"' in page
    assert "The last 40 of 61 lines of attempt 2." in page
    assert "of earlier attempts" not in page
    filled_store.logs.write(run["id"], 1, "before")
    page = browser.get(f"/ui/runs/{run['id']}").text
    assert f', of earlier attempts: <a href="/runs/{run["id"]}/log?attempt=1">1</a>' in page


def test_a_run_that_does_not_exist_is_a_page_that_says_so(browser: TestClient) -> None:
    answer = browser.get("/ui/runs/0123456789abcdef")
    assert answer.status_code == 404
    assert "there is no run" in answer.text
