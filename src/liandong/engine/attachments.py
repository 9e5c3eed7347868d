"""Files of a case: whose a kept file is (``casework.filestore`` keeps the bytes, CONTRACT §6).

Only who sees the case gets the file.
"""

from __future__ import annotations

import uuid
from typing import Any

from liandong.casework.filestore import (
    ALLOWED_NAMES,
    EXTENSION,
    KNOWN,
    OFFICE,
    PICTURES,
    PIXEL_LIMIT,
    SIZE_LIMIT,
    Unacceptable,
    clean_name,
    cleaned,
    digest_of,
    frames_of,
    path_of,
    recognise,
    without_metadata,
    write,
)
from liandong.rules.model import Actor

from .instants import iso, now_ms
from .models import Attachment

MOST_PER_CASE = 100


def store(no: str, data: bytes, name: str, by: Actor) -> Attachment:
    """Keep a file of case ``no``. The same bytes for the same case are one attachment.

    Raises Unacceptable: too_large, empty, unsupported_type, damaged, too_many.
    """
    data, media_type = cleaned(data)
    digest = digest_of(data)
    same = Attachment.objects.filter(case_no=no, digest=digest).first()
    if same is not None:
        return same
    if Attachment.objects.filter(case_no=no).count() >= MOST_PER_CASE:
        raise Unacceptable("too_many", f"一件工单最多 {MOST_PER_CASE} 个附件。")
    write(digest, data)
    return Attachment.objects.create(
        id=uuid.uuid4().hex,
        case_no=no,
        digest=digest,
        media_type=media_type,
        size=len(data),
        name=clean_name(name, media_type),
        by=str(by),
        at_ms=now_ms(),
    )


def discard(no: str, identity: str, by: Actor) -> bool:
    """Take a file that ``by`` brought away from case ``no``; whether there was one.

    Whether a step of the case refers to it is the caller's question. Its bytes stay in the store: somebody may be
    bringing the same ones at this moment.
    """
    gone, _rows = Attachment.objects.filter(case_no=no, id=identity, by=str(by)).delete()
    return gone > 0


def find(identity: str) -> Attachment | None:
    """The attachment of that id, or None; visibility of its case is the caller's question."""
    return Attachment.objects.filter(id=identity).first()


def read(attachment: Attachment) -> bytes:
    """The bytes. Raises FileNotFoundError when the store lost them (restored without its files)."""
    return path_of(attachment.digest).read_bytes()


def of_case(no: str) -> list[dict[str, Any]]:
    """All files of a case, oldest first."""
    return [described(row) for row in Attachment.objects.filter(case_no=no).order_by("at_ms", "id")]


def described(row: Attachment) -> dict[str, Any]:
    """One attachment as its readers see it."""
    return {
        "id": row.id,
        "case": row.case_no,
        "name": row.name,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.digest,
        "by": row.by,
        "at": iso(row.at_ms),
    }


def unknown(no: str, ids: object) -> str | None:
    """The first of ``ids`` that is no attachment of case ``no``; None when all are (or when it is no list of texts:
    then the rules say what the field takes)."""
    if not isinstance(ids, list):
        return None
    known = set(Attachment.objects.filter(case_no=no).values_list("id", flat=True))
    return next((one for one in ids if isinstance(one, str) and one not in known), None)


__all__ = [
    "ALLOWED_NAMES", "EXTENSION", "KNOWN", "MOST_PER_CASE", "OFFICE", "PICTURES", "PIXEL_LIMIT", "SIZE_LIMIT",
    "Unacceptable", "clean_name", "described", "discard", "find", "frames_of", "of_case", "path_of", "read", "recognise",
    "store", "unknown", "without_metadata",
]  # fmt: skip
