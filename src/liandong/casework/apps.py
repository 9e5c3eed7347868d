"""The room's entry in Django's list of applications."""

from django.apps import AppConfig


class CaseworkConfig(AppConfig):
    """Floor 3: the record of what happened and the state that follows from it."""

    name = "liandong.casework"
    label = "casework"
    verbose_name = "案件"
