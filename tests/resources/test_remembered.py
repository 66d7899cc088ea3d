from presage.resources.remembered import MAX_KEPT, Remembered


def test_an_answer_is_looked_up_once_while_it_holds():
    asked = []
    remembered = Remembered(lambda key: asked.append(key) or len(asked), seconds=3600)
    assert [remembered.get("a"), remembered.get("a"), remembered.get("b")] == [1, 1, 2]


def test_an_old_answer_is_looked_up_again():
    asked = []
    remembered = Remembered(lambda key: asked.append(key) or len(asked), seconds=0)
    assert [remembered.get("a"), remembered.get("a")] == [1, 2]


def test_strangers_cannot_fill_the_memory():
    remembered = Remembered(str, seconds=3600)
    for key in range(MAX_KEPT + 5):
        remembered.get(key)
    assert len(remembered._kept) <= MAX_KEPT
