"""A task that was announced as JSON Schema says, allows and hashes what the plug-in's own model would."""

import json
import math
from enum import Enum
from typing import Annotated, Any

import pytest
from announcing import CHAR_LM, NETS, PARAMETERS, RMS, announced_task, known
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, Strict, TypeAdapter, ValidationError

from evenkeel.grids.announced import given_levels, task_of, with_levels
from evenkeel.grids.cell import canonical_hash, make_cell
from evenkeel.grids.expand import SpecError, expand
from evenkeel.grids.levels import in_order
from evenkeel.grids.spec import grid_spec
from evenkeel.plugins import AnnouncedLevel, AnnouncedTask, Metric
from models.task import CLASSIFICATION, Classification

NUMBERS = st.floats(-1e6, 1e6).map(lambda x: x + 0.0) | st.integers(-(10**6), 10**6).map(float)
WORDS = st.text("abcdefgh_", min_size=1, max_size=8)


def defaults(kind: dict[str, Any], levels: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return levels.map(lambda level: {**kind, "default": level}) | st.just(kind)


@st.composite
def parts(draw: st.DrawFn) -> dict[str, Any]:
    """What a JSON Schema may say of a parameter, as pydantic writes it."""
    words = draw(st.lists(WORDS, min_size=1, max_size=4, unique=True))
    low = draw(st.integers(-100, 100))
    part = draw(
        st.one_of(
            defaults({"type": "integer", "minimum": low}, st.integers(low, low + 1000)),
            defaults({"type": "number"}, NUMBERS),
            defaults({"type": "boolean"}, st.booleans()),
            defaults({"type": "string", "maxLength": 8}, WORDS),
            defaults({"type": "string", "enum": words}, st.sampled_from(words)),
            defaults({"anyOf": [{"type": "number"}, {"type": "null"}]}, NUMBERS | st.none()),
            defaults({"type": ["number", "string"]}, NUMBERS | WORDS),
            defaults({"type": "array", "items": {"type": "integer"}}, st.lists(st.integers(0, 9), max_size=3)),
            defaults({"type": "object"}, st.dictionaries(WORDS, NUMBERS, max_size=3)),
        )
    )
    return part | draw(st.just({}) | st.just({"title": "A title", "description": "About it."}))


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.dictionaries(WORDS.map(lambda word: f"p_{word}"), parts(), min_size=1, max_size=5), st.text(max_size=20))
def test_an_announced_task_is_the_same_after_json_and_shows_the_schema_that_was_announced(
    properties: dict[str, Any], description: str
) -> None:
    announced = announced_task(properties, description=description)
    again = AnnouncedTask.from_json(json.loads(json.dumps(announced.to_json())))
    assert again == announced
    task = task_of(again)
    assert task.parameters.model_json_schema() == announced.parameters
    assert task.factors == (*properties, "epochs")
    required = [name for name, part in properties.items() if "default" not in part]
    assert required == [name for name, info in task.parameters.model_fields.items() if info.is_required()]
    if not required:
        cell = make_cell(task, {})
        assert cell.stored_levels == {}
        assert given_levels(cell.parameters) == {name: part["default"] for name, part in properties.items()} | {
            "epochs": 10
        }


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.sampled_from(list(PARAMETERS)), st.data())
def test_a_stored_cell_is_read_back_to_the_same_hash(factor: str, data: st.DataObject) -> None:
    levels = {
        "layers": st.integers(1, 2**63 - 1),
        "norm": st.sampled_from(["layer", "none"]),
        "lr": st.floats(1e-300, 1e300),
        "dropout": st.none() | st.floats(0, 1),
        "blocks": st.lists(st.integers(-(2**40), 2**40), max_size=4),
        "epochs": st.integers(1, 100),
    }
    task = task_of(CHAR_LM)
    cell = make_cell(task, {factor: data.draw(levels[factor])})
    stored = json.loads(json.dumps(cell.stored_levels))
    assert make_cell(task, stored).hash == cell.hash
    assert make_cell(task, cell.levels).hash == cell.hash


