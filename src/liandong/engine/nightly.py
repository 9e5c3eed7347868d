"""The nightly training: once a day, in a process of its own, so that no deadline waits for it.

Who does it is settled in the database: of several workers one takes the night. The process ends with its worker.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import datetime

from django.db import transaction

from .models import FollowCursor

log = logging.getLogger("liandong.nightly")

NAME = "nightly-learning"
HOUR = 3
"""The hour of the district's night at which training begins."""
BY = "system:nightly"


def take(now: datetime) -> bool:
    """Whether this worker takes tonight's training; true for one worker once a day, from HOUR to HOUR + 3."""
    if not HOUR <= now.hour < HOUR + 3:
        return False
    day = int(now.strftime("%Y%m%d"))
    with transaction.atomic():
        FollowCursor.objects.get_or_create(name=NAME, defaults={"position": 0})
        return bool(FollowCursor.objects.filter(name=NAME, position__lt=day).update(position=day))


def start() -> subprocess.Popen[bytes]:
    """Begin the training as ``liandong learn`` at low priority; its output goes to the worker's own."""
    log.info("nightly training begins")
    child = subprocess.Popen([sys.executable, "-m", "liandong.cli.main", "learn", "--by", BY])
    os.setpriority(os.PRIO_PROCESS, child.pid, 15)
    return child
