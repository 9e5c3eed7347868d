"""The closed code lists of the contract (§3): states, who holds a case in each, and what the fields may say."""

from __future__ import annotations

OPEN = (
    "registered",
    "dispatched",
    "handling",
    "return_review",
    "disputed",
    "suspended",
    "feedback_review",
    "callback",
    "police",
)
FINISHED = ("closed", "answered")
TERMINAL = ("archived", "merged", "voided", "withdrawn")
STATES = OPEN + FINISHED + TERMINAL

HOLDER = {
    "registered": "desk",
    "dispatched": "unit",
    "handling": "unit",
    "return_review": "desk",
    "disputed": "duty_office",
    "suspended": "unit",
    "feedback_review": "desk",
    "callback": "desk",
    "police": "police",
    **dict.fromkeys(FINISHED + TERMINAL, "none"),
}
"""Who holds a case in each state (I1); a unit is always the lead unit."""

STATE_NAMES = {
    "registered": "待分流",
    "dispatched": "待签收",
    "handling": "办理中",
    "return_review": "退回待审",
    "disputed": "争议待裁定",
    "suspended": "挂起",
    "feedback_review": "反馈待审",
    "callback": "待回访",
    "police": "转警务",
    "closed": "已办结",
    "answered": "直接答复",
    "archived": "已归档",
    "merged": "已合并",
    "voided": "已作废",
    "withdrawn": "已撤回",
}

ROLES = (
    "desk",
    "desk_lead",
    "unit",
    "duty_office",
    "inspector",
    "police_inspectorate",
    "auditor",
    "sysadmin",
    "secadmin",
    "government",
    "reader",
    "integration",
    "system",
    "caller",
)

KINDS = (
    "consult",
    "help",
    "complaint",
    "report",
    "suggestion",
    "praise",
    "dispute",
    "police_nonurgent",
    "other",
)
CLASSES = ("general", "special", "complex")
LEVELS = ("none", "general", "larger", "major", "extreme")
LARGER = LEVELS.index("larger")
SAFETY_KEYS = ("life", "property", "public")
SAFETY_ANSWERS = ("no", "unknown", "yes")
"""From clear to dangerous: the worse of two answers is the later one."""

RETURN_REASONS = ("not_our_duty", "not_our_area", "other_lead", "needs_information")
SUSPENSION_REASONS = ("awaiting_litigation", "seasonal", "funding", "awaiting_approval", "caller_unreachable")
RESULTS = (
    "resolved",
    "partly_resolved",
    "policy_forbids",
    "conditions_forbid",
    "explained",
    "statutory_route",
    "not_found",
)
FINAL_RESULTS = ("policy_forbids", "statutory_route", "not_found")
"""Results after which an unsatisfied caller gets an explanation instead of a rework."""
SATISFACTION = ("satisfied", "fairly_satisfied", "dissatisfied", "unreached", "declined")
SOLVED = ("yes", "partly", "no")
OUTCOMES = ("handled", "false_alarm", "not_police")
GRADES = (1, 2, 3)

GUARDED = ("accept_feedback", "call_back", "answer", "withdraw", "merge", "void", "request_suspension")
"""Commands that need a release of the duty office from level "larger" on (R44)."""

NEVER_HOLDS_CASES = ("sysadmin", "secadmin", "government", "reader")

DIVERSION_CLOCKS = (
    "triage",
    "sign",
    "handle",
    "contact",
    "return_window",
    "return_decision",
    "ruling",
    "decision",
    "suspension",
    "review",
    "callback",
    "assist",
)
"""What stops when a case goes to the police; reports, acknowledgements and supervision run on."""
CLOCKS = (
    "total",
    *DIVERSION_CLOCKS,
    "police_feedback",
    "phone_report",
    "written_report",
    "ack",
    "supervision",
)

POLICE_UNIT = "GA"
POLICE_LEADS = ("GA-07", "GA-19", "GA-20")
"""The only matters the police bureau leads, beside questions to the police (CONTRACT §2)."""
RESIDUAL = "QT"
"""The class 其他单位; it is no unit and nothing can be dispatched to it."""
NO_CATALOGUE_ITEM = "no_catalogue_item"
MAX_REWORKS = 2
RETURNS_TO_DISPUTE = 2
UNREACHED_CALLS = 3
CONTACTS_BEFORE_UNREACHABLE = 3
CALL_BANDS = ((8, 12), (12, 18), (18, 21))
CONFIRM_SECONDS = 600
