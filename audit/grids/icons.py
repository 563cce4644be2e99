"""Icons as inline drawings, rendered once each."""

import io
from functools import cache, lru_cache
from importlib.resources import files
from xml.etree import ElementTree
from zipfile import ZipFile

from django.utils.safestring import SafeString, mark_safe

NAMESPACE = "{http://www.w3.org/2000/svg}"


@lru_cache(maxsize=512)
def icon(name: str, size: int = 16) -> SafeString:
    """The drawing called ``name``, hidden from screen readers: the word beside it is what they read."""
    if not name:
        return SafeString("")
    drawing = ElementTree.fromstring(drawings().read(f"{name}.svg"))  # noqa: S314 - a package's own file
    for node in drawing.iter():
        node.tag = node.tag.removeprefix(NAMESPACE)
    drawing.attrib |= {"width": str(size), "height": str(size), "class": "icon"}
    drawing.attrib |= {"aria-hidden": "true", "focusable": "false"}
    return mark_safe(ElementTree.tostring(drawing, encoding="unicode"))  # noqa: S308 - no text of ours in it


@cache
def drawings() -> ZipFile:
    """The package's drawings, opened once: the package itself looks through its archive of thousands anew for each.

    In memory, because the processes that are forked from this one would share a file's position.
    """
    return ZipFile(io.BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))
