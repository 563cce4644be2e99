"""Serves style, scripts and fonts: packed, and for ever, because their address changes whenever any of them does."""

import gzip
import hashlib
import os
import re
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile

ROOT = "/static/"
OTHER_VERSION = re.compile(r"/static/(?:v[0-9a-f]{12}/)?")
WORTH_PACKING = re.compile(r".*\.(?:css|js|svg|ttf|json|txt)")
SHORT = "max-age=60, public"


class StaticFiles(WhiteNoiseMiddleware):
    """Finds a file under the version that it has now, and for a while under any: pages outlive a change of version."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info
        if not path.startswith(ROOT):
            return self.get_response(request)  # type: ignore[no-any-return]
        is_current = path.startswith(self.static_prefix)
        if not is_current:
            path = OTHER_VERSION.sub(self.static_prefix, path, count=1)
        file = self.files.get(path)
        if file is None:
            return self.get_response(request)  # type: ignore[no-any-return]
        if not hasattr(file, "is_packed"):
            file = self.files[path] = with_packed(file)
        response: HttpResponseBase = self.serve(file, request)
        if not is_current:
            response["Cache-Control"] = SHORT
        return response

    def immutable_file_test(self, path: str, url: str) -> bool:
        return True  # the address has the version


def with_packed(file: StaticFile) -> StaticFile:
    """The same file with a packed copy in ``DATA_DIR``, made at its first use and kept for the next start."""
    _, path, headers = file.alternatives[-1]
    encodings = {}
    if WORTH_PACKING.fullmatch(path) and (packed := packed_copy(Path(path))):
        encodings["gzip"] = str(packed)
    kept = {"Content-Length", "Last-Modified", "ETag", "Vary", "Content-Encoding"}
    found = StaticFile(path, [(name, value) for name, value in headers if name not in kept], encodings=encodings)
    found.is_packed = True
    return found


def packed_copy(path: Path) -> Path | None:
    """None where it cannot be kept, or would be hardly smaller."""
    content = path.read_bytes()
    packed = settings.DATA_DIR / "packed" / f"{hashlib.sha256(content).hexdigest()[:32]}.gz"
    if not packed.exists():
        body = gzip.compress(content, 9, mtime=0)
        if len(body) > 0.95 * len(content):
            return None
        draft = packed.with_name(f".{packed.name}.{os.getpid()}")
        try:
            packed.parent.mkdir(mode=0o700, exist_ok=True)
            draft.write_bytes(body)
            draft.replace(packed)
        except OSError:
            return None
    return packed
