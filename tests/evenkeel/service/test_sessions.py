"""Sessions of people in a browser, on SQLite and on Postgres."""

from evenkeel.records.keys import Role
from evenkeel.store import Store


def test_a_session_is_its_keys_until_it_ends(store: Store) -> None:
    store.keys.add("ann", "Ann", Role.READ, "0" * 64)
    store.sessions.add("a" * 64, "ann", 60)
    assert (store.sessions.find("a" * 64), store.sessions.find("b" * 64)) == ("ann", None)
    assert [store.sessions.end("a" * 64) for _ in range(2)] == [True, False]
    assert store.sessions.find("a" * 64) is None


def test_a_session_that_is_over_counts_no_more_and_can_be_cleaned_away(store: Store) -> None:
    store.keys.add("ann", "Ann", Role.READ, "0" * 64)
    store.sessions.add("a" * 64, "ann", -1)
    store.sessions.add("b" * 64, "ann", 60)
    assert store.sessions.find("a" * 64) is None
    assert [store.sessions.clean() for _ in range(2)] == [1, 0]
    assert store.sessions.find("b" * 64) == "ann"


def test_sessions_end_when_their_key_is_revoked(store: Store) -> None:
    for key_id, kept in (("ann", "a"), ("bob", "b")):
        store.keys.add(key_id, key_id, Role.WRITE, "0" * 64)
        store.sessions.add(kept * 64, key_id, 60)
    store.keys.revoke("ann")
    assert [store.sessions.find(kept * 64) for kept in "ab"] == [None, "bob"]
    assert [store.sessions.end_all("ann") for _ in range(2)] == [1, 0]
