"""Sends the form of /ui/new as a browser does, and reads what the page says."""

import re
from collections.abc import Mapping
from html import unescape

from fastapi.testclient import TestClient
from httpx import Response

Typed = Mapping[str, str | list[str]]

# Two cells with four seeds each.
TINY: dict[str, str | list[str]] = {
    "name": "mine",
    "task": "classification",
    "level.arch": ["yolo"],
    "level.norm": ["none", "batch"],
    "level.init": ["he"],
    "level.width": "0.25",
    "level.epochs": "10",
    "seeds.by": "count",
    "seeds.count": "4",
}


def send(browser: TestClient, do: str, typed: Typed, url: str = "/ui/new") -> Response:
    """Send the form with a token that the page has given. do: which button is pressed."""
    token = re.search(r'name="token" value="([^"]+)"', browser.get("/ui/new").text)
    assert token
    return browser.post(url, data={"token": token[1], **typed, "do": do}, follow_redirects=False)


def plan(browser: TestClient, typed: Typed) -> str:
    """What the page's script gets for this form."""
    answer = send(browser, "", typed, "/ui/new/plan")
    assert answer.status_code == 200
    return answer.text


def written(page: str, name: str) -> str:
    """The JSON, the curl command or the Python lines of a page."""
    found = re.search(rf'data-copy="{name}">.*?<code>(.*?)</code>', page, re.DOTALL)
    assert found, f"no {name} in the page"
    return unescape(found[1])


def problem_of(page: str, field: str) -> str:
    """What the page says beside a field; '' if nothing."""
    found = re.search(rf'data-problem-of="{re.escape(field)}"[^>]*>(.*?)</span>', page, re.DOTALL)
    assert found, f"no place for problems of {field}"
    return unescape(found[1])


def words(page: str) -> str:
    """The text of a page, without its elements."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))
