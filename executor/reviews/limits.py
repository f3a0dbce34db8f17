"""How much a reviewer may say."""

MESSAGE_CHARACTERS = 2000
#: Of edited data, as JSON.
EDITED_BYTES = 1024 * 1024
#: Of edited data: lists and objects inside each other.
EDITED_DEPTH = 10
#: Decisions that one request may hold.
DECISIONS = 500
