"""Read electronic invoices from their own data, an XML file or the one inside a PDF: no model, no network."""

from receipts.draft import Reading
from receipts.einvoice import reading
from receipts.einvoice.trees import MOST_BYTES, Broken
from receipts.readers import Document, PagesRead, Unreadable

NAME = "einvoice"
XML = "application/xml"
# What the data are called by Factur-X and ZUGFeRD from 2.1 on, by ZUGFeRD 2.0, and by its XRechnung profile.
ATTACHED = frozenset({"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml"})
MOST_ATTACHMENTS = 100


def read(document: Document) -> Reading | None:
    """Read the invoice that the document's data say; None for one without such data.

    A PDF of which only the pages are wanted is one without.
    Raises: Unreadable when the data are broken or do not add up, whatever the pages show.
    """
    if document.content_type == XML:
        name, data = "", document.content
    else:
        found = None if document.pages_only else _attached(document.content)
        if found is None:
            return None
        name, data = found
    try:
        draft, how = reading.read(data)
    except Broken as error:
        hint = (
            f" Read it again by a reader of your choice: that one reads the pages, not {name}."
            if name
            else ""
        )
        raise Unreadable(f"{error}{hint}") from error
    document.tell(PagesRead(1, 1))
    return Reading(reader=NAME, drafts=(draft,), raw={**how, "attachment": name})


def _attached(content: bytes) -> tuple[str, bytes] | None:
    """Find the data in a PDF, by their name and, where a program gave them another, by what they are.

    Raises: Unreadable when there are two: nobody could tell which counts.
    """
    import pypdfium2

    # Most have none, and are not worth being opened twice.
    if content.lstrip()[:5] != b"%PDF-" or (b"mbeddedFile" not in content and b"/ObjStm" not in content):
        return None
    try:
        with pypdfium2.PdfDocument(content) as pdf:
            every = range(min(pdf.count_attachments(), MOST_ATTACHMENTS))
            files = [(pdf.get_attachment(n).get_name(), n) for n in every]
            xml = [(name, n) for name, n in files if name.lower().endswith(".xml")]
            held = [(name, bytes(pdf.get_attachment(n).get_data())[: MOST_BYTES + 1]) for name, n in xml]
    except pypdfium2.PdfiumError:
        return None  # whoever reads its pages says what is wrong with it
    found = [(name, data) for name, data in held if _is_one(name, data)]
    if len(found) > 1:
        raise Unreadable("The PDF holds the data of more than one invoice.")
    return found[0] if found else None


def _is_one(name: str, data: bytes) -> bool:
    try:
        # ZUGFeRD 1 has the name too, and another language: its pages are read.
        return reading.is_invoice(data)
    except Broken:
        return name.lower() in ATTACHED
