"""The WSGI entry point: pages and API without the live stream (``/stream`` needs the ASGI front)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liandong.site.settings")
application = get_wsgi_application()
