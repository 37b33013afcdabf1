"""No request breaks the API, and the API's own description contains every answer."""

from pathlib import Path

import psycopg
import pytest
from fuzz import fuzz

CASES = 1  # for each call, beside the edge cases that are always tried; scripts/fuzz makes 1,000

# They take the parameters of /summary and /effects, whose edge cases are tried. scripts/fuzz tries them here, too.
FIGURES = (
    "/summary/figure.{form}",
    "/summary/reaching.{form}",
    "/summary/region.{form}",
    "/effects/figure.{form}",
    "/effects/sensitivity.{form}",
)


@pytest.mark.slow
def test_requests_at_random_are_answered_as_described(postgres: str, tmp_path: Path) -> None:
    with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS fuzz WITH (FORCE)")
        admin.execute("CREATE DATABASE fuzz")
    code, said, counts = fuzz(f"{postgres}/fuzz", tmp_path, CASES, FIGURES)
    assert code == 0, said[-5000:]
    assert counts["POST /experiments"] > 100
    assert counts["GET /summary"] > 100
    assert all(counts[f"GET {path}"] for path in FIGURES)
