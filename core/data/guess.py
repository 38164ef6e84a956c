"""Which encoding is this? East Asian ones by how their bytes are built, the rest by a library.

The library (charset-normalizer) takes the scripts of one byte; on short East Asian texts it errs,
where the shape of the bytes leaves little doubt.
"""

from __future__ import annotations

import re

RUN = re.compile(rb"[\x80-\xff]+")
SIMPLIFIED_FIRST = 0xD8  # GB 2312: the lead bytes of the 3,755 everyday characters end before
HANGUL_LEADS = range(0xB0, 0xC9)  # KS X 1001: syllables
LONE = re.compile(rb"(?<![\x80-\xff])[\x80-\xff](?![\x80-\xff])")


def likeliest(data: bytes) -> str | None:
    """Return the name of the codec that the bytes most likely need, or None.

    >>> (
    ...     likeliest("これは日本語です".encode("shift_jis")),
    ...     likeliest("これは日本語".encode("euc_jp")),
    ... )
    ('cp932', 'euc_jp')
    >>> likeliest("나는 학교에 갔다".encode("cp949")), likeliest("你好，世界人民".encode("gb18030"))
    ('cp949', 'gb18030')
    >>> likeliest("naïve café, Übergröße".encode("cp1252"))
    'cp1252'
    """
    runs = RUN.findall(data)
    if not runs:
        return None
    if 2 * len(LONE.findall(data)) > len(runs) and _fits(data, "cp1252") and _is_latin(data):
        return "cp1252"
    return _east_asian(data, runs) or _by_library(data)


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _is_latin(data: bytes) -> bool:
    """Say whether the bytes beyond ASCII are letters inside words of ASCII letters, as in `é`."""
    western = re.findall("[a-zA-Z][\xc0-\xff]|[\xc0-\xff][a-zA-Z]", data.decode("latin-1"))
    if re.search(rb"[a-z][\xb3\xb9\xbf][a-z]", data):
        return False  # Polish and its neighbours in cp1250; no word of cp1252 holds these signs
    beyond = sum(map(len, RUN.findall(data)))
    signs = len(re.findall(rb"[\x80\x82-\x8c\x8e\x91-\x9c\xa0-\xbf]", data))
    return 2 * (len(western) + signs) > beyond


def _east_asian(data: bytes, runs: list[bytes]) -> str | None:
    japanese = _kana_share(data, "cp932"), _kana_share(data, "euc_jp")
    if max(japanese) >= 0.15:
        return "cp932" if japanese[0] > japanese[1] else "euc_jp"
    whole = b"".join(runs)
    if all(len(run) % 2 == 0 for run in runs) and min(whole) >= 0xA1:
        return _even(data, whole)
    for codec in ("cp949", "gb18030", "big5"):
        if len(whole) > 20 and _common_share(data, codec) > 0.9:
            return codec
    return None


def _even(data: bytes, whole: bytes) -> str | None:
    """Tell Korean, Chinese and Japanese apart where every character is two high bytes."""
    leads = [lead for lead in whole[::2] if lead >= 0xB0]
    if not leads:
        return None
    hangul = sum(lead in HANGUL_LEADS for lead in leads) / len(leads)
    if hangul > 0.95 and _fits(data, "cp949"):
        return "cp949"
    common = sum(lead < SIMPLIFIED_FIRST for lead in leads) / len(leads)
    if common > 0.8 and _fits(data, "gb18030") and len(whole) >= 6:
        return "gb18030"
    return None


def _kana_share(data: bytes, codec: str) -> float:
    """Return the share of hiragana among characters beyond ASCII; 0 where the bytes do not fit."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return 0.0
    beyond = [character for character in text if ord(character) > 127]
    half = sum("\uff61" <= character <= "\uff9f" for character in beyond)
    kana = sum("\u3041" <= character <= "\u30fc" for character in beyond)
    return max(0.0, (kana - half) / max(1, len(beyond)))


def _common_share(data: bytes, codec: str) -> float:
    """Return the share of everyday Han and Hangul among characters beyond ASCII."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return 0.0
    beyond = [character for character in text if ord(character) > 127]
    everyday = "gb2312" if codec == "gb18030" else ("euc_kr" if codec == "cp949" else "big5")
    good = 0
    for character in beyond:
        encoded = character.encode(everyday, "ignore")
        levels = range(0xB0, 0xC9) if codec == "cp949" else range(0xA1, 0xD8)
        good += bool(encoded) and encoded[0] in levels
    return good / max(1, len(beyond))


def _by_library(data: bytes) -> str | None:
    import charset_normalizer

    matches = list(charset_normalizer.from_bytes(data))
    if not matches:
        return "cp1252" if _fits(data, "cp1252") and _is_latin(data) else None
    best = str(matches[0].encoding)
    if _is_latin(data) and _fits(data, "cp1252") and best.startswith(("cp125", "iso8859", "hp_")):
        return "cp1252" if best not in ("cp1251", "cp1253", "cp1255", "cp1256") else best
    return best
