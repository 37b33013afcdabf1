"""What the API must know of a dataset without loading it: a name, how many examples, how many classes."""

from dataclasses import dataclass
from enum import StrEnum


class Dataset(StrEnum):
    DIGITS = "digits"


@dataclass(frozen=True)
class DatasetFacts:
    num_classes: int
    num_train: int
    num_val: int
    source: str


FACTS: dict[Dataset, DatasetFacts] = {
    Dataset.DIGITS: DatasetFacts(
        10, 1437, 360, "scikit-learn's bundled 8x8 digits (Alpaydin and Kaynak 1998, UCI), resized; needs no download"
    ),
}
