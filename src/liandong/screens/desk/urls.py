"""Addresses of the 110 desk."""

from __future__ import annotations

from django.urls import path

from . import phoning, views

urlpatterns = [
    path("", views.console),
    path("register", views.register),
    path("take/<str:no>", views.take),
    path("suggest", views.suggest),
    path("phoning", phoning.phoning),
]
