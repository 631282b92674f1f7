"""The body of an answer, up to a limit: a server that never stops must not fill our memory.

The surprise: the limit counts what is unpacked. A packed megabyte can hold a gigabyte.
"""

from __future__ import annotations

import zlib

import aiohttp

#: Far more than a page of tickets with all their texts.
LARGEST = 32 << 20
#: What we say that we can unpack, and can.
ACCEPTED = "gzip, deflate"
_EITHER = zlib.MAX_WBITS | 32  # zlib tells gzip from zlib by itself
_MOST = f"more than {LARGEST >> 20} MB came"


async def whole(reply: aiohttp.ClientResponse) -> bytes:
    """Read and unpack the body; raise `ClientPayloadError` for too much or what is no packing."""
    if (reply.content_length or 0) > LARGEST:
        raise aiohttp.ClientPayloadError(_MOST)
    parts, size = list[bytes](), 0
    while part := await reply.content.readany():
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise aiohttp.ClientPayloadError(_MOST)
    return _unpacked(b"".join(parts), reply.headers.get("Content-Encoding", "").strip().lower())


def _unpacked(content: bytes, packing: str) -> bytes:
    if packing in ("", "identity") or not content:
        return content
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise aiohttp.ClientPayloadError("it came packed in a way that was not asked for")
    for bits in (_EITHER, -zlib.MAX_WBITS):  # some send deflate without its head
        unpacking = zlib.decompressobj(bits)
        try:
            plain = unpacking.decompress(content, LARGEST)
        except zlib.error:
            continue
        if unpacking.unconsumed_tail:
            raise aiohttp.ClientPayloadError(_MOST)
        if unpacking.eof:
            return plain
    raise aiohttp.ClientPayloadError("it came packed, and broken")
