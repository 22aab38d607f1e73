"""Who issued a receipt: merchant, address, and the receipt's number."""

import re
from dataclasses import dataclass
from itertools import pairwise

from receipts.engine.chains import chain_in, chain_like
from receipts.engine.dates import DATE_LIKE
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.text import any_of

WEAK = 1.8  # a row graded lower is hardly a name
MOST_ROWS = 3  # of one name
DOUBTFUL = 0.85  # confidence under which a row of the head is rather a logo misread
FOOT_ROWS = 8
NAME_SHARE = 0.8  # of letters in a name that nothing else speaks for
SHORTEST_LOGO = 5  # letters of a name that is looked for in full elsewhere

LEGAL = any_of(r"""
    s ?d ?n\.? ?b ?h ?[du]
    \bbhd\b|\bs/b\b|\bpte\b
    \bgmbh\b|\bmbh\b|\bco\.? ?kg\b
    \bllc\b|\bltd\b|\binc\b|\bs\.?a\.?r\.?l\b|\bs\.l\.
""")
BUSINESS = any_of(r"""
    enterprise|trading|syarikat|perniagaan|marketing|hardware|stationer|\bkedai\b
    restaura?nt|restoran|ristorante|cafe|coffee|kitchen|\bbar\b|grill|pizza|bistro|\bpub\b|bakery|confectionery|sushi
    market|\bmart\b|\bstores?\b(?! ?[#:\d])|\bshop\b|foods?\b|deli\b|house\b
    pharmacy|farmasi|clinic|hotel|salon|motor|station\b(?! ?id)|bookstore|electric|service
""")
_SUFFIX = re.compile(
    r"^\W*(?:co\.?\W*)?(?:\([mk]l?\)\W*)?(?:s ?d ?n\.? ?b ?h ?[du]|bhd|ltd|inc|llc|gmbh|s/b|enterprise|trading|pte\.? ?ltd)\b"
)
ADDRESS = any_of(r"""
    \bjalan|\bjln|\bjl\b|\blorong|\blot\b|\btaman|\btmn\b|\bpersiaran|\bbandar|kawasan|\bsection\b|seksyen|\bbatu\b|kampung
    selangor|kuala lumpur|johor|\bpetaling|\bshah alam|\bcheras|\btingkat|\bwisma|\bmenara
    \bstreet|\bst\b\.?|\bavenue|\bave\b|\broad|\brd\b|\bblvd|boulevard|\bdrive\b|\bdr\b\.?$|\blane\b|\bhighway|\bhwy
    \bsuite\b|\bfloor|\blevel\b|\bground\b|\bplaza\b|\bmall\b|\bblock\b|\bblk\b|\bunit\b|\bcentre\b|\bcenter\b|\bbuilding\b|airport
    stra[sß]s?e\b|str\.? ?\d|weg \d|platz|\ballee
    \brue\b|\bcalle\b|\bavda|\bvia\b
    \b\d{5}\b|\b[a-z]\d[a-z] ?\d[a-z]\d\b|\bno\.? ?\d|^\d+[ ,-]|,? \b[a-z]{2}$
""")
NOT_NAME = any_of(r"""
    invoice|receipt|\bcopy\b|duplicate|reprint|simplified|document|\bdoc no|\bbill\b|\bticket|factura|rechnung|quittung|beleg\b|\bbon\b
    \btel\b|\bphone|\bfax|www\.|http|\.com|\.de\b|@|\bvisit|survey|\bfeedback|url\b
    \bgst\b|\breg\b|\btax ?id|\bco\.? ?reg|\broc\b|company ?no|\bid ?no|\bvat\b|steuer|station id|merchant id|\btrn\b
    welcome|willkommen|bienvenue|thank|ihr einkauf|\bwith us|\bis\b|\bare\b|\byour?\b
    \bdate\b|\btime\b|\bhours?\b|\bopen\b|\buhr\b|\bmo\b.*\bsa\b|monday|sunday
    cashier|customer|\bguest|\btable\b|\border\b|\bcheck\b|\bserver\b|manager|\bhost\b|terminal|\bpos\b|kassen|member|owned by|\bcounter\b
    \bqty\b|\bpage\b|\bsale\b|\bbranch\b|formerly|\bdine|take ?away|\bstore ?[#:\d]
    ^\W*(?:a|b|the|and|of|for|eur|rm|cash|usd)\W*$
""")
PHONE = re.compile(r"(?:\+?\d[\d ()./-]{7,}\d)")
_NUMBER = re.compile(
    r"(?:invoice|receipt|\binv|\brcpt|\bbill|\bcheck|\bchk|\border|\bticket|\btrans(?:action)?|\bdoc(?:ument)?|\bslip|"
    r"\bbon|\bbeleg|\brechnung|\bfactura|\btrx|\btxn|\bcs|\bref)"
    r"(?:s?[ .:-]*(?:no|num(?:ber)?|nr|id|#))?[ .:#-]*([a-z]{0,6}[-/]?\d[a-z0-9/-]{1,24})"
)
_STRONG = re.compile(r"invoice|receipt|\binv|\brcpt|rechnung|factura|\bbill|beleg|\bbon")


