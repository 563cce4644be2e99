"""The people of the demonstration: who they are, where they work, what they may do."""

from dataclasses import dataclass

from accounts.languages import DEFAULT_LANGUAGE
from accounts.permissions import GENERAL_USER, OWNER, VIEW_ONLY

ORGANISATION = "Demo Organisation"
OTHER_ORGANISATION = "Other Organisation"
TIME_ZONE = "Europe/London"
LEAD = "department-lead"
READER = "report-reader"
# The organisation's own user types: slug, name, permissions.
USER_TYPES = (
    (LEAD, "Department Lead", ("contact:view", "log:view", "report:read", "token:create")),
    (READER, "Report Reader", ("report:read",)),
    ("auditor", "Auditor", ("contact:view", "log:view")),
)

# Paths; a department stands after the one that it is part of.
DEPARTMENTS = (
    "Energy",
    "Energy › North",
    "Energy › South",
    "Finance",
    "Finance › Controlling",
    "Finance › Treasury",
    "Operations",
    "Operations › Logistics",
    "Operations › Maintenance",
    "Sustainability",
)


@dataclass(frozen=True, slots=True)
class Account:
    """A login: its user name, and in which departments (none: everywhere) it has the user type."""

    user_name: str
    user_type: str = GENERAL_USER
    departments: tuple[str, ...] = ()
    personal: bool = False
    admin: bool = False
    personal_until: str = ""  # when the Personal role was taken away
    disabled_since: str = ""  # told as tokens.demo.rhythms.moment takes it
    service: bool = False
    sso: bool = False
    must_change_password: bool = False
    ends: int | None = None  # days from now
    language: str = DEFAULT_LANGUAGE
    time_zone: str = TIME_ZONE
    signs_in: float = 0.5  # chance of a sign-in on a working day


@dataclass(frozen=True, slots=True)
class Person:
    """A contact with its logins, since so many days."""

    first: str
    last: str
    since: int
    logins: tuple[Account, ...] = ()
    email: str = ""
    phone: str = ""


def person(first: str, last: str, since: int, *departments: str, name: str, **more: object) -> Person:
    """Somebody whose mail address is the user name."""
    account = Account(user_name=name, departments=departments, **more)  # type: ignore[arg-type]
    return Person(first, last, since, (account,), email=name)


def contact(first: str, last: str, since: int) -> Person:
    """Somebody without a login."""
    return Person(first, last, since, email=f"{first}.{last}@demo.example".lower().replace("ó", "o"))


def program(first: str, since: int, name: str) -> Person:
    """A service login: it never signs in."""
    return Person(first, "", since, (Account(name, service=True, personal=True),))


