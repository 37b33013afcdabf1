"""What charts are drawn from, as JSON."""

from fastapi import APIRouter

router = APIRouter()
