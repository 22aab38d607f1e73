"""The spending category that a receipt's words point to."""

import re
from collections import Counter
from collections.abc import Iterable

from receipts.engine.dates import fold

# A word in the merchant's name weighs as much as several lines.
NAME_WEIGHT = 4

_WORDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (category, re.compile(pattern))
    for category, pattern in (
        ("fuel", r"\bshell\b|petron|petrol|\bfuel|diesel|\bgas station|\besso\b|\baral\b|caltex|\bbp\b|valero|exxon|chevron|unleaded|\bron ?9\d|tankstelle|litre.*pump|total oulmes"),
        ("cafe", r"cafe\b|coffee|kaffee|\btea\b|tealive|starbucks|bakery|bakeries|baker[iy]|backerei|bagel|confectioner|espresso|latte|cappuccino|croissant|patisserie|donut|kungfutea"),
        ("restaurant", r"restaura?nt|restoran|ristorante|bistro|grill|pizza|burger|\bpub\b|brewery|sushi|ramen|kitchen|seafood|steak|taco|chipotle|mcdonald|golden arches|gerbang alaf|kfc|nasi|\bmee\b|dine.?in|"
         r"\btable\b|gratuity|wirtshaus|gasthaus|mittag|buffet|noodle|soba|sandwich|five guys|jollibee|\bindian\b|pasta"),
        ("health", r"pharmac|farmasi|apotheke|clinic|klinik|medical|hospital|dental|panadol|vitamin|tablet\b|capsule|\bcvs\b|walgreens"),
        ("personal_care", r"\bdm\b|drogerie|rossmann|cosmetic|salon|barber|shampoo|beauty|watsons|guardian|guhl|lotion|sephora|\bspa\b"),
        ("electronics", r"mediamarkt|media markt|saturn|electronic|best ?buy|computer|laptop|\bhdmi|\busb\b|cartridge|cart pg|elektronik|phone case|optus"),
        ("hardware", r"hardware|\btoom\b|baumarkt|\bobi\b|hornbach|home depot|lowe'?s|\bpaint|\bpvc\b|cement|simen|papan|screw|plumb|electrical|d\.?i\.?y|roofing|tool\b"),
        ("household", r"\bikea\b|ikano|\broller\b|furniture|mobel|eco-?shop|kitchenware|household|daiso|\bplastic\b|decor"),
        ("office", r"stationer|\boffice\b|photocopy|printing|\bpaper\b.*a4|popular book|staples\b|toner|schreibwaren"),
        ("education", r"\bbooks?\b|bookstore|buchhandlung|\bschool|universit|textbook|tuition|\bmph\b"),
        ("clothing", r"\bkohl|\bross\b|fashion|apparel|shirt|\bjeans|\bshoe|clothing|textile|h&m|uniqlo|\bzara\b|tailor|\bbottoms\b|\bc&a\b"),
        ("transport", r"parking|\bparkhaus|taxi|uber\b|\bgrab\b|\btoll\b|\bbus\b|\btrain\b|bahn\b|metro\b|\bmrt\b|airport|car ?wash|motor\b|tyre"),
        ("travel", r"\bhotel|\binn\b|hostel|airline|\bflight|lodging|resort|duty ?free"),
        ("utilities", r"telekom|telecom|electricity|tenaga|water bill|broadband|internet|prepaid|mobile plan|vodafone|verizon|maxis|digi\b"),
        ("entertainment", r"cinema|\bmovie|\bticket|theat|museum|concert|game|karaoke|\bclub\b|embassy|amusement"),
        ("services", r"laundry|\bwash\b|repair|service center|cleaning|courier|postage|\bpos malaysia|notary|consult|detail\b"),
        ("fees", r"\bfee\b|permit|licen[cs]e|\bfine\b|\bduty\b|council|exchange\b"),
        ("groceries", r"\baldi\b|\blidl\b|kaufland|marktkauf|\breal\b|rewe|edeka|super ?market|mart\b|\bmarket\b|grocer|speed ?mart|tesco|aeon|giant|trader joe|albertsons|meijer|whole ?foods|\bfoods\b|woolworths|"
         r"milk|bread|\beggs?\b|cheese|banan|apple|tomat|rice\b|sugar|meat|chicken|vegetable|gardenia|joghurt|brot|butter|fruit|retail|cash & carry|value-?mart|segi"),
    )
)  # fmt: skip


def category_of(
    merchant: str | None, descriptions: Iterable[str], others: Iterable[str] = ()
) -> tuple[str, float]:
    """Return the key of a built-in category and how sure it is (0..1); "other" when nothing points anywhere."""
    votes: Counter[str] = Counter()
    for text, weight in (
        (merchant or "", NAME_WEIGHT),
        *((text, 1) for text in descriptions),
        *((text, 0.5) for text in others),
    ):
        for category, pattern in _WORDS:
            if pattern.search(fold(text)):
                votes[category] += weight
                break
    if not votes:
        return "other", 0.2
    category, most = votes.most_common(1)[0]
    return category, min(0.95, 0.4 + 0.5 * most / votes.total())
