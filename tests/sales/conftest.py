"""A payment gateway to fail as a test says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway import Gateway, serving


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    """A gateway that the server takes its cards to."""
    with serving(Gateway()) as played:
        played.stand_in(settings)
        yield played
