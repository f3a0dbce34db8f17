"""What can go wrong with uploads."""

from reliability.errors import NotAllowed, SluiceError


class UploadTooLarge(SluiceError):
    """The file is larger than may be uploaded."""

    # data: limit (the name of the setting), maximum (bytes)
    code = "upload_too_large"
    http_status = 413


class TooManyUploads(NotAllowed):
    """This user has uploaded as much as may be kept at once."""

    # data: limit (the name of the setting), maximum (files or bytes)
    code = "too_many_uploads"
