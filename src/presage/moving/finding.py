"""Which resource of an account is the one that an item of the file declares."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from re import fullmatch

from presage.errors import few

from .account import GONE, Account, Standing, label
from .declaration import Item
from .endpoints import AT_ONCE, CallError
from .kinds import KINDS, Kind
from .values import Ref, refs_in

ItemId = tuple[str, str, str]


class Finder:
    """Looks things up in an account; each list is asked for once.

    Parameters
    ----------
    items : all that the file declares, those first that others refer to
    """

    def __init__(self, items: Mapping[ItemId, Item], account: Account) -> None:
        self.items = items
        self.account = account
        self.stands: dict[ItemId, Standing | None] = {}
        self.taken: dict[ItemId, set[str]] = {}
        """The names that the lists hold in which an item would stand."""
        self._lists: dict[tuple[tuple[str, str], str], list[Standing]] = {}

    def find_all(self) -> None:
        """Find what stands, kind by kind. Raises ValueError for references to nothing, CallError."""
        self._check_refs()
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for wave in _by_kind(self.items.values()):
                lists = {
                    (item.kind.id, within) for item in wave if (within := self._within(item)) is not None
                }
                list(threads.map(lambda one: self.listed(KINDS[one[0]], one[1]), lists))
                found = threads.map(self._find, wave)
                self.stands |= {item.id: one for item, one in zip(wave, found, strict=True)}

    def listed(self, kind: Kind, within: str = "") -> list[Standing]:
        """Every resource of a kind, within a parent's ARN where one is given."""
        key = (kind.id, within)
        if key not in self._lists:
            self._lists[key] = self.account.listed(kind, within)
        return self._lists[key]

    def declared(self, ref: Ref) -> Item | None:
        """The item that a reference names."""
        found = (self.items.get((*kind, ref.key)) for kind in ref.kinds)
        return next((item for item in found if item), None)

    def arn_of(self, value: Ref | str) -> str | None:
        """The ARN that stands for a reference; None = it is not there yet."""
        if isinstance(value, str):
            return value
        item = self.declared(value)
        found = self.stands.get(item.id) if item else self._undeclared(value)
        return f"{found.arn}{value.suffix}" if found else None

    def _undeclared(self, ref: Ref) -> Standing | None:
        """What a reference names that is there, though it is not declared."""
        kinds = [KINDS[kind] for kind in ref.kinds]
        reached = [kind for kind in kinds if not (kind.is_own and self.account.endpoint.is_aws)]
        return next((one for kind in reached for one in self.listed(kind) if one.name == ref.key), None)

    def _check_refs(self) -> None:
        faults: list[str] = []
        for item in self.items.values():
            for ref in refs_in(item.members):
                if self.declared(ref) is None and self._undeclared(ref) is None:
                    keys = [key for service, name, key in self.items if (service, name) in ref.kinds]
                    faults.append(
                        f"{item.place} names the {label(KINDS[ref.kinds[0]], ref.key)}, which is neither"
                        f" declared nor there; declared are: {few(keys) or 'none'}"
                    )
        if faults:
            raise ValueError("\n".join(faults))

    def _within(self, item: Item) -> str | None:
        """The parent in whose list an item would stand; empty = the list of all; None = it is not there."""
        return self.arn_of(item.members[item.kind.within]) if item.kind.within else ""

    def _find(self, item: Item) -> Standing | None:
        """The resource that an item declares, described; None = it is not there."""
        within = self._within(item)
        if within is None:
            return None
        listed = self.listed(item.kind, within)
        if item.kind.name == "SolutionVersion":  # its list does not tell its name
            listed = [self.account.described(item.kind, one.arn) for one in listed]
        self.taken[item.id] = {one.name for one in listed}
        same = [one for one in listed if self._is_it(item, one)]
        if not same:
            return None
        newest = max(same, key=lambda one: (one.created_at, one.name))
        try:
            return self.account.described(item.kind, newest.arn)
        except CallError as error:
            if error.code in GONE:
                return None
            raise

    def _is_it(self, item: Item, one: Standing) -> bool:
        if member := item.kind.known_by:
            return one.told.get(member) == item.members[member]
        if one.name == item.name or not item.kind.numbered:
            return one.name == item.name
        others = {other.name for other in self.items.values() if other.kind == item.kind}
        return one.name not in others and fullmatch(r"-[0-9]+", _rest(one.name, item.name)) is not None

    def free_name(self, item: Item) -> str:
        """The item's name; of a numbered kind the first of it and `name-2`, `name-3` that nothing has."""
        taken = self.taken.get(item.id, set()) if item.kind.numbered else set[str]()
        names = (item.name, *(f"{item.name}-{n}" for n in range(2, len(taken) + 3)))
        return next(name for name in names if name not in taken)


def _rest(name: str, beginning: str) -> str:
    return name[len(beginning) :] if name.startswith(beginning) else ""


def _by_kind(items: Iterable[Item]) -> Sequence[list[Item]]:
    found: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        found.setdefault(item.kind.id, []).append(item)
    return list(found.values())
