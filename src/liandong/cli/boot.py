"""Start Django for one command, and the few questions about the store that several commands ask."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import AnswerIsNo

SETTINGS = "liandong.site.settings"


def boot() -> None:
    """Make models usable. The settings are named, not imported: nothing below floor 6 knows the site."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()


def pack_directory() -> Path:
    """Where the district's pack lies: LIANDONG_PACK, else packs/qijiang beside the program."""
    named = os.environ.get("LIANDONG_PACK")
    if named:
        return Path(named)
    here = Path(__file__).resolve()
    shipped = (here.parents[3] / "packs" / "qijiang", here.parents[1] / "packs" / "qijiang")
    return next((path for path in shipped if path.is_dir()), shipped[0])


def unapplied() -> list[str]:
    """Names of migrations the store still lacks, in the order they would be applied."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> int:
    """Bring the store's tables up to date; the number of migrations applied."""
    from django.core.management import call_command

    missing = unapplied()
    if missing:
        call_command("migrate", interactive=False, verbosity=0)
    return len(missing)


def require_store() -> None:
    """Refuse, with what to do, when tables are missing or no pack is loaded."""
    from django.db import OperationalError

    try:
        missing = unapplied()
    except OperationalError as error:
        raise AnswerIsNo(f"数据库打不开：{first_line(error)}。请检查 LIANDONG_DATABASE_URL。") from error
    if missing:
        raise AnswerIsNo(f"数据库还缺 {len(missing)} 个迁移。请先运行 liandong migrate。")
    if not pack_loaded():
        raise AnswerIsNo("还没有装入区县数据包。请先运行 liandong init --pack 目录（示范：packs/qijiang）。")


def pack_loaded() -> bool:
    """Whether units, limits and calendar of a district are in the store."""
    from liandong.district.models import Unit

    return bool(Unit.objects.exists())


def first_line(error: BaseException) -> str:
    """An exception as one line fit for a person."""
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
