"""What stands between a right password and being signed in."""

from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponse

from accounts.addresses import is_verified


class AddressStage(EmailVerificationStage):
    """Whoever has signed up by themselves must have opened the link that was sent to them."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        if self.login.user is not None and is_verified(self.login.user):
            return None, True
        return super().handle()
