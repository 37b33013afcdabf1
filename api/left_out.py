"""Adds a header to an answer that leaves cells out, because a table or a figure has no other place to say so."""

from collections.abc import Sequence
from typing import Any

from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.records.left_out import LeftOut

HEADER = "Evenkeel-Left-Out"
# The header of a response, for the description of the API.
DESCRIBED: dict[str, Any] = {
    HEADER: {
        "description": "Says which cells are left out because they cannot be read here, why, and what to do. An answer "
        "has it only if cells are left out.",
        "schema": {"type": "string"},
    }
}


def headers_of(left_out: Sequence[LeftOut]) -> dict[str, str]:
    """The header in ASCII and without line breaks, whatever the levels contain. Empty if no cell is left out."""
    return {HEADER: left_out_says(left_out).encode("unicode_escape").decode()} if left_out else {}
