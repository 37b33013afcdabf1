"""Says what a number of seeds can show, and how to show more."""

from dataclasses import dataclass

from evenkeel.statistics.evidence import EvidenceLevel, seeds_for_more

SAYS = {
    EvidenceLevel.TRACES: "only each seed's curve is shown, because a spread needs at least three seeds",
    EvidenceLevel.DESCRIPTIVE: "you see what these seeds did, but they are too few to prove a difference between two "
    "cells",
    EvidenceLevel.INTERVALS: "there are intervals and exact tests",
    EvidenceLevel.FULL: "there are intervals, exact tests, bootstrap and interquartile mean",
}


@dataclass(frozen=True)
class Seeds:
    """What became of the seeds that a cell was posted with.

    Attributes:
        finished: Number of seeds that have finished.
        waiting: Number of seeds whose runs have yet to end.
        lost: Number of seeds whose runs failed or were cancelled.
        growing: Whether a rule may add some.
    """

    finished: int
    waiting: int = 0
    lost: int = 0
    growing: bool = False

    @property
    def posted(self) -> int:
        return self.finished + self.waiting + self.lost


def how_to_say_more(seeds: Seeds, elsewhere: bool = False) -> str:
    """How to reach the next level. It is empty at the last level.

    It proposes a number of seeds only if it is higher than what was posted.

    Args:
        elsewhere: Whether the runs were not trained by a lab.
    """
    needed = seeds_for_more(seeds.finished)
    if needed is None:
        return ""
    with_them = f"With {needed} seeds there is more to say"
    if elsewhere:
        return f"{with_them}."
    said = []
    if seeds.waiting:
        said.append(f"{seeds.waiting} of {_posted(seeds)} {'has' if seeds.waiting == 1 else 'have'} not ended yet.")
    if seeds.lost:
        said.append(f"{seeds.lost} of {_posted(seeds)} failed or were cancelled; evenkeel retry queues them again.")
    if seeds.growing:
        said.append("The rule for seeds may add more.")
    elif needed > seeds.posted:
        said.append(f"{with_them}: evenkeel add-seeds adds the missing {needed - seeds.posted}.")
        # Seeds that are added after a run has finished make another look.
        if seeds.finished:
            said.append("Tests then need a smaller p.")
    return " ".join(said)


def _posted(seeds: Seeds) -> str:
    return f"the {seeds.posted} seeds" if seeds.posted > 1 else "1 seed"
