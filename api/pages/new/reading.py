"""Reads the form as the JSON of a grid, and writes the JSON of a grid into the form."""

from collections.abc import Iterator, Mapping
from typing import Any

from api.pages.forms import Fields
from api.pages.new.levels import Part, read, text_of
from api.pages.new.names import LEVEL, SHARED
from evenkeel.plugins import Task

Body = dict[str, Any]


def grid_of_form(task: Task, parts: Mapping[str, Part], form: Fields) -> Body:
    """The grid that the form describes, as it is posted. What was left empty is left out.

    A factor with one level is shared by all cells. What cannot be read stays as it was typed, so that the check of the
    grid says what is wrong with it.

    Args:
        parts: Factor -> what the JSON Schema of the task's parameters says of it.
    """
    chosen = {factor: read(part, form.all(LEVEL + factor)) for factor, part in parts.items()}
    body: Body = {"name": form["name"].strip(), "task": task.name}
    body["grid"] = {factor: levels for factor, levels in chosen.items() if len(levels) > 1}
    body["train"] = {factor: levels[0] for factor, levels in chosen.items() if len(levels) == 1}
    body["seeds"] = _seeds(form)
    body |= {name: form[name] if name == "device" else _number(form[name]) for name in SHARED if form[name].strip()}
    exclude = [_excluded(parts, line) for line in form["exclude"].splitlines() if line.strip()]
    return body | ({"exclude": exclude} if exclude else {})


def form_of_grid(parts: Mapping[str, Part], body: Mapping[str, Any]) -> Fields:
    """The form that describes a grid: `grid_of_form` reads it back."""
    return Fields(list(_pairs(parts, body)))


def _pairs(parts: Mapping[str, Part], body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "name", str(body.get("name", ""))
    given = {factor: [level] for factor, level in body.get("train", {}).items()} | dict(body.get("grid", {}))
    for factor in parts:
        yield from ((LEVEL + factor, text_of(level)) for level in given.get(factor, ()))
    yield from _seed_pairs(body.get("seeds", 3))
    yield from ((name, str(body[name])) for name in SHARED if body.get(name) is not None)
    lines = (
        ", ".join(f"{factor}={text_of(level)}" for factor, level in each.items()) for each in body.get("exclude", ())
    )
    yield "exclude", "\n".join(lines)


def _seed_pairs(seeds: Any) -> Iterator[tuple[str, str]]:
    if isinstance(seeds, Mapping):
        until = seeds["until"]
        yield from (("seeds.by", "rule"), ("seeds.min", str(seeds["min"])), ("seeds.max", str(seeds["max"])))
        yield "seeds.until", "decided" if "decided" in until else "half_width"
        yield from ((f"seeds.{name}", str(value)) for name, value in until.items())
    elif isinstance(seeds, int):
        yield from (("seeds.by", "count"), ("seeds.count", str(seeds)))
    else:
        yield from (("seeds.by", "list"), ("seeds.list", ", ".join(map(str, seeds))))


def _seeds(form: Fields) -> Any:
    if form["seeds.by"] == "list":
        return [_number(text.strip()) for text in form["seeds.list"].split(",") if text.strip()]
    if form["seeds.by"] == "rule":
        kind = form["seeds.until"] or "half_width"
        until = {kind: _number(form[f"seeds.{kind}"]) if kind == "half_width" else form[f"seeds.{kind}"]}
        metric = {"metric": form["seeds.metric"]} if form["seeds.metric"] else {}
        return {"min": _number(form["seeds.min"]), "max": _number(form["seeds.max"]), "until": until | metric}
    return _number(form.get("seeds.count", "3"))


def _excluded(parts: Mapping[str, Part], line: str) -> dict[str, Any]:
    """'FACTOR=LEVEL, FACTOR=LEVEL' as an entry of `exclude`."""
    found: dict[str, Any] = {}
    for piece in line.split(","):
        factor, _, text = (part.strip() for part in piece.partition("="))
        levels = read(parts[factor], [text]) if factor in parts else []
        found[factor] = levels[0] if levels else text
    return found


def _number(text: str) -> int | float | str:
    text = text.strip()
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
