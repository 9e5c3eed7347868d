"""Files that are not applied: set aside with a reason that a person can act on; nothing else waits for them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import Final

from django.db.models import F

from liandong.engine.instants import now_ms
from liandong.engine.models import ExchangeQuarantine

from . import places

REASONS: Final = {
    "damaged": "文件已损坏或没有写完：对侧会自动重发；反复出现请检查摆渡设备",
    "forged": "签名不符：文件在途中被改动或不是对侧所发；请与对侧电话核对，并报安全管理员",
    "foreign": "不是发给本侧或不是对侧所发的文件：请检查交换目录是否接错",
    "unknown_key": "对侧用了本侧不认识的密钥：请核对指纹后用 liandong exchange peer add 录入，再 retry",
    "oversized": "文件超过大小上限：不是本系统所发，请检查交换目录",
    "replayed": "这个编号早已收过，内容却不同：可能是旧文件被重放，或对侧从备份恢复过；请与对侧核对",
    "chain": "与前一个文件不衔接：中间的文件被替换过；请与对侧核对",
    "not_a_file": "不是普通文件（链接或目录）：请检查交换目录的权限",
    "content": "内容读不出：两侧软件版本可能不一致，请先升级再 retry",
}


class Rejected(Exception):
    """A file is not applied; ``reason`` is a key of REASONS, ``detail`` what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def put(source: Path, name: str, wrong: Rejected) -> None:
    """Move a file aside (out of the folder where that is allowed) and enter why; the same file again is counted."""
    folder = places.home("quarantine")
    info = os.lstat(source)
    kept, digest = "", ""
    if stat.S_ISREG(info.st_mode):
        digest = _digest(source) if wrong.reason != "oversized" else f"size {info.st_size}"
        kept = f"{now_ms()}-{name}"[:150]
        if wrong.reason != "oversized":
            places.publish(source, folder / kept)
        else:
            kept = ""
    with contextlib.suppress(OSError):  # a carrier's folder may be read-only, a directory stays where it is
        source.unlink()
    row, fresh = ExchangeQuarantine.objects.get_or_create(
        name=name[:120], digest=digest[:64], reason=wrong.reason,
        defaults={"kept": kept, "size": info.st_size, "detail": wrong.detail[:300], "at_ms": now_ms()},
    )  # fmt: skip
    if not fresh:
        ExchangeQuarantine.objects.filter(id=row.id).update(
            times=F("times") + 1, at_ms=now_ms(), state="open"
        )
        if kept:
            places.remove(folder / kept)


def _digest(path: Path) -> str:
    with open(path, "rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def settle(number_name: str) -> None:
    """The file of that name was applied after all: what was wrong with earlier copies of it needs nobody any more."""
    ExchangeQuarantine.objects.filter(name=number_name, state="open", reason="damaged").update(
        state="settled"
    )


def waiting() -> int:
    """How many wait for a person."""
    return ExchangeQuarantine.objects.filter(state="open").count()


def retry(folder: Path, applied: int) -> int:
    """Lay the open ones into the incoming folder once more (a key was entered, the software brought up to date).

    Whoever retries has looked: a file whose number was received right meanwhile, or of which nothing was kept, is done
    with. The bytes stay in quarantine/.
    """
    count = 0
    for row in ExchangeQuarantine.objects.filter(state="open"):
        number = row.name[:10]
        if not row.kept or (number.isdecimal() and int(number) <= applied):
            ExchangeQuarantine.objects.filter(id=row.id).update(state="settled")
            continue
        kept = places.home("quarantine") / row.kept
        if kept.exists() and not (folder / row.name).exists():
            places.publish(kept, folder / row.name)
            ExchangeQuarantine.objects.filter(id=row.id).update(state="settled")
            count += 1
    return count
