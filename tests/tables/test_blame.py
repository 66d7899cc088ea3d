"""The slow look at a file that failed holds few cells at a time."""

from presage.tables.blame import CELLS_PER_BATCH, batches


def test_a_batch_holds_so_many_cells_at_most(tmp_path):
    path = tmp_path / "wide.csv"
    n_columns = 5_000
    line = ",".join(["1"] * n_columns) + "\n"
    path.write_text(line * 450)
    found = list(batches(path, has_header=True))
    assert [place for batch in found for place, _ in batch] == list(range(2, 451))
    assert max(sum(len(row) for _, row in batch) for batch in found) <= CELLS_PER_BATCH
