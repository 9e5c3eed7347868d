"""Files of entries: whose a kept file is (``casework.filestore`` keeps the bytes; R23).

A file is brought with a step: it waits under its author's name until the step is taken, then it belongs to the entry, and
only who sees the entry gets it. One that no step took is nobody's and is forgotten after a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from liandong.casework import filestore
from liandong.casework.filestore import Unacceptable
from liandong.casework.jsontext import to_ms
from liandong.rules.model import Actor
from liandong.rules.register import Entry

from . import queries
from .lock import together
from .models import RegisterFile
from .store import act

MOST_AT_ONCE = 10
_WAITS = timedelta(days=1)


def usable(register: str, no: str, actor: Actor) -> frozenset[str]:
    """The ids that a step of this entry may name: its own files and those its author brought for it."""
    waiting = RegisterFile.objects.filter(register=register, no="", by=str(actor))
    own = RegisterFile.objects.filter(register=register, no=no) if no else RegisterFile.objects.none()
    return frozenset([*waiting.values_list("id", flat=True), *own.values_list("id", flat=True)])


def store(
    register: str, data: bytes, name: str, by: Actor, *, key: str = "", now: datetime | None = None
) -> str:
    """Keep a file for a step to come; its id, which is the same for the same sending (``key``). Raises Unacceptable."""
    data, media_type = filestore.cleaned(data)
    digest = filestore.digest_of(data)
    filestore.write(digest, data)
    moment = now or datetime.now(UTC)
    RegisterFile.objects.filter(no="", at_ms__lt=to_ms(moment - _WAITS)).delete()
    sending = f"{register}|{by}|{key or moment.isoformat()}|{digest}"
    row, _made = RegisterFile.objects.get_or_create(
        id=hashlib.sha256(sending.encode()).hexdigest()[:32],
        defaults={
            "register": register,
            "no": "",
            "digest": digest,
            "media_type": media_type,
            "size": len(data),
            "name": filestore.clean_name(name, media_type),
            "by": str(by),
            "at_ms": to_ms(moment),
        },
    )
    return row.id


def act_with(
    register: str,
    step: str,
    fields: Mapping[str, Any],
    actor: Actor,
    uploads: Sequence[tuple[str, bytes]],
    *,
    no: str | None = None,
    version: int | None = None,
    key: str = "",
    now: datetime | None = None,
    take: Callable[..., Entry] = act,
) -> Entry:
    """Take a step together with the files brought for it: ``uploads`` are (name, bytes).

    Files of the entry named in ``fields["attachments"]`` stay; strange ones are left out. ``take``: what takes the step
    where that is not the store alone. Raises Unacceptable and Refused; of a refused step nothing is kept but the bytes,
    which nobody can ask for.
    """
    if len(uploads) > MOST_AT_ONCE:
        raise Unacceptable("too_many", f"一次最多上传 {MOST_AT_ONCE} 个文件，请分几次。")
    with together():
        given = dict(fields)
        known = usable(register, no or "", actor) if given.get("attachments") else frozenset()
        ids = [one for one in given.pop("attachments", ()) if one in known]
        for name, data in uploads:
            identity = store(register, data, name, actor, key=key, now=now)
            if identity not in ids:
                ids.append(identity)
        if ids:
            given["attachments"] = ids
        more = {"now": now} if now is not None else {}
        entry = take(register, step, given, actor, no=no, version=version, key=key, **more)
        RegisterFile.objects.filter(id__in=ids, no="", by=str(actor)).update(no=entry.no)
    return entry


def of_entry(register: str, no: str) -> list[RegisterFile]:
    """All files of an entry, oldest first. The caller must be allowed to see the entry."""
    return list(RegisterFile.objects.filter(register=register, no=no).order_by("at_ms", "id"))


def find(viewer: Actor, register: str, no: str, identity: str) -> RegisterFile | None:
    """One file, if it belongs to that entry and the viewer sees the entry."""
    row = RegisterFile.objects.filter(id=identity, register=register, no=no).exclude(no="").first()
    return row if row is not None and queries.get(viewer, register, no) is not None else None


def read(row: RegisterFile) -> bytes:
    """The bytes. Raises FileNotFoundError where the store lost them (restored without its files)."""
    return filestore.path_of(row.digest).read_bytes()
