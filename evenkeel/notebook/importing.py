"""The calls about runs that were trained elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evenkeel.notebook.answer import Answer
from evenkeel.notebook.calling import Calling, call, path_of
from evenkeel.talk import Talk

if TYPE_CHECKING:
    from evenkeel.importing.results import Imported as ImportedFields
    from evenkeel.importing.taking import ImportView
else:
    # These modules need the database's packages, which a notebook has not.
    ImportedFields = ImportView = object


class Imported(Answer, ImportedFields):
    """What an import created."""


class Import(Answer, ImportView):
    """How the runs of an experiment were imported."""


class Imports(Calling):
    """The calls about imports."""

    @call
    def imports(self, name: str) -> Talk[Import]:
        """How the runs of an experiment were imported, and which of them need not be imported again."""
        return self._one("GET", path_of(name, "import"), Import)

    @call
    def import_mlflow(self, /, experiment: str, **options: Any) -> Talk[Imported]:
        """Import what is new of an experiment of MLflow. options: the other keys of the body of POST /imports."""
        return self._one("POST", "/imports", Imported, json={"experiment": experiment, **options})

    @call
    def import_runs(self, batch: dict[str, Any]) -> Talk[Imported]:
        """Import a batch of runs, as `evenkeel.importing.reading` makes them."""
        return self._one("POST", "/imports/runs", Imported, json=batch)
