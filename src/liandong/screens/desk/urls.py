"""Addresses of the 110 desk."""

from __future__ import annotations

from django.urls import path

from . import incoming, paper, phoning, views

urlpatterns = [
    path("", views.console),
    path("register", views.register),
    path("take/<str:no>", views.take),
    path("suggest", views.suggest),
    path("phoning", phoning.phoning),
    path("incoming", incoming.incoming),
    path("paper", paper.home),
    path("paper/print", paper.print_block),
    path("paper/enter", paper.enter),
    path("paper/note", paper.note),
    path("paper/<str:no>.<slug:ending>", paper.download),
]
