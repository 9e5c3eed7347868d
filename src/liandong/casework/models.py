"""The tables of casework. Only ``execute`` and its rooms write them; instants are milliseconds since the epoch.

``Event`` and ``Seal`` are append-only (triggers of migration 0002). Everything else can be derived from the events,
but for the private rows, which hold what must be erasable and therefore may not stand in the chain.
No table refers to another by a foreign key: the log outlives what it tells about, and ``check`` compares them all.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from .exchange_rows import Contradiction as Contradiction
from .exchange_rows import Loan as Loan
from .exchange_rows import Order as Order
from .exchange_rows import Origin as Origin


class Event(models.Model):
    """One thing that happened to one case. ``position`` orders the whole log as it was committed."""

    position = models.BigIntegerField(primary_key=True)
    case_no = models.CharField(max_length=40)
    seq = models.IntegerField()
    version = models.IntegerField()
    type = models.CharField(max_length=40)
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)
    policy = models.CharField(max_length=80)
    body = models.TextField()
    digest = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    algo = models.CharField(max_length=10)

    class Meta:
        db_table = "casework_event"
        constraints = (models.UniqueConstraint(fields=["case_no", "seq"], name="event_case_seq"),)
        indexes = (
            models.Index(fields=["case_no"], name="event_instruct", condition=Q(type="instruct")),
            models.Index(fields=["at_ms"], name="event_returns", condition=Q(type="return")),
            models.Index(
                fields=["at_ms", "type", "by", "case_no"],
                name="event_signs",
                condition=Q(type__in=("call_back", "reclassify", "rework")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_no} {self.seq} {self.type}"


class Case(models.Model):
    """A case as it stands now: ``doc`` is the whole state, the columns are what lists are asked for."""

    no = models.CharField(max_length=40, primary_key=True)
    day = models.CharField(max_length=8)
    serial = models.IntegerField()
    tracking_code = models.CharField(max_length=40, unique=True)
    source_channel = models.CharField(max_length=60)
    source_ref = models.CharField(max_length=200)
    registrar = models.CharField(max_length=120)
    incident_no = models.CharField(max_length=80)
    seq = models.IntegerField()
    version = models.IntegerField()
    head = models.CharField(max_length=64)
    state = models.CharField(max_length=20)
    is_open = models.BooleanField()
    holder_type = models.CharField(max_length=12)
    holder_code = models.CharField(max_length=40)
    first_unit = models.CharField(max_length=40)
    lead_unit = models.CharField(max_length=40)
    level = models.SmallIntegerField()
    kind = models.CharField(max_length=20)
    case_class = models.CharField(max_length=12)
    matter = models.CharField(max_length=40)
    township = models.CharField(max_length=60)
    restricted = models.BooleanField()
    received_ms = models.BigIntegerField()
    registered_ms = models.BigIntegerField()
    closed_ms = models.BigIntegerField(null=True)
    due_ms = models.BigIntegerField(null=True)
    wake_ms = models.BigIntegerField(null=True)
    phone_hash = models.CharField(max_length=40)
    doc = models.TextField()
    satisfaction = models.CharField(max_length=20, default="")
    solved = models.CharField(max_length=10, default="")
    cycle = models.SmallIntegerField(default=0)

    class Meta:
        db_table = "casework_case"
        constraints = (
            models.UniqueConstraint(fields=["day", "serial"], name="case_day_serial"),
            models.UniqueConstraint(
                fields=["source_channel", "source_ref"], name="case_source", condition=~Q(source_ref="")
            ),
        )
        indexes = (
            models.Index(fields=["received_ms", "no"], name="case_list"),
            models.Index(fields=["received_ms", "no"], name="case_open", condition=Q(is_open=True)),
            models.Index(fields=["received_ms", "no"], name="case_restricted", condition=Q(restricted=True)),
            models.Index(fields=["state", "received_ms", "no"], name="case_state"),
            models.Index(fields=["township", "received_ms", "no"], name="case_township"),
            models.Index(fields=["level", "received_ms", "no"], name="case_level", condition=Q(level__gt=0)),
            models.Index(
                fields=["holder_type", "holder_code", "received_ms", "no"],
                name="case_holder",
                condition=Q(is_open=True),
            ),
            models.Index(fields=["wake_ms"], name="case_wake", condition=Q(wake_ms__isnull=False)),
            models.Index(
                fields=["state", "holder_type", "due_ms", "restricted", "lead_unit", "no"],
                name="case_counts",
                condition=Q(is_open=True),
            ),
            models.Index(fields=["phone_hash"], name="case_phone", condition=~Q(phone_hash="")),
            models.Index(  # who called again about the same matter (M10), without reading the rows themselves
                fields=["received_ms", "phone_hash", "matter", "no", "state"],
                name="case_repeated",
                condition=~Q(phone_hash="") & ~Q(matter=""),
            ),
            models.Index(fields=["incident_no"], name="case_incident", condition=~Q(incident_no="")),
            models.Index(
                fields=["registrar", "received_ms", "no"],
                name="case_registrar",
                condition=~Q(registrar=""),
            ),
            models.Index(
                fields=["no"], name="case_no_citizens", condition=Q(source_channel__in=("test", "drill"))
            ),
            # What figures count over a period stands whole in an index: rows are wide, a quarter has many of them.
            models.Index(
                fields=[
                    "received_ms", "no", "state", "first_unit", "lead_unit", "kind", "case_class", "matter",
                    "township", "restricted",
                ],
                name="case_figures",
            ),
            models.Index(
                fields=[
                    "closed_ms", "no", "state", "first_unit", "lead_unit", "kind", "case_class", "matter",
                    "township", "restricted", "satisfaction", "solved", "cycle", "received_ms",
                ],
                name="case_closed",
                condition=Q(closed_ms__isnull=False),
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return self.no


class ClockRow(models.Model):
    """One clock of one case, as the state has it: what reports count."""

    pk = models.CompositePrimaryKey("case_no", "clock")
    case_no = models.CharField(max_length=40)
    clock = models.IntegerField()
    kind = models.CharField(max_length=24)
    unit = models.CharField(max_length=40)
    started_ms = models.BigIntegerField()
    due_ms = models.BigIntegerField(null=True)
    original_due_ms = models.BigIntegerField(null=True)
    paused = models.BooleanField()
    provisional = models.BooleanField()
    source = models.CharField(max_length=20)
    stopped_ms = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=20)

    class Meta:
        db_table = "casework_clock"
        indexes = (
            models.Index(
                fields=["due_ms", "case_no"], name="clock_judged", condition=Q(kind__in=("sign", "handle"))
            ),
            models.Index(
                fields=["started_ms", "case_no"],
                name="clock_begun",
                condition=Q(kind__in=("ruling", "police_feedback")),
            ),
            models.Index(
                fields=["due_ms", "case_no", "kind"],
                name="clock_evaluated",
                condition=Q(kind__in=("phone_report", "written_report", "callback", "ruling")),
            ),
            models.Index(
                fields=["unit", "kind", "due_ms", "case_no"],
                name="clock_owed",
                condition=Q(stopped_ms__isnull=True, kind__in=("ack", "assist", "supervision")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_no} {self.kind}"


class Assignment(models.Model):
    """One time a case was given to a unit, as its clocks tell (``rules/assignments.py``): what evaluation counts.

    ``n`` is the number of the clock that began it; ``pauses`` are stretches of milliseconds, ``a-b`` apart by blanks.
    """

    pk = models.CompositePrimaryKey("case_no", "n")
    case_no = models.CharField(max_length=40)
    n = models.IntegerField()
    unit = models.CharField(max_length=40)
    how = models.CharField(max_length=10)
    pushed_ms = models.BigIntegerField()
    sign_due_ms = models.BigIntegerField(null=True)
    signed_ms = models.BigIntegerField(null=True)
    sign_outcome = models.CharField(max_length=20)
    due_ms = models.BigIntegerField(null=True)
    original_due_ms = models.BigIntegerField(null=True)
    stopped_ms = models.BigIntegerField(null=True)
    outcome = models.CharField(max_length=20)
    paused = models.BooleanField()
    promised = models.BooleanField()
    suspended = models.BooleanField()
    feedback_ms = models.BigIntegerField(null=True)
    finished_ms = models.BigIntegerField(null=True)
    contact_due_ms = models.BigIntegerField(null=True)
    contacted_ms = models.BigIntegerField(null=True)
    contact_outcome = models.CharField(max_length=20)
    contact_paused = models.BooleanField()
    contact_claimed = models.BooleanField()
    reachable = models.BooleanField()
    returned_ms = models.BigIntegerField(null=True)
    return_outcome = models.CharField(max_length=10)
    dropped = models.BooleanField()
    pauses = models.TextField()

    class Meta:
        db_table = "casework_assignment"
        indexes = (
            models.Index(fields=["due_ms", "case_no", "n"], name="assignment_due"),
            models.Index(
                fields=["pushed_ms", "case_no", "n"], name="assignment_ruled", condition=Q(how="designate")
            ),
        )

    def __str__(self) -> str:
        return f"{self.case_no} {self.n} {self.unit}"


class Exclusion(models.Model):
    """That a case is left out of evaluation (剔除), for one unit or ("") for all, by whose decision and why."""

    id = models.BigAutoField(primary_key=True)
    case_no = models.CharField(max_length=40)
    unit = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    by = models.CharField(max_length=120)
    at_ms = models.BigIntegerField()
    reference = models.CharField(max_length=80)

    class Meta:
        db_table = "casework_exclusion"
        constraints = (models.UniqueConstraint(fields=["case_no", "unit"], name="exclusion_once"),)

    def __str__(self) -> str:
        return f"{self.case_no} {self.unit}"


class Snapshot(models.Model):
    """An evaluation as it was published, frozen: numbers, definitions, weights, and (in its rows) the exact cases."""

    id = models.CharField(max_length=40, primary_key=True)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=40)
    start_ms = models.BigIntegerField()
    end_ms = models.BigIntegerField()
    revision = models.IntegerField()
    predecessor = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)
    policy = models.CharField(max_length=80)
    definitions = models.CharField(max_length=64)
    position = models.BigIntegerField()
    settings = models.TextField()
    results = models.BinaryField()
    hash = models.CharField(max_length=64)
    algo = models.CharField(max_length=10)

    class Meta:
        db_table = "casework_snapshot"
        constraints = (models.UniqueConstraint(fields=["name", "revision"], name="snapshot_revision"),)

    def __str__(self) -> str:
        return self.id


class SnapshotRows(models.Model):
    """The rows of one kind that a snapshot counted: a compressed list of keys with what each counted for."""

    pk = models.CompositePrimaryKey("snapshot", "kind")
    snapshot = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    data = models.BinaryField()

    class Meta:
        db_table = "casework_snapshot_rows"

    def __str__(self) -> str:
        return f"{self.snapshot} {self.kind}"


class Party(models.Model):
    """A unit that has or had to do with a case. ``roles`` adds up 1 lead, 2 assist, 4 joint."""

    pk = models.CompositePrimaryKey("case_no", "unit")
    case_no = models.CharField(max_length=40)
    unit = models.CharField(max_length=40)
    roles = models.SmallIntegerField()
    received_ms = models.BigIntegerField()

    class Meta:
        db_table = "casework_party"
        indexes = (models.Index(fields=["unit", "received_ms", "case_no"], name="party_unit"),)

    def __str__(self) -> str:
        return f"{self.case_no} {self.unit}"


class Outbox(models.Model):
    """A notice that has to go out, written with the event it follows from. ``state``: pending, sent, failed."""

    pk = models.CompositePrimaryKey("position", "n")
    position = models.BigIntegerField()
    n = models.SmallIntegerField()
    case_no = models.CharField(max_length=40)
    at_ms = models.BigIntegerField()
    recipient = models.CharField(max_length=80)
    kind = models.CharField(max_length=24)
    state = models.CharField(max_length=10, default="pending")
    attempts = models.SmallIntegerField(default=0)
    next_attempt_ms = models.BigIntegerField()
    claimed_by = models.CharField(max_length=60, default="")
    claimed_ms = models.BigIntegerField(null=True)
    delivered_ms = models.BigIntegerField(null=True)
    error = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "casework_outbox"
        indexes = (
            models.Index(fields=["next_attempt_ms"], name="outbox_pending", condition=Q(state="pending")),
            models.Index(fields=["recipient", "position"], name="outbox_recipient"),
        )

    def __str__(self) -> str:
        return f"{self.recipient} {self.kind}"


class CaseKey(models.Model):
    """The key of one case, wrapped by the master key. Destroying it erases the person (retention)."""

    case_no = models.CharField(max_length=40, primary_key=True)
    wrapped = models.BinaryField()

    class Meta:
        db_table = "casework_key"

    def __str__(self) -> str:
        return self.case_no


class PrivateCase(models.Model):
    """Who called and what was said, as it stands now: persons sealed, free text erasable."""

    case_no = models.CharField(max_length=40, primary_key=True)
    sealed = models.BinaryField()
    summary = models.TextField()
    text = models.TextField()

    class Meta:
        db_table = "casework_private_case"

    def __str__(self) -> str:
        return self.case_no


class PrivateEvent(models.Model):
    """The private part of one event, whose keyed digest stands in the log."""

    pk = models.CompositePrimaryKey("case_no", "seq")
    case_no = models.CharField(max_length=40)
    seq = models.IntegerField()
    sealed = models.BinaryField()
    text = models.TextField()

    class Meta:
        db_table = "casework_private_event"

    def __str__(self) -> str:
        return f"{self.case_no} {self.seq}"


class Erasure(models.Model):
    """That a case's key and private rows up to ``seq`` were destroyed, by whom, by which rule of retention."""

    case_no = models.CharField(max_length=40, primary_key=True)
    seq = models.IntegerField()
    at_ms = models.BigIntegerField()
    by = models.CharField(max_length=120)
    reason = models.CharField(max_length=200)

    class Meta:
        db_table = "casework_erasure"

    def __str__(self) -> str:
        return self.case_no


