"""What a new password must be: the organisation's rules, and nothing that everybody could guess."""

import hashlib
import random
import string
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts import links
from accounts.models import Login, Organisation
from accounts.password_list import fault_of, is_listed
from accounts.password_strength import bits, common, is_easy
from accounts.password_validation import kinds_of, length_of, rules_in_words
from config import environment
from tests.factories import PASSWORD

GOOD = "seven violet otters sing"
BASE = Path(environment.__file__).parent.parent


def refusals(login: Login, password: str) -> list[str]:
    """The codes of what is wrong with it."""
    try:
        validate_password(password, login)
    except ValidationError as error:
        return [str(one.code) for one in error.error_list]
    return []


def rule(login: Login, **columns: Any) -> Login:
    Organisation.objects.filter(pk=login.organisation_id).update(**columns)
    return Login.objects.select_related("organisation", "contact").get(pk=login.pk)


class TestGuessing:
    @pytest.mark.parametrize(
        "password",
        [
            "passwordpassword", "Password1234!", "P@ssw0rd2026!!", "Summer2026!!", "qwertyuiop123", "1qaz2wsx3edc",
            "aaaaaaaaaaaa", "abcabcabcabc", "987654321098", "drowssap1990", "iloveyou1234", "letmein!letmein!",
            "qwertzuiopasdf", "welcome-2026-01", "abcdefghijklm", "12345678901234567890", "!!!!!!!!!!!!!!!!",
            "MONKEYMONKEY", "football.football", "a" * 1000,
        ],
    )  # fmt: skip
    def test_what_many_people_use_is_refused(self, olivia: Login, password: str) -> None:
        assert "password_too_common" in refusals(olivia, password)

    @pytest.mark.parametrize(
        "password",
        [
            "olivia-novak-1987", "Demo-Organisation1!", "financefinance", "South/Finance/26", "novakolivia123",
            "DemoOrganisation2026", "0l1v1a.N0v4k.99", "generaluser-demo", "kavonkavon123!",
        ],
    )  # fmt: skip
    def test_names_of_the_place_are_refused(self, olivia: Login, password: str) -> None:
        assert {"password_of_known_words", "password_too_common", "password_too_similar"} & {
            *refusals(olivia, password)
        }

    def test_the_same_elsewhere_is_none_of_these(self, olga: Login) -> None:
        assert not refusals(olga, "Finance2026Novak!")
        assert not refusals(olga, "quorbital-xantheum")
        Organisation.objects.update(name="Quorbital Xantheum")
        assert refusals(rule(olga), "quorbital-xantheum") == ["password_of_known_words"]

    @pytest.mark.parametrize(
        "password",
        [
            GOOD, PASSWORD, "493027516384", "kqzvwxmjthbd", "k3vN!x9Qz_w2", "müde wölfe äsen übel", "чайка над озером",
            "雪が静かに降る夜の森の中", "purple monkeys dance", "7301 6648 2957 0218", " leading and trailing ",
        ],
    )  # fmt: skip
    def test_what_nobody_guesses_is_taken_whatever_it_is_made_of(self, olivia: Login, password: str) -> None:
        assert refusals(olivia, password) == []

    def test_three_thousand_common_ones_of_twelve_characters(self) -> None:
        """Every common password with what people append to it until it is long enough."""
        words = sorted(common())
        random.Random(26).shuffle(words)  # noqa: S311  # the same ones each time
        tried = {
            made
            for word in words[:900]
            for made in (word + "2026!", word.capitalize() + "123!", word + word, word + "123456", "!!" + word + "1990")
            if len(made) >= 12
        }
        assert len(tried) >= 3000
        assert [made for made in tried if not is_easy(made)] == []
        assert all(is_easy(word) for word in common() if len(word) >= 12)

    def test_random_ones_are_hardly_ever_refused(self) -> None:
        made = random.Random(7)  # noqa: S311  # the same ones each time
        letters = ["".join(made.choices(string.ascii_letters + string.digits, k=12)) for _ in range(500)]
        figures = ["".join(made.choices(string.digits, k=18)) for _ in range(500)]
        assert sum(map(is_easy, letters)) == 0
        assert sum(map(is_easy, figures)) <= 5

    @pytest.mark.parametrize(
        "text", ["a" * 1000, "4@8({[</369&#!1/|0$5+7%2" * 40, "ab" * 500, "ﷺ" * 1000, "qwertyuiop" * 100]
    )
    def test_none_takes_long_to_judge(self, text: str) -> None:
        bits(GOOD)  # the list is read
        began = time.process_time()
        bits(text, [f"Department {number}" for number in range(1000)])
        assert time.process_time() - began < 0.5


