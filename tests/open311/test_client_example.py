"""The example program of docs/examples does what it says, against a real server."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from liandong.engine import signing
from support.api import a_request
from support.live import Live
from support.receiver import Receiver
from support.stores import Stores

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "client.py"
TICK = (
    "import django; django.setup(); from liandong.engine import deliveries; print(deliveries.webhooks_due())"
)


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("client_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    made = Receiver()
    monkeypatch.setenv("LIANDONG_WEBHOOK_ALLOW", f"127.0.0.1:{made.port}")
    yield made
    made.close()


@pytest.fixture
def live(stores: Stores, receiver: Receiver) -> Iterator[Live]:
    made = Live(stores)
    yield made
    made.close()


def test_the_example_registers_dispatches_follows_and_verifies(
    example: ModuleType, live: Live, receiver: Receiver, stores: Stores, tmp_path: Path
) -> None:
    desk = example.Liandong(live.base, live.tokens["desk"])
    hook = desk.call("POST", "/webhooks", {"url": receiver.url, "form": "cloudevents"})
    fields = a_request()
    case = desk.register(fields)
    assert desk.register(fields)["no"] == case["no"], "the same source is the same case"
    sent = desk.do(
        case, "dispatch", lead_unit="CG", matter="CG-02", basis="市容环境卫生", **{"class": "general"}
    )
    assert (sent["state"], sent["lead_unit"]) == ("dispatched", "CG")
    with pytest.raises(example.Refused) as stale:
        desk.do(case, "recall", reason="误派")
    assert (stale.value.status, stale.value.code) == (409, "stale_version")

    seen = list(desk.feed())
    assert [event["data"]["type"] for event, _ in seen] == ["register", "dispatch"]
    assert list(desk.feed(seen[0][1])) == seen[1:], "it goes on where it ended"
    assert list(desk.feed(seen[-1][1])) == []

    environment = {**live.environment, "LIANDONG_WEBHOOK_ALLOW": f"127.0.0.1:{receiver.port}"}
    subprocess.run([sys.executable, "-c", TICK], env=environment, cwd=stores.home, check=True, timeout=60)
    told = [example.verify(hook["secret"], headers, body) for headers, body in receiver.calls]
    assert sorted(event["data"]["type"] for event in told) == ["dispatch", "register"]
    headers, body = receiver.calls[0]
    for broken in (
        ({**headers, "webhook-id": "x"}, body),
        (headers, body.replace(b"register", b"registre").replace(b"dispatch", b"dispatck")),
        ({**headers, "webhook-timestamp": str(int(time.time()) - 900)}, body),
        ({}, body),
    ):
        with pytest.raises(ValueError, match=r"wrong|old|kind"):
            example.verify(hook["secret"], *broken)

    with live.client(None) as anybody:  # the public door goes the short way through the same server
        services = anybody.get("/open311/v2/services.xml")
        assert (services.status_code, services.headers["content-type"]) == (200, "text/xml; charset=utf-8")
        assert b"<service_code>CG-02</service_code>" in services.content
        form = {"api_key": live.tokens["machine"], "service_code": "CG-02", "address_string": "古南街道"}
        made = anybody.post("/open311/v2/requests.json", data=form)
        assert made.status_code == 201, made.text
        number = made.json()[0]["service_request_id"]
        assert anybody.get(f"/open311/v2/requests/{number}.json").json()[0]["status"] == "open"

    command = [sys.executable, str(EXAMPLE), "follow"]
    environment = {**os.environ, "LIANDONG_URL": live.base, "LIANDONG_TOKEN": live.tokens["desk"]}
    printed = [
        subprocess.run(
            command, cwd=tmp_path, env=environment, check=True, capture_output=True, text=True, timeout=60
        ).stdout.splitlines()
        for _ in range(2)
    ]
    assert [len(lines) for lines in printed] == [3, 0]


def test_the_example_verifies_either_secret_during_a_rotation(example: ModuleType) -> None:
    old, new = signing.new_secret(), signing.new_secret()
    headers = signing.headers([new, old], "m1", int(time.time()), b"{}")
    for known in (old, new, [old, new]):
        assert example.verify(known, headers, b"{}") == {}
    with pytest.raises(ValueError, match="wrong"):
        example.verify(signing.new_secret(), headers, b"{}")
