"""Django's name for this room."""

from django.apps import AppConfig


class RegistersConfig(AppConfig):
    """The tables of the registers."""

    name = "liandong.registers"
    default_auto_field = "django.db.models.BigAutoField"
