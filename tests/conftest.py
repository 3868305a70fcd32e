"""What every test may ask for: where things are, and whether golden files are to be rewritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples in every run: a failure on one machine is a failure on all. Explore with --hypothesis-seed=random.
settings.register_profile("qbank", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("qbank")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-golden`: write what is produced now; then read the diff."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files and CLI sessions")


@pytest.fixture(scope="session")
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be rewritten."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def bank_dir(root: Path) -> Path:
    """The sample banks, one rich bank a kind and `all.json`."""
    return root / "tests" / "bank"
