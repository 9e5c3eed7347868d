"""A district with accounts and tokens of every role, and a client that speaks the API's JSON."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client

from liandong.district import accounts

SAFE = {"life": "no", "property": "no", "public": "no"}
_refs = itertools.count(1)


def now_text(minutes: int = 0) -> str:
    """An instant near now, ISO 8601 with offset."""
    return (datetime.now().astimezone() + timedelta(minutes=minutes)).isoformat(timespec="seconds")


def a_request(**fields: Any) -> dict[str, Any]:
    """The fields of a harmless request from 古南街道."""
    return {
        "kind": "complaint",
        "summary": "古南街道某路口垃圾没有清运",
        "content": "垃圾堆了三天，希望清运",
        "safety": SAFE,
        "received_at": now_text(-1),
        "source": {"channel": "110", "ref": f"T{next(_refs)}"},
        "place": {"text": "古南街道某路口"},
        "caller": {"name": "张小三", "phone": "13800001234"},
        **fields,
    }


@dataclass
class Answer:
    """One HTTP answer, its body read as JSON where it is JSON."""

    status: int
    body: Any
    headers: dict[str, str]
    raw: bytes


class Api:
    """Speaks to /api/v1 as one account."""

    def __init__(self, token: str | None) -> None:
        self.token = token
        self.client = Client(raise_request_exception=False)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        raw: bytes | None = None,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request below /api/v1."""
        sent = dict(headers or {})
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        answer = self.client.generic(method, "/api/v1" + path, data, content_type=kind, headers=sent)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        parsed = json.loads(content) if "json" in answer.headers.get("Content-Type", "") else None
        return Answer(answer.status_code, parsed, dict(answer.headers), content)

    def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return self.send("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        """POST a JSON body."""
        return self.send("POST", path, body, **options)

    def do(self, no: str, command: str, /, **fields: Any) -> Answer:
        """One command on one case."""
        return self.post(f"/cases/{no}/commands/{command}", fields)

    def upload(self, no: str, data: bytes, name: str = "photo.jpg", **options: Any) -> Answer:
        """A file to a case, as multipart."""
        edge = b"----liandong-test-edge"
        raw = (
            b"--"
            + edge
            + b'\r\nContent-Disposition: form-data; name="file"; filename="'
            + name.encode()
            + b'"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n" + data + b"\r\n--" + edge + b"--\r\n"
        )
        kind = f"multipart/form-data; boundary={edge.decode()}"
        return self.send("POST", f"/cases/{no}/attachments", raw=raw, kind=kind, **options)


ACCOUNTS: dict[str, tuple[str, str | None, tuple[str, ...]]] = {
    "desk": ("desk", None, ()),
    "desk2": ("desk", None, ()),
    "desk_lead": ("desk_lead", None, ()),
    "desk_lead2": ("desk_lead", None, ()),
    "lead": ("unit", "CG", ()),
    "assist": ("unit", "HB", ()),
    "stranger": ("unit", "JW", ()),
    "duty_office": ("duty_office", None, ()),
    "inspector": ("inspector", None, ()),
    "police_inspectorate": ("police_inspectorate", None, ()),
    "auditor": ("auditor", None, ()),
    "sysadmin": ("sysadmin", None, ()),
    "secadmin": ("secadmin", None, ()),
    "government": ("government", None, ()),
    "reader": ("reader", None, ()),
    "machine": ("integration", None, ("register", "append", "cancel", "police_done")),
    "machine2": ("integration", None, ("register", "append")),
    "machine_unit": ("integration", None, ("unit:CG",)),
}
"""Who asks in the tests: label → role, unit, scopes."""


class District:
    """Tokens by label; ``district["desk"]`` speaks as that account, ``district[None]`` without a token."""

    def __init__(self) -> None:
        self.tokens: dict[str, str] = {}
        for name, (role, unit, scopes) in ACCOUNTS.items():
            account = accounts.create_account(name, role, unit)
            self.tokens[name] = accounts.issue_token(account, scopes=scopes)

    def __getitem__(self, name: str | None) -> Api:
        return Api(self.tokens[name] if name else None)

    def registered(self, who: str = "desk", **fields: Any) -> str:
        """A fresh case's number."""
        answer = self[who].post("/cases", a_request(**fields))
        assert answer.status == 201, answer.body
        return str(answer.body["no"])

    def dispatched(self, who: str = "desk", **fields: Any) -> str:
        """A case lying with CG, HB assisting."""
        no = self.registered(who, **fields)
        answer = self["desk"].do(
            no,
            "dispatch",
            lead_unit="CG",
            matter="CG-02",
            basis="市容环境卫生",
            assist_units=["HB"],
            **{"class": "general"},
        )
        assert answer.status == 200, answer.body
        return no

    def handling(self, who: str = "desk", **fields: Any) -> str:
        """A case CG has signed for."""
        no = self.dispatched(who, **fields)
        answer = self["lead"].do(no, "sign", receiver="王某")
        assert answer.status == 200, answer.body
        return no
