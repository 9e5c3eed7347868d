"""A program that works with Liandong 联动: registers, dispatches, follows the feed, and verifies what a webhook brings.

Needs Python 3.11 and httpx. As a command:

    LIANDONG_URL=https://liandong.example LIANDONG_TOKEN=ld_… python client.py follow

As a module: ``Liandong(url, token)`` and ``verify(secret, headers, body)``. The whole interface: /api/v1/openapi.json.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

BATCH = "application/cloudevents-batch+json"


class Refused(Exception):
    """The server said no: ``code`` and ``rule`` for programs, ``detail`` (Chinese) for a person."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code')} {problem.get('rule')}: {problem.get('detail')}")
        self.status = status
        self.code = str(problem.get("code", ""))


class Liandong:
    """One account's connection."""

    def __init__(self, url: str, token: str, *, retries: int = 3) -> None:
        self.http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=20, trust_env=False
        )
        self.retries = retries

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request; tried again when nothing came back or the server asks to wait. Raises Refused.

        A repetition is harmless: reading changes nothing, and what changes something carries an Idempotency-Key.
        """
        if method == "POST":
            headers.setdefault("Idempotency-Key", uuid.uuid4().hex)
        for attempt in range(self.retries + 1):
            last = attempt == self.retries
            try:
                answer = self.http.request(method, f"/api/v1{path}", json=body, headers=headers)
            except httpx.TransportError:
                if last:
                    raise
                time.sleep(2**attempt)
                continue
            if answer.status_code in (429, 503) and not last:
                time.sleep(min(60, int(answer.headers.get("Retry-After", 2**attempt))))
                continue
            if answer.is_error:
                raise Refused(answer.status_code, answer.json())
            return answer.json() if answer.content else None
        raise AssertionError("not reached")

    def register(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """A new case; the same ``source`` again gives the case that is there already."""
        return dict(self.call("POST", "/cases", fields))

    def do(self, case: Mapping[str, Any], command: str, **fields: Any) -> dict[str, Any]:
        """A command on a case as it was seen: had it changed meanwhile, Refused 409 (read it again)."""
        body = {**fields, "version": case["version"]}
        return dict(self.call("POST", f"/cases/{case['no']}/commands/{command}", body))

    def feed(self, cursor: str | None = None) -> Iterator[tuple[dict[str, Any], str]]:
        """Events after the cursor as CloudEvents, in the order of the log, until there is nothing new.

        Each comes with the cursor behind it: keep that one when the event is dealt with, and go on from there.
        """
        while True:
            path = "/feed" + (f"?after={cursor}" if cursor else "")
            events = self.call("GET", path, Accept=BATCH)
            for event in events:
                cursor = str(event["cursor"])
                yield event, cursor
            if not events:
                return


def verify(
    secret: str | list[str], headers: Mapping[str, str], body: bytes, *, patience: int = 300
) -> dict[str, Any]:
    """The event a webhook brought, if it is ours, whole and fresh (Standard Webhooks). Raises ValueError.

    ``secret``: while a secret is rotated, the old and the new one. A repeated ``webhook-id`` is the same event again:
    whoever called keeps the ids dealt with.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message, stamp, signatures = (given[f"webhook-{name}"] for name in ("id", "timestamp", "signature"))
        sent_at = int(stamp)
    except (KeyError, ValueError) as error:
        raise ValueError("no webhook of this kind") from error
    if abs(time.time() - sent_at) > patience:
        raise ValueError("too old, or a clock is wrong")
    signed = f"{message}.{stamp}.".encode() + body
    for one in [secret] if isinstance(secret, str) else secret:
        key = base64.b64decode(one.removeprefix("whsec_"))
        expected = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        if any(hmac.compare_digest(expected.encode(), sig.encode()) for sig in signatures.split(" ")):
            return dict(json.loads(body))
    raise ValueError("the signature is wrong")


def follow(connection: Liandong, place: Path) -> int:
    """Print what is new since the last time; where it ended is kept in a file. How many events."""
    cursor, count = place.read_text() if place.exists() else None, 0
    for event, behind in connection.feed(cursor):
        print(event["time"], event["subject"], event["type"])
        place.write_text(behind)
        count += 1
    return count


if __name__ == "__main__":
    if sys.argv[1:] != ["follow"]:
        sys.exit("usage: LIANDONG_URL=… LIANDONG_TOKEN=… python client.py follow")
    follow(Liandong(os.environ["LIANDONG_URL"], os.environ["LIANDONG_TOKEN"]), Path("liandong-cursor.txt"))
