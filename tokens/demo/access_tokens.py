"""The tokens of the demonstration, in every status, and the tools that call with them."""

from dataclasses import dataclass

from tokens.demo.rhythms import Rhythm, daily, every, office
from tokens.scopes import DEFAULT, Scope

# Tool: user agent and address that it calls from.
TOOLS = {
    "curl": ("curl/8.9.1", "81.2.69.150"),
    "excel": ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Excel 16.0.18129; Pro)", "81.2.69.160"),
    "gateway": ("kong/3.8.0", "10.20.0.31"),
    "pandas": ("pandas/2.3.2", "10.20.0.7"),
    "postman": ("PostmanRuntime/7.46.0", "86.14.7.201"),
    "power_bi": ("PowerBI/2.147", "20.50.2.14"),
    "powershell": ("Mozilla/5.0 (Windows NT; Windows NT 10.0; en-GB) WindowsPowerShell/5.1.26100", "81.2.69.171"),
    "requests": ("python-requests/2.32.5", "81.2.69.160"),
    "sap": ("SAP-CPI/6.54", "194.9.4.20"),
    "tableau": ("Tableau/2025.3", "20.50.7.91"),
}


@dataclass(frozen=True, slots=True)
class Calls:
    """What one tool asks for with a token, from one moment to another; ``refused`` is why it gets no answer."""

    tool: str
    rhythm: Rhythm | None = None
    report: str = ""  # none: the list of reports
    since: str = ""
    until: str = "0m"
    exactly: tuple[str, ...] = ()
    refused: str = ""


@dataclass(frozen=True, slots=True)
class TokenPlan:
    """One token. Moments are told as ``rhythms.moment`` takes them; ``generated`` has the moments of Save in order."""

    name: str
    owner: str
    expiry: str
    created: str
    generated: tuple[str, ...] = ()
    calls: tuple[Calls, ...] = ()
    scopes: int = int(DEFAULT)
    ends: int | None = None  # days from now, of a chosen date
    department: str = ""  # the one that it is limited to
    edited: str = ""  # when Ada changed its description
    revoked: str = ""
    revoked_by: str = "ada@demo.example"
    description: str = ""


def plan(name: str, owner: str, expiry: str, created: str, *calls: Calls, **more: object) -> TokenPlan:
    """Of a token that was generated as soon as it was created, unless ``generated`` says otherwise."""
    host = "" if owner == "t.herrera" else "@demo.example"
    more.setdefault("generated", (created,))
    return TokenPlan(name, owner + host, expiry, created, calls=calls, **more)  # type: ignore[arg-type]


EXCEL, SHEET = office(3), office(1)
META, REPORT, ALL = int(Scope.META), int(Scope.REPORT), 7
CONTACTS, INVENTORY, ACTIVITY, LOGINS, USAGE, READINGS, COST = (
    "ContactsAndLogins", "TokenInventory", "TokenActivity", "RecentLogins", "ReportUsage",
    "MeterReadings", "EnergyCost",
)  # fmt: skip

