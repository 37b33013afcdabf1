"""How the pages keep something in a browser: out of reach of scripts, and never sent along by another site."""

from fastapi import Request, Response

from api.resources import Resources


def put(
    request: Request, response: Response, name: str, value: str, seconds: float | None = None, path: str = "/ui/"
) -> None:
    """Give the browser a cookie. seconds: how long it lasts; by default until the browser is closed."""
    age, secure = None if seconds is None else int(seconds), _has_tls(request)
    response.set_cookie(name, value, max_age=age, path=path, httponly=True, samesite="strict", secure=secure)


def drop(response: Response, name: str, path: str = "/ui/") -> None:
    """Take a cookie away from the browser."""
    response.delete_cookie(name, path=path, httponly=True, samesite="strict")


def _has_tls(request: Request) -> bool:
    """Whether the browser speaks https: with us, or with a proxy that EVENKEEL_ALLOWED_HOSTS tells of."""
    shared: Resources = request.app.state.resources
    names = [name.strip().lower() for name in shared.lab.settings.allowed_hosts.split(",")]
    return request.url.scheme == "https" or f"https://{request.headers.get('host', '').lower()}" in names
