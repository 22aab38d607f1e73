"""The words by which receipts name their figures, in the languages that the engine reads.

Each line of a table is one regular expression over text in lower case without accents; OCR drops
spaces, so most of them are optional.
"""

import re
from enum import StrEnum
from functools import lru_cache

from receipts.engine.text import any_of, fold


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


ASIDE = any_of(r"""
    you(?:r)? ?sav
    \bsav(?:ed|ings?)\b
    \bpoints?\b|\bpunkte
    suggest
    \bersparnis|gespart
    \b1[58] ?%.*(?:tip|=)
    \bbefore ?tip
    balance (?:b/?f|forward|remaining)
    available
    loyalty
    ^\W*(?:tax|gst) ?summary
    ^\W*was\b(?!.*\bnow\b)
    \bitem ?price\b
    \bregular ?price\b
    \breg ?price\b
    \d ?% ?suppl(?:y|ies)
""")

# The first that matches names the row.
_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.COUNT, any_of(r"""
        total ?(?:qty|quantity|items?|pcs|units|no\b|pieces|articles)
        (?:no|number|nr)s?\.? ?(?:of )?items?
        items? ?(?:count|sold|purchased)
        (?:item|qty|quantity) ?\(?s?\)? ?[:=]
        \bitem\(s\)|\bqty\(s\)
        \banzahl\b
        jumlah ?item
        ^\W*qty\b
        \bguests?\b|\bcovers?\b
    """)),
    (Kind.DISCOUNT, any_of(r"""
        disc(?:ount)? ?total|total ?disc
    """)),
    (Kind.TOTAL, any_of(r"""
        round(?:ed|ing)? ?total
        total ?bayar
        total ?(?:amount|amt|sales)? ?(?:after ?)?round
    """)),
    (Kind.ROUNDING, any_of(r"""
        \brounded\b|\bround(?: ?(?:off|up|down|adj\w*|diff\w*|amt|amount|rm))?\W*$
        roundin|pembulatan|rundung|penggenapan
    """)),
    (Kind.SUBTOTAL, any_of(r"""
        \bs[uo][bdhp8][ .-]*t[o0][tl1]|sub[ .-]*tt?l\b|\bs[ /.]?total\b
        \bitems? ?total
        zwischensumme
        sous[ -]*total
        base \w*ponible
        \bgross ?(?:amount|amt|total|sales)
        (?:total|amount|amt|sales|gross|net)\W*(?:sales|amount|amt)?\W*(?:\w+\W+)?(?:exc|before|without|w/o|ex\.? ?gst|\(ex\))
        exclud\w* (?:gst|tax|sst|vat)
        merchandise
        \bfood ?(?:&|and)? ?(?:bev\w*)? ?total
        \bnetto|taxable
        \bnet ?(?:sales|amt|amount)\b
        total ?ht\b
        harga ?jual|^\W*(?:ta ?\d|st)\W*$
    """)),
    (Kind.CHANGE, any_of(r"""
        \bchange
        [k<]?embali|^\W*cg\W*$
        ruckgeld|\bzuruck|wechselgeld|\brendu\b|\bcambio|vuelto|\bbaki\b|^\W*chg\b
    """)),
    (Kind.TENDERED, any_of(r"""
        \btendered|^\W*(?:cash|amount|amt|total)? ?tender\W*$|payments? ?tender
        (?:amount|amt|total) ?(?:paid|received|tendered)
        \bgegeben|\btunai|\bbayar\b
    """)),
    (Kind.TIP, any_of(r"""
        \btips?\b|gratuity|propina|trinkgeld|pourboire
    """)),
    (Kind.SERVICE, any_of(r"""
        \bser(?:v|vice)?\.? ?(?:charge|chg|chrg|tax)
        servi\w{0,3} ?ch|services?\W*$|services? ?\(?\d
        \bsvc|\bs/?c ?\d|\bsvr|\bs[rv][vo]? ?ch
        biaya layanan
        \bcoperto
    """)),
    (Kind.TOTAL, any_of(r"""
        \b(?:total|amount|amt|sales)\b.*\b(?:incl|inc|with|including|inclusive|after)\b
        total ?\(?incl|total ?ttc
        inclusive ?(?:of)? ?(?:gst|tax|sst)
    """)),
    (Kind.TAX, any_of(r"""
        (?<![a-z])(?:gst|[cs]gst|sst|vat|tax(?:es)?\d?|hst|pst(?!/)|qst|igic)(?![a-z])
        (?<![a-z])(?:mwst|mw-st|ust|iva|i\.v\.a|tva|t\.?p\.?s|t\.?v\.?q|ppn|pb ?1|pajak|p\.? ?rest\w*)(?![a-z])
        ^\W*tx ?\d\W*$
        [a-z]*steuer\b
        sales ?tax|taxes?$
    """)),
    (Kind.TOTAL, any_of(r"""
        t[o0]ta ?[l1i]|totaal|\bttl\b|\btot\b|^\W*tl\W*(?:rp|rm|eur|usd)?\W*$
        \bsumme\b|zu ?zahlen|gesamt|\bbetrag\b|endbetrag
        amount ?(?:due|payable)|\bdue\b|\bpayable|\bto ?(?:be ?)?pa(?:y|id)\b|\bbalance(?: ?(?:due|owing|payable|rm|eur|usd|\$))*\W*$
        ^\W*amount\b|\bnett?\b|\bbill ?am
        \bjumlah
        \bsuma\b|\bimporte\b|a ?pagar|\bsaldo\b
        a ?payer|montant
    """)),
    (Kind.DISCOUNT, any_of(r"""
        disc(?:ount)?\b|\bdisc
        rabatt|nachlass|preisvorteil|aktion\b|\bpfand(?:r|bon)
        \bremise|descuento|diskon
        \bcoupon|\bvoucher|\bpromo\b|\bless\b
    """)),
    (Kind.TENDERED, any_of(r"""
        \bcash\b|\bcard\b|\bdebit|\bcredit\b|\bpaid\b|\bpayment
        \bv[il]sa|master ?card|\bamex|american ?express|maestro|girocard|\bnets\b|\bdiscover\b
        ^\W*bar\W*$|\bbar\W*(?:eur|gegeben|€)|\bbargeld|\bkarte|kreditkarte|\bec\b|kartenzahlung
        efectivo|tarjeta|especes|(?<!la )\bcarte\b
        \bgo-?pay|\bovo\b|\bqris\b|\be-?money|\bflazz|\btouch ?n ?go|\bgrab ?pay
    """)),
)  # fmt: skip
_NOT_TAX = any_of(r"""
    (?:tax|gst|sst|vat) ?(?:invoice|inv\b|id|reg|no\b|code|summary|receipt|#)
    (?:invoice|faktur) ?(?:tax|pajak)
    ust-? ?id|steuer-? ?nr
    tax[ao]|taxi
""")
_FINAL = any_of(r"""
    grand|due|payable|\bnett?\b|round|incl|after
    zu ?zahlen|gesamt|endbetrag|a ?pagar|a ?payer|to ?(?:be ?)?pa(?:y|id)
    total ?(?:amount|amt|sales|rm|eur|price|bill)
""")
_PLAIN = any_of(r"""
    t[o0]ta ?[l1i]|totaal|\bttl\b|\btot\b|\bsumme\b|\bsuma\b|\bjumlah|balance
""")
_TABLE = any_of(r"""
    (?:gst|tax|sst|vat) ?(?:summary|analysis|breakdown|rate)
    \btax ?code
    mwst ?%|mwst.*netto|netto.*(?:mwst|brutto|steuer)|brutto.*netto|\bust\W+.*netto|steuer.*(?:netto|brutto)
    amount.*\btax\b
    ^\W*(?:gst|tax|summary)\W+.*(?:amount|amt)
    gst.*amount.*(?:gst|tax)
    taux.*tva|\btva\w*\b.*\bht\b|\bht\b.*\btva
""")
_COLUMN = r"(?:[qo]ty|quantity|ite[mn]|desc|u/?\.?p|price|a[mn]ou?nt|amt|total|disc|menge|preis|betrag|artikel|article)"
_HEADER = any_of(rf"""
    \b{_COLUMN}.*\b{_COLUMN}
    (?:qty|quantity|item|description|code|particulars?|product|harga|prix)\b.*(?:price|rm|eur|sub|harga|prix|qty)
    ^\W*(?:description|items?|particulars?|price|amount|qty|product)\W*$
    ^\W*(?:rm|eur|usd|\$|amount|amt)\W+(?:code|\(?rm\)?)?\W*$
    ^\W*(?:item|qty)\W
""")
_ITEM_COLUMN = any_of(r"""
    \b(?:[qo]ty|quantity|ite[mn]s?\b|desc|u/?\.?p\b|price|menge|preis|artikel)
""")
_DIGIT_IN_WORD = re.compile(r"(?<=[a-z])[015](?=[a-z])")


def plain(text: str) -> str:
    """Return the text in lower case without accents, with digits inside words as letters; the length stays."""
    return _DIGIT_IN_WORD.sub(lambda found: {"0": "o", "1": "l", "5": "s"}[found[0]], fold(text))


@lru_cache(maxsize=4096)
def kind_of(label: str) -> Kind | None:
    """Name what a label, in plain text, says that its amount is."""
    for kind, pattern in _KINDS:
        if pattern.search(label) and not (kind is Kind.TAX and _NOT_TAX.search(label)):
            return kind
    return None


def finality(label: str) -> int:
    """Grade a label of kind TOTAL: 3 for the final sum to pay, 2 for a plain total, 1 for a weaker word."""
    if _FINAL.search(label):
        return 3
    return 2 if _PLAIN.search(label) else 1


def opens_tax_table(text: str) -> bool:
    """Tell whether a row is the head of a table of taxes, whose sums are not the bill's."""
    return bool(_TABLE.search(text)) and not _ITEM_COLUMN.search(text)


def heads_items(text: str) -> bool:
    """Tell whether a row is the head of the table of items."""
    return bool(_HEADER.search(text)) and not opens_tax_table(text)
