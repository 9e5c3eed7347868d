"""Tables of the district, by subject."""

from .accounts import ROLES, SCOPES, USUAL_SCOPES, Account, AccountChange, ApiToken
from .directory import Contact, Hotline, Shift, SubUnit, Township, Unit, UnitName
from .district import District, PackVersion, Reform
from .duties import Duty, DutyClass, DutyEntry, EmergencyClass
from .duty import Handover, HouseRule, RosterDay
from .figures import FigureSetting, MapTile
from .grades import UrgencyGrade
from .grading import EventKind, RaisingFactor, Resource, SeverityMeasure
from .knowledge import KnowledgeEntry, KnowledgeVersion, LibraryStamp
from .measures import Inhabitants, Measure
from .noticing import NoticeSetting
from .registers import RegisterSetting
from .reports import ReportSetting
from .texts import TextTemplate
from .timing import CalendarDay, CalendarYear, LimitSetting, StatutoryLimit
from .training import Course, TrainingRecord

__all__ = [
    "ROLES",
    "SCOPES",
    "USUAL_SCOPES",
    "Account",
    "AccountChange",
    "ApiToken",
    "CalendarDay",
    "CalendarYear",
    "Contact",
    "Course",
    "District",
    "Duty",
    "DutyClass",
    "DutyEntry",
    "EmergencyClass",
    "EventKind",
    "FigureSetting",
    "Handover",
    "Hotline",
    "HouseRule",
    "Inhabitants",
    "KnowledgeEntry",
    "KnowledgeVersion",
    "LibraryStamp",
    "LimitSetting",
    "MapTile",
    "Measure",
    "NoticeSetting",
    "PackVersion",
    "RaisingFactor",
    "Reform",
    "RegisterSetting",
    "ReportSetting",
    "Resource",
    "RosterDay",
    "SeverityMeasure",
    "Shift",
    "StatutoryLimit",
    "SubUnit",
    "TextTemplate",
    "Township",
    "TrainingRecord",
    "Unit",
    "UnitName",
    "UrgencyGrade",
]
