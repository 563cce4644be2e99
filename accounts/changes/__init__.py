"""What can be changed of a login by one deed: the words, the rule and the action of each change."""

from accounts.changes.access import DISABLE_LOGIN, ENABLE_LOGIN, SET_AS_NON_SSO, SET_AS_SSO, SSO_CHANGES
from accounts.changes.base import Change
from accounts.changes.factors import RESET_SECOND_FACTOR
from accounts.changes.passwords import (
    FORCE_PASSWORD_CHANGE,
    PASSWORD_CHANGES,
    REACTIVATE_LOGIN,
    RESET_PASSWORD,
    SEND_ACTIVATION_MAIL,
)
from accounts.changes.rights import (
    ADD_ADMIN_ROLE,
    ADD_PERSONAL_ROLE,
    REMOVE_ADMIN_ROLE,
    REMOVE_PERSONAL_ROLE,
    ROLE_CHANGES,
    SET_AS_GENERAL_USER,
    SET_AS_SYSTEM_ADMINISTRATOR,
    SET_AS_VIEW_ONLY,
    TYPE_CHANGES,
)
from accounts.changes.token_stops import START_TOKENS, STOP_TOKENS

__all__ = [
    "ADD_ADMIN_ROLE",
    "ADD_PERSONAL_ROLE",
    "DISABLE_LOGIN",
    "ENABLE_LOGIN",
    "FORCE_PASSWORD_CHANGE",
    "PASSWORD_CHANGES",
    "REACTIVATE_LOGIN",
    "REMOVE_ADMIN_ROLE",
    "REMOVE_PERSONAL_ROLE",
    "RESET_PASSWORD",
    "RESET_SECOND_FACTOR",
    "ROLE_CHANGES",
    "SEND_ACTIVATION_MAIL",
    "SET_AS_GENERAL_USER",
    "SET_AS_NON_SSO",
    "SET_AS_SSO",
    "SET_AS_SYSTEM_ADMINISTRATOR",
    "SET_AS_VIEW_ONLY",
    "SSO_CHANGES",
    "START_TOKENS",
    "STOP_TOKENS",
    "TYPE_CHANGES",
    "Change",
]
