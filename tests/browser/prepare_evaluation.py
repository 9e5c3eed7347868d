"""Run in a process of its own, after ``prepare``: one of every life in the third quarter of 2018."""

import os
import sys
from datetime import datetime
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "liandong.site.settings"
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> None:
    import django

    django.setup()
    from liandong.casework.execute import batch
    from liandong.district.policy import current
    from support import lives

    policy = current()
    with batch():
        for n, script in enumerate(lives.SCRIPTS * 2):
            start = datetime(2018, 7, 2 + n // 12, 9 + n % 3, n % 50, tzinfo=policy.zone)
            lives.live(script, n, start, policy)


if __name__ == "__main__":
    main()
