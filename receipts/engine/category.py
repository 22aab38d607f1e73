"""The spending category that a receipt's words point to."""

import re
from collections import defaultdict
from collections.abc import Iterable

from receipts.engine.text import any_of, fold

# A word in the merchant's name weighs as much as several lines.
NAME_WEIGHT = 4

_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (category, any_of(table))
    for category, table in (
        ("fuel", r"""
            \bshell\b|petron|\besso\b|\baral\b|caltex|\bbp\b|valero|exxon|chevron|total oulmes
            petrol|\bfuel|diesel|\bgas station|unleaded|\bron ?9\d|tankstelle|litre.*pump
        """),
        ("cafe", r"""
            cafe\b|coffee|kaffee|\btea\b|tealive|starbucks|espresso|latte|cappuccino
            bakery|bakeries|baker[iy]|backerei|bagel|confectioner|croissant|patisserie|donut
        """),
        ("restaurant", r"""
            restaura?nt|restoran|ristorante|bistro|grill|pizza|burger|\bpub\b|brewery|kitchen|wirtshaus|gasthaus|buffet
            chipotle|mcdonald|golden arches|gerbang alaf|kfc|five guys|jollibee
            sushi|ramen|seafood|steak|taco|nasi|\bmee\b|noodle|soba|sandwich|pasta|\bindian\b
            dine.?in|\btable\b|gratuity|mittag
        """),
        ("health", r"pharmac|farmasi|apotheke|clinic|klinik|medical|hospital|dental|panadol|vitamin|tablet\b|capsule|\bcvs\b|walgreens"),
        ("personal_care", r"\bdm\b|drogerie|rossmann|cosmetic|salon|barber|shampoo|beauty|watsons|guardian|lotion|sephora|\bspa\b"),
        ("electronics", r"media ?markt|saturn|electronic|elektronik|best ?buy|computer|laptop|\bhdmi|\busb\b|cartridge|cart pg|phone case|optus"),
        ("hardware", r"""
            hardware|\btoom\b|baumarkt|\bobi\b|hornbach|home depot|lowe'?s|d\.?i\.?y|tool\b
            \bpaint|\bpvc\b|cement|simen|papan|screw|plumb|electrical|roofing
        """),
        ("household", r"\bikea\b|ikano|\broller\b|furniture|mobel|eco-?shop|kitchenware|household|daiso|\bplastic\b|decor"),
        ("office", r"stationer|\boffice\b|photocopy|printing|\bpaper\b.*a4|popular book|staples\b|toner|schreibwaren"),
        ("education", r"\bbooks?\b|bookstore|buchhandlung|\bschool|universit|textbook|tuition|\bmph\b"),
        ("clothing", r"\bkohl|\bross\b|uniqlo|\bzara\b|\bc&a\b|h&m|fashion|apparel|clothing|textile|shirt|\bjeans|\bshoe|tailor|\bbottoms\b"),
        ("transport", r"""
            parking|\bparkhaus|taxi|uber\b|\bgrab\b|\btoll\b|\bbus\b|\btrain\b|bahn\b|metro\b|\bmrt\b
            airport|car ?wash|motor\b|tyre
        """),
        ("travel", r"\bhotel|\binn\b|hostel|airline|\bflight|lodging|resort|duty ?free"),
        ("utilities", r"telekom|telecom|vodafone|verizon|maxis|digi\b|electricity|tenaga|water bill|broadband|internet|prepaid|mobile plan"),
        ("entertainment", r"cinema|\bmovie|\bticket|theat|museum|concert|game|karaoke|\bclub\b|embassy|amusement"),
        ("services", r"laundry|\bwash\b|repair|service center|cleaning|courier|postage|\bpos malaysia|notary|consult|detail\b"),
        ("fees", r"\bfee\b|permit|licen[cs]e|\bfine\b|\bduty\b|council|exchange\b"),
        ("groceries", r"""
            \baldi\b|\blidl\b|kaufland|marktkauf|\breal\b|rewe|edeka|tesco|aeon|giant|trader joe|albertsons|meijer|woolworths|segi
            super ?market|mart\b|\bmarket\b|grocer|\bfoods\b|cash & carry|retail
            milk|bread|\beggs?\b|cheese|banan|apple|tomat|rice\b|sugar|meat|chicken|vegetable|gardenia|joghurt|brot|butter|fruit
        """),
    )
)  # fmt: skip


def category_of(
    merchant: str | None, descriptions: Iterable[str], others: Iterable[str] = ()
) -> tuple[str, float]:
    """Return the key of a built-in category and how sure it is (0..1); "other" when nothing points anywhere."""
    votes: dict[str, float] = defaultdict(float)
    for text, weight in (
        (merchant or "", NAME_WEIGHT),
        *((text, 1) for text in descriptions),
        *((text, 0.5) for text in others),
    ):
        plain = fold(text)
        named = next((category for category, pattern in _WORDS if pattern.search(plain)), None)
        if named is not None:
            votes[named] += weight
    if not votes:
        return "other", 0.2
    category = max(votes, key=lambda key: votes[key])
    return category, min(0.95, 0.4 + 0.5 * votes[category] / sum(votes.values()))
