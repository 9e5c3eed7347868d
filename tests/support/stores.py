"""Stores of their own for tests that need several processes or must damage what they find."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from urllib.parse import urlsplit

MASTER_KEY = "11" * 32
ROOT = Path(__file__).resolve().parents[2]


class Stores:
    """Hands out fresh migrated databases: copies of one template, made once in a test run."""

    def __init__(self, postgres_url: str | None) -> None:
        self.postgres_url = postgres_url
        self.home = Path(tempfile.mkdtemp(prefix="liandong-stores-"))
        self._template: str | None = None

    def environment(self, url: str) -> dict[str, str]:
        """The environment of a process that works on that store."""
        return {
            **os.environ,
            "LIANDONG_DATABASE_URL": url,
            "LIANDONG_HOME": str(self.home),
            "LIANDONG_MASTER_KEY": MASTER_KEY,
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "liandong.site.settings"),
            "PYTHONPATH": os.pathsep.join(
                [str(ROOT / "tests"), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
            ),
        }

    def fresh(self) -> str:
        """The URL of an empty store."""
        if self._template is None:
            self._template = self._make_template()
        name = f"s{uuid.uuid4().hex[:12]}"
        if self.postgres_url:
            self._sql(f"CREATE DATABASE {name} TEMPLATE {self._template}")
            return self._named(name)
        path = self.home / f"{name}.sqlite3"
        shutil.copyfile(self.home / "template.sqlite3", path)
        return f"sqlite:///{path}"

    def _make_template(self) -> str:
        if self.postgres_url:
            name = f"template_{uuid.uuid4().hex[:8]}"
            self._sql(f"CREATE DATABASE {name}")
            url = self._named(name)
        else:
            name = "template"
            url = f"sqlite:///{self.home / 'template.sqlite3'}"
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--skip-checks", "-v", "0"],
            check=True,
            env=self.environment(url),
            cwd=self.home,
            timeout=180,
        )
        return name

    def _named(self, name: str) -> str:
        parts = urlsplit(self.postgres_url or "")
        return f"postgres://{parts.netloc}/{name}"

    def _sql(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.postgres_url or "", autocommit=True) as connection:
            connection.execute(statement)

    def close(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.home, ignore_errors=True)
