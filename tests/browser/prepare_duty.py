"""Run in a process of its own, after ``prepare``: disputes and incidents for the duty office; their numbers in ``duty.json``."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "liandong.site.settings"

SAID = "天桥下面垃圾堆了三天没有清运"


def main() -> None:
    import django

    django.setup()
    from django.conf import settings

    from liandong.casework.execute import execute
    from liandong.rules.model import Actor, Command

    desk, now = Actor("desk", "seeder"), datetime.now(UTC).replace(microsecond=0)

    def do(name: str, no: str | None, actor: Actor = desk, **fields: object) -> str:
        return execute(Command(name, no, fields), actor, now=now).no

    def case(n: int) -> str:
        no = do(
            "register", None, kind="complaint", summary=f"{SAID}（{n}）", content=SAID,
            safety=dict.fromkeys(("life", "property", "public"), "no"),
            received_at=(now - timedelta(minutes=9)).isoformat(), source={"channel": "110", "ref": f"duty-{n}"},
            place={"text": "天桥路口三号门", "township": "古南街道"},
            caller={"name": "张三丰", "phone": "13812341234"},
        )  # fmt: skip
        given = {"lead_unit": "CG", "class": "general", "matter": "CG-02", "basis": "市容条款"}
        return do("dispatch", no, **given)

    def disputed(n: int) -> str:
        return do(
            "raise_dispute", case(n), unit_position="单位认为地点在城外", desk_position="地点在建成区内"
        )

    def incident(n: int) -> str:
        return do("set_level", case(n), level="larger", reason="影响范围扩大")

    supervised = case(9)
    due = (now + timedelta(days=1)).isoformat()
    do(
        "supervise",
        supervised,
        Actor("duty_office", "seeder"),
        grade=1,
        requirement="限期说明",
        reply_due=due,
    )
    made = {
        "disputes": [disputed(n) for n in (1, 2)],
        "incidents": [incident(n) for n in (3, 4)],
        "supervised": supervised,
    }
    (Path(settings.HOME) / "duty.json").write_text(json.dumps(made), encoding="utf-8")


if __name__ == "__main__":
    main()
