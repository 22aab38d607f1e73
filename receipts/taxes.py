"""The rates of value-added and sales tax that a paper can show: by country, else by currency.

Pure. Units: percent of the net amount. Rates of the last ten years stand together, as old papers come in too.
What is not known for sure is left out: countries amid a reform, and zones with rates of their own.
As known in 2025; the tax offices, and the European Commission's Taxes in Europe Database, have the last word.
"""

from dataclasses import dataclass
from decimal import Decimal

_BY_COUNTRY = {
    "AT": "20 13 10", "BE": "21 12 6", "BG": "20 9", "CY": "19 9 5 3", "DE": "19 16 7 5",
    "EE": "24 22 20 13 9 5", "ES": "21 10 5 4", "FI": "25.5 24 14 13.5 10", "FR": "20 10 5.5 2.1",
    "GR": "24 13 6", "HR": "25 13 5", "IE": "23 21 13.5 9 4.8", "IT": "22 10 5 4", "LT": "21 12 9 5",
    "LU": "17 16 14 13 8 7 3", "LV": "21 12 5", "MT": "18 12 7 5", "NL": "21 9 6", "PT": "23 13 6",
    "SI": "22 9.5 5", "SK": "23 20 19 10 5", "AU": "10", "CH": "8.1 8 7.7 3.8 3.7 2.6 2.5",
    "CZ": "21 15 12 10", "DK": "25", "GB": "20 12.5 5", "HU": "27 18 5", "ID": "12 11 10",
    "IN": "40 28 18 12 5 3", "JP": "10 8", "KR": "10", "MX": "16 8", "MY": "10 8 6 5",
    "NO": "25 15 12 10 6", "NZ": "15", "PH": "12", "PL": "23 8 5", "RO": "21 20 19 11 9 5", "SE": "25 12 6",
    "SG": "9 8 7", "TH": "7", "TR": "20 18 10 8 1", "TW": "5", "ZA": "15 14",
}  # fmt: skip
# Where states, provinces and towns add theirs there are hundreds of rates, and only a bound: the highest
# combined rate on goods or meals.
_BOUNDS = {"US": "15", "CA": "15"}
_EURO = (
    *("AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"),
)
_CURRENCIES: dict[str, tuple[str, ...]] = {
    "EUR": _EURO, "AUD": ("AU",), "CAD": ("CA",), "CHF": ("CH",), "CZK": ("CZ",), "DKK": ("DK",),
    "GBP": ("GB",), "HUF": ("HU",), "IDR": ("ID",), "INR": ("IN",), "JPY": ("JP",), "KRW": ("KR",),
    "MXN": ("MX",), "MYR": ("MY",), "NOK": ("NO",), "NZD": ("NZ",), "PHP": ("PH",),
    "PLN": ("PL",), "RON": ("RO",), "SEK": ("SE",), "SGD": ("SG",), "THB": ("TH",), "TRY": ("TR",),
    "TWD": ("TW",), "USD": ("US",), "ZAR": ("ZA",),
}  # fmt: skip
# Only the euro is the money of many countries; a store's time zone tells which one it is in.
_ZONES = {
    "Europe/Vienna": "AT", "Europe/Brussels": "BE", "Europe/Sofia": "BG", "Asia/Nicosia": "CY",
    "Europe/Nicosia": "CY", "Europe/Berlin": "DE", "Europe/Tallinn": "EE",
    "Europe/Madrid": "ES", "Europe/Helsinki": "FI", "Europe/Paris": "FR", "Europe/Athens": "GR",
    "Europe/Zagreb": "HR", "Europe/Dublin": "IE", "Europe/Rome": "IT", "Europe/Vilnius": "LT",
    "Europe/Luxembourg": "LU", "Europe/Riga": "LV", "Europe/Malta": "MT", "Europe/Amsterdam": "NL",
    "Europe/Lisbon": "PT", "Europe/Ljubljana": "SI", "Europe/Bratislava": "SK",
}  # fmt: skip


@dataclass(frozen=True)
class Rates:
    """What tax can be: `known` is empty where only the bound `highest` is known."""

    highest: Decimal
    known: tuple[Decimal, ...] = ()


def rates_of(*, currency: str, zone: str) -> Rates | None:
    """Give the rates for papers in `currency` that come to a store in the time zone `zone`.

    None for a currency of which nothing is known.
    """
    countries = _CURRENCIES.get(currency, ())
    here = _ZONES.get(zone)
    if here is not None and here in countries:
        countries = (here,)
    known = {Decimal(rate) for country in countries for rate in _BY_COUNTRY.get(country, "").split()}
    bounds = {Decimal(_BOUNDS[country]) for country in countries if country in _BOUNDS}
    if not known and not bounds:
        return None
    return Rates(max(known | bounds), tuple(sorted(known, reverse=True)))
