"""What a heavy question may cost, and that its answer is kept until a run of its cells changes."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import claim_run, finish_run, make_cell
from slow_answers import Told, about_exp, told
from sqlalchemy import update
from starlette.exceptions import HTTPException

from api.heavy.work import Work
from evenkeel.analysis.query import QueryError
from evenkeel.schema import experiments
from evenkeel.store import Store


@pytest.fixture
def worked(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the answers that were worked out."""
    pool, names = client.app.state.resources.heavy.pool, list[str]()  # type: ignore[attr-defined]
    work_out = pool.work_out

    async def noted(work: Work, begun: Callable[[], None]) -> Any:
        names.append(work.answer.__name__)
        return await work_out(work, begun)

    monkeypatch.setattr(pool, "work_out", noted)
    return names


def finish(store: Store, *seeds: int, norm: str = "batch", experiment: str = "exp") -> None:
    for seed in seeds:
        finish_run(store, make_cell(norm=norm), seed, [0.1, 0.5 + seed / 10], experiment=experiment)


def test_an_answer_is_kept_until_a_run_of_its_cells_changes(
    client: TestClient, app_store: Store, worked: list[str]
) -> None:
    finish(app_store, 0, 1)
    query = {"experiment": "exp"}
    first = client.get("/summary", params=query)
    again = client.get("/summary", params=query)
    assert (again.status_code, again.content, worked) == (200, first.content, ["summary"])
    finish(app_store, 0, experiment="other")
    assert client.get("/summary", params=query).content == first.content
    assert worked == ["summary"]
    finish(app_store, 2)
    [cell] = client.get("/summary", params=query).json()["cells"]
    assert (cell["num_runs"]["status"]["finished"], worked) == (3, ["summary"] * 2)
    claim_run(app_store, make_cell(norm="batch"), 3)
    [cell] = client.get("/summary", params=query).json()["cells"]
    assert (cell["num_runs"]["status"]["running"], worked) == (1, ["summary"] * 3)


def test_a_rule_that_stops_changes_what_is_kept(client: TestClient, app_store: Store, worked: list[str]) -> None:
    finish(app_store, 0, 1)
    client.get("/summary", params={"experiment": "exp"})
    rule = {"rule": {"min": 2, "max": 3, "until": {"half_width": 0.1}}, "task": "classification"}
    rule |= {"posted_ms": 1, "posted_by": ""}
    with app_store.database.write() as db:
        db.execute(update(experiments).values(rule=rule, rule_going=True))
    client.get("/summary", params={"experiment": "exp"})
    with app_store.database.write() as db:
        db.execute(update(experiments).values(rule_going=False))
    client.get("/summary", params={"experiment": "exp"})
    assert worked == ["summary"] * 3


def test_filters_count_only_their_cells(client: TestClient, app_store: Store, worked: list[str]) -> None:
    finish(app_store, 0, 1)
    for seed in (5, 6):
        assert len(client.get("/summary", params={"norm": "batch"}).json()["cells"]) == 1
        finish(app_store, seed, norm="none")
    assert worked == ["summary"]


@pytest.mark.parametrize("change", [{"form": "csv"}, {"metric": "train_loss"}, {"threshold": 0.5}])
def test_another_question_is_not_answered_with_what_was_kept(
    client: TestClient, app_store: Store, worked: list[str], change: dict[str, Any]
) -> None:
    finish(app_store, 0, 1)
    accept = {"Accept": "text/csv"} if change.pop("form", None) else {}
    first = client.get("/summary", params={"experiment": "exp"})
    second = client.get("/summary", params={"experiment": "exp"} | change, headers=accept)
    assert (second.status_code, second.content != first.content, worked) == (200, True, ["summary"] * 2)


def test_a_question_that_cannot_be_answered_is_refused_without_new_work(
    client: TestClient, app_store: Store, worked: list[str]
) -> None:
    finish(app_store, 0, 1)
    query = {"experiment": "exp", "cell": "nothing", "half_width": 0.1}
    answers = [client.get("/seeds-needed", params=query) for _ in range(2)]
    assert ([answer.status_code for answer in answers], worked) == ([422, 422], ["seeds_needed"])


