"""Access keys: who may call, and what each may do."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, kw_only=True)
class AccessKey:
    """An access key.

    Parameters
    ----------
    access_key_id : what the signature's credential names
    secret : what signs
    allow : globs of `service:Operation`, such as `personalize:Get*`, `s3:*` or `*`
    """

    access_key_id: str
    secret: str
    allow: tuple[str, ...] = ("*",)

    def may(self, action: str) -> bool:
        """Whether this key allows `action`, such as `personalize:GetRecommendations`."""
        return any(fnmatchcase(action, glob) for glob in self.allow)
