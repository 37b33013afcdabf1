"""The page that posts a study: /ui/new."""

from fastapi import APIRouter

router = APIRouter()
