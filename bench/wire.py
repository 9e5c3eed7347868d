"""A keep-alive HTTP client that costs little: on two cores the client must not be what is measured."""

from __future__ import annotations

import json
import socket
from types import TracebackType
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """Status and body of one answer."""

    status: int
    body: bytes

    def json(self) -> Any:
        """The body read as JSON."""
        return json.loads(self.body)


class Wire:
    """One connection to a loopback port; opened again when the server closed it between two requests."""

    def __init__(self, port: int, headers: dict[str, str] | None = None, timeout: float = 60) -> None:
        self.port = port
        self.timeout = timeout
        self._head = "Host: 127.0.0.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items())
        self._socket: socket.socket | None = None
        self._rest = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def get(self, path: str) -> Answer:
        """GET."""
        return self._send(f"GET {path} HTTP/1.1\r\n{self._head}\r\n".encode())

    def post(self, path: str, fields: Any) -> Answer:
        """POST a JSON body."""
        body = json.dumps(fields, ensure_ascii=False).encode()
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head}Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return self._send(head.encode() + body)

    def _send(self, data: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=self.timeout)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._rest = b""
        self._socket.sendall(data)
        head = self._until(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
        }
        if fields.get("transfer-encoding", "").lower() == "chunked":
            body = b""
            while size := int(self._until(b"\r\n"), 16):
                body += self._take(size)
                self._take(2)
            self._take(2)
        else:
            body = self._take(int(fields.get("content-length", "0")))
        if fields.get("connection", "").lower() == "close":
            self.close()
        return Answer(int(lines[0].split()[1]), body)

    def _more(self) -> None:
        assert self._socket is not None
        got = self._socket.recv(262144)
        if not got:
            self.close()
            raise ConnectionError("the server closed the connection inside an answer")
        self._rest += got

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._rest:
            self._more()
        found, _, self._rest = self._rest.partition(mark)
        return found

    def _take(self, size: int) -> bytes:
        while len(self._rest) < size:
            self._more()
        found, self._rest = self._rest[:size], self._rest[size:]
        return found
