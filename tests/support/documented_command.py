"""The command that docs/extending.md shows, as files: the table and the program."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "extending.md"


def write_documented_command(folder: Path) -> Path:
    """Write them word for word. Returns the file of commands."""
    _, _, chapter = PAGE.read_text().partition("\n## Any command\n")
    table, program = (
        re.findall(rf"^```{kind}\n(.*?)^```$", chapter, re.DOTALL | re.M)[0] for kind in ("toml", "python")
    )
    (folder / "digits_sgd.py").write_text(program)
    path = folder / "commands.toml"
    path.write_text(table)
    return path