@pytest.mark.parametrize(
    ("part", "bad", "says"),
    [
        ({"type": "integer", "minimum": 1}, 0, "greater than or equal to 1"),
        ({"type": "integer", "maximum": 9}, 10, "less than or equal to 9"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "greater than 0"),
        ({"type": "number", "exclusiveMaximum": 1}, 1, "less than 1"),
        ({"type": "integer", "multipleOf": 8}, 12, "a multiple of 8"),
        ({"type": "number", "multipleOf": 0.1}, 0.25, "a multiple of 0.1"),
        ({"type": "string", "minLength": 2}, "a", "at least 2 characters"),
        ({"type": "string", "maxLength": 2}, "abc", "at most 2 characters"),
        ({"type": "string", "pattern": "^a+$"}, "b", "match pattern '^a+$'"),
        ({"type": "string", "format": "ipv4"}, "b", "'b' is not a 'ipv4'"),
        ({"type": "string", "enum": ["a", "b"]}, "c", "'a' or 'b'"),
        ({"enum": [8, 16, 32]}, 9, "8, 16 or 32"),
        ({"enum": [True]}, 1, "valid boolean"),
        ({"const": "a"}, "b", "'a'"),
        ({"enum": ["auto", 2]}, "b", "'auto' or 2"),
        ({"type": "integer"}, 1.5, "valid integer"),
        ({"type": "integer"}, True, "valid integer"),
        ({"type": "integer"}, "1", "valid integer"),
        ({"type": "integer"}, 2**63, "less than or equal to 9223372036854775807"),
        ({"type": "number"}, True, "valid number"),
        ({"type": "number"}, math.inf, "finite number"),
        ({"type": "boolean"}, 1, "valid boolean"),
        ({"type": "string"}, 1, "valid string"),
        ({"type": "string"}, "a\0", "without NUL"),
        ({"type": "string"}, "\ud800", "NUL and half characters"),
        ({"type": "array"}, ["\ud800"], "NUL and half characters"),
        ({"type": "array"}, [math.nan], "a list or an object"),
        ({"type": ["number", "string"]}, 10**400, "finite number"),
        ({"type": ["number", "string"]}, "NaN", "finite number"),
        ({"type": ["number", "string"]}, True, "one of these kinds: number or text"),
        ({"anyOf": [{"type": "number", "maximum": 1}, {"type": "null"}]}, 2, "less than or equal to 1"),
        ({"type": "array", "items": {"type": "integer", "minimum": 0}}, [1, -1], "[1]: -1 is less than the minimum"),
        ({"type": "array", "maxItems": 1}, [1, 2], "[1, 2] is too long"),
        ({"type": "array"}, "no JSON", "a list or an object"),
        ({"type": "object", "required": ["a"]}, {}, "'a' is a required property"),
    ],
)
def test_a_level_that_the_schema_does_not_allow_is_refused_and_told_what_is_allowed(
    part: dict[str, Any], bad: Any, says: str
) -> None:
    task = task_of(announced_task({"factor": part}))
    with pytest.raises(ValidationError) as refused:
        make_cell(task, {"factor": bad})
    [error] = refused.value.errors()
    assert error["loc"] == ("factor",)
    assert error["msg"].startswith("Input should ") or error["msg"].startswith("String should ")
    assert says in error["msg"]


@pytest.mark.parametrize(
    ("part", "given_as", "kept"),
    [
        ({"type": "number"}, -0.0, 0.0),
        ({"type": "number"}, 1, 1.0),
        ({"type": "number", "multipleOf": 0.1}, 0.3, 0.3),
        ({"type": ["number", "string"]}, "0.1", 0.1),
        ({"type": ["number", "string"]}, "auto", "auto"),
        ({"type": ["integer", "string", "null"]}, "5", 5),
        ({"type": ["integer", "string", "null"]}, None, None),
        ({"type": "null"}, "null", None),
        ({"type": ["boolean", "string"]}, "true", True),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "null", None),
        ({"type": ["string", "null"], "enum": ["a", None]}, None, None),
        ({"type": "array"}, [1.0, {"b": 1, "a": 2.5}], '[1,{"a":2.5,"b":1}]'),
        ({"type": "array"}, "[1.0, 2]", "[1,2]"),
        ({"type": ["object", "null"]}, "null", None),
    ],
)
def test_a_level_is_kept_in_one_form(part: dict[str, Any], given_as: Any, kept: Any) -> None:
    level = make_cell(task_of(announced_task({"factor": part})), {"factor": given_as}).levels["factor"]
    assert (level, type(level), math.copysign(1, level) if level == 0.0 else 1) == (kept, type(kept), 1)


