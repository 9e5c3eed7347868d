"""The district room as a Django application."""

from django.apps import AppConfig


class DistrictConfig(AppConfig):
    """Units, duties, people, accounts and calendars."""

    name = "liandong.district"
    label = "district"
    verbose_name = "片区"
    default_auto_field = "django.db.models.BigAutoField"
