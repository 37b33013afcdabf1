"""Shows how far an experiment is: with bars in a notebook and on a terminal, and elsewhere with a line now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from evenkeel.notebook.progress import Bars, describe_progress, is_over, what_it_says

if TYPE_CHECKING:
    from rich.console import Console

TENTHS = 10
QUIET_SECONDS = 60.0


class Show(Protocol):
    """Shows an experiment as it is now. runs: those that train now; not asked for if `needs_runs` is False."""

    needs_runs: bool

    def __call__(self, detail: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None: ...


class Nothing:
    needs_runs = False

    def __call__(self, detail: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None: ...


@contextmanager
def showing(console: Console) -> Iterator[Show]:
    """What shows the progress where the console prints. It is cleaned up at the end."""
    if console.is_jupyter:
        yield InNotebook()
    elif console.is_terminal:
        from rich.live import Live

        with Live(console=console, refresh_per_second=4) as live:
            yield OnTerminal(live)
    else:
        yield InLines(console)


class OnTerminal:
    needs_runs = True

    def __init__(self, live: Any) -> None:
        self._live, self._bars = live, Bars()

    def __call__(self, detail: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None:
        self._live.update(self._bars.show(detail, runs))


class InNotebook:
    """Bars in the output of a cell. Rich's own live output would need ipywidgets."""

    needs_runs = True

    def __init__(self) -> None:
        # A kernel brings IPython, and nobody else needs it.
        display: Any = import_module("IPython.display").display
        self._bars = Bars()
        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def __call__(self, detail: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None:
        import io

        from rich.console import Console

        console = Console(file=io.StringIO(), record=True, width=100, force_jupyter=False, force_terminal=True)
        console.print(self._bars.show(detail, runs))
        text = console.export_text(clear=False)
        page = console.export_html(inline_styles=True, code_format="<pre style='line-height: 1.2'>{code}</pre>")
        self._handle.update({"text/html": page, "text/plain": text}, raw=True)


class InLines:
    """A line for each tenth of the epochs, each round of seeds and each pause, and after a minute without a line.

    For a long experiment it is a tenth of the time so far instead of a minute, so that a log stays short.
    """

    needs_runs = False

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = self._said_at = time.monotonic()
        self._said_tenth, self._said = -1, ""

    def __call__(self, detail: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> None:
        now = time.monotonic()
        tenth = TENTHS * detail["epochs_done"] // max(1, detail["epochs_total"])
        quiet = now - self._said_at >= max(QUIET_SECONDS, (now - self._began) / TENTHS)
        if is_over(detail) or quiet or tenth > self._said_tenth or what_it_says(detail) != self._said:
            self._said_at, self._said_tenth, self._said = now, tenth, what_it_says(detail)
            self._console.print(f"{detail['name']}: {describe_progress(detail)}", highlight=False)
