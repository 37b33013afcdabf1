"""The page of all experiments: /ui/."""

from fastapi import APIRouter

router = APIRouter()
