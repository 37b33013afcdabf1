"""A `Heavy` with a store of two cells, and questions that tests hold back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from records import finish_run, make_cell
from servers import NO_BROKER
from slow_answers import Told, about_exp, told

from api.heavy.heavy import Heavy
from api.heavy.process import make_reading
from api.heavy.work import Work
from evenkeel.lab.context import Lab
from evenkeel.lab.queue import Doorbell
from evenkeel.settings import Settings
from evenkeel.store import Store


class Bench:
    """Asks a `Heavy` as endpoints do."""

    def __init__(self, heavy: Heavy, folder: Path) -> None:
        self.heavy, self.notes, self.until = heavy, folder / "notes", folder / "until"

    def work(self, text: str = "done", held: bool = False, answer: Callable[..., Any] = told) -> Work:
        """`held`: the answer is not ready before `until` exists."""
        query = Told(notes=self.notes, until=self.until if held else None, text=text)
        return Work(answer, query, "json", about_exp)

    async def ask(self, work: Work, key: str = "key", receive: Callable[[], Any] | None = None) -> Any:
        request = Request({"type": "http"}, receive or self._stay)
        return await self.heavy.answer(request, key, work)

    def pids(self) -> list[int]:
        """The process of each answer that was begun."""
        return [int(line) for line in self.notes.read_text().split()] if self.notes.exists() else []

    async def _stay(self) -> dict[str, Any]:
        import asyncio

        await asyncio.Event().wait()
        raise AssertionError("not reached")


@pytest.fixture
def make_bench(app_store: Store, tmp_path: Path) -> Callable[..., Any]:
    for norm in ("batch", "none"):
        for seed in range(2):
            finish_run(app_store, make_cell(norm=norm), seed, [0.1, 0.5 + seed / 10])

    @contextmanager
    def make(**settings: Any) -> Iterator[Bench]:
        chosen = Settings(database_url=f"sqlite:///{tmp_path}/lab.db", broker_url=NO_BROKER, **settings)
        heavy = Heavy(make_reading(Lab(chosen, app_store, Doorbell(chosen))))
        try:
            yield Bench(heavy, tmp_path)
        finally:
            (tmp_path / "until").touch()
            heavy.pool.close()

    return make
