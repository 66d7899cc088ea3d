"""What a training has finished comes back from its draft: the same data and settings, whole, or not at all."""

import numpy as np
import pytest

from presage.works.forecast.kept import Kept


def state(n):
    return {"values": np.arange(float(n))}, {"n": n}


def refuse():
    raise AssertionError("it was made already")


def test_a_result_is_made_once(tmp_path):
    Kept(tmp_path, "a panel")("NPTS", lambda: state(3))
    arrays, meta = Kept(tmp_path, "a panel")("NPTS", refuse)
    assert arrays["values"].tolist() == [0, 1, 2]
    assert meta == {"n": 3}
    assert Kept(tmp_path, "a panel")("ETS", lambda: state(2))[1] == {"n": 2}


def test_results_of_other_data_are_not_taken_and_go(tmp_path):
    Kept(tmp_path, "a panel")("NPTS", lambda: state(3))
    assert Kept(tmp_path, "another")("NPTS", lambda: state(2))[1] == {"n": 2}
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("how", ["cut", "altered", "empty"])
def test_a_damaged_result_is_made_again(tmp_path, how):
    Kept(tmp_path, "a panel")("NPTS", lambda: state(3))
    (file,) = tmp_path.rglob("*.safetensors")
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes({"cut": content[:-9], "altered": content, "empty": b""}[how])
    assert Kept(tmp_path, "a panel")("NPTS", lambda: state(2))[1] == {"n": 2}
    assert Kept(tmp_path, "a panel")("NPTS", refuse)[1] == {"n": 2}
