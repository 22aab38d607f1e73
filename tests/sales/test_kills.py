"""The server is killed while tills take payments: the small sister of tests/prove/payments.py."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings

from tests.gateway import KEY, Gateway, serving
from tests.live import Installation, postgres_database
from tests.prove import payments


@pytest.mark.xdist_group("worker")
def test_no_acknowledged_payment_is_lost_and_none_is_doubled_when_the_server_is_killed(
    tmp_path: Path,
) -> None:
    with ExitStack() as stack:
        gateway = stack.enter_context(serving(Gateway(delay=payments.GATEWAY_SECONDS)))
        url = ""
        if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            name = f"tillsight_payments_{os.getpid()}"
            url = stack.enter_context(postgres_database(os.environ["DATABASE_URL"], name))
        environment = {"PAYMENT_GATEWAY_URL": gateway.url, "PAYMENT_GATEWAY_KEY": KEY}
        house = stack.enter_context(
            Installation(tmp_path, url, **environment, PAYMENT_GATEWAY_TIMEOUT_SECONDS="1")
        )
        found = payments.rush(house, gateway, kills=1)
    assert found.right, found
    assert found.cut > 0
