"""Reading what a client of GeoReport v2 sent: sizes before bytes, dates in the W3C form, codes that are known."""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, QueryDict, UnreadablePostError
from django.http.multipartparser import MultiPartParserError

from liandong.casework.published import MOST, UNKNOWN, Wanted
from liandong.rules.policy import Policy

from ..reading import NUMBER
from .answers import Failed

BODY_LIMIT = 64_000
DESCRIPTION_LIMIT = 4_000
SPAN = timedelta(days=90)
_W3C = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}:\d{2})")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffd]")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def one(values: QueryDict, name: str) -> str:
    """One value without blanks around it; "" where it is not given. Failed 400: given twice, or unreadable."""
    given = values.getlist(name)
    if len(given) > 1:
        raise Failed(400, f"参数 {name} 只能给一次。")
    text = given[0].strip() if given else ""
    if _UNREADABLE.search(text):
        raise Failed(400, f"参数 {name} 中有无法读取的字符；须为 UTF-8。")
    return text


def jurisdiction(values: QueryDict, policy: Policy) -> None:
    """This endpoint serves one jurisdiction: the parameter may be left out, another one is not found."""
    if one(values, "jurisdiction_id") not in ("", policy.district):
        raise Failed(404, f"jurisdiction_id 没有找到；本接口只服务 {policy.district}，可以不填。")


def form(request: HttpRequest) -> QueryDict:
    """The fields of a POST. Failed (status 400): code 413 too long, 415 no form, 400 unreadable or with files."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit():
        raise Failed(400, "Content-Length 不是数字。")
    if int(length) > BODY_LIMIT:
        raise Failed(413, f"请求体超过 {BODY_LIMIT // 1000} kB，请缩短说明。")
    if request.content_type not in _FORMS:
        raise Failed(415, "请求体须为 application/x-www-form-urlencoded 或 multipart/form-data。")
    if (request.content_params or {}).get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise Failed(415, "只接受 UTF-8 编码。")
    try:
        values, files = request.POST, request.FILES
    except RequestDataTooBig as error:
        raise Failed(413, "请求体过大，请缩短说明。") from error
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError, ValueError) as error:
        raise Failed(400, "请求体无法读取，请核对后重新发送。") from error
    if files:
        raise Failed(400, "本接口不收文件。")
    return values


def instant(values: QueryDict, name: str) -> datetime | None:
    """A date and time with its zone, as the specification's W3C note writes it."""
    text = one(values, name).replace(" ", "+")  # a + that was not escaped in an address
    if not text:
        return None
    try:
        if not _W3C.fullmatch(text):
            raise ValueError
        found = datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)
        if not 1990 <= found.year <= 2200:
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise Failed(
            400, f"{name} 须为带时区的时间，如 2018-06-01T09:00:00+08:00 或 2018-06-01T01:00:00Z。"
        ) from error
    return found


def span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """The stretch asked for: at most 90 days; with one end given 90 days from it, with none the last 90 days."""
    if start and end:
        if end < start:
            raise Failed(400, "end_date 早于 start_date，请核对。")
        if end - start > SPAN:
            raise Failed(400, "start_date 与 end_date 最多相隔 90 天，请分段查询。")
        return start, end
    if start:
        return start, start + SPAN
    last = end or now
    return last - SPAN, last


def wanted(values: QueryDict, now: datetime) -> Wanted:
    """The filters of GET requests. A code nobody knows finds nothing; a status there is not is an error."""
    numbers = _several(values, "service_request_id")
    if numbers:  # overrides everything else
        return Wanted(
            now, now, numbers=tuple(number for number in numbers if NUMBER.fullmatch(number)) or ("-",)
        )
    status = _several(values, "status")
    if set(status) - {"open", "closed"}:
        raise Failed(400, "status 须为 open 或 closed。")
    since, until = span(instant(values, "start_date"), instant(values, "end_date"), now)
    return Wanted(since, until, frozenset(_several(values, "service_code")), frozenset(status))


def _several(values: QueryDict, name: str) -> list[str]:
    """A list as the specification lets it be written: with commas, or the parameter given several times."""
    given = values.getlist(name)
    if any(_UNREADABLE.search(text) for text in given):
        raise Failed(400, f"参数 {name} 中有无法读取的字符；须为 UTF-8。")
    parts = [part.strip() for part in ",".join(given).split(",")]
    if len(parts) > MOST or any(len(part) > 40 for part in parts):
        raise Failed(400, f"{name} 过长：最多 {MOST} 个，用逗号分开。")
    return [part for part in parts if re.fullmatch(r"[A-Za-z0-9_-]+", part)] or (["-"] if any(parts) else [])


def service_code(values: QueryDict, known: Collection[str]) -> str:
    """The service of a POST."""
    code = one(values, "service_code")
    if not code:
        raise Failed(400, "请填写 service_code（见 services）。")
    if code not in known and code != UNKNOWN:
        raise Failed(404, f"service_code 没有找到，请从 services 中选；不确定时用 {UNKNOWN}。")
    return code


def place(values: QueryDict) -> dict[str, Any]:
    """Where it is: address_string, or lat and long, or both. An address_id means nothing here: there is no register of
    addresses, so that alone is no place."""
    address, given = one(values, "address_string"), [one(values, name) for name in ("lat", "long")]
    if len(address) > 500:
        raise Failed(400, "address_string 最多 500 字。")
    found: dict[str, Any] = {"text": address} if address else {}
    if any(given):
        lat, lon = (
            _degrees(text, most, name)
            for text, most, name in zip(given, (90, 180), ("lat", "long"), strict=True)
        )
        found |= {"lat": lat, "lon": lon}
    if not found:
        raise Failed(400, "请填写地点：address_string，或 lat 和 long。")
    return found


def _degrees(text: str, most: int, name: str) -> float:
    try:
        if not re.fullmatch(r"-?\d{1,3}(?:\.\d{1,20})?", text):
            raise ValueError
        value = float(text)
    except ValueError as error:
        raise Failed(400, f"{name} 须为十进制度数（WGS84），lat 与 long 要一起给。") from error
    if not math.isfinite(value) or abs(value) > most:
        raise Failed(400, f"{name} 须在 -{most} 与 {most} 之间。")
    return value


def caller(values: QueryDict) -> dict[str, Any] | None:
    """Who asks, as far as it was said; nothing said: nobody."""
    first, last = one(values, "first_name"), one(values, "last_name")
    joint = "" if not (first + last).isascii() else " "
    name = (last + first) if not joint else joint.join(part for part in (first, last) if part)
    phone = one(values, "phone")
    if len(name) > 80:
        raise Failed(400, "姓名最多 80 字。")
    if phone and not re.fullmatch(r"\+?[0-9][0-9 ()\-]{2,24}", phone):
        raise Failed(400, "phone 不是电话号码，请核对，如 13800001234。")
    found = {key: value for key, value in (("name", name), ("phone", phone)) if value}
    return found or None
