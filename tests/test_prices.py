"""Price files: read as a person writes them; what cannot be used is said, the rest goes on."""

import pytest

from vallum.ground.errors import BadTable
from vallum.measure import prices

ONE = 'provider = "P"\nname = "n"\ngsd_m = 0.5\nprice_per_km2 = 10\n'


def write(folder, text, name="prices.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_read_whole_and_calls_every_price_an_example(tmp_path):
    found, problems = prices.read(write(tmp_path, prices.EXAMPLE))
    assert problems == []
    assert len(found) == 3
    assert all("EXAMPLE" in one.provider and "EXAMPLE" in one.name for one in found)
    assert {one.currency for one in found} == {"EXAMPLE"}


def test_a_table_says_the_same_as_toml(tmp_path):
    text = "provider,name,gsd_m,price_per_km2,min_km2,collections\nP,n,0.5,10,25,a;b\n"
    found, _ = prices.read(write(tmp_path, text, "prices.csv"))
    assert found[0].limits.min_km2 == 25
    assert found[0].collections == ("a", "b")
    toml, _ = prices.read(
        write(tmp_path, f'[[product]]\n{ONE}min_km2 = 25\ncollections = ["a", "b"]\n')
    )
    assert toml == found


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("price = 3", "does not know 'price'"),
        ("min_km2 = -1", "min_km2"),
        ("max_vertices = 2", "max_vertices"),
        ('mode = "lease"', "neither archive"),
        ('since = "soon"', "soon"),
        ("clear_share = true", "clear_share"),
        ("min_km2 = 9\nmax_km2 = 4", "max_km2"),
    ],
    ids=["unknown", "negative", "corners", "mode", "date", "truth", "limits"],
)
def test_a_product_that_cannot_be_used_is_left_out_by_name(tmp_path, line, word):
    text = f"[[product]]\n{ONE}\n[[product]]\n{ONE}{line}\n"
    found, problems = prices.read(write(tmp_path, text))
    assert len(found) == 1
    assert "product 2" in problems[0]
    assert word in problems[0]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "no product"),
        ("[[product", "cannot be read"),
        ("product = 3", "under its own"),
        ('[[product]]\nprovider = "P"\nname = "n"\ngsd_m = 0.5\n', "price_per_km2"),
        (
            f'[[product]]\ncurrency = "A"\n{ONE}[[product]]\ncurrency = "B"\n{ONE}',
            "several currencies",
        ),
    ],
    ids=["empty", "broken", "no list", "no price", "currencies"],
)
def test_a_file_without_a_usable_product_is_refused(tmp_path, text, word):
    with pytest.raises(BadTable, match=word):
        prices.read(write(tmp_path, text))


def test_a_file_that_is_not_there_is_refused_with_the_next_step(tmp_path):
    with pytest.raises(BadTable, match="--example-prices"):
        prices.read(tmp_path / "none.toml")


def test_a_small_area_is_paid_as_the_least():
    one = prices.Product(
        provider="P", name="n", gsd_m=0.5, price_per_km2=10, min_price=50,
        limits=prices.Limits(min_km2=3),
    )  # fmt: skip
    assert one.price(1) == 50
    assert one.price(8) == 80
    assert one.price(8, 2) == 160


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 20_000, f"[[product]]\n{ONE}min_km2 = {'9' * 5000}\n"],
    ids=["nested", "digits"],
)
def test_a_file_made_to_break_a_reader_gives_one_line(tmp_path, text):
    with pytest.raises(BadTable, match="too deep or a number too long"):
        prices.read(write(tmp_path, text))


def test_names_are_one_plain_line(tmp_path):
    one = ONE.replace('"n"', '"n\\u001b[2J\\nlost' + "x" * 500 + '"')
    found, _ = prices.read(write(tmp_path, f"[[product]]\n{one}"))
    assert found[0].name.startswith("n [2J lost")
    assert len(found[0].name) == 200
