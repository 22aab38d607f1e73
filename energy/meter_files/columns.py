"""What the columns of a file are, by their names in several languages and by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from energy.meter_files.days import plain
from energy.meter_files.errors import Unreadable
from energy.meter_files.units import IN_HEADER, POWER, unit_in

Cells = Sequence[object]
MOSTLY = 0.5


class Role(StrEnum):
    START = "START"
    END = "END"
    TIME = "TIME"
    ENERGY = "ENERGY"
    POWER = "POWER"
    REGISTER = "REGISTER"  # what a meter counts up to: no consumption
    DEVICE = "DEVICE"
    LOCATION = "LOCATION"
    NOTES = "NOTES"


# Without accents, in English, German, French, Spanish, Italian, Portuguese and Dutch.
NAMES: dict[Role, str] = {
    Role.START: "date|datetime|date time|start|from|begin|start time|start date|timestamp|time stamp|day|"
    "datum|tag|von|ab|beginn|zeitpunkt|zeitstempel|datum zeit|datum uhrzeit|jour|debut|de|du|"
    "horodatage|date heure|fecha|fecha hora|dia|desde|inicio|data|data ora|giorno|dal|da|"
    "inizio|data hora|data e hora|van|dag",
    Role.END: "end|to|until|end time|end date|bis|ende|fin|au|a|jusqu a|hasta|fine|al|ate|fim|tot|einde",
    Role.TIME: "time|hour|uhrzeit|zeit|stunde|heure|hora|ora|tijd|uur",
    Role.ENERGY: "consumption|energy|usage|energy use|energy usage|energy consumption|electricity|"
    "electricity consumption|import|value|reading|amount|verbrauch|energie|energieverbrauch|"
    "stromverbrauch|strom|bezug|arbeit|wert|messwert|menge|consommation|"
    "consommation d energie|energie active|valeur|quantite|consumo|consumo electrico|"
    "consumo energetico|energia|energia activa|valor|cantidad|consumi|prelievo|valore|"
    "quantita|consumo de energia|energia ativa|quantidade|verbruik|elektriciteit|waarde",
    Role.POWER: "power|active power|mean power|average power|global active power|load|demand|leistung|"
    "wirkleistung|mittlere leistung|last|puissance|puissance active|puissance moyenne|charge|"
    "potencia|potencia activa|carga|potencia ativa|potenza|potenza attiva|carico|vermogen",
    Role.REGISTER: "meter reading|meter state|register|counter|cumulative|total index|zahlerstand|"
    "zaehlerstand|stand|index|releve|lectura|lectura contador|lettura|lettura contatore|"
    "leitura|leitura contador|meterstand",
    Role.DEVICE: "device|meter|appliance|sensor|gerat|geraet|zahler|zaehler|verbraucher|appareil|compteur|"
    "dispositivo|aparato|contador|equipo|apparecchio|contatore|aparelho|medidor|equipamento|"
    "apparaat",
    Role.LOCATION: "location|place|room|site|ort|raum|standort|lieu|piece|emplacement|lugar|ubicacion|sala|"
    "luogo|posizione|stanza|local|localizacao|locatie|ruimte",
    Role.NOTES: "note|notes|comment|comments|remark|remarks|notiz|notizen|bemerkung|kommentar|remarque|"
    "commentaire|nota|notas|comentario|osservazioni|commento|observacao|observacoes|"
    "opmerking",
}
ROLES = {name: role for role, names in NAMES.items() for name in names.split("|")}


def folded(header: object) -> str:
    """Reduce a column's name to its words: no accents, brackets or unit."""
    text = re.sub(r"\(.*?\)|\[.*?\]", " ", plain(str(header)))
    text = IN_HEADER.sub(" ", text)
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    return " ".join(words[:-1] if words[1:] and words[-1] in ("in", "en", "em") else words)


def role_of(header: object) -> Role | None:
    """Tell what a column is by its name; one that bears a unit holds energy or power."""
    role = ROLES.get(folded(header))
    unit = unit_in(str(header))
    if unit is None or role == Role.REGISTER:
        return role
    return Role.POWER if unit in POWER else Role.ENERGY


def find(header: Cells, name: str, what: str) -> int:
    """Find a column by its name, or by its number from 1.

    Raises: Unreadable, with the names there are.
    """
    names = [str(cell).strip() for cell in header]
    for same in (lambda text: text.strip(), plain, folded):
        wanted = same(name)
        if wanted and wanted in (found := [same(text) for text in names]):
            return found.index(wanted)
    if name.strip().isdecimal() and 1 <= int(name) <= len(names):
        return int(name) - 1
    there = ", ".join(text[:40] for text in names[:20] if text) or "none has a name"
    raise Unreadable(f"There is no {what} column {name.strip()[:40]!r}. The columns: {there}.")


def holding(test: Callable[[object], bool], rows: Sequence[Cells]) -> list[int]:
    """List the columns of which most cells pass a test, the empty ones left out."""
    found = []
    for place in range(len(rows[0])):
        cells = [row[place] for row in rows if row[place] not in ("", None)]
        if cells and sum(map(test, cells)) >= MOSTLY * len(cells):
            found.append(place)
    return found


def value(header: Cells, roles: Sequence[Role | None], among: Sequence[int]) -> int:
    """Choose the column of consumption, or of power where there is none.

    Raises: Unreadable where none or more than one may be meant.
    """
    named = [str(cell) for cell in header]
    tries: tuple[Callable[[int], bool], ...] = (
        lambda place: roles[place] == Role.ENERGY and unit_in(named[place]) is not None,
        lambda place: roles[place] == Role.ENERGY,
        lambda place: roles[place] == Role.POWER and unit_in(named[place]) is not None,
        lambda place: roles[place] == Role.POWER,
        lambda place: roles[place] is None,
    )
    for wanted in tries:
        found = [place for place in among if wanted(place)]
        if len(found) == 1:
            return found[0]
        if found:
            break
    else:
        if any(roles[place] == Role.REGISTER for place in among):
            raise Unreadable("The file holds what a meter has counted up to, not what was used in a time.")
        raise Unreadable("No column holds numbers beside the dates. Formulas count by their saved results.")
    there = ", ".join(named[place][:40] or str(place + 1) for place in found[:20])
    raise Unreadable(f"Several columns may hold what was used: name one of {there}.")
