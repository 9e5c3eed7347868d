"""Polling a view of another system's database, a real one on each database: nothing missed, nothing twice, nothing written."""

from __future__ import annotations

import os
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from liandong.casework import queries
from liandong.district import packs
from liandong.engine.intake import mapping, view
from liandong.engine.models import IntakeCursor
from liandong.registers import queries as registers
from support import flow
from support.policy import PACK

pytestmark = pytest.mark.django_db
TABLE = "CREATE TABLE jjd (xxbh {id}, czlx VARCHAR(2), jjdbh VARCHAR(40), bjsj VARCHAR(30), bjnr VARCHAR(2000), gxsj {time})"
VIEW = "CREATE VIEW v_jjd_push AS SELECT xxbh, czlx, jjdbh, bjsj, bjnr, gxsj FROM jjd"


class Source:
    """The other system's own database."""

    def __init__(self, url: str, time: str) -> None:
        self.url, self.engine = url, sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with self.engine.begin() as connection:
            connection.execute(sa.text("DROP VIEW IF EXISTS v_jjd_push"))
            connection.execute(sa.text("DROP TABLE IF EXISTS jjd"))
            connection.execute(sa.text(TABLE.format(id="VARCHAR(40)", time=time)))
            connection.execute(sa.text(VIEW))

    def add(self, n: int, at: str, said: str = "路灯坏了", do: str = "1") -> None:
        row = {"n": f"{n:06d}", "do": do, "ref": f"JJ{n}", "at": at, "said": said}
        with self.engine.begin() as connection:
            connection.execute(
                sa.text("INSERT INTO jjd VALUES (:n, :do, :ref, '2018-06-01 08:00:00', :said, :at)"), row
            )

    def change(self, n: int, at: str, said: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                sa.text("UPDATE jjd SET bjnr = :said, gxsj = :at WHERE xxbh = :n"),
                {"n": f"{n:06d}", "at": at, "said": said},
            )

    def rows(self) -> list[tuple]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text("SELECT * FROM jjd ORDER BY xxbh"))]


@pytest.fixture(scope="module")
def server():
    """The run's PostgreSQL, or one of its own where the run is on SQLite."""
    if "LIANDONG_TEST_PG" in os.environ:
        yield os.environ["LIANDONG_TEST_PG"]
        return
    from support.postgres import Server

    made = Server()
    made.start()
    yield made.url
    made.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def source(request, tmp_path, monkeypatch):
    if request.param == "sqlite":
        made = Source(f"sqlite:///{tmp_path}/jcj.db", "VARCHAR(30)")
    else:
        parts = urlsplit(request.getfixturevalue("server"))
        made = Source(f"postgresql://{parts.netloc}{parts.path}", "TIMESTAMP")
    monkeypatch.setenv("LIANDONG_INTAKE_URL_JCJ", made.url)
    view._passes.clear()
    yield made
    made.engine.dispose()
    view._engine(made.url).dispose()
    view._engine.cache_clear()


@pytest.fixture
def now(at):
    packs.load(PACK)
    return at("2018-06-01T10:00")


def poll(now, policy, **more):
    IntakeCursor.objects.update(next_ms=0)
    return view.poll(mapping.mappings()["jcj"], now, policy, **more)


def cases():
    return len(queries.list_cases(flow.DESK, limit=200).items)


def test_rows_become_cases_once_and_the_source_is_untouched(source, now, policy):
    for n in range(5):
        source.add(n, f"2018-06-01 09:0{n}:00")
    before = source.rows()
    assert poll(now, policy)[:3] == (5, 5, 0)
    assert poll(now, policy).taken == 0
    assert (cases(), source.rows()) == (5, before)


def test_a_row_committed_late_is_not_missed(source, now, policy):
    source.add(1, "2018-06-01 09:30:00")
    poll(now, policy)
    source.add(2, "2018-06-01 09:25:00")
    assert poll(now, policy).taken == 1


def test_a_changed_row_is_a_new_message_and_its_text_a_note(source, now, policy):
    source.add(1, "2018-06-01 09:00:00")
    poll(now, policy)
    source.change(1, "2018-06-01 09:05:00", "路灯坏了，还有积水")
    assert poll(now, policy).taken == 1
    assert cases() == 1


def test_a_row_dated_tomorrow_hides_nothing(source, now, policy):
    source.add(1, "2018-06-09 09:00:00")
    poll(now, policy)
    source.add(2, "2018-06-01 09:58:00")
    assert poll(now, policy).taken == 1


def test_many_rows_of_one_instant_are_read_in_handfuls(source, now, policy):
    for n in range(450):
        source.add(n, "2018-06-01 09:00:00", do="2")
    first = poll(now, policy, limit_pages=1)
    assert (first.rows, first.more) == (200, True)
    assert poll(now, policy, limit_pages=1).taken == 200
    assert poll(now, policy, limit_pages=1).taken == 50


def test_after_a_restart_and_an_hours_outage_it_catches_up(source, now, policy):
    source.add(1, "2018-06-01 09:00:00")
    poll(now, policy)
    view._passes.clear()
    for n in range(2, 60):
        source.add(n, f"2018-06-01 10:{n % 60:02d}:00")
    assert poll(now + timedelta(hours=1), policy).taken == 58


def test_one_bad_row_waits_for_a_person_and_the_others_go_on(source, now, policy):
    source.add(1, "2018-06-01 09:00:00", said="")
    source.add(2, "2018-06-01 09:01:00")
    assert poll(now, policy).aside == 1
    assert cases() == 1
    assert len(registers.find(flow.LEAD, "quarantine").items) == 1
    poll(now, policy)
    assert len(registers.find(flow.LEAD, "quarantine").items) == 1


def test_the_adapter_cannot_write_even_if_it_wanted_to(source, now, policy):
    with view._connected(source.url) as connection, pytest.raises(sa.exc.SQLAlchemyError):
        connection.execute(sa.text("DELETE FROM jjd"))


def test_a_source_that_is_away_is_asked_ever_more_rarely_and_comes_back(source, now, policy, monkeypatch):
    source.add(1, "2018-06-01 09:00:00")
    monkeypatch.setenv("LIANDONG_INTAKE_URL_JCJ", "postgresql://nobody@127.0.0.1:1/none")
    pauses = []
    for _ in range(4):
        poll(now, policy)
        row = IntakeCursor.objects.get(name="view:jcj")
        pauses.append(row.next_ms)
    assert row.failures == 4
    assert row.error
    used = mapping.mappings()["jcj"]
    assert view.poll(used, now, policy) == view.Read()  # before its time nobody asks
    monkeypatch.setenv("LIANDONG_INTAKE_URL_JCJ", source.url)
    assert poll(now, policy).taken == 1
    assert IntakeCursor.objects.get(name="view:jcj").failures == 0
