"""How often is too often, and whose address counts: laws, and the cases worth a name."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import rates
from core.rates import Limit, client_address, network

times = st.lists(st.floats(0, 300), max_size=40).map(sorted)
limits = st.builds(Limit, times=st.integers(1, 6), seconds=st.sampled_from([1, 60]))


patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the machine may be busy


def counted(moments, limit, cost=1):
    """Let each moment try, and answer the hits that were let through."""
    hits: list[float] = []
    for now in moments:
        if rates.delay(rates.live(hits, limit=limit, now=now), limit=limit, cost=cost, now=now) == 0:
            hits += [now] * cost
    return hits


@patient
@given(times, limits, st.integers(1, 3))
def test_no_window_of_time_ever_holds_more_than_the_limit(moments, limit, cost):
    hits = counted(moments, limit, cost)
    for start in hits:
        assert sum(start <= hit < start + limit.seconds for hit in hits) <= limit.times


@patient
@given(times, limits, st.integers(1, 3))
def test_whoever_waits_as_long_as_told_is_let_through_and_nobody_earlier(moments, limit, cost):
    hits = counted(moments, limit)
    now = moments[-1] if moments else 0.0
    wait = rates.delay(rates.live(hits, limit=limit, now=now), limit=limit, cost=cost, now=now)

    def refused(later):
        return rates.delay(rates.live(hits, limit=limit, now=later), limit=limit, cost=cost, now=later) > 0

    if cost <= limit.times:
        assert not refused(now + wait + 0.001)
    if wait > 0.001:
        assert refused(now + wait - 0.001)


def test_six_at_once_are_refused_where_five_are_allowed_though_nothing_was_tried_before():
    assert rates.delay([], limit=Limit(5, 60), cost=6, now=0) == 60
    assert rates.delay([], limit=Limit(5, 60), cost=5, now=0) == 0


def test_a_clock_that_was_ahead_makes_nobody_wait_for_more_than_the_window():
    assert rates.delay([5000.0], limit=Limit(1, 60), cost=1, now=0) == 60


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("5/minute", Limit(5, 60)),
        (" 3/hour ", Limit(3, 3600)),
        ("1/second", Limit(1, 1)),
        ("9/day", Limit(9, 86400)),
    ],
)
def test_a_limit_is_written_as_a_number_and_a_unit(text, limit):
    assert rates.parse(text) == limit


@pytest.mark.parametrize(
    "text", ["", "5", "0/minute", "-1/minute", "5/fortnight", "5 per minute", "5/minute/hour"]
)
def test_what_is_no_limit_is_said_to_be_none(text):
    with pytest.raises(ValueError, match="is no limit"):
        rates.parse(text)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "6.6.6.6", "10.0.0.1"),  # nobody is trusted: the header is the client's own word
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "", "10.0.0.1"),
        (1, "6.6.6.6, unknown", "10.0.0.1"),
        (1, "203.0.113.9:8080", "10.0.0.1"),
        (3, "6.6.6.6, 203.0.113.9", "10.0.0.1"),  # it passed fewer proxies than all must
    ],
)
def test_the_clients_address_is_what_the_outermost_trusted_proxy_has_seen(proxies, forwarded, address):
    assert client_address(remote="10.0.0.1", forwarded=forwarded, proxies=proxies) == address


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("a socket", "unknown"),
    ],
)
def test_one_household_is_one_client(address, name):
    assert network(address) == name