def test_a_question_about_too_much_is_refused_before_any_work_and_says_what_makes_it_smaller(
    make_bench: Any, app_store: Store
) -> None:
    for setting, says in (("max_answer_runs", "is about 4 runs"), ("max_answer_epochs", "is about 8 epochs")):
        with make_bench(answer_processes=0, **{setting: 3}) as bench:
            with pytest.raises(QueryError) as refused:
                asyncio.run(bench.ask(bench.work()))
            assert says in refused.value.problem
            assert f"3 at most (EVENKEEL_{setting.upper()})" in refused.value.problem
            assert bench.pids() == []


def test_the_parameters_that_narrow_a_call_are_named(client: TestClient, app_store: Store) -> None:
    finish(app_store, 0, 1)
    heavy = client.app.state.resources.heavy  # type: ignore[attr-defined]
    heavy.settings = heavy.settings.model_copy(update={"max_answer_runs": 1})
    everything = client.get("/effects").json()["detail"]
    assert "narrow it with: experiment, arch, norm, init" in everything
    assert "narrow it with: arch, norm, init" in client.get("/effects?experiment=exp").json()["detail"]
    [error] = client.get("/report?experiment=exp").json()["errors"]
    assert (error["field"], error["problem"].endswith("cannot be narrowed; GET /summary can")) == ("query", True)


def test_a_key_waits_for_two_answers_at_once_and_other_keys_for_two_of_theirs(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        waiting = [
            asyncio.create_task(bench.ask(bench.work(key + text, held=True), key)) for key in "ab" for text in "12"
        ]
        while len(bench.pids()) < 4:
            await asyncio.sleep(0.01)
        for key in "ab":
            with pytest.raises(HTTPException) as refused:
                await bench.ask(bench.work("3"), key)
            assert refused.value.status_code == 429
            assert refused.value.headers == {"Retry-After": "2"}
            assert "2 answers at once (EVENKEEL_MAX_ANSWERS_PER_KEY)" in refused.value.detail
        bench.until.touch()
        await asyncio.gather(*waiting)
        assert (await bench.ask(bench.work("3"), "a")).body == b"3"

    with make_bench(answer_processes=0) as bench:
        asyncio.run(asyncio.wait_for(scene(bench), 60))


def test_what_is_kept_is_answered_whatever_the_key_waits_for(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        await bench.ask(bench.work("kept"))
        waiting = [asyncio.create_task(bench.ask(bench.work(text, held=True))) for text in ("1", "2")]
        while len(bench.pids()) < 3:
            await asyncio.sleep(0.01)
        assert (await bench.ask(bench.work("kept"))).body == b"kept"
        bench.until.touch()
        await asyncio.gather(*waiting)

    with make_bench(answer_processes=0) as bench:
        asyncio.run(asyncio.wait_for(scene(bench), 60))


def test_a_part_of_a_page_that_takes_long_is_worked_out_for_whoever_asks_next(
    client: TestClient, app_store: Store, tmp_path: Path, worked: list[str]
) -> None:
    finish(app_store, 0, 1)
    heavy, go_on = client.app.state.resources.heavy, tmp_path / "go on"  # type: ignore[attr-defined]
    work = Work(told, Told(notes=tmp_path / "notes", until=go_on), "html", about_exp)

    async def ask() -> tuple[Any, Any, Any]:
        early, kept = await heavy.soon("", work, 0.0), await heavy.kept(work)
        go_on.touch()
        return early, kept, await heavy.soon("", work, 60.0)

    early, kept, late = client.portal.call(ask)  # type: ignore[union-attr]
    assert (early, kept, late.body, worked) == (None, None, b"done", ["told"])
    assert client.portal.call(heavy.kept, work).body == b"done"  # type: ignore[union-attr]
