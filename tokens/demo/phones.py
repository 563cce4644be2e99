"""The mobile devices of the demonstration: who is signed in on which, since when."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhonePlan:
    """One session. Moments are told as ``rhythms.moment`` takes them; no ``department``: none was chosen."""

    owner: str
    device: str
    began: str
    active: str
    department: str = ""


PHONES = (
    PhonePlan("olivia@demo.example", "Olivia's iPhone 17", "12d 07:41", "34m", "Energy › South"),
    PhonePlan("olivia@demo.example", "iPad, meeting room", "21d 13:05", "5d 15:20", "Finance"),
    PhonePlan("daniel.weiss@demo.example", "Zebra TC58, depot 2", "26d 05:52", "127m", "Operations › Logistics"),
    PhonePlan("jakub.nowak@demo.example", "Zebra TC58, depot 3", "9d 06:03", "64m", "Operations › Logistics"),
    PhonePlan("farid.haddad@demo.example", "Galaxy XCover 7", "3d 06:47", "18m", "Operations › Maintenance"),
    PhonePlan("hana.suzuki@demo.example", "Pixel 10", "17d 09:30", "1d 16:12", "Energy › South"),
    PhonePlan("selin.yildiz@demo.example", "Selin's iPhone", "6d 08:15", "188m", "Energy › North"),
    PhonePlan("marta.lind@demo.example", "Marta's iPhone", "29d 18:22", "20d 08:05"),
)
