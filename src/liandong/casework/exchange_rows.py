"""Tables of two instances that exchange their logs: where events come from, orders, loans, contradictions."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Origin(models.Model):
    """An event that the other instance appended: ``origin`` is its position there, which its hash covers."""

    position = models.BigIntegerField(primary_key=True)
    origin = models.BigIntegerField()

    class Meta:
        db_table = "casework_origin"

    def __str__(self) -> str:
        return f"{self.position} <- {self.origin}"


class Order(models.Model):
    """A command for a case that the other side owns. ``direction``: out (given here) or in (to be executed here).

    ``state``: waiting (out: no receipt yet; in: not executed yet), done, refused. ``segment`` is the file that carried it
    (out) or its receipt (in), 0 while none does. ``body`` is sealed: it holds what persons said.
    """

    id = models.CharField(max_length=32, primary_key=True)
    direction = models.CharField(max_length=3)
    n = models.BigIntegerField()
    case_no = models.CharField(max_length=40)
    command = models.CharField(max_length=40)
    actor = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    body = models.TextField()
    at_ms = models.BigIntegerField()
    state = models.CharField(max_length=10)
    segment = models.BigIntegerField(default=0)
    done_ms = models.BigIntegerField(null=True)
    version = models.IntegerField(null=True)
    code = models.CharField(max_length=40, default="")
    rule = models.CharField(max_length=20, default="")
    detail = models.TextField(default="")

    class Meta:
        db_table = "casework_order"
        constraints = (
            models.UniqueConstraint(
                fields=["actor", "key"], name="order_once", condition=Q(direction="out") & ~Q(key="")
            ),
        )
        indexes = (
            models.Index(fields=["case_no", "at_ms"], name="order_case"),
            models.Index(fields=["direction", "n"], name="order_waiting", condition=Q(state="waiting")),
            models.Index(fields=["direction", "n"], name="order_unsent", condition=Q(segment=0)),
        )

    def __str__(self) -> str:
        return f"{self.direction} {self.case_no} {self.command}"


class Loan(models.Model):
    """A case of ours that travels with an order (merge of two sides' cases): nobody here changes it meanwhile."""

    case_no = models.CharField(max_length=40, primary_key=True)
    order_id = models.CharField(max_length=32, db_index=True)

    class Meta:
        db_table = "casework_loan"

    def __str__(self) -> str:
        return self.case_no


class Contradiction(models.Model):
    """An event of the other side that contradicts what is stored: kept sealed, shown to a person, never applied.

    ``state``: open, or settled (applied later, or a person saw to it).
    """

    id = models.BigAutoField(primary_key=True)
    case_no = models.CharField(max_length=40)
    seq = models.IntegerField()
    hash = models.CharField(max_length=64)
    reason = models.CharField(max_length=20)
    detail = models.CharField(max_length=300)
    body = models.TextField()
    at_ms = models.BigIntegerField()
    state = models.CharField(max_length=10, default="open")

    class Meta:
        db_table = "casework_contradiction"
        constraints = (models.UniqueConstraint(fields=["case_no", "seq", "hash"], name="contradiction_once"),)
        indexes = (models.Index(fields=["id"], name="contradiction_open", condition=Q(state="open")),)

    def __str__(self) -> str:
        return f"{self.case_no} {self.seq} {self.reason}"
