"""What is slow or away is looked at in the background. Whoever asks gets what was seen last, and how old that is."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

import api.looks
from api.looks import Look, Seen


class Service:
    """Counts the looks at it. It answers each with its number, as soon as it `may_answer`."""

    def __init__(self) -> None:
        self.looks, self.may_answer = 0, Event()
        self.may_answer.set()

    def ask(self) -> int:
        self.looks += 1
        number = self.looks
        assert self.may_answer.wait(30)
        return number


@pytest.fixture(autouse=True)
def fresh_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.looks, "FRESH_SECONDS", 60.0)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    yield service
    service.may_answer.set()


@pytest.fixture
def look(service: Service) -> Iterator[Look[int]]:
    with ThreadPoolExecutor(2) as threads:
        yield Look(service.ask, threads)
        service.may_answer.set()


def value(seen: Seen[int] | None) -> int | None:
    return None if seen is None else seen.value


async def ask(look: Look[int], times: int) -> set[int | None]:
    return {value(seen) for seen in await asyncio.gather(*(look.get() for _ in range(times)))}


def test_many_who_ask_at_once_cause_one_look(look: Look[int], service: Service) -> None:
    assert asyncio.run(ask(look, 50)) == {1}
    assert asyncio.run(ask(look, 50)) == {1}
    assert service.looks == 1


def test_what_is_no_longer_fresh_is_looked_at_again(look: Look[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.looks, "FRESH_SECONDS", 0.0)
    assert [asyncio.run(ask(look, 1)) for _ in range(3)] == [{1}, {2}, {3}]


def test_a_look_may_be_repeated_sooner_than_others(service: Service) -> None:
    with ThreadPoolExecutor(2) as threads:
        look = Look(service.ask, threads, at_most=0.0)
        assert [asyncio.run(ask(look, 1)) for _ in range(3)] == [{1}, {2}, {3}]


def test_while_a_look_hangs_everybody_gets_what_was_seen_before(
    look: Look[int], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.looks, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(api.looks, "PATIENCE_SECONDS", 0.05)
    assert asyncio.run(ask(look, 1)) == {1}
    service.may_answer.clear()
    assert asyncio.run(ask(look, 50)) == {1}
    assert asyncio.run(ask(look, 50)) == {1}
    assert service.looks == 2
    seen = asyncio.run(look.get())
    assert seen is not None
    assert seen.age_seconds > 0.05


def test_a_first_look_that_hangs_is_not_waited_for_without_end(
    look: Look[int], service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.looks, "FIRST_SECONDS", 0.05)
    service.may_answer.clear()
    assert asyncio.run(ask(look, 3)) == {None}
    service.may_answer.set()
    monkeypatch.setattr(api.looks, "FIRST_SECONDS", 30.0)
    assert asyncio.run(ask(look, 3)) == {1}


def test_nobody_looks_while_nobody_asks(look: Look[int], service: Service) -> None:
    asyncio.run(ask(look, 1))
    asyncio.run(asyncio.sleep(0.05))
    assert service.looks == 1
