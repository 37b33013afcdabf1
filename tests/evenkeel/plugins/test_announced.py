"""What a worker announces goes through JSON and comes back as it was."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from announcing import CHAR_LM, NETS, RMS, all_of

from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Broken, Metric, Package


def test_everything_announced_is_the_same_after_json() -> None:
    broken = Broken("evenkeel.archs", "mixer", NETS, "it raises ImportError: no module 'x'")
    costly = replace(CHAR_LM, name="costly", costs=("layers",))
    announced = Announced((CHAR_LM, costly), (RMS,), (broken,))
    text = json.dumps(announced.to_json(), allow_nan=False)
    assert Announced.from_json(json.loads(text)) == announced


def test_a_task_that_does_not_say_what_its_epochs_cost_is_read_by_earlier_versions() -> None:
    assert "costs" not in CHAR_LM.to_json()


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (Announced, {"tasks": []}),
        (AnnouncedTask, {**CHAR_LM.to_json(), "colour": 1}),
        (AnnouncedTask, {**CHAR_LM.to_json(), "panels": ["lr"]}),
        (AnnouncedTask, {**CHAR_LM.to_json(), "metrics": [{"name": "loss", "better": "less"}]}),
        (AnnouncedLevel, {**RMS.to_json(), "package": {"name": "lab-nets"}}),
        (Broken, {"group": "evenkeel.archs"}),
    ],
)
def test_json_of_something_else_is_refused(kind: Any, values: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        kind.from_json(values)


def test_the_packages_are_those_of_tasks_and_levels_that_need_one() -> None:
    imported = AnnouncedTask(**{**vars(CHAR_LM), "name": "imported:a", "package": Package("", "")})
    assert all_of(CHAR_LM, RMS, imported).packages == {NETS}


def test_a_package_is_written_as_pip_does_and_read_back() -> None:
    assert str(NETS) == "lab-nets==0.1.0"
    assert Package.read("lab-nets==0.1.0") == NETS
    assert sorted([Package("b", "1"), Package("a", "2"), Package("a", "1")])[0] == Package("a", "1")


@pytest.mark.parametrize(("name", "version"), [("a,b", "1"), ("a b", "1"), ("a", "1==2")])
def test_a_package_whose_text_would_be_ambiguous_is_refused(name: str, version: str) -> None:
    with pytest.raises(ValueError, match="no comma, space or '=='"):
        Package(name, version)


@pytest.mark.parametrize(("better", "worst"), [("lower", math.inf), ("higher", -math.inf)])
def test_a_metric_needs_a_name_and_a_direction_and_its_worst_value_is_infinite(better: Any, worst: float) -> None:
    metric = Metric("val_loss", better)
    assert (metric.worst, metric.unit, metric.description) == (worst, "", "")
    assert metric == Metric("val_loss", better, worst)


@pytest.mark.parametrize(
    ("better", "worst", "says"),
    [
        ("less", None, "better is 'less'; allowed: higher, lower"),
        ("lower", -math.inf, "worst is -inf; allowed: a number, or inf"),
        ("higher", math.nan, "worst is nan; allowed: a number, or -inf"),
    ],
)
def test_a_metric_that_contradicts_itself_is_refused(better: Any, worst: Any, says: str) -> None:
    with pytest.raises(ValueError, match=f"metric 'm': {says}"):
        Metric("m", better, worst)
