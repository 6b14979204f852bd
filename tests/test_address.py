"""`[store] database` says where, never the password, and rows never travel in the clear."""

from pathlib import Path

import pytest

from vallum.ground.errors import BadSetting
from vallum.store.address import Address, _fields, parse, schema_of


def test_an_address_comes_back_as_it_was_written_with_its_schema() -> None:
    made = parse("postgresql://desk@db.example/tumen", "Tumen 2022")
    assert (made.user, made.host, made.port, made.database) == ("desk", "db.example", 5432, "tumen")
    assert made.schema == schema_of("Tumen 2022")
    assert str(made) == f"postgresql://desk@db.example/tumen?schema={made.schema}"
    assert parse(str(made), "another name") == made


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://desk@127.0.0.1:5433/t?schema=a&sslmode=verify-full",
        "postgresql://desk@localhost/t?schema=a",
        "postgresql://desk@[::1]:5433/t?schema=a",
        "postgresql://desk@/t?schema=a&host=/var/run/postgresql",
        "postgresql://a%40b@db.example/t%20u?schema=a&sslrootcert=/etc/ca.pem",
    ],
    ids=["tls-here", "here", "six", "socket", "quoted"],
)
def test_each_form_survives_being_written(text: str) -> None:
    made = parse(text, "p")
    assert parse(str(made), "q") == made


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("postgresql://desk:geheim@db.example/t", "holds a password"),
        ("postgresql://desk@db.example/t?password=geheim", "holds a password"),
        ("mysql://desk@db.example/t", "no address like"),
        ("postgresql://db.example/t", "user, database and one host"),
        ("postgresql://desk@db.example", "user, database and one host"),
        ("postgresql://desk@db.example/t?host=/run", "user, database and one host"),
        ("postgresql://desk@/t?host=run", "folder of a socket"),
        ("postgresql://desk@db.example/t?options=-c", "'options' is not known"),
        ("postgresql://desk@db.example/t?sslmode=disable", "in the clear"),
        ("postgresql://desk@db.example/t?sslmode=require", "sslmode is verify-full"),
        ("postgresql://desk@db.example:port/t", "no address like"),
        ("postgresql://desk@db.example/t?schema=public", "schema is a name"),
        ("postgresql://desk@db.example/t?schema=pg_temp", "schema is a name"),
        ('postgresql://desk@db.example/t?schema=a"b', "schema is a name"),
        ("postgresql://[desk@db.example/t", "no address like"),
    ],
    ids=[
        "password", "password-query", "scheme", "no-user", "no-database", "two-hosts", "bad-socket",
        "options", "clear", "require", "port", "public", "pg", "quote", "bracket",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_and_no_password_is_repeated(text: str, words: str) -> None:
    with pytest.raises(BadSetting, match=words) as told:
        parse(text, "p")
    assert "geheim" not in str(told.value)
    assert "nothing was changed" in str(told.value)


@pytest.fixture
def named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A password file that names db.example and nothing else."""
    kept = tmp_path / "named"
    kept.write_text("DB.example:*:*:*:theirs\n")
    kept.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    for name in ("PGPASSWORD", "PGHOST"):
        monkeypatch.delenv(name, raising=False)
    return kept


@pytest.mark.usefixtures("named")
def test_another_machine_is_spoken_to_over_tls_that_checks_its_name() -> None:
    import ssl

    context = parse("postgresql://desk@db.example/t", "p").arguments()["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert "ssl_context" not in parse("postgresql://desk@127.0.0.1/t", "p").arguments()


@pytest.mark.parametrize(
    "line",
    ["", "*:*:*:*:mine", "other.example:*:*:*:mine", "#db.example:5432:t:desk:mine", "db.example"],
    ids=["none", "any-host", "other", "comment", "no-password"],
)
def test_another_machine_that_only_the_settings_name_is_not_asked(named: Path, line: str) -> None:
    named.write_text(f"{line}\n")
    far = parse("postgresql://desk@db.example:5433/t", "p")
    with pytest.raises(BadSetting, match=r"nothing was asked and no password left") as told:
        far.arguments()
    assert "db.example:5433:t:desk:PASSWORD to ~/.pgpass" in str(told.value)
    assert "mine" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_password_file_that_others_can_read_names_nobody(named: Path) -> None:
    far = parse("postgresql://desk@db.example/t", "p")
    named.write_text("db.example:*:*:*:theirs\n")
    assert far.arguments()["password"] == "theirs"
    named.chmod(0o640)
    with pytest.raises(BadSetting, match="nothing was asked"):
        far.arguments()


def test_a_password_of_the_environment_goes_only_to_the_host_of_the_environment(
    named: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    far = parse("postgresql://desk@db.example/t", "p")
    monkeypatch.setenv("PGPASSWORD", "given")
    named.write_text("db.example:*:other:*:theirs\n")
    assert far.arguments()["password"] is None  # the host is named, but not for this database
    monkeypatch.setenv("PGHOST", "elsewhere.example")
    assert far.arguments()["password"] is None
    monkeypatch.setenv("PGHOST", "db.Example")
    assert far.arguments()["password"] == "given"
    named.unlink()
    assert far.arguments()["password"] == "given"
    monkeypatch.delenv("PGHOST")
    for here in ("postgresql://desk@127.0.0.1/t", "postgresql://desk@/t?host=/run"):
        assert parse(here, "p").arguments()["password"] == "given"


def test_what_a_stranger_writes_does_not_act_on_the_terminal() -> None:
    for text in ("postgresql://a%1b[2J@db.example/t", "postgresql://a@db\x1b.example/t",
                 "postgresql://a@/t?host=/run%0a"):  # fmt: skip
        with pytest.raises(BadSetting, match=r"\[store\] database: it") as told:
            parse(text, "p")
        assert str(told.value).isprintable()


@pytest.mark.usefixtures("named")
def test_a_certificate_that_is_not_there_is_named() -> None:
    made = parse("postgresql://desk@db.example/t?sslrootcert=/nowhere.pem", "p")
    with pytest.raises(BadSetting, match="sslrootcert"):
        made.arguments()


def test_the_password_is_found_as_the_programs_of_postgresql_find_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "pgpass"
    kept.write_text(
        "# a comment\nother:*:*:*:wrong\ndb.example:5432:t:else:wrong\n"
        "db.example:*:t:desk:ri\\:ght\\\\\nlocalhost:*:*:desk:socket\n"
    )
    kept.chmod(0o600)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", str(kept))
    far = parse("postgresql://desk@db.example/t", "p")
    assert far.arguments()["password"] == "ri:ght\\"
    assert parse("postgresql://desk@/t?host=/run", "p").arguments()["password"] == "socket"
    assert parse("postgresql://nobody@db.example/t", "p").arguments()["password"] is None
    kept.chmod(0o644)
    near = parse("postgresql://desk@localhost/t", "p")
    assert near.arguments()["password"] is None
    monkeypatch.setenv("PGPASSWORD", "given")
    assert near.arguments()["password"] == "given"
    for said in (str(far), far.in_words(), repr(far)):
        assert "given" not in said


def test_a_schema_follows_from_a_name_in_any_script() -> None:
    names = ["Tumen", "tumen", "두만강", "", "pg_catalog", "a" * 200, 'x"; DROP']
    made = [schema_of(name) for name in names]
    assert len(set(made)) == len(names)
    for schema in made:
        assert parse(f"postgresql://u@localhost/d?schema={schema}", "p").schema == schema


def test_a_line_of_the_password_file_may_hold_colons_at_its_end() -> None:
    assert _fields("h:1:d:u:a:b:c") == ["h", "1", "d", "u", "a:b:c"]
    assert _fields("#h:1:d:u:p") == []
    assert isinstance(parse("postgresql://u@localhost/d", "p"), Address)
