"""Who asks a lab what, and how often: open pages that poll, notebooks that ask for statistics, and posts of grids."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from benchmarks.at_work import BIG, GROWING

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Call:
    """A call that somebody makes again and again. The name is its row in the table. Every call goes out `every`
    seconds after the answer to the one before, give or take half."""

    name: str
    path: str
    every: float
    method: str = "GET"


@dataclass(frozen=True)
class Answer:
    call: str
    status: int
    ms: float


def page(experiment: str) -> list[Call]:
    """What an open page of an experiment asks for while somebody looks at it."""
    return [
        Call("GET /experiments/{name}", f"/experiments/{experiment}", 2),
        Call("GET /workers", "/workers", 5),
        Call("GET /experiments", "/experiments", 10),
        Call("GET /summary, 20 cells", f"/summary?experiment={GROWING}&arch=yolo", 10),
        Call("GET /readyz", "/readyz", 10),
    ]


def notebook(a: str, b: str) -> list[Call]:
    """What a notebook asks for. a, b: two cells of the growing experiment."""
    return [
        Call("GET /effects, 1,000 cells", f"/effects?experiment={BIG}", 20),
        Call("GET /effects, 40 cells", f"/effects?experiment={GROWING}", 10),
        Call("GET /compare", f"/compare?experiment={GROWING}&a={a}&b={b}", 10),
        Call("GET /summary/figure.svg", f"/summary/figure.svg?experiment={GROWING}&norm=none", 15),
        Call("GET /effects/figure.svg", f"/effects/figure.svg?experiment={GROWING}", 15),
    ]


POST = Call("POST /experiments", "/experiments", 10, "POST")


class People:
    """All who use the lab at once. `run` returns every answer that they got."""

    def __init__(self, url: str, keys: Sequence[str], num_pages: int, num_notebooks: int) -> None:
        self.url, self.keys = url, list(keys)
        self.num_pages, self.num_notebooks = num_pages, num_notebooks
        self.answers: list[Answer] = []
        self._rng = random.Random(0)

    def run(self, seconds: float) -> list[Answer]:
        asyncio.run(self._all(seconds))
        return self.answers

    async def _all(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for index, key in enumerate(self.keys):
                group.create_task(self._one(index, key, until))

    async def _one(self, index: int, key: str, until: float) -> None:
        limits = httpx.Limits(max_connections=6)  # as many as a browser opens to one server
        headers = {"Authorization": f"Bearer {key}"}
        async with (
            httpx.AsyncClient(base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS, limits=limits) as http,
            asyncio.TaskGroup() as group,
        ):
            for call in await self._calls(index, http):
                group.create_task(self._repeat(http, call, until))

    async def _calls(self, index: int, http: httpx.AsyncClient) -> list[Call]:
        if index < self.num_pages:
            return page(BIG if index % 2 else GROWING)
        if index < self.num_pages + self.num_notebooks:
            cells = (await http.get("/summary", params={"experiment": GROWING})).json()["cells"]
            a, b = self._rng.sample([cell["cell"] for cell in cells], 2)
            return notebook(a, b)
        return [POST]

    async def _repeat(self, http: httpx.AsyncClient, call: Call, until: float) -> None:
        number = 0
        await asyncio.sleep(self._rng.uniform(0, call.every))
        while time.monotonic() < until:
            number += 1
            body = small_grid(number) if call.method == "POST" else None
            began = time.perf_counter()
            try:
                status = (await http.request(call.method, call.path, json=body)).status_code
            except httpx.HTTPError:
                status = 0
            self.answers.append(Answer(call.name, status, 1000 * (time.perf_counter() - began)))
            await asyncio.sleep(call.every * self._rng.uniform(0.5, 1.5))


def small_grid(number: int) -> dict[str, Any]:
    levels = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}
    return {"name": f"posted-{number}", "grid": levels, "seeds": 1, "train": {"epochs": 20}}
