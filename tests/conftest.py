"""Settings shared by all tests."""

import pytest
from hypothesis import HealthCheck, Phase, settings

# The suite must say the same today and tomorrow, on slow machines too
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# `make mutants` asks thousands of times whether a test fails, and never which example is the smallest
settings.register_profile(
    "mutants", settings.get_profile("repeatable"), max_examples=40, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For mutants, the tests on whole plans come last: the others are faster, and find most of them."""
    if config.getoption("hypothesis_profile") == "mutants":
        items.sort(key=lambda item: "made_plan" in item.nodeid)
