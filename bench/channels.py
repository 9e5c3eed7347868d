"""10,000 deliveries through a slow, failing peer: does the desk wait for them? Register's p99 before and during.

A real `liandong serve` on each database, a real HTTP gateway that answers slowly, refuses a third of the calls, hangs on
some; registers go through the API all the time. QUICK=1: 1,000 deliveries.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from harness import (
    KINDS,
    QUICK,
    Store,
    absent,
    database,
    emit,
    free_port,
    percentile,
    say,
    serving,
    stop_cleanly,
)
from wire import Wire

COUNT = 1_000 if QUICK else 10_000
REGISTERS = 200 if QUICK else 400
GAP = 0.05
"""A register every so many seconds: a busy district, not a race."""
SLOW = (0.02, 0.2)
FAILING, HANGING = 0.3, 0.005
MOST_LONGER = 30.0
"""Milliseconds by which the desk may wait longer while deliveries run."""

FILL = """
import sys, django
django.setup()
from liandong.engine.channels import store
from liandong.engine.instants import now_ms
from liandong.engine.models import Message
from support.messages import typed
url, count = sys.argv[1], int(sys.argv[2])
store.save("gw", "sms_http", typed("sms_http", url=url, at_once="16", most_attempts="12", timeout="2"), "bench")
at = now_ms()
Message.objects.bulk_create([
    Message(id=f"{n:032x}", position=-n - 1, n=0, person="duty", case_no=f"B{n}", kind="assigned", recipient="unit:CG",
            means="sms", channel="gw", address="13912345678", text="bench", created_ms=at, next_ms=at, until_ms=at + 86400000)
    for n in range(count)
], batch_size=500)
"""
LEFT = """
import django
django.setup()
from django.db.models import Count
from liandong.engine.models import Message
print(dict(Message.objects.filter(case_no__startswith="B").values_list("state").annotate(Count("id"))))
"""


class Peer:
    """The gateway: slow, failing, hanging by a fixed seed; keeps the ids of the bench's own messages."""

    def __init__(self) -> None:
        self.port = free_port()
        self.calls = 0
        self.taken: set[str] = set()
        chance = random.Random(7)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.calls += 1
                time.sleep(chance.uniform(*SLOW))
                dice = chance.random()
                if dice < HANGING:
                    time.sleep(3)
                    return
                failed = dice < FAILING
                if not failed and int(body["ext"], 16) < COUNT:  # not what the registers themselves send
                    outer.taken.add(body["ext"])
                said = b"" if failed else b'{"code": "0", "id": "x"}'
                self.send_response(500 if failed else 200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def register(wire: Wire, n: int) -> float:
    """One register through the API; milliseconds."""
    body = {
        "kind": "complaint", "summary": "路灯不亮", "safety": {"life": "no", "property": "no", "public": "no"},
        "received_at": time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600 - 60)),
        "source": {"channel": "110", "ref": f"bench-{n}"}, "place": {"text": "古南街道某路口"},
    }  # fmt: skip
    began = time.perf_counter()
    answer = wire.post("/api/v1/cases", body)
    took = (time.perf_counter() - began) * 1000
    if answer.status != 201:
        raise RuntimeError(f"register answered {answer.status}: {answer.body[:200]!r}")
    return took


def registers(port: int, token: str, first: int) -> list[float]:
    """Many registers, one every GAP seconds."""
    found = []
    with Wire(port, {"Authorization": f"Bearer {token}"}) as wire:
        for n in range(first, first + REGISTERS):
            found.append(register(wire, n))
            time.sleep(GAP)
    return found


def measure(kind: str, store: Store) -> None:
    """Registers alone, then with the deliveries under way."""
    peer = Peer()
    os.environ["LIANDONG_WEBHOOK_ALLOW"] = f"127.0.0.1:{peer.port}"
    token = store.keys["desk"][0]
    with serving(store) as served:
        registers(served.port, token, 0)
        alone = registers(served.port, token, 10_000)
        store.python("-c", FILL, f"http://127.0.0.1:{peer.port}/sms", str(COUNT))
        began = time.monotonic()
        until = began + 20
        while peer.calls < 20 and time.monotonic() < until:
            time.sleep(0.05)
        during = registers(served.port, token, 20_000)
        deadline = began + (300 if QUICK else 1200)
        while len(peer.taken) < COUNT and time.monotonic() < deadline:
            time.sleep(0.5)
        took = time.monotonic() - began
        left = store.python("-c", LEFT).strip()
    before, now = percentile(alone, 0.99), percentile(during, 0.99)
    say(
        f"{kind}: register p50 {percentile(alone, 0.5):.1f} → {percentile(during, 0.5):.1f} ms; {left}; calls {peer.calls}"
    )
    emit(
        "channels", f"{kind}: register p99 before and during {COUNT:,} deliveries", f"{before:.1f} → {now:.1f} ms",
        f"≤ {MOST_LONGER:.0f} ms longer", now <= before + MOST_LONGER,
    )  # fmt: skip
    emit(
        "channels", f"{kind}: {COUNT:,} deliveries through a peer that fails {FAILING:.0%}",
        f"{len(peer.taken):,} taken in {took:.0f} s, {peer.calls:,} calls", "all taken", len(peer.taken) == COUNT,
    )  # fmt: skip
    peer.server.shutdown()


def main() -> int:
    """Both databases."""
    stop_cleanly()
    for kind in KINDS:
        try:
            with database(kind) as new:
                store = new()
                try:
                    measure(kind, store)
                finally:
                    store.close()
        except RuntimeError as error:
            if "serve" in str(error) or "register" in str(error):
                raise
            absent("channels", kind, str(error)[:120])
    return 0


if __name__ == "__main__":
    sys.exit(main())
