"""`Client` and `AsyncClient` have the same calls, which are written once and send the same requests."""

import asyncio
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from documented import ROOT, blocks

from evenkeel import AsyncClient, Client, EvenkeelError
from evenkeel.notebook import answers
from evenkeel.notebook.calling import call

STATUS = {"running": 0, "queued": 0, "failed": 0, "cancelled": 0}
OVER = {
    "name": "demo",
    "num_runs": {"total": 1, "status": STATUS, "outcome": {"diverged": 0}},
    "epochs_done": 2,
    "epochs_total": 2,
    "eta_seconds": 0.0,
}
LISTS = ("/tasks", "/workers", "/experiments", "/experiments/demo/runs", "/experiments/demo/events")
Ask = Callable[[Any], Any]

# Call -> arguments for it.
CALLS: dict[str, Ask] = {
    "submit": lambda lab: lab.submit({"name": "demo"}, idempotency_key="once"),
    "plan": lambda lab: lab.plan({"name": "demo"}),
    "wait": lambda lab: lab.wait("demo", progress=False),
    "tasks": lambda lab: lab.tasks(),
    "workers": lambda lab: lab.workers(),
    "experiments": lambda lab: lab.experiments(),
    "experiment": lambda lab: lab.experiment("demo"),
    "runs": lambda lab: lab.runs("demo"),
    "run": lambda lab: lab.run("0123/.."),
    "checkpoint": lambda lab: lab.checkpoint("0123abcd"),
    "imports": lambda lab: lab.imports("demo"),
    "import_mlflow": lambda lab: lab.import_mlflow("demo", into="own"),
    "import_runs": lambda lab: lab.import_runs({"into": "own", "runs": []}),
    "add_seeds": lambda lab: lab.add_seeds("demo", 3, idempotency_key="once"),
    "events": lambda lab: lab.events("demo"),
    "log": lambda lab: lab.log("0123abcd", attempt=2),
    "describe": lambda lab: lab.describe("demo", note="*Too* noisy", tags=["paper"]),
    "share": lambda lab: lab.share("demo", priority=3),
    "pause": lambda lab: lab.pause("demo"),
    "resume": lambda lab: lab.resume("demo"),
    "cancel": lambda lab: lab.cancel("demo"),
    "retry": lambda lab: lab.retry("demo"),
    "cancel_run": lambda lab: lab.cancel_run("0123abcd"),
    "retry_run": lambda lab: lab.retry_run("0123abcd"),
    "forget": lambda lab: lab.forget("demo", "yolo-3fa9c1"),
    "delete": lambda lab: lab.delete("demo"),
    "summary": lambda lab: lab.summary(experiment="demo", lr=[0.1, 0.2]),
    "effects": lambda lab: lab.effects(start_value=2.3),
    "compare": lambda lab: lab.compare("a", b=["b", "c"]),
    "seeds_needed": lambda lab: lab.seeds_needed("a", 0.1, of="std"),
    "report": lambda lab: lab.report("demo"),
    "figure": lambda lab: lab.figure("png", "region", x="lr"),
    "table": lambda lab: lab.table("/summary", "csv", table="runs"),
}


