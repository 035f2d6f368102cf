"""How a line is named on its advertising platform."""


def ad_object(brand: str, campaign: str, line: str) -> str:
    """Give the name of a line's ad object: by it the object is found again, and never made twice."""
    return f"{brand}/{campaign}/{line}"
