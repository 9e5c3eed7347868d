"""Addresses of the 110 desk."""

from __future__ import annotations

from django.urls import path

from . import views

urlpatterns = [
    path("", views.queues),
    path("register", views.register),
    path("suggest", views.suggest),
]
