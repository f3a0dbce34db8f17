"""How the work of a child can end that does not end by itself."""

from reliability.errors import SluiceError


class SandboxError(SluiceError):
    """The work could not be done in the sandbox."""

    code = "limit"
    http_status = 400


class TooSlow(SandboxError):
    """The work took too long."""


class TooMuchMemory(SandboxError):
    """The work needed too much memory."""


class TooMuchOutput(SandboxError):
    """The work gave too much output."""


class SandboxMissing(SandboxError):
    """This machine cannot isolate a process: it needs Linux with user namespaces."""

    code = "sandbox_missing"
    http_status = 503
