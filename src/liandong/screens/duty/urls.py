"""Addresses of the duty office."""

from __future__ import annotations

from django.urls import path

from . import hotspots, routing_quality, views

urlpatterns = [
    path("", views.queues),
    path("units", views.units),
    path("routing", routing_quality.quality),
    path("hotspots", hotspots.hotspots),
    path("hotspots/noted", hotspots.noted),
]
