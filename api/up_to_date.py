"""Lets every request know what was announced up to a second ago."""

from typing import Annotated

from fastapi import Depends

from api.auth import Caller, find_caller
from api.resources import Shared


async def hear_news(shared: Shared, caller: Annotated[Caller, Depends(find_caller)]) -> None:
    """Look for news now and then. `caller` is here so that who may not call makes no work. Raises StoreAway."""
    await shared.news.look()


UpToDate = Depends(hear_news)
