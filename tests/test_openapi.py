"""The API is what it says it is: fuzzed in memory against its own description."""

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import small_border
import web_client
from vallum import steps
from vallum.web.app import openapi

# What takes minutes, or makes folders, is asked elsewhere.
LEFT_OUT = r"/api/(demo|projects|open|close|run|steps/.*|images/folder|join|vault|vault/keys)$"
STARTS = r"/api/(catalogue|plans|cues|shopping|terrain|publishing(/editions|/sheets)?)$"  # a job, when it is posted
CHECKED = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("fuzzed")
    small = small_border.make(folder / "made")
    project, _ = steps.new(folder / "small", frontier=small.line, before="2019", after="2022")
    project.close()
    home = web_client.home_of(folder / "small", Path(folder))
    home.is_local = False
    client = web_client.keeper(home)
    app = web_client.app_of(home)
    schema = schemathesis.openapi.from_dict(openapi(app))
    schema.app = app
    yield schema.exclude(path_regex=LEFT_OUT).exclude(path_regex=STARTS, method="POST"), client
    home.close()


def test_no_request_breaks_it_and_every_answer_is_as_described(api) -> None:
    schema, client = api
    asked = set()

    @settings(
        max_examples=6,
        deadline=None,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    def fuzz(case: schemathesis.Case) -> None:
        asked.add(case.operation.label)
        case.call_and_validate(
            base_url=web_client.BASE,
            headers={"Origin": web_client.BASE},
            cookies=dict(client.cookies),
            checks=list(CHECKED),
        )

    for found in schema.get_all_operations():
        given(found.ok().as_strategy())(fuzz)()
    assert len(asked) > 12
    said = {label.partition("/api/")[2].partition("/")[0] for label in asked}
    assert said >= {"exhibits", "claims", "sources", "vault", "when", "jobs"}


def test_what_is_secret_is_only_ever_sent_to_the_server(api) -> None:
    schema, _ = api
    parts = schema.raw_schema["components"]["schemas"]
    secrets = {
        (name, field)
        for name, part in parts.items()
        for field, values in part.get("properties", {}).items()
        if "password" in str(values)
    }
    assert secrets == {
        ("KeyBody", "passphrase"),
        ("UnlockBody", "identity"),
        ("UnlockBody", "passphrase"),
        ("NewSource", "identity"),
        ("SourceChange", "identity"),
    }
