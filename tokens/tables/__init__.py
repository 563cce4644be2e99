"""The grids of access tokens and of mobile sessions."""

from tokens.tables.columns import status_tag
from tokens.tables.mobile import MobileSessionTable
from tokens.tables.of_login import TokenOfLoginTable, TokenTable
from tokens.tables.of_organisation import AccessTokenTable, OrganisationTokenTable

__all__ = [
    "AccessTokenTable",
    "MobileSessionTable",
    "OrganisationTokenTable",
    "TokenOfLoginTable",
    "TokenTable",
    "status_tag",
]
