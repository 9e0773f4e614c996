"""Style sheets that an administrator wrote, without what could fetch, run or cover anything."""

from __future__ import annotations

import re

COMMENT = re.compile(r"/\*.*?(\*/|\Z)", re.DOTALL)
RULE = re.compile(r"@(import|charset|namespace)\b[^;{}]*;?", re.IGNORECASE)
DECLARATION = re.compile(r"[^;{}]+(?=;|\}|\Z)")
ADDRESS = re.compile(r"url\(\s*[\"']?\s*([^)]*)", re.IGNORECASE)
SAFE_ADDRESS = re.compile(r"https://|data:image/(png|jpe?g|gif|webp);", re.IGNORECASE)
NEVER = re.compile(
    r"expression\s*\(|-moz-binding|behavior\s*:|javascript:|position\s*:\s*fixed", re.IGNORECASE
)


def clean_css(text: str) -> str:
    """The style sheet without imports, scripts, addresses of other schemes and fixed boxes.

    Escapes are dropped, since they can spell what is looked for here, and so is what could end the style element.
    """
    text = COMMENT.sub(" ", text.replace("\\", "")).replace("<", "")
    before = ""
    while before != text:  # what was cut may have joined what stood around it
        before, text = text, RULE.sub("", DECLARATION.sub(_kept, text))
    return text.strip()


def _kept(found: re.Match[str]) -> str:
    declaration = found[0]
    addresses = ADDRESS.findall(declaration)
    if NEVER.search(declaration) or not all(SAFE_ADDRESS.match(one) for one in addresses):
        return ""
    return declaration
