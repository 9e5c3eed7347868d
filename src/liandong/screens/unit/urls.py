"""Addresses of a unit's workbench."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.queues),
    path("sign", views.sign),
]
