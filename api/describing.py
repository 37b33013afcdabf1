"""Describes the API (OpenAPI) for the tasks that are known now.

FastAPI describes what never changes. The task, the metric, the factors and the filters of a query, the grid of a post
and the row of an epoch follow from the tasks. They are described here, and put in their places.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from threading import Lock
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, TypeAdapter
from starlette.routing import Route

from api.schemas.choices import default_of, region_factor
from api.schemas.filters import filters_of
from api.schemas.grids import posted_grid
from api.schemas.runs import epoch_row
from evenkeel.grids.tasks import generation, known_tasks, now_announced
from evenkeel.lab.announced import refresh
from evenkeel.plugins import Task
from evenkeel.store import Store, StoreAway

Schema = dict[str, Any]
Part = tuple[str, str]  # what a schema describes, and its name
REF = "#/components/schemas/{model}"


class Describing:
    """The description of an app, as it is now. Thread-safe."""

    def __init__(self, plain: Callable[[], Schema]) -> None:
        """
        Args:
            plain: Makes FastAPI's own description.
        """
        self._plain = plain
        self._lock = Lock()
        self._described: tuple[int, Schema] | None = None

    def now(self) -> Schema:
        """The description. It is made anew when something was announced."""
        with self._lock:
            known = generation()
            if self._described is None or self._described[0] != known:
                imported = {task.name for task in now_announced().tasks if not task.package.name}
                self._described = known, describe(self._plain(), known_tasks(), imported)
            return self._described[1]


def describe_what_is_known(app: FastAPI, store: Store) -> None:
    """Let `/openapi.json`, and the pages that read it, describe the tasks that are known now."""
    describing = Describing(app.openapi)
    app.openapi = describing.now  # type: ignore[method-assign]
    [route] = [route for route in app.routes if isinstance(route, Route) and route.path == app.openapi_url]
    answer = route.endpoint

    def look() -> None:
        # The description needs no store.
        with suppress(StoreAway):
            refresh(store, now=True)
        describing.now()

    async def openapi(request: Request) -> Response:
        # It takes a third of a second, which no other request should wait for.
        await run_in_threadpool(look)
        response: Response = await answer(request)
        return response

    app.router.routes.remove(route)
    app.add_route(route.path, openapi, include_in_schema=False)


def describe(plain: Schema, tasks: Mapping[str, Task], imported: Collection[str] = ()) -> Schema:
    """FastAPI's description, completed by what follows from the tasks.

    Args:
        imported: The tasks that nothing can be posted for.
    """
    made, choices, filters = deepcopy(plain), _choices(tasks), filters_of(tasks)
    kinds = {("choice", name): kind for name, kind in choices.items()}
    kinds |= {("filter", name): kind for name, (kind, _) in filters.items()}
    kinds["grid", ""] = posted_grid({name: task for name, task in tasks.items() if name not in imported})
    found, shared = _schemas(kinds, epoch_row(tasks))
    for parameters in _parameters(made):
        chosen = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
        for name in choices.keys() & chosen.keys():
            told = {key: value for key, value in chosen[name].items() if key in ("description", "title")}
            chosen[name].clear()
            chosen[name].update(found["choice", name] | _default(name, tasks) | told)
        if "metric" in chosen:
            parameters += [_filter(name, found["filter", name], about) for name, (_, about) in filters.items()]
    _name_others(shared, default_of(tasks))
    made["paths"]["/experiments"]["post"]["requestBody"]["content"]["application/json"]["schema"] = found["grid", ""]
    made["components"]["schemas"] = dict(sorted((made["components"]["schemas"] | shared).items()))
    return made


def _schemas(kinds: Mapping[Part, Any], row: type[BaseModel]) -> tuple[dict[Part, Schema], dict[str, Schema]]:
    """(the schema of each kind, the schemas to which these refer). `row` is an answer, and is among the latter."""
    described: list[tuple[Part, Any, TypeAdapter[Any]]]
    described = [(part, "validation", TypeAdapter(kind)) for part, kind in kinds.items()]
    described.append((("row", ""), "serialization", TypeAdapter(row)))
    found, shared = TypeAdapter.json_schemas(described, ref_template=REF)
    return {part: schema for (part, _), schema in found.items()}, shared["$defs"]


def _name_others(schemas: Mapping[str, Schema], default: str) -> None:
    """Say that a grid must name its task, unless it is of the default one."""
    for schema in schemas.values():
        task = schema.get("properties", {}).get("task", {})
        if "const" in task and task["const"] != default:
            del task["default"]
            schema["required"] = ["task", *schema["required"]]


def _parameters(made: Schema) -> Iterator[list[Schema]]:
    """The parameters of each call that has some."""
    for calls in made["paths"].values():
        yield from (call["parameters"] for call in calls.values() if "parameters" in call)


def _choices(tasks: Mapping[str, Task]) -> dict[str, Any]:
    """What a query may choose -> the type of it."""
    metrics = tuple(dict.fromkeys(metric.name for task in tasks.values() for metric in task.metrics))
    factor: Any = Literal[tuple(dict.fromkeys(factor for task in tasks.values() for factor in task.factors))]
    return {"task": Literal[tuple(tasks)], "metric": Literal[metrics], "x": factor, "y": factor | None}


def _default(name: str, tasks: Mapping[str, Task]) -> Schema:
    """What a query that does not choose is about. With several tasks, it depends on the experiment."""
    [task, *more] = tasks.values()
    chosen = {"task": task.name, "metric": task.default_metric, "x": region_factor(task)}
    return {"default": chosen[name]} if name in chosen and not more else {}


def _filter(name: str, schema: Schema, about: str) -> Schema:
    """The parameter of a query that filters by a factor."""
    level = {key: value for key, value in schema["items"].items() if key not in ("default", "description", "title")}
    schema = {**schema, "items": level, "description": about, "default": [], "title": name.replace("_", " ").title()}
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": about}
