"""The watcher: one look for everybody, only while somebody listens."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

import pytest

from api.pages.live import watcher as watching
from api.pages.live.watcher import Watcher
from evenkeel.store import StoreAway


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.02)


class Lab:
    """What is watched: `now` is its stamp, or an exception. `looks`: what was looked at."""

    def __init__(self) -> None:
        self.now: str | Exception = "one"
        self.looks: list[str] = []

    def stamp_of(self, about: str) -> str:
        self.looks.append(about)
        if isinstance(self.now, Exception):
            raise self.now
        return f"{about} {self.now}"


def run(scene: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(scene, 60))


async def until(condition: Any) -> None:
    while not condition():
        await asyncio.sleep(0.005)


async def hear(watcher: Watcher) -> str:
    """What somebody hears first, who then goes."""
    stream = watcher.listen("lab", "", 60.0)
    stamp = await anext(stream)
    await stream.aclose()  # type: ignore[attr-defined]
    return stamp


def test_every_listener_hears_of_a_change_and_each_change_once() -> None:
    async def scene() -> None:
        lab = Lab()
        watcher, heard = Watcher(lab.stamp_of), list[list[str]]()

        async def listen(about: str, known: str) -> None:
            mine: list[str] = []
            heard.append(mine)
            async for stamp in watcher.listen(about, known, 60.0):
                mine.append(stamp)
                if stamp.endswith("two"):
                    return

        listeners = [asyncio.create_task(listen("lab", known)) for known in ("", "lab one", "lab zero")]
        await until(lambda: sum(map(len, heard)) == 2)
        lab.now = "two"
        await asyncio.gather(*listeners)
        assert heard == [["lab one", "lab two"], ["lab two"], ["lab one", "lab two"]]

    run(scene())


def test_fifty_pages_cost_one_look_at_a_time() -> None:
    async def scene() -> None:
        lab = Lab()
        watcher = Watcher(lab.stamp_of)

        async def listen() -> None:
            async for _ in watcher.listen("lab", "lab one", 60.0):
                raise AssertionError("nothing has changed")

        listeners = [asyncio.create_task(listen()) for _ in range(50)]
        await until(lambda: len(lab.looks) >= 3)
        seen = len(lab.looks)
        await asyncio.sleep(0)
        assert len(lab.looks) - seen <= 1
        for listener in listeners:
            listener.cancel()
        await asyncio.gather(*listeners, return_exceptions=True)

    run(scene())


def test_nobody_looks_while_nobody_listens() -> None:
    async def scene() -> None:
        lab, alone = Lab(), len(asyncio.all_tasks())
        watcher = Watcher(lab.stamp_of)
        assert await hear(watcher) == "lab one"
        await until(lambda: len(asyncio.all_tasks()) == alone)
        looks = len(lab.looks)
        assert await hear(watcher) == "lab one"
        assert len(lab.looks) > looks

    run(scene())


def test_a_slow_store_is_asked_less_often() -> None:
    lab = Lab()
    watcher = Watcher(lambda about: (time.sleep(0.2), lab.stamp_of(about))[1])

    async def scene() -> None:
        stream = watcher.listen("lab", "", 1.0)
        assert [stamp async for stamp in stream] == ["lab one"]

    run(scene())
    assert len(lab.looks) == 1  # The next look comes 4 s after the first, at the earliest.


@pytest.mark.parametrize("fault", [StoreAway("away"), RuntimeError("a bug")])
def test_a_store_that_is_away_is_asked_again(fault: Exception) -> None:
    async def scene() -> None:
        lab = Lab()
        lab.now = fault
        watcher = Watcher(lab.stamp_of)

        hearing = asyncio.create_task(hear(watcher))
        await until(lambda: len(lab.looks) >= 2)
        lab.now = "back"
        assert await hearing == "lab back"

    run(scene())
