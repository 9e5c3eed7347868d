"""What the ASGI front costs: the same Django behind granian's own WSGI, behind our bridge, behind a2wsgi.

Two workers × two threads each; 8 client threads on keep-alive connections; rounds are interleaved, the best of three
counts. Prints requests a second and the ratio to pure WSGI; asserts nothing. Gaps under 25 % mean little on 2 cores.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "bench")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liandong.site.settings")
os.environ.setdefault("LIANDONG_HOME", tempfile.mkdtemp(prefix="liandong-front-"))

import django  # noqa: E402

django.setup()

from support.api import a_request  # noqa: E402
from support.live import Live  # noqa: E402
from support.stores import Stores  # noqa: E402
from wire import Wire  # noqa: E402

CLIENTS = 8
SECONDS = 4.0
ROUNDS = 3
A2WSGI = """
import os
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liandong.site.settings")
from a2wsgi import WSGIMiddleware
from liandong.site.wsgi import application as django_application
rest = WSGIMiddleware(django_application, workers=2)
async def application(scope, receive, send):
    async def received():  # granian hands out futures, a2wsgi wants coroutines
        return await receive()
    await rest(scope, received, send)
"""


def measure(port: int, token: str, path: str) -> float:
    """Requests a second over all clients."""
    counts = [0] * CLIENTS
    end = time.monotonic() + SECONDS

    def one(n: int) -> None:
        with Wire(port, {"Authorization": f"Bearer {token}"}) as wire:
            while time.monotonic() < end:
                answer = wire.get(path)
                if answer.status != 200:
                    raise RuntimeError(f"{path}: {answer.status}")
                counts[n] += 1

    threads = [threading.Thread(target=one, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / SECONDS


def main() -> None:
    """Measure the three on two routes."""
    stores = Stores(None)
    (stores.home / "a2wsgi_front.py").write_text(A2WSGI)
    live = Live(stores, "wsgi", workers=2)
    servers = {"wsgi": live}
    try:
        with live.client("desk") as desk:
            no = str([desk.post("/api/v1/cases", json=a_request()).json()["no"] for _ in range(30)].pop())
        for name, interface in (("bridge", "asgi"), ("a2wsgi", "asgi")):
            other = Live.__new__(Live)
            other.environment, other.tokens = dict(live.environment), live.tokens
            if name == "a2wsgi":
                other.target = "a2wsgi_front:application"
                other.environment["PYTHONPATH"] += f":{stores.home}"
            other.start(stores, interface, 2, 2)
            servers[name] = other
        for path in ("/api/v1/healthz", f"/api/v1/cases/{no}", "/api/v1/cases?limit=20"):
            best = dict.fromkeys(servers, 0.0)
            for _ in range(ROUNDS):
                for name, server in servers.items():
                    best[name] = max(best[name], measure(server.port, live.tokens["desk"], path))
            shown = path.replace(no, "{no}")
            print(json.dumps({"path": shown, **{k: round(v) for k, v in best.items()},
                              "bridge/wsgi": round(best["bridge"] / best["wsgi"], 2),
                              "a2wsgi/wsgi": round(best["a2wsgi"] / best["wsgi"], 2)}))  # fmt: skip
    except subprocess.CalledProcessError as error:
        sys.exit(f"preparing the store failed: {error.stderr[-800:]}")
    finally:
        for server in servers.values():
            server.close()
        stores.close()


if __name__ == "__main__":
    main()
