"""What ``manage.py check --deploy`` looks at beside Django's own checks."""

from typing import Any

from django.core import checks

from config.cautions import cautions


@checks.register(checks.Tags.security, deploy=True)
def surroundings(**_: Any) -> list[checks.CheckMessage]:
    return [checks.Warning(line, id="config.W001") for line in cautions()]
