"""The page of API keys and sessions: /ui/keys."""

from fastapi import APIRouter

router = APIRouter()
