"""Credits over the API."""

from typing import cast

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from credits.models import Account


class CreditsView(APIView):
    """What the user can spend."""

    def get(self, request: Request) -> Response:
        account = Account.objects.get(user=cast(User, request.user))
        return Response({"credits": account.balance})
