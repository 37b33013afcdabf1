"""The page of one experiment: /ui/experiments/{name}."""

from fastapi import APIRouter

router = APIRouter()
