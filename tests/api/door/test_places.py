"""Whose connection goes when there are more than there may be."""

import pytest

from api.door.places import Places


class Held:
    """A connection that notes when it must go."""

    def __init__(self) -> None:
        self.is_open = True

    def give_way(self) -> None:
        self.is_open = False


@pytest.fixture
def places() -> Places:
    return Places(3)


def enter(places: Places, address: str = "", waits: bool = True) -> Held:
    held = Held()
    assert places.enter(held, address)
    places.note(held, waits)
    return held


def test_the_one_that_has_waited_longest_for_its_client_gives_way(places: Places) -> None:
    first, second, third = (enter(places) for _ in range(3))
    places.note(first, False)
    places.note(first, True)  # It was answered meanwhile, and has waited less long than the others.
    fourth = enter(places)
    assert [each.is_open for each in (first, second, third, fourth)] == [True, False, True, True]
    assert len(places) == 3


def test_a_connection_that_waits_for_the_api_keeps_its_place(places: Places) -> None:
    busy = [enter(places, waits=False) for _ in range(3)]
    assert not places.enter(Held(), "")
    assert all(each.is_open for each in busy)
    places.leave(busy[0])
    assert places.enter(Held(), "")


def test_whoever_holds_most_places_loses_one_of_them(places: Places) -> None:
    quiet, greedy = enter(places, "10.0.0.1"), [enter(places, "10.0.0.66") for _ in range(2)]
    more = [enter(places, "10.0.0.66") for _ in range(50)]
    assert quiet.is_open
    assert [each.is_open for each in greedy + more] == [False] * 50 + [True] * 2


def test_if_the_greediest_is_served_another_one_that_waits_gives_way(places: Places) -> None:
    quiet = enter(places, "10.0.0.1")
    served = [enter(places, "10.0.0.66", waits=False) for _ in range(2)]
    enter(places, "10.0.0.2")
    assert [quiet.is_open, *(each.is_open for each in served)] == [False, True, True]


def test_one_that_has_no_place_changes_nothing(places: Places) -> None:
    stranger = Held()
    places.note(stranger, True)
    places.leave(stranger)
    kept = [enter(places) for _ in range(3)]
    assert len(places) == 3
    assert all(each.is_open for each in kept)
