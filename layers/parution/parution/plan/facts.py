"""What is known beside the plan when it is checked; None means that nobody looked."""

from collections.abc import Mapping

from parution.plan.model import Campaign
from parution.plan.ports import StoredFile
from parution.publishing.deliveries import Delivery
from parution.records import Record


class Facts(Record):
    key: str | None = None  # of the plan file in the bucket
    owner: str | None = None  # the brand that this file held before
    held_by: str | None = None  # the file that holds the plan's brand
    secrets: frozenset[str] | None = None  # those stored, of the names that the plan uses
    media: Mapping[str, StoredFile] | None = None  # by key: those that are there
    deliveries: Mapping[str, Delivery] | None = None  # by id
    campaigns: Mapping[str, Campaign] | None = None  # as imported before, by id


NOTHING_KNOWN = Facts()
