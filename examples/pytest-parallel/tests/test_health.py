"""Probes: quick by design."""

PACE = 0.03


def test_live(backend):
    assert backend.call() == 200


def test_ready(backend):
    assert backend.call() == 200


def test_version(backend):
    assert backend.call() == 200


def test_metrics(backend):
    assert backend.call() == 200


def test_robots_txt(backend):
    assert backend.call() == 200
