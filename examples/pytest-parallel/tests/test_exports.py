"""Nightly exports: four tests, and some of the slowest of all."""

PACE = 4.0


def test_orders_to_csv(backend):
    assert backend.call() == 200


def test_ledger_to_the_accountant(backend):
    assert backend.call() == 200


def test_catalogue_to_the_marketplace(backend):
    assert backend.call() == 200


def test_everything_on_customer_request(backend):
    assert backend.call() == 200
