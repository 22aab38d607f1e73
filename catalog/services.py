"""Keep a store's own categories."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from catalog.models import Category
from core import audit
from core.errors import Code, Refused
from core.models import Store, User

MAX_OWN = 300
PICTURE = ("name", "kind", "parent")


@transaction.atomic
def create_category(
    *, store: Store, by: User, name: str, kind: str, parent: Category | None = None
) -> Category:
    """Add a category of the store's own.

    Raises: Refused with REQUIRED, INVALID, TAKEN, or CONFLICT when the store has too many.
    """
    name = _name(name)
    if Category.objects.filter(store=store).count() >= MAX_OWN:
        raise Refused(Code.CONFLICT, f"A store has at most {MAX_OWN} categories of its own.")
    if parent is not None and (parent.kind != kind or parent.store_id not in (None, store.pk)):
        raise Refused(Code.INVALID, "A category and its parent are of the same kind and store.", "parent")
    category = Category(store=store, name=name, kind=kind, parent=parent)
    _save(category)
    audit.record(
        store=store, by=by, action="category.create", node=category, after=audit.picture(category, *PICTURE)
    )
    return category


@transaction.atomic
def rename_category(*, category: Category, by: User, name: str) -> Category:
    """Rename a category of the store's own.

    Raises: Refused with REQUIRED, INVALID or TAKEN.
    """
    before = audit.picture(category, *PICTURE)
    category.name = _name(name)
    _save(category)
    after = audit.picture(category, *PICTURE)
    audit.record(
        store=category.store, by=by, action="category.rename", node=category, before=before, after=after
    )
    return category


def _save(category: Category) -> None:
    same = Category.objects.filter(store=None, kind=category.kind, name__iexact=category.name)
    try:
        if same.exists():
            raise IntegrityError
        with transaction.atomic():
            category.save()
    except IntegrityError as error:
        raise Refused(Code.TAKEN, "There is a category of this name already.", "name") from error


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise Refused(Code.REQUIRED, "A category needs a name.", "name")
    if len(name) > 100 or "\x00" in name:
        raise Refused(Code.INVALID, "A name has at most 100 characters.", "name")
    return name
