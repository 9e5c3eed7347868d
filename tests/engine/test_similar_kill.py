"""Index and spikes through kill -9 on a store of its own: nothing is lost, nothing is told twice, 2 seconds suffice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from support.stores import Stores

HERE = Path(__file__).parent


@pytest.mark.kill
def test_index_and_spikes_through_eight_kills(stores: Stores) -> None:
    environment = stores.environment(stores.fresh())
    environment["LIANDONG_HOME"] = str(stores.home)
    ran = subprocess.run(
        [sys.executable, str(HERE / "test_similar_kill.py"), "240", "8"],
        env=environment,
        cwd=stores.home,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    found = json.loads(ran.stdout.splitlines()[-1])
    print(found)
    assert found["kills"] == 8
    assert found["between"] > 0, "the kills came after the work was done: nothing was proved"
    assert found["behind"] == 0
    assert found["lost"] == []
    assert found["missing"] == [], ran.stderr
    assert found["spikes"] == found["notices"] == 1
    assert found["sensitive"] == found["sensitive_cases"]
    assert found["seconds"] < 2.0


def main(count: int, kills: int) -> None:
    """Register while two workers write and are killed; then let the survivors finish and look."""
    import os
    import random
    import signal
    import time
    from datetime import timedelta

    import django

    django.setup()
    from django.db import connections

    from liandong.casework import history
    from liandong.casework.models import Case
    from liandong.district import packs
    from liandong.district.policy import current
    from liandong.engine import hotspots, similar
    from liandong.engine.instants import now
    from liandong.engine.models import Notification, SensitiveCase, Spike
    from liandong.engine.similar_follow import Follower
    from support import flow
    from support.policy import PACK

    packs.load(PACK)
    policy = current()

    def worker() -> int:
        connections.close_all()  # a connection must not be shared across a fork
        child = os.fork()
        if child:
            return child
        follower = Follower()
        while True:
            if not follower.step(20) + hotspots.watch():
                time.sleep(0.5)  # the worker's rest

    def position() -> int:
        reader = similar._reader(similar.setup())
        return reader.cursor().position if reader else 0

    rng = random.Random(11)
    children = [worker(), worker()]
    killed = between = 0
    fatal = sorted(rng.sample(range(10, count - 5), kills))
    texts = []
    sensitive = 0
    for number in range(count):
        water = number % 12 == 0
        sensitive += water
        estate = "".join(rng.sample("云溪金桂星河锦绣和平春光翠湖枫林香樟玉兰紫荆", 4))
        text = f"{estate}小区停水了没人管" if water else f"{estate}小区垃圾好几天没清"
        moment = now()
        fields = {
            k: v for k, v in flow.intake(moment, f"K{number}").items() if k not in ("content", "caller")
        }
        fields |= {"summary": text, "received_at": (moment - timedelta(seconds=1)).isoformat()}
        no = flow.do("register", None, flow.DESK, moment, policy, **fields).no
        texts.append((no, text))
        if killed < kills and number == fatal[killed]:
            victim = rng.randrange(2)
            between += history.tail_position() > position()
            os.kill(children[victim], signal.SIGKILL)
            os.waitpid(children[victim], 0)
            children[victim] = worker()
            killed += 1
    began = time.monotonic()
    while position() < history.tail_position() and time.monotonic() - began < 60:
        time.sleep(0.02)
    # the workers have started (and loaded what routing needs): from now on nothing may lie 2 seconds behind
    seconds = 0.0
    for number in range(5):
        moment = now()
        fields = {
            k: v for k, v in flow.intake(moment, f"L{number}").items() if k not in ("content", "caller")
        }
        flow.do("register", None, flow.DESK, moment, policy, **fields)
        began = time.monotonic()
        while position() < history.tail_position() and time.monotonic() - began < 10:
            time.sleep(0.01)
        seconds = max(seconds, time.monotonic() - began)
    deadline = time.monotonic() + 20
    while SensitiveCase.objects.count() < sensitive and time.monotonic() < deadline:
        time.sleep(0.05)
    behind = history.tail_position() - position()
    missing = [no for no, text in texts if no not in [one["no"] for one in similar.find(text, flow.DESK)]]
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    follower = Follower()
    follower.step()
    assert follower._writer is not None
    lost = [no for no, _ in texts if not follower._writer.has(no)]
    for no in missing:
        text = dict(texts)[no]
        print(no, text, similar.find(text, flow.DESK, limit=8), file=sys.stderr)
    follower.close()
    print(
        json.dumps(
            {
                "cases": Case.objects.count(),
                "kills": killed,
                "between": between,
                "behind": behind,
                "missing": missing,
                "lost": lost,
                "seconds": round(seconds, 2),
                "spikes": Spike.objects.count(),
                "notices": Notification.objects.filter(kind="spike").count(),
                "sensitive": sensitive,
                "sensitive_cases": SensitiveCase.objects.count(),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
