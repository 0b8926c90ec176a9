# SPDX-License-Identifier: Apache-2.0
"""Draws what a program printed as an SVG picture: `... | python3 tools/terminal_svg.py TITLE > picture.svg`.

Carriage returns and the escapes that move or colour are followed as a terminal would, as far as a
progress bar needs it: the last state of a line is drawn.
"""
import html
import re
import sys

WIDTH, HEIGHT, MARGIN = 7.8, 17, 14  # of a character, of a line, around


def last_state(line):
    """What stands in a line after its carriage returns: later text covers earlier text."""
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part):] if part else shown
    return shown.rstrip()


def main():
    title = sys.argv[1] if len(sys.argv) > 1 else ""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", sys.stdin.read().replace("\r\n", "\n"))
    lines = [last_state(line) for line in text.rstrip("\n").split("\n")]
    width = max(60, *(len(line) for line in lines)) * WIDTH + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}" role="img">')
    print(f"<title>{html.escape(title)}</title>")
    print('<rect width="100%" height="100%" rx="8" fill="#1e2228"/>')
    print('<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="13" fill="#d7dae0">')
    for i, line in enumerate(lines):
        if line:
            y = MARGIN + (i + 0.8) * HEIGHT
            print(f'<text x="{MARGIN}" y="{y:.0f}" xml:space="preserve">{html.escape(line)}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
