"""The services that readers ask, as doubles, and readers of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from receipts.readers import Document
from receipts.readers.remote import Remote

from .dialects import DIALECTS, KEY, Dialect
from .double import Service, serving

PNG = b"\x89PNG\r\n\x1a\n and what follows"


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the double directly, whatever proxies the machine has."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as state:
        yield state


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.name)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Each service in turn."""
    given: Dialect = request.param
    return given


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the reader would have slept."""
    return []


@pytest.fixture
def reader(dialect: Dialect, service: Service, waits: list[float]) -> Remote:
    return dialect.reader(
        api_key=KEY, model=dialect.model, base_url=service.url, timeout_seconds=20, sleep=waits.append
    )


@pytest.fixture
def document() -> Document:
    return Document(content=PNG, content_type="image/png", today=date(2024, 5, 17), currency="MYR")
