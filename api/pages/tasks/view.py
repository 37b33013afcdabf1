"""The page of tasks: /ui/tasks."""

from fastapi import APIRouter

router = APIRouter()
