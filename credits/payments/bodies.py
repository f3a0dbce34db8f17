"""The shapes of what the API says of payments, for its schema."""

from typing import Any

from rest_framework import serializers

from credits.payments.models import PaymentStatus, RefundStatus


class CheckoutBodySerializer(serializers.Serializer[Any]):
    """sandbox: a sentence that says so where no real money is taken."""

    checkout_url = serializers.CharField()
    payment_id = serializers.UUIDField()
    status = serializers.ChoiceField(PaymentStatus.choices)
    sandbox = serializers.CharField(required=False)


class FulfilledBodySerializer(serializers.Serializer[Any]):
    """fulfilled: how many payments have become credits now."""

    credits = serializers.IntegerField()
    fulfilled = serializers.IntegerField()


class RefundBodySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    transaction_key = serializers.CharField()
    amount = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)
    result = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(RefundStatus.choices)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class AutoTopUpBodySerializer(serializers.Serializer[Any]):
    threshold = serializers.IntegerField()
    amount = serializers.IntegerField()


class PortalBodySerializer(serializers.Serializer[Any]):
    url = serializers.CharField()


class InvoiceBodySerializer(serializers.Serializer[Any]):
    """Amounts are US cents. The addresses are empty where there is none."""

    id = serializers.CharField()
    number = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    total = serializers.IntegerField()
    amount_paid = serializers.IntegerField()
    currency = serializers.CharField()
    status = serializers.CharField()
    hosted_invoice_url = serializers.CharField(allow_blank=True)
    invoice_pdf = serializers.CharField(allow_blank=True)


class CardBodySerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    brand = serializers.CharField()
    last4 = serializers.CharField()
    exp_month = serializers.IntegerField(allow_null=True)
    exp_year = serializers.IntegerField(allow_null=True)


class ReceivedBodySerializer(serializers.Serializer[Any]):
    """handled: false asks the sender to send it again."""

    received = serializers.BooleanField()
    handled = serializers.BooleanField()
