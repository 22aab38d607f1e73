"""What a store calls the things that it deals in: a music store sells tracks by artists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

MAX_LENGTH = 40


@dataclass(frozen=True)
class Vocabulary:
    """The words of a front end, in lower case, one and many of each."""

    product: str = "product"
    products: str = "products"
    collection: str = "collection"
    collections: str = "collections"
    brand: str = "brand"
    brands: str = "brands"
    category: str = "category"
    categories: str = "categories"
    customer: str = "customer"
    customers: str = "customers"
    order: str = "order"
    orders: str = "orders"


TERMS = tuple(field.name for field in fields(Vocabulary))
PLAIN = Vocabulary()

# By store type; a type that is not named speaks plainly.
VOCABULARIES: dict[str, Vocabulary] = {
    "GROCERY": replace(
        PLAIN, collection="shelf", collections="shelves", category="aisle", categories="aisles",
    ),
    "RESTAURANT": replace(
        PLAIN,
        product="dish", products="dishes", collection="menu", collections="menus",
        brand="kitchen", brands="kitchens", category="course", categories="courses",
        customer="guest", customers="guests",
    ),
    "CAFE": replace(
        PLAIN,
        product="item", products="items", collection="menu", collections="menus",
        brand="roaster", brands="roasters", customer="guest", customers="guests",
    ),
    "BAKERY": replace(
        PLAIN,
        product="bake", products="bakes", collection="range", collections="ranges",
        brand="mill", brands="mills", category="kind", categories="kinds",
    ),
    "MUSIC": replace(
        PLAIN,
        product="track", products="tracks", collection="album", collections="albums",
        brand="artist", brands="artists", category="genre", categories="genres",
        order="invoice", orders="invoices",
    ),
    "BOOKS": replace(
        PLAIN,
        product="book", products="books", collection="series", collections="series",
        brand="author", brands="authors", category="genre", categories="genres",
        customer="reader", customers="readers",
    ),
    "ELECTRONICS": replace(
        PLAIN, product="device", products="devices", collection="product line", collections="product lines",
        brand="maker", brands="makers",
    ),
    "CLOTHING": replace(
        PLAIN, product="garment", products="garments", brand="label", brands="labels",
        category="department", categories="departments",
    ),
    "PHARMACY": replace(
        PLAIN,
        product="medicine", products="medicines", collection="shelf", collections="shelves",
        brand="maker", brands="makers", category="indication", categories="indications",
        customer="patient", customers="patients", order="prescription", orders="prescriptions",
    ),
    "SERVICES": replace(
        PLAIN,
        product="service", products="services", collection="package", collections="packages",
        brand="provider", brands="providers", customer="client", customers="clients",
        order="job", orders="jobs",
    ),
    "PERSONAL": replace(
        PLAIN, product="thing", products="things", collection="list", collections="lists",
        customer="contact", customers="contacts", order="purchase", orders="purchases",
    ),
}  # fmt: skip


def vocabulary_of(type: str, own: Mapping[str, str]) -> Vocabulary:
    """Give the words of a store of a type, its own before those of the type."""
    return replace(VOCABULARIES.get(type, PLAIN), **{term: own[term] for term in TERMS if term in own})
