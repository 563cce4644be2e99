"""The only writers of access tokens: one module per subject."""

from tokens.actions.creation import create
from tokens.actions.editing import Edited, edit
from tokens.actions.exports import note_token_export
from tokens.actions.generation import Shown, discard, generate, save
from tokens.actions.revocation import revoke

__all__ = ["Edited", "Shown", "create", "discard", "edit", "generate", "note_token_export", "revoke", "save"]
