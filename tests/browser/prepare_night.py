"""Two cases of 城市管理局 that nobody signed in time, for the browser; what the worker makes of them stands there already."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django


def main() -> None:
    """Register and dispatch two cases two hours ago and let the night watch look; their numbers go to ``night.json``."""
    django.setup()
    from liandong.casework.execute import execute
    from liandong.engine import phoning
    from liandong.rules.model import Actor, Command

    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=120)
    desk, found = Actor("desk", "prepare"), []
    for n, words in enumerate(("天桥路口垃圾三天没有清运", "沿河路路灯不亮")):
        fields = {
            "kind": "complaint",
            "summary": words,
            "safety": dict.fromkeys(("life", "property", "public"), "no"),
            "received_at": at.isoformat(),
            "source": {"channel": "110", "ref": f"browser-night-{n}"},
        }
        no = execute(Command("register", None, fields), desk, now=at + timedelta(minutes=n)).no
        given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "职责条款"}
        execute(Command("dispatch", no, given), desk, now=at + timedelta(minutes=n))
        found.append(no)
    phoning.follow()
    (Path(os.environ["LIANDONG_HOME"]) / "night.json").write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
