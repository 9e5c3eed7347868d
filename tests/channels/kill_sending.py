"""Run as a program on a store of its own: a message, a worker killed between its call and its record, another that goes on."""

from __future__ import annotations

import os
import signal
import sys

import django

django.setup()

from liandong.engine.channels import sending, store  # noqa: E402
from liandong.engine.models import Message  # noqa: E402
from support.messages import a_message, typed  # noqa: E402


def die(*_: object) -> None:
    """The worst instant: the peer has answered and nothing is written."""
    os.kill(os.getpid(), signal.SIGKILL)


if sys.argv[1] == "enter":
    store.save("gw", "sms_http", typed("sms_http", url=sys.argv[2]), "sysadmin")
    a_message("gw")
elif sys.argv[1] == "die":
    sending.record = die
    sending.run("gw")
else:
    assert sending.run("gw") == 0, "the claim still stands"
    Message.objects.update(claimed_until_ms=0)  # three minutes later
    assert sending.run("gw") == 1
    assert Message.objects.get().state == "sent"
