"""The page of API keys and of one's own sessions: /ui/keys."""

from fastapi import APIRouter, Response

from api import signed_in
from api.pages.frame import ThePage
from evenkeel.records.keys import hash_secret

router = APIRouter()


@router.get("/ui/keys")
def show_keys(page: ThePage) -> Response:
    store, caller = page.shared.lab.store, page.caller
    own = hash_secret(page.request.cookies.get(signed_in.COOKIE, "")) if caller.signed_in else ""
    sessions = store.sessions.of(caller.key_id) if caller.key_id else []
    return page.show("keys/page.html", keys=store.keys.all(), sessions=sessions, own=own)
