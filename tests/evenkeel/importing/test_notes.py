"""What an import says is one sentence for each kind, however many batches it took."""

from evenkeel.importing.notes import Kind, Notes, merged, note


def test_a_note_counts_its_runs_and_names_the_first() -> None:
    notes = Notes()
    for number in range(7):
        notes.add(Kind.NO_SEED, f"r{number}", "seed")
    [found] = notes.all
    assert found.says.startswith("7 runs (r0, r1, r2, r3, r4, ...): no whole number as a param or tag 'seed'")
    assert notes.count([Kind.NO_SEED, Kind.OWN]) == 7


def test_notes_of_several_batches_are_added_up_and_the_newest_count_of_all_runs_stands() -> None:
    batches = [note(Kind.DIVERGED, "", 1, ["a"]), note(Kind.EARLY, "8", 5), note(Kind.DIVERGED, "", 2, ["b", "c"])]
    found = merged([*batches, note(Kind.EARLY, "9", 6)])
    assert [(each.kind, each.count, each.runs) for each in found] == [
        (Kind.DIVERGED, 3, ["a", "b", "c"]),
        (Kind.EARLY, 6, []),
    ]
    assert found[1].says.startswith("6 runs: finished before the 9 epochs of the longest run")
