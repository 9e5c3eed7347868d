"""Fixtures for every room: the databases, the district's policy, time that stands still.

``LIANDONG_TEST_DB=sqlite`` (default) or ``postgres`` chooses the database of the whole run; ``make test`` runs both.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from support.postgres import Server  # noqa: E402
from support.stores import MASTER_KEY, Stores  # noqa: E402

_server: Server | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Point Django at the chosen database; the run's first process starts PostgreSQL, workers share it."""
    global _server
    from django.conf import settings
    from django.db import connections

    settings.MASTER_KEY = MASTER_KEY
    settings.MEDIA_ROOT = Path(tempfile.gettempdir()) / "liandong-test-attachments"
    settings.LOOKS_ROOT = Path(tempfile.mkdtemp(prefix="liandong-test-looks-"))
    # each process of a run counts rates for itself: another worker's clearing must not reset them
    settings.CACHES["default"]["LOCATION"] = tempfile.mkdtemp(prefix="liandong-test-cache-")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    kind = os.environ.get("LIANDONG_TEST_DB", "sqlite")
    if kind not in ("sqlite", "postgres"):
        raise pytest.UsageError("LIANDONG_TEST_DB: sqlite or postgres")
    if kind == "postgres":
        from liandong.site.settings import database

        if "LIANDONG_TEST_PG" not in os.environ:
            _server = Server()
            _server.start()
            os.environ["LIANDONG_TEST_PG"] = _server.url
        settings.DATABASES["default"] = database(os.environ["LIANDONG_TEST_PG"])
        connections.__dict__.pop("settings", None)  # whoever looked before saw the embedded database
        if hasattr(connections._connections, "default"):
            del connections["default"]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that this process started."""
    global _server
    if _server is not None:
        from django.db import connections

        connections.close_all()
        _server.stop()
        os.environ.pop("LIANDONG_TEST_PG", None)
        _server = None


@pytest.fixture(scope="session")
def stores() -> Iterator[Stores]:
    """Fresh stores for tests that run several processes."""
    made = Stores(os.environ.get("LIANDONG_TEST_PG"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def policy():  # type: ignore[no-untyped-def]
    """The policy of 綦江's pack, as the rules get it."""
    from support.policy import load

    return load()


@pytest.fixture
def at(policy):  # type: ignore[no-untyped-def]
    """An instant in the district's zone from a text like ``2018-06-01T09:00``."""

    def make(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=policy.zone)

    return make


@pytest.fixture(autouse=True)
def trained_at_log_in(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever signs in during a test has passed the course (R56); a test that asks for ``untrained`` has not."""
    from django.contrib.auth.signals import user_logged_in

    def pass_course(sender: object, user: object, **_: object) -> None:
        type(user)._default_manager.filter(pk=user.pk, trained_version=0).update(trained_version=1)  # type: ignore[attr-defined]

    wanted = "untrained" not in request.fixturenames
    if wanted:
        user_logged_in.connect(pass_course)
    yield
    if wanted:
        user_logged_in.disconnect(pass_course)


@pytest.fixture
def untrained() -> None:
    """Accounts of this test start as they are made: without any course passed."""
