"""Forms: what they carry, and what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.pages.forms import Form, read_own
from api.pages.frame import ThePage
from api.pages.live.about import check
from evenkeel.records.keys import Role

from .conftest import Browser, SignIn


@pytest.fixture
def changed(browser: Browser) -> list[Any]:
    """What forms have changed at /ui/test-change."""
    done, router = list[Any](), APIRouter()

    @router.post("/ui/test-change")
    def change(form: Form, page: ThePage) -> Any:
        done.append((form["name"], form.all("tick"), dict(form)))
        return page.done("3 runs <b>were</b> cancelled", "/ui/keys")

    browser.app.include_router(router)  # type: ignore[attr-defined]
    return done


def test_a_form_changes_something_and_the_next_page_says_so_once(
    browser: Browser, changed: list[Any], signed_in: SignIn
) -> None:
    signed_in()
    data = {"token": browser.token("/ui/keys"), "name": "a&b", "tick": ["1", "2"], "empty": ""}
    answer = browser.post("/ui/test-change", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/keys")
    [(name, ticks, fields)] = changed
    assert (name, ticks, fields["empty"]) == ("a&b", ["1", "2"], "")
    assert "3 runs &lt;b&gt;were&lt;/b&gt; cancelled" in browser.get("/ui/keys").text
    assert "were" not in browser.get("/ui/keys").text


@pytest.mark.parametrize("token", ["", "0" * 64, "\u00e9"])
def test_a_form_without_its_token_changes_nothing(
    browser: Browser, changed: list[Any], signed_in: SignIn, token: str
) -> None:
    signed_in()
    browser.get("/ui/keys")
    answer = browser.post("/ui/test-change", data={"token": token})
    assert (answer.status_code, changed) == (403, [])
    assert "did not come from a page of this lab" in answer.text


def test_a_key_that_may_only_read_changes_nothing_even_with_a_token(
    browser: Browser, changed: list[Any], signed_in: SignIn
) -> None:
    signed_in(Role.READ)
    answer = browser.submit("/ui/test-change", "/ui/keys")
    assert (answer.status_code, changed) == (403, [])
    assert "role read" in answer.text


def test_a_page_of_another_origin_sends_no_form(browser: Browser, changed: list[Any], signed_in: SignIn) -> None:
    signed_in()
    token = browser.token("/ui/keys")
    for origin in ("https://evil.example", "http://localhost:1", "null"):
        assert browser.post("/ui/test-change", data={"token": token}, headers={"Origin": origin}).status_code == 403
    own = browser.post("/ui/test-change", data={"token": token}, headers={"Origin": "http://localhost"})
    assert (own.status_code, len(changed)) == (303, 1)


def test_json_is_no_form(browser: Browser, changed: list[Any], signed_in: SignIn) -> None:
    signed_in()
    token = browser.token("/ui/keys")
    assert browser.post("/ui/test-change", json={"token": token}).status_code == 415
    assert changed == []


@pytest.mark.parametrize(
    ("body", "status"), [(b"a=" + b"x" * 70_000, 413), (b"a=%ff", 422), (b"&".join([b"a=b"] * 2_001), 422)]
)
def test_a_form_is_small_and_is_text(
    browser: Browser, changed: list[Any], signed_in: SignIn, body: bytes, status: int
) -> None:
    signed_in()
    token = browser.token("/ui/keys").encode()
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = browser.post("/ui/test-change", content=b"token=" + token + b"&" + body, headers=head)
    assert (answer.status_code, changed) == (status, [])


def routes_of(routes: list[BaseRoute]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from routes_of(router.routes)


def dependencies(dependant: Any) -> Iterator[Any]:
    yield dependant.call
    for each in dependant.dependencies:
        yield from dependencies(each)


def test_every_change_of_every_page_needs_a_token(browser: Browser) -> None:
    pages = [route for route in routes_of(browser.app.routes) if route.path.startswith("/ui/")]  # type: ignore[attr-defined]
    changes = [route for route in pages if not route.methods <= {"GET", "HEAD"}]
    assert changes
    needed = {read_own.__name__, "read_form", "read_own_form"}
    lax = [
        route.path
        for route in changes
        if not needed & {getattr(call, "__name__", "") for call in dependencies(route.dependant)}
    ]
    assert lax == []


def test_what_is_listened_to_is_a_name_of_ours() -> None:
    assert check("run:" + "0" * 32).startswith("run:")
