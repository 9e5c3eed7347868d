"""Files of a case: adding some, opening one, small pictures; only for who sees the case (CONTRACT §6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from liandong.casework import queries
from liandong.engine import attachments, thumbnails
from liandong.engine.models import Attachment
from liandong.rules.codes import OPEN
from liandong.screens.common.access import CASES, actor_of, page
from liandong.screens.common.download import attached
from liandong.screens.common.page import problem
from liandong.screens.common.policy import current
from liandong.screens.common.story import who

READ_ONLY = ("inspector", "police_inspectorate")
MOST_AT_ONCE = 10


def shown(no: str) -> list[dict[str, Any]]:
    """A case's files with the name of who brought each, and whether it has a thumbnail."""
    return [
        {**file, "who": who(file["by"]), "picture": thumbnails.is_picture(file["media_type"])}
        for file in attachments.of_case(no)
    ]


@page(*CASES)
@require_POST
def add(request: HttpRequest, no: str) -> HttpResponse:
    """Keep files with the case, each for itself: one that is refused does not hold up the others.

    The same bytes again are the same file, so that a repeated sending adds nothing.
    """
    actor = actor_of(request)
    case = queries.get_case(no, actor, policy=current())
    if case is None:
        return problem(request, 404)
    if actor.role in READ_ONLY or case["state"] not in OPEN:
        return problem(request, 403, _("这个案件现在不能由您添加附件。"))
    uploads = request.FILES.getlist("file")
    if not uploads:
        messages.warning(request, _("请选择不超过 20 MB 的文件。"))
    if len(uploads) > MOST_AT_ONCE:
        messages.warning(request, _("一次最多上传 {n} 个文件，请分几次。").format(n=MOST_AT_ONCE))
        uploads = []
    kept = []
    for upload in uploads:
        name = upload.name or ""
        if (upload.size or 0) > attachments.SIZE_LIMIT:
            messages.warning(request, _("“{name}”超过 20 MB，请压缩后再传。").format(name=name))
            continue
        try:
            kept.append(attachments.store(no, upload.read(), name, actor).name)
        except attachments.Unacceptable as refused:
            messages.warning(request, f"{name}：{refused.detail}")
    if kept:
        messages.success(request, _("附件“{name}”已保存。").format(name="”“".join(kept)))
    return HttpResponseRedirect(f"/cases/{no}#files")


def _mine(request: HttpRequest, no: str, identity: str) -> Attachment | None:
    """The attachment, if it belongs to that case and the viewer sees the case."""
    kept = attachments.find(identity)
    if kept is None or kept.case_no != no or not queries.is_visible(no, actor_of(request), policy=current()):
        return None
    return kept


@page(*CASES)
@require_safe
def opened(request: HttpRequest, no: str, identity: str) -> HttpResponse:
    """One file, always as a download: nothing that somebody uploaded runs in our pages."""
    kept = _mine(request, no, identity)
    if kept is None:
        return problem(request, 404)
    return attached(attachments.read(kept), kept.media_type, kept.name)


@page(*CASES)
@require_safe
def picture(request: HttpRequest, no: str, identity: str) -> HttpResponse:
    """A thumbnail: a new picture that we drew ourselves, so that it may stand inside the page."""
    kept = _mine(request, no, identity)
    if kept is None:
        return problem(request, 404)
    try:
        body = thumbnails.thumbnail(kept)
    except (attachments.Unacceptable, FileNotFoundError):
        return problem(request, 404)
    answer = HttpResponse(body, content_type=thumbnails.MEDIA_TYPE)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
