"""The JSON, the curl command and the Python lines that post the same grid as the form. None of them holds a key."""

import json
from dataclasses import dataclass
from pprint import pformat
from typing import Any

KEY = ' -H "Authorization: Bearer $EVENKEEL_API_KEY"'


@dataclass(frozen=True)
class Written:
    json: str
    curl: str
    python: str


def write(body: dict[str, Any], address: str, needs_key: bool) -> Written:
    """
    Args:
        address: Where the browser finds the lab, such as 'http://localhost:8000'.
        needs_key: Whether the lab has keys. The command and the client then read one from EVENKEEL_API_KEY.
    """
    text = json_of(body)
    key = KEY if needs_key else ""
    curl = f"curl -X POST {address}/experiments{key} -d @- <<'END'\n{text}\nEND"
    grid = pformat(body, width=80, sort_dicts=False).replace("\n", "\n       ")
    python = f"from evenkeel import Client\n\ngrid = {grid}\nwith Client({address!r}) as lab:\n    lab.submit(grid)"
    return Written(text, curl, python)


def json_of(body: dict[str, Any]) -> str:
    """The grid as JSON, a line for each key of it and for each factor."""
    lines = [f"{json.dumps(key)}: {_value(value)}" for key, value in body.items()]
    return "{\n  " + ",\n  ".join(lines) + "\n}"


def _value(value: Any) -> str:
    if isinstance(value, dict) and value:
        inside = [f"{json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}" for key, each in value.items()]
        return "{\n    " + ",\n    ".join(inside) + "\n  }"
    return json.dumps(value, ensure_ascii=False)