PEOPLE = (
    person("Ada", "Byron", 640, name="ada@demo.example", user_type=OWNER, personal=True, admin=True, signs_in=0.9),
    person("Henrik", "Dahl", 610, name="henrik.dahl@demo.example", user_type=OWNER, signs_in=0.2),
    person(
        "Olivia", "Novak", 480, "Finance", "Energy › South", name="olivia@demo.example", personal=True, signs_in=0.8
    ),
    Person(
        "Peter", "John", 627,
        (
            Account("peter.john@demo.example", departments=("Energy › South",), ends=221, signs_in=0.6),
            Account("pjohn-lab@demo.example", VIEW_ONLY, ("Energy › South",), disabled_since="325d 17:00", ends=-325,
                    signs_in=0),
        ),
        email="peter.john@demo.example", phone="+44 20 7946 0018",
    ),
    person("Vera", "Klein", 355, "Finance", name="vera@demo.example", user_type=VIEW_ONLY, language="de"),
    program("Robot", 520, "robot@demo.example"),
    program("Warehouse loader", 300, "warehouse@demo.example"),
    person("Marta", "Lind", 500, "Finance", "Finance › Treasury", name="marta.lind@demo.example", personal=True),
    person("Wen", "Zhao", 210, "Operations", name="wen.zhao@demo.example", personal=True),
    person("Pilar", "Santos", 330, "Operations", name="pilar.santos@demo.example", language="es",
           personal_until="20d 10:15"),
    person("Sam", "Okafor", 402, "Operations", name="sam.okafor@demo.example", personal=True,
           disabled_since="5d 08:30"),
    person(
        "Selin", "Yıldız", 390, "Energy › North", name="selin.yildiz@demo.example",
        personal=True, language="tr", time_zone="Europe/Istanbul",
    ),
    Person(
        "Tomás", "Herrera", 260,
        (Account("t.herrera", departments=("Finance › Treasury",), language="es", time_zone="Europe/Madrid"),),
        email="tomas.herrera@demo.example",
    ),
    person("Ingrid", "Solberg", 460, "Energy", name="ingrid.solberg@demo.example", user_type=LEAD, personal=True),
    person("Kwame", "Mensah", 445, "Operations", name="kwame.mensah@demo.example", user_type=LEAD),
    person("Amara", "Nwosu", 280, "Sustainability", name="amara.nwosu@demo.example", personal=True),
    person("Bruno", "Keller", 370, "Finance › Controlling", name="bruno.keller@demo.example", personal=True,
           language="de", time_zone="Europe/Berlin"),
    person("Chloé", "Martin", 190, "Energy › North", name="chloe.martin@demo.example", language="fr"),
    person("Daniel", "Weiss", 415, "Operations › Logistics", name="daniel.weiss@demo.example", personal=True),
    person("Elif", "Demir", 150, "Finance", name="elif.demir@demo.example", language="tr"),
    person("Farid", "Haddad", 240, "Operations › Maintenance", name="farid.haddad@demo.example"),
    person("Giulia", "Conti", 205, "Sustainability", name="giulia.conti@demo.example", user_type=READER),
    person("Hana", "Suzuki", 340, "Energy › South", name="hana.suzuki@demo.example", personal=True),
    person("Isabel", "Moreno", 175, "Finance › Treasury", name="isabel.moreno@demo.example"),
    person("Jakub", "Nowak", 320, "Operations › Logistics", name="jakub.nowak@demo.example", personal=True),
    person("Katarzyna", "Zielińska", 160, "Energy › North", name="katarzyna.zielinska@demo.example"),
    person("Liam", "Murphy", 230, "Operations", name="liam.murphy@demo.example", user_type=READER),
    person("Mei", "Tanaka", 310, "Finance › Controlling", name="mei.tanaka@demo.example", personal=True),
    person("Noah", "Fischer", 140, "Energy", name="noah.fischer@demo.example", user_type=VIEW_ONLY),
    person("Owen", "Price", 135, "Operations", name="owen.price@demo.example", user_type=VIEW_ONLY),
    person("Priya", "Raman", 290, "Sustainability", name="priya.raman@demo.example", personal=True),
    person("Sven", "Lindqvist", 120, "Operations › Maintenance", name="sven.lindqvist@demo.example", sso=True),
    person("Ulrike", "Brandt", 430, "Finance", name="ulrike.brandt@demo.example", ends=-40, signs_in=0),
    person("Vikram", "Shah", 110, "Energy", name="vikram.shah@demo.example"),
    person("Xavier", "Dubois", 100, "Finance", name="xavier.dubois@demo.example", user_type=VIEW_ONLY),
    person("Yusuf", "Kaya", 2, "Operations › Logistics", name="yusuf.kaya@demo.example", must_change_password=True,
           signs_in=0),
    contact("Bianca", "Rossi", 350),
    contact("Anders", "Holm", 300),
    contact("Quentin", "Leroy", 270),
    contact("Rania", "Saleh", 220),
    contact("Tariq", "Mansour", 180),
    contact("Wanjiru", "Kamau", 90),
    contact("Zofia", "Wójcik", 60),
)  # fmt: skip

OTHER_PEOPLE = (
    person("Olga", "Petrova", 420, name="olga@other.example", user_type=OWNER, personal=True, admin=True),
    person("Mikkel", "Juhl", 200, name="mikkel.juhl@other.example", personal=True),
)
