"""Files of a case: adding one, opening one; only for who sees the case (CONTRACT §6)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import queries
from liandong.engine import attachments
from liandong.rules.codes import OPEN
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.page import problem
from liandong.screens.common.policy import current
from liandong.screens.common.story import who

READ_ONLY = ("inspector", "police_inspectorate")


def shown(no: str) -> list[dict[str, Any]]:
    """A case's files with the name of who brought each."""
    return [{**file, "who": who(file["by"])} for file in attachments.of_case(no)]


@page(*CASES)
@require_POST
def add(request: HttpRequest, no: str) -> HttpResponse:
    """Keep a file with the case; the same bytes again are the same file, so that a repeated sending adds nothing."""
    actor = actor_of(request)
    case = queries.get_case(no, actor, policy=current())
    if case is None:
        return problem(request, 404)
    if actor.role in READ_ONLY or case["state"] not in OPEN:
        return problem(request, 403, _("这个案件现在不能由您添加附件。"))
    upload = request.FILES.get("file")
    if upload is None or (upload.size or 0) > attachments.SIZE_LIMIT:
        messages.warning(request, _("请选择一个不超过 20 MB 的文件。"))
        return HttpResponseRedirect(f"/cases/{no}#files")
    try:
        kept = attachments.store(no, upload.read(), upload.name or "", actor)
        messages.success(request, _("附件“{name}”已保存。").format(name=kept.name))
    except attachments.Unacceptable as refused:
        messages.warning(request, refused.detail)
    return HttpResponseRedirect(f"/cases/{no}#files")


@page(*CASES)
@require_safe
def opened(request: HttpRequest, no: str, identity: str) -> HttpResponse:
    """One file, always as a download: nothing that somebody uploaded runs in our pages."""
    kept = attachments.find(identity)
    if (
        kept is None
        or kept.case_no != no
        or queries.get_case(no, actor_of(request), policy=current()) is None
    ):
        return problem(request, 404)
    answer = HttpResponse(attachments.read(kept), content_type=kept.media_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(kept.name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