@pytest.mark.parametrize(
    ("factor", "text", "level"),
    [
        ("layers", "3", 3),
        ("lr", "0.1", 0.1),
        ("dropout", "0.5", 0.5),
        ("dropout", "null", None),
        ("blocks", "[3]", "[3]"),
    ],
)
def test_the_text_of_a_query_is_read_where_the_type_need_not_be_strict(factor: str, text: str, level: Any) -> None:
    info = task_of(CHAR_LM).parameters.model_fields[factor]
    loose = [part for part in info.metadata if not isinstance(part, Strict)]
    kind: Any = Annotated[info.annotation, Field(), *loose]
    assert TypeAdapter(kind).validate_python(text) == level


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"seed": {"type": "integer"}}, "a parameter cannot be called 'seed'"),
        ({"metric": {"type": "integer"}}, "metric: queries use this name"),
        ({"copy": {"type": "integer"}}, "copy: pydantic uses this name"),
        ({"val_loss": {"type": "integer"}}, "val_loss: a metric has this name"),
        ({'a"b': {"type": "integer"}}, "no parameter can have this name"),
        ({"_a": {"type": "integer"}}, "no parameter can have this name"),
        ({"f": {}}, "f: its schema names no type"),
        ({"f": {"type": "colour"}}, "f: its JSON Schema is none"),
        ({"f": {"type": ["integer", "boolean"]}}, "f: it may be a number or true"),
        ({"f": {"type": ["string", "array"]}}, "f: it may be a text or a list"),
        ({"f": {"type": "string", "pattern": "(?=a)"}}, r"f: its pattern '\(\?=a\)' cannot be checked"),
        ({"f": {"type": "integer", "minimum": 1, "default": 0}}, "f: its default 0 is not allowed: .* equal to 1"),
        ({"f": {"$ref": "#/$defs/B"}}, "f: '#/.defs/B' names nothing"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_and_the_parameter_named(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        task_of(announced_task(parameters))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": "a/b"}, "name: 'a/b' cannot name a task"),
        ({"version": 0}, "version: 0 is no version"),
        ({"epochs": "lr"}, "epochs: 'lr' is no whole number; allowed: layers, epochs"),
        ({"epochs": 0}, "epochs: 0 is no number of epochs"),
        ({"panels": ("norm", "depth", "lr")}, "'depth' is not one of its parameters: layers, norm"),
        ({"default_metric": "f1"}, "'f1' is not one of its metrics: val_loss, train_loss"),
        ({"metrics": (Metric("epoch", "lower"),)}, "'epoch' cannot name a metric"),
        ({"parameters": {"type": "array"}}, "must be that of an object with properties"),
        ({"parameters": {"type": "object", "properties": PARAMETERS, "anyOf": []}}, "'anyOf' holds for several"),
    ],
)
def test_a_task_that_contradicts_itself_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        task_of(AnnouncedTask(**{**vars(CHAR_LM), **changes}))


def test_references_within_a_schema_are_followed_and_one_to_itself_is_refused() -> None:
    class Norm(Enum):
        LAYER = "layer"
        NONE = "none"

    class Params(BaseModel):
        norm: Norm = Norm.LAYER
        scale: Norm | None = None
        epochs: int = 3

    panels = ("norm", "scale", "epochs")
    task = task_of(AnnouncedTask(**{**vars(CHAR_LM), "parameters": Params.model_json_schema(), "panels": panels}))
    assert make_cell(task, {"scale": "none"}).levels == {"norm": "layer", "scale": "none", "epochs": 3}
    assert in_order(task, "norm", ["none", "layer"]) == ["layer", "none"]
    endless = {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}
    with pytest.raises(ValueError, match="a: '#/properties/a' refers to itself"):
        task_of(AnnouncedTask(**{**vars(CHAR_LM), "parameters": endless}))


def test_a_run_trains_the_epochs_of_its_parameter_or_as_many_as_the_task_trains_at_most() -> None:
    assert make_cell(task_of(CHAR_LM), {"epochs": 7}).num_epochs == 7
    assert make_cell(task_of(AnnouncedTask(**{**vars(CHAR_LM), "epochs": 99})), {"epochs": 7}).num_epochs == 99


def test_the_hash_of_an_announced_cell_covers_the_task_and_the_levels_that_differ_from_the_defaults() -> None:
    task = task_of(CHAR_LM)
    assert make_cell(task, {"lr": 0.003}).hash == canonical_hash({"task": "char_lm", "levels": {}})
    assert make_cell(task, {"blocks": [2]}).hash == canonical_hash({"task": "char_lm", "levels": {"blocks": "[2]"}})
    second = task_of(AnnouncedTask(**{**vars(CHAR_LM), "version": 2}))
    assert make_cell(second, {"lr": 1}).hash == canonical_hash({"task": "char_lm", "version": 2, "levels": {"lr": 1.0}})


