"""What the OpenAPI document says about registers: every table's steps and fields, made from the tables themselves."""

from __future__ import annotations

from liandong.rules.register import Register, Step
from liandong.rules.registers import registers

from .openapi import BY_TYPE, INSTANT, KEY, LIMIT, Json, body, listing, ok, parameter, problems

_TYPES: dict[str, Json] = {
    "text": {"type": "string"},
    "person": {"type": "string", "maxLength": 80},
    "phone": {"type": "string", "pattern": r"^\+?[0-9][0-9 ()\-]{2,24}$"},
    "code": {"type": "string", "minLength": 1, "maxLength": 120},
    "unit": BY_TYPE["unit"],
    "units": {"type": "array", "items": {"type": "string", "minLength": 1}, "uniqueItems": True},
    "case": {"type": "string", "description": "a case's number"},
    "cases": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    "instant": INSTANT,
    "day": {"type": "string", "format": "date"},
    "number": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "period": {"type": "string", "description": "2018Q3, 2018-06 or 2018"},
    "records": {"type": "array", "items": {"type": "object"}},
    "attachments": BY_TYPE["attachments"],
}
_ENTRY = {
    "type": "object",
    "required": ["register", "no", "state", "version"],
    "properties": {
        "register": {"type": "string"},
        "no": {"type": "string"},
        "state": {"type": "string"},
        "version": {"type": "integer"},
        "unit": {"type": ["string", "null"]},
        "case": {"type": ["string", "null"]},
        "period": {"type": ["string", "null"]},
        "opened_at": INSTANT,
        "due_at": {"type": ["string", "null"]},
        "closed_at": {"type": ["string", "null"]},
        "owed": {"type": "object"},
        "data": {"type": "object"},
        "steps": {"type": "array", "items": {"type": "string"}, "description": "what you may do now"},
    },
}
_TAKEN = {"type": "object", "required": ["register", "no", "version"]}
_TABLE = {"type": "object", "required": ["name", "label", "states", "steps"]}
_VERSION = {"type": "integer", "minimum": 0, "description": "the version you saw"}
_FREE = {
    "type": "object",
    "description": "the step's fields: components/schemas/Step_{register}_{step}, or GET /registers",
}


def described(table: Register) -> Json:
    """One register in words and codes, as GET /registers gives it."""
    return {
        "name": table.name,
        "label": table.label,
        "rule": table.rule,
        "about": table.about,
        "states": dict(table.states),
        "ended": list(table.ended),
        "steps": [_described(step) for step in table.steps if step.who != ("system",)],
    }


def _described(step: Step) -> Json:
    return {
        "name": step.name,
        "label": step.label,
        "rule": step.rule,
        "who": list(step.who),
        "from": list(step.frm),
        "opens": step.opens,
        "becomes": step.becomes,
        "help": step.help,
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "type": field.type,
                "required": field.required,
                **({"choices": list(field.choices)} if field.choices else {}),
            }
            for field in step.fields
        ],
    }


def _schema(step: Step) -> Json:
    """The body of a step: its fields, and the version where it does not open an entry; nothing else is taken."""
    properties: Json = {}
    for field in step.fields:
        chosen = field.type == "choice" and field.choices
        made = {"enum": list(field.choices)} if chosen else dict(_TYPES.get(field.type, {}))
        properties[field.name] = {**made, "title": field.label}
    if not step.opens:
        properties["version"] = _VERSION
    return {
        "type": "object",
        "title": step.label,
        "description": f"{step.rule}；可用角色：{'、'.join(step.who)}；起始状态：{'、'.join(step.frm) or '—'}",
        "additionalProperties": False,
        "required": [field.name for field in step.fields if field.required],
        "properties": properties,
    }


def components() -> Json:
    """One schema for the body of each step of each register."""
    return {
        f"Step_{table.name}_{step.name}": _schema(step)
        for table in registers().values()
        for step in table.steps
        if step.who != ("system",)
    }


def refine(paths: Json) -> Json:
    """Name the registers there are wherever an address takes one."""
    for path, operations in paths.items():
        if "/registers/{name}" not in path:
            continue
        for operation in operations.values():
            for one in operation.get("parameters", ()):
                if one["in"] == "path" and one["name"] == "name":
                    one["schema"] = {"type": "string", "enum": sorted(registers())}
    return paths


def all_registers() -> Json:
    """GET /registers."""
    return {"responses": {200: ok(listing(_TABLE)), **problems(400, 401, 403)}}


def entries() -> Json:
    """GET /registers/{name}."""
    code = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"}
    truth = {"enum": ["true", "false"]}
    return {
        "parameters": [
            parameter("state", {"type": "string", "pattern": "^[a-z_]{1,30}$"}, "one of the register's states"),
            parameter("open", truth, "whether something is still to be done"),
            parameter("overdue", truth),
            parameter("unit", code, "the unit it is about"),
            parameter("party", code, "a unit that takes part"),
            parameter("case", {"type": "string", "pattern": "^[A-Za-z0-9-]{1,40}$"}),
            parameter("period", {"type": "string", "pattern": "^[0-9Q-]{4,12}$"}, "2018Q3, 2018-06 or 2018"),
            parameter("after", {"type": "string"}, "the last answer's next"),
            LIMIT,
        ],
        "responses": {200: ok(listing(_ENTRY, paged=True)), **problems(400, 401, 403, 404)},
    }  # fmt: skip


def entry() -> Json:
    """GET /registers/{name}/{no}."""
    return {"responses": {200: ok(_ENTRY), **problems(400, 401, 403, 404)}}


def log() -> Json:
    """GET /registers/{name}/{no}/steps."""
    line = {"type": "object", "required": ["seq", "step", "at", "by"]}
    return {"responses": {200: ok(listing(line)), **problems(400, 401, 403, 404)}}


def opens() -> Json:
    """POST /registers/{name}/steps/{step}."""
    return {
        "requestBody": body(_FREE, required=False),
        "parameters": [KEY],
        "responses": {201: ok(_TAKEN, "opened"), **problems(400, 401, 403, 404, 413, 415, 422)},
    }


def step() -> Json:
    """POST /registers/{name}/{no}/steps/{step}."""
    free = {**_FREE, "properties": {"version": _VERSION}}
    return {
        "requestBody": body(free, required=False),
        "parameters": [KEY],
        "responses": {200: ok(_TAKEN), **problems(400, 401, 403, 404, 409, 413, 415, 422)},
    }