ACTIVE = (
    plan(
        "Board pack",
        "olivia",
        "365",
        "263d 09:00",
        Calls("excel", EXCEL),
        Calls("excel", exactly=("11m",)),
        Calls("excel", office(11), CONTACTS, "8d 09:00", refused="scope_missing"),
        Calls("excel", None, CONTACTS, exactly=("5m",), refused="scope_missing"),
        scopes=META,
    ),
    plan(
        "Finance Power BI",
        "olivia",
        "90",
        "87d 16:40",
        Calls("power_bi", every(120), ACTIVITY),
        Calls("power_bi", None, ACTIVITY, exactly=("2m",)),
        description="Dashboard of the finance team",
    ),
    plan(
        "Supplier scorecard for the board",
        "olivia",
        "60",
        "190d 12:30",
        Calls("requests", office(3), CONTACTS, until="1d 17:00"),
        generated=("190d 12:30", "130d 10:05", "69d 09:50", "9d 12:30"),
        department="Energy › South",
    ),
    plan(
        "Warehouse replication",
        "olivia",
        "never",
        "310d 10:00",
        Calls("pandas", daily("02:30"), CONTACTS),
        Calls("pandas", None, CONTACTS, exactly=("32m",)),
    ),
    plan("Audit sample 2026", "marta.lind", "30", "25d 11:00", Calls("excel", SHEET, LOGINS, until="2d 16:00")),
    plan("Treasury forecast", "marta.lind", "90", "60d 09:15", Calls("power_bi", daily("07:00"), ACTIVITY)),
    plan("Cash position", "marta.lind", "365", "200d 10:10", Calls("excel", EXCEL, CONTACTS)),
    plan("Nightly warehouse", "robot", "never", "290d 15:00", Calls("pandas", daily("02:00"), ACTIVITY)),
    plan(
        "Portal gateway",
        "robot",
        "date",
        "140d 10:00",
        Calls("gateway", every(120), INVENTORY),
        Calls("gateway", None, INVENTORY, exactly=("0m",)),
        ends=221,
        description="Kong, in front of the portal",
    ),
    plan("Warehouse replication (weekly)", "robot", "365", "361d 08:00", Calls("pandas", daily("04:00"), USAGE)),
    plan("Status page", "robot", "never", "250d 14:00", Calls("curl", every(360))),
    plan("Loader, contacts", "warehouse", "365", "180d 09:00", Calls("pandas", daily("01:10"), CONTACTS)),
    plan("Loader, logins", "warehouse", "365", "180d 09:05", Calls("pandas", daily("01:20"), LOGINS)),
    plan("Loader, token log", "warehouse", "365", "180d 09:08", Calls("pandas", daily("01:30"), ACTIVITY)),
    plan("Dispatch board", "wen.zhao", "90", "55d 13:00", Calls("tableau", daily("06:00"), LOGINS)),
    plan("Shift report", "wen.zhao", "60", "32d 08:20", Calls("excel", SHEET, LOGINS)),
    plan("North meters", "selin.yildiz", "365", "220d 08:40", Calls("requests", daily("05:15"), READINGS)),
    plan("Ankara office Excel", "selin.yildiz", "90", "40d 08:00", Calls("excel", SHEET, CONTACTS)),
    plan("Energy leads", "ingrid.solberg", "90", "50d 09:00", Calls("power_bi", daily("06:30"), CONTACTS)),
    plan("Weekly review", "ingrid.solberg", "365", "120d 09:00", Calls("excel", SHEET, ACTIVITY)),
    plan("Who has access", "ada", "90", "30d 09:30", Calls("power_bi", daily("06:00"), INVENTORY)),
    plan("Access review", "ada", "60", "21d 16:00", Calls("postman", office(2), INVENTORY), scopes=ALL),
    plan("Carbon ledger", "amara.nwosu", "365", "150d 10:00", Calls("pandas", daily("03:00"), COST)),
    plan("Site visits", "amara.nwosu", "60", "28d 11:00", Calls("excel", SHEET, LOGINS)),
    plan("Month-end close", "bruno.keller", "90", "70d 07:50", Calls("excel", EXCEL, LOGINS)),
    plan("Controlling cube", "bruno.keller", "365", "240d 08:30", Calls("tableau", daily("05:00"), CONTACTS)),
    plan("Route planner", "daniel.weiss", "365", "170d 09:00", Calls("requests", every(480), CONTACTS)),
    plan("Depot screens", "daniel.weiss", "never", "230d 12:00", Calls("curl", every(360))),
    plan("South meters", "hana.suzuki", "365", "130d 09:20", Calls("requests", daily("05:45"), READINGS)),
    plan("Freight invoices", "jakub.nowak", "90", "45d 10:30", Calls("powershell", daily("22:00"), LOGINS)),
    plan("Budget model", "mei.tanaka", "90", "66d 09:10", Calls("excel", EXCEL, CONTACTS)),
    plan("Emission factors", "priya.raman", "365", "110d 14:00", Calls("pandas", daily("03:30"), CONTACTS)),
    plan("Annual report", "priya.raman", "60", "26d 15:30", Calls("excel", SHEET, ACTIVITY)),
)

# Refused, although the token itself is in order: the owner lost the role, or the login is disabled.
REFUSED = (
    plan(
        "Contractor upload",
        "sam.okafor",
        "90",
        "48d 09:00",
        Calls("postman", SHEET, CONTACTS, until="6d 08:00"),
        Calls("postman", SHEET, CONTACTS, "5d 08:00", refused="login_disabled"),
    ),
    plan(
        "Shop floor tablet",
        "pilar.santos",
        "365",
        "100d 10:00",
        Calls("requests", daily("06:10"), LOGINS, until="21d 00:00"),
        Calls("requests", daily("06:10"), LOGINS, "20d 12:00", refused="role_missing"),
    ),
)

