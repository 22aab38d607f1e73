"""The words by which receipts name their figures, in the languages that the engine reads."""

import re
from enum import StrEnum

from receipts.engine.dates import fold


class Kind(StrEnum):
    """What the label of a row says its amount is."""

    TOTAL = "TOTAL"
    SUBTOTAL = "SUBTOTAL"
    TAX = "TAX"
    TIP = "TIP"
    SERVICE = "SERVICE"
    ROUNDING = "ROUNDING"
    DISCOUNT = "DISCOUNT"
    TENDERED = "TENDERED"
    CHANGE = "CHANGE"
    COUNT = "COUNT"
    ASIDE = "ASIDE"  # savings, points, suggestions: figures that are no part of the bill


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_TAX = r"(?:gst|sst|vat|tax(?:es)?\d?|sales ?tax|mwst|mw-st|ust|iva|i\.v\.a|ppn|pb ?1|pajak|p\.?rest|tva|igic|hst|pst|qst|tps|tvq|cgst|sgst|[a-z]*steuer)"
_NOT_TAX = r"(?:tax|gst) ?(?:invoice|id|reg|no\b|code|summary|registration|inv\b|receipt|#)|(?:invoice|faktur) ?(?:tax|pajak)|ust-? ?id|steuer-? ?nr|tax[ao]|taxi"

# The first that matches names the row.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.COUNT, _any(
        r"total ?(?:qty|quantity|item|pcs|units|no\b|pieces|articles)", r"(?:no|number|nr)s?\.? ?(?:of )?items?", r"items? ?(?:count|sold|purchased)",
        r"(?:item|qty|quantity) ?\(?s?\)? ?[:=]", r"\bitem\(s\)", r"\bqty\(s\)", r"\banzahl\b", r"total ?item", r"jumlah ?item", r"^\W*qty\b", r"\bguests?\b", r"\bcovers?\b",
    )),
    (Kind.ASIDE, _any(
        r"you(?:r)? ?sav", r"\bsav(?:ed|ings?)\b", r"\bpoints?\b", r"suggest", r"\bersparnis", r"\bpunkte", r"gespart", r"\b1[58] ?%.*(?:tip|=)", r"\bbefore ?tip",
        r"balance (?:b/?f|forward|remaining)", r"available", r"loyalty", r"^\W*(?:tax|gst) ?summary", r"refund",
    )),
    (Kind.ROUNDING, _any(r"\bround(?:ing|ed)?\b(?! ?(?:total|amount))(?!.*\btotal)(?<!total round)(?<!amt round)(?<!total rounded)(?<!amount rounded)(?<!amt rounded)", r"roundin", r"\brnd(?:ing)?\b", r"pembulatan", r"rundung", r"\bpenggenapan")),
    (Kind.SUBTOTAL, _any(
        r"sub[ .-]*tot", r"sub[ .-]*ttl", r"zwischensumme", r"sous[ -]*total", r"base imponible", r"(?:total|amount|amt|sales|gross|net)\W*(?:sales|amount|amt)?\W*(?:\w+\W+)?(?:exc|before|without|w/o|ex\.? ?gst|\(ex\))",
        r"exclud\w* (?:gst|tax|sst|vat)", r"merchandise", r"\bfood ?(?:&|and)? ?(?:bev\w*)? ?total", r"\bnetto", r"taxable", r"\bnet ?(?:sales|amt|amount)\b", r"total ?ht\b",
    )),
    (Kind.CHANGE, _any(r"\bchange\b", r"\bchange", r"kembali", r"ruckgeld", r"\bzuruck", r"wechselgeld", r"\brendu\b", r"\bcambio", r"vuelto", r"\bbaki\b", r"\bchg\b")),
    (Kind.TENDERED, _any(r"\btender", r"(?:amount|amt|total) ?(?:paid|received|tendered)", r"\bgegeben", r"\btunai", r"\bbayar\b")),
    (Kind.TIP, _any(r"\btips?\b", r"gratuity", r"propina", r"trinkgeld", r"pourboire")),
    (Kind.SERVICE, _any(r"\bser(?:v|vice)?\.? ?(?:charge|chg|chrg|tax)", r"\bsvc", r"\bs/?c ?\d", r"service ?\(?\d", r"biaya layanan", r"\bsvr", r"service$", r"\bcoperto")),
    (Kind.TOTAL, _any(rf"\b(?:total|amount|amt|sales)\b.*\b(?:incl|inc|with|including|inclusive|after)\b.*{_TAX}?", r"total ?\(?incl", r"\btotal ?ttc", r"inclusive ?(?:of)? ?(?:gst|tax|sst)", r"rounded ?total")),
    (Kind.TAX, _any(rf"(?<![a-z]){_TAX}(?![a-z])", r"\btax\b", r"sales ?tax", r"taxes?$")),
    (Kind.TOTAL, _any(
        r"t[o0]ta[l1i]", r"\bsumme", r"\bsuma\b", r"zu ?zahlen", r"gesamt", r"\bbetrag\b", r"endbetrag", r"amount ?(?:due|payable)", r"balance", r"\bjumlah", r"\bimporte\b",
        r"a ?payer", r"\bdue\b", r"\btotaal", r"\bnett?\b", r"^\W*amount\b", r"\bttl\b", r"a ?pagar", r"montant", r"\bbill ?am", r"\bto ?pay\b", r"\bpayable",
    )),
    (Kind.DISCOUNT, _any(r"disc(?:ount)?\b", r"\bdisc", r"rabatt", r"\bremise", r"descuento", r"\bcoupon", r"\bvoucher", r"diskon", r"\bpromo", r"nachlass", r"\bless\b", r"\bmember card sav", r"\bpfand(?:r|bon)")),
    (Kind.TENDERED, _any(
        r"\bcash\b", r"\bvisa", r"master ?card", r"\bdebit", r"\bcredit\b", r"\bcard\b", r"\bamex", r"\bpaid\b", r"\bpayment", r"\bbar\b", r"\bkarte", r"kreditkarte", r"\bec\b", r"girocard",
        r"efectivo", r"tarjeta", r"especes", r"\bcarte\b", r"maestro", r"kartenzahlung", r"\bnets\b", r"american ?express", r"\bdiscover\b", r"\becheque|\bcheck ?tend", r"\bbargeld",
    )),
)  # fmt: skip

