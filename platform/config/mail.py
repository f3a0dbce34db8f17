"""How mails leave, from one address: EMAIL_URL."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.filebased import EmailBackend
from environ import Env

FILES = "config.mail.PrivateFiles"
SCHEMES = ("smtp", "smtp+tls", "smtp+ssl", "consolemail")


def mail_settings(url: str, *, folder: Path) -> dict[str, Any]:
    """Django's settings of these names. Without an address mails are files in the folder.

    Raises ImproperlyConfigured.
    """
    if not url:
        return {"EMAIL_BACKEND": FILES, "EMAIL_FILE_PATH": str(folder)}
    scheme = url.partition("://")[0]
    try:
        if scheme not in SCHEMES:
            raise ValueError
        return dict(Env.email_url_config(url))
    except ValueError as error:
        known = ", ".join(SCHEMES)
        raise ImproperlyConfigured(f"EMAIL_URL must be scheme://user:password@host:port, of {known}.") from error


class PrivateFiles(EmailBackend):
    """Links in mails let people in, so nobody else reads the folder."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        Path(self.file_path).chmod(0o700)
