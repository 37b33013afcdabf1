"""What the endpoints share: one store, one doorbell, one ring of keys an app."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from lab.queue import Doorbell
from lab.settings import Settings
from lab.store import Store
from lab.summary import Summaries

if TYPE_CHECKING:
    from api.auth import KeyRing
    from api.details import Details


@dataclass(frozen=True)
class Resources:
    settings: Settings
    store: Store
    doorbell: Doorbell
    summaries: Summaries
    keys: "KeyRing"
    details: "Details"


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


Lab = Annotated[Resources, Depends(get_resources)]
