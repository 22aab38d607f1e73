"""The dashboards of bills and of suggestions, as the API shows them."""

from __future__ import annotations

import asyncio
import datetime
from decimal import Decimal

import strawberry

from core import models
from core.ranges import Days
from insights import bill_board, suggestion_board
from schema.context import Info
from schema.insights.metrics import CurrencyAmount, MetricGroup, MetricPoint, MetricTotal, figure
from schema.insights.suggestion_filters import SuggestionKind
from schema.insights.suggestions import Suggestion
from schema.nodes import TYPES, load


@strawberry.type(description="The bills of a range of days in the store's currency; void ones do not count.")
class BillsPaper:
    average: Decimal | None = figure("Mean of the bills that say their total, to the cent; null without any.")
    tax: Decimal = figure("Sum of the tax that bills say.")
    confirmed: int = figure("How many somebody has confirmed, or entered by hand.")
    needs_review: int = figure("How many nobody has confirmed.")
    undated: int = figure("How many bear no date and count on the day of their entry.")
    unknown_total: int = figure("How many do not say their total: they count, but add nothing.")
    void: int = figure("How many are void, and left out of every other figure.")


@strawberry.type(description="What waits for somebody, whenever it came.")
class BillsWaiting:
    review_queue: int = figure("How many bills nobody has confirmed.")
    open_duplicates: int = figure("How many pairs of bills may be one.")
    unread_uploads: int = figure("How many files are still to be read.")
    failed_uploads: int = figure("How many files could not be read, and may be sent again.")


@strawberry.type(description="What was spent in a range of days, on what paper, and what waits.")
class BillsDashboard:
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")
    currency: str = figure("ISO 4217 code of the amounts: the store's.")
    timezone: str = figure("IANA name of the zone that days are counted in: the store's.")
    spend: MetricTotal = figure("What was spent, beside as many days before.")
    paper: BillsPaper = figure("The bills themselves.")
    waiting: BillsWaiting = figure("What waits for somebody, of all days and currencies.")
    spend_by_day: list[MetricPoint] = figure("What was spent every day, beside as many days before.")
    spend_by_category: list[MetricGroup] = figure("What was spent, by category, the 10 largest.")
    spend_by_merchant: list[MetricGroup] = figure("Who was paid most, at most 10; no bills without a name.")
    other_currencies: list[CurrencyAmount] = figure("Other currencies, by code; in no other figure.")

    @classmethod
    def of(cls, store: models.Store, days: Days, board: bill_board.BillBoard) -> BillsDashboard:
        groups = {
            name: [MetricGroup.of(group, store) for group in getattr(board, name)]
            for name in ("spend_by_category", "spend_by_merchant")
        }
        return cls(
            start=days.start,
            end=days.end,
            currency=store.currency,
            timezone=store.timezone,
            spend=MetricTotal(**vars(board.spend)),
            paper=BillsPaper(**vars(board.paper)),
            waiting=BillsWaiting(**vars(board.waiting)),
            spend_by_day=[MetricPoint.of(point, store) for point in board.spend_by_day],
            other_currencies=[CurrencyAmount(**vars(amount)) for amount in board.other_currencies],
            **groups,
        )


@strawberry.type(description="Some suggestions, and what they come to.")
class SuggestionsWorth:
    count: int = figure("How many.")
    saving: Decimal = figure("What those that say so are worth a month, in the store's currency.")


@strawberry.type(description="The open suggestions of one kind, and what they come to.")
class SuggestionsOfKind(SuggestionsWorth):
    kind: SuggestionKind = figure("What they are about.")


@strawberry.type(description="What is suggested, what was decided, and what it is worth.")
class SuggestionsDashboard:
    keys: strawberry.Private[tuple[int, ...]]
    currency: str = figure("ISO 4217 code of the amounts: the store's.")
    open: SuggestionsWorth = figure("Those that nobody has decided on.")
    accepted: SuggestionsWorth = figure("Those that somebody acts on.")
    dismissed: SuggestionsWorth = figure("Those that somebody has laid aside.")
    by_kind: list[SuggestionsOfKind] = figure("The open ones by kind, what is worth most first.")

    @strawberry.field(description="The five open ones that are worth most.")
    async def top(self, info: Info) -> list[Suggestion]:
        found = await asyncio.gather(*(load(info, TYPES["Suggestion"], key) for key in self.keys))
        return [row for row in found if row is not None]

    @classmethod
    def of(cls, store: models.Store, board: suggestion_board.SuggestionBoard) -> SuggestionsDashboard:
        return cls(
            keys=board.top,
            currency=store.currency,
            open=SuggestionsWorth(**vars(board.open)),
            accepted=SuggestionsWorth(**vars(board.accepted)),
            dismissed=SuggestionsWorth(**vars(board.dismissed)),
            by_kind=[SuggestionsOfKind(**vars(row)) for row in board.by_kind],
        )
