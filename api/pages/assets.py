"""Serves the styles and scripts of the pages. Their addresses carry a hash of all files, so that browsers keep them.

The hash is a folder, so that a script that imports its neighbour gets the one of the same version.
"""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

router = APIRouter()

STATIC = Path(__file__).parent / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}
ASK_AGAIN = {"Cache-Control": "no-cache"}


@router.get("/ui/static/{version}/{name}")
async def get_asset(version: str, name: str) -> Response:
    """Send a file. Anybody may have it: it is the same in every lab. It waits for no thread: a page needs twenty files
    at once, and its answers need the threads."""
    if Path(name).suffix not in TYPES or name not in _names():
        raise HTTPException(404)
    keep = FOR_A_YEAR if version == _version() else ASK_AGAIN
    return Response(read(name), media_type=TYPES[Path(name).suffix], headers=keep)


def address_of(name: str) -> str:
    """The address of a file, such as 'base.css'."""
    return f"/ui/static/{_version()}/{name}"


@cache
def read(name: str) -> bytes:
    """The content of a file, which is read once."""
    return (STATIC / name).read_bytes()


@cache
def _version() -> str:
    """The same as long as no file changes."""
    found = hashlib.sha256()
    for name in sorted(_names()):
        found.update(name.encode() + read(name))
    return found.hexdigest()[:12]


@cache
def _names() -> set[str]:
    return {path.name for path in STATIC.iterdir()}
