"""django-helpdesk beside us: a ticket created and assigned through its own models, on the same kind of database.

Runs in its own throw-away virtual environment (requirements-helpdesk.txt); it knows nothing of this project.
usage: beside_helpdesk.py prepare|models|functions URL [COUNT]
"""

from __future__ import annotations

import sys
import time
from urllib.parse import urlsplit


def database(url: str) -> dict[str, object]:
    """The same settings as the product's: WAL, FULL, BEGIN IMMEDIATE; psycopg with kept connections."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        pragmas = (
            "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA foreign_keys=ON;"
            "PRAGMA cache_size=-32000;PRAGMA mmap_size=268435456;"
        )
        options = {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": pragmas}
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": url.removeprefix("sqlite:///"),
            "OPTIONS": options,
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username,
        "HOST": parts.hostname,
        "PORT": str(parts.port),
    }


def configure(url: str) -> None:
    """A minimal project around django-helpdesk; mail goes nowhere but is composed."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="bench",
        DATABASES={"default": database(url)},
        INSTALLED_APPS=[
            "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
            "django.contrib.sites", "django.contrib.humanize", "django.contrib.messages", "helpdesk",
        ],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        ROOT_URLCONF=__name__,
        SITE_ID=1,
        USE_TZ=True,
        EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        HELPDESK_TEAMS_MODEL="auth.Group",
        HELPDESK_TEAMS_MIGRATION_DEPENDENCIES=[("auth", "0001_initial")],
        LOGGING_CONFIG=None,
    )  # fmt: skip
    django.setup()


def main() -> None:
    """Prepare the tables, or measure: prints tickets a second."""
    mode, url, *rest = sys.argv[1:]
    configure(url)
    from django.contrib.auth import get_user_model
    from django.urls import include, path

    globals()["urlpatterns"] = [path("helpdesk/", include("helpdesk.urls", namespace="helpdesk"))]
    from helpdesk.models import FollowUp, Queue, Ticket

    people = get_user_model().objects
    if mode == "prepare":
        from django.core.management import call_command

        call_command("migrate", interactive=False, verbosity=0)
        people.create_user("desk", "desk@example.com", "x", is_staff=True)
        people.create_user("unit", "unit@example.com", "x", is_staff=True)
        Queue.objects.create(title="110", slug="q110", email_address="q@example.com")
        return
    desk, unit, queue = (
        people.get(username="desk"),
        people.get(username="unit"),
        Queue.objects.get(slug="q110"),
    )
    count = int(rest[0])
    began = time.perf_counter()
    for number in range(count):
        ticket = Ticket.objects.create(
            queue=queue, title=f"路灯不亮 {number}", description="古南街道某处路灯坏了三天，请派人修理",
            submitter_email="caller@example.com", priority=3,
        )  # fmt: skip
        if mode == "functions":
            from helpdesk.update_ticket import update_ticket

            update_ticket(desk, ticket, owner=unit.id, comment="")
            continue
        FollowUp.objects.create(ticket=ticket, title="Ticket Opened", public=True, user=desk)
        ticket.assigned_to = unit
        ticket.save()
        change = FollowUp.objects.create(ticket=ticket, title="Assigned to unit", public=False, user=desk)
        change.ticketchange_set.create(field="Owner", old_value="", new_value="unit")
    print(count / (time.perf_counter() - began))


main()
