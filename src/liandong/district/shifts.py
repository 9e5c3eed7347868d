"""Handing over a shift (R24): whoever leaves freezes the list, whoever comes reads it item by item and takes it over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from liandong.rules.model import Actor

from . import rosters
from .models import Handover

MOST_WORDS = 2000


class HandoverError(Exception):
    """A hand-over that cannot be done so; the text says what to do instead (Chinese)."""


@transaction.atomic
def give(actor: Actor, items: Sequence[dict[str, Any]], remark: str, now: datetime) -> Handover:
    """Freeze what is left for the next shift. An earlier hand-over that nobody read is replaced and stays in the record.

    It must be read within the house's time after the next shift begins. Raises HandoverError.
    """
    place = rosters.place_of(actor)
    if not place:
        raise HandoverError("您的角色不轮班，没有可以交的班（R24）")
    if len(remark) > MOST_WORDS:
        raise HandoverError(f"交班说明最多 {MOST_WORDS} 字，现有 {len(remark)} 字，请删减")
    Handover.objects.select_for_update().filter(place=place, taken_at=None, replaced_at=None).update(
        replaced_at=now
    )
    return Handover.objects.create(
        place=place,
        given_by=actor.name,
        given_at=now,
        remark=remark.strip(),
        items=list(items),
        read_by=rosters.shift_start(place, now) + rosters.house_length("handover_read"),
    )


@transaction.atomic
def take(key: int, actor: Actor, read: Collection[str], now: datetime) -> Handover:
    """The next person has read every item and takes over. Raises HandoverError."""
    place = rosters.place_of(actor)
    row = Handover.objects.select_for_update().filter(pk=key, place=place).first() if place else None
    if row is None:
        raise HandoverError("没有这次交班，请回到交接班页面重新打开")
    if row.taken_at is not None:
        raise HandoverError(f"{row.taken_by}已经接班，不用再确认")
    if row.replaced_at is not None:
        raise HandoverError("这次交班已被后一次取代，请打开最新的一次")
    if row.given_by == actor.name:
        raise HandoverError("不能接自己交的班，请接班的人用本人账号登录后确认（I7）")
    missing = [item["no"] for item in row.items if item["no"] not in read]
    if missing:
        raise HandoverError(f"还有 {len(missing)} 件没有看过，请逐件看过并勾选：{'、'.join(missing[:3])}……")
    row.taken_by, row.taken_at = actor.name, now
    row.save(update_fields=["taken_by", "taken_at"])
    return row


def waiting(place: str) -> Handover | None:
    """The hand-over of this place that nobody has taken yet."""
    return Handover.objects.filter(place=place, taken_at=None, replaced_at=None).order_by("-given_at").first()


def last_taken(place: str, by: str) -> Handover | None:
    """What this person took over last here: its remark may still be open."""
    return Handover.objects.filter(place=place, taken_by=by).order_by("-taken_at").first()


def history(place: str) -> QuerySet[Handover]:
    """All hand-overs of a place, the newest first."""
    return Handover.objects.filter(place=place).order_by("-given_at", "-id")


def unread(now: datetime, places: Collection[str] | None = None) -> list[Handover]:
    """Hand-overs that should have been read by now (``places`` None: everywhere), the oldest first."""
    found = Handover.objects.filter(taken_at=None, replaced_at=None, read_by__lt=now).order_by("read_by")
    return list(found if places is None else found.filter(place__in=places))
