"""Files for a unit's form, sent while it is still being written; one that was not used yet may be taken away again."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from liandong.casework import history, queries
from liandong.engine import attachments
from liandong.rules.codes import OPEN
from liandong.screens.common.access import UNIT, actor_of, page
from liandong.screens.common.policy import current


@page(*UNIT)
@require_POST
def add(request: HttpRequest, no: str) -> JsonResponse:
    """Keep one file with the case: its id, name and size, or in words why not. The same bytes again are the same file."""
    actor = actor_of(request)
    case = queries.get_case(no, actor, policy=current())
    if case is None:
        return JsonResponse({"detail": _("没有这个案件，或它已不归本单位。")}, status=404)
    upload = request.FILES.get("file")
    if case["state"] not in OPEN:
        return JsonResponse({"detail": _("案件已经结束，不能再加附件。")}, status=422)
    if upload is None or (upload.size or 0) > attachments.SIZE_LIMIT:
        return JsonResponse({"detail": _("请选择一个不超过 20 MB 的文件。")}, status=422)
    try:
        kept = attachments.store(no, upload.read(), upload.name or "", actor)
    except attachments.Unacceptable as refused:
        return JsonResponse({"detail": refused.detail}, status=422)
    return JsonResponse({"id": kept.id, "name": kept.name, "size": kept.size})


@page(*UNIT)
@require_POST
def drop(request: HttpRequest, no: str, identity: str) -> JsonResponse:
    """Take away a file that this person brought and that no step of the case refers to."""
    actor = actor_of(request)
    events = history.events_of(no, actor, policy=current())
    if events is None:
        return JsonResponse({"detail": _("没有这个案件，或它已不归本单位。")}, status=404)
    used = {one for event in events for one in event["fields"].get("attachments") or ()}
    gone = identity not in used and attachments.discard(no, identity, actor)
    return JsonResponse({"gone": gone})
