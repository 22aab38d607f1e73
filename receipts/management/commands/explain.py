"""`manage.py explain UPLOAD`: say where each value of a receipt was found, and draw it on its pages."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core import ids
from receipts import files
from receipts.draft import Draft, Evidence
from receipts.engine.drawing import Found, drawn
from receipts.engine.pages import pictures_of
from receipts.models import Bill, Upload
from receipts.posting import COLUMNS
from receipts.readers import Document, ReaderError
from receipts.readers.choice import reader_named


class Command(BaseCommand):
    help = "Say where each value of a receipt was found, how sure it is, and where it comes from."
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "upload", metavar="UPLOAD", help="an upload's id or number, or the path of a file to read now"
        )
        parser.add_argument("--png", action="store_true", help="draw it on the pages, a PNG file each")
        parser.add_argument("--out", type=Path, default=Path(), help="the folder of the PNG files (here)")

    def handle(self, *, upload: str, png: bool, out: Path, **options: Any) -> None:
        path = Path(upload)
        if path.is_file():
            content, found, name = path.read_bytes(), list(_read(path)), path.stem
        else:
            row = _upload(upload)
            content, found, name = files.read(row), list(_kept(row)), f"upload-{row.pk}"
        for each in found:
            self.stdout.write(each.sentence())
        if png:
            out.mkdir(parents=True, exist_ok=True)
            for picture in pictures_of(content):
                file = out / f"{name}-{picture.number}.png"
                drawn(picture, [each for each in found if each.page == picture.number]).save(file)
                self.stdout.write(str(file))


def _upload(text: str) -> Upload:
    """Find an upload by its number or its id in the API.

    Raises: CommandError.
    """
    try:
        kind, key = ("ReceiptUpload", int(text)) if text.isdecimal() else ids.decode(text)
    except ValueError:
        kind, key = "", 0
    row: Upload | None = Upload.objects.filter(pk=key).first() if kind == "ReceiptUpload" else None
    if row is None:
        raise CommandError(f"There is no file and no upload {text}.")
    return row


def _kept(upload: Upload) -> Iterator[Found]:
    """Yield what the books know of the values of an upload's bills."""
    for bill in Bill.objects.filter(upload=upload).order_by("position"):
        for name, found in sorted(bill.evidence.items()):
            yield _found(bill.position, name, getattr(bill, name, ""), found)
        for item in bill.items.order_by("position"):
            for name, found in (item.evidence or {}).get("values", {}).items():
                yield _found(bill.position, f"items.{item.position - 1}.{name}", getattr(item, name), found)


def _found(part: int, name: str, value: Any, found: dict[str, Any]) -> Found:
    box = found.get("box")
    return Found(
        part=part,
        name=name,
        value=str(value),
        page=found.get("page", 1),
        box=tuple(box) if box else None,
        confidence=found.get("confidence", 1.0),
        source=str(found.get("source", "")),
    )


def _read(path: Path) -> Iterator[Found]:
    """Read a file now, and yield what is found."""
    document = Document(content=path.read_bytes(), content_type="", today=timezone.localdate())
    try:
        drafts = reader_named("local").read(document).drafts
    except ReaderError as error:
        raise CommandError(str(error)) from error
    for draft in drafts:
        for name, value, evidence in _values(draft):
            yield _found(draft.part, name, value, evidence.model_dump(mode="json"))


def _values(draft: Draft) -> Iterator[tuple[str, Any, Evidence]]:
    for name, evidence in draft.evidence.items():
        yield COLUMNS.get(name, name), getattr(draft, name, ""), evidence
    for place, line in enumerate(draft.items):
        for name, found in {"description": line.evidence, **line.values}.items():
            if found is not None:
                yield f"items.{place}.{name}", getattr(line, name), found
