"""A storage's address as it may be shown: without its password, wherever in it that stands.

An address is what somebody typed: what is not well-formed is hidden rather than parsed. A driver's message may
quote a part of it that was taken for a host or a port, so messages are searched for every part of the password.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

HIDDEN = "***"

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)(?P<rest>.*)", re.DOTALL)
_SECRET = re.compile(r"pass|pwd|secret|token|key|cred", re.IGNORECASE)  # in the name of an option
_SHORTEST = 3  # letters of a part of a password that a message is searched for: less would be found in any


def shown(where: str) -> str:
    """The address, or a word of a command that holds one, without its password."""
    match = _ADDRESS.search(where)
    if match is None:
        return where
    account, place, options = _parts(match["rest"])
    user, colon, _ = account.partition(":")
    told = f"{user}{f':{HIDDEN}' if colon else ''}@" if account else ""
    if not account:  # user:password without a host: it would be taken for host and port
        place = re.sub(r"^([^:/\[]*):(?!\d*(/|$))[^/]*", rf"\1:{HIDDEN}", place)
    told += place + "".join(f"{mark}{name}{_value(name, value)}" for mark, name, value in options)
    return f"{where[: match.start()]}{match['scheme']}{told}"


def scrubbed(where: str, text: str) -> str:
    """What a driver says of this address, without its password or a part of it."""
    for secret in sorted(set(_secrets(where)), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _value(name: str, value: str) -> str:
    return "" if not value else f"={HIDDEN}" if _SECRET.search(unquote(name)) else value


def _parts(rest: str) -> tuple[str, str, list[tuple[str, str, str]]]:
    """What stands before the last @ of the address, the place after it, and its options as (?, name, =value).

    An @ behind a ? belongs to a password, whose ? or @ should have been written as %3F or %40: all before it is
    taken for the account, and the options that it may have been in are hidden with it.
    """
    account, at, place = rest.rpartition("@")
    if at and "?" in account and not _account(account):
        return f"{HIDDEN}:", HIDDEN, []
    place, _, query = place.partition("?")
    found = re.findall(r"([?&;])?([^=&;]*)(=[^&;]*)?", f"?{query}" if query else "")
    return account, place, [one for one in found if any(one)]


def _account(text: str) -> bool:
    """Whether user:password, and not a place with options, stands before an @."""
    return re.fullmatch(r"[^:/?@]*:[^/@]*", text) is not None and not re.match(r"[^:]*:\d*(/|\?)", text)


def _secrets(where: str) -> Iterator[str]:
    """Every text that a password of this address, or a part of one, may be quoted as."""
    match = _ADDRESS.search(where)
    if match is None:
        return
    account, _, _ = match["rest"].rpartition("@")
    hidden = [account.partition(":")[2]]
    for name, value in re.findall(r"[?&;]([^=&;]*)=([^&;]*)", match["rest"]):
        if _SECRET.search(unquote(name)):
            hidden.append(value)
    for one in hidden:
        for text in (one, unquote(one)):
            for part in (text, *re.split(r"[@:/?&;=\s]", text)):
                if len(part) >= _SHORTEST:
                    yield part