@dataclass(frozen=True, slots=True)
class Named:
    """A text of the head with the rows it was read from; `confidence` is 0..1."""

    text: str
    entries: tuple[Entry, ...]
    confidence: float


def merchant_of(sheet: Sheet) -> Named | None:
    """Choose the merchant among the rows of the head: by size, height on the page and the words of firms."""
    head = head_of(sheet)
    scored = [
        (score, -entry.index, entry)
        for entry in head
        if (score := grade(sheet, entry, head.index(entry))) is not None
    ]
    best_score, _, best = max(scored, key=lambda one: one[:2], default=(-9.0, 0, None))
    if best is None or best_score < WEAK or not telling(best):
        chain = chain_in(entry.row.text for entry in sheet.entries)
        if chain is not None:
            return Named(chain, (best or sheet.entries[0],), 0.6)
    if best is None or (best.row.confidence < DOUBTFUL and not telling(best)):
        best = _at_the_foot(sheet) or best
    if best is None:
        return None
    best = _in_full(head, best)
    entries = whole_name(sheet, best)
    text = " ".join(bare_name(entry) for entry in entries)
    return Named(chain_like(text) or text, entries, max(0.2, min(0.95, 0.45 + 0.08 * best_score)))


def _at_the_foot(sheet: Sheet) -> Entry | None:
    """Return the row among the last that stands alone above an address, as some papers end."""
    last = sheet.entries[-FOOT_ROWS:]
    for entry, below in pairwise(last):
        letters = entry.row.letters
        named = letters >= SHORTEST_LOGO and letters > NAME_SHARE * len(entry.plain.replace(" ", ""))
        other = NOT_NAME.search(entry.plain) or ADDRESS.search(entry.plain) or entry.amounts or entry.kind
        address = ADDRESS.search(below.plain) and not (below.amounts or DATE_LIKE.search(below.plain))
        if named and not other and address:
            return entry
    return None


def _in_full(head: list[Entry], best: Entry) -> Entry:
    """Return the row that says a logo's name in full, as "RESTAURANTE ENRIQUE'S" does "Enrique's"."""
    name = _letters(best.plain)
    if len(name) < SHORTEST_LOGO or telling(best):
        return best
    fuller = (
        entry
        for entry in head
        if entry is not best
        and name in _letters(entry.plain)
        and BUSINESS.search(entry.plain)
        and not (NOT_NAME.search(entry.plain) or ADDRESS.search(entry.plain) or entry.amounts)
    )
    return next(fuller, best)


def _letters(text: str) -> str:
    return re.sub(r"[^a-z]", "", text)


def telling(entry: Entry) -> bool:
    """Tell whether a row names a firm by more than its looks."""
    return bool(LEGAL.search(entry.plain) or BUSINESS.search(entry.plain) or chain_like(entry.plain))


def head_of(sheet: Sheet) -> list[Entry]:
    """Return the rows above the first items and sums, at most a dozen; a customer's name ends it."""
    head: list[Entry] = []
    for entry in sheet.entries[:14]:
        if (
            (entry.amounts and len(head) > 2)
            or (entry.items_head and head)
            or re.search(r"\b(?:bill|ship|sold) to\b", entry.plain)
        ):
            break
        head.append(entry)
    return head


def grade(sheet: Sheet, entry: Entry, place: int) -> float | None:
    """Grade a row as a name; None when it cannot be one."""
    text = entry.plain
    letters = entry.row.letters
    if letters < 3 or letters < 0.45 * len(text.replace(" ", "")) or entry.amounts:
        chain = letters >= 2 and chain_like(text)
        return 4.0 - 0.4 * place if chain else None
    legal = LEGAL.search(text) is not None
    score = 3.0 - 0.4 * place
    score += 1.6 * min(max(entry.row.height / sheet.text_height - 1.0, -0.5), 1.5)
    score += 3.0 if legal else 0.0
    score += 1.5 if BUSINESS.search(text) else 0.0
    score += 2.5 if chain_like(text) else 0.0
    score -= 3.5 if NOT_NAME.search(text) else 0.0
    score -= 2.5 if ADDRESS.search(text) and not legal else 0.0
    score -= 2.5 if PHONE.search(text) or DATE_LIKE.search(text) else 0.0
    if entry.row.confidence < 0.9:
        score -= 1.0 if entry.row.confidence > 0.8 else 2.0
    return score


