"""Changing the district from a page: see what an order does, save it, take a planned one back.

A change is saved under the stamp its preview was made under: when somebody changed a setting meanwhile, nothing is
saved and the person sees what. One record keeps who, when, what, before → after and why; it names no person but ``by``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.utils import timezone

from . import consistency, policy, store
from . import models as m
from .differences import Difference, Line, differences, lines, undoing
from .errors import SettingError
from .orders import Order, words
from .pack import Pack

MOST_SHOWN = 50
_TABLES: dict[str, tuple[type[models.Model], str]] = {
    "units": (m.Unit, "code"),
    "contacts": (m.Contact, "unit"),
    "subunits": (m.SubUnit, "code"),
    "matters": (m.Duty, "code"),
    "names": (m.UnitName, "unit__code"),
}


class Preview(NamedTuple):
    """What an order would do: the district before and after, before → after in words, the stamp it holds for."""

    before: Pack
    after: Pack
    lines: list[Line]
    says: str
    stamp: str


def today(pack: Pack) -> date:
    """The day it is in the district."""
    return datetime.now(ZoneInfo(pack.zone)).date()


def preview(order: Order) -> Preview:
    """What ``order`` would do to the district as it is now. Raises SettingError saying what is wrong with it."""
    stamp = store.stamp()
    before = store.snapshot()
    after = _applied(order, before)
    return Preview(before, after, lines(before, after, open_persons=True), order.says(before), stamp)


def _applied(order: Order, before: Pack) -> Pack:
    after = order.apply(before, today(before))
    faults = [fault for fault in consistency.faults(after) if fault not in consistency.faults(before)]
    if faults:
        raise SettingError("；".join(faults[:3]) + "。请改生效日或先撤回与它相冲的变更（R22）。")
    return after


@transaction.atomic
def save(order: Order, by: str, reason: str, seen: str) -> Pack:
    """Carry ``order`` out; it counts from its day on, in every process. ``seen``: the stamp of the preview.

    Raises SettingError, and store.Meanwhile when the settings were changed since.
    """
    reason = words(reason, "变更理由", 500)
    store.lock(seen)
    before = store.snapshot()
    after = _applied(order, before)
    found = differences(before, after)
    if not found:
        raise SettingError("没有要改的。")
    _write(found)
    told = lines(before, after, open_persons=False)
    planned = order.on > today(before)
    return store.changed(
        order.says(before),
        by,
        kind=order.kind,
        target=order.target,
        reason=reason,
        effective_on=order.on,
        before=[[one.what, one.before] for one in told],
        after=[[one.what, one.after] for one in told],
        kept=sorted({("units" if one.part == "names" else one.part, one.key) for one in found}),
        undo=undoing(found) if planned else [],
    )


def _columns(row: Any) -> dict[str, Any]:
    values = {one.name: getattr(row, one.name) for one in fields(row) if one.name != "names"}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _write(found: Sequence[Difference]) -> None:
    """The rows as they are now: changed ones in place, so that their order and the district's digest stay."""
    for one in sorted(found, key=lambda one: (one.part != "units", one.old is None)):
        model, column = _TABLES[one.part]
        own = model._default_manager.filter(**{column: one.key, "valid_from": one.valid_from})
        if one.old is not None:
            own.update(**_columns(one.new))
        elif one.part == "names":
            m.UnitName.objects.create(unit=m.Unit.objects.get(code=one.key), **_columns(one.new))
        else:
            model._default_manager.create(**_columns(one.new))


# -- the record ----------------------------------------


def can_take_back(change: m.PackVersion, day: date) -> bool:
    """Whether the change is planned for a later day and still stands."""
    return (
        bool(change.undo)
        and change.taken_back_at is None
        and change.effective_on is not None
        and change.effective_on > day
    )


@transaction.atomic
def take_back(number: int, by: str, reason: str) -> Pack:
    """Take a planned change back before its day. Raises SettingError when its day has come or later changes build on it."""
    reason = words(reason, "撤回理由", 500)
    store.lock()
    change = m.PackVersion.objects.filter(pk=number).first()
    before = store.snapshot()
    if change is None or not can_take_back(change, today(before)):
        raise SettingError("只能撤回还没有生效的计划变更；已经生效的请另做一次变更（R22）。")
    steps = [(step, _row_of(step)) for step in change.undo]
    if any(not _as_left(step, row) for step, row in steps):
        raise SettingError("后来的变更接在这一次之后；请先撤回后来的那一次。")
    for step, row in sorted(
        steps, key=lambda pair: (bool(pair[0].get("remove")), pair[0]["part"] == "units")
    ):
        if step.get("remove"):
            row.delete()
        else:
            row.update(**{name: _value(name, value) for name, value in step["restore"].items()})
    after = store.snapshot()
    faults = [fault for fault in consistency.faults(after) if fault not in consistency.faults(before)]
    if faults:
        raise SettingError("撤回后" + "；".join(faults[:3]) + "。请先撤回接在它之后的变更。")
    change.taken_back_by, change.taken_back_at = by, timezone.now()
    change.save(update_fields=["taken_back_by", "taken_back_at"])
    return store.changed(
        f"撤回计划变更：{change.what}", by, kind="take_back", target=change.target, reason=reason,
        before=change.after, after=change.before,
    )  # fmt: skip


def _row_of(step: dict[str, Any]) -> models.QuerySet[Any]:
    model, column = _TABLES[step["part"]]
    return model._default_manager.filter(
        **{column: step["key"], "valid_from": date.fromisoformat(step["from"])}
    )


def _value(name: str, value: Any) -> Any:
    return date.fromisoformat(value) if name == "valid_to" and value else value


def _as_left(step: dict[str, Any], rows: models.QuerySet[Any]) -> bool:
    """Whether the row still stands as the change left it."""
    row = rows.first()
    if row is None:
        return False
    return all(getattr(row, name) == _value(name, value) for name, value in step.get("expect", {}).items())


def history(target: str | None = None, before: int | None = None) -> list[m.PackVersion]:
    """The record of changes, the newest first: of one unit or matter, or of everything, from below number ``before``."""
    found = m.PackVersion.objects.order_by("-id")
    if target is not None:
        found = found.filter(target=target)
    if before is not None:
        found = found.filter(id__lt=before)
    return list(found[:MOST_SHOWN])


def planned() -> list[m.PackVersion]:
    """Changes whose day is still to come, the earliest first."""
    found = m.PackVersion.objects.filter(taken_back_at=None, effective_on__gt=policy.today())
    return list(found.order_by("effective_on", "id"))
