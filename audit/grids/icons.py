"""Icons as inline drawings, rendered once each."""

from functools import lru_cache

from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon as draw


@lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> SafeString:
    """The drawing called ``name``, hidden from screen readers: the word beside it is what they read."""
    if not name:
        return SafeString("")
    drawing: str = draw(name, size, **{"class": "icon", "aria-hidden": "true", "focusable": "false"})
    return mark_safe(drawing)  # noqa: S308 - the package's own drawing, no text of ours in it
