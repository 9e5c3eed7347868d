"""Run in a process of its own, after ``prepare``: ended cases with their suggestions, hot topics, a spike, models."""

import os
from datetime import UTC, datetime, timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "liandong.site.settings"

ENDED = 160
TOPICS = (
    ("古南街道", "天桥路", ("天桥路夜市油烟太大，窗户不敢开", "天桥路夜市油烟呛人", "天桥路的夜市油烟没人管", "夜市油烟熏人，在天桥路")),
    ("三江街道", "工厂路", ("工厂路地下车库漏水一个月", "工厂路小区车库漏水没人修", "地下车库漏水，工厂路那边")),
    ("文龙街道", "通惠大道", ("通惠大道路灯整段不亮", "通惠大道晚上路灯不亮很黑")),
)  # fmt: skip


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from liandong.casework.execute import batch, execute
    from liandong.engine import hotspots
    from liandong.engine.models import LearnedModel, Notification, Spike, Suggested
    from liandong.rules.model import Actor, Command

    desk, start = Actor("desk", "seeder"), datetime.now(UTC).replace(microsecond=0) - timedelta(days=2)
    safe = dict.fromkeys(("life", "property", "public"), "no")

    def call(n: int, text: str, town: str, road: str, days: int = 0) -> str:
        at = start - timedelta(days=days) + timedelta(minutes=n)
        fields = {
            "kind": "complaint",
            "summary": text,
            "content": text,
            "safety": safe,
            "received_at": at.isoformat(),
            "source": {"channel": "110", "ref": f"routing-{n}-{days}"},
            "caller": {"name": "张三丰", "phone": f"138{n:08d}"},
            "place": {"township": town, "text": road},
        }
        return execute(Command("register", None, fields), desk, now=at).no

    with batch():
        ended = [call(n, f"第 {n} 盏路灯", "古南街道", f"{n} 号", 60) for n in range(ENDED)]
        hot = [
            call(1000 + 10 * at + n, text, town, road)
            for at, (town, road, told) in enumerate(TOPICS)
            for n, text in enumerate(told)
        ]
    for at, no in enumerate(ended):
        right = at % 40 != 39 and not (at > 110 and at % 3 == 0)
        Suggested.objects.create(
            case_no=no, position=at + 1, at_ms=1, model="base", unit="CG", matter="CG-02",
            confidence=0.995 - 0.6 * at / ENDED, auto=False, flagged=False, kept=False, asked=at % 20 == 7,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE casework_case SET state = 'closed', lead_unit = %s WHERE no = %s",
                ["CG" if right else "JT", no],
            )
    sensitive = hotspots.similar.setup().settings.spikes.sensitive[0].code
    raised = int(start.timestamp() * 1000)
    Spike.objects.create(
        sensitive=sensitive, township="500110001", position=9_000, case_no=hot[0], raised_ms=raised,
        last_ms=raised + 3_600_000, count=6, usual=0.42,
    )  # fmt: skip
    Notification.objects.create(
        position=9_000, n=hotspots.FIRST_N, case_no=hot[0], at_ms=raised, delivered_ms=raised,
        recipient="duty_office", kind=hotspots.NOTICE,
    )  # fmt: skip
    compared = {
        "cases": 412, "dangers": 23, "current": 331, "candidate": 347, "current_dangers": 23, "candidate_dangers": 23,
        "current_interval": [0.7625, 0.8391], "candidate_interval": [0.8041, 0.8742],
    }  # fmt: skip
    for version, state, held, reason in (
        ("m1790000000000", "retired", compared, "在留出的工单上不差于现用模型"),
        ("m1780000000000", "rejected", None, "可比较的已办结工单不足 100 件，仍用现有模型"),
    ):
        LearnedModel.objects.create(
            version=version, made_ms=int(version[1:]), by="system:nightly", state=state, file="f", data="d",
            phrasebook="p", case_count=2_104, cases=b"", measures={"held_back": held}, reason=reason,
        )  # fmt: skip


if __name__ == "__main__":
    main()
