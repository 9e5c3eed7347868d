"""Addresses of the pages; ``site`` includes them at the root."""

from __future__ import annotations

from django.conf import settings
from django.urls import path

from .account import views as account
from .case import files, search
from .case import views as case
from .common import assets
from .desk import views as desk
from .duty import hotspots, routing_quality
from .duty import views as duty
from .unit import views as unit

urlpatterns = [
    path("", account.front),
    path("login", account.sign_in),
    path("logout", account.sign_out),
    path("account/", account.account),
    path("preference", account.preference),
    path("desk/", desk.queues),
    path("desk/register", desk.register),
    path("desk/suggest", desk.suggest),
    path("unit/", unit.queues),
    path("unit/sign", unit.sign),
    path("duty/", duty.queues),
    path("duty/units", duty.units),
    path("duty/routing", routing_quality.quality),
    path("duty/hotspots", hotspots.hotspots),
    path("duty/hotspots/noted", hotspots.noted),
    path("cases/", search.search),
    path("cases/<str:no>", case.case_page),
    path("cases/<str:no>/do/<str:command>", case.do),
    path("cases/<str:no>/reveal", case.look),
    path("cases/<str:no>/files", files.add),
    path("cases/<str:no>/files/<str:identity>", files.opened),
    path(f"{settings.STATIC_URL.strip('/')}/<path:path>", assets.serve),
]
