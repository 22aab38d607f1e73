"""Moments in SQL, by the clock of the zone that another column names: each store has its own."""

from __future__ import annotations

from typing import Any

from django.db.models import DateField, Func, IntegerField


class Day(Func):
    """The day on which a moment fell: `Day("created_at", "store__timezone")`."""

    arity = 2
    output_field = DateField()
    template = "(%(expressions)s)::date"
    arg_joiner = " AT TIME ZONE "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Call the function that Django gives SQLite for its own casts; moments are kept in UTC there."""
        template = "django_datetime_cast_date(%(expressions)s, 'UTC')"
        return self.as_sql(compiler, connection, template=template, arg_joiner=", ", **context)


class Hour(Func):
    """The hour of the day, 0 to 23, in which a moment fell."""

    arity = 2
    output_field = IntegerField()
    template = "EXTRACT(HOUR FROM %(expressions)s)::integer"
    arg_joiner = " AT TIME ZONE "

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """Call the function that Django gives SQLite for its own extracts."""
        template = "django_datetime_extract('hour', %(expressions)s, 'UTC')"
        return self.as_sql(compiler, connection, template=template, arg_joiner=", ", **context)
