"""Keeps sessions in the database, as Django does, and says so when the database is what is wrong."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError

from config.errors import is_unavailable


class SessionStore(db.SessionStore):
    """Django's own takes every error while it saves for a session that was ended meanwhile, which is answered 400."""

    def save(self, must_create: bool = False) -> None:
        try:
            super().save(must_create)
        except UpdateError as error:
            if isinstance(error.__context__, Exception) and is_unavailable(error.__context__):
                raise error.__context__ from None
            raise
