"""What a service may refuse: errors that the caller is meant to read and can mend."""

from enum import StrEnum


class Code(StrEnum):
    """Why a command was refused."""

    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    TAKEN = "TAKEN"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    CONFLICT = "CONFLICT"
    ILLEGAL_TRANSITION = "ILLEGAL_TRANSITION"
    PAYMENT_DECLINED = "PAYMENT_DECLINED"
    PAYMENT_PENDING = "PAYMENT_PENDING"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    INVALID_TOKEN = "INVALID_TOKEN"  # noqa: S105 (a code, no secret)
    FILE_TYPE = "FILE_TYPE"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    STORAGE_UNAVAILABLE = "STORAGE_UNAVAILABLE"
    READER_UNAVAILABLE = "READER_UNAVAILABLE"
    GOOGLE_REJECTED = "GOOGLE_REJECTED"
    GOOGLE_UNAVAILABLE = "GOOGLE_UNAVAILABLE"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"


class Refused(Exception):
    """A command that was not carried out; nothing has changed.

    `field` is the path of the input field at fault, such as ("store", "name").
    """

    def __init__(self, code: Code, message: str, *field: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field
