"""The Django application of the engine's own tables."""

from django.apps import AppConfig


class EngineConfig(AppConfig):
    """Notices, webhooks, attachments, tickets of the stream, heartbeats."""

    name = "liandong.engine"
    label = "engine"
    verbose_name = "引擎"
