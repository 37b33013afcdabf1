"""Reads a form that a page has sent."""

from collections.abc import Iterator, Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from api.auth import Caller, Writer, find_caller
from api.errors import Forbidden
from api.pages import tokens

MAX_BYTES = 64 * 1024
MAX_FIELDS = 2_000
TYPE = "application/x-www-form-urlencoded"


class Fields(Mapping[str, str]):
    """The fields of a form. `form["name"]` is the last value of a field, and '' if the form does not have it."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self.pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        return self._last.get(name, "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def __contains__(self, name: object) -> bool:
        return name in self._last

    def all(self, name: str) -> list[str]:
        """Every value of a field, in the order of the form, as ticked boxes send them."""
        return [value for field, value in self.pairs if field == name]


async def read_fields(request: Request) -> Fields:
    """The fields of a request's body.

    Raises:
        HTTPException: The body is too large (413), or it is no form (415 or 422).
    """
    if not request.headers.get("content-type", "").startswith(TYPE):
        raise HTTPException(415, f"a form is sent as {TYPE}")
    body = await request.body()
    if len(body) > MAX_BYTES:
        raise HTTPException(413, f"a form may have at most {MAX_BYTES:,} bytes; this one has {len(body):,}")
    try:
        return Fields(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except ValueError as error:
        raise HTTPException(422, "the form cannot be read: it is not UTF-8, or has too many fields") from error


async def read_own(request: Request) -> Fields:
    """The fields of a form that one of our pages has sent. Raises Forbidden for any other."""
    fields = await read_fields(request)
    if not tokens.fits(request, fields[tokens.FIELD]):
        raise Forbidden("this form is too old, or did not come from a page of this lab; load the page again and repeat")
    return fields


# Before they get to the token, so that nobody without a key learns what a form needs.
async def read_form(request: Request, caller: Writer) -> Fields:
    """The fields of a form that changes something. Raises Forbidden for a key that may only read."""
    return await read_own(request)


async def read_own_form(request: Request, caller: Annotated[Caller, Depends(find_caller)]) -> Fields:
    """The fields of a form that any caller may send, such as the one that signs out."""
    return await read_own(request)


Form = Annotated[Fields, Depends(read_form)]
FormOfAnybody = Annotated[Fields, Depends(read_own_form)]
