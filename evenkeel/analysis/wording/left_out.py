"""Which cells an answer is not about, as they cannot be read here."""

from collections.abc import Sequence

from evenkeel.lab.left_out import LeftOut

MOST_NAMED = 3


def left_out_says(left_out: Sequence[LeftOut]) -> str:
    """Of each what is wrong and how to get rid of it; empty where nothing is left out."""
    told = [f"The cell {each.hash} of {each.experiment} is left out. {each.why}. {each.remedy}." for each in left_out]
    rest = len(left_out) - MOST_NAMED
    return " ".join([*told[:MOST_NAMED], *([f"So are {rest} more cells."] if rest > 0 else [])])


def left_out_named(left_out: Sequence[LeftOut]) -> str:
    """Where each is and what cannot be read, as short as a caption has it; empty where nothing is left out."""
    if not left_out:
        return ""
    named = [f"{each.hash} of {each.experiment} ({each.field} {_short(each)})" for each in left_out[:MOST_NAMED]]
    rest = len(left_out) - MOST_NAMED
    return f"Left out, as it cannot be read: {'; '.join([*named, *([f'{rest} more'] if rest > 0 else [])])}."


def _short(each: LeftOut) -> str:
    return "is missing" if each.level is None else f"{each.level!r:.30}"
