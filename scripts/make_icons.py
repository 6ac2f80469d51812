"""Makes static/icons.svg: the few Bootstrap Icons the pages use, and the portal's own mark.

Run after `pip install -r requirements/assets.txt`; the result is committed.
"""

from __future__ import annotations

import re
from pathlib import Path

import flask_bootstrap

SOURCE = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"
TARGET = Path(__file__).parents[1] / "static" / "icons.svg"
NOTICE = """Icons: Bootstrap Icons 1.13.1, Copyright (c) 2019-2024 The Bootstrap Authors, MIT licence:
Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation
the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and
to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above
copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT
SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION
OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER
DEALINGS IN THE SOFTWARE. The symbol portal-mark is the portal's own."""
MARK = (
    '<symbol id="portal-mark" viewBox="0 0 28 32"><path fill="none" stroke="currentColor" stroke-width="2.2" '
    'stroke-linecap="round" stroke-linejoin="round" d="M14 1.6 26.4 5v10.6c0 7.2-5.2 12.4-12.4 14.8C6.8 28 '
    '1.6 22.8 1.6 15.6V5Z M7.4 22c0-4.2 2.6-7 6.6-7s6.6 2.8 6.6 7"/><circle cx="14" cy="10.6" '
    'r="3.8" fill="none" stroke="currentColor" stroke-width="2.2"/></symbol>'
)
NAMES = """
arrow-down arrow-left-right arrow-repeat arrow-up bar-chart box-arrow-right building calendar-event
calendar3 card-checklist check-circle check-lg chevron-down chevron-left chevron-right circle clock
cloud-check copy dash-lg database diagram-3 download envelope exclamation-circle exclamation-triangle
eye-slash file-earmark-pdf file-earmark-text file-earmark-word funnel hourglass house inbox info-circle key
link-45deg list lock lock-fill paperclip pencil pencil-square people person person-circle person-hearts
person-plus plus-circle printer qr-code search shield-check shield-lock star-fill stopwatch telephone
telephone-fill trash upload x-circle x-lg
""".split()


def main() -> None:
    symbols = dict(re.findall(r'(?s)<symbol[^>]*\bid="([^"]+)"[^>]*>(.*?)</symbol>', SOURCE.read_text()))
    parts = [f'<symbol id="{name}" viewBox="0 0 16 16">{symbols[name].strip()}</symbol>' for name in NAMES]
    body = "\n".join([MARK, *parts])
    TARGET.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><!--\n{NOTICE}\n-->\n{body}\n</svg>\n')
    print(f"{TARGET.name}: {len(NAMES) + 1} symbols, {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main()
