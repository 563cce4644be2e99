"""What django-allauth asks of us for second factors: nothing in clear in the database, no Host header believed."""

from allauth.mfa.adapter import DefaultMFAAdapter

from accounts.factors import passkeys
from accounts.factors.totp import KEPT, PRODUCT
from accounts.models import Login
from accounts.sealed_texts import seal, unseal


class FactorAdapter(DefaultMFAAdapter):
    """Our own actions write the rows; whatever part of allauth should ever write one, keeps the same rules."""

    def encrypt(self, text: str) -> str:
        return seal(KEPT, text)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(KEPT, encrypted_text)

    def get_totp_issuer(self) -> str:
        return PRODUCT

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": passkeys.server().rp.id or "", "name": PRODUCT}

    def get_public_key_credential_user_entity(self, user: Login) -> dict[str, object]:
        return {"id": user.public_id.encode(), "display_name": user.label, "name": user.user_name}
