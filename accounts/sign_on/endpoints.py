"""What a provider says about itself (OpenID Connect Discovery 1.0)."""

from dataclasses import dataclass
from typing import Any

from accounts.sign_on.fetching import get, is_safe_address
from accounts.sign_on.troubles import Trouble

WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of the provider, each https. ``userinfo`` and ``end_session`` may be empty."""

    authorization: str
    token: str
    keys: str
    userinfo: str = ""
    end_session: str = ""
    takes_basic: bool = True  # whether the client says its secret in a header and not in the form
    names_itself: bool = False  # whether its answers say who it is (RFC 9207)


def discover(issuer: str) -> Endpoints:
    """Ask the provider for its addresses. Raises ``Trouble``, also when it is another than we asked for."""
    said = get(issuer.rstrip("/") + WELL_KNOWN)
    if said.get("issuer") != issuer:
        raise Trouble("answer", f"it calls itself {str(said.get('issuer'))[:200]}")
    methods = said.get("token_endpoint_auth_methods_supported")
    return Endpoints(
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        userinfo=_address(said, "userinfo_endpoint", required=False),
        end_session=_address(said, "end_session_endpoint", required=False),
        takes_basic=not isinstance(methods, list) or "client_secret_basic" in methods,
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: dict[str, Any], name: str, *, required: bool = True) -> str:
    address = said.get(name)
    if isinstance(address, str) and is_safe_address(address):
        return address
    if required:
        raise Trouble("answer", f"its {name} is no https address")
    return ""
