"""Addresses of the registers. Pages of single registers stand above those that serve them all."""

from __future__ import annotations

from django.urls import path

from . import entry, home, listing

urlpatterns = [
    path("", home.home),
    # pages of single registers
    # pages that serve every register
    path("<slug:name>/", listing.listed),
    path("<slug:name>/new/<slug:step>", entry.begin),
    path("<slug:name>/<str:no>", entry.shown),
    path("<slug:name>/<str:no>/do/<slug:step>", entry.do),
]
