"""The page that compares two cells: /ui/compare."""

from fastapi import APIRouter

router = APIRouter()
