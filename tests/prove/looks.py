"""Tell second photos of receipts from photos of other receipts: recall and false alarms by the bits that differ.

RECEIPTS names a folder with images/; by default ../shared/receipts/dev. The second photos are made: tilted up to 3
degrees, cut up to 4 % a side, another brightness, contrast and size, and compressed again.
"""

import io
import os
import random
import time
from pathlib import Path

from PIL import Image, ImageEnhance, ImageOps

from receipts.alike import NEAR_BITS, nearest_looks
from receipts.engine.looks import looks_of
from tests.live import ROOT

SEED = 7
BITS = (30, 36, 40, 44, 46, 50, 55, 60, 65, 70)


def main() -> int:
    folder = Path(os.environ.get("RECEIPTS", ROOT.parent / "shared" / "receipts" / "dev")) / "images"
    if not folder.is_dir():
        print(f"There are no receipts at {folder}: nothing was measured.")
        return 0
    chance, files = random.Random(SEED), sorted(folder.iterdir())
    plain = {key: looks_of(file.read_bytes())[0] for key, file in enumerate(files)}
    same, other, began = [], [], time.process_time()
    for key, file in enumerate(files):
        looks = looks_of(second_photo(file, chance))
        bits = nearest_looks(looks, plain)
        same.append(bits.pop(key))
        other += [(count, file.name, files[of].name) for of, count in bits.items()]
    seconds = (time.process_time() - began) / len(files)
    print(f"{len(same)} second photos, {len(other)} pairs of different receipts; {seconds:.2f} CPU s a photo")
    for limit in sorted({*BITS, NEAR_BITS}):
        hits, alarms = sum(b <= limit for b in same), sum(b <= limit for b, *_ in other)
        precision = hits / (hits + alarms) if hits + alarms else 1.0
        mark = "  <- NEAR_BITS" if limit == NEAR_BITS else ""
        print(
            f"<= {limit} bits: recall {hits / len(same):.3f}, precision {precision:.3f} ({alarms} alarms){mark}"
        )
    print("nearest different:", *(f"{bits} {a}|{b}" for bits, a, b in sorted(other)[:8]))
    return 0


def second_photo(file: Path, chance: random.Random) -> bytes:
    with Image.open(file) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    scale = chance.uniform(0.4, 1.0)
    image = image.resize((max(50, int(image.width * scale)), max(50, int(image.height * scale))))
    ground = chance.choice([(255, 255, 255), (120, 110, 100), (30, 30, 30)])
    tilt = chance.uniform(-3, 3)
    image = image.rotate(tilt, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    width, height = image.size
    left, top, right, bottom = (chance.uniform(0, 0.04) for _ in range(4))
    edges = (left * width, top * height, (1 - right) * width, (1 - bottom) * height)
    image = image.crop(tuple(map(int, edges)))
    image = ImageEnhance.Brightness(image).enhance(chance.uniform(0.7, 1.3))
    image = ImageEnhance.Contrast(image).enhance(chance.uniform(0.75, 1.25))
    made = io.BytesIO()
    image.save(made, "JPEG", quality=chance.randint(40, 85))
    return made.getvalue()
