from tests.house.processes import manage


def test_the_catalogue_of_blocks_is_up_to_date(tmp_path: object) -> None:
    done = manage("document_blocks", "--check", home=tmp_path)  # type: ignore[arg-type]
    assert done.returncode == 0, done.stderr
