"""The page of a new study posts what it shows, and keeps what was typed when something is wrong."""

import json
import re
from html import unescape
from typing import Any

import pytest
from api.pages.new_forms import TINY, plan, problem_of, send, written
from fastapi.testclient import TestClient
from records import TASKS

from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms
