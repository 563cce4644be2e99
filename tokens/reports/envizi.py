"""Reports that answer under the names and ids that tools built for Envizi ask for."""

from tokens.reports.contacts import ContactsAndLogins
from tokens.reports.logins import RecentLogins
from tokens.reports.usage import ReportUsage


class RecentLoginsOfEnvizi(RecentLogins):
    id = 1661
    name = "_Envizi-RecentLogins"
    title = "Recent Logins"
    also_named = (title,)


class ReportUsageDetailsOfEnvizi(ReportUsage):
    id = 1561
    name = "_Envizi-ReportUsageDetails"
    title = "Report Usage Details"
    also_named = (title,)


class ExtractForContactsOfEnvizi(ContactsAndLogins):
    id = 1522
    name = "_Envizi-ExtractForContacts"
    title = "Extract For Contacts"
    also_named = (title,)