def test_new_levels_leave_the_cells_of_a_task_as_they_were() -> None:
    wider = with_levels(CLASSIFICATION, [RMS, AnnouncedLevel("classification", "init", "own", NETS)])
    levels = {"arch": "yolo", "norm": "batch", "init": "he", "lr": 0.1}
    old, new = make_cell(CLASSIFICATION, levels), make_cell(wider, levels)
    assert (new.hash, new.name, new.rank, new.trains_as) == (old.hash, old.name, old.rank, old.trains_as)
    assert wider.factors == CLASSIFICATION.factors
    assert isinstance(new.parameters, Classification)
    assert new.parameters.norm is old.parameters.norm
    assert make_cell(wider, levels | {"norm": "rms"}).levels["norm"] == "rms"
    listed = in_order(CLASSIFICATION, "norm", ["none", "batch", "group", "layer"])
    assert in_order(wider, "norm", ["rms", *reversed(listed)]) == [*listed, "rms"]


def test_a_level_that_nobody_brings_is_refused_with_all_that_are_allowed() -> None:
    wider = with_levels(CLASSIFICATION, [RMS])
    with pytest.raises(ValidationError) as refused:
        make_cell(wider, {"arch": "yolo", "norm": "mine", "init": "he"})
    [error] = refused.value.errors()
    assert error["loc"] == ("norm",)
    assert error["msg"].endswith(" or 'rms'")
    shown = wider.parameters.model_json_schema()["properties"]["norm"]
    assert shown["enum"][-1] == "rms"
    assert shown["description"].endswith("rms comes with lab-nets: RMS norm.")


@pytest.mark.parametrize(
    ("factor", "level", "says"),
    [
        ("norm", "batch", "norm: 'batch' is already a level"),
        ("norm", "a b", "norm: 'a b' cannot name a level"),
        ("norm", "ab\n", r"norm: 'ab\\n' cannot name a level"),
        ("lr", "huge", "lr: the task 'classification' can get no levels there; allowed: arch, norm, init"),
        ("depth", "huge", "depth: the task 'classification' can get no levels there"),
    ],
)
def test_a_level_that_cannot_be_added_is_refused(factor: str, level: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        with_levels(CLASSIFICATION, [AnnouncedLevel("classification", factor, level, NETS)])


def test_a_grid_of_an_announced_task_is_expanded_and_checked_like_any_other() -> None:
    with known(CHAR_LM):
        task = task_of(CHAR_LM)
        spec = grid_spec(task)
        posted = {"name": "a", "task": "char_lm", "grid": {"blocks": [[1], [1, 2]], "lr": [0.1, 1]}}
        cells = expand(spec.model_validate(posted), 100)
        assert [(cell.levels["blocks"], cell.levels["lr"]) for cell in cells] == [
            *(("[1]", 0.1), ("[1,2]", 0.1)),
            *(("[1]", 1.0), ("[1,2]", 1.0)),
        ]
        without = spec.model_validate(posted | {"exclude": [{"blocks": [1.0], "lr": 1}]})
        assert len(expand(without, 100)) == 3
        with pytest.raises(ValidationError, match=r"grid.lr.0\s+Input should be greater than 0"):
            spec.model_validate(posted | {"grid": {"lr": [0]}})
        with pytest.raises(SpecError, match=r"grid.lr: repeats the level 1.0"):
            expand(spec.model_validate(posted | {"grid": {"lr": [1, 1.0]}}), 100)


@pytest.mark.parametrize(
    ("level", "named"),
    [
        ("a/b c?d#e", "a_b_c_d_e"),
        ('{"b":[1,2],"a":null}', "_a_null_b_1_2_"),
        ("é-1.5", "é-1.5"),
        ("x" * 50, "x" * 40),
        (None, "None"),
    ],
)
def test_a_cell_has_a_name_that_can_stand_in_an_address(level: Any, named: str) -> None:
    kinds = {"object": {"type": "object"}, "text": {"type": ["string", "null"]}}
    part = kinds["object" if str(level).startswith("{") else "text"]
    cell = make_cell(task_of(announced_task({"factor": part})), {"factor": level})
    assert cell.name == f"{named}-{cell.hash[:6]}"
