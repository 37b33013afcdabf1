"""What is true of the application as a whole."""

from pathlib import Path

import pytest

from api.app import create_app
from evenkeel.settings import Settings


@pytest.mark.slow
def test_the_documentation_describes_every_field(tmp_path: Path) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/lab.db"))
    schema = app.openapi()
    app.state.resources.lab.store.close()
    bare = [
        f"{model}.{field}"
        for model, body in schema["components"]["schemas"].items()
        if model not in ("HTTPValidationError", "ValidationError")
        for field, value in body.get("properties", {}).items()
        if "description" not in value
    ]
    parameters = [
        f"{method} {path} {parameter['name']}"
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query" and "description" not in parameter
    ]
    assert bare + parameters == []
    assert all("summary" in operation for methods in schema["paths"].values() for operation in methods.values())
