"""What the endpoints of an app share: the lab, its API keys and sessions, and the caches."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.details import Details
from api.heavy.heavy import Heavy
from api.keyring import KeyRing
from api.news import News
from api.pages.live.watcher import Watcher
from api.readiness import Surroundings
from api.signed_in import SignedIn
from evenkeel.lab.context import Lab


@dataclass(frozen=True)
class Resources:
    lab: Lab
    heavy: Heavy
    keys: KeyRing
    details: Details
    surroundings: Surroundings
    news: News
    signed_in: SignedIn
    watcher: Watcher


# FastAPI would run it in a thread if it were not `async`, and it would wait for one.
async def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


Shared = Annotated[Resources, Depends(get_resources)]
