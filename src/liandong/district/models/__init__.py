"""Tables of the district, by subject."""

from .accounts import ROLES, SCOPES, Account, ApiToken
from .directory import Contact, Hotline, Shift, SubUnit, Township, Unit, UnitName
from .district import District, PackVersion, Reform
from .duties import Duty, DutyClass, DutyEntry, EmergencyClass
from .timing import CalendarDay, CalendarYear, LimitSetting, StatutoryLimit

__all__ = [
    "ROLES",
    "SCOPES",
    "Account",
    "ApiToken",
    "CalendarDay",
    "CalendarYear",
    "Contact",
    "District",
    "Duty",
    "DutyClass",
    "DutyEntry",
    "EmergencyClass",
    "Hotline",
    "LimitSetting",
    "PackVersion",
    "Reform",
    "Shift",
    "StatutoryLimit",
    "SubUnit",
    "Township",
    "Unit",
    "UnitName",
]
