"""Who runs a command, in the ledger's terms."""

import getpass

from audit.actor import Actor


def operator() -> Actor:
    """The operating system's user, by name where there is one: whoever can run commands here may do everything."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user without a name
        name = ""
    return Actor(label=f"Operator {name}".strip(), channel="command")
