"""The answers to what changes experiments and runs. Type checkers see the fields of the library's classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evenkeel.notebook.answer import Answer

if TYPE_CHECKING:
    from evenkeel.lab.forget import Deleted as DeletedFields
    from evenkeel.lab.forget import Forgotten as ForgottenFields
    from evenkeel.lab.one_run import RunChanged as RunChangedFields
    from evenkeel.lab.seeds import SeedsAdded as SeedsAddedFields
    from evenkeel.lab.steering import Cancelled as CancelledFields
    from evenkeel.lab.steering import Paused as PausedFields
    from evenkeel.lab.steering import Resumed as ResumedFields
    from evenkeel.lab.steering import Retried as RetriedFields
else:
    # These modules need the database's packages, which a notebook has not.
    DeletedFields = ForgottenFields = RunChangedFields = SeedsAddedFields = object
    CancelledFields = PausedFields = ResumedFields = RetriedFields = object


class SeedsAdded(Answer, SeedsAddedFields): ...


class Paused(Answer, PausedFields): ...


class Resumed(Answer, ResumedFields): ...


class Cancelled(Answer, CancelledFields): ...


class Retried(Answer, RetriedFields): ...


class RunChanged(Answer, RunChangedFields): ...


class Forgotten(Answer, ForgottenFields): ...


class Deleted(Answer, DeletedFields): ...
