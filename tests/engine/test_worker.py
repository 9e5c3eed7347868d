"""The worker as a process: it works, shows that it lives, and stops when told."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

from support.stores import Stores

RUN = "import django; django.setup()\nfrom liandong.engine.worker import run\nrun()"
PREPARE = """
import django; django.setup()
from kill_clocks import register
register(20, 7)
"""
LOOK = """
import django, json; django.setup()
from liandong.casework.models import Case, Outbox, Seal
from liandong.engine.models import Heartbeat, Notification
from liandong.engine.health import report
import time
print(json.dumps({
    "due": Case.objects.filter(wake_ms__lt=int(time.time() * 1000)).count(),
    "pending": Outbox.objects.filter(state="pending").count(),
    "notices": Notification.objects.count(),
    "seals": Seal.objects.count(),
    "beats": Heartbeat.objects.count(),
    "status": report()["status"],
}))
"""


def call(stores: Stores, url: str, code: str) -> str:
    """Run a piece of Python on a store; its output."""
    environment = stores.environment(url)
    environment["PYTHONPATH"] += ":" + str(__file__).rsplit("/", 1)[0]
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=stores.home,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr[-1500:]
    return ran.stdout


def test_a_worker_works_beats_seals_and_stops(stores: Stores) -> None:
    url = stores.fresh()
    call(stores, url, PREPARE)
    workers = [
        subprocess.Popen([sys.executable, "-c", RUN], env=stores.environment(url), cwd=stores.home)
        for _ in range(2)
    ]
    try:
        found: dict[str, object] = {}
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            found = json.loads(call(stores, url, LOOK).splitlines()[-1])
            if found["due"] == 0 and found["pending"] == 0 and found["beats"] == 2 and found["seals"]:
                break
        assert (found["due"], found["pending"], found["beats"]) == (0, 0, 2), found
        assert found["notices"]
        assert found["seals"]
        assert found["status"] == "ready"
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
        codes = [worker.wait(timeout=20) for worker in workers]
    assert codes == [0, 0]
    assert json.loads(call(stores, url, LOOK).splitlines()[-1])["status"] == "unready"


def test_a_call_is_taken_in_while_the_routing_data_cannot_be_read(db, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    """R63: nobody is turned away because a file is broken; readyz says what to mend."""
    from liandong.engine import routing

    monkeypatch.setenv("LIANDONG_PACK", str(tmp_path))
    routing.forget()
    try:
        assert routing.screen({"summary": "着火了"}) is None
        assert routing.trouble()
    finally:
        monkeypatch.undo()
        routing.forget()
    screen = routing.screen({"summary": "楼上着火了快来"})
    assert screen is not None
    assert screen.flag
