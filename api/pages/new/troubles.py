"""What is wrong with the form, in words for the person who fills it, and in which of its fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.forms import Fields
from api.pages.new.levels import Part, takes_fractions
from api.pages.new.names import LEVEL, SEEDS, field_of
from evenkeel.grids.cell import MAX_SEED
from evenkeel.grids.replication import MAX_SEEDS

EMPTY_NAME = "give the experiment a name"
UNREADABLE = ""  # what the check says of seeds that are neither a count nor a list
COMMA = re.compile(r"(\d+),(\d+)")  # a decimal number as much of Europe writes it

# What to write in a field of the seeds that is empty or cannot be read.
COUNT = f"write how many seeds each cell gets: a whole number from 1 to {MAX_SEEDS:,}"
WRITE = {
    "seeds.count": COUNT,
    "seeds.list": f"write the seeds with commas between them: whole numbers from 0 to {MAX_SEED:,}, each of them once",
    "seeds.min": "write how many seeds each cell has at first: a whole number, at least 2",
    "seeds.max": "write how many seeds a cell may have at most: a whole number, at least 2",
    "seeds.half_width": "write how far off each mean may be: a number greater than 0, such as 0.01",
}


@dataclass(frozen=True)
class Trouble:
    """What is wrong, and in which field of the form; '' for the form as a whole."""

    field: str
    says: str


def trouble(parts: Mapping[str, Part], form: Fields, path: str, says: str) -> Trouble:
    """
    Args:
        parts: Factor -> what the JSON Schema of the task's parameters says of it.
        path: Where the problem is in the grid, such as 'grid.lr.0' or 'seeds.until.decided'.
        says: What the check of the grid says, or UNREADABLE.
    """
    field = field_of(path, list(parts), form["seeds.by"])
    says = says.removeprefix("Input ")
    if field.startswith(SEEDS):
        return Trouble(field, _of_seeds(form, field, says))
    if field.startswith(LEVEL) and takes_fractions(parts[field.removeprefix(LEVEL)]):
        return Trouble(field, says + _comma(", ".join(form.all(field))))
    return Trouble(field, says)


def _of_seeds(form: Fields, field: str, says: str) -> str:
    typed = form[field].strip()
    if says == UNREADABLE or (field in WRITE and not typed):
        return f"{WRITE[field]}{f', not {typed!r:.60}' if typed else ''}"
    found = COMMA.fullmatch(typed)
    return f"write the number with a point: {found[1]}.{found[2]}" if found else says


def _comma(typed: str) -> str:
    """What to do if a comma was meant as part of a number; '' if none looks like it."""
    found = next(filter(None, map(COMMA.fullmatch, re.split(r"[\s,;]*\s[\s,;]*", typed.strip()))), None)
    return f". A comma separates levels. If you mean one number, write {found[1]}.{found[2]}" if found else ""
