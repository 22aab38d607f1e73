"""The whole way: the bytes of an electronic invoice in, a draft out that adds up."""

from pydantic import ValidationError

from receipts.draft import Draft
from receipts.einvoice import cii, rules, ubl
from receipts.einvoice.drafts import draft_of
from receipts.einvoice.trees import Broken, root_of, tree_of

SYNTAXES = {cii.ROOT: cii.read, ubl.INVOICE: ubl.read, ubl.CREDIT_NOTE: ubl.read}


def is_invoice(content: bytes) -> bool:
    """Tell by its outermost element whether XML is an invoice that can be read.

    Raises: Broken when it is no XML so far, or brings a document type.
    """
    return root_of(content) in SYNTAXES


def read(content: bytes) -> tuple[Draft, dict[str, object]]:
    """Read an invoice to the cent.

    Returns: the draft, and the syntax and profile that it is written in.
    Raises: Broken, also for one of which the figures do not add up: nobody could tell which are right.
    """
    root = tree_of(content)
    if root.tag not in SYNTAXES:
        raise Broken("The data are no invoice in UBL or CII.")
    invoice = SYNTAXES[root.tag](root)
    problems = list(rules.broken(invoice))
    if problems:
        raise Broken(f"The invoice's data do not add up: {'; '.join(problems[:3])}.")
    try:
        draft = draft_of(invoice)
    except ValidationError as error:
        raise Broken("The invoice's data hold values that no books can hold.") from error
    return draft, {"syntax": invoice.syntax, "profile": invoice.profile[:200]}
