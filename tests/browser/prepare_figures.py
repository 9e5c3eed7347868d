"""Run in a process of its own, after ``prepare``: some days of cases of several townships and units."""

import os
from datetime import UTC, datetime, timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "liandong.site.settings"

TOWNS = ("古南街道", "东溪镇", "石角镇", "永新镇")
UNITS = (("CG", "CG-02"), ("HB", "HB-01"), ("JT", "JT-01"))
MINUTE = timedelta(minutes=1)


def main() -> None:
    import django

    django.setup()
    from liandong.casework.execute import batch, execute
    from liandong.rules.model import Actor, Command

    desk, now = Actor("desk", "seeder"), datetime.now(UTC).replace(microsecond=0)
    safe = dict.fromkeys(("life", "property", "public"), "no")

    def do(name: str, no: str | None, actor: Actor, at: datetime, **fields: object) -> str:
        return execute(Command(name, no, fields), actor, now=at).no

    with batch():
        for n in range(80):
            at = now - timedelta(hours=3 + 5 * n)
            (unit, matter), town = UNITS[n % 3], TOWNS[n * n % 4]
            no = do(
                "register", None, desk, at, kind="complaint" if n % 3 else "help", summary=f"第 {n} 件：路面有积水",
                content="路面有积水", safety=safe, received_at=at.isoformat(),
                source={"channel": "110", "ref": f"figures-{n}"}, place={"township": town, "text": "路口"},
                caller={"name": "张三丰", "phone": f"138{n:08d}"},
            )  # fmt: skip
            if n % 8 == 7:
                continue
            do(
                "dispatch",
                no,
                desk,
                at + MINUTE,
                lead_unit=unit,
                matter=matter,
                basis="职责",
                **{"class": "general"},
            )
            actor = Actor("unit", "zhang", unit)
            do("sign", no, actor, at + (80 if n % 5 == 0 else 10) * MINUTE, receiver="值班员")
            if n % 4 == 3:
                continue
            told = at + 90 * MINUTE
            do(
                "feedback",
                no,
                actor,
                told,
                result="resolved",
                text="已处理",
                contacted_caller=True,
                contacted_at=told.isoformat(),
            )
            do("accept_feedback", no, desk, told + MINUTE)
            said = "dissatisfied" if n % 6 == 0 else "satisfied"
            do(
                "call_back",
                no,
                desk,
                told + 2 * MINUTE,
                reached=True,
                satisfaction=said,
                solved="partly" if n % 6 == 0 else "yes",
            )


if __name__ == "__main__":
    main()
