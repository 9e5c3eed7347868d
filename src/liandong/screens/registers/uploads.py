"""Files of entries: brought with a step's form, opened by who sees the entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from liandong.casework.execute import Refused
from liandong.casework.filestore import SIZE_LIMIT, Unacceptable
from liandong.engine.taking import taking
from liandong.registers import files
from liandong.rules.model import Refusal
from liandong.rules.register import Entry, Register, Step
from liandong.screens.common.access import actor_of, page
from liandong.screens.common.download import attached
from liandong.screens.common.page import problem
from liandong.screens.common.policy import current
from liandong.screens.common.story import who


def take(
    request: HttpRequest,
    register: Register,
    step: Step,
    values: dict[str, Any],
    entry: Entry | None,
    version: int | None,
    key: str,
) -> Entry:
    """A step with the files its form brought. Raises Refused; a file that is none we keep is refused at its field."""
    try:
        return files.act_with(
            register.name,
            step.name,
            values,
            actor_of(request),
            _brought(request) if "attachments" in step.known else (),
            no=entry.no if entry else None,
            version=version if entry else None,
            key=key,
            take=taking(register.name),
        )
    except Unacceptable as bad:
        raise Refused(Refusal(bad.code, "R23", bad.detail, "attachments")) from bad


def _brought(request: HttpRequest) -> list[tuple[str, bytes]]:
    found = []
    for upload in request.FILES.getlist("files"):
        if (upload.size or 0) > SIZE_LIMIT:
            raise Unacceptable("too_large", f"“{upload.name}”超过 20 MB，请压缩后再传。")
        found.append((upload.name or "", upload.read()))
    return found


def shown(register: str, no: str) -> list[dict[str, Any]]:
    """An entry's files as its page lists them. The reader must be allowed to see the entry."""
    zone = current().zone
    return [
        {
            "id": row.id,
            "name": row.name,
            "size": row.size,
            "who": who(row.by),
            "at": datetime.fromtimestamp(row.at_ms / 1000, zone),
        }
        for row in files.of_entry(register, no)
    ]


@page()
@require_safe
def opened(request: HttpRequest, name: str, no: str, identity: str) -> HttpResponse:
    """One file, always as a download: nothing that somebody uploaded runs in our pages."""
    row = files.find(actor_of(request), name, no, identity)
    if row is None:
        return problem(request, 404)
    return attached(files.read(row), row.media_type, row.name)
