"""What the template tells each function through its environment."""

import os
from collections.abc import Mapping
from typing import Self

from parution.records import Record


class Settings(Record):
    """Base of the functions' settings: each field is an environment variable in lower case."""

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Take the fields from the environment. Raises ValidationError naming what is missing."""
        return cls.model_validate(
            {name: environment[name.upper()] for name in cls.model_fields if name.upper() in environment}
        )
