"""The `evenkeel` command."""

from collections.abc import Callable
from typing import Annotated

import typer

from evenkeel.cli import (
    admin,
    analyze,
    answers,
    changes,
    checkpoints,
    compact,
    experiments,
    imports,
    opening,
    plugins,
    record,
    results,
    seeds,
    stack,
    tasks,
    watching,
)
from evenkeel.cli.common import fail
from evenkeel.cli.factors import FactorCommand
from evenkeel.cli.forget import delete, forget

# Without boxes, help does not need rich, which takes 0.1 s to import. It also has more room for sentences.
app = typer.Typer(
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="A lab for training stability. It trains every cell of a grid once for each seed, and says how far the seeds "
    "spread. Without a command, it shows the lab at a glance.",
)


@app.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Without a command: print the lab at a glance as JSON.")
    ] = False,
) -> None:
    if version:
        from evenkeel.lab.version import code_version

        print(code_version())
        raise typer.Exit
    if context.invoked_subcommand is None:
        from evenkeel.cli.glance import glance

        glance(as_json)
    elif as_json:
        fail(f"--json belongs after the command: evenkeel {context.invoked_subcommand} --json")


app.command()(stack.up)
for handed_on in (stack.worker, stack.data):
    app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})(
        handed_on
    )
COMMANDS: tuple[Callable[..., None], ...] = (
    *(tasks.tasks, experiments.submit, watching.watch),
    *(results.summary, results.figure, results.report, results.export),
    *(answers.effects, answers.compare, answers.seeds_needed, analyze.analyze),
    *(experiments.experiments, experiments.runs, changes.pause, changes.resume, changes.cancel, changes.retry),
    *(seeds.add_seeds, changes.share, forget, delete),
    *(record.log, record.events, record.note, record.tag),
    *(checkpoints.checkpoint, admin.workers, stack.gc, compact.compact, admin.migrate),
    plugins.check_plugin,
)
NARROWED_BY_FACTORS = (results.summary, results.figure, answers.effects)
for command in COMMANDS:
    app.command(cls=FactorCommand if command in NARROWED_BY_FACTORS else None)(command)
app.command("open")(opening.open_)
app.command("import")(imports.import_runs)
app.add_typer(admin.keys, name="keys")
app.add_typer(plugins.new, name="new")
