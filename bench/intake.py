"""From other systems: files a second through the watched folder, and catching up after an hour's outage of a view.

An hour of a district's 110 desk is taken as 600 rows (0.2 M calls a year are some 25 an hour, a storm's peak ten times that and
more); the view is a real one, on SQLite and, with the store on PostgreSQL, on that server.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
PART = "intake"
HOUR = 600


def record(n: int, at: datetime) -> dict[str, Any]:
    """One push of a fictitious 110 system (packs/qijiang/intake/jcj.toml)."""
    return {
        "xxbh": f"m{n}", "czlx": "1", "jjdbh": f"J{time.time_ns()}-{n}", "bjsj": f"{at:%Y-%m-%d %H:%M:%S}", "bjlb": "10",
        "bjnr": f"古南街道中山路 {n} 号门前的路灯坏了三天，没有人来修。", "bjr": {"xm": "张三", "lxdh": f"138{n:08d}"},
        "sfdz": f"中山路 {n} 号",
    }  # fmt: skip


def files(count: int) -> None:
    """``count`` files of one record each, one in a hundred broken; prints seconds and how many were set aside."""
    from liandong.district import policy
    from liandong.engine.instants import now
    from liandong.engine.intake import folder, mapping
    from liandong.engine.routing import router

    used, moment, rules = mapping.mappings()["jcj"], now(), policy.current()
    router()  # a worker has it loaded
    place = folder.prepare(Path(os.environ["LIANDONG_HOME"]) / "intake", used)
    old = time.time() - 100
    for n in range(count):
        path = place / "in" / f"{n:06d}.json"
        body = {"jjdList": [record(n, moment - timedelta(minutes=5))]}
        text = json.dumps(body, ensure_ascii=False)
        path.write_text(text if n % 100 else text[:-9])
        os.utime(path, (old, old))
    started, done, aside = time.perf_counter(), 0, 0
    while done < count:
        taken = folder.look(place, used, now(), rules)
        done, aside = done + taken.files, aside + taken.aside
    print(json.dumps({"seconds": time.perf_counter() - started, "aside": aside}))


def outage(count: int) -> None:
    """A view that was away for an hour and comes back with ``count`` rows; prints seconds until all are cases."""
    import sqlalchemy as sa

    from liandong.district import policy
    from liandong.engine.instants import now
    from liandong.engine.intake import mapping, view
    from liandong.engine.models import IntakeCursor
    from liandong.engine.routing import router

    used, moment, rules = mapping.mappings()["jcj"], now(), policy.current()
    router()
    url = os.environ["BENCH_SOURCE"]
    source = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    kind = "TIMESTAMP" if source.dialect.name == "postgresql" else "VARCHAR(30)"
    os.environ["LIANDONG_INTAKE_URL_JCJ"] = "postgresql://nobody@127.0.0.1:1/none"
    view.poll(used, moment, rules)  # the outage
    with source.begin() as connection:
        connection.execute(
            sa.text(
                f"CREATE TABLE jjd (xxbh VARCHAR(40), czlx VARCHAR(2), jjdbh VARCHAR(40), bjsj VARCHAR(30), bjnr VARCHAR(2000), gxsj {kind})"
            )
        )
        connection.execute(sa.text("CREATE VIEW v_jjd_push AS SELECT * FROM jjd"))
        rows = []
        for n in range(count):
            at = moment - timedelta(hours=1) + timedelta(seconds=n * 3600 / count)
            rows.append(
                {
                    "a": f"{n:08d}",
                    "c": f"V{n}",
                    "d": f"{at:%Y-%m-%d %H:%M:%S}",
                    "e": f"路灯坏了 {n}",
                    "f": f"{at:%Y-%m-%d %H:%M:%S}",
                }
            )
        connection.execute(sa.text("INSERT INTO jjd VALUES (:a, '1', :c, :d, :e, :f)"), rows)
    os.environ["LIANDONG_INTAKE_URL_JCJ"] = url
    started, taken = time.perf_counter(), 0
    while taken < count:
        IntakeCursor.objects.update(next_ms=0)
        taken += view.poll(used, now(), rules).taken
    seconds = time.perf_counter() - started
    IntakeCursor.objects.update(next_ms=0)
    started = time.perf_counter()
    again = view.poll(used, now(), rules)
    print(json.dumps({"seconds": seconds, "again": time.perf_counter() - started, "twice": again.taken}))


def main() -> int:
    """Both measurements on every database."""
    from harness import KINDS, QUICK, absent, database, emit

    count, hour = (200, 200) if QUICK else (2_000, HOUR)
    for kind in KINDS:
        try:
            with database(kind) as make:
                store = make()
                found = json.loads(store.python(str(HERE), "files", str(count)))
                emit(
                    PART,
                    f"files a second through the watched folder ({kind})",
                    f"{count / found['seconds']:.0f}/s, {found['aside']} of {count} broken and set aside",
                    "all broken ones set aside",
                    found["aside"] == count // 100,
                )
                source = f"sqlite:///{store.home}/source.db"
                if kind == "postgres":
                    source = store.url.replace("postgres://", "postgresql://")
                os.environ["BENCH_SOURCE"] = source
                found = json.loads(store.python(str(HERE), "outage", str(hour)))
                emit(
                    PART,
                    f"catching up {hour} rows after an hour's outage ({kind})",
                    f"{found['seconds']:.1f} s, reading the overlap again {found['again'] * 1000:.0f} ms, taken twice {found['twice']}",
                    "under 60 s, none twice",
                    found["seconds"] < 60 and found["twice"] == 0,
                )
        except RuntimeError as error:
            absent(PART, kind, str(error)[:200])
    return 0


if __name__ == "__main__":
    if len(sys.argv) > 1:
        import django

        django.setup()
        {"files": files, "outage": outage}[sys.argv[1]](int(sys.argv[2]))
    else:
        sys.exit(main())
