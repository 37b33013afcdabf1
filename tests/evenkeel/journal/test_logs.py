"""What attempts printed is kept for each, and goes with its run."""

from records import make_cell

from evenkeel.store import Store

CELL = make_cell()


def test_each_attempt_has_its_own_text_and_the_newest_takes_the_place_of_the_one_before(store: Store) -> None:
    [run_id] = store.grids.ensure("exp", [CELL], [0]).created
    assert store.logs.read(run_id, 1) == ""
    assert store.logs.write(run_id, 1, "one\n")
    assert store.logs.write(run_id, 1, "one\ntwo\n")
    assert store.logs.write(run_id, 2, "three")
    assert store.logs.write(run_id, 3, "")
    assert [store.logs.read(run_id, attempt) for attempt in (1, 2)] == ["one\ntwo\n", "three"]
    assert store.logs.attempts(run_id) == [2, 1]


def test_control_characters_are_kept_and_what_no_database_takes_is_spelled_out(store: Store) -> None:
    [run_id] = store.grids.ensure("exp", [CELL], [0]).created
    store.logs.write(run_id, 1, "\x1b[31mred\x1b[0m\r\x07\0 \ufffd 🎉")
    assert store.logs.read(run_id, 1) == "\x1b[31mred\x1b[0m\r\x07\\x00 \ufffd 🎉"


def test_a_log_goes_with_its_run_and_none_comes_after(store: Store) -> None:
    [run_id] = store.grids.ensure("exp", [CELL], [0]).created
    store.logs.write(run_id, 1, "one")
    assert store.deletions.delete("exp") == (1, 1, 0)
    assert store.logs.read(run_id, 1) == ""
    assert not store.logs.write(run_id, 1, "last words")
