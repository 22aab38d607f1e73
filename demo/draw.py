"""Draw the sample receipts: `python -m demo.draw` writes demo/samples/ anew from demo/shops.py.

The drawings are committed, so nobody has to run this; with one version of its libraries it writes the same
files each time.
"""

import json
from decimal import Decimal
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from demo.layouts import A4_PT, LAYOUTS
from demo.paper import Paper
from demo.shops import INDIAN_OFFICE_SHOP, Receipt, Sold

FOLDER = Path(__file__).resolve().parent / "samples"
DPI = 250
PAPER_GREY, INK_GREY = 246, 42  # thermal paper is not white and its ink not black
TABLE_GREY = 92
GREY_STEP = 16  # what a PNG keeps of the noise, for its size
SKEW_DEGREES = 6.0


def main() -> None:
    """Write every sample and, beside them, what they say."""
    FOLDER.mkdir(exist_ok=True)
    for number, (receipt, layout) in enumerate(LAYOUTS):
        draw(receipt, layout(receipt), seed=number)
    text = json.dumps([truth(receipt) for receipt, _ in LAYOUTS], ensure_ascii=False, indent=2)
    (FOLDER / "truth.json").write_text(text + "\n", encoding="utf-8")


def draw(receipt: Receipt, paper: Paper, *, seed: int) -> None:
    """Write one sample in the kind of file that its name says."""
    path = FOLDER / receipt.file
    if path.suffix == ".pdf":
        path.write_bytes(paper.pdf(A4_PT[1]))
        return
    noise = np.random.default_rng(seed)
    picture = printed(paper.picture(DPI), noise)
    if receipt is INDIAN_OFFICE_SHOP:
        picture = photographed(picture, noise)
    if path.suffix == ".png":
        picture.point(lambda grey: grey // GREY_STEP * GREY_STEP).save(path, optimize=True)
    else:
        picture.save(path, quality=80)


def printed(sheet: Image.Image, noise: np.random.Generator) -> Image.Image:
    """Make clean black on white look printed by a thermal head: soft, grey, with faint and missing dots."""
    ink = 1 - np.asarray(sheet.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float64) / 255
    ink *= 0.92 + 0.08 * noise.random(
        (ink.shape[0], 1)
    )  # one row of dots burns a little weaker than the next
    grey = PAPER_GREY - (PAPER_GREY - INK_GREY) * ink + noise.normal(0, 2.0, ink.shape)
    return Image.fromarray(grey.clip(0, 255).astype(np.uint8))


def photographed(sheet: Image.Image, noise: np.random.Generator) -> Image.Image:
    """Lay a receipt on a table and take its photo: turned, seen from an angle, lit from one side."""
    width, height = sheet.size
    edge = width // 5
    table = Image.new("L", (width + 2 * edge, height + 2 * edge), TABLE_GREY)
    table.paste(sheet, (edge, edge))
    turned = table.rotate(SKEW_DEGREES, Image.Resampling.BICUBIC, fillcolor=TABLE_GREY)
    wide, high = turned.size
    lean = 0.04 * wide  # the far end looks that much narrower on each side
    quad = (0, 0, lean, high, wide - lean, high, wide, 0)  # corners of the source: nw, sw, se, ne
    seen = turned.transform(turned.size, Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)
    across, down = np.meshgrid(np.linspace(0, 1, wide), np.linspace(0, 1, high))
    light = 1.0 - 0.28 * across - 0.10 * down
    grains = noise.normal(0, 5.0, (high, wide, 3))
    warm = np.array([1.0, 0.97, 0.90])  # a lamp's white, red to blue
    colours = np.asarray(seen, dtype=np.float64)[..., None] * light[..., None] * warm + grains
    return Image.fromarray(colours.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.6))


def truth(receipt: Receipt) -> dict[str, object]:
    """Answer what a perfect reading of the sample says; amounts as strings, None where it is silent."""
    return {
        "file": receipt.file,
        "merchant": receipt.merchant,
        "address": ", ".join(receipt.address),
        "date": receipt.date.isoformat(),
        "time": receipt.time.isoformat() if receipt.time else None,
        "number": receipt.number,
        "currency": receipt.currency,
        "subtotal": None if receipt.prices_include_tax or not receipt.taxes else amount(receipt.goods),
        "tax": amount(receipt.tax),
        "tip": amount(receipt.tip),
        "total": amount(receipt.total),
        "category": receipt.category,
        "items": [line(item) for item in receipt.items],
    }


def line(item: Sold) -> dict[str, str | None]:
    """Answer what one printed line says."""
    return {
        "description": item.description,
        "quantity": str(item.quantity),
        "unit_price": amount(item.unit_price),
        "total": amount(item.total),
    }


def amount(value: Decimal | None) -> str | None:
    """Write an amount with two decimals, None as None."""
    return None if value is None else f"{value:.2f}"


if __name__ == "__main__":
    main()
