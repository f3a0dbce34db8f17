"""What happens to accounts."""

from django.dispatch import Signal

#: Sent with `user` inside the transaction that makes the user, not after it: what every user must have is made with the
#: user or not at all. A listener that raises undoes both.
user_created = Signal()