def whole_name(sheet: Sheet, best: Entry) -> tuple[Entry, ...]:
    """Add the rows over which the name runs on: a legal form, an open end, or large letters alike."""
    entries = [best]
    if chain_like(best.plain):
        return (best,)
    while entries[0].index and len(entries) < MOST_ROWS and _lacks_front(entries[0]):
        entries.insert(0, sheet.entries[entries[0].index - 1])
    if best.index and len(entries) == 1 and _large_alike(sheet, best, sheet.entries[best.index - 1]):
        entries.insert(0, sheet.entries[best.index - 1])
    while (after := entries[-1].index + 1) < len(sheet.entries) and len(entries) < MOST_ROWS:
        last, follower = entries[-1], sheet.entries[after]
        opened = " ".join(entry.plain for entry in entries)
        open_end = re.search(r"(?:&|\band|,|-)\s*$", last.plain) or opened.count("(") > opened.count(")")
        if follower.amounts or not (
            open_end or _SUFFIX.search(follower.plain) or _large_alike(sheet, last, follower)
        ):
            break
        entries.append(follower)
    return tuple(entries)


def _lacks_front(entry: Entry) -> bool:
    """Tell whether a row is the rear of a name: a legal form alone, or a bracket that was opened above."""
    return bool(_SUFFIX.search(entry.plain)) or entry.plain.count(")") > entry.plain.count("(")


def _large_alike(sheet: Sheet, one: Entry, other: Entry) -> bool:
    """Tell whether two rows are both set in the same large letters, and are both part of a name."""
    low, high = sorted((one.row.height, other.row.height))
    named = not (NOT_NAME.search(other.plain) or ADDRESS.search(other.plain) or PHONE.search(other.plain))
    return (
        low > 1.45 * sheet.text_height
        and high < 1.2 * low
        and named
        and other.row.letters >= 3
        and not LEGAL.search(one.plain)
    )


def bare_name(entry: Entry) -> str:
    """Return the row without the registration number behind the name and the counter before it."""
    text = re.sub(
        r"\s*\(?(?:co\.?|company)? ?(?:reg\.?|no\.?)? ?[:.]?\(?\d{4,}\s?-?\s?[A-Za-z]?\)?(?:\s*\([A-Z]{2,4}\))?\s*$",
        "",
        entry.row.text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"^#?\d{4,}\s+", "", text)
    return " ".join(text.split()) or entry.row.text


def address_of(sheet: Sheet, merchant: Named | None) -> Named | None:
    """Join the rows of the head that look like an address and stand together."""
    skip = {entry.index for entry in merchant.entries} if merchant else set()
    rows: list[Entry] = []
    for entry in sheet.entries[:14]:
        if entry.index in skip:
            continue
        text = re.sub(r"(?:\b(?:tel|phone|fax|hp)\b).*", "", entry.plain).strip()
        bad = (
            entry.amounts
            or DATE_LIKE.search(text)
            or re.search(r"invoice|receipt|gst|reg\b|www|@|cashier|\btable\b", text)
        )
        if (
            not bad
            and len(text) > 3
            and (ADDRESS.search(text) or (rows and text.endswith(",")))
            and not _phone_only(text)
        ):
            rows.append(entry)
        elif rows and (bad or entry.index - rows[-1].index > 1):
            break
    if not rows:
        return None
    text = ", ".join(
        re.split(r"\s+(?:tel|phone|fax|hp)\b", entry.row.text, flags=re.IGNORECASE)[0].strip(" ,")
        for entry in rows
    )
    return Named(" ".join(text.split()), tuple(rows), 0.8 if len(rows) > 1 else 0.6)


def _phone_only(text: str) -> bool:
    return sum(map(str.isalpha, text)) < 4


def number_of(sheet: Sheet) -> Named | None:
    """Return the receipt's own number: the first named as an invoice's or receipt's, else an order's or check's."""
    weak: Named | None = None
    for entry in sheet.entries:
        if "gst" in entry.plain and "invoice" not in entry.plain:
            continue
        for found in _NUMBER.finditer(entry.plain):
            text = entry.row.text[found.start(1) : found.end(1)].strip(" .:-")
            if DATE_LIKE.fullmatch(text) or sum(map(str.isdigit, text)) < 2:
                continue
            if _STRONG.search(found[0]):
                return Named(text, (entry,), 0.85)
            weak = weak or Named(text, (entry,), 0.6)
    return weak
