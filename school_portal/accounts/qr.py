"""QR codes as SVG in the page: no file, no data: address, no style attribute."""

from __future__ import annotations

import qrcode
from markupsafe import Markup

_QUIET = 4
"""White modules around the code, without which cameras do not find it."""


def qr_svg(text: str, label: str = "") -> Markup:
    """The code as one path; `label` says what it is to whom can't see it."""
    code = qrcode.QRCode(border=_QUIET, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark
    )
    return Markup(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" shape-rendering="crispEdges">'
        '<path fill="#fff" d="M0 0h{0}v{0}H0z"/><path fill="#000" d="{2}"/></svg>'
    ).format(len(rows), label, path)
