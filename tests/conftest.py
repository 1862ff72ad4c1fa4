"""Settings shared by all tests."""

from hypothesis import HealthCheck, settings

# The suite must say the same today and tomorrow, on slow machines too
settings.register_profile("repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("repeatable")
