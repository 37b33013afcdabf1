"""Says which cells an answer leaves out because they cannot be read here."""

from collections.abc import Sequence

from evenkeel.records.left_out import LeftOut

MOST_NAMED = 3


def left_out_says(left_out: Sequence[LeftOut]) -> str:
    """For each of the first cells, what is wrong and what to do about it. Empty if no cell is left out."""
    told = [f"The cell {each.hash} of {each.experiment} is left out. {each.why}. {each.remedy}." for each in left_out]
    rest = len(left_out) - MOST_NAMED
    return " ".join([*told[:MOST_NAMED], *([f"Further cells left out: {rest}."] if rest > 0 else [])])


def left_out_named(left_out: Sequence[LeftOut]) -> str:
    """For each of the first cells, where it is and what cannot be read, in the short form for a caption.

    Empty if no cell is left out.
    """
    if not left_out:
        return ""
    named = [f"{each.hash} of {each.experiment} ({each.field} {_short(each)})" for each in left_out[:MOST_NAMED]]
    rest = len(left_out) - MOST_NAMED
    return (
        f"Cells left out, because they cannot be read: {'; '.join([*named, *([f'{rest} more'] if rest > 0 else [])])}."
    )


def _short(each: LeftOut) -> str:
    return "is missing" if each.level is None else f"{each.level!r:.30}"
