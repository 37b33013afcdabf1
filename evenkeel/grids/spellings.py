"""Reads a level of a factor in every spelling in which tables and figures show a level.

'lr=0.01', 'lr 0.01', 'lr: 0.01' and 'learning rate 0.01' name a factor and a level. A level alone, such as 'He', is
enough if only one factor has it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Task = Mapping[str, Any]  # a task as GET /tasks gives it
BETWEEN = "=: "  # what stands between a factor and its level


class NotRead(Exception):
    """The text names no level of a factor, or of several."""


def read_filter(text: str, tasks: Sequence[Task]) -> tuple[str, str]:
    """The factor and the level that a text names.

    Args:
        tasks: The tasks that it may be about, as GET /tasks gives them. If there are none, only FACTOR=LEVEL is read.

    Raises:
        NotRead: It names none, or a level that several factors have.
    """
    text = text.strip()
    readings = [reading for task in tasks for reading in _with_factor(text, task)]
    if readings:
        # 'batch size 64' is about batch_size, even if there is a factor batch.
        _, factor, level = max(readings, key=lambda reading: reading[0])
        return factor, level
    factor, equals, level = map(str.strip, text.partition("="))
    if factor and equals and level:
        return factor, level
    found = sorted({pair for task in tasks for pair in _with_level(text, task)})
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(f"'{factor}={level}'" for factor, level in found)
        raise NotRead(f"several factors have this level; write one of {several}")
    raise NotRead("write it as factor=level, for example lr=0.003")


def _with_factor(text: str, task: Task) -> Iterator[tuple[int, str, str]]:
    """(length of the factor's spelling, factor, level) of each way to read the text."""
    folded = text.casefold()
    for factor in task["parameters"]["properties"]:
        for spelling in {factor, factor.replace("_", " "), factor.replace("_", "-"), _label(task, factor)}:
            rest = text[len(spelling) :]
            if (
                folded.startswith(spelling.casefold())
                and rest[:1]
                and rest[:1] in BETWEEN
                and (level := rest.strip("=: "))
            ):
                yield len(spelling), factor, _level(task, factor, level)


def _with_level(text: str, task: Task) -> Iterator[tuple[str, str]]:
    """(factor, level) of each listed level that the text names."""
    for factor in task["parameters"]["properties"]:
        for level in _listed(task, factor):
            if text.casefold() in (level.casefold(), _label(task, level).casefold()):
                yield factor, level


def _level(task: Task, factor: str, text: str) -> str:
    """The level as the API takes it."""
    listed = _listed(task, factor)
    if text in listed:
        return text
    alike = [level for level in listed if text.casefold() in (level.casefold(), _label(task, level).casefold())]
    return alike[0] if len(alike) == 1 else text


def _listed(task: Task, factor: str) -> list[str]:
    """The levels that the task lists for the factor, those of packages included."""
    schema = task["parameters"]
    field = schema["properties"][factor]
    fields = [field, *field.get("anyOf", ())]
    fields = [schema["$defs"][each["$ref"].rpartition("/")[2]] if "$ref" in each else each for each in fields]
    own = [str(level) for each in fields for level in each.get("enum", ())]
    return own + [level["level"] for level in task.get("levels", ()) if level["factor"] == factor]


def _label(task: Task, word: str) -> str:
    """The word as figures show it."""
    return str(task.get("labels", {}).get(word, word.replace("_", " ")))
