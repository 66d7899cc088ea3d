"""What can go wrong with a notice. No text of these holds a channel's URL, which has secrets in it."""


class NoticeError(RuntimeError):
    """A channel that is not there or cannot be used, or did not take a message."""


class AddressError(NoticeError):
    """A value that is no address: nothing was sent."""


class Unreachable(NoticeError):
    """No connection, or no login: nothing was sent, and nothing will be before that is mended."""


class Refused(NoticeError):
    """The other side said no to this message: it was not delivered."""


class Unclear(NoticeError):
    """The message left, and no answer came: whether it was delivered is not known."""
