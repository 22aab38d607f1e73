"""Artists, genres, albums and tracks into a store's catalogue."""

from __future__ import annotations

from catalog.models import Brand, Category, Collection, Product
from catalog.services import MAX_OWN
from core.errors import Code, Refused
from core.models import Store
from sales.chinook.rows import Progress, natural_key, there, write
from sales.chinook.shop import Shop


def brands(store: Store, shop: Shop, progress: Progress) -> dict[int, Brand]:
    """Find or make a brand for every artist; a brand of that name is the artist, whoever entered it."""
    found = there(Brand.objects.of(store), "artist", shop.artists)
    named = {brand.name.lower(): brand for brand in Brand.objects.of(store)}
    new = []
    for key, name in shop.artists.items():
        if key not in found and name.lower() not in named:
            named[name.lower()] = Brand(store=store, name=name, natural_key=natural_key("artist", key))
            new.append(named[name.lower()])
    write(new)
    progress(len(shop.artists))
    return {key: found.get(key) or named[name.lower()] for key, name in shop.artists.items()}


def categories(store: Store, shop: Shop, progress: Progress) -> dict[int, Category]:
    """Find or make a category for every genre, by its name."""
    usable = Category.objects.usable_in(store).filter(kind=Category.Kind.PRODUCT)
    named = {category.name.lower(): category for category in usable}
    new = []
    for name in shop.genres.values():
        if name.lower() not in named:
            named[name.lower()] = Category(store=store, name=name, kind=Category.Kind.PRODUCT)
            new.append(named[name.lower()])
    if new and Category.objects.of(store).count() + len(new) > MAX_OWN:
        raise Refused(Code.CONFLICT, f"A store has at most {MAX_OWN} categories of its own.")
    write(new)
    progress(len(shop.genres))
    return {key: named[name.lower()] for key, name in shop.genres.items()}


def collections(
    store: Store, shop: Shop, brands: dict[int, Brand], progress: Progress
) -> dict[int, Collection]:
    found = there(Collection.objects.of(store), "album", shop.albums)
    new = {
        key: Collection(
            store=store, name=album.title, brand=brands[album.artist], natural_key=natural_key("album", key)
        )
        for key, album in shop.albums.items()
        if key not in found
    }
    write(new.values())
    progress(len(shop.albums))
    return {**found, **new}


def products(
    store: Store,
    shop: Shop,
    categories: dict[int, Category],
    brands: dict[int, Brand],
    collections: dict[int, Collection],
    progress: Progress,
) -> dict[int, Product]:
    found = there(Product.objects.of(store), "track", shop.tracks)
    new = {}
    for key, track in shop.tracks.items():
        if key not in found:
            collection = None if track.album is None else collections[track.album]
            new[key] = Product(
                store=store,
                name=track.name,
                unit_price=track.unit_price,
                category=None if track.genre is None else categories[track.genre],
                collection=collection,
                brand=None if track.album is None else brands[shop.albums[track.album].artist],
                tracks_stock=False,
                attributes=track.attributes,
                natural_key=natural_key("track", key),
            )
    write(new.values())
    progress(len(shop.tracks))
    return {**found, **new}
