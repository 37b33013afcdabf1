"""Signing in with a key, and what a session is good for."""

import shutil
from pathlib import Path

import pytest
from servers import add_key

from api import signed_in as sessions
from evenkeel.records.keys import Role, hash_secret
from evenkeel.store import Store

from ..conftest import Browser, SignIn, browser_on

COOKIE = sessions.COOKIE
GRID = {"name": "exp", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 1}


def flags(answer) -> dict[str, set[str]]:  # type: ignore[no-untyped-def]
    """Cookie -> its flags, in lower case."""
    said = [header.split("; ") for header in answer.headers.get_list("set-cookie")]
    return {name.partition("=")[0]: {flag.lower() for flag in rest} for name, *rest in said}


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(browser: Browser, filled_store: Store) -> None:
    key = add_key(filled_store)
    answer = browser.get("/ui/workers?a=b")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/sign-in?next=%2Fui%2Fworkers%3Fa%3Db")
    page = browser.get(answer.headers["location"])
    assert '<input type="hidden" name="next" value="/ui/workers?a=b">' in page.text
    signed = browser.sign_in(key, "/ui/workers?a=b")
    assert (signed.status_code, signed.headers["location"]) == (303, "/ui/workers?a=b")
    assert browser.get("/ui/workers").status_code == 200


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_of_other_sites(
    browser: Browser, filled_store: Store
) -> None:
    key = add_key(filled_store)
    answer = browser.sign_in(key)
    assert flags(answer)[COOKIE] >= {"httponly", "samesite=strict", "path=/", "max-age=1209600"}
    secret = answer.cookies[COOKIE]
    assert len(secret) >= 43
    assert key not in str(answer.headers)
    [session] = filled_store.sessions.of(key.split("_")[1])
    assert session.hash == hash_secret(secret)


def test_behind_tls_no_cookie_goes_over_the_open_line(tmp_path: Path, filled_file: Path) -> None:
    shutil.copy(filled_file, tmp_path / "lab.db")
    url = f"sqlite:///{tmp_path}/lab.db"
    with browser_on(url, allowed_hosts="https://lab.example.org") as browser:
        proxied = {"host": "lab.example.org"}
        assert "secure" in flags(browser.get("/ui/keys", headers=proxied))["evenkeel_form"]
        assert "secure" not in flags(browser.get("/ui/keys"))["evenkeel_form"]


def test_a_key_that_is_not_known_signs_nobody_in_and_is_not_shown_again(browser: Browser, filled_store: Store) -> None:
    add_key(filled_store)
    answer = browser.sign_in("ek_abcdef_<script>")
    assert (answer.status_code, COOKIE in answer.cookies) == (403, False)
    assert "This key is not known here" in answer.text
    assert "ek_abcdef" not in answer.text


def test_a_form_without_the_token_of_a_page_signs_nobody_in(browser: Browser, filled_store: Store) -> None:
    key = add_key(filled_store)
    browser.get("/ui/sign-in")
    for token in ("", "0" * 64):
        assert browser.post("/ui/sign-in", data={"key": key, "token": token}).status_code == 403
    browser.cookies.clear()
    assert browser.post("/ui/sign-in", data={"key": key, "token": "0" * 64}).status_code == 403


ELSEWHERE = [
    "https://evil.example/ui/",
    "//evil.example/ui/",
    "/\\evil.example",
    "/ui/../../evil",
    "/ui\\..\\x",
    "javascript:alert(1)",
    "/summary",
    "/ui/x\r\nSet-Cookie: a=b",
    "/ui/ x",
    "/ui/sign-in?next=/ui/sign-in",
]


@pytest.mark.parametrize("leads_to", ELSEWHERE)
def test_signing_in_leads_to_no_other_site(browser: Browser, filled_store: Store, leads_to: str) -> None:
    key = add_key(filled_store)
    token = browser.token("/ui/sign-in")
    answer = browser.post("/ui/sign-in", data={"token": token, "key": key, "next": leads_to})
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/")


