"""Run as a program on a store of its own: a worker killed between its call and its record, and one that goes on; two lanes."""

from __future__ import annotations

import os
import signal
import sys
import time

import django

django.setup()

from liandong.engine.channels import sending, store  # noqa: E402
from liandong.engine.channels.lanes import Lanes  # noqa: E402
from liandong.engine.models import Message  # noqa: E402
from support.messages import a_message, typed  # noqa: E402


def die(*_: object) -> None:
    """The worst instant: the peer has answered and nothing is written."""
    os.kill(os.getpid(), signal.SIGKILL)


if sys.argv[1] == "enter":
    store.save("gw", "sms_http", typed("sms_http", url=sys.argv[2]), "sysadmin")
    a_message("gw")
elif sys.argv[1] == "lanes":  # a peer that hangs beside one that answers
    store.save("slow", "sms_http", typed("sms_http", url=sys.argv[2], timeout="5", at_once="1"), "sysadmin")
    store.save("fast", "sms_http", typed("sms_http", url=sys.argv[3]), "sysadmin")
    for channel in ("slow", *["fast"] * 8):
        a_message(channel)
    lane = Lanes()
    until = time.monotonic() + 3
    while time.monotonic() < until and Message.objects.filter(channel="fast", state="sent").count() < 8:
        lane.step()
        time.sleep(0.02)
    assert Message.objects.filter(channel="fast", state="sent").count() == 8
    assert Message.objects.get(channel="slow").state == "queued"
    lane.close()
elif sys.argv[1] == "die":
    sending.record = die
    sending.run("gw")
else:
    assert sending.run("gw") == 0, "the claim still stands"
    Message.objects.update(claimed_until_ms=0)  # three minutes later
    assert sending.run("gw") == 1
    assert Message.objects.get().state == "sent"
