"""Reading what a client sent, strictly: UTF-8 JSON objects, known query values, bounded sizes.

What a field *means* is the rules' business (missing_field, unknown_field, bad_value); here only what can be
read at all. Nothing is repaired silently: a wrong encoding or a key named twice is an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest

from .problems import Problem, malformed, too_large, unsupported_type

BODY_LIMIT = 1_000_000
"""Largest JSON body in bytes; files have a route of their own."""
DEPTH_LIMIT = 32
KEY = re.compile(r"[\x21-\x7e]{1,200}")
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,39}")
_UNREADABLE = re.compile("[\ud800-\udfff\x00]")


def json_object(request: HttpRequest, limit: int = BODY_LIMIT) -> dict[str, Any]:
    """The body as an object; an empty body is an empty object.

    Raises Problem 400 (not UTF-8, not JSON, a key twice, NaN, nested too deep), 413, 415.
    """
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit():
        raise malformed("Content-Length 不是数字。")
    if int(length) > limit:
        raise too_large(limit)
    try:
        raw = request.body
    except RequestDataTooBig as error:
        raise too_large(limit) from error
    if not raw.strip():
        return {}
    kind, _, parameters = (request.META.get("CONTENT_TYPE") or "").partition(";")
    if kind.strip().lower() != "application/json":
        raise unsupported_type("请求体须为 application/json（UTF-8）。")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.I)
    if charset and charset[1].lower() not in ("utf-8", "utf8"):
        raise unsupported_type("只接受 UTF-8 编码，请转换后再发送。")
    return parse_object(raw)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Bytes to one JSON object, or Problem 400 naming what is wrong."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed(f"请求体不是 UTF-8 编码（第 {error.start + 1} 字节），请转换后再发送。") from error
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise malformed(
            f"请求体不是合法的 JSON（第 {error.lineno} 行第 {error.colno} 列），请更正。"
        ) from error
    except (RecursionError, ValueError) as error:
        raise malformed(f"请求体不是合法的 JSON：{_reason(error)}。") from error
    if not isinstance(value, dict):
        raise malformed("请求体须为一个 JSON 对象。")
    _walk(value, 0, "")
    return value


def _reason(error: Exception) -> str:
    return "嵌套过深" if isinstance(error, RecursionError) else str(error)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"字段 {twice[:40]} 出现了两次")
    return result


def _constant(name: str) -> NoReturn:
    raise ValueError(f"不能使用 {name}")


def _walk(value: object, depth: int, name: str) -> None:
    """Refuse what no database can hold (NUL, half a surrogate pair, endless nesting) before anything looks at it."""
    if depth > DEPTH_LIMIT:
        raise malformed("请求体嵌套过深。", name or None)
    if isinstance(value, str):
        if _UNREADABLE.search(value):
            raise malformed("文字中有无法保存的字符（空字符或残缺的编码），请更正。", name or None)
    elif isinstance(value, dict):
        for key, item in value.items():
            _walk(key, depth + 1, name)
            _walk(item, depth + 1, name or key)
    elif isinstance(value, list):
        for item in value:
            _walk(item, depth + 1, name)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**63 - 1:
        raise malformed("数字过大。", name or None)


def query(request: HttpRequest, allowed: Mapping[str, str]) -> dict[str, str]:
    """The query's values by name. ``allowed`` maps name → pattern (whole value).

    A name nobody knows is an error: a mistyped filter must not return everything.
    """
    values: dict[str, str] = {}
    for name in request.GET:
        if name not in allowed:
            known = "、".join(allowed) or "无"
            raise malformed(f"没有查询参数 {name[:40]}；可用：{known}。", name[:40])
        sent = request.GET.getlist(name)
        if len(sent) != 1:
            raise malformed("同一查询参数只能给一次。", name)
        if _UNREADABLE.search(sent[0]) or "\ufffd" in sent[0]:
            raise malformed("查询参数须为 UTF-8 编码。", name)
        if sent[0] == "":
            continue
        if not re.fullmatch(allowed[name], sent[0], re.S):
            raise malformed(f"查询参数 {name} 的值无效。", name)
        values[name] = sent[0]
    return values


def limit_of(values: Mapping[str, str], default: int = 50, most: int = 200) -> int:
    """The page size asked for, 1…``most``; more is an error, not a silent cut."""
    if "limit" not in values:
        return default
    limit = int(values["limit"])
    if not 1 <= limit <= most:
        raise malformed(f"limit 须在 1 与 {most} 之间。", "limit")
    return limit


def idempotency_key(request: HttpRequest) -> str | None:
    """The Idempotency-Key header, or None; Problem 400 if it is not 1–200 printable ASCII characters."""
    value = request.headers.get("Idempotency-Key")
    if value is None:
        return None
    if not KEY.fullmatch(value):
        raise malformed("Idempotency-Key 须为 1–200 个可见 ASCII 字符。", "Idempotency-Key")
    return value


def version_of(fields: dict[str, Any]) -> int | None:
    """Take ``version`` out of the fields: a whole number, or absent (not checked)."""
    if "version" not in fields:
        return None
    version = fields.pop("version")
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise Problem(422, "bad_value", "version 须为您所见的版本号（整数）。", rule="I6", field="version")
    return version


def exact(fields: Mapping[str, Any], required: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> None:
    """R32 for the routes that are no commands: Problem 422 missing_field, then unknown_field."""
    for name in required:
        if name not in fields:
            raise Problem(422, "missing_field", f"请填写 {name}。", rule="R32", field=name)
    for name in fields:
        if name not in required and name not in optional:
            known = "、".join((*required, *optional)) or "无"
            shown = name[:40]
            detail = f"没有字段 {shown}；可用：{known}。"
            raise Problem(422, "unknown_field", detail, rule="R32", field=shown)


def bad_value(field: str, detail: str) -> Problem:
    """422: a value that the field does not take (R32)."""
    return Problem(422, "bad_value", detail, rule="R32", field=field)
