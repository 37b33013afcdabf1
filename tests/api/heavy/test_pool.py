"""Real processes: they stop after a deadline and when nobody waits, are replaced, and end with the API."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from slow_answers import broken
from starlette.exceptions import HTTPException

from api.app import THREADS, create_app
from evenkeel.settings import Settings

pytestmark = pytest.mark.slow

Scene = Callable[[Any], Awaitable[None]]


def play(make_bench: Any, scene: Scene, **settings: Any) -> None:
    with make_bench(**settings) as bench:
        asyncio.run(asyncio.wait_for(scene(bench), 120))


async def until(condition: Callable[[], Any]) -> None:
    """Wait for what is promised. The whole test has a timeout."""
    while not condition():
        await asyncio.sleep(0.02)


def is_gone(pid: int) -> bool:
    """Whether the process has ended. One that nobody has waited for has no command line."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() == b""
    except FileNotFoundError:
        return True


def test_an_answer_after_the_deadline_is_stopped_and_says_how_to_ask_for_less(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        await bench.ask(bench.work())
        bench.heavy.settings = bench.heavy.settings.model_copy(update={"answer_seconds": 0.5})
        with pytest.raises(HTTPException) as late:
            await bench.ask(bench.work(held=True))
        assert late.value.status_code == 503
        assert "took longer than 0.5 s (EVENKEEL_ANSWER_SECONDS) and was stopped" in late.value.detail
        assert "about 2 cells and 4 runs" in late.value.detail
        await until(lambda: is_gone(bench.pids()[-1]))

    play(make_bench, scene, answer_processes=1)


def test_a_process_stops_when_the_last_client_that_waits_for_it_has_gone(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        leave = [asyncio.Event(), asyncio.Event()]

        async def receive(event: asyncio.Event) -> dict[str, Any]:
            await event.wait()
            return {"type": "http.disconnect"}

        callers = [
            asyncio.create_task(bench.ask(bench.work(held=True), receive=partial(receive, event))) for event in leave
        ]
        await until(bench.pids)
        leave[0].set()
        assert (await callers[0]).status_code == 499
        assert not is_gone(bench.pids()[0])
        leave[1].set()
        await callers[1]
        await until(lambda: is_gone(bench.pids()[0]))
        # The next question gets a new process.
        assert (await bench.ask(bench.work("next"))).body == b"next"
        assert len(set(bench.pids())) == 2

    play(make_bench, scene, answer_processes=1)


def test_ten_callers_of_one_question_have_it_worked_out_once(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        callers = [asyncio.create_task(bench.ask(bench.work(held=True), f"key {k}")) for k in range(10)]
        await until(bench.pids)
        bench.until.touch()
        assert [answer.body for answer in await asyncio.gather(*callers)] == [b"done"] * 10
        assert len(bench.pids()) == 1

    play(make_bench, scene)


def test_a_process_that_is_killed_costs_its_own_question_alone(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        asking = asyncio.create_task(bench.ask(bench.work(held=True)))
        await until(bench.pids)
        os.kill(bench.pids()[0], signal.SIGKILL)
        with pytest.raises(HTTPException) as lost:
            await asking
        assert (lost.value.status_code, "has ended" in lost.value.detail) == (503, True)
        assert (await bench.ask(bench.work("next"))).body == b"next"
        # This one waits for work when it is killed.
        os.kill(bench.pids()[1], signal.SIGKILL)
        await until(lambda: is_gone(bench.pids()[1]))
        assert (await bench.ask(bench.work("last"))).body == b"last"

    play(make_bench, scene, answer_processes=1)


def test_a_bug_in_a_process_is_told_in_full_and_does_not_break_the_next_question(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        with pytest.raises(RuntimeError, match="Local: a bug"):
            await bench.ask(bench.work(answer=broken))
        assert (await bench.ask(bench.work())).body == b"done"

    play(make_bench, scene, answer_processes=1)


def test_a_process_lets_the_api_go_first_and_yet_gets_much_of_a_core_beside_trainings(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        await bench.ask(bench.work())
        less_than_api = os.getpriority(os.PRIO_PROCESS, bench.pids()[0]) - os.getpriority(os.PRIO_PROCESS, 0)
        assert 0 < less_than_api < 5

    play(make_bench, scene, answer_processes=1)


API = """
import asyncio, sys
from pathlib import Path
from api.heavy.clerk import Clerk
from api.heavy.work import Work
from evenkeel.settings import Settings
from slow_answers import Told, about_exp, told

folder = Path(sys.argv[1])
work = Work(told, Told(notes=folder / "notes", until=folder / "never"), "json", about_exp)
asyncio.run(Clerk(Settings(database_url=f"sqlite:///{folder}/lab.db")).work_out(work))
"""


def test_a_process_ends_with_the_api_even_if_that_is_killed_in_the_midst_of_work(make_bench: Any) -> None:
    async def scene(bench: Any) -> None:
        folder = bench.notes.parent
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        api = subprocess.Popen([sys.executable, "-c", API, str(folder)], env=environment)
        try:
            await until(bench.pids)
        finally:
            api.kill()
            api.wait()
        await until(lambda: is_gone(bench.pids()[0]))

    play(make_bench, scene, answer_processes=0)


PATHS = (
    "/summary",
    "/summary?format=csv&table=runs",
    "/effects",
    "/compare?a=yolo",
    "/seeds-needed?cell=yolo-batch&half_width=0.1",
    "/report",
    "/summary/figure.svg",
    "/effects?norm=group",
)


def test_a_process_answers_what_a_thread_does_and_the_api_answers_while_all_of_both_are_held(
    make_bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with make_bench(answer_processes=0) as bench:
        answers = []
        for processes in (0, 2):
            settings = Settings(**vars(bench.heavy.settings) | {"answer_processes": processes})
            with TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1)) as client:
                answers.append([client.get(path, params={"experiment": "exp"}) for path in PATHS])
                answers[-1].append(client.get("/summary?experiment=none"))
                if processes:
                    answers_while_all_is_held(client, bench, monkeypatch)
        for of_a_thread, of_a_process in zip(*answers, strict=True):
            assert of_a_process.status_code == of_a_thread.status_code
            assert of_a_process.content == of_a_thread.content
            headers = [{**answer.headers, "x-request-id": ""} for answer in (of_a_thread, of_a_process)]
            assert headers[0] == headers[1]


def answers_while_all_is_held(client: Any, bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    resources, begun = client.app.state.resources, len(bench.pids())
    bench.heavy = resources.heavy

    def held(seconds: float) -> list[Any]:
        import time

        while not bench.until.exists():
            time.sleep(0.01)
        return []

    monkeypatch.setattr(resources.lab.store.workers, "seen", held)
    portal = client.portal
    asking = [portal.start_task_soon(bench.ask, bench.work(str(k), held=True), str(k)) for k in range(2)]
    portal.call(until, lambda: len(bench.pids()) == begun + 2)
    asking += [portal.start_task_soon(bench.ask, bench.work(str(k), held=True), str(k)) for k in range(2, 2 + THREADS)]
    assert client.get("/healthz").json() == {"status": "ok"}
    assert not any(one.done() for one in asking)
    bench.until.touch()
    for one in asking:
        assert one.result(60).status_code == 200
