"""What the endpoints of an app share: the lab, its API keys and the caches."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from api.details import Details
from api.keyring import KeyRing
from evenkeel.analysis.summary import Summaries
from evenkeel.lab.context import Lab


@dataclass(frozen=True)
class Resources:
    lab: Lab
    summaries: Summaries
    keys: KeyRing
    details: Details


def get_resources(request: Request) -> Resources:
    resources: Resources = request.app.state.resources
    return resources


Shared = Annotated[Resources, Depends(get_resources)]
