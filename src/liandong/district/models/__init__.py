"""Tables of the district, by subject."""

from .accounts import ROLES, SCOPES, Account, AccountChange, ApiToken
from .directory import Contact, Hotline, Shift, SubUnit, Township, Unit, UnitName
from .district import District, PackVersion, Reform
from .duties import Duty, DutyClass, DutyEntry, EmergencyClass
from .duty import Handover, HouseRule, RosterDay
from .figures import FigureSetting, MapTile
from .grades import UrgencyGrade
from .knowledge import KnowledgeEntry, KnowledgeVersion, LibraryStamp
from .registers import RegisterSetting
from .texts import TextTemplate
from .timing import CalendarDay, CalendarYear, LimitSetting, StatutoryLimit
from .training import Course, TrainingRecord

__all__ = [
    "ROLES",
    "SCOPES",
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
    "FigureSetting",
    "Handover",
    "Hotline",
    "HouseRule",
    "KnowledgeEntry",
    "KnowledgeVersion",
    "LibraryStamp",
    "LimitSetting",
    "MapTile",
    "PackVersion",
    "Reform",
    "RegisterSetting",
    "RosterDay",
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
