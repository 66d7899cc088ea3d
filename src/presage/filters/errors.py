"""What is wrong with a filter."""


class FilterError(ValueError):
    """An expression, or a value for it, that says nothing; the text says where, and what would be right."""
