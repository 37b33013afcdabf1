"""The page that posts a study: /ui/new."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.errors import Forbidden
from api.pages.formats import path, plural
from api.pages.forms import Fields, FormOfAnybody
from api.pages.frame import Page, ThePage
from api.pages.new.beginning import Began, begin, presets_in_words, task_of_form
from api.pages.new.checking import Checked, attempt, check
from api.pages.new.factors import factor_fields, parts_of, shown_first
from api.pages.new.names import CALLED
from api.pages.new.writing import write
from api.pages.rendering import render
from evenkeel.grids.sharing import Device
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.piloting import pilot_name, post_pilots
from evenkeel.lab.posting import Posted, post_grid
from evenkeel.records.imports import is_imported

router = APIRouter()

ReadOnly = Forbidden("this key has the role read; to post an experiment, use a key with the role write")


@router.get("/ui/new")
def new_study(
    page: ThePage,
    task: Annotated[str, Query(max_length=100)] = "",
    preset: Annotated[str, Query(max_length=100)] = "",
    from_: Annotated[str, Query(alias="from", max_length=64)] = "",
) -> Response:
    began = begin(page.shared.lab, task, preset, from_)
    checked = check(page.request, page.shared, began.task, began.form) if began.form["name"] else None
    return _show(page, began, checked)


@router.post("/ui/new")
def send_study(page: ThePage, form: FormOfAnybody) -> Response:
    """Check the form, post its study, or post its pilot."""
    did = form["do"]
    if did == "check":
        began = task_of_form(form)
        checked = check(page.request, page.shared, began.task, form)
        return _show(page, began, checked)
    if not page.may_write:
        raise ReadOnly
    return _pilot(page, form) if did == "pilot" else _post(page, form)


@router.post("/ui/new/plan")
def plan_study(page: ThePage, form: FormOfAnybody) -> Response:
    """What the form would create, as a piece for the page's script."""
    checked = check(page.request, page.shared, task_of_form(form).task, form)
    return render("new/plan.html", 200, **_plan(page, checked))


def _post(page: Page, form: Fields) -> Response:
    began, key = task_of_form(form), page.caller.key_id
    checked, posted = attempt(
        page.request, page.shared, began.task, form, lambda spec: post_grid(page.shared.lab, spec, key)
    )
    if posted is None:
        return _show(page, began, checked)
    return page.done(_says(posted), path("ui", "experiments", posted.name))


def _pilot(page: Page, form: Fields) -> Response:
    began, key = task_of_form(form), page.caller.key_id
    checked, posted = attempt(
        page.request, page.shared, began.task, form, lambda spec: post_pilots(page.shared.lab, spec, key)
    )
    if posted is None:
        return _show(page, began, checked)
    if not posted:
        return _show(page, began, check(page.request, page.shared, began.task, form))
    runs = plural(sum(each.created for each in posted), "run")
    return page.done(
        f"A pilot with {runs} of two epochs was posted. Once it has ended, plan the experiment again.",
        path("ui", "experiments", pilot_name(form["name"].strip())),
    )


def _says(posted: Posted) -> str:
    says = f"{plural(posted.created, 'run')} {'was' if posted.created == 1 else 'were'} posted."
    if posted.existing:
        says += f" {plural(posted.existing, 'run')} existed before."
    if posted.waits_for:
        says += f" {posted.waits_for[0].upper()}{posted.waits_for[1:]}."
    return says if posted.rung else f"{says} The broker does not answer; the runs start when it is back."


def _show(page: Page, began: Began, checked: Checked | None) -> Response:
    fields = factor_fields(began.task, parts_of(began.task), began.form)
    first, others = shown_first(began.task, fields)
    return page.show(
        "new/page.html",
        checked.status if checked else 200,
        began=began,
        form=began.form,
        task=began.task,
        tasks=[name for name in known_tasks() if not is_imported(name)],
        presets=presets_in_words(began.task),
        first=first,
        others=others,
        devices=list(Device),
        **_plan(page, checked),
    )


def _plan(page: Page, checked: Checked | None) -> dict[str, object]:
    """What the template of the plan is given."""
    address = str(page.request.base_url).rstrip("/")
    needs_key = not page.shared.keys.is_empty()
    written = write(checked.body, address, needs_key) if checked and not checked.troubles else None
    ids = (
        {each.field: each.id for each in factor_fields(checked.task, parts_of(checked.task), Fields([]))}
        if checked
        else {}
    )
    return {"checked": checked, "written": written, "ids": ids, "called": CALLED, "may_write": page.may_write}
