"""A store's own categories."""

from __future__ import annotations

import strawberry

from catalog import services
from catalog.models import Category as Model
from core.roles import Permission
from receipts import sorting
from schema.catalog.types import Category, CategoryKind
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, written


@strawberry.input(description="A category to add to a store.")
class CreateCategoryInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str = strawberry.field(description="Name, once in a store and kind; at most 100 characters.")
    kind: CategoryKind = strawberry.field(default=Model.Kind.EXPENSE, description="What it sorts.")
    parent: strawberry.ID | None = strawberry.field(default=None, description="The category it is part of.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A category's new name.")
class RenameCategoryInput:
    category: strawberry.ID = strawberry.field(description="A category of the store's own.")
    name: str = strawberry.field(description="Name, once in a store and kind; at most 100 characters.")


@strawberry.input(description="Two categories that become one.")
class MergeCategoriesInput:
    source: strawberry.ID = strawberry.field(description="A category of the store's own; it is removed.")
    into: strawberry.ID = strawberry.field(description="The category that takes over all it holds.")


@strawberry.type(description="A category, as it is now.")
class CategoryPayload(Payload):
    category: Category | None = written("The category.", to="Category", key="category")


@command(CategoryPayload, description="Add a category of the store's own.", needs=Permission.CATEGORY_EDIT)
def create_category(caller: Caller, input: CreateCategoryInput) -> Answer:
    store = caller.store(input.store)
    parent = caller.see(input.parent, "Category", "parent") if input.parent is not None else None

    def run() -> Answer:
        category = services.create_category(
            store=store, by=caller.user, name=input.name, kind=input.kind, parent=parent
        )
        return {"category": category.pk}

    return caller.once(run)


@command(CategoryPayload, description="Rename a category of the store's own.", needs=Permission.CATEGORY_EDIT)
def rename_category(caller: Caller, input: RenameCategoryInput) -> Answer:
    category = caller.find(input.category, "Category", "category")
    return {
        "category": services.rename_category(category=category, by=caller.user, name=input.name).pk,
    }


@command(
    CategoryPayload,
    description="Move all that is in a category to another one and remove it.",
    needs=Permission.CATEGORY_EDIT,
)
def merge_categories(caller: Caller, input: MergeCategoriesInput) -> Answer:
    source = caller.find(input.source, "Category", "source")
    into = caller.see(input.into, "Category", "into")
    return {"category": sorting.merge_categories(source=source, into=into, by=caller.user).pk}


@strawberry.type
class CatalogMutations:
    create_category = create_category
    rename_category = rename_category
    merge_categories = merge_categories
