"""What the API answers if it cannot do what was asked."""

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field("about:blank", description="Kind of problem.")
    title: str = Field(description="HTTP status in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What is wrong, and what would be right.")
    errors: list[dict[str, str]] = Field(
        default=[], description="For 422: each `field` that is wrong and its `problem`, which says what is allowed."
    )
    num_more: int = Field(default=0, description="For 422: number of wrong fields beyond those in `errors`.")
