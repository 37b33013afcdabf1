"""What an import says about runs that are not as one would expect. Every one is said, and how it is handled."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from evenkeel.result import about, result

MOST_NAMED = 5


class Kind(StrEnum):
    """Why there is something to say about a run."""

    OWN = "own"
    NO_SEED = "no_seed"
    NO_METRIC = "no_metric"
    TOO_LONG = "too_long"
    REPEATS = "repeats"
    STILL_TRAINS = "still_trains"
    KILLED = "killed"
    FAILED = "failed"
    DIVERGED = "diverged"
    LACKS_PARAM = "lacks_param"
    LACKS_METRIC = "lacks_metric"
    RENUMBERED = "renumbered"
    EARLY = "early"


# The runs of these kinds are not stored.
LEFT_OUT = (Kind.OWN, Kind.NO_SEED, Kind.NO_METRIC, Kind.TOO_LONG, Kind.REPEATS)

# What follows 'N runs: '. `{what}` is the param or the metric.
SENTENCES = {
    Kind.OWN: "copies of runs that a lab trained. They are left out.",
    Kind.NO_SEED: "no whole number as a param or tag {what!r}, so they have no seed. They are left out.",
    Kind.NO_METRIC: "no value of {what!r}, by which epochs are counted. They are left out.",
    Kind.TOO_LONG: "more values than one run may have. They are left out. Take fewer metrics, or first one that was "
    "logged less often: an epoch ends wherever the first metric was logged.",
    Kind.REPEATS: "the cell and the seed of another run. They are left out. Of such runs, one that finished counts, "
    "and of these the one that started first.",
    Kind.STILL_TRAINS: "still training there. Their cells do not count in /effects and /compare before they have "
    "ended and were imported again.",
    Kind.KILLED: "killed before their end. Their cells do not count in /effects and /compare: if runs are killed "
    "because of what they show, the others of a cell look better than the cell is. If that is not so, leave these runs "
    "out with --filter.",
    Kind.FAILED: "failed there. No statistic counts them.",
    Kind.DIVERGED: "diverged: a metric was not finite at their end. They are results, and count.",
    Kind.LACKS_PARAM: "no param {what!r}. Its level there is null.",
    Kind.LACKS_METRIC: "no value of {what!r}.",
    Kind.RENUMBERED: "steps that are no epochs in a row. They are numbered 1, 2, 3 in their order.",
    Kind.EARLY: "finished before the {what} epochs of the longest run. The last value of such a run counts as its "
    "final value, and stands for the epochs after it.",
}


@result
class Note:
    kind: Kind = about("Why there is something to say.")
    what: str = about("The param or the metric that it is about; empty if it is about none.")
    count: int = about("Number of runs that it is about.")
    runs: list[str] = about("Ids of the first of these runs, where they were trained.")
    says: str = about("What it is, and how it is handled.")


def note(kind: Kind, what: str, count: int, runs: Sequence[str] = ()) -> Note:
    """The note, with its sentence."""
    named = f" ({', '.join(runs[:MOST_NAMED])}{', ...' if count > len(runs[:MOST_NAMED]) else ''})" if runs else ""
    counted = "1 run" if count == 1 else f"{count:,} runs"
    return Note(kind, what, count, list(runs[:MOST_NAMED]), f"{counted}{named}: {SENTENCES[kind].format(what=what)}")


def merged(notes: Iterable[Note]) -> list[Note]:
    """The notes of several batches as those of one import. The newest count of runs that finished early stands, since
    it is about all runs of the experiment."""
    found: dict[tuple[Kind, str], Note] = {}
    every = list(notes)
    early = [each for each in every if each.kind is Kind.EARLY]
    for each in (*(each for each in every if each.kind is not Kind.EARLY), *early[-1:]):
        before = found.get((each.kind, each.what))
        count, runs = (before.count, before.runs) if before else (0, [])
        found[each.kind, each.what] = note(each.kind, each.what, count + each.count, [*runs, *each.runs])
    return in_order(found.values())


def in_order(notes: Iterable[Note]) -> list[Note]:
    order = list(Kind)
    return sorted(notes, key=lambda each: (order.index(each.kind), each.what))


class Notes:
    """Collects what there is to say about the runs of a batch."""

    def __init__(self) -> None:
        self._runs: dict[tuple[Kind, str], list[str]] = {}

    def add(self, kind: Kind, run_id: str, what: str = "") -> None:
        self._runs.setdefault((kind, what), []).append(run_id)

    @property
    def all(self) -> list[Note]:
        return in_order(note(kind, what, len(runs), runs) for (kind, what), runs in self._runs.items())

    def count(self, kinds: Sequence[Kind]) -> int:
        """How many runs have a note of one of these kinds."""
        return sum(len(runs) for (kind, _), runs in self._runs.items() if kind in kinds)
