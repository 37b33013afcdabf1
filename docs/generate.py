"""Writes the generated parts of the pages: factors and metrics of every task, settings, fields of every answer.

Each part stands between two marks in its page. The rest of a page is written by hand.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from docs.fields import describe_answers
from docs.settings import describe_settings
from docs.tasks import describe_tasks

FOLDER = Path(__file__).parent
PARTS: dict[str, Callable[[], Iterable[str]]] = {
    "tasks": describe_tasks,
    "settings": describe_settings,
    "answers": describe_answers,
}
MARKED = re.compile(r"(<!-- scripts/docs writes this: (\w+) -->\n).*?(<!-- end of it -->)", re.DOTALL)


def write(text: str) -> str:
    """The text of a page with its marked parts generated again. Raises KeyError if a mark names an unknown part."""
    return MARKED.sub(lambda found: found[1] + "\n".join([*PARTS[found[2]](), found[3]]), text)


def outdated() -> Iterator[Path]:
    """The pages whose generated parts are out of date."""
    for path in sorted(FOLDER.glob("*.md")):
        if write(path.read_text()) != path.read_text():
            yield path


def main(arguments: list[str]) -> int:
    """Write the pages that are out of date, or with `--check` only look for one.

    Returns:
        The exit code: 1 if `--check` finds a page that is out of date, 0 otherwise.
    """
    for path in list(outdated()):
        if arguments == ["--check"]:
            print(f"docs/{path.name} is out of date: run scripts/docs")
            return 1
        path.write_text(write(path.read_text()))
        print(f"wrote docs/{path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
