"""What the OpenAPI document says beyond what django-ninja can see: bodies by command, answers, problems.

Bodies are derived from the rules' own table, so that the document cannot drift from what is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from liandong.engine.attachments import EXTENSION
from liandong.rules import codes
from liandong.rules.fields import Field
from liandong.rules.table import COMMANDS

Json = dict[str, Any]

SHORT = {"type": "string", "minLength": 1}
INSTANT = {
    "type": "string",
    "format": "date-time",
    "description": "ISO 8601 with offset, e.g. 2018-06-01T09:00:00+08:00",
}
SAFETY = {
    "type": "object",
    "additionalProperties": False,
    "required": list(codes.SAFETY_KEYS),
    "properties": {key: {"enum": list(codes.SAFETY_ANSWERS)} for key in codes.SAFETY_KEYS},
}
PLACE = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string", "maxLength": 500},
        "township": {"type": "string", "maxLength": 40},
        "village": {"type": "string", "maxLength": 80},
        "lon": {"type": "number", "minimum": -180, "maximum": 180},
        "lat": {"type": "number", "minimum": -90, "maximum": 90},
    },
}
CALLER = {
    "type": ["object", "null"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 80},
        "phone": {"type": "string", "pattern": r"^\+?[0-9][0-9 ()\-]{2,24}$"},
        "anonymous": {"type": "boolean"},
        "confidential": {"type": "boolean"},
        "contact_ok": {"type": "boolean"},
        "language": {"type": "string", "maxLength": 40},
    },
}
PART = {
    "type": "object",
    "additionalProperties": False,
    "required": ["summary"],
    "properties": {"summary": SHORT, "content": {"type": "string"}, "matter": SHORT},
}
BY_TYPE: dict[str, Json] = {
    "text": {"type": "string"},
    "line": {"type": "string"},
    "instant": INSTANT,
    "safety": SAFETY,
    "source": {
        "type": "object",
        "additionalProperties": False,
        "required": ["channel", "ref"],
        "properties": {"channel": {**SHORT, "maxLength": 40}, "ref": {**SHORT, "maxLength": 200}},
    },
    "place": PLACE,
    "caller": CALLER,
    "unit": {**SHORT, "maxLength": 64, "description": "unit code (CONTRACT §2)"},
    "unit_or_unknown": {**SHORT, "maxLength": 64, "description": 'unit code or "unknown"'},
    "units": {"type": "array", "items": SHORT, "uniqueItems": True, "maxItems": 100},
    "matter": {**SHORT, "maxLength": 64},
    "case": {**SHORT, "maxLength": 64},
    "account": {"type": ["string", "null"], "maxLength": 80},
    "boolean": {"type": "boolean"},
    "attachments": {"type": "array", "items": SHORT, "maxItems": 50},
    "parts": {"type": "array", "minItems": 2, "maxItems": 20, "items": PART},
    "remainder": {
        "description": "null, false or blank: nothing left; true, a sentence or {summary, content?}"
    },
}

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "rule", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "rule": {"type": "string"},
        "detail": {"type": "string"},
        "field": {"type": "string"},
    },
}
CASE = {
    "type": "object",
    "required": ["no"],
    "properties": {
        "no": {"type": "string"},
        "state": {"enum": list(codes.STATES)},
        "version": {"type": "integer"},
        "kind": {"enum": list(codes.KINDS)},
        "level": {"enum": list(codes.LEVELS)},
        "holder": {"type": "object"},
        "clocks": {"type": "array", "items": {"type": "object"}},
    },
}
COMPONENTS = {"Problem": PROBLEM, "Case": CASE}

_TEXTS = {
    400: "malformed request",
    401: "no valid token",
    403: "not this role's, or beyond this token's scopes",
    404: "not there or not visible (the same answer)",
    405: "method not allowed",
    409: "stale version",
    410: "gone",
    413: "too large",
    415: "media type not read here",
    422: "refused by a rule",
    429: "too many requests",
    503: "not keeping up",
}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def problems(*statuses: int) -> dict[int, Json]:
    """The problem answers an operation may give."""
    return {
        status: {
            "description": _TEXTS[status],
            "content": {"application/problem+json": {"schema": _ref("Problem")}},
        }
        for status in statuses
    }


def ok(schema: Json, text: str = "OK") -> Json:
    """A JSON answer."""
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def listing(item: Json, *, paged: bool = False) -> Json:
    """A list of items, with a cursor where it is paged."""
    properties: Json = {"items": {"type": "array", "items": item}}
    if paged:
        properties["next"] = {"type": ["string", "null"]}
    return {"type": "object", "required": list(properties), "properties": properties}


def body(schema: Json, required: bool = True) -> Json:
    """A JSON request body."""
    return {"required": required, "content": {"application/json": {"schema": schema}}}


def header(name: str, text: str, pattern: str) -> Json:
    """An optional request header."""
    return {
        "in": "header",
        "name": name,
        "required": False,
        "description": text,
        "schema": {"type": "string", "pattern": pattern},
    }


KEY = header("Idempotency-Key", "same key and body: the stored answer for 7 days", "^[!-~]{1,200}$")


def parameter(name: str, schema: Json, text: str = "") -> Json:
    """An optional query parameter."""
    return {"in": "query", "name": name, "required": False, "description": text, "schema": schema}


def field_schema(field: Field) -> Json:
    """One field of a command as JSON Schema."""
    schema: Json = {"enum": list(field.choices)} if field.choices else dict(BY_TYPE.get(field.type, {}))
    return {**schema, "title": field.label} if field.label else schema


def fields_schema(name: str, version: bool = True) -> Json:
    """The body of a command: its fields, attachments, version; nothing else is taken."""
    row = COMMANDS[name]
    properties = {field.name: field_schema(field) for field in row.fields}
    if name != "register":
        properties.setdefault("attachments", BY_TYPE["attachments"])
    if version:
        properties["version"] = {"type": "integer", "minimum": 0, "description": "the version you saw"}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [field.name for field in row.fields if field.required],
        "properties": properties,
    }


LIMIT = parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200})


def register() -> Json:
    """POST /cases."""
    return {
        "requestBody": body(fields_schema("register", version=False)),
        "parameters": [KEY],
        "responses": {
            200: ok(_ref("Case"), "this source came before: the stored case"),
            201: ok(_ref("Case"), "registered"),
            **problems(400, 401, 403, 413, 415, 422),
        },
    }


def list_cases() -> Json:
    """GET /cases."""
    return {
        "parameters": [
            parameter("state", {"enum": list(codes.STATES)}),
            parameter("holder", {"type": "string", "pattern": "^[A-Za-z0-9_:-]{1,60}$"}, "type or type:code"),
            parameter("unit", {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,60}$"}),
            parameter("township", {"type": "string", "maxLength": 60}),
            parameter("level", {"enum": list(codes.LEVELS)}),
            parameter("overdue", {"enum": ["true", "false"]}),
            parameter("q", {"type": "string", "maxLength": 100}),
            parameter("after", {"type": "string"}, "the last answer's next"),
            LIMIT,
        ],
        "responses": {200: ok(listing(_ref("Case"), paged=True)), **problems(400, 401, 403)},
    }


def get_case() -> Json:
    """GET /cases/{no}."""
    return {"responses": {200: ok(_ref("Case")), **problems(400, 401, 403, 404)}}


def events() -> Json:
    """GET /cases/{no}/events."""
    return {"responses": {200: ok(listing({"type": "object"})), **problems(400, 401, 403, 404)}}


def reveal() -> Json:
    """POST /cases/{no}/reveal."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["field", "reason"],
        "properties": {"field": {**SHORT, "maxLength": 500}, "reason": {**SHORT, "maxLength": 500}},
    }
    answer = {
        "type": "object",
        "required": ["no", "field", "value"],
        "properties": {"no": {"type": "string"}},
    }
    return {
        "requestBody": body(schema),
        "responses": {200: ok(answer), **problems(400, 401, 403, 404, 413, 415, 422)},
    }


