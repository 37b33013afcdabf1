"""The calls about what is written down: of experiments, of what happened to them, and of what runs printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenkeel.notebook import answers
from evenkeel.notebook.answer import Rows
from evenkeel.notebook.calling import Calling, call, path_of, run_path
from evenkeel.talk import Talk


class Record(Calling):
    """The calls that list experiments and what happened to them, and that describe experiments."""

    @call
    def experiments(self, search: str = "", tags: Sequence[str] = ()) -> Talk[Rows[answers.Brief]]:
        """The experiments, the oldest first.

        Args:
            search: Only those with this text in their name or note.
            tags: Only those with all of these tags.
        """
        query = {"search": [search] if search else [], "tag": [tags] if isinstance(tags, str) else list(tags)}
        given = {name: texts for name, texts in query.items() if texts}
        return self._rows("/experiments", answers.Brief, params=given)

    @call
    def events(self, name: str, limit: int = 100) -> Talk[Rows[answers.Event]]:
        """What happened to an experiment, newest first: what people and rules did, and what went wrong with runs."""
        return self._rows(path_of(name, "events"), answers.Event, params={"limit": limit})

    @call
    def log(self, run_id: str, attempt: int | None = None) -> Talk[str]:
        """The last lines that a run printed. What a terminal would obey is escaped.

        Args:
            run_id: The id of the run, or at least its first eight characters.
            attempt: Number of the attempt. By default the newest.
        """
        params = {} if attempt is None else {"attempt": attempt}
        answer = yield from self._ask("GET", run_path(run_id, "log"), params=params)
        return answer.text

    @call
    def describe(self, name: str, note: str | None = None, tags: Sequence[str] | None = None) -> Talk[answers.Brief]:
        """Write a note about an experiment, in Markdown, or give it tags in place of those that it has."""
        changes: dict[str, Any] = {"note": note, "tags": None if tags is None else list(tags)}
        given = {key: value for key, value in changes.items() if value is not None}
        return self._one("PATCH", path_of(name), answers.Brief, json=given)
