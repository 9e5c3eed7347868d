"""Channels as data: entered and changed by an administrator, every change on record, secrets sealed and replaced with overlap."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from liandong.engine import breaker
from liandong.engine.instants import now_ms
from liandong.engine.models import Channel, ChannelBox, ChannelChange
from liandong.engine.secretbox import seal, unseal

from . import kinds
from .adapter import Way

PURPOSE = "channel"
OVERLAP_MS = 24 * 3600 * 1000
"""So long a secret before still counts after it was replaced."""
CODE = re.compile(r"[a-z][a-z0-9-]{1,23}")
NUMBERS: Mapping[str, tuple[int, int]] = {
    "per_minute": (1, 6000), "at_once": (1, 16), "most_attempts": (1, 50), "rank": (1, 99),
}  # fmt: skip


class Wrong(ValueError):
    """What was typed cannot be kept; ``fields`` says why by field (Chinese)."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("；".join(f"{key}：{why}" for key, why in fields.items()))
        self.fields = dict(fields)


def way(channel: Channel) -> Way:
    """What the adapter is given. Raises secretbox.Unreadable where the master key is another one."""
    kept = channel.secret, channel.secret_before if channel.secret_before_until_ms > now_ms() else b""
    secret, before = (unseal(PURPOSE, bytes(one), channel.code).decode() if one else "" for one in kept)
    return Way(channel.code, channel.settings, secret, before)


def save(code: str, kind: str, typed: Mapping[str, str], by: str) -> Channel:
    """Enter or change a channel. Raises Wrong."""
    wrong: dict[str, str] = {}
    if not CODE.fullmatch(code):
        wrong["code"] = "小写字母开头，2 到 24 个小写字母、数字或连字符"
    if kind not in kinds.KINDS:
        raise Wrong({**wrong, "kind": "请从列表中选择"})
    settings, faults = kinds.checked(kind, typed)
    wrong |= faults
    values: dict[str, Any] = {"name": typed.get("name", "").strip(), "active": typed.get("active") == "1"}
    if not 0 < len(values["name"]) <= 40:
        wrong["name"] = "请填写，最多 40 字"
    for key, (least, most) in NUMBERS.items():
        text = typed.get(key, "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 6 and least <= int(text) <= most):
            wrong[key] = f"应为 {least} 到 {most} 的整数"
        else:
            values[key] = int(text)
    if wrong:
        raise Wrong(wrong)
    with transaction.atomic():
        before = Channel.objects.filter(code=code).first()
        if before is not None and before.kind != kind:
            raise Wrong({"kind": "已有的渠道不能改种类，请新增一个"})
        row, _ = Channel.objects.update_or_create(
            code=code, defaults={"kind": kind, "settings": settings, "changed_ms": now_ms(), **values}
        )
        _log(code, by, "changed" if before else "created", _difference(before, settings, values))
        if before is not None:
            breaker.closed_by_hand(code)  # what was mended is tried at once
    return row


def _difference(before: Channel | None, settings: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """What changed, key by key; secrets are not among the settings."""
    if before is None:
        return str(values["name"])
    old = {**before.settings, **{key: getattr(before, key) for key in values}}
    new = {**settings, **values}
    changed = [f"{key}：{old.get(key, '')} → {new[key]}" for key in new if old.get(key) != new[key]]
    return "；".join(changed)[:400]


def _log(channel: str, by: str, what: str, detail: str = "") -> None:
    ChannelChange.objects.create(channel=channel, at_ms=now_ms(), by=by, what=what, detail=detail[:400])


def set_secret(code: str, secret: str, by: str) -> None:
    """Replace what we show to the peer (key, password); for another day the one before is shown where the new one is not
    known. Raises Wrong."""
    if not 0 < len(secret) <= 400 or not secret.isprintable():
        raise Wrong({"secret": "请填写 1 到 400 个可显示的字符"})
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(code=code)
        row.secret_before, row.secret_before_until_ms = row.secret, now_ms() + OVERLAP_MS
        row.secret, row.changed_ms = seal(PURPOSE, secret.encode(), code), now_ms()
        row.save(update_fields=["secret", "secret_before", "secret_before_until_ms", "changed_ms"])
        _log(code, by, "secret")


def renew_receipt_secret(code: str, by: str) -> str:
    """A new secret for the peer's receipts; the one before counts for another day. It is shown here and never again."""
    made = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = Channel.objects.select_for_update().get(code=code)
        row.receipt_before, row.before_until_ms = row.receipt_secret, now_ms() + OVERLAP_MS
        row.receipt_secret = seal(f"{PURPOSE}-receipt", made.encode(), code)
        row.save(update_fields=["receipt_before", "before_until_ms", "receipt_secret"])
        _log(code, by, "receipt_secret")
    return made


def receipt_secrets(channel: Channel) -> list[str]:
    """The secrets that count for receipts just now, the newest first."""
    sealed = [bytes(channel.receipt_secret)]
    if channel.before_until_ms > now_ms():
        sealed.append(bytes(channel.receipt_before))
    return [unseal(f"{PURPOSE}-receipt", one, channel.code).decode() for one in sealed if one]


def close_breaker(code: str, by: str) -> bool:
    """Try a channel again at once. False where it was not closed off."""
    with transaction.atomic():
        done = breaker.closed_by_hand(code)
        if done:
            _log(code, by, "retried")
    return done


def set_box(party: str, address: str, by: str) -> None:
    """Enter an office's e-mail address; "" takes it away. Raises Wrong."""
    if address:
        try:
            address = kinds.address(address)
        except ValueError as error:
            raise Wrong({"address": str(error)}) from error
    with transaction.atomic():
        if address:
            defaults = {"address": address, "by": by, "at_ms": now_ms()}
            ChannelBox.objects.update_or_create(recipient=party, defaults=defaults)
        else:
            ChannelBox.objects.filter(recipient=party).delete()
        _log(party, by, "box", address or "已去掉")
