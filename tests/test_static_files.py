"""Style, scripts and fonts: packed, kept for ever under an address that changes with them, found under an older one."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.templatetags.static import static
from django.test import Client
from lucide import _render_icon

from audit.grids.icons import drawings, icon
from config import static_files
from config.static_version import version_of

CSS = "css/base.css"


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_style_is_packed_and_kept_for_ever_under_its_version(client: Client) -> None:
    answer = client.get(static(CSS), HTTP_ACCEPT_ENCODING="gzip")
    assert (answer.status_code, answer["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in answer["Cache-Control"]
    assert gzip.decompress(content(answer)) == (settings.BASE_DIR / "static" / CSS).read_bytes()


@pytest.mark.parametrize("version", ["", "v0123456789ab/"])
def test_another_version_is_answered_for_a_minute(client: Client, version: str) -> None:
    answer = client.get(f"/static/{version}{CSS}")
    assert (answer.status_code, answer["Cache-Control"]) == (200, static_files.SHORT)
    assert "Content-Encoding" not in answer
    assert content(answer) == (settings.BASE_DIR / "static" / CSS).read_bytes()


def test_where_no_copy_can_be_kept_the_file_goes_as_it_is(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "DATA_DIR", Path("/proc/nowhere"))
    answer = client.get(static("css/docs.css"), HTTP_ACCEPT_ENCODING="gzip")
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer


def test_the_version_changes_with_any_file_and_any_package(tmp_path: Path) -> None:
    own, packages = tmp_path / "static", tmp_path / "requirements.txt"
    own.mkdir()
    packages.write_text("a==1")
    seen = {version_of(own, packages)}
    (own / "a.css").write_text("a")
    seen.add(version_of(own, packages))
    (own / "a.css").write_text("b")
    seen.add(version_of(own, packages))
    packages.write_text("a==2")
    seen.add(version_of(own, packages))
    assert len(seen) == 4


def test_icons_are_those_of_the_package() -> None:
    names = [name.removesuffix(".svg") for name in drawings().namelist()[::200] if name.endswith(".svg")]
    shown = {"class": "icon", "aria-hidden": "true", "focusable": "false"}
    assert [str(icon(name)) for name in names] == [_render_icon(name, 16, **shown) for name in names]