def command(names: Iterable[str]) -> Json:
    """POST /cases/{no}/commands/{command}; ``expand`` makes one path of each command."""
    return {
        "x-commands": list(names),
        "requestBody": body({"type": "object"}, required=False),
        "parameters": [KEY],
        "responses": {
            200: ok(_ref("Case")),
            202: ok(_ref("Case"), "工单由对侧实例办理：已送对侧执行，编号见 Liandong-Order"),
            **problems(400, 401, 403, 404, 409, 413, 415, 422),
        },
    }


def expand(paths: Json) -> Json:
    """The one path of all commands as one path each, with the fields of that command."""
    expanded: Json = {}
    for path, operations in paths.items():
        post = operations.get("post", {})
        names = post.pop("x-commands", None)
        if names is None:
            expanded[path] = operations
            continue
        for name in names:
            row = COMMANDS[name]
            expanded[path.replace("{command}", name)] = {
                "post": {
                    **post,
                    "operationId": f"command_{name}",
                    "summary": f"{row.label}（{row.rule}）",
                    "description": f"可用角色：{'、'.join(row.who)}；起始状态：{'、'.join(row.frm) or '—'}",
                    "parameters": [one for one in post["parameters"] if one["name"] != "command"],
                    "requestBody": body(fields_schema(name), required=any(f.required for f in row.fields)),
                }
            }
    return expanded


def cap() -> Json:
    """GET /cases/{no}/cap."""
    content = {"application/cap+xml": {"schema": {"type": "string"}}}
    return {
        "responses": {
            200: {"description": "a draft in CAP 1.2", "content": content},
            **problems(400, 401, 403, 404, 422),
        }
    }


