"""The API against its own OpenAPI document (schemathesis): no 500, only documented answers, problem documents only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from liandong.casework.models import Outbox
from liandong.engine.instants import now_ms
from liandong.engine.models import Heartbeat
from liandong.site.wsgi import application
from support.api import District

CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EXAMPLES = 8
"""For each operation and each way of generating; 64 operations make about a thousand requests."""


@contextmanager
def one_connection() -> Iterator[None]:
    """The application is called without Django's test client: the test's connection must outlive each request."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


def operations(district: District) -> dict[str, Any]:
    """Every documented operation by label."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


def _takes_anything(operation: Any) -> bool:
    """Whether there is anything about an operation that can be got wrong."""
    return bool(list(operation.query) or list(operation.headers) or list(operation.body))


@pytest.mark.parametrize("who", ["desk_lead", "machine_unit"])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_api_keeps_its_document(district: District, who: str, mode: GenerationMode) -> None:
    no = district.handling()
    Heartbeat.objects.create(worker="here:1", at_ms=now_ms() + 600_000, started_ms=now_ms())
    Outbox.objects.update(state="sent")
    headers = {"Authorization": f"Bearer {district.tokens[who]}"}
    asked: dict[int, int] = {}
    with one_connection():  # not earlier: the test client connects the handlers again after each of its calls
        for label, operation in operations(district).items():
            if label.endswith("/stream"):  # answered by the ASGI front: tests/engine/test_stream.py
                continue
            if mode is GenerationMode.NEGATIVE and not _takes_anything(operation):
                continue
            strategy = operation.as_strategy(generation_mode=mode)

            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy, real=st.booleans())
            def one(case: Any, real: bool) -> None:
                from django.core.cache import cache

                cache.clear()
                if real and "no" in (case.path_parameters or {}):
                    case.path_parameters["no"] = no
                answer = case.call(headers=headers)
                asked[answer.status_code] = asked.get(answer.status_code, 0) + 1
                case.validate_response(answer, checks=list(CHECKS))
                if answer.status_code >= 400:
                    assert json.loads(answer.content)["status"] == answer.status_code

            one()
    assert sum(asked.values()) > 200, asked
