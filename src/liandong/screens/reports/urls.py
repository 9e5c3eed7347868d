"""Addresses of the reports."""

from __future__ import annotations

from django.urls import path

from . import cases, making, numbers, views

urlpatterns = [
    path("", views.home),
    path("make", making.make),
    path("cases", cases.cases),
    path("numbers", numbers.register),
    path("numbers/void", numbers.void),
    path("<int:number>", views.report),
    path("<int:number>/chart-<int:at>.png", views.chart),
    path("<int:number>.<str:ending>", views.file),
]
