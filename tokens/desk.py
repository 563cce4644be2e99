"""Whose tokens a page is about, who looks at them, and where the pages about them are."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Login
from tokens.models import AccessToken
from tokens.querysets import AccessTokenQuerySet

BACK = "back"
ITS_PAGE = "token"
PERSONAL = "personal"
# The grids of the whole organisation, by the value of ``back`` in an address that leads back to one of them.
GRIDS: Mapping[str, str] = {"all": "tokens:all", "access": "tokens:access_tokens", PERSONAL: "personal"}
DIALOGS = frozenset({"actions", "edit", "revoke", "generate", "save", "cancel"})


def token_url(token: AccessToken, page: str, *, own: bool) -> str:
    """The address of a page about one token: among one's own, or among those of the login that owns it."""
    if own:
        return reverse(f"tokens:{page}", args=[token.public_id])
    return reverse(f"tokens:{page}_of_login", args=[token.owner.public_id, token.public_id])


@dataclass(frozen=True)
class Desk:
    """The same pages serve people for their own tokens and administrators for those of any login.

    ``at_token``: what is done from a token's own page leads back to it, not to the list. ``grid`` is the key of the
    grid of ``GRIDS`` that the person came from, empty for the login's own list.
    """

    owner: Login
    viewer: Login
    own: bool
    at_token: bool = False
    grid: str = ""

    @property
    def tokens(self) -> AccessTokenQuerySet:
        """The tokens that these pages show and change: not revoked, made by people or the API."""
        tokens: AccessTokenQuerySet = AccessToken.objects.of_owner(self.owner).listed()
        return tokens.select_related("owner__organisation", "owner__contact")

    @property
    def standing_tokens(self) -> AccessTokenQuerySet:
        """Those that can be revoked: further the short-lived ones of the token endpoint, which nothing else changes."""
        return self.all_tokens.filter(revoked_at=None)

    @property
    def all_tokens(self) -> AccessTokenQuerySet:
        """Further those that are revoked, and short-lived ones from the token endpoint: to look at, not to change."""
        tokens: AccessTokenQuerySet = AccessToken.objects.of_owner(self.owner)
        return tokens.select_related("owner__organisation", "owner__contact")

    @property
    def list_url(self) -> str:
        if self.grid:
            return reverse(GRIDS[self.grid])
        return reverse("tokens:mine") if self.own else reverse("tokens:of_login", args=[self.owner.public_id])

    @property
    def stop_url(self) -> str:
        """Where all of the login's tokens are stopped at once."""
        own = reverse("tokens:stop_own_tokens")
        return own if self.own else reverse("accounts:stop_login_tokens", args=[self.owner.public_id])

    @property
    def start_url(self) -> str:
        """Where they are started again."""
        own = reverse("tokens:start_own_tokens")
        return own if self.own else reverse("accounts:start_login_tokens", args=[self.owner.public_id])

    @property
    def create_url(self) -> str:
        if self.own:
            return reverse("tokens:create")
        return reverse("tokens:create_of_login", args=[self.owner.public_id])

    def url(self, token: AccessToken, page: str) -> str:
        url = token_url(token, page, own=self.own)
        back = ITS_PAGE if self.at_token else self.grid
        return f"{url}?{BACK}={back}" if back and page in DIALOGS else url

    def back_url(self, token: AccessToken) -> str:
        """Where a dialog about the token was opened."""
        return self.url(token, "token") if self.at_token else self.list_url
