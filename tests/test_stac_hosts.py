"""Which addresses are asked: public servers over https, never the own machine or network."""

import pytest

from vallum.ground.errors import AddressRefused, NotReached
from vallum.imagery.stac.hosts import Rules, same_origin, shown

PUBLIC = "93.184.215.14"


def rules(*addresses: str, private: str = "") -> Rules:
    return Rules(
        private=frozenset(filter(None, private.split(","))),
        resolver=lambda _host, _port: list(addresses),
    )


@pytest.mark.parametrize(
    "href",
    [
        "http://stac.example/v1",
        "file:///etc/passwd",
        "/etc/passwd",
        "ftp://stac.example/",
        "gopher://stac.example/",
        "s3://bucket/key.tif",
        "/vsicurl/https://stac.example/a.tif",
        "https://",
        "https:///path",
        "https://name:word@stac.example/",
        "https://stac.example@127.0.0.1/",
        "https://stac.example/\r\nHost: other",
        "https://stac.example\\@127.0.0.1/",
        "https://stac.example:0/",
        "https://stac.example:99999/",
        "https://" + "a" * 9000,
        "https://[::1",
        "javascript:alert(1)",
    ],
    ids=[f"address {n}" for n in range(18)],
)
def test_what_is_no_plain_https_address_is_refused_before_anything_is_sent(href: str) -> None:
    asked = []
    checked = Rules(resolver=lambda host, port: asked.append(host) or [PUBLIC])
    with pytest.raises(AddressRefused, match="nothing was sent"):
        checked.check(href)
    assert not asked


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "169.254.1.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe",
        "fec0::1",
        "5f00::1",
        "168.63.129.16",
        "::ffff:0:7f00:1",
        "::ffff:0:a9fe:a9fe",
        "2606:2800::5efe:a00:1",
        "2606:2800::200:5efe:c0a8:101",
        "no address",
    ],
)
def test_special_addresses_are_refused_in_every_spelling(address: str) -> None:
    checked = rules(address)
    with pytest.raises(AddressRefused, match="nothing was sent"):
        checked.addresses(checked.check("https://stac.example/"))


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
                                     "64:ff9b::5db8:d70e"])  # fmt: skip
def test_public_addresses_are_asked(address: str) -> None:
    checked = rules(address)
    assert checked.addresses(checked.check("https://stac.example/")) == [address]


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    checked = rules(PUBLIC, "192.168.1.1")
    with pytest.raises(AddressRefused, match="private network"):
        checked.addresses(checked.check("https://stac.example/"))


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost"])
def test_numbers_that_the_system_takes_for_the_own_machine_are_refused(host: str) -> None:
    checked = Rules()  # the real resolver
    with pytest.raises((AddressRefused, NotReached)):
        checked.addresses(checked.check(f"https://{host}/"))


def test_a_name_that_nobody_knows_is_said() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise OSError("no such host")

    checked = Rules(resolver=unknown)
    with pytest.raises(NotReached, match="no server of this name"):
        checked.addresses(checked.check("https://stac.example/"))


def test_a_private_server_is_asked_when_a_person_named_it() -> None:
    checked = rules("192.168.1.7", private="stac.desk.example:8080")
    address = checked.check("http://stac.desk.example:8080/v1?a=b")
    assert checked.addresses(address) == ["192.168.1.7"]
    assert (address.netloc, address.target) == ("stac.desk.example:8080", "/v1?a=b")


@pytest.mark.parametrize(
    "href", ["http://stac.desk.example:9090/", "http://other.desk.example:8080/"]
)
def test_only_the_named_port_and_name_are_private_ones(href: str) -> None:
    with pytest.raises(AddressRefused, match="is not https"):
        rules("192.168.1.7", private="stac.desk.example:8080").check(href)


@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fd00:ec2::254", "168.63.129.16", "224.0.0.1"]
)
def test_naming_a_host_does_not_open_the_service_of_passwords(address: str) -> None:
    checked = rules(address, private="stac.desk.example")
    with pytest.raises(AddressRefused):
        checked.addresses(checked.check("https://stac.desk.example/"))


def test_a_public_catalogue_cannot_reach_what_is_named_for_a_private_one() -> None:
    named = "stac.desk.example:8080"
    own = Rules.of(named, "http://stac.desk.example:8080/v1")
    other = Rules.of(named, "https://stac.example/v1")
    assert own.check("http://stac.desk.example:8080/a.tif").port == 8080
    with pytest.raises(AddressRefused):
        other.check("http://stac.desk.example:8080/a.tif")


def test_an_address_is_shown_without_what_may_be_secret() -> None:
    href = "https://me:word@files.example:8443/a/b.tif?sig=SECRET&se=2026#SECRET"
    assert shown(href) == "https://files.example:8443/a/b.tif"
    address = Rules().check("https://files.example/b.tif?sig=SECRET")
    assert "SECRET" in address.href
    assert "SECRET" not in repr(address)


def test_names_in_other_scripts_become_plain_ones() -> None:
    assert Rules().check("https://EXÄMPLE.example./").host == "xn--exmple-cua.example"


def test_same_server_means_scheme_host_and_port() -> None:
    assert same_origin("https://a.example/x", "https://A.example:443/y")
    assert not same_origin("https://a.example/x", "https://a.example:8443/x")