_FINAL = _any(
    r"grand", r"due", r"payable", r"\bnett?\b", r"round", r"zu ?zahlen", r"gesamt", r"a ?pagar", r"a ?payer", r"incl", r"endbetrag", r"total ?(?:amount|amt|sales|rm|eur|price|bill)",
    r"to ?pay", r"after",
)  # fmt: skip
_PLAIN = _any(r"t[o0]ta[l1i]", r"\bsumme", r"\bsuma\b", r"\bjumlah", r"totaal", r"\bttl\b", r"balance")
_TABLE = _any(
    r"(?:gst|tax|sst|vat) ?summary", r"\btax ?code", r"(?:gst|tax|sst) ?(?:analysis|breakdown|rate)\b", r"mwst ?%", r"mwst.*netto", r"netto.*(?:mwst|brutto|steuer)", r"brutto.*netto",
    r"amount.*\btax\b", r"^\W*(?:gst|tax|summary)\W+.*(?:amount|amt)", r"\bust\W+.*netto", r"taux.*tva", r"steuer.*(?:netto|brutto)", r"gst.*amount.*(?:gst|tax)",
)  # fmt: skip
_HEADER = _any(
    r"(?:qty|quantity|item|description|desc|u/?\.?price|unit ?price|artikel|menge|article|particulars?|product|code)\b.*(?:amount|amt|price|total|u/?p|rm|eur|disc|sub|harga|preis|betrag|prix|qty)",
    r"^\W*(?:description|item|items|particulars?|price|amount|qty|product)\W*$", r"^\W*(?:rm|eur|usd|\$|amount|amt)\W+(?:code|\(?rm\)?)?\W*$", r"^\W*(?:item|qty) ",
)  # fmt: skip
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[015](?=[a-z])")


def plain(text: str) -> str:
    """Return the text in lower case without accents, with digits inside words as letters; the length stays."""
    return _DIGIT_IN_WORD.sub(lambda found: {"0": "o", "1": "l", "5": "s"}[found[0]], fold(text))


def kind_of(text: str) -> Kind | None:
    """Name what the row's label says that its amount is."""
    label = plain(text)
    for kind, pattern in _KINDS:
        if kind is Kind.TAX and re.search(_NOT_TAX, label):
            continue
        if pattern.search(label):
            return kind
    return None


def finality(text: str) -> int:
    """Grade a label of kind TOTAL: 3 for the final sum to pay, 2 for a plain total, 1 for a weaker word."""
    label = plain(text)
    if _FINAL.search(label):
        return 3
    return 2 if _PLAIN.search(label) else 1


def opens_tax_table(text: str) -> bool:
    """Tell whether the row is the head of a table of taxes, whose sums are not the bill's."""
    return bool(_TABLE.search(plain(text)))


def heads_items(text: str) -> bool:
    """Tell whether the row is the head of the table of items."""
    return bool(_HEADER.search(plain(text)))
