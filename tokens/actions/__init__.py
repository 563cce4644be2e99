"""The only writers of access tokens: one module per subject."""

from tokens.actions.creation import create
from tokens.actions.editing import Edited, edit, shorten_all
from tokens.actions.exports import note_organisation_export, note_token_export
from tokens.actions.generation import Shown, discard, generate, save
from tokens.actions.minting import Minted, mint, mint_client_credentials
from tokens.actions.revocation import revoke, revoke_all

__all__ = [
    "Edited", "Minted", "Shown", "create", "discard", "edit", "generate", "mint", "mint_client_credentials",
    "note_organisation_export", "note_token_export", "revoke", "revoke_all", "save", "shorten_all",
]  # fmt: skip
