"""The page of one cell: /ui/experiments/{name}/cells/{cell}."""

from fastapi import APIRouter

router = APIRouter()