class Seal(models.Model):
    """A link over the heads of all cases that changed since the link before it, up to ``position``."""

    n = models.IntegerField(primary_key=True)
    at_ms = models.BigIntegerField()
    position = models.BigIntegerField()
    cases = models.IntegerField()
    digest = models.CharField(max_length=64)
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    algo = models.CharField(max_length=10)

    class Meta:
        db_table = "casework_seal"

    def __str__(self) -> str:
        return f"{self.n} @{self.position}"


class IdempotencyKey(models.Model):
    """What a request with this key was answered; kept for 7 days (contract §6)."""

    pk = models.CompositePrimaryKey("actor", "key")
    actor = models.CharField(max_length=120)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    case_no = models.CharField(max_length=40)
    response = models.TextField()
    created_ms = models.BigIntegerField(db_index=True)

    class Meta:
        db_table = "casework_idempotency"

    def __str__(self) -> str:
        return self.key


class Reveal(models.Model):
    """That somebody asked to see a masked value, and why (contract §1)."""

    id = models.BigAutoField(primary_key=True)
    case_no = models.CharField(max_length=40, db_index=True)
    field = models.CharField(max_length=40)
    by = models.CharField(max_length=120)
    at_ms = models.BigIntegerField()
    reason = models.CharField(max_length=500)

    class Meta:
        db_table = "casework_reveal"
        indexes = (models.Index(fields=["at_ms"], name="reveal_at"),)

    def __str__(self) -> str:
        return f"{self.case_no} {self.field}"


class Look(models.Model):
    """That a person opened the page of a case, once per person and hour; kept for half a year (``looks.KEPT``)."""

    pk = models.CompositePrimaryKey("case_no", "by", "hour")
    case_no = models.CharField(max_length=40)
    by = models.CharField(max_length=120)
    hour = models.IntegerField()
    at_ms = models.BigIntegerField()

    class Meta:
        db_table = "casework_look"
        indexes = (models.Index(fields=["hour"], name="look_hour"),)

    def __str__(self) -> str:
        return f"{self.case_no} {self.by}"


class Words(models.Model):
    """What was said in one case as keyed hashes, for finding it again (``words.py``); the newest has the highest id."""

    id = models.BigAutoField(primary_key=True)
    case_no = models.CharField(max_length=40, unique=True)
    tokens = models.TextField()

    class Meta:
        db_table = "casework_words"

    def __str__(self) -> str:
        return self.case_no


class WordsAt(models.Model):
    """One row: the position of the log up to which the index of words is whole."""

    id = models.BigAutoField(primary_key=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "casework_words_at"

    def __str__(self) -> str:
        return str(self.position)
