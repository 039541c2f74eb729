"""Full-text search; the index is built once per module."""

import pytest

from shop.backend import Backend

PACE = 0.35


@pytest.fixture(scope="module", autouse=True)
def index():
    """The search index."""
    return Backend("build the index", 1.5).warm_up()


@pytest.mark.parametrize("query", ["tea", "green tea", "Grüner Tee", "お茶", "tea::pot", "[tea]"])
def test_finds(backend, query):
    assert backend.call() == 200


class TestSuggestions:
    def test_after_three_letters(self, backend):
        assert backend.call() == 200

    def test_with_a_typo(self, backend):
        assert backend.call() == 200


def test_sold_out_products_come_last(backend):
    assert backend.call() == 200


def test_no_result_offers_help(backend):
    assert backend.call() == 200
