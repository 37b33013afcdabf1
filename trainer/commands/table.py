"""A table `[commands.NAME]` of the file of commands: which keys it may have, and what is wrong with one."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from jsonschema import Draft202012Validator, SchemaError, ValidationError
from pydantic import BaseModel, ConfigDict, Field, model_validator

from trainer.commands.template import names_in

# A placeholder that is no parameter -> what stands for it.
OWN = {
    "seed": "the seed of the run",
    "here": "the folder of the file of commands",
    "python": "the Python that the worker runs with",
}
EPOCHS = "epochs"
# What a parameter may say of its levels, as JSON Schema has it.
KEYWORDS = frozenset(
    {"type", "default", "description", "title", "enum", "const", "minimum", "maximum", "exclusiveMinimum"}
    | {"exclusiveMaximum", "multipleOf", "pattern", "minLength", "maxLength", "items", "minItems", "maxItems"}
)


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class MetricTable(Table):
    """The same as `evenkeel.plugins.Metric`. Without `worst` a diverged run counts as infinitely bad."""

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    better: Literal["higher", "lower"]
    worst: float | None = None
    unit: str = ""
    description: str = ""
    label: str = ""
    diagnostic: bool = False


class CommandTable(Table):
    """One command.

    Attributes:
        run: The program and its arguments. `{NAME}` stands for the level of a parameter, or for one of `OWN`. `{{`
            and `}}` are braces.
        parameters: name -> JSON Schema of its levels.
        max_epochs: The most epochs that a run may write, if no parameter is called `epochs`.
        panels: Up to three parameters that name a cell and lay out its figures.
        environment: Variables that the program gets.
        timeout_minutes: The longest time that one attempt may take.
        stop_seconds: The time from SIGTERM to SIGKILL. The worker waits no longer than 10 seconds for a run to stop.
        version: Raise it if the program begins to compute something else.
    """

    run: list[str] = Field(min_length=1)
    metrics: list[MetricTable] = Field(min_length=1)
    parameters: dict[str, dict[str, Any]] = Field(min_length=1)
    max_epochs: int | None = Field(None, ge=1)
    default_metric: str | None = None
    loss: str | None = None
    panels: list[str] | None = Field(None, min_length=1, max_length=3)
    labels: dict[str, str] = {}
    description: str = ""
    environment: dict[str, str] = {}
    timeout_minutes: float | None = Field(None, gt=0)
    stop_seconds: float = Field(5.0, ge=0, le=8)
    version: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _check(self) -> "CommandTable":
        for problem in (*self._wrong_parameters(), *self._wrong_names()):
            raise ValueError(problem)
        return self

    def _wrong_parameters(self) -> Iterator[str]:
        for name, schema in self.parameters.items():
            if not name.isidentifier() or name in OWN:
                yield f"parameters: {name!r} cannot name one: it must be a word, and none of {', '.join(OWN)}"
            if wrong := wrong_schema(schema):
                yield f"parameters.{name}{wrong}"
        if EPOCHS in self.parameters and self.parameters[EPOCHS].get("type") != "integer":
            yield f"parameters.{EPOCHS}.type: must be 'integer', since it says how many epochs a run trains"
        if (EPOCHS in self.parameters) is (self.max_epochs is not None):
            yield f"max_epochs: needed if no parameter is called {EPOCHS!r}, and not allowed if one is"

    def _wrong_names(self) -> Iterator[str]:
        allowed = [*self.parameters, *OWN]
        for place, argument in enumerate(self.run):
            try:
                unknown = [name for name in names_in(argument) if name not in allowed]
            except ValueError as error:
                yield f"run[{place}]: {argument!r}: {error}; write {{{{ and }}}} for braces"
                continue
            for name in unknown:
                yield f"run[{place}]: {{{name}}} is unknown; allowed: {', '.join(allowed)}"
        metrics = [metric.name for metric in self.metrics]
        for key in ("default_metric", "loss"):
            if (name := getattr(self, key)) not in (None, *metrics):
                yield f"{key}: {name!r} is no metric of this command; allowed: {', '.join(metrics)}"
        for name in self.panels or ():
            if name not in self.parameters:
                yield f"panels: {name!r} is no parameter of this command; allowed: {', '.join(self.parameters)}"


def wrong_schema(schema: Mapping[str, Any]) -> str:
    """What is wrong with the schema of a parameter: '.KEY: what is allowed'. '' if nothing is."""
    for key in schema:
        if key not in KEYWORDS:
            return f".{key}: not a key here; allowed: {', '.join(sorted(KEYWORDS))}"
    if "default" not in schema:
        return ".default: missing; it is the level of a grid that does not name the parameter"
    try:
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema).validate(schema["default"])
    except SchemaError as error:
        return f".{'.'.join(map(str, error.absolute_path))}: {error.message}"
    except ValidationError as error:
        return f".default: {error.message}"
    kinds = schema.get("type", "string")
    may_be_text = "string" in ([kinds] if isinstance(kinds, str) else kinds)
    if may_be_text and not {"enum", "const", "pattern"}.intersection(schema):
        return ".pattern: a text needs 'enum' or 'pattern', so that no request can write an option of the program"
    return ""
