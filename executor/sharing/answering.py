"""How anything that a link leads to is answered: nobody lists it, keeps it or is told the link by it."""

from django.http import FileResponse, HttpResponseBase

from executor.large.files import storage
from executor.sharing.files import SharedFile

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
#: A downloaded file that a browser shows nevertheless does nothing.
_INERT = {"Content-Security-Policy": "default-src 'none'; sandbox"}


def discreet(answer: HttpResponseBase) -> None:
    """Put these headers on it."""
    for name, value in HEADERS.items():
        answer[name] = value


def download(file: SharedFile) -> FileResponse:
    """For keeping, not for looking at: whoever made the file may have meant harm."""
    opened = storage().open(file.path)
    return FileResponse(
        opened, as_attachment=True, filename=file.name, content_type="application/octet-stream", headers=_INERT
    )
