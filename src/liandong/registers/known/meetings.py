"""What the steps of documents, measures and tests of lines may know beside their fields."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from liandong.casework import rows

from .. import files
from ..facts import Asked, provides

_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
"""Letters of a test word, without those that are mistaken for each other."""


@provides("unit_document")
@provides("measure")
@provides("campaign")
@provides("equipment")
@provides("task")
def brought(asked: Asked) -> Mapping[str, Any]:
    """The files that this step may name."""
    if "attachments" not in asked.fields:
        return {}
    no = asked.entry.no if asked.entry else ""
    return {"files": files.usable(asked.register.name, no, asked.actor)}


@provides("connection_test")
def line(asked: Asked) -> Mapping[str, Any]:
    """The word to be sent back, and when the notice was first opened by somebody of the unit."""
    if asked.entry is None:
        return {"word": "".join(secrets.choice(_LETTERS) for _ in range(6))}
    found = rows.one(
        "SELECT MIN(n.read_ms) FROM registers_notice n WHERE n.no = %s AND n.kind = 'connection_test'",
        [asked.entry.no],
    )
    read = found[0] if found else None
    return {"read_at": datetime.fromtimestamp(read / 1000, asked.policy.zone) if read is not None else None}