INACTIVE = (
    plan("Postman Access Token", "olivia", "1", "260m", generated=("258m",)),
    plan(
        "Site energy workbook",
        "olivia",
        "90",
        "3d 11:20",
        Calls("requests", SHEET, READINGS, until="35m"),
        Calls("requests", None, READINGS, exactly=("17m",), refused="replaced"),
        generated=("3d 11:24", "34m"),
        scopes=REPORT,
    ),
    plan("LabTest", "wen.zhao", "30", "23d 10:40", edited="30m", description="Measurements of the lab"),
    plan("Meter import (old)", "robot", "never", "400d 09:00"),
    plan("Forecast notebook", "hana.suzuki", "60", "12d 17:00"),
    plan("Trial balance", "mei.tanaka", "7", "2d 13:30"),
)

NOT_GENERATED = (
    plan("Carbon footprint Q4", "olivia", "30", "210m", generated=()),
    plan("North sites Excel", "selin.yildiz", "90", "6d 10:00", generated=()),
    plan("Liquidity dashboard", "marta.lind", "365", "1d 15:20", generated=()),
    plan("Truck telemetry", "jakub.nowak", "never", "14d 09:45", generated=()),
    plan("Board figures", "ingrid.solberg", "date", "4d 16:10", generated=(), ends=40),
)

EXPIRED = (
    plan(
        "SAP nightly export",
        "robot",
        "365",
        "374d 09:00",
        Calls("sap", daily("01:45"), CONTACTS, until="9d 09:00"),
        Calls("sap", every(96), CONTACTS, "9d 09:10", refused="expired"),
        Calls("sap", None, CONTACTS, exactly=("1m",), refused="expired"),
    ),
    plan("Laptop script", "olivia", "7", "19d 08:15", Calls("requests", office(5), CONTACTS, until="13d 12:00")),
    plan("Workshop demo", "amara.nwosu", "1", "33d 10:00", Calls("postman", SHEET, until="32d 10:00")),
    plan("Quarter close Q3", "bruno.keller", "30", "62d 09:00", Calls("excel", EXCEL, CONTACTS, until="32d 09:00")),
    plan(
        "Tender 2026-07",
        "daniel.weiss",
        "date",
        "75d 09:00",
        Calls("excel", SHEET, LOGINS, until="20d 09:00"),
        ends=-15,
    ),
    plan("Pilot, heat pumps", "hana.suzuki", "60", "95d 13:00", Calls("requests", SHEET, CONTACTS, until="35d 13:00")),
)

REVOKED = (
    plan("Contractor import", "sam.okafor", "90", "76d 09:00", Calls("postman", SHEET, CONTACTS, until="40d 09:00"),
         revoked="170m"),
    plan("Old portal", "robot", "never", "380d 11:00", Calls("gateway", every(480), INVENTORY, until="60d 12:00"),
         Calls("gateway", every(240), INVENTORY, "60d 12:05", "58d 09:00", refused="revoked"), revoked="60d 12:00"),
    plan("Left on a train", "jakub.nowak", "365", "88d 10:00", Calls("excel", EXCEL, CONTACTS, until="52d 18:00"),
         revoked="52d 19:10", revoked_by="jakub.nowak@demo.example"),
    plan("Proof of concept", "priya.raman", "30", "84d 10:00",
         revoked="66d 10:00", revoked_by="priya.raman@demo.example"),
    plan("Test 1", "wen.zhao", "1", "41d 09:30", generated=(), revoked="41d 09:50", revoked_by="wen.zhao@demo.example"),
    plan("Emailed by mistake", "marta.lind", "60", "57d 14:00", Calls("excel", SHEET, LOGINS, until="45d 10:00"),
         revoked="45d 10:20", revoked_by="marta.lind@demo.example"),
    plan("Intern's notebook", "mei.tanaka", "90", "80d 09:00", Calls("pandas", SHEET, CONTACTS, until="24d 16:00"),
         revoked="24d 16:30"),
    plan("Energy audit 2025", "selin.yildiz", "365", "330d 09:00",
         Calls("requests", SHEET, CONTACTS, until="70d 09:00"), revoked="70d 09:30"),
)  # fmt: skip

TOKENS = ACTIVE + REFUSED + INACTIVE + NOT_GENERATED + EXPIRED + REVOKED

OTHER_TOKENS = (
    TokenPlan("Plant dashboard", "mikkel.juhl@other.example", "365", "100d 09:00", ("100d 09:00",),
              (Calls("power_bi", daily("06:45"), CONTACTS),)),
    TokenPlan("Olga's Excel", "olga@other.example", "90", "20d 09:00", ("20d 09:00",),
              (Calls("excel", SHEET, LOGINS),)),
)  # fmt: skip
