"""What the endpoints share: one store, one doorbell, one ring of keys an app."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.details import Details
from api.keyring import KeyRing
from lab.queue import Doorbell
from lab.settings import Settings
from lab.store import Store
from lab.summary import Summaries


@dataclass(frozen=True)
class Resources:
    settings: Settings
    store: Store
    doorbell: Doorbell
    summaries: Summaries
    keys: KeyRing
    details: Details


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


Lab = Annotated[Resources, Depends(get_resources)]
