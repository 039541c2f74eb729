"""Dashboards over a year of orders."""

PACE = 1.8


def test_revenue_by_month(backend):
    assert backend.call() == 200


def test_best_sellers(backend):
    assert backend.call() == 200


def test_returns_by_reason(backend):
    assert backend.call() == 200


def test_customers_by_cohort(backend):
    assert backend.call() == 200
