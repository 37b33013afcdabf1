"""Says which look at the results this is, and so how small p must be."""

from evenkeel.analysis.looks import Look
from evenkeel.statistics.looks import LATER_LOOKS
from evenkeel.statistics.multiple import LEVEL

ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
TIMES = ("once", "twice")


def look_says(look: Look) -> str:
    """Say how small p_holm must be for a result to count as shown, and why."""
    level = f"{look.level:.2g}"
    compared = f"So a result counts as shown only if p is at most {level}, instead of {LEVEL}."
    rule = "The rule that adds seeds looks at the results, too."
    if look.number == 1 and look.shares > 1:
        return f"{rule} {compared}"
    if look.number == 1:
        left = f"{LATER_LOOKS} of the usual {LEVEL} is kept for looks after more seeds"
        return f"A result counts as shown if p is at most {level}: {left}."
    added = look.number - 1
    times = TIMES[added - 1] if added <= len(TIMES) else f"{added} times"
    which = ORDINALS[added] if added < len(ORDINALS) else f"{look.number}th"
    because = f"This is the {which} look at these cells, because seeds were added {times} after runs had finished."
    return f"{because} {rule} {compared}" if look.shares > 1 else f"{because} {compared}"
