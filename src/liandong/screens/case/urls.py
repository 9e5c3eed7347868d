"""Addresses of cases: finding them, one case and what is done with it, its paper, who looked at it."""

from __future__ import annotations

from django.urls import path

from . import files, instructing, looking, news, search, views, work_order

urlpatterns = [
    path("", search.search),
    path("instructions", instructing.listing),
    path("looks", looking.of_all),
    path("<str:no>", views.case_page),
    path("<str:no>/do/<str:command>", views.do),
    path("<str:no>/reveal", views.look),
    path("<str:no>/news", news.since),
    path("<str:no>/looks", looking.of_one),
    path("<str:no>/work-order", work_order.shown),
    path("<str:no>/work-order.pdf", work_order.pdf),
    path("<str:no>/files", files.add),
    path("<str:no>/files/<str:identity>", files.opened),
    path("<str:no>/files/<str:identity>/picture", files.picture),
]
