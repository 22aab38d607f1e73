"""The reader that needs no key and no network: the engine in this process."""

from receipts.draft import Reading
from receipts.readers import Document


class Local:
    """Read receipts with the models that are installed; `threads` bounds the cores that one picture takes.

    A `fast` one reads with the smallest models, for half of the time and some more letters wrong.
    """

    name = "local"

    def __init__(self, threads: int = 1, *, fast: bool = False) -> None:
        self.threads = threads
        self.fast = fast

    def read(self, document: Document) -> Reading:
        """Read every receipt in the document.

        Raises: Unreadable when the file is broken, or no text is on it.
        """
        from receipts.engine.reading import read  # the models' library is heavy, and only workers need it

        drafts, pages = read(
            document.content,
            today=document.today,
            currency=document.currency,
            threads=self.threads,
            tell=document.tell,
            fast=self.fast,
        )
        seen = [
            {
                "page": page.number,
                "source": page.source.value,
                "texts": [[box.text, *box.place, box.confidence] for box in page.boxes],
            }
            for page in pages
        ]
        return Reading(reader=self.name, drafts=tuple(drafts), raw={"pages": seen})
