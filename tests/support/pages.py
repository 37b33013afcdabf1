"""The files that a page tells its reader to write."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = re.compile(r"^`([\w./-]+)`:?\n\n```\w+\n(.*?)^```$", re.DOTALL | re.M)


def shown_files(page: str) -> dict[str, str]:
    """Path -> text of the files that a page shows, such as 'docs/extending.md'. Their path stands above their text."""
    return dict(FILE.findall((ROOT / page).read_text()))


def example() -> dict[str, str]:
    """The files of the package that README shows, or else docs/extending.md."""
    return shown_files("README.md") or shown_files("docs/extending.md")
