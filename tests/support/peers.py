"""Real peers on loopback for tests of the channels: an HTTP gateway, an SMTP server, a modem on a pseudo-terminal."""

from __future__ import annotations

import asyncio
import json
import os
import random
import select
import socket
import ssl
import threading
import time
import tty
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def free_port() -> int:
    """A loopback port below the range of outgoing connections."""
    for _ in range(200):
        port = random.randint(20000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")


class Gateway:
    """An SMS gateway. ``answers``: what the next calls get: (status, body), "hang", "half"; after them a plain yes."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Any] = []
        self.patience = 1.5
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.calls.append(({k.lower(): v for k, v in self.headers.items()}, body))
                answer = outer.answers.pop(0) if outer.answers else None
                if answer == "hang":
                    time.sleep(outer.patience)
                    self.close_connection = True
                    return
                if answer == "half":  # the head promises more than comes
                    self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"code": "0", "id"')
                    self.close_connection = True
                    return
                status, said = answer or (200, {"code": "0", "id": f"G{len(outer.calls)}"})
                data = said if isinstance(said, bytes) else json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self.port = free_port()
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.port}/sms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def sent(self) -> list[dict[str, Any]]:
        """The bodies of all calls."""
        return [json.loads(body) for _, body in self.calls]

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.server.server_close()


class PostOffice:
    """An SMTP server on asyncio. ``refuse``: what RCPT answers; ``after_data``: what follows the text ("" hangs up).

    ``tls``: its certificate; encrypted from the first byte, or after STARTTLS where ``upgrade``.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, *, upgrade: bool = False) -> None:
        self.tls, self.upgrade = tls, upgrade
        self.letters: list[str] = []
        self.refuse = ""
        self.after_data = "250 taken"
        self.greeting = "220 ready"
        self.logins: list[str] = []
        self.port = free_port()
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()

        def run() -> None:
            asyncio.set_event_loop(self.loop)
            self.server = self.loop.run_until_complete(
                asyncio.start_server(
                    self._talk, "127.0.0.1", self.port, ssl=None if self.upgrade else self.tls
                )
            )
            ready.set()
            self.loop.run_forever()

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()
        ready.wait(5)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(text: str) -> None:
            writer.write((text + "\r\n").encode())
            await writer.drain()

        try:
            await say(self.greeting)
            while line := (await reader.readline()).decode("utf-8", "replace").strip():
                word = line[:4].upper()
                if word == "EHLO":
                    offer = (
                        "250-STARTTLS\r\n" if self.upgrade and not writer.get_extra_info("sslcontext") else ""
                    )
                    await say(f"250-here\r\n{offer}250 AUTH PLAIN")
                elif word == "STAR" and self.upgrade and self.tls:
                    await say("220 go on")
                    await writer.start_tls(self.tls)
                elif word == "AUTH":
                    self.logins.append(line)
                    await say("235 welcome" if "c2VjcmV0" not in line else "535 no")
                elif word == "RCPT":
                    await say(self.refuse or "250 ok")
                elif word == "DATA":
                    await say("354 go on")
                    text = ""
                    while (part := (await reader.readline()).decode()) not in (".\r\n", ""):
                        text += part
                    self.letters.append(text)
                    if not self.after_data:
                        break
                    await say(self.after_data)
                else:
                    await say("250 ok")
        except (ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    def close(self) -> None:
        """Stop listening."""

        async def end() -> None:
            self.server.close()
            mine = asyncio.current_task()
            talks = [task for task in asyncio.all_tasks() if task is not mine]
            for task in talks:
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()


class Modem:
    """A modem on a pseudo-terminal. ``errors``: what the next messages get instead of a yes ("silent" says nothing).
    ``store``: what lies in its memory, by index; ``memory`` False: it has none for reports and says them as ``+CDS``."""

    def __init__(self) -> None:
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.device = os.ttyname(slave)
        self._slave = slave
        self.said: list[str] = []
        self.bodies: list[str] = []
        self.errors: list[str] = []
        self.memory = True
        self.store: dict[int, str] = {}
        self.held: list[str] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        heard, body = b"", False
        while not self.stop.is_set():
            if not select.select([self.master], [], [], 0.05)[0]:
                continue
            heard += os.read(self.master, 4096)
            while True:
                ends = [heard.find(end) for end in ((b"\x1a", b"\x1b") if body else (b"\r",)) if end in heard]
                if not ends:
                    break
                line, mark, heard = heard[: min(ends)], heard[min(ends)], heard[min(ends) + 1 :]
                if not body:
                    text = line.decode()
                    self.said.append(text)
                    body = text.startswith("AT+CMGS")
                    self._say("\r\n> " if body else self._answer(text))
                    continue
                body = False
                if mark == 0x1B:
                    continue
                error = self.errors.pop(0) if self.errors else ""
                if error == "silent":
                    continue
                if not error:
                    self.bodies.append(line.decode())
                self._say(f"\r\n{error}\r\n" if error else f"\r\n+CMGS: {len(self.bodies)}\r\n\r\nOK\r\n")

    def _answer(self, text: str) -> str:
        if not self.memory and (text.startswith("AT+CPMS") or text == "AT+CNMI=2,0,0,2,0"):
            return "\r\n+CMS ERROR: 302\r\n"
        said = ""
        if text == "AT+CMGL=4":
            said = "".join(
                f"\r\n+CMGL: {at},0,,{len(pdu) // 2 - 1}\r\n{pdu}" for at, pdu in self.store.items()
            )
        elif text.startswith("AT+CMGD="):
            del self.store[int(text.partition("=")[2])]
        elif text == "AT+CNMI=2,0,0,1,0":  # lines held back come now, after the OK
            came = "".join(f"\r\n+CDS: {len(pdu) // 2 - 1}\r\n{pdu}\r\n" for pdu in self.held)
            self.held.clear()
            return f"{text}\r\r\nOK\r\n{came}"
        return f"{text}\r{said}\r\nOK\r\n"

    def _say(self, text: str) -> None:
        for char in text.encode():  # a slow line: answers arrive in pieces
            os.write(self.master, bytes([char]))

    def close(self) -> None:
        """Unplug it."""
        self.stop.set()
        self.thread.join(2)
        os.close(self.master)
        os.close(self._slave)
