"""What can go wrong with a delivery."""


class DeliveryError(RuntimeError):
    """A delivery that cannot go on; what was sent stays sent, and another run goes on with the rest."""
