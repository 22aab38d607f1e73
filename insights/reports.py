"""Reports to take along: who may fetch one, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core import signing

from core import tenancy
from core.models import Store, User
from core.ranges import Days
from insights import series
from insights.tables import COLUMNS, NEEDS, Column, Kind

SALT = "insights.reports"


@dataclass(frozen=True)
class Report:
    """One kind of report of a store over some days."""

    kind: Kind
    store: Store
    days: Days

    @property
    def columns(self) -> tuple[Column, ...]:
        return COLUMNS[self.kind]

    @property
    def filename(self) -> str:
        """What to call a file of it, without the ending."""
        return f"{self.kind.lower()}-{self.days.start}-{self.days.end}"

    def source(self) -> series.Source:
        return series.rows_of(kind=self.kind, store=self.store, days=self.days)


def sign(*, report: Report, user: User) -> str:
    """Make a ticket that lets `user` fetch a report, as it is then, for some minutes."""
    days = [report.days.start.isoformat(), report.days.end.isoformat()]
    return signing.dumps([report.kind.value, report.store.pk, user.pk, *days], salt=SALT)


def signed(ticket: str) -> Report | None:
    """Find the report of a ticket that is not too old, if its holder still may see it."""
    try:
        name, key, user, start, end = signing.loads(ticket, salt=SALT, max_age=settings.FILE_URL_LIFETIME)
    except signing.BadSignature:
        return None
    kind = Kind(name)
    store = Store.objects.filter(pk=key).first()
    holder = User.objects.get_queryset().filter(pk=user, is_active=True).first()
    if store is None or holder is None or not tenancy.may(holder, NEEDS[kind], store):
        return None
    return Report(kind, store, Days(date.fromisoformat(start), date.fromisoformat(end)))
