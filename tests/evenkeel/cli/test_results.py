"""What the commands about results say about themselves."""

from typer.testing import CliRunner

from evenkeel.cli import app

RUNNER = CliRunner()


def test_the_help_of_figures_holds_of_every_task() -> None:
    output = RUNNER.invoke(app, ["figure", "--help"], env={"COLUMNS": "200"}).output
    said = " ".join(output.split())
    assert "the share of runs that diverged, by one or two factors" in said
    assert "the factor along x. By default the one that the task names." in said
