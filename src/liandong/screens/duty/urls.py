"""Addresses of the duty office."""

from __future__ import annotations

from django.urls import path

from . import (
    board,
    decisions,
    disputes,
    doing,
    hotspots,
    major,
    one_unit,
    routing_quality,
    supervision,
    urging,
    views,
)

urlpatterns = [
    path("", views.home),
    path("units", views.units),
    path("units/<str:code>", one_unit.unit),
    path("units/<str:code>/act", one_unit.act),
    path("disputes/<str:no>", disputes.dispute),
    path("decisions", decisions.decisions),
    path("supervision", supervision.supervised),
    path("supervision/new", supervision.begin),
    path("urging", urging.urging),
    path("major", major.majors),
    path("major/<str:no>", major.major),
    path("do/<str:no>/<str:command>", doing.do),
    path("board", board.board),
    path("routing", routing_quality.quality),
    path("hotspots", hotspots.hotspots),
    path("hotspots/noted", hotspots.noted),
]
