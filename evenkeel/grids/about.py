"""What people write about an experiment: a note, and tags to find it by."""

import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from evenkeel.printable import OBEYED

MAX_NOTE, MAX_TAGS, MAX_TAG = 10_000, 20, 40
# What no text holds but a line's end and a tab: control characters, and halves of surrogate pairs.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def _read_note(note: str) -> str:
    note = note.replace("\r\n", "\n")
    if found := CONTROL.search(note):
        raise PydanticCustomError(
            "control_character",
            f"holds the control character {found[0]!a} at position {found.start()}; allowed: text, tabs and line ends",
        )
    return note


def _read_tag(tag: str) -> str:
    if OBEYED.search(tag) or not tag.strip():
        raise PydanticCustomError(
            "tag", f"must be 1 to {MAX_TAG} printable characters, such as 'paper' or 'too noisy', not {tag!a}"
        )
    return tag.strip()


def _are_different(tags: list[str]) -> list[str]:
    if twice := next((tag for place, tag in enumerate(tags) if tag in tags[:place]), None):
        raise PydanticCustomError("twice", f"the tag {twice!a} is given twice")
    return tags


Note = Annotated[str, Field(strict=True, max_length=MAX_NOTE), AfterValidator(_read_note)]
Tag = Annotated[str, Field(strict=True, min_length=1, max_length=MAX_TAG), AfterValidator(_read_tag)]
Tags = Annotated[list[Tag], Field(max_length=MAX_TAGS), AfterValidator(_are_different)]


class About(BaseModel):
    """Changes to what is written about an experiment. None leaves a value as it is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    note: Note | None = Field(None, description="A note about it, in Markdown; '' removes it.")
    tags: Tags | None = Field(None, description="Its tags, words to find it by, in place of those that it has.")


def fits(name: str, note: str, tags: Sequence[str], search: str, wanted: Sequence[str]) -> bool:
    """Whether an experiment has every wanted tag, and the text in its name or its note, in capitals or not."""
    told = f"{name}\n{note}".casefold()
    return search.casefold() in told and set(wanted) <= set(tags)
