"""Bar charts as SVG, on a logarithmic scale: bars up to the medians, a line at each end from the least to the greatest.

    svg("stream of messages", "ns", [Bar("pactor", 60.1, 58, 63, "60.1 ns", ours=True), …])

Its greys and colours can be read on white and on black, for nobody knows where the picture will stand.
"""

import dataclasses
import html
import math

TEXT, LINE, OURS, THEIRS = "#7a7a7a", "#7a7a7a55", "#d9731a", "#5b8db8"
WIDTH, NAMES, LABELS, ROW, TOP, BOTTOM = 760, 180, 90, 26, 34, 26


@dataclasses.dataclass
class Bar:
    name: str
    median: float
    min: float
    max: float
    label: str
    ours: bool = False


def amount(power, unit):
    if unit != "ns":
        return f"{10.0**power:g} {unit}"
    for above, name in ((9, "s"), (6, "ms"), (3, "µs")):
        if power >= above:
            return f"{10.0**(power - above):g} {name}"
    return f"{10.0**power:g} ns"


def text(x, y, what, anchor="start", extra=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{extra}>{html.escape(what)}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def svg(title, unit, bars):
    shown = [bar for bar in bars if bar.min > 0]  # a logarithm has no place for others
    height = TOP + ROW * len(shown) + BOTTOM
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
        f'font-size="13" fill="{TEXT}" role="img">',
        f"<title>{html.escape(title)}</title>",
        text(0, 16, title, extra=' font-weight="bold"'),
    ]
    if shown:
        # From somewhat below the shortest, so that it still has a bar.
        low = math.floor(math.log10(min(bar.min for bar in shown))) - 0.3
        high = math.log10(max(bar.max for bar in shown))
        span = WIDTH - NAMES - LABELS

        def place(value):
            return NAMES + span * (math.log10(value) - low) / (high - low)

        bottom = TOP + ROW * len(shown)
        for power in range(math.ceil(low), math.floor(high) + 1):
            parts.append(line(place(10.0**power), TOP, place(10.0**power), bottom + 4, LINE))
            parts.append(text(place(10.0**power), bottom + 18, amount(power, unit), "middle", ' font-size="11"'))
        for i, bar in enumerate(shown):
            y = TOP + ROW * i + ROW / 2
            end = place(bar.median)
            parts.append(text(NAMES - 8, y + 4.5, bar.name, "end"))
            parts.append(
                f'<rect x="{NAMES}" y="{y - 8:.1f}" width="{end - NAMES:.1f}" height="16" '
                f'fill="{OURS if bar.ours else THEIRS}"/>'
            )
            parts.append(line(place(bar.min), y, place(bar.max), y, TEXT))
            parts.append(text(place(bar.max) + 6, y + 4.5, bar.label))
    return "\n".join([*parts, "</svg>", ""])
