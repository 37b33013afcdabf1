"""How an endpoint asks for a heavy answer."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from api.auth import Caller, find_caller
from api.heavy.work import Work
from api.resources import Resources, Shared


@dataclass(frozen=True)
class _Asking:
    """A request, its caller, and where the answer comes from."""

    request: Request
    caller: Caller
    shared: Resources

    async def answer(self, work: Work) -> Response:
        """The answer: see `Heavy.answer`."""
        return await self.shared.heavy.answer(self.request, self.caller.key_id, work)


async def _asking(request: Request, caller: Annotated[Caller, Depends(find_caller)], shared: Shared) -> _Asking:
    return _Asking(request, caller, shared)


Asking = Annotated[_Asking, Depends(_asking)]
