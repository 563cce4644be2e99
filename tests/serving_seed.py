"""Run as a program: migrates a database, makes an organisation whose administrator has a token, and prints its JWT."""

import sys

import django
from django.core.management import call_command


def main() -> None:
    django.setup()
    call_command("migrate", verbosity=0)
    from tests.cast import person
    from tests.factories import OrganisationFactory
    from tests.faults.seed import called

    organisation = OrganisationFactory(name="Demo Organisation")
    ada = person(organisation, "Ada", "Byron", "ada@demo.example", user_type="owner", has_personal_role=True)
    sys.stdout.write(called(ada, "Reports")["jwt"])


if __name__ == "__main__":
    main()
