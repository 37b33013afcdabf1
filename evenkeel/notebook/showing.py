"""Shows how far an experiment is: as bars and bands on a terminal, as bars in a notebook, elsewhere with a line now and
then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from evenkeel.notebook.progress import Bars, Now, clock, describe_progress, is_over, what_it_says, what_keeps_it

if TYPE_CHECKING:
    from rich.console import Console

TENTHS = 10
QUIET_SECONDS = 60.0
# The API misses a second now and then. Nobody has to know.
AWAY_SECONDS = 3.0


class Show(Protocol):
    """Shows an experiment as it is now.

    Attributes:
        needs: What it shows besides the experiment: 'workers', 'summary'.
    """

    needs: frozenset[str]

    def __call__(self, now: Now) -> None: ...

    def away(self, seconds: float) -> None:
        """Say that the API has not answered for so long. It is asked again."""


class Nothing:
    needs: frozenset[str] = frozenset()

    def __call__(self, now: Now) -> None: ...

    def away(self, seconds: float) -> None: ...


@contextmanager
def showing(console: Console) -> Iterator[Show]:
    """What shows the progress where the console prints. It is cleaned up at the end."""
    if console.is_jupyter:
        yield InNotebook()
    elif console.is_terminal and not console.is_dumb_terminal:
        from rich.live import Live

        with Live(console=console, refresh_per_second=4, vertical_overflow="crop") as live:
            yield OnTerminal(live)
    else:
        yield InLines(console)


class OnTerminal:
    needs = frozenset({"workers", "summary"})

    def __init__(self, live: Any) -> None:
        self._live, self._bars = live, Bars()
        self._now: Now | None = None

    def __call__(self, now: Now) -> None:
        self._now = now
        self._live.update(self._bars.show(now, height=self._live.console.height))

    def away(self, seconds: float) -> None:
        if self._now is not None and seconds >= AWAY_SECONDS:
            height = self._live.console.height
            self._live.update(self._bars.show(self._now, height=height, trouble=_away_says(seconds)))


class InNotebook:
    """Bars in the output of a cell. Rich's own live output would need ipywidgets."""

    needs = frozenset({"workers"})

    def __init__(self) -> None:
        # A kernel brings IPython, and nobody else needs it.
        display: Any = import_module("IPython.display").display
        self._bars = Bars()
        self._now: Now | None = None
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def __call__(self, now: Now) -> None:
        self._now = now
        self._show(self._bars.show(now))

    def away(self, seconds: float) -> None:
        if self._now is not None and seconds >= AWAY_SECONDS:
            self._show(self._bars.show(self._now, trouble=_away_says(seconds)))

    def _show(self, what: Any) -> None:
        import io

        from rich.console import Console

        console = Console(file=io.StringIO(), record=True, width=100, force_jupyter=False, force_terminal=True)
        console.print(what)
        text = console.export_text(clear=False)
        page = console.export_html(inline_styles=True, code_format="<pre style='line-height: 1.2'>{code}</pre>")
        self._handle.update({"text/html": page, "text/plain": text}, raw=True)


class InLines:
    """A line for each tenth of the epochs, each round of seeds, each pause and each trouble, and after a minute without
    a line.

    For a long experiment it is a tenth of the time so far instead of a minute, so that a log stays short.
    """

    needs = frozenset({"workers"})

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = self._said_at = time.monotonic()
        self._said_tenth, self._said, self._is_away = -1, "", False
        self._troubles: list[str] = []

    def __call__(self, now: Now) -> None:
        at, detail = time.monotonic(), now.detail
        tenth = TENTHS * detail["epochs_done"] // max(1, detail["epochs_total"])
        quiet = at - self._said_at >= max(QUIET_SECONDS, (at - self._began) / TENTHS)
        troubles = what_keeps_it(now)
        changed = what_it_says(detail) != self._said or self._is_away or troubles != self._troubles
        if self._is_away:
            self._say("The API answers again.")
        if is_over(detail) or quiet or tenth > self._said_tenth or changed:
            self._said_at, self._said_tenth, self._said, self._is_away = at, tenth, what_it_says(detail), False
            self._say(f"{detail['name']}: {describe_progress(detail)}")
        for trouble in troubles:
            if trouble not in self._troubles:
                self._say(trouble)
        self._troubles = troubles

    def away(self, seconds: float) -> None:
        if not self._is_away and seconds >= AWAY_SECONDS:
            self._is_away = True
            self._say(_away_says(seconds))

    def _say(self, line: str) -> None:
        self._console.print(line, highlight=False)


def _away_says(seconds: float) -> str:
    return f"The API has not answered for {clock(seconds)}. Runs train on without it, and this goes on when it is back."
