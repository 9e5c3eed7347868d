"""Addresses of a unit's workbench."""

from __future__ import annotations

from django.urls import path

from . import duties, inbox, panel, signing, uploads

urlpatterns = [
    path("", inbox.inbox),
    path("sign", signing.sign),
    path("duties", duties.search),
    path("clause", duties.clause),
    path("cases/<str:no>", panel.panel),
    path("cases/<str:no>/files", uploads.add),
    path("cases/<str:no>/files/<str:identity>/drop", uploads.drop),
]
