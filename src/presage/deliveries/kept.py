"""Deliveries that are kept as resources, and run by their name."""

from presage import yaml_text
from presage.errors import few, shown
from presage.resources.reader import Reader

from .reading import check_length, read_spec
from .spec import Spec

SERVICE, DELIVERY = "deliveries", "Delivery"


def spec_of(name: str, definition: str) -> Spec:
    """The delivery of a name that a text, in YAML or JSON, defines; the text may leave the name out.

    Raises ValueError.
    """
    check_length(definition)
    written = yaml_text.load(definition)
    if isinstance(written, dict) and written.setdefault("name", name) != name:
        other = shown(str(written["name"]))
        raise ValueError(f"the definition names itself {other}, and the delivery is called {shown(name)}")
    return read_spec(written)


def find_spec(records: Reader, name: str) -> Spec:
    """The delivery that is kept under a name; raises ValueError."""
    kept = records.of_kind(SERVICE, DELIVERY)
    for record in kept:
        if record.name == name:
            return spec_of(name, record["definition"])
    known = few([record.name for record in kept]) or "none"
    raise ValueError(f"no delivery is called {shown(name)}; there are: {known}")
