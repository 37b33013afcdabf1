"""What the API answers when it cannot do what was asked."""

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field("about:blank", description="Kind of problem.")
    title: str = Field(description="The status in words.")
    status: int = Field(description="HTTP status.")
    detail: str = Field(description="What is wrong and what would be right.")
    errors: list[dict[str, str]] = Field(
        default=[], description="For 422: each `field` at fault and its `problem`, with what is allowed."
    )
