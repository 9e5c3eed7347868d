"""Nobody sleeps through a case (R4, R24): the next person, the telephone, and an end by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from liandong.district import packs, reach, rosters
from liandong.district import policy as district_policy
from liandong.engine import phoning
from liandong.engine.channels import phoning as calls
from liandong.registers import notices, queries
from liandong.registers.queries import Asking
from liandong.registers.store import act
from liandong.rules.model import SYSTEM, Actor
from support.api import District

pytestmark = pytest.mark.django_db
DESK = Actor("desk", "li")


@pytest.fixture
def district(pack_loaded: Any) -> Iterator[District]:
    yield District()


def later(**length: int) -> datetime:
    return datetime.now(district_policy.current().zone) + timedelta(**length)


def tasks(**asking: Any) -> list[Any]:
    return queries.find(SYSTEM, "phone_task", Asking(**asking)).items
