"""The page of one run: /ui/runs/{id}."""

from fastapi import APIRouter

router = APIRouter()
