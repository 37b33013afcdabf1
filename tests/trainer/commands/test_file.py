"""A file of commands is read command by command. What is wrong is named by table, key and what is allowed."""

from dataclasses import replace
from pathlib import Path

import pytest
from commands import write_file

from evenkeel.plugins import Metric, Package
from trainer.commands.file import is_command, package_of, read_commands

GOOD = """
    [commands.sgd]
    run = ["python", "{here}/sgd.py", "--alpha", "{alpha}"]
    metrics = [{name = "val_accuracy", better = "higher", unit = "share", worst = 0}]
    description = "A linear classifier."
    [commands.sgd.parameters]
    alpha = {type = "number", default = 0.0001, minimum = 0}
    penalty = {enum = ["l1", "l2"], default = "l2"}
    epochs = {type = "integer", default = 10}
"""


def test_a_command_is_announced_as_a_task_with_its_own_parameters_and_metrics(tmp_path: Path) -> None:
    commands = read_commands(write_file(tmp_path, GOOD))
    assert commands.broken == ()
    [task] = commands.announced.tasks
    assert (task.name, task.epochs, task.description) == ("sgd", "epochs", "A linear classifier.")
    assert list(task.parameters["properties"]) == ["alpha", "penalty", "epochs"]
    assert task.metrics == (Metric("val_accuracy", "higher", 0.0, "share"),)
    assert (task.default_metric, task.panels) == ("val_accuracy", ("penalty", "alpha", "alpha"))
    assert task.package.name == "command-sgd"
    assert is_command(task)
    assert not is_command(replace(task, package=Package("lab-nets", "1.0")))


def test_a_command_whose_epochs_are_not_a_parameter_says_the_most_that_it_writes(tmp_path: Path) -> None:
    table = GOOD.replace('    epochs = {type = "integer", default = 10}\n', "")
    text = table.replace("[commands.sgd.parameters]", "max_epochs = 40\n[commands.sgd.parameters]")
    [task] = read_commands(write_file(tmp_path, text)).announced.tasks
    assert task.epochs == 40
    [broken] = read_commands(write_file(tmp_path, table)).broken
    assert "[commands.sgd] max_epochs: needed if no parameter is called 'epochs'" in broken.why


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("run =", "runs =", "[commands.sgd] run: Field required"),
        ('better = "higher"', 'better = "up"', "[commands.sgd] metrics.0.better: Input should be 'higher' or 'lower'"),
        ("description", "descripton", "[commands.sgd] descripton: not a key here; allowed: run, metrics, parameters"),
        ("{alpha}", "{beta}", "run[3]: {beta} is unknown; allowed: alpha, penalty, epochs, seed, here, python"),
        ("{alpha}", "{alpha.real}", "run[3]: '{alpha.real}': between braces there may be one name"),
        ("{alpha}", "{alpha", "run[3]: '{alpha': expected '}' before end of string; write {{ and }} for braces"),
        ("minimum", "minimun", "parameters.alpha.minimun: not a key here; allowed: const, default, description"),
        ("minimum = 0", "minimum = 1", "parameters.alpha.default: 0.0001 is less than the minimum of 1"),
        ("default = 0.0001, ", "", "parameters.alpha.default: missing"),
        ('enum = ["l1", "l2"]', 'type = "string"', "parameters.penalty.pattern: a text needs 'enum' or 'pattern'"),
        (
            "alpha = {",
            "seed = {",
            "parameters: 'seed' cannot name one: it must be a word, and none of seed, here, python",
        ),
        ('type = "integer"', 'type = "number"', "parameters.epochs.type: must be 'integer'"),
        ("description", "loss = 'val_loss'\n    description", "loss: 'val_loss' is no metric of this command; allowed"),
        (
            "description",
            "panels = ['beta']\n    description",
            "panels: 'beta' is no parameter of this command; allowed",
        ),
        ("description", "timeout_minutes = 0\n    description", "timeout_minutes: Input should be greater than 0"),
    ],
)
def test_a_wrong_command_is_named_with_its_key_and_what_is_allowed_and_the_others_work(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    other = GOOD.replace("commands.sgd", "commands.other")
    commands = read_commands(write_file(tmp_path, GOOD.replace(old, new, 1), other))
    assert list(commands.by_name) == ["other"]
    [broken] = commands.broken
    assert (broken.group, broken.name) == ("commands", "sgd")
    assert says in broken.why


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[commands", "cannot be read: Expected ']'"),
        ("[command.sgd]", "command cannot stand there; allowed: tables [commands.NAME]"),
        ("commands = 3", "commands cannot stand there; allowed: tables [commands.NAME]"),
    ],
)
def test_a_file_that_is_none_is_named_and_ends_nothing(tmp_path: Path, text: str, says: str) -> None:
    [broken] = read_commands(write_file(tmp_path, text)).broken
    assert says in broken.why
    assert str(tmp_path) in broken.why
    assert "No such file" in read_commands(tmp_path / "nothing.toml").broken[0].why
    assert read_commands(None).announced.tasks == ()


def test_the_version_changes_with_what_is_trained_and_with_nothing_else() -> None:
    table = {"run": ["a"], "parameters": {"alpha": {"default": 1}}, "metrics": [{"name": "x"}], "description": "One."}
    before = package_of("sgd", table)
    assert len(before.version) == 8
    assert package_of("sgd", table | {"description": "Two.", "timeout_minutes": 5, "stop_seconds": 1}) == before
    for change in (
        {"run": ["b"]},
        {"parameters": {"alpha": {"default": 2}}},
        {"version": 2},
        {"environment": {"A": "1"}},
    ):
        assert package_of("sgd", table | change) != before
