"""Addresses of signing in and of one's own account."""

from __future__ import annotations

from django.urls import path

from . import training, views

urlpatterns = [
    path("", views.front),
    path("login", views.sign_in),
    path("logout", views.sign_out),
    path("account/", views.account),
    path("account/training", training.training),
    path("preference", views.preference),
]
