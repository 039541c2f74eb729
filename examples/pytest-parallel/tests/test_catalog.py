"""Browsing the catalogue."""

import pytest

PACE = 0.2


@pytest.mark.parametrize("category", ["books", "garden/tools", "toys & games", "vinyl"])
def test_category_page(backend, category):
    assert backend.call() == 200


@pytest.mark.parametrize("order", ["price", "rating", "newest"])
def test_category_is_sorted_by(backend, order):
    assert backend.call() == 200


def test_product_page(backend):
    assert backend.call() == 200


def test_sold_out_product_page(backend):
    assert backend.call() == 200


def test_related_products(backend):
    assert backend.call() == 200


def test_pagination_has_no_gaps(backend):
    assert backend.call() == 200
