"""How often something may be tried, and who tries it: arithmetic over times and addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
FORM = re.compile(rf"([1-9][0-9]{{0,5}})/({'|'.join(SECONDS)})\Z")
IPV6_PREFIX = 64  # bits: what a provider gives to one household at the least (RFC 6177)


@dataclass(frozen=True)
class Limit:
    """At most `times` within any `seconds`."""

    times: int
    seconds: int


def parse(text: str) -> Limit:
    """Read a limit such as 5/minute.

    Raises: ValueError.
    """
    form = FORM.match(text.strip())
    if not form:
        raise ValueError(f"{text!r} is no limit: write 5/minute, or per second, hour or day.")
    return Limit(int(form[1]), SECONDS[form[2]])


def live(hits: Sequence[float], *, limit: Limit, now: float) -> list[float]:
    """Keep the hits that still count, oldest first."""
    return sorted(hit for hit in hits if hit > now - limit.seconds)


def delay(hits: Sequence[float], *, limit: Limit, cost: int, now: float) -> float:
    """Tell how long to wait until `cost` more hits are within the limit; 0 when they are so now.

    Shapes: hits (T,), those that still count, oldest first.
    Units: seconds; a cost that no waiting makes possible answers the whole window.
    """
    over = len(hits) + cost - limit.times
    if over <= 0:
        return 0.0
    if over > len(hits):
        return float(limit.seconds)
    # A machine whose clock is ahead may have counted in our future: never wait more than the window.
    return min(hits[over - 1] + limit.seconds - now, float(limit.seconds))


def client_address(*, remote: str, forwarded: str, proxies: int) -> str:
    """Tell who sends a request: what the outermost of `proxies` trusted proxies has seen.

    `remote` is the peer of the connection, `forwarded` the X-Forwarded-For header, to whose right end
    each proxy adds its own peer: what stands further left was written by the client, and is worth nothing.
    """
    seen = [entry.strip() for entry in forwarded.split(",")]
    if 0 < proxies <= len(seen) and _parsed(seen[-proxies]):
        return seen[-proxies]
    return remote


def network(address: str) -> str:
    """Name the network that counts as one client: an IPv4 address, or an IPv6 network of 64 bits."""
    parsed = _parsed(address)
    if parsed is None:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.IPv6Network((int(parsed), IPV6_PREFIX), strict=False))
    return str(parsed)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
