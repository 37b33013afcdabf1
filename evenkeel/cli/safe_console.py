"""A console that shows the words of a server, and of the programs that a run started, without obeying them."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from evenkeel.printable import printable_lines


class SafeConsole(Console):
    """Rich's console. It escapes what a terminal would obey, and knows neither markup nor emoji.

    Markup could hide a link to elsewhere behind a word. And the name of a cell may look like an emoji's, such as a:b:c.
    """

    def __init__(self) -> None:
        super().__init__(emoji=False, markup=False)

    def render_str(self, text: str, **how: Any) -> Text:
        # Before a text is wrapped, so that the escapes take their room.
        return super().render_str(printable_lines(text), **how)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        # Whatever is printed passes here in the end, also a cell of a table. Rich's own controls move the cursor of a
        # progress bar, and are segments of their own.
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(printable_lines(segment.text), segment.style)