class TestTheOrganisationsRules:
    def test_length_and_kinds(self, olivia: Login) -> None:
        strict = rule(olivia, password_length_minimum=20, password_classes_minimum=3)
        assert refusals(strict, "violet otters sing") == ["password_too_short", "password_too_plain"]
        assert refusals(strict, GOOD) == ["password_too_plain"]
        assert refusals(strict, "Seven violet otters sing") == []

    def test_they_act_on_the_next_choice_and_are_told_there(self, client: Client, olivia: Login) -> None:
        client.force_login(olivia)
        assert "At least 12 characters." in client.get("/password").content.decode()
        rule(olivia, password_length_minimum=25, password_classes_minimum=2, password_days_limit=90)
        page = client.get("/password").content.decode()
        assert "At least 25 characters." in page
        assert "At least 2 of these kinds" in page
        assert "It lasts 90 days." in page
        answer = client.post("/password", {"current": PASSWORD, "password": GOOD, "again": GOOD})
        assert answer.status_code == 422
        assert "The password is too short: 25 characters at least." in answer.content.decode()
        assert client.post("/sign-out").status_code == 303
        assert client.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD}).status_code == 302

    @pytest.mark.parametrize("link", [links.RESET, links.ACTIVATION])
    def test_the_pages_of_links_tell_and_hold_them(self, client: Client, olivia: Login, link: links.Link) -> None:
        strict = rule(olivia, password_length_minimum=30)
        if link is links.ACTIVATION:
            strict.set_unusable_password()
            strict.save()
        path = "/" + link.address(strict).split("/", 3)[3]
        assert "At least 30 characters." in client.get(path).content.decode()
        assert client.post(path, {"password": GOOD, "again": GOOD}).status_code == 422
        assert client.post(path, {"password": GOOD * 2, "again": GOOD * 2}).status_code == 303

    def test_each_has_its_words(self, organisation: Organisation) -> None:
        organisation.password_classes_minimum, organisation.password_days_limit = 4, 1
        words = rules_in_words(organisation)
        assert words.startswith("At least 12 characters. At least 4 of these kinds: small letters,")
        assert words.endswith("It lasts 1 day.")

    def test_characters_are_those_that_people_see(self) -> None:
        assert length_of("mu\u0308de") == length_of("müde") == 4
        assert length_of("😀😀") == 2
        assert kinds_of("aB1!") == 4
        assert kinds_of("ß雪") == 2


class TestTheListOfKnownOnes:
    KNOWN = ("seven violet otters sing", "trombone under glass", "ünïcode crocodile 7")

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        others = [f"password number {number}" for number in range(5000)]
        lines = sorted(
            hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest().upper() + ":3"
            for text in [*others, *self.KNOWN]
        )
        path = tmp_path / "known.txt"
        path.write_bytes("\r\n".join(lines).encode())
        return path

    def test_each_is_found_and_no_other(self, path: Path) -> None:
        assert all(is_listed(f"password number {number}", path) for number in range(5000))
        assert all(is_listed(text, path) for text in self.KNOWN)
        assert not any(is_listed(f"no password {number}", path) for number in range(500))
        assert fault_of(path) == ""

    def test_who_chooses_one_is_told(self, olivia: Login, path: Path, settings: Any) -> None:
        assert refusals(olivia, self.KNOWN[1]) == []
        settings.PASSWORD_LIST = path
        assert refusals(olivia, self.KNOWN[1]) == ["password_listed"]
        assert refusals(olivia, "a trombone below glass") == []

    def test_what_is_no_list_is_refused_at_start(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        words = tmp_path / "words.txt"
        words.write_text("password\n")
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        for path, why in ((words, "does not begin with a SHA-1"), (tmp_path / "none", "cannot be read")):
            monkeypatch.setenv("PASSWORD_LIST", str(path))
            with pytest.raises(environment.Refused, match=why):
                environment.read(BASE)

    def test_a_list_that_is_one(self, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        monkeypatch.setenv("PASSWORD_LIST", str(path))
        assert environment.read(BASE).password_list == path
