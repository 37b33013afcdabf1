"""A console that shows the words of a server, and of the programs that a run started, without obeying them."""

import os
from collections.abc import Iterable
from textwrap import fill
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from evenkeel.printable import printable_lines

# Wider than any table. What goes into a pipe or a file has no edge at which it would have to end.
NO_EDGE = 100_000


class SafeConsole(Console):
    """Rich's console. It escapes what a terminal would obey, and knows neither markup nor emoji.

    Markup could hide a link to elsewhere behind a word. And the name of a cell may look like an emoji's, such as a:b:c.

    In a pipe or a file, nothing is cut: a program that reads a name needs all of it.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(emoji=False, markup=False, **how)

    @property
    def room(self) -> int:
        """How wide a table may be. COLUMNS holds for a pipe, too."""
        return self.width if self.is_terminal or os.environ.get("COLUMNS", "").isdigit() else NO_EDGE

    def print(self, *what: Any, **how: Any) -> None:
        if not self.is_terminal:
            what = tuple(_folded(text, self.width) if isinstance(text, str) else text for text in what)
            how = ({"soft_wrap": True} if all(isinstance(text, str) for text in what) else {"crop": False}) | how
        super().print(*what, **how)

    def render_str(self, text: str, **how: Any) -> Text:
        # Before a text is wrapped, so that the escapes take their room.
        return super().render_str(printable_lines(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        # Whatever is printed passes here in the end, also a cell of a table. Rich's own controls move the cursor of a
        # progress bar, and are segments of their own.
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable_lines(segment.text), segment.style)


def _folded(text: str, width: int) -> str:
    """The text in lines of this width, each ended between two words. A word that is longer stays whole."""
    lines = printable_lines(text).split("\n")
    return "\n".join(
        fill(line, width, break_long_words=False, break_on_hyphens=False) if len(line) > width else line
        for line in lines
    )
