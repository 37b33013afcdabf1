"""An answer that leaves cells out says so in a header, too: a table or a figure has no other place for it."""

from collections.abc import Sequence
from typing import Any

from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.lab.left_out import LeftOut

HEADER = "Evenkeel-Left-Out"
# Of a response in the API's description.
DESCRIBED: dict[str, Any] = {
    HEADER: {
        "description": "Only where cells were left out since they cannot be read here: which, why, and what to do.",
        "schema": {"type": "string"},
    }
}


def headers_of(left_out: Sequence[LeftOut]) -> dict[str, str]:
    """In ASCII and without line breaks, whatever the levels hold. Empty where nothing is left out."""
    return {HEADER: left_out_says(left_out).encode("unicode_escape").decode()} if left_out else {}
