"""What all tests share: an environment that reaches no AWS, and a memorable noon."""

import os

from hypothesis import settings

os.environ |= {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_EC2_METADATA_DISABLED": "true",
    "POWERTOOLS_SERVICE_NAME": "parution",
    "POWERTOOLS_METRICS_NAMESPACE": "Parution",
    "POWERTOOLS_DEV": "false",
}
os.environ.pop("AWS_PROFILE", None)
os.environ.pop("AWS_ENDPOINT_URL", None)

# The same examples on every machine and no limit of time, so that a busy one fails nothing;
# HYPOTHESIS_PROFILE=search draws new ones.
settings.register_profile("everywhere", derandomize=True, deadline=None, max_examples=30)
settings.register_profile("search", deadline=None, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "everywhere"))
