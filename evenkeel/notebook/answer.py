"""An answer of the API: a dict of its JSON, whose fields are attributes, too."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from evenkeel.talk import EvenkeelError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from evenkeel.address import Address
    from evenkeel.reports.sheets import Sheet
    from evenkeel.reports.tables import Columns

A = TypeVar("A", bound="Answer")


class Answer(dict[str, Any]):
    """The JSON of an answer as a dict. Its fields are attributes, too, and so are those of every object in it.

        >>> experiment = Answer({"name": "demo", "num_runs": {"total": 24}})
        >>> experiment["num_runs"]["total"], experiment.num_runs.total
        (24, 24)

    Attributes:
        library: The class of the library with the same fields, as 'module:class'. If there is one, the attributes are
            values of its types: lists of results rather than lists of dicts. They are made when the first is asked for.
        shown: The fields that a table of several answers shows; without any, all of them.
    """

    library: ClassVar[str] = ""
    shown: ClassVar[tuple[str, ...]] = ()

    def __init__(self, body: Mapping[str, Any], lab: Address | None = None, query: Mapping[str, Any] | None = None):
        super().__init__(body)
        self._lab, self._query, self._found = lab, dict(query or {}), None

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            if self.library and hasattr(self._typed(), name):
                return getattr(self._typed(), name)
            if name in self:
                return _with_attributes(self[name])
        fields = f"; its fields: {', '.join(self)}" if not name.startswith("_") else ""
        raise AttributeError(f"{type(self).__name__} has no field {name!r}{fields}")

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self]

    def __reduce__(self) -> tuple[Any, ...]:
        # A copy, and what another process gets, is the answer without its client.
        return type(self), (dict(self),)

    def _typed(self) -> Any:
        """The answer as an object of its class of the library."""
        if self._found is None:
            from pydantic import ValidationError

            try:
                self._found = _adapter(self.library).validate_python(dict(self))
            except ValidationError as error:
                wrong = ".".join(map(str, error.errors()[0]["loc"]))
                raise EvenkeelError(
                    f"the field {wrong!r} of this answer is not as this version of the client knows it, so the API has "
                    "another version. The answer is a dict, too: answer['...']"
                ) from error
        return self._found

    def to_frame(self, *, library: str | None = None) -> Any:
        """The answer as a DataFrame in long form.

        Args:
            library: 'pandas' or 'polars'. By default pandas, or else polars, whichever is installed.

        Raises:
            ValueError: `library` is another word.
            ModuleNotFoundError: The library is not installed.
        """
        from evenkeel.stability.shown import frame_of

        return frame_of(self._columns(), library)

    def _columns(self) -> Columns:
        return columns_of([self])

    def _sheet(self) -> Sheet:
        """A table for people."""
        from evenkeel.reports.sheets import Sheet

        rows = [[name, told(value)] for name, value in flat(self).items()]
        return Sheet(type(self).__name__, ["field", "value"], rows, 2)

    def _repr_html_(self) -> str:
        from evenkeel.stability.shown import to_html

        return to_html(self._sheet())


class Rows(list[A], Generic[A]):
    """Several answers, as a list. It has `to_frame`, too."""

    def to_frame(self, *, library: str | None = None) -> Any:
        """A DataFrame with a row for each answer.

        Args:
            library: 'pandas' or 'polars'. By default pandas, or else polars, whichever is installed.
        """
        from evenkeel.stability.shown import frame_of

        return frame_of(columns_of(self), library)

    def _repr_html_(self) -> str:
        from evenkeel.reports.sheets import Sheet
        from evenkeel.stability.shown import to_html

        rows = [flat(row) for row in self]
        names = [name for name in columns_of(self) if not self or not self[0].shown or name in self[0].shown]
        told_rows = [[told(row.get(name)) for name in names] for row in rows]
        return to_html(Sheet(f"{len(self)} in all", [name.replace("_", " ") for name in names], told_rows, len(names)))


@cache
def _adapter(library: str) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    module, _, name = library.partition(":")
    return TypeAdapter(getattr(import_module(module), name))


def columns_of(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """A column for each field of any row. An object in a row has a column for each of its fields; a list is JSON."""
    flattened = [flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flattened for name in row))
    return {name: [_entry(row.get(name)) for row in flattened] for name in names}


def flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """{'num_runs': {'total': 3}} becomes {'num_runs_total': 3}."""

    def walk(prefix: str, value: Any) -> Iterator[tuple[str, Any]]:
        if isinstance(value, Mapping) and value:
            for name, inner in value.items():
                yield from walk(f"{prefix}_{name}", inner)
        else:
            yield prefix, value

    return {name: value for key, inner in row.items() for name, value in walk(key, inner)}


def told(value: Any) -> str:
    """An entry of a table for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else str(_entry(value))


def _entry(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list | dict) else value


def _with_attributes(value: Any) -> Any:
    """The value, in which every object has attributes."""
    if isinstance(value, dict):
        return value if isinstance(value, Answer) else Answer(value)
    return [_with_attributes(each) for each in value] if isinstance(value, list) else value
