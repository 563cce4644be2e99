"""Lists of networks from which something may be used, and the one text in which they are stored.

The text is an array of PostgreSQL's type ``inet``, such as ``{192.0.2.0/24,2001:db8::/32}``, which the statement that
admits a call (tokens/admission/statement.py) can use as it stands.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

MOST = 50

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def network(written: str) -> Network:
    """One network as a person writes it: an address, or a network in CIDR notation. Raises ``ValueError``.

    Bits beyond the prefix are refused rather than dropped: who writes 10.1.2.3/8 may have meant something narrower.
    """
    found = ip_network(written.strip())
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped:
        raise ValueError("written as IPv6, means IPv4")
    return found


def corrected(written: str) -> str | None:
    """The network that somebody may have meant who wrote bits beyond its prefix; None for all else."""
    try:
        found = ip_network(written.strip(), strict=False)
    except ValueError:
        return None
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped:
        return str(found.network_address.ipv4_mapped) if found.prefixlen == found.max_prefixlen else None
    return str(found)


def encode(networks: Iterable[Network]) -> str | None:
    """The text that is stored; None, where anything is allowed, for no networks."""
    text = ",".join(str(one) for one in networks)
    return f"{{{text}}}" if text else None


@lru_cache(maxsize=1024)
def decode(stored: str | None) -> tuple[Network, ...]:
    """Raises ``ValueError`` for a text that ``encode`` did not make."""
    return tuple(ip_network(one) for one in stored.strip("{}").split(",")) if stored else ()


def address_of(written: str) -> Address | None:
    """A client's address without its zone, IPv4 as such however it came; None for what is no address."""
    try:
        found = ip_address(written.partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found


def names(stored: str | None) -> list[str] | None:
    """The networks in words; None where anything is allowed."""
    return None if stored is None else [in_words(one) for one in decode(stored)]


def in_words(one: Network) -> str:
    """A network of one address as that address."""
    return str(one.network_address) if one.prefixlen == one.max_prefixlen else str(one)


@lru_cache(maxsize=1024)
def peer_of(written: str) -> str | None:
    """A client's address as a database takes it; None for what is no address, which is in no network."""
    found = address_of(written)
    return str(found) if found else None


def allows(stored: str | None, address: str | None) -> bool:
    """Whether the stored list allows the address: any, where nothing is stored."""
    if stored is None:
        return True
    found = address_of(address or "")
    return found is not None and any(found in one for one in decode(stored) if one.version == found.version)
