"""A case of 城市管理局 that the duty office may supervise, for the browser."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django


def main() -> None:
    """Register and dispatch one case; its number goes to ``supervision.json``."""
    django.setup()
    from liandong.casework.execute import execute
    from liandong.rules.model import Actor, Command

    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=90)
    desk = Actor("desk", "prepare")
    fields = {
        "kind": "complaint",
        "summary": "天桥路口垃圾三天没有清运",
        "content": "天桥路口垃圾三天没有清运",
        "safety": dict.fromkeys(("life", "property", "public"), "no"),
        "received_at": at.isoformat(),
        "source": {"channel": "110", "ref": "browser-supervision"},
    }
    no = execute(Command("register", None, fields), desk, now=at).no
    given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责条款"}
    execute(Command("dispatch", no, given), desk, now=at)
    (Path(os.environ["LIANDONG_HOME"]) / "supervision.json").write_text(json.dumps(no), encoding="utf-8")


if __name__ == "__main__":
    main()