def test_a_session_reads_everything_and_changes_nothing_but_by_forms(browser: Browser, signed_in: SignIn) -> None:
    key = signed_in(Role.WRITE)
    for path in ("/experiments", "/summary?experiment=sizes&format=csv", "/workers", "/openapi.json"):
        assert browser.get(path).status_code == 200
    assert browser.post("/experiments", json=GRID).status_code == 401
    assert browser.post("/experiments/demo/cancel").status_code == 401
    assert browser.delete("/experiments/demo?confirm=demo").status_code == 401
    assert browser.patch("/experiments/demo", json={"priority": 1}).status_code == 401
    assert browser.post("/experiments", json=GRID, headers={"Authorization": f"Bearer {key}"}).status_code == 201


def test_a_wrong_key_is_not_mended_by_a_session(browser: Browser, signed_in: SignIn) -> None:
    signed_in()
    assert browser.get("/experiments", headers={"Authorization": "Bearer ek_abc_def"}).status_code == 401


def test_a_revoked_key_ends_its_sessions(browser: Browser, signed_in: SignIn, filled_store: Store) -> None:
    key = signed_in()
    assert browser.get("/ui/workers").status_code == 200
    assert filled_store.keys.revoke(key.split("_")[1])
    assert browser.get("/ui/workers").status_code == 303
    assert browser.get("/experiments").status_code == 401


def test_signing_out_ends_the_session_wherever_its_cookie_is(browser: Browser, signed_in: SignIn) -> None:
    signed_in(Role.READ)
    secret = browser.cookies[COOKIE]
    assert browser.post("/ui/sign-out", data={"token": "0" * 64}).status_code == 403
    out = browser.submit("/ui/sign-out", "/ui/keys")
    assert (out.status_code, out.headers["location"], COOKIE in browser.cookies) == (303, "/ui/sign-in", False)
    browser.cookies.set(COOKIE, secret)
    assert browser.get("/experiments").status_code == 401


def test_signing_out_everywhere_ends_every_session_of_the_key(
    browser: Browser, signed_in: SignIn, filled_store: Store
) -> None:
    key = signed_in()
    first = browser.cookies[COOKIE]
    browser.cookies.clear()
    browser.sign_in(key)
    assert len(filled_store.sessions.of(key.split("_")[1])) == 2
    browser.submit("/ui/sign-out/everywhere", "/ui/keys")
    browser.cookies.set(COOKIE, first)
    assert browser.get("/experiments").status_code == 401


def test_a_session_ends_by_itself(tmp_path: Path, filled_file: Path) -> None:
    shutil.copy(filled_file, tmp_path / "lab.db")
    url = f"sqlite:///{tmp_path}/lab.db"
    with browser_on(url, session_days=1e-9) as browser:
        store = Store(url)
        browser.sign_in(add_key(store))
        assert browser.get("/ui/workers").status_code == 303
        store.close()


def test_a_session_of_another_browser_makes_no_valid_form(browser: Browser, signed_in: SignIn) -> None:
    """Whoever plants a cookie for forms in somebody's browser knows the token without a session, and no more."""
    signed_in()
    secret = browser.cookies.pop(COOKIE)
    token = browser.token("/ui/sign-in")
    browser.cookies.set(COOKIE, secret)
    assert browser.post("/ui/sign-out", data={"token": token}).status_code == 403


def test_a_link_on_another_site_finds_the_reader_signed_in(browser: Browser, filled_store: Store) -> None:
    """A browser sends such a request without the cookie, so the page asks again from our own side."""
    add_key(filled_store)
    answer = browser.get("/ui/workers?x=%22", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert '<meta http-equiv="refresh" content="0;url=/ui/workers?x=%22">' in answer.text


def test_without_keys_there_is_nothing_to_sign_in_to(browser: Browser) -> None:
    answer = browser.get("/ui/sign-in?next=/ui/tasks")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ui/tasks")


def test_a_script_that_is_not_signed_in_gets_no_page_to_sign_in(browser: Browser, filled_store: Store) -> None:
    add_key(filled_store)
    piece = browser.get("/ui/workers/now", headers={"X-Fragment": "1"})
    news = browser.get("/ui/live?about=lab", headers={"Accept": "text/event-stream"})
    assert (piece.status_code, news.status_code) == (401, 401)
    assert "<html" not in piece.text
