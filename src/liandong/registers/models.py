"""The tables of the registers. Only ``store`` writes them; instants are milliseconds since the epoch.

``RegisterStep`` is append-only (triggers of migration 0001); an entry can be derived from its steps, and ``check`` does.
Free text and persons lie sealed under the entry's own key: destroying the key erases them while the chain stays whole.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class RegisterEntry(models.Model):
    """An entry as it stands: ``doc`` is the whole of it without what is sealed, the columns are what lists ask for."""

    id = models.BigAutoField(primary_key=True)
    register = models.CharField(max_length=40)
    no = models.CharField(max_length=120, unique=True)
    year = models.SmallIntegerField()
    serial = models.IntegerField()
    state = models.CharField(max_length=30)
    is_open = models.BooleanField()
    unit = models.CharField(max_length=40)
    case_no = models.CharField(max_length=40)
    period = models.CharField(max_length=12)
    opened_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField(null=True)
    closed_ms = models.BigIntegerField(null=True)
    version = models.IntegerField()
    head = models.CharField(max_length=64)
    doc = models.TextField()
    wrapped = models.BinaryField(null=True)
    sealed = models.BinaryField()

    class Meta:
        db_table = "registers_entry"
        constraints = (
            models.UniqueConstraint(fields=["register", "year", "serial"], name="register_serial"),
        )
        indexes = (
            models.Index(fields=["register", "opened_ms", "id"], name="register_list"),
            models.Index(fields=["register", "period", "id"], name="register_period"),
            models.Index(fields=["register", "unit", "id"], name="register_unit"),
            models.Index(fields=["register", "due_ms"], name="register_due", condition=Q(is_open=True)),
            models.Index(fields=["case_no"], name="register_case", condition=~Q(case_no="")),
        )

    def __str__(self) -> str:
        return self.no


class RegisterStep(models.Model):
    """One step taken in one entry; ``sealed`` is its free text and persons under the entry's key."""

    id = models.BigAutoField(primary_key=True)
    entry_id = models.BigIntegerField()
    seq = models.IntegerField()
    step = models.CharField(max_length=40)
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)
    policy = models.CharField(max_length=80)
    body = models.TextField()
    sealed = models.BinaryField()
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    algo = models.CharField(max_length=10)

    class Meta:
        db_table = "registers_step"
        constraints = (
            models.UniqueConstraint(fields=["entry_id", "seq"], name="register_step_seq"),
            models.UniqueConstraint(fields=["by", "key"], name="register_step_key", condition=~Q(key="")),
        )

    def __str__(self) -> str:
        return f"{self.entry_id} {self.seq} {self.step}"


class RegisterParty(models.Model):
    """A unit that takes part in an entry: until when it owes something, when it did."""

    pk = models.CompositePrimaryKey("entry_id", "unit")
    entry_id = models.BigIntegerField()
    unit = models.CharField(max_length=40)
    register = models.CharField(max_length=40)
    due_ms = models.BigIntegerField(null=True)
    done_ms = models.BigIntegerField(null=True)

    class Meta:
        db_table = "registers_party"
        indexes = (
            models.Index(fields=["unit", "register", "entry_id"], name="register_party_unit"),
            models.Index(fields=["unit", "due_ms"], name="register_owed", condition=Q(done_ms__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.entry_id} {self.unit}"


class RegisterNotice(models.Model):
    """Somebody was told of a step; the moment it is first read is the receipt (R4)."""

    id = models.BigAutoField(primary_key=True)
    entry_id = models.BigIntegerField()
    register = models.CharField(max_length=40)
    no = models.CharField(max_length=120)
    seq = models.IntegerField()
    recipient = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    at_ms = models.BigIntegerField()
    read_ms = models.BigIntegerField(null=True)
    read_by = models.CharField(max_length=120, default="")

    class Meta:
        db_table = "registers_notice"
        indexes = (
            models.Index(fields=["recipient", "id"], name="register_notice_inbox"),
            models.Index(
                fields=["recipient"], name="register_notice_unread", condition=Q(read_ms__isnull=True)
            ),
            models.Index(fields=["entry_id"], name="register_notice_entry"),
        )

    def __str__(self) -> str:
        return f"{self.recipient} {self.kind} {self.no}"


class RegisterFrame(models.Model):
    """What a sampling was drawn from, compressed, under the digest of its text (``frames``): kept for repeating it."""

    digest = models.CharField(max_length=64, primary_key=True)
    size = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "registers_frame"

    def __str__(self) -> str:
        return self.digest


class RegisterFile(models.Model):
    """A file of an entry; ``no`` is empty until the step that brings it was taken. The bytes lie by their digest."""

    id = models.CharField(max_length=32, primary_key=True)
    register = models.CharField(max_length=40)
    no = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    media_type = models.CharField(max_length=100)
    size = models.BigIntegerField()
    name = models.CharField(max_length=120)
    by = models.CharField(max_length=120)
    at_ms = models.BigIntegerField()

    class Meta:
        db_table = "registers_file"
        indexes = (
            models.Index(fields=["register", "no"], name="register_file_entry"),
            models.Index(fields=["by", "at_ms"], name="register_file_waiting", condition=Q(no="")),
        )

    def __str__(self) -> str:
        return self.name


class MarkLookup(models.Model):
    """Somebody looked up a vehicle mark (R17): when, how, with what answer; the address only as a keyed digest."""

    id = models.BigAutoField(primary_key=True)
    at_ms = models.BigIntegerField()
    file = models.CharField(max_length=120)
    mark_no = models.CharField(max_length=120)
    how = models.CharField(max_length=10)
    answer = models.CharField(max_length=20)
    account = models.CharField(max_length=120)
    address = models.CharField(max_length=32)

    class Meta:
        db_table = "registers_mark_lookup"
        indexes = (
            models.Index(fields=["file", "id"], name="mark_lookup_file"),
            models.Index(fields=["at_ms"], name="mark_lookup_at"),
        )

    def __str__(self) -> str:
        return f"{self.file} {self.answer}"


class RegisterSeal(models.Model):
    """A link over the last steps of all entries that changed since the link before it, up to a step's id."""

    n = models.IntegerField(primary_key=True)
    at_ms = models.BigIntegerField()
    position = models.BigIntegerField()
    entries = models.IntegerField()
    digest = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    algo = models.CharField(max_length=10)

    class Meta:
        db_table = "registers_seal"

    def __str__(self) -> str:
        return f"{self.n} @{self.position}"


class RegisterBeside(models.Model):
    """Steps that are taken when the receipt of this order says done; gone then."""

    order_id = models.CharField(max_length=32, primary_key=True)
    register = models.CharField(max_length=40)
    case_no = models.CharField(max_length=40)
    sealed = models.TextField()

    class Meta:
        db_table = "registers_beside"

    def __str__(self) -> str:
        return f"{self.register} {self.case_no}"
