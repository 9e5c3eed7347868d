"""Static files come from the front itself, packed, once a year, and nothing else lies behind their address."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from liandong.screens.common import assets
from liandong.site.files import serve


def ask(path, *, method="GET", query=b"", headers=()):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        raise AssertionError("a file needs no body")

    scope = {"type": "http", "method": method, "path": path, "query_string": query, "headers": list(headers)}
    asyncio.run(serve(scope, receive, send))
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


def test_a_bundle_is_its_files_in_order():
    status, headers, body = ask("/static/screens/all.css", headers=[(b"accept-encoding", b"gzip, br")])
    whole = gzip.decompress(body)
    assert status == 200
    assert headers[b"content-type"] == b"text/css; charset=utf-8"
    at = [whole.index(assets.load(part)[0]) for part in assets.BUNDLES["screens/all.css"]]
    assert at == sorted(at)


def test_a_link_with_its_digest_is_kept_for_a_year_and_another_is_asked_again():
    digest = assets.load("screens/all.js")[2]
    _, kept, _ = ask("/static/screens/all.js", query=f"v={digest}".encode())
    _, asked, _ = ask("/static/screens/all.js", query=b"v=old")
    assert b"immutable" in kept[b"cache-control"]
    assert asked[b"cache-control"] == b"no-cache"
    assert ask("/static/screens/all.js", headers=[(b"if-none-match", asked[b"etag"])])[0] == 304


@pytest.mark.parametrize(
    "path",
    ["/static/../common/assets.py", "/static/", "/static/screens", "/static/nothing.js", "/static/%00", "/static/a\x00b", "/static//etc/passwd"],
)  # fmt: skip
def test_nothing_else_lies_behind_the_address(path):
    assert ask(path)[0] == 404


def test_only_reading_is_possible():
    assert ask("/static/screens/all.js", method="POST")[0] == 405
    status, headers, body = ask("/static/screens/all.js", method="HEAD")
    assert (status, body) == (200, b"")
    assert int(headers[b"content-length"]) > 10_000
