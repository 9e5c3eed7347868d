"""A district with channels to peers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import cache

from liandong.district import packs
from liandong.engine.channels import breaker, kinds, plan, sending, store
from liandong.engine.models import Channel, Message
from support.api import District
from support.peers import Gateway, Modem, PostOffice
from support.policy import PACK


@pytest.fixture(autouse=True)
def _forget_throttles() -> None:
    cache.clear()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of milliseconds; quiet hours never."""
    monkeypatch.setattr(sending, "FIRST_PAUSE_MS", 5)
    monkeypatch.setattr(breaker, "FIRST_PAUSE_MS", 60_000)


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    made = Gateway()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostOffice]:
    made = PostOffice()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", "127.0.0.1")
    yield made
    made.close()


@pytest.fixture
def modem() -> Iterator[Modem]:
    made = Modem()
    yield made
    made.close()


def typed(kind: str, **values: str) -> dict[str, str]:
    """What an administrator types for a channel of this kind."""
    start = {field.key: field.start for field in kinds.KINDS[kind].fields}
    numbers = {"per_minute": "6000", "at_once": "4", "most_attempts": "4", "rank": "10"}
    return {**start, **numbers, "name": kind, "active": "1", "timeout": "1", **values}


@pytest.fixture
def enter(db: None) -> Callable[..., Channel]:
    """Enter a channel as sysadmin does."""

    def make(code: str, kind: str, **values: str) -> Channel:
        return store.save(code, kind, typed(kind, **values), "sysadmin")

    return make


@pytest.fixture
def district(db: None) -> District:
    """綦江's pack and accounts; planning begins here."""
    packs.load(PACK)
    made = District()
    plan.follow()
    return made


def a_message(channel: str, **values: Any) -> Message:
    """A message ready to go out."""
    from liandong.engine.instants import now_ms

    count = Message.objects.count()
    base = {
        "id": f"{count:032x}", "position": count + 1, "n": 0, "person": "duty", "case_no": "QJFL-1", "kind": "assigned",
        "recipient": "unit:CG", "means": "sms", "channel": channel, "address": "13912345678", "text": "【联动】新工单",
        "created_ms": now_ms(), "next_ms": now_ms(), "until_ms": now_ms() + 600_000,
    }  # fmt: skip
    return Message.objects.create(**{**base, **values})
