"""Run in a process of its own: load the pack, make accounts, optionally many cases, in the store of LIANDONG_HOME."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "liandong.site.settings"

PACK = Path(__file__).parents[2] / "packs" / "qijiang"


def main(many: int) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from liandong.casework.execute import batch, execute
    from liandong.district import accounts, packs
    from liandong.rules.model import Actor, Command

    call_command("migrate", interactive=False, verbosity=0)
    packs.load(PACK)
    accounts.demo_accounts()
    newcomer = accounts.create_account("newcomer", "desk", password="First-Pass-01")
    accounts.Account.objects.filter(pk=newcomer.pk).update(trained_version=1)
    accounts.create_account("trainee", "desk", password="Liandong-2018", must_change_password=False)
    desk = Actor("desk", "seeder")
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=4)
    safe = dict.fromkeys(("life", "property", "public"), "no")
    with batch():
        for n in range(many):
            fields = {
                "kind": "complaint",
                "summary": f"批量案件 {n:05d} 路面有积水",
                "content": "路面有积水",
                "safety": safe,
                "received_at": (start + timedelta(milliseconds=n)).isoformat(),
                "source": {"channel": "110", "ref": f"many-{n}"},
            }
            execute(
                Command("register", None, fields), desk, now=start + timedelta(seconds=30, milliseconds=n)
            )


if __name__ == "__main__":
    main(int(sys.argv[1]))
