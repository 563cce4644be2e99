"""Tells who named something of another name that looks the same."""

from collections.abc import Iterable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.lookalikes import caution
from accounts.models import Login


def tell_of_likeness(request: HttpRequest, name: str, others: Iterable[str]) -> None:
    if words := caution(name, others):
        messages.warning(request, words)


def tell_of_like_user_name(request: HttpRequest, login: Login) -> None:
    tell_of_likeness(request, login.user_name, user_names_beside(login))


def user_names_beside(login: Login) -> QuerySet[Login, str]:
    others = Login.objects.filter(organisation=login.organisation_id).exclude(pk=login.pk)
    found: QuerySet[Login, str] = others.values_list("user_name", flat=True)
    return found