def attach() -> Json:
    """POST /cases/{no}/attachments."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary"}},
    }
    answer = {"type": "object", "required": ["id", "media_type", "size"]}
    return {
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "responses": {201: ok(answer, "stored"), **problems(400, 401, 403, 404, 413, 415, 422)},
    }


def attachment() -> Json:
    """GET /attachments/{id}."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in EXTENSION}
    return {
        "responses": {
            200: {"description": "the file", "content": content},
            **problems(400, 401, 403, 404, 410),
        }
    }


def route() -> Json:
    """POST /route."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["text"],
        "properties": {
            "text": {"type": "string", "maxLength": 20000},
            "place": {"anyOf": [{"type": "string"}, PLACE]},
        },
    }
    keys = (
        "emergency", "never_divert", "suggestions", "assist", "place", "duplicates", "confidence", "auto",
        "matters", "ask", "model",
    )  # fmt: skip
    return {
        "requestBody": body(schema),
        "responses": {
            200: ok({"type": "object", "required": list(keys)}),
            **problems(400, 401, 403, 413, 415, 422, 503),
        },
    }


CLOUD_EVENT = {
    "type": "object",
    "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
    "properties": {"specversion": {"const": "1.0"}, "time": INSTANT, "data": {"type": "object"}},
}


def feed() -> Json:
    """GET /feed."""
    answer = ok(listing({"type": "object"}, paged=True))
    batch = {"type": "array", "items": CLOUD_EVENT}
    answer["content"]["application/cloudevents-batch+json"] = {"schema": batch}
    return {
        "parameters": [
            parameter("after", {"type": "string"}, "opaque cursor: the last answer's next"),
            parameter("limit", {"type": "integer", "minimum": 1, "maximum": 200}),
        ],
        "responses": {200: answer, **problems(400, 401, 403)},
    }


EMPTY = {"type": "object", "additionalProperties": False}


def stream_ticket() -> Json:
    """POST /stream-tickets."""
    answer = {"type": "object", "required": ["ticket", "expires_in"]}
    return {
        "requestBody": body(EMPTY, required=False),
        "responses": {201: ok(answer, "issued"), **problems(400, 401, 403, 413, 415, 422)},
    }


def stream() -> Json:
    """GET /stream."""
    return {
        "parameters": [
            parameter("ticket", {"type": "string"}, "from POST /stream-tickets; one use, 60 s"),
            header("Last-Event-ID", "resume behind this event", "^[!-~]{1,300}$"),
        ],
        "responses": {
            200: {"description": "events", "content": {"text/event-stream": {"schema": {"type": "string"}}}},
            **problems(400, 401, 403, 429, 503),
        },
    }


HOOK = {"type": "object", "required": ["id", "url", "active"]}


def create_webhook() -> Json:
    """POST /webhooks."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "format": "uri", "maxLength": 500},
            "form": {"enum": ["plain", "cloudevents"], "description": "cloudevents: structured mode"},
        },
    }
    created = {"type": "object", "required": ["id", "url", "secret"]}
    return {
        "requestBody": body(schema),
        "responses": {201: ok(created, "created"), **problems(400, 401, 403, 413, 415, 422)},
    }


def rotate() -> Json:
    """POST /webhooks/{id}/rotate."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": {"overlap_hours": {"type": "integer", "minimum": 0, "maximum": 168}},
    }
    rotated = {"type": "object", "required": ["id", "url", "secret", "old_secret_until"]}
    return {
        "requestBody": body(schema, required=False),
        "responses": {200: ok(rotated), **problems(400, 401, 403, 404, 413, 415, 422)},
    }


def list_webhooks() -> Json:
    """GET /webhooks."""
    return {"responses": {200: ok(listing(HOOK)), **problems(400, 401, 403)}}


def delete_webhook() -> Json:
    """DELETE /webhooks/{id}."""
    return {"responses": {204: {"description": "deleted"}, **problems(401, 403, 404)}}


def deliveries() -> Json:
    """GET /webhooks/{id}/deliveries."""
    return {
        "parameters": [LIMIT],
        "responses": {200: ok(listing({"type": "object"})), **problems(400, 401, 403, 404)},
    }


def retry() -> Json:
    """POST /webhooks/{id}/deliveries/{delivery}/retry."""
    return {
        "requestBody": body(EMPTY, required=False),
        "responses": {200: ok({"type": "object"}), **problems(400, 401, 403, 404, 413, 415, 422)},
    }


def track() -> Json:
    """GET /public/track/{tracking_code}."""
    return {"responses": {200: ok({"type": "object"}), **problems(400, 404, 429)}}


def urge() -> Json:
    """POST /public/track/{tracking_code}/urge."""
    return {
        "requestBody": body(EMPTY, required=False),
        "responses": {200: ok({"type": "object"}), **problems(400, 404, 413, 415, 422, 429)},
    }


def healthz() -> Json:
    """GET /healthz."""
    return {"responses": {200: ok({"type": "object", "required": ["status"]})}}


def readyz() -> Json:
    """GET /readyz."""
    report = {"type": "object", "required": ["status", "checks"]}
    return {"responses": {200: ok(report), 503: ok(report, "not keeping up")}}
