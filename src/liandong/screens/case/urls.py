"""Addresses of cases: finding them, one case and what is done with it."""

from __future__ import annotations

from django.urls import path

from . import files, search, views

urlpatterns = [
    path("", search.search),
    path("<str:no>", views.case_page),
    path("<str:no>/do/<str:command>", views.do),
    path("<str:no>/reveal", views.look),
    path("<str:no>/files", files.add),
    path("<str:no>/files/<str:identity>", files.opened),
]
