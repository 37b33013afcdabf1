"""What of an experiment can be taken away as a file: links to calls of the API."""

from api.pages.experiment.query import StudyQuery
from api.pages.formats import path, query

Link = tuple[str, str, str]  # its text, its address, the name of the file


def exports(asked: StudyQuery) -> list[tuple[str, list[Link]]]:
    """(what it is, its links). They are about the cells that the page is about."""
    name = str(asked.experiment)

    def table(of: str, form: str, rows: str | None = None) -> str:
        return f"/{of}{query(asked.of_api(format=form, table=rows))}"

    def figure(kind: str, form: str) -> str:
        return f"/{kind}.{form}{query(asked.of_api())}"

    kinds = (("CSV", "csv", "csv"), ("Parquet", "parquet", "parquet"), ("LaTeX", "latex", "tex"))
    tables = [
        (title, [(label, table("summary", form, rows), f"{name}-{rows}.{end}") for label, form, end in kinds])
        for title, rows in (("Cells", "cells"), ("Epochs", "epochs"), ("Runs", "runs"))
    ]
    effects = [(label, table("effects", form), f"{name}-effects.{end}") for label, form, end in kinds]
    drawn = [
        (
            title,
            [(form.upper(), figure(kind, form), f"{name}-{title.lower()}.{form}") for form in ("svg", "pdf", "png")],
        )
        for title, kind in (("Bands", "summary/figure"), ("Effects", "effects/figure"))
    ]
    report = [("HTML", f"{path('ui', 'experiments', name)}/report", f"{name}.html")]
    return [
        *tables,
        ("Effects", effects),
        *((f"{title} as a figure", links) for title, links in drawn),
        ("Report", report),
    ]
