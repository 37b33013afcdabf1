"""The fields of the form for the factors of a task."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.pages.forms import Fields
from api.pages.new.levels import Part, listed, text_of
from api.pages.new.names import LEVEL
from evenkeel.grids.json_schemas import inlined
from evenkeel.grids.ranges import default_of, range_of
from evenkeel.plugins import Task

PAPER = "paper"  # the preset whose levels are marked


@dataclass(frozen=True)
class FactorField:
    """A factor in the form.

    Attributes:
        id: The id of its element.
        field: The name of its field.
        allowed: Its range in words.
        default: Its default as text; '' if it must be named.
        paper: What the paper took, as text; '' if the task has no paper, or it does not say.
        source: What the paper is called.
        choices: For each level that it may have, its text and whether it is ticked; empty if levels are typed.
        typed: The levels that were typed.
    """

    id: str
    field: str
    name: str
    label: str
    description: str
    allowed: str
    default: str
    paper: str
    source: str
    choices: list[tuple[str, bool]]
    typed: str

    @property
    def is_required(self) -> bool:
        return not self.default

    @property
    def is_given(self) -> bool:
        return bool(self.typed) or any(ticked for _, ticked in self.choices)


def parts_of(task: Task) -> dict[str, Part]:
    """Factor -> what the JSON Schema of the task's parameters says of it."""
    return dict(inlined(task.parameters.model_json_schema())["properties"])


def factor_fields(task: Task, parts: Mapping[str, Part], form: Fields) -> list[FactorField]:
    """The fields of all factors, in the order in which the task declares them."""
    paper = _levels_of(task.presets.get(PAPER, {}))
    return [_field(task, place, factor, part, paper, form) for place, (factor, part) in enumerate(parts.items())]


def shown_first(task: Task, fields: list[FactorField]) -> tuple[list[FactorField], list[FactorField]]:
    """(the fields that most studies need or that were filled in, the others)."""
    needed = {task.region_factor, task.length, *task.panels.factors}
    first = [each for each in fields if each.is_required or each.is_given or each.name in needed]
    return first, [each for each in fields if each not in first]


def _field(
    task: Task, place: int, factor: str, part: Part, paper: Mapping[str, list[Any]], form: Fields
) -> FactorField:
    given, few = form.all(LEVEL + factor), listed(part)
    return FactorField(
        id=f"level-{place}",
        field=LEVEL + factor,
        name=factor,
        label=task.call(factor),
        description=part.get("description") or "",
        allowed=range_of(dict(part), {}),
        default="" if default_of(dict(part)) == "-" else text_of(part["default"]),
        source=(task.hypotheses and task.hypotheses.source) or "The paper",
        paper=", ".join(map(text_of, paper.get(factor, ()))),
        choices=[(text, text in given) for text in map(text_of, few)],
        typed="" if few else ", ".join(each for each in given if each.strip()),
    )


def _levels_of(preset: Mapping[str, Any]) -> dict[str, list[Any]]:
    fixed = {factor: [level] for factor, level in preset.get("train", {}).items()}
    return fixed | dict(preset.get("grid", {}))
