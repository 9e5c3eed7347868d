"""The ASGI front: serves the live stream and static files itself and hands everything else to the synchronous WSGI application.

One process, one event loop for streams, a few threads for Django (more than two threads a worker only make
SQLite writers wait). ``LIANDONG_THREADS`` sets their number.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liandong.site.settings")

from .bridge import Bridge, Receive, Scope, Send
from .wsgi import application as wsgi_application

THREADS = int(os.environ.get("LIANDONG_THREADS", "2"))


class Front:
    """Streams and files here, lists that are already made from memory, the rest to Django."""

    def __init__(self) -> None:
        from liandong.engine.stream_http import PATHS, hub, serve  # models exist only now
        from liandong.screens.common.fragments import memory

        from .files import serve as serve_file
        from .fragments import Fragments

        self._stream_paths = frozenset(PATHS)
        self._serve_stream = serve
        self._serve_file = serve_file
        self._rest = Fragments(Bridge(wsgi_application, THREADS), memory, hub.call)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"] in self._stream_paths:
            await self._serve_stream(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith("/static/"):
            await self._serve_file(scope, receive, send)
        elif scope["type"] == "http":
            await self._rest(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await send({"type": "lifespan.shutdown.complete"})
                return


application = Front()
