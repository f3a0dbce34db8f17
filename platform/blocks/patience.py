"""How long a user's template or pattern may be tried here, before it goes to the sandbox."""

#: All else that runs in this process waits meanwhile.
QUICK_SECONDS = 0.02
#: Of all values that a template builds on the way, so that it takes little memory here.
QUICK_CHARACTERS = 8 * 1024 * 1024
