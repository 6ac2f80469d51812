"""The process that draws documents and charts. It is started by path, so that nothing of the application is
imported and no secret is in its memory; it reads requests from standard input and fetches nothing.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

LENGTHS = struct.Struct(">II")
ASSETS = "https://assets.invalid/"
FONT_FOLDERS = ("/usr/share/fonts/truetype/liberation2", "/usr/share/fonts/truetype/liberation")
WARM_UP = "<html lang='vi'><title>.</title><p style='font-family: Liberation Serif'>Ễ <b>Ậ</b> <i>đ</i></p>"
PR_SET_PDEATHSIG = 1
NICENESS = 10
"""Whoever files or reads a page goes before whoever waits for a document."""
Draw = Callable[[dict[str, Any], bytes], bytes]


class Refused(Exception):
    """The input can't be drawn; the argument is a code, never a part of the input."""


def read_frame(stream: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """One request: a JSON head and a body; None at the end of the stream."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head_length, body_length = LENGTHS.unpack(lengths)
    return json.loads(stream.read(head_length)), stream.read(body_length)


def write_frame(stream: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    """One answer, in the form of `read_frame`."""
    packed = json.dumps(head).encode()
    stream.write(LENGTHS.pack(len(packed), len(body)) + packed + body)
    stream.flush()


def document_drawer(assets_folder: str) -> Draw:
    """HTML to tagged PDF. The files of `assets_folder` are read once; every other address is refused."""
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    kinds = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
    files = {
        ASSETS + path.name: (path.read_bytes(), kinds[path.suffix])
        for path in sorted(Path(assets_folder).iterdir())
        if path.suffix in kinds
    }

    class OnlyAssets(URLFetcher):
        """Knows the files read at the start and no other address, whatever the protocol."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
            if url not in files:
                raise FatalURLFetchingError
            body, kind = files[url]
            return URLFetcherResponse(url, body, {"Content-Type": kind})

    fetcher = OnlyAssets(allowed_protocols=["https"], allow_redirects=False)

    def draw(head: dict[str, Any], body: bytes) -> bytes:
        try:
            page = HTML(string=body.decode(), base_url=ASSETS, url_fetcher=fetcher)
            return page.write_pdf(pdf_tags=True, pdf_version="1.7")
        except FatalURLFetchingError:
            raise Refused("address-refused") from None

    draw({}, WARM_UP.encode())
    return draw


def chart_drawer() -> Draw:
    """Vega-Lite to SVG in the version named, with no address allowed for data."""
    import vl_convert

    for folder in FONT_FOLDERS:
        if os.path.isdir(folder):
            vl_convert.register_font_directory(folder)

    def draw(head: dict[str, Any], body: bytes) -> bytes:
        svg = vl_convert.vegalite_to_svg(json.loads(body), vl_version=head["version"], allowed_base_urls=[])
        return str(svg).encode()

    return draw


def limit(kind: int, megabytes: int) -> None:
    """Set the soft limit, so that a later and larger document can have more."""
    resource.setrlimit(kind, (megabytes * 2**20, resource.RLIM_INFINITY))


def answer(draw: Draw, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Draw one request; what goes wrong becomes a code, because messages may quote the document."""
    try:
        return {"ok": True}, draw(head, body)
    except Refused as refusal:
        return {"error": str(refusal)}, b""
    except RecursionError:
        return {"error": "nested-too-deep"}, b""
    except MemoryError:
        return {"error": "too-large"}, b""
    except Exception as error:
        return {"error": "not-drawable", "type": type(error).__name__}, b""


def main(task: str, assets_folder: str) -> None:
    """Serve until the parent closes the pipe or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.nice(NICENESS)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    draw = document_drawer(assets_folder) if task == "document" else chart_drawer()
    # V8 reserves 64 GB of addresses that it never uses, so a chart's limit counts data instead of addresses.
    limited = resource.RLIMIT_AS if task == "document" else resource.RLIMIT_DATA
    write_frame(answers, {"ok": True})
    while (request := read_frame(requests)) is not None:
        limit(limited, request[0]["megabytes"])
        head, body = answer(draw, *request)
        write_frame(answers, head, body)


if __name__ == "__main__":
    main(*sys.argv[1:])
