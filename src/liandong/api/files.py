"""Attachments over HTTP: upload to a case one may see, download likewise (CONTRACT §6)."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import Router

from liandong.casework import queries
from liandong.engine import attachments

from . import openapi
from .access import scoped, viewer
from .answers import json_answer
from .problems import Problem, malformed, not_found, too_large, unsupported_type
from .reading import NUMBER, query

router = Router(tags=["attachments"])

OVERHEAD = 100_000
"""Room for the multipart frame around one file of the largest size."""
STATUS = {"too_large": 413, "unsupported_type": 415}


@router.post("/cases/{no}/attachments", url_name="attach", openapi_extra=openapi.attach())
def attach(request: HttpRequest, no: str) -> HttpResponse:
    """上传一个附件（字段名 file，≤ 20 MB）；按内容识别类型，图片去除 EXIF。返回编号供操作引用。"""
    actor = viewer(request, None)
    if not NUMBER.fullmatch(no) or queries.get_case(no, actor) is None:
        raise not_found()
    scoped(actor, "append")
    if actor.role == "inspector":
        raise Problem(403, "wrong_role", "督检考评角色只能查看，不能上传附件。", rule="R12")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > attachments.SIZE_LIMIT + OVERHEAD:
        raise too_large(attachments.SIZE_LIMIT)
    if not (request.META.get("CONTENT_TYPE") or "").lower().startswith("multipart/form-data"):
        raise unsupported_type("请用 multipart/form-data 上传，文件字段名为 file。")
    try:
        sent, fields = request.FILES, request.POST
    except RequestDataTooBig as error:
        raise too_large(attachments.SIZE_LIMIT) from error
    except (MultiPartParserError, TooManyFieldsSent, SuspiciousOperation) as error:
        raise malformed("multipart 请求体有误，请重新上传。") from error
    for name in fields:
        raise Problem(
            422, "unknown_field", f"没有字段 {name[:40]}；只需一个文件。", rule="R32", field=name[:40]
        )
    uploads = [upload for name in sent for upload in sent.getlist(name)]
    if len(uploads) != 1:
        raise Problem(422, "missing_field", "请上传一个文件（字段 file）。", rule="R32", field="file")
    upload = uploads[0]
    if (upload.size or 0) > attachments.SIZE_LIMIT:
        raise too_large(attachments.SIZE_LIMIT)
    try:
        row = attachments.store(no, upload.read(), upload.name or "", actor)
    except attachments.Unacceptable as error:
        raise Problem(
            STATUS.get(error.code, 422), error.code, error.detail, rule="R32", field="file"
        ) from error
    return json_answer(
        attachments.described(row), status=201, headers={"Location": f"/api/v1/attachments/{row.id}"}
    )


@router.get("/attachments/{identity}", url_name="attachment", openapi_extra=openapi.attachment())
def download(request: HttpRequest, identity: str) -> HttpResponse:
    """下载一个附件；只有能查看该工单的人能下载。"""
    actor = viewer(request, None)
    query(request, {})
    row = attachments.find(identity) if NUMBER.fullmatch(identity) else None
    if row is None or queries.get_case(row.case_no, actor) is None:
        raise not_found()
    try:
        data = attachments.read(row)
    except FileNotFoundError as error:
        raise Problem(410, "gone", "附件的文件已不在存储中，请联系系统管理员从备份恢复。") from error
    answer = HttpResponse(data, content_type=row.media_type)
    answer.headers["Content-Disposition"] = _disposition(row.name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


def _disposition(name: str) -> str:
    from django.utils.http import content_disposition_header

    return content_disposition_header(True, name) or "attachment"