class Api:
    """Answers every request, and keeps it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bytes, str | None]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        key = request.headers.get("Idempotency-Key")
        self.asked.append((request.method, str(request.url), request.content, key))
        return httpx.Response(200, json=[OVER] if request.url.path in LISTS and request.method == "GET" else OVER)

    def sync(self, ask: Ask) -> Any:
        with Client("http://lab") as lab:
            lab._http = httpx.Client(transport=httpx.MockTransport(self), base_url=lab.url)
            return ask(lab)

    def awaited(self, ask: Ask) -> Any:
        async def talk() -> Any:
            async with AsyncClient("http://lab") as lab:
                lab._http = httpx.AsyncClient(transport=httpx.MockTransport(self), base_url=lab.url)
                return await ask(lab)

        return asyncio.run(talk())


@pytest.mark.parametrize("name", CALLS)
def test_both_clients_send_the_same_and_read_the_same(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    one, other = Api(), Api()
    found, awaited = one.sync(CALLS[name]), other.awaited(CALLS[name])
    assert one.asked == other.asked != []
    assert found == awaited
    if name == "submit":
        assert (type(found), type(awaited)) == (answers.Posted, answers.AsyncPosted)
    else:
        assert type(found) is type(awaited)


def test_every_call_is_described_once_and_tested_above() -> None:
    described = {name: each for kind in Client.__mro__ for name, each in vars(kind).items() if isinstance(each, call)}
    assert set(described) == set(CALLS)
    for name, each in described.items():
        assert vars(AsyncClient).get(name) is vars(Client).get(name) is None
        assert inspect.getattr_static(AsyncClient, name) is inspect.getattr_static(Client, name) is each


@pytest.mark.parametrize("name", CALLS)
def test_help_says_what_a_call_does_what_it_takes_and_what_it_gives(name: str) -> None:
    method = getattr(Client("http://127.0.0.1:1"), name)
    assert len(method.__doc__) > 20
    signature = inspect.signature(method)
    assert "self" not in signature.parameters
    assert "Talk" not in str(signature)


@pytest.mark.parametrize("name", CALLS)
def test_the_page_about_notebooks_shows_every_call(name: str) -> None:
    """tests/whole/test_documented.py runs its lines."""
    assert any(f"lab.{name}" in block.text for block in blocks(ROOT / "docs" / "notebook.md"))


def test_a_post_can_be_waited_for() -> None:
    waited = Api().sync(lambda lab: lab.submit({"name": "demo"}).wait(progress=False))
    assert (type(waited), waited.epochs_done) == (answers.Experiment, 2)

    async def submit_and_wait(lab: AsyncClient) -> answers.Experiment:
        return await (await lab.submit({"name": "demo"})).wait(progress=False)

    assert Api().awaited(submit_and_wait) == waited


def test_a_dry_run_is_a_plan() -> None:
    api = Api()
    assert type(api.sync(lambda lab: lab.submit({"name": "demo"}, dry_run=True))) is answers.Plan
    assert type(api.sync(lambda lab: lab.plan({"name": "demo"}))) is answers.Plan
    assert [url for _, url, _, _ in api.asked] == ["http://lab/experiments?dry_run=true"] * 2


def test_levels_may_be_numpys() -> None:
    api = Api()
    grid = {"name": "demo", "grid": {"lr": np.array([0.1, 0.01]), "depth": range(1, 3)}, "seeds": np.int64(3)}
    api.sync(lambda lab: lab.submit(grid))
    assert json.loads(api.asked[0][2]) == {"name": "demo", "grid": {"lr": [0.1, 0.01], "depth": [1, 2]}, "seeds": 3}
    api.sync(lambda lab: lab.summary(lr=np.array([0.1, 0.01]), depth=range(1, 3), width=np.float32(0.5)))
    assert api.asked[1][1] == "http://lab/summary?lr=0.1&lr=0.01&depth=1&depth=2&width=0.5"


def test_a_grid_that_json_cannot_hold_is_refused_before_it_is_sent() -> None:
    api = Api()
    for level, why in ((float("nan"), "not JSON compliant"), (object(), "<object object at .*> is not a level")):
        with pytest.raises(EvenkeelError, match=f"^the grid cannot be sent as JSON: .*{why}"):
            api.sync(lambda lab, level=level: lab.submit({"grid": {"lr": [level]}}))
    assert api.asked == []


def test_a_kind_and_a_form_of_figure_that_do_not_exist_are_named_with_those_that_do() -> None:
    with pytest.raises(EvenkeelError, match="kind: 'band' is not allowed; allowed: bands, region, reaching"):
        Api().sync(lambda lab: lab.figure("svg", "band"))
    with pytest.raises(EvenkeelError, match="form: 'jpg' is not allowed; allowed: svg, png, pdf"):
        Api().sync(lambda lab: lab.figure("jpg"))


def test_an_awaited_question_that_comes_too_early_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    early = [httpx.Response(429, headers={"Retry-After": "2"})] * 2
    api = Api()
    answer = api.__call__
    monkeypatch.setattr(Api, "__call__", lambda self, request: early.pop() if early else answer(request))
    assert api.awaited(lambda lab: lab.effects())["name"] == "demo"
    assert pauses == [2.0, 2.0]


def test_an_awaited_call_fails_as_every_call_does() -> None:
    async def ask() -> None:
        async with AsyncClient("http://127.0.0.1:1") as lab:
            await lab.experiments()

    with pytest.raises(EvenkeelError, match=r"no answer from http://127\.0\.0\.1:1"):
        asyncio.run(ask())
