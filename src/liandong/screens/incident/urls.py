"""Addresses of incidents: the level, joint disposal, reports, resources, the log, the review of one case."""

from __future__ import annotations

from django.urls import path

from . import joint, level, log, means, reports, review

urlpatterns = [
    path("means", means.all_means),
    path("means/<str:register>/<str:step>", means.act),
    path("<str:no>/level", level.level),
    path("<str:no>/level/proposal", level.proposal),
    path("<str:no>/joint", joint.joint),
    path("<str:no>/means", means.of_incident),
    path("<str:no>/log", log.log),
    path("<str:no>/review", review.review),
    path("<str:no>/review/docx", review.paper, {"ending": "docx"}),
    path("<str:no>/review/pdf", review.paper, {"ending": "pdf"}),
    path("<str:no>/reports", reports.reports),
    path("<str:no>/reports/new", reports.new),
    path("<str:no>/reports/<str:report>", reports.report),
    path("<str:no>/reports/<str:report>/revise", reports.revise),
    path("<str:no>/reports/<str:report>/docx", reports.paper, {"ending": "docx"}),
    path("<str:no>/reports/<str:report>/pdf", reports.paper, {"ending": "pdf"}),
    path("<str:no>/reports/<str:report>/<str:step>", reports.step),
]
