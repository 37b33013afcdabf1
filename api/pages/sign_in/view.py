"""Signing in and out: /ui/sign-in. A key that is pasted once becomes a session, which a cookie names."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from api import signed_in
from api.pages import cookies
from api.pages.forms import Fields, FormOfAnybody, read_own
from api.pages.frame import ThePage, show
from api.pages.paths import HOME, SIGN_IN, ours
from api.resources import Shared

router = APIRouter()

UNKNOWN = "This key is not known here, or was revoked. A key begins with ek_."


@router.get(SIGN_IN)
def show_sign_in(
    request: Request, shared: Shared, leads_to: Annotated[str, Query(alias="next", max_length=2_000)] = HOME
) -> Response:
    if shared.keys.is_empty():
        return RedirectResponse(ours(leads_to), 303)
    return show(request, "sign_in/page.html", leads_to=ours(leads_to), problem=None)


@router.post(SIGN_IN)
async def sign_in(request: Request, shared: Shared, form: Annotated[Fields, Depends(read_own)]) -> Response:
    leads_to = ours(form["next"])
    key = await run_in_threadpool(shared.keys.find, form["key"].strip())
    if key is None:
        return show(request, "sign_in/page.html", 403, leads_to=leads_to, problem=UNKNOWN)
    secret = await run_in_threadpool(shared.signed_in.begin, key)
    response = RedirectResponse(leads_to, 303)
    cookies.put(request, response, signed_in.COOKIE, secret, shared.signed_in.seconds, path="/")
    return response


@router.post("/ui/sign-out")
def sign_out(page: ThePage, form: FormOfAnybody) -> Response:
    page.shared.signed_in.end(page.request.cookies.get(signed_in.COOKIE, ""))
    return _out(page)


@router.post("/ui/sign-out/everywhere")
def sign_out_everywhere(page: ThePage, form: FormOfAnybody) -> Response:
    page.shared.signed_in.end_all(page.caller.key_id)
    return _out(page)


def _out(page: ThePage) -> Response:
    response = RedirectResponse(SIGN_IN, 303)
    cookies.drop(response, signed_in.COOKIE, path="/")
    return response
