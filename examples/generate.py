"""Write the example dataset: `python -m examples.generate` fills `examples/customer_mail/`.

Customer mail with PERSON, ORGANISATION, LOCATION, PRODUCT, ORDER_ID and DATE. The same names serve
as people, places, firms and products, and numbers of the same shape are order ids or not: only the
words around them tell. Same seed, same bytes. All names are invented or plain dictionary words.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

from core.data.words import words_of

FOLDER = Path(__file__).parent / "customer_mail"
SEED = 20
ROWS = {"train": 1000, "validation": 200, "test": 200}
LOWER_CASE_SHARE = 0.08  # people write mail without capitals, too
LABELS = {
    "P": "PERSON",
    "F": "PERSON",
    "O": "ORGANISATION",
    "L": "LOCATION",
    "A": "LOCATION",
    "R": "PRODUCT",
    "N": "ORDER_ID",
    "D": "DATE",
}
MARK = re.compile(r"\[([POLRND]):([^\]]+)\]")
SLOT = re.compile(r"\{(\w+)\}")


def _cut(words: str) -> list[str]:
    return words.split()


# Names that are several things at once, by what they can be.
FIRST_NAMES = _cut(
    "Anna Tomás Priya Kwame Mei Lars Fatima Oleg Chiara Hugo Nadia Samuel Ingrid Yusuf Clara Diego "
    "Paris Jordan Austin Chelsea Florence Sydney Georgia Madison May June April August Will Mark "
    "Grant Rose Hope Grace Frank Amber Aurora Orion Lincoln Phoenix Drew Penny Robin Miles Chase"
)
LAST_NAMES = _cut(
    "Keller Okafor Lindqvist Moreau Haddad Novak Oyelaran Brandt Castellanos Whitfield Sorensen "
    "Achterberg Iyer Lincoln Hamilton Baker Cook Mason Hunter Fisher Carter March May Rivers Banks "
    "Hill Woods Stone Lake Bath"
)
PLACES = [
    *_cut(
        "Paris Jordan Lincoln Austin Florence Sydney Georgia Madison Phoenix Aurora Hamilton "
        "Reading"
    ),
    *_cut("Bath Nice Cork Mobile Lagos Oslo Leeds Porto Gdansk Kyoto Lima Rotterdam Malmö Bristol"),
    *_cut("Graz Tallinn Nairobi Valencia"),
    *("New Haven", "Cape Town", "Le Havre", "San Marino"),
]
STREETS = [
    "Mill Lane",
    "Hill Road",
    "Harbour Street",
    "Baker Street",
    "Station Road",
    "Lincoln Avenue",
    "May Street",
]
ORGANISATIONS = [
    *_cut("Orion Mercury Aurora Halden Brightwater Quillon Nordvik Summit Comet Lincoln Jordan"),
    *("Lincoln Freight", "Jordan & Sons", "Mercury Couriers", "Phoenix Home", "Aurora Lighting"),
    *("Hamilton Parcel", "Paris Textiles", "Meadow Bank", "Sterling Bank", "Tolland Group"),
    *("Fenwick Logistics", "May & Co", "Austin Furnishings", "Castor Electronics"),
    *("Baker & Daughters", "Apex Repairs", "Sydney Interiors", "Atlas Freight"),
]
PRODUCTS = [
    *_cut(
        "Orion Paris Oslo Lincoln Aurora Mercury Phoenix Sydney Florence May Grace Pebble Breeze"
    ),
    *_cut(
        "Juniper Atlas Comet Ember Harbor Linden Cork Hamilton Summit Amber Robin Jordan Bristol"
    ),
    *("Kestrel X2", "Nova 300", "Halden 5", "Breeze Pro", "Atlas Mini", "Cobalt 12", "Falcon S"),
]
# Names that only validation and test have.
NEW_FIRST_NAMES = _cut(
    "Beatriz Omar Yuki Fergus Zofia Emeka Linnea Rafael Tamsin Arjun Devon Savannah Dawn Iris "
    "Victoria"
)
NEW_LAST_NAMES = _cut(
    "Vandermeer Kowalczyk Adeyemi Fontaine Gallagher Berglund Marchetti Lancaster Kent Wells "
    "Field Winter"
)
NEW_PLACES = [
    *_cut("Devon Savannah Dallas Victoria Lancaster Kent Wells Split Bergen Utrecht Kraków Busan"),
    *("Tampere", "Santa Clara", "Novi Sad"),
]
NEW_ORGANISATIONS = [
    *_cut("Polaris Zephyr Tidewater Savannah"),
    *("Victoria Express", "Kent Carriers", "Devon Dairy", "Lumen Works", "Marlow & Finch"),
    "Field & Stone",
]
NEW_PRODUCTS = [
    *_cut("Polaris Zephyr Savannah Dawn Marlow Victoria Iris Tundra Kent Winter"),
    *("Quartz 7", "Sparrow Max"),
]
THINGS = _cut(
    "lamp desk armchair kettle blender headphone jacket bookcase drill backpack teapot rug heater "
    "speaker router tent mattress pram monitor keyboard"
)
MONTHS = _cut(
    "January February March April May June July August September October November December"
)
DAYS = _cut("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
OPENERS = ("", "", "", "", "Hello, ", "Good morning, ", "Dear team, ", "Dear {F}, ", "Hi {F}, ")
CLOSERS = ("", "", "", "", "", " Thanks, {F}.", " Regards, {P}", " Please help!", " {P}, {L}")


class Mail:
    """Makes rows for one split."""

    def __init__(self, chance: random.Random, new_names: bool) -> None:
        self.chance = chance
        self.new_names = new_names

    def fill(self, template: str) -> str:
        """Replace slots by marked names and plain numbers."""
        return SLOT.sub(lambda slot: self._slot(slot[1]), template)

    def _slot(self, kind: str) -> str:
        text = str(getattr(self, f"_{kind}")())
        mark = {"F": "P", "A": "L"}.get(kind, kind)
        return f"[{mark}:{text}]" if kind in LABELS else text

    def _one(self, known: list[str], new: list[str]) -> str:
        fresh = self.new_names and self.chance.random() < 0.5
        return self.chance.choice(new if fresh else known)

    def _F(self) -> str:
        return self._one(FIRST_NAMES, NEW_FIRST_NAMES)

    def _P(self) -> str:
        last = self._one(LAST_NAMES, NEW_LAST_NAMES)
        return last if self.chance.random() < 0.15 else f"{self._F()} {last}"

    def _O(self) -> str:
        return self._one(ORGANISATIONS, NEW_ORGANISATIONS)

    def _L(self) -> str:
        return self._one(PLACES, NEW_PLACES)

    def _A(self) -> str:
        street, number = self.chance.choice(STREETS), self.chance.randint(1, 140)
        return self.chance.choice((f"{number} {street}", f"{street} {number}"))

    def _R(self) -> str:
        return self._one(PRODUCTS, NEW_PRODUCTS)

    def _N(self) -> str:
        return self._code()

    def _serial(self) -> str:
        return self._code()

    def _code(self) -> str:
        """Return a code; order ids and serial numbers look alike."""
        pick, number = self.chance.choice, self.chance.randint
        return pick(
            (
                f"{number(10_000, 99_999)}",
                f"{number(100_000, 999_999)}",
                f"{pick('ABKX')}-{number(10_000, 99_999)}",
                f"{pick(('FR', 'DE', 'UK', 'SE'))}-{number(2021, 2024)}-{number(100, 9_999):05d}",
                f"{pick(('SO', 'ON', 'CM'))}{number(10_000, 99_999)}",
                f"{number(2021, 2024)}-{number(1_000, 9_999)}",
            )
        )

    def _D(self) -> str:
        pick, number = self.chance.choice, self.chance.randint
        day, month, year = number(1, 28), pick(MONTHS), number(2021, 2024)
        return pick(
            (
                f"{day} {month}",
                f"{month} {day}",
                f"{day} {month} {year}",
                pick(DAYS),
                f"{pick(DAYS)}, {day} {month}",
                month,
                f"{year}-{number(1, 12):02d}-{day:02d}",
                f"{day:02d}/{number(1, 12):02d}/{year}",
            )
        )

    def _thing(self) -> str:
        return self.chance.choice(THINGS)

    def _money(self) -> str:
        amount = self.chance.choice(
            (f"{self.chance.randint(3, 900)}", f"{self.chance.randint(3, 99)}.50")
        )
        return self.chance.choice((f"{amount} euros", f"£{amount}", f"{amount} EUR", f"${amount}"))

    def _count(self) -> int:
        return self.chance.randint(2, 48)

    def _days(self) -> int:
        return self.chance.randint(2, 30)

    def _time(self) -> str:
        return f"{self.chance.randint(8, 18)}:{self.chance.choice(('00', '15', '30', '45'))}"

    def _phone(self) -> str:
        return f"0{self.chance.randint(100, 199)} 555 {self.chance.randint(100, 199):04d}"


def tagged(text: str) -> list[tuple[str, str]]:
    """Turn marked text into words and tags.

    >>> tagged("Ask [P:Anna Keller].")
    [('Ask', 'O'), ('Anna', 'B-PERSON'), ('Keller', 'I-PERSON'), ('.', 'O')]
    """
    rows: list[tuple[str, str]] = []
    position = 0
    for mark in MARK.finditer(text):
        rows += [(word, "O") for word in words_of(text[position : mark.start()])]
        label = LABELS[mark[1]]
        rows += [
            (word, ("I-" if number else "B-") + label)
            for number, word in enumerate(words_of(mark[2]))
        ]
        position = mark.end()
    return rows + [(word, "O") for word in words_of(text[position:])]


def read_lines(name: str) -> list[str]:
    """Return the lines of a text file beside the dataset, comments left out."""
    lines = (FOLDER / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def make_rows() -> dict[str, list[list[tuple[str, str]]]]:
    """Return the rows of each split; no row is in two of them."""
    chance = random.Random(SEED)
    handwritten, templates = read_lines("handwritten.txt"), read_lines("templates.txt")
    chance.shuffle(handwritten)
    chance.shuffle(templates)
    own = {
        "train": (handwritten[:100], templates[:80]),
        "validation": (handwritten[100:140], templates[:90]),
        "test": (handwritten[140:], templates[:80] + templates[90:]),
    }
    seen: set[tuple[str, ...]] = set()
    splits: dict[str, list[list[tuple[str, str]]]] = {}
    for split, (sentences, patterns) in own.items():
        mail = Mail(chance, new_names=split != "train")
        splits[split] = rows = []
        waiting = list(sentences)
        while len(rows) < ROWS[split]:
            text = waiting.pop() if waiting else mixed(mail, patterns[len(rows) % len(patterns)])
            row = tagged(text)
            words = tuple(word.lower() for word, _ in row)
            if words not in seen:
                seen.add(words)
                rows.append(_maybe_lower(row, chance))
        chance.shuffle(rows)
    return splits


def mixed(mail: Mail, template: str) -> str:
    """Fill a template and put an opener and a closer around it now and then."""
    opener, closer = mail.chance.choice(OPENERS), mail.chance.choice(CLOSERS)
    return mail.fill(opener) + mail.fill(template) + mail.fill(closer)


def _maybe_lower(row: list[tuple[str, str]], chance: random.Random) -> list[tuple[str, str]]:
    if chance.random() < LOWER_CASE_SHARE:
        return [(word.lower(), tag) for word, tag in row]
    return row


def write_split(folder: Path, split: str, rows: list[list[tuple[str, str]]]) -> None:
    """Write one split as CoNLL columns."""
    blocks = ["".join(f"{word}\t{tag}\n" for word, tag in row) for row in rows]
    (folder / f"{split}.conll").write_text("\n".join(blocks), "utf-8", newline="\n")


def main() -> None:
    """Write the three files."""
    for split, rows in make_rows().items():
        write_split(FOLDER, split, rows)


if __name__ == "__main__":
    main()
