"""Making users."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import transaction

from accounts.errors import UserNotFound
from accounts.events import user_created

if TYPE_CHECKING:
    from accounts.models import User


class UserManager(BaseUserManager["User"]):
    """The one door through which users come into being."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a user, and whatever every user must have, in one transaction. Without a password nobody can sign in."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        return self.add(user)

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **{"is_staff": True, "is_superuser": True, **fields})

    @transaction.atomic
    def add(self, user: "User") -> "User":
        """Save a new user that a form has filled in, with whatever every user must have."""
        user.email = self.normalize_email(user.email).lower()
        user.save(using=self._db, force_insert=True)
        user_created.send(sender=type(user), user=user)
        return user

    def by_email(self, email: str) -> "User":
        """Raises UserNotFound."""
        try:
            return self.get(email__iexact=email.strip())
        except self.model.DoesNotExist as error:
            raise UserNotFound(f"There is no user {email}.") from error

    def get_by_natural_key(self, username: str | None) -> "User":
        """Addresses differ in nothing but case for whom they reach."""
        return self.get(email__iexact=username)
