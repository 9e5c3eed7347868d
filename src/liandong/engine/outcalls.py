"""Calling an address somebody else chose, without letting it reach into our own network.

The name is resolved once, every address is checked, and the call goes to exactly the checked address (a second
look-up could answer differently). No redirects, no proxies from the environment; time and size of an answer are
bounded as a whole. Whoever calls out calls here: webhooks, SMS gateways, mail servers (docs/decisions/070).
LIANDONG_WEBHOOK_ALLOW names hosts (comma separated, host or host:port) that may be private or loopback.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx

TIMEOUT_SECONDS = 10.0
ANSWER_LIMIT = 64_000
LONGEST_WAIT_SECONDS = 3600
"""A receiver may ask for so much rest (Retry-After), not for more."""
UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses the world routes; site-local and IPv4-compatible ones pass for global elsewhere."""


class Forbidden(Exception):
    """The address may not be called; the text says why, in Chinese."""


class Unreachable(Exception):
    """Nobody answered properly: name unknown, refused, timed out."""


class Target(NamedTuple):
    """A checked address: the URL as given, host and port, and the one address to connect to."""

    url: str
    host: str
    port: int
    address: str


def allowed_hosts() -> frozenset[str]:
    """Hosts an administrator lets be private, as ``host`` or ``host:port``."""
    names = os.environ.get("LIANDONG_WEBHOOK_ALLOW", "").split(",")
    return frozenset(name.strip().lower() for name in names if name.strip())


def parse(url: str) -> tuple[str, int]:
    """Host and port of an acceptable URL, without asking the network. Raises Forbidden."""
    if len(url) > 500 or not url.isascii() or any(c.isspace() or ord(c) < 32 for c in url):
        raise Forbidden("网址须为不超过 500 个字符的 ASCII 网址。")
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise Forbidden("网址格式有误，请核对。") from error
    host = (parts.hostname or "").lower()
    if not host or parts.username or parts.password or parts.fragment:
        raise Forbidden("网址须含主机名，不得含账号、密码或 # 片段。")
    exempt = {host, f"{host}:{port}"} & allowed_hosts()
    if parts.scheme != "https" and not (parts.scheme == "http" and exempt):
        raise Forbidden("回调地址须为 https；内网地址须由系统管理员列入 LIANDONG_WEBHOOK_ALLOW。")
    return host, port


def check(url: str) -> Target:
    """Resolve and check an address. Raises Forbidden, Unreachable."""
    host, port = parse(url)
    return Target(url, host, port, _checked(host, port))


def _checked(host: str, port: int) -> str:
    """The first address of a host when all of its addresses may be called."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"name not resolved: {host}") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not {host, f"{host}:{port}"} & allowed_hosts():
        for address in addresses:
            if not public(address):
                raise Forbidden(
                    "该地址指向内网或本机，不能回调；确需使用须由系统管理员列入 LIANDONG_WEBHOOK_ALLOW。"
                )
    return addresses[0]


def public(address: str) -> bool:
    """Whether an IP address is a public unicast one (also when an IPv4 one hides in an IPv6 one)."""
    parsed = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is None and parsed in ipaddress.ip_network("64:ff9b::/96"):
            inner = ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
        if parsed not in UNICAST:
            return False
    return parsed.is_global and not parsed.is_multicast


class Answer(NamedTuple):
    """What was answered: the status, as much of the body as is read (``ANSWER_LIMIT``), and for how long the receiver
    asks to be left alone (milliseconds)."""

    status: int
    body: bytes
    wait_ms: int = 0


def check_host(host: str, port: int) -> str:
    """Resolve and check a host that is called by another protocol; the one address to call. Raises Forbidden, Unreachable."""
    name = host.strip().lower()
    if not re.fullmatch(r"[a-z0-9.:_-]{1,253}", name) or not 0 < port < 65536:
        raise Forbidden("主机名或端口不对，请核对。")
    return _checked(name, port)


def wait_ms(status: int, headers: Mapping[str, str], now: float) -> int:
    """What Retry-After of a 429 or 503 asks for, as seconds or as a date; 0 where it asks nothing that can be read."""
    asked = headers.get("Retry-After", "").strip()
    if status not in (429, 503) or not asked or len(asked) > 60:
        return 0
    try:
        seconds = (
            int(asked)
            if asked.isascii() and asked.isdigit()
            else parsedate_to_datetime(asked).timestamp() - now
        )
    except (ValueError, OverflowError):
        return 0
    return int(min(max(0, seconds), LONGEST_WAIT_SECONDS) * 1000)


@contextmanager
def _bounded(seconds: float) -> Iterator[Callable[[str, Mapping[str, Any]], None]]:
    """Cuts the connection after so many seconds: patience holds for each piece, and a head may drip for hours."""
    held: list[socket.socket] = []

    def connected(event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            held.append(info["return_value"].get_extra_info("socket").dup())

    def cut() -> None:
        for one in held:
            with suppress(OSError):  # ended by itself meanwhile
                one.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield connected
    finally:
        timer.cancel()
        for one in held:
            one.close()


def request(
    client: httpx.Client,
    method: str,
    url: str,
    body: bytes,
    headers: dict[str, str],
    patience: float = TIMEOUT_SECONDS,
) -> Answer:
    """One request to a checked address; a body that drips or grows beyond the limit is cut. Raises Forbidden, Unreachable."""
    target = check(url)
    parts = urlsplit(url)
    literal = f"[{target.address}]" if ":" in target.address else target.address
    connect_to = parts._replace(netloc=f"{literal}:{target.port}").geturl()
    default_port = 443 if parts.scheme == "https" else 80
    host = f"[{target.host}]" if ":" in target.host else target.host
    name = host if target.port == default_port else f"{host}:{target.port}"
    said: list[bytes] = []
    try:
        with _bounded(3 * patience) as connected:
            asked = client.build_request(
                method,
                connect_to,
                content=body,
                headers={**headers, "Host": name},
                extensions={"sni_hostname": target.host, "trace": connected},
            )
            deadline = time.monotonic() + 2 * patience
            answer = client.send(asked, stream=True)
            try:
                read = 0
                for chunk in answer.iter_raw():  # a drip must not hold us, nor a flood fill the memory
                    said.append(chunk)
                    read += len(chunk)
                    if read > ANSWER_LIMIT or time.monotonic() > deadline:
                        break
            finally:
                answer.close()
    except httpx.HTTPError as error:
        raise Unreachable(f"{type(error).__name__}: {error}"[:180]) from error
    asks = wait_ms(answer.status_code, answer.headers, time.time())
    return Answer(answer.status_code, b"".join(said)[:ANSWER_LIMIT], asks)


def client(timeout: float = TIMEOUT_SECONDS) -> httpx.Client:
    """A client for calls to others: no redirects, no proxies, no cookies kept."""
    return httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )
