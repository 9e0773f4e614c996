"""The five colours of a brand, of which one is enough to have all."""

from __future__ import annotations

DARK, LIGHT = "#1d2125", "#ffffff"
READABLE = 4.5  # the least contrast of a text with what is behind it


def shades_of(brand: str) -> dict[str, str]:
    """All colours for a brand colour written #rrggbb: a text that can be read on it, a lighter and a darker shade."""
    return {
        "bg_color": brand,
        "text_color": _text_on(brand),
        "alternate_color": _mixed(brand, LIGHT, 0.35),
        "bright_shade": _mixed(brand, LIGHT, 0.85),
        "dark_shade": _mixed(brand, "#000000", 0.3),
    }


def contrast(one: str, other: str) -> float:
    """How well two colours are told apart, from 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _text_on(brand: str) -> str:
    for text in (LIGHT, DARK, "#000000"):
        if contrast(brand, text) >= READABLE:
            return text
    return DARK


def _parts(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    shares = [part / 255 for part in _parts(color)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(color: str, other: str, share: float) -> str:
    pairs = zip(_parts(color), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)
