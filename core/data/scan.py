"""One pass over a large text file before parsing: its encoding, and what needs special care."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from core.data.encoding import CONTROL_BYTES, Codec, codec_of, guess, no_text, unfit
from core.data.sources import Source


@dataclass(frozen=True)
class Scan:
    """What a pass over the bytes found."""

    codec: Codec
    bytes: int
    quotes: bool
    returns: bool
    warnings: tuple[str, ...]


def scan(source: Source, head: bytes, encoding: str | None) -> Scan:
    """Look at every byte once; nothing of it is kept.

    Raises:
        UserError: the bytes are no text in any one encoding, or not in the wanted one.
    """
    name = source.name
    codec = codec_of(head, name, encoding) or Codec("utf-8", "UTF-8")
    failed = _pass(source, codec)
    if isinstance(failed, bytes):
        if codec.name != "utf-8" or encoding:
            raise unfit(name, codec, None)
        codec = guess(failed, name)
        failed = _pass(source, codec)
        if isinstance(failed, bytes):
            raise unfit(name, codec, None)
    return failed


def _pass(source: Source, codec: Codec) -> Scan | bytes:
    """Return what was found, or the piece of bytes that the codec cannot read."""
    decoder = codecs.getincrementaldecoder(codec.name)()
    length = controls = 0
    quotes = returns = False
    for chunk in source.chunks():
        length += len(chunk)
        quotes = quotes or b'"' in chunk
        returns = returns or b"\r" in chunk
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            return chunk
        if "\x00" in text:
            raise no_text(source.name)
        controls += len(chunk) - len(chunk.translate(None, CONTROL_BYTES))
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return chunk
    warnings = codec.warnings
    if not codec.name.startswith(("utf-16", "utf-32")):
        if controls * 100 > length:
            raise no_text(source.name)
        if controls:
            warnings += (f"{source.name} holds {controls:,} control characters; they were kept.",)
    return Scan(codec, length, quotes, returns, warnings)
