"""Who issued a receipt: merchant, address, and the receipt's number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from receipts.engine.dates import DATE_LIKE
from receipts.engine.sheet import Entry, Sheet

_COMPANY = re.compile(
    r"\bsdn\b|\bbhd\b|\bs/b\b|enterprise|trading|\bltd\b|\binc\b|\bllc\b|\bgmbh\b|\bmbh\b|\bco\.? ?kg\b|\bpte\b|\bs\.?a\.?r\.?l\b|\bs\.?l\.?\b|hardware|restaura?nt|restoran|"
    r"market|\bmart\b|\bstore|\bshop|bakery|cafe|coffee|kitchen|pharmacy|farmasi|hotel|\bbar\b|grill|pizza|stationery|bookstore|\bkedai\b|syarikat|perniagaan|motor|station|"
    r"service|marketing|confectionery|supermarket|foods?\b|bistro|\bpub\b|house|deli\b|clinic|salon|electric"
)
_SUFFIX = re.compile(
    r"^\W*(?:\(?[mk]l?\)? ?)?(?:sdn\.? ?bhd|bhd|ltd|inc|llc|gmbh|s/b|enterprise|trading|pte\.? ?ltd)\W*$"
)
_ADDRESS = re.compile(
    r"\bjalan|\bjln|\blorong|\blot\b|\btaman|\btmn\b|\bstreet|\bst\b\.?|\bavenue|\bave\b|\broad|\brd\b|\bblvd|boulevard|\bdrive\b|\bdr\b\.?$|\blane\b|\bhighway|\bhwy|\bsuite\b|\bfloor|"
    r"\blevel\b|stra[sß]s?e\b|str\.? ?\d|weg \d|platz|\ballee|\b\d{5}\b|\b[a-z]\d[a-z] ?\d[a-z]\d\b|selangor|kuala|johor|\bpersiaran|\bbandar|kawasan|\bsection\b|seksyen|\bground\b|\bplaza\b|"
    r"\bmall\b|\bblock\b|\bblk\b|\bno\.? ?\d|\brue\b|\bcalle\b|\bavda|\bvia\b|\bbatu\b|kampung|\bpetaling|\bshah alam|\bcheras|\bunit\b|\btingkat|\bwisma|\bmenara|\bcentre\b|\bcenter\b"
)
_NOT_NAME = re.compile(
    r"invoice|receipt|\btel\b|\bphone|\bfax|\bgst\b|\breg\b|welcome|thank|\bdate\b|cashier|\btable\b|\border\b|\bcheck\b|www\.|http|\.com|@|\bserver\b|\bcopy\b|rechnung|quittung|beleg\b|"
    r"\btax ?id|customer|\bguest|\bticket|\btotal\b|\bqty\b|\bbill\b|\bcash ?bill|\bco\.? ?reg|\broc\b|company ?no|\bid ?no|\bhours?\b|open|\btime\b|terminal|\bvat\b|duplicate|reprint|"
    r"manager|\bhost\b|\bbon\b|kassen|uhr\b|steuer|ihr einkauf|willkommen|bienvenue|factura|simplified|\bpage\b|merchant|station id|\bsale\b|document|\bdoc no|\bbranch\b|formerly|member|\bwith us|"
    r"^\W*(?:a|b|the|and|of|for)\W*$|trn|\bdine|take ?away|\bvisit|survey|\bfeedback|\bmo\b.*\bsa\b"
)
_PHONE = re.compile(r"(?:\+?\d[\d ()./-]{7,}\d)")
_NUMBER = re.compile(
    r"(?:invoice|receipt|\binv|\brcpt|\bbill|\bcheck|\bchk|\border|\bticket|\btrans(?:action)?|\bdoc(?:ument)?|\bslip|\bbon|\bbeleg|\brechnung|\bfactura|\btrx|\btxn|\bcs|\bref)"
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
    head = _head(sheet)
    scored = [
        (score, -entry.index, entry) for entry in head if (score := _score(sheet, head, entry)) is not None
    ]
    if not scored:
        return None
    best_score, _, best = max(scored, key=lambda one: one[:2])
    entries = _whole(sheet, best)
    text = " ".join(_name(entry) for entry in entries)
    return Named(text, entries, max(0.2, min(0.95, 0.45 + 0.1 * best_score)))


def _head(sheet: Sheet) -> list[Entry]:
    """Return the rows above the first items and sums, at most a dozen."""
    head: list[Entry] = []
    for entry in sheet.entries[:14]:
        if (entry.amounts and len(head) > 2) or (entry.items_head and head):
            break
        head.append(entry)
    return head


def _score(sheet: Sheet, head: Sequence[Entry], entry: Entry) -> float | None:
    """Grade a row as a name; None when it cannot be one."""
    text = entry.plain
    letters = entry.row.letters
    if letters < 3 or letters < 0.45 * len(text.replace(" ", "")) or entry.amounts:
        return None
    place = head.index(entry)
    score = 3.0 - 0.55 * place
    score += 1.6 * min(max(entry.row.height / sheet.text_height - 1.0, -0.5), 1.5)
    if _COMPANY.search(text):
        score += 1.5
    if re.search(r"\bsdn\b|\bbhd\b|\bgmbh\b|\bs/b\b", text):
        score += 1.5
    if _NOT_NAME.search(text):
        score -= 3.5
    if _ADDRESS.search(text) and not re.search(r"\bsdn\b|\bbhd\b|\bgmbh\b", text):
        score -= 2.0
    if _PHONE.search(text) or DATE_LIKE.search(text):
        score -= 2.5
    if entry.row.confidence < 0.8:
        score -= 1.5
    return score


def _whole(sheet: Sheet, best: Entry) -> tuple[Entry, ...]:
    """Add the rows over which the name runs on: a legal form, an open end, or large letters alike."""
    entries = [best]
    while (after := entries[-1].index + 1) < len(sheet.entries) and len(entries) < 3:
        follower = sheet.entries[after]
        text = follower.plain
        open_end = re.search(r"(?:&|\band|,|-)\s*$", entries[-1].plain) is not None
        if follower.amounts or not (_SUFFIX.search(text) or open_end):
            break
        entries.append(follower)
    if best.index and _SUFFIX.search(best.plain):
        entries.insert(0, sheet.entries[best.index - 1])
    return tuple(entries)


def _name(entry: Entry) -> str:
    """Return the row without a registration number in brackets behind the name."""
    text = re.sub(
        r"\s*\(?(?:co\.?|company)? ?(?:reg\.?|no\.?)? ?[:.]?\(?\d{4,}-?[A-Za-z]?\)?\s*$",
        "",
        entry.row.text,
        flags=re.IGNORECASE,
    )
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
            and (_ADDRESS.search(text) or (rows and text.endswith(",")))
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
