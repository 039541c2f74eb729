"""Paying: slow, since every test goes through the payment sandbox."""

import pytest

from shop.backend import Backend

PACE = 1.3


@pytest.fixture(scope="class")
def payment_sandbox():
    """A merchant account in the sandbox, made once per class."""
    return Backend("open the payment sandbox", 1.0).warm_up()


@pytest.mark.usefixtures("payment_sandbox")
class TestCard:
    @pytest.mark.parametrize("brand", ["visa", "mastercard", "amex"])
    def test_is_charged(self, backend, brand):
        assert backend.call() == 200

    def test_is_declined(self, backend):
        assert backend.call() == 200

    def test_second_factor(self, backend):
        assert backend.call() == 200

    def test_charge_is_not_repeated(self, backend):
        assert backend.call() == 200


@pytest.mark.usefixtures("payment_sandbox")
class TestInvoice:
    def test_is_offered_to_companies(self, backend):
        assert backend.call() == 200

    def test_is_refused_above_the_limit(self, backend):
        assert backend.call() == 200


def test_free_orders_need_no_payment(backend):
    assert backend.call() == 200


def test_abandoned_checkout_releases_the_stock(backend):
    assert backend.call() == 200
