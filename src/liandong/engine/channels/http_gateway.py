"""SMS by an HTTP gateway: the request is a template, because every gateway wants its own fields.

Settings: ``url``, ``form`` (json or form), ``fields`` and ``headers`` (JSON objects; texts may hold {to} {text} {id}
{secret}), ``ok_path``/``ok_values`` (where the answer says that it was taken), ``id_path``, ``refused_values`` (answers
after which another try is no use), ``timeout`` seconds. Placeholders are filled after the template was parsed, so that no
text can add a field.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from liandong.engine import outcalls

from .adapter import Failed, Outcome, Outgoing, Sent, Way

NO_ROOM = (429, 503)


def send(way: Way, message: Outgoing) -> Outcome:
    """One request to the gateway; what its answer means by the channel's settings."""
    settings = way.settings
    values = {"to": message.to, "text": message.text, "id": message.id, "secret": way.secret}
    fields = _filled(settings["fields"], values)
    headers = {str(k): str(v) for k, v in _filled(settings.get("headers") or {}, values).items()}
    if settings["form"] == "json":
        body, kind = json.dumps(fields, ensure_ascii=False).encode(), "application/json; charset=utf-8"
    else:
        body, kind = urlencode(fields).encode(), "application/x-www-form-urlencoded"
    headers = {"Idempotency-Key": message.id, **headers, "Content-Type": kind, "User-Agent": "liandong-sms/1"}
    try:
        with outcalls.client(float(settings["timeout"])) as client:
            answer = outcalls.request(
                client, "POST", settings["url"], body, headers, float(settings["timeout"])
            )
    except outcalls.Forbidden as error:
        return Failed(str(error), again=False)
    except outcalls.Unreachable as error:
        return Failed(f"网关没有应答：{error}")
    return _judged(settings, answer)


def _filled(template: Any, values: Mapping[str, str]) -> Any:
    """The template with its texts filled; numbers, lists and objects stay as they are."""
    if isinstance(template, Mapping):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, values) for value in template]
    if not isinstance(template, str):
        return template
    out = template
    for name in ("to", "id", "secret", "text"):  # the text last: what it says is never filled again
        out = out.replace("{" + name + "}", values[name])
    return out


def at_path(value: Any, path: str) -> str:
    """What stands at ``data.0.id`` in a JSON value, as text; "" where there is nothing."""
    for key in path.split(".") if path else ():
        if isinstance(value, Mapping):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return ""
    return "" if value is None or isinstance(value, dict | list) else str(value)


def words(settings: Mapping[str, Any], key: str) -> list[str]:
    """A setting written as words with spaces or commas between."""
    return str(settings.get(key) or "").replace("，", ",").replace(",", " ").split()


def _judged(settings: Mapping[str, Any], answer: outcalls.Answer) -> Outcome:
    status = answer.status
    try:
        said: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        said = None
    code = at_path(said, settings.get("ok_path") or "")
    if code and code in words(settings, "refused_values"):
        return Failed(f"网关拒收：{code}"[:200], again=False, peer=False)
    if status in NO_ROOM or status >= 500:
        return Failed(f"网关答 HTTP {status}", wait_ms=answer.wait_ms)
    if not 200 <= status < 300:
        mine = status in (400, 404, 413, 422)
        return Failed(f"网关答 HTTP {status}", again=not mine, peer=not mine, key=status in (401, 403))
    if not settings.get("ok_path"):
        return Sent(at_path(said, settings.get("id_path") or "")[:80])
    if said is None:
        return Failed("网关的应答不完整或不是 JSON，不知是否已收")
    if code in words(settings, "ok_values"):
        return Sent(at_path(said, settings.get("id_path") or "")[:80])
    return Failed(f"网关没有收下：{code or '应答里没有结果'}"[:200])
