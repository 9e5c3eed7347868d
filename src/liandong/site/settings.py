"""Django settings: one process image for pages, API, command line and workers.

Everything a district changes lies in its pack or in these environment variables:
LIANDONG_HOME (data, keys; default ./var), LIANDONG_DATABASE_URL (sqlite:///path or postgres://user:pw@host:port/db),
LIANDONG_HOSTS (comma separated), LIANDONG_SIDE (desk or government: one of two instances), LIANDONG_DEBUG
(never in production).
"""

import contextlib
import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

HOME = Path(os.environ.get("LIANDONG_HOME", "var")).resolve()
DEBUG = os.environ.get("LIANDONG_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("LIANDONG_HOSTS", "*").split(",")


def _secret(name: str) -> str:
    """Read a local secret, making it once (0600) on first use; never logged, never in the database."""
    path = HOME / "keys" / name
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_hex(32))
        with contextlib.suppress(FileExistsError):  # another process made it first: its secret counts
            os.link(draft, path)  # whole or not at all: nobody reads a half-written secret
        draft.unlink()
        return path.read_text().strip()


SECRET_KEY = os.environ.get("LIANDONG_SECRET_KEY") or _secret("django")
MASTER_KEY = os.environ.get("LIANDONG_MASTER_KEY") or _secret("master")  # hex; wraps the per-case keys

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "axes",
    "liandong.district",
    "liandong.casework",
    "liandong.registers",
    "liandong.engine",
    "liandong.api",
    "liandong.screens",
]
AUTH_USER_MODEL = "district.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_CALLABLE = "liandong.screens.account.views.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "liandong.screens.common.middleware.ScreensMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
PROGRAM_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
ROOT_URLCONF = "liandong.site.urls"
WSGI_APPLICATION = "liandong.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def database(url: str) -> dict[str, object]:
    """Turn a database URL into Django's settings: SQLite (WAL, FULL, BEGIN IMMEDIATE) or PostgreSQL."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path[1:])
            if parts.path.startswith("//")
            else unquote(parts.path.lstrip("/") and parts.path),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"
                "PRAGMA foreign_keys=ON;PRAGMA cache_size=-32000;PRAGMA mmap_size=268435456;",
            },
            "CONN_MAX_AGE": None,
        }
    if parts.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            # the writing path repeats few statements: prepared once on the server, they are only bound
            "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ValueError(f"LIANDONG_DATABASE_URL: sqlite:///… or postgres://…, not {parts.scheme!r}")


DATABASES = {
    "default": database(os.environ.get("LIANDONG_DATABASE_URL") or f"sqlite:///{HOME}/liandong.sqlite3")
}
# Rate limits count across the processes of one machine; a cluster points this at a shared server.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(HOME / "cache"),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [Path(__file__).resolve().parent.parent / "screens" / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "/static/"
MEDIA_ROOT = HOME / "attachments"
LOOKS_ROOT = HOME / "looks"
LIANDONG_HOME = HOME
LIANDONG_SIDE = os.environ.get("LIANDONG_SIDE", "")  # desk or government where two instances share the work
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SESSION_SAVE_EVERY_REQUEST = False
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"private": {"()": "liandong.site.logs.PrivateFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "private"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LIANDONG_LOG", "WARNING")},
}
