"""Addresses of the figures for supervisors and leaders."""

from __future__ import annotations

from django.urls import path

from . import drill, views

urlpatterns = [
    path("", views.figures),
    path("cases", drill.cases),
]
