"""Addresses of the evaluation."""

from __future__ import annotations

from django.urls import path

from . import frozen, views

urlpatterns = [
    path("", views.board),
    path("mine", views.mine),
    path("cases", views.cases),
    path("metrics", views.metrics),
    path("signs", frozen.signs),
    path("signs/cases", frozen.sign_cases),
    path("freeze", frozen.freeze),
    path("exclude", frozen.exclude),
    path("snapshots", frozen.every),
    path("snapshots/<str:id_>", frozen.snapshot),
    path("snapshots/<str:id_>/proof", frozen.proof),
    path("snapshots/<str:id_>/cases", frozen.snapshot_cases),
    path("snapshots/<str:id_>/revise", frozen.revise),
]
