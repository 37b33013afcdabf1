"""The details of an experiment are computed once and kept until one of its runs changes. Not all are kept."""

from dataclasses import replace

import pytest
from records import claim_run, make_cell

from api.details import MAX_KEPT, Details
from evenkeel.store import Store


def test_details_are_worked_out_anew_once_a_run_changed(app_store: Store) -> None:
    app_store.grids.ensure("exp", [make_cell()], [0, 1])
    [experiment] = app_store.experiments.all()
    details, bodies = Details(app_store), iter([b"first", b"second"])
    assert [details.get(experiment, lambda: next(bodies)) for _ in range(3)] == [b"first"] * 3
    claim_run(app_store, make_cell(), 0)
    assert [details.get(experiment, lambda: next(bodies)) for _ in range(3)] == [b"second"] * 3


@pytest.mark.slow
def test_what_was_asked_for_last_is_kept_and_no_more_than_there_is_room_for(app_store: Store) -> None:
    app_store.grids.ensure("exp", [make_cell()], [0])
    [first] = app_store.experiments.all()
    details, worked_out = Details(app_store), list[str]()

    def ask(name: str) -> None:
        def work_out() -> bytes:
            worked_out.append(name)
            return name.encode()

        assert details.get(replace(first, name=name), work_out) == name.encode()

    for number in range(3 * MAX_KEPT):
        ask(f"e{number}")
        ask("often")
    assert worked_out.count("often") == 1
    ask("e0")
    assert worked_out.count("e0") == 2
    assert len(details._kept) == MAX_KEPT
