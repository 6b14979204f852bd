"""Claims are read out of texts with their words, places and dates; what is unrelated yields none."""

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import claim_keys
from vallum.claims.body import body_of
from vallum.claims.read import read
from vallum.ground.prose.text import Markup
from vallum.ground.saidkinds import Access, Modality, Subject

DAY = date(2021, 6, 14)


def only(text, published=DAY):
    (claim,) = read(text, published=published)
    return claim


@pytest.mark.parametrize(
    ("split", "precision", "recall"),
    [("dev", 0.95, 0.95), ("dev2", 0.9, 0.9), ("test", 0.9, 0.9), ("dev3", 0.95, 0.95)],
)
def test_own_texts_are_read_as_their_keys_say(split, precision, recall):
    every = claim_keys.texts(split)
    assert len(every) >= 8
    s = claim_keys.score(every, claim_keys.as_vallum_reads)
    assert s.precision >= precision
    assert s.recall >= recall
    for field in claim_keys.FIELDS:
        assert s.share(field) >= (0.9 if split == "dev" else 0.7), field


@pytest.mark.real
def test_every_claim_of_the_articles_is_found(shared_data):
    every = claim_keys.articles(shared_data / "articles")
    s = claim_keys.score(every, read)
    assert (s.missed, s.extra) == (0, 0)
    for field in claim_keys.FIELDS:
        assert s.share(field) >= 0.95, field


@pytest.mark.real
def test_openings_of_other_articles_yield_nothing(shared_data):
    text = (shared_data / "articles" / "reuters-border-2023.txt").read_text("utf-8-sig")
    tail = text.index("In their recent op-ed")
    assert max(one.end for one in body_of(text).sentences) <= tail
    # Even where they name what we look for.
    names = text[:tail] + text[tail:].replace("Taiwan", "Hoeryong fence").replace(
        "HEMP", "guard post"
    )
    assert all(claim.end <= tail for claim in read(names, published=date(2023, 5, 29)))


def test_texts_of_somebody_who_had_not_seen_the_reader_are_read_well_enough():
    # Totals only: whoever looks at what is missed in these texts spoils them.
    s = claim_keys.score(claim_keys.texts("test3"), claim_keys.as_vallum_reads)
    assert s.found + s.missed >= 35
    assert s.precision >= 0.8
    assert s.recall >= 0.75


def test_other_spellings_of_a_place_are_that_place_and_no_other():
    assert claim_keys.is_right("places", "Chunggang", "Junggang")
    assert claim_keys.is_right("places", "Bialowieza; Kuznica", "Kuźnica; Białowieża")
    assert claim_keys.is_right("places", "Bug", "Bug River")
    assert not claim_keys.is_right("places", "Donggang", "Dandong")
    assert not claim_keys.is_right("places", "Tumen", "Tuman / Tumen")
    assert not claim_keys.is_right("places", "Hoeryong", "Hoeryong; Musan")
    assert not claim_keys.is_right("places", "Hoeryong", "-")


def test_the_key_is_large_enough_and_names_no_place_twice():
    own = [*claim_keys.texts("dev"), *claim_keys.texts("test")]
    assert len(own) >= 20
    assert sum(len(text.keys) for text in own) >= 60
    assert len({text.name for text in own}) == len(own)


def test_a_claim_carries_its_words_and_its_sentence():
    text = "Traders came. Soldiers built 14 new guard posts near Musan in May, a trader said.\n"
    claim = only(text)
    assert text[claim.start : claim.end] == claim.text == "14 new guard posts"
    assert text[slice(*claim.sentence)].startswith("Soldiers built")
    assert claim.kind is Subject.GUARD_POST
    assert claim.modality is Modality.COMPLETED
    assert claim.quantity.low == claim.quantity.high == 14
    assert claim.places[0].name == "Musan"
    assert claim.places[0].precision == "locality"
    assert claim.places[0].is_near
    assert claim.time.edtf == "2021-05"
    assert (claim.when.earliest, claim.when.latest) == (date(2021, 5, 1), date(2021, 5, 31))
    assert claim.attribution == "a trader"
    assert claim.access is Access.DIRECT
    assert claim.to_json()["date"]["first"] == "2021-05-01"


@pytest.mark.parametrize(
    ("said", "modality"),
    [
        ("The army plans to build a wall at Musan.", "planned"),
        ("A wall will be built at Musan.", "planned"),
        ("Pyongyang ordered officials to build a wall at Musan.", "ordered"),
        ("A wall is being built at Musan.", "under_way"),
        ("Construction of a wall began at Musan.", "under_way"),
        ("A wall was built at Musan.", "completed"),
        ("They finished building a wall at Musan.", "completed"),
        ("A wall stands at Musan.", "present"),
        ("A wall at Musan was torn down.", "removed"),
        ("Officials denied that a wall was built at Musan.", "denied"),
        ("No wall was built at Musan.", "denied"),
        ("A wall was never built at Musan.", "denied"),
        ("There have been no public reports of a wall at Musan.", "no_public_reports"),
    ],
)
def test_how_far_a_thing_is_follows_from_the_words(said, modality):
    assert only(said).modality == modality


@pytest.mark.parametrize(
    ("said", "kind", "modality"),
    [
        pytest.param(
            "Three watchtowers went up near Musan in May.", "watchtower", "completed", id="went_up"
        ),
        pytest.param(
            "Razor wire has been strung along the river at Musan.",
            "fence",
            "completed",
            id="strung",
        ),
        pytest.param(
            "A row of floodlights was put in place at Musan.",
            "lights",
            "completed",
            id="put_in_place",
        ),
        pytest.param(
            "Set up in March, the checkpoint at Musan has never been without a queue.",
            "checkpoint",
            "completed",
            id="set_up_first",
        ),
        pytest.param("The gate at Musan has been bricked up.", "gate", "removed", id="bricked_up"),
        pytest.param(
            "Engineers laid mines beside the river at Musan.", "mines", "completed", id="laid_mines"
        ),
        pytest.param(
            "The bank at Musan has been cleared of trees.",
            "cleared_strip",
            "completed",
            id="cleared_of_trees",
        ),
        pytest.param(
            "Men with axes have torn out the old fence at Musan.", "fence", "removed", id="torn_out"
        ),
        pytest.param(
            "The dismantling of the watchtowers at Musan has begun.",
            "watchtower",
            "under_way",
            id="dismantling_of",
        ),
        pytest.param(
            "The brigade is to build a wall at Musan.", "wall", "planned", id="is_to_build"
        ),
        pytest.param("Plans call for a ditch at Musan.", "ditch", "planned", id="plans_call_for"),
        pytest.param(
            "The bridge at Musan will be fitted with cameras.",
            "camera",
            "planned",
            id="fitted_with",
        ),
        pytest.param(
            "We saw no sign of an electric fence at Musan.",
            "electric_fence",
            "denied",
            id="no_sign_of",
        ),
        pytest.param("A wall has yet to appear at Musan.", "wall", "denied", id="has_yet_to"),
        pytest.param(
            "The ministry denied building a wall at Musan.", "wall", "denied", id="denied_building"
        ),
        pytest.param(
            "Completion of the wall at Musan was announced on Monday.",
            "wall",
            "completed",
            id="completion_of",
        ),
        pytest.param(
            "Crews are pouring concrete for a wall at Musan.", "wall", "under_way", id="pouring"
        ),
        pytest.param(
            "A contract for 12 km of fence at Musan was awarded to a builder.",
            "fence",
            "planned",
            id="contract_for",
        ),
        pytest.param("The ditch at Musan has been filled in.", "ditch", "removed", id="filled_in"),
        pytest.param(
            "Soldiers were told to string wire fences at Musan.", "fence", "ordered", id="told_to"
        ),
    ],
)
def test_the_same_is_said_in_other_words(said, kind, modality):
    claim = only(said)
    assert (claim.kind, claim.modality) == (kind, modality)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(
            "The border town's orchard has a wall around it, and the farmer mended it himself.",
            id="orchard",
        ),
        pytest.param(
            "Negotiators at the border hit a wall, and the talks were broken off.", id="hit_a_wall"
        ),
        pytest.param("If a fence were built at Musan, traders would lose their living.", id="if"),
        pytest.param("Will the army build a wall at Musan?", id="question"),
        pytest.param(
            "Near the border, a neighbour put up a fence around her chicken run in Musan.",
            id="chicken_run",
        ),
        pytest.param(
            "Police in Musan arrested two men who had stolen a bicycle.", id="ordinary_crime"
        ),
        pytest.param(
            "A wall of water came down the Tumen River and the border villages were flooded.",
            id="wall_of_water",
        ),
        pytest.param("Talks about the border opened the gates to trade.", id="gates_to_trade"),
        pytest.param(
            "The club in Musan will replace the floodlights of its football ground beside the border road.",
            id="club",
        ),
        pytest.param("She asked whether a fence had been built on the border.", id="whether"),
    ],
)
def test_what_was_not_built_at_a_border_or_not_said_is_no_claim(said):
    assert read(said, published=DAY) == ()


@pytest.mark.parametrize(
    ("said", "kind", "quantity", "modality"),
    [
        ("Nine miles of it were finished in May.", "wall", 9, "completed"),
        ("Another 26 km are being built near Onsong.", "wall", 26, "under_way"),
        ("It was torn down in May.", "wall", None, "removed"),
        ("A second one is planned at Onsong.", "wall", None, "planned"),
    ],
    ids=["of_it", "another_26_km", "it", "a_second_one"],
)
def test_what_points_back_is_of_the_thing_named_before(said, kind, quantity, modality):
    _, claim = read(f"A wall stands at Musan. {said}", published=DAY)
    assert (claim.kind, claim.modality) == (kind, modality)
    assert (claim.quantity.low if claim.quantity else None) == quantity


@pytest.mark.parametrize(
    "said",
    [
        "Trade grew. It was finished by noon.",
        "A wall stands at Musan. They were sick of it.",
        "A wall stands at Musan. Another 14 people were late.",
        "A wall stands at Musan. A gate beside it has been painted green and it rained.",
    ],
    ids=["nothing_before", "sick_of_it", "people", "beside_it"],
)
def test_what_points_at_nothing_is_no_claim_of_its_own(said):
    claims = read(f"The border. {said}", published=DAY)
    assert all(claim.text.split()[-1] in {"wall", "gate"} for claim in claims)


def test_answers_in_a_list_keep_their_own_places():
    text = (
        "Answer: (a) 12 km of fence were built near Musan. (b) Floodlights will be installed near "
        "Onsong. (c) A wall stands in Hyesan."
    )
    claims = read(text, published=DAY)
    assert [claim.places[0].name for claim in claims] == ["Musan", "Onsong", "Hyesan"]


@pytest.mark.parametrize(
    ("amount", "low", "high", "unit"),
    [
        ("at least 489 km of fence", 489, None, "km"),
        ("up to 6 km of fence", None, 6, "km"),
        ("about 2.5 miles of fence", 2.5, 2.5, "mi"),
        ("hundreds of kilometers of fence", 200, None, "km"),
        ("between 4 and 6 km of fence", 4, 6, "km"),
        ("a 20-kilometer concrete fence", 20, 20, "km"),
        ("half a dozen guard posts", 6, 6, "count"),
        ("one hundred and sixty-nine guard posts", 169, 169, "count"),
        ("5,450 guard posts", 5450, 5450, "count"),
        ("multiple layers of fencing", 2, None, "layers"),
    ],
)
def test_amounts_are_read_with_what_softens_them(amount, low, high, unit):
    q = only(f"Soldiers built {amount} near Musan.").quantity
    assert (q.low, q.high, q.unit) == (low, high, unit)
    assert q.as_stated in amount


def test_a_date_or_a_height_is_no_amount():
    assert only("On 3 November 2020 cameras were installed in Onsong.").quantity is None
    assert only("In 2020 guard posts were built in Onsong.").quantity is None
    assert only("A wall, five meters high, stands in Onsong.").quantity is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Hoeryŏng", "Hoeryong"), ("Hoeryeong", "Hoeryong"), ("회령시", "Hoeryong"),
        ("會寧", "Hoeryong"), ("Ji’an", "Ji'an"), ("Jian City", "Ji'an"), ("Rason", "Rason (Rajin)"),
        ("Tumen", "Tumen"), ("Saebyol County", "Kyongwon"), ("the village of Gaxyz", "Gaxyz"),
    ],
)  # fmt: skip
def test_places_are_known_by_every_name(written, name):
    assert [one.name for one in only(f"A guard post was built in {written}.").places] == [name]


def test_a_name_of_two_things_shows_its_rival():
    town = only("A wall was built in Tumen.").places[0]
    river = only("A wall was built along the Tumen River.").places[0]
    assert (town.country, river.precision) == ("CN", "region")
    assert town.rivals


def test_what_no_gazetteer_has_stays_as_stated():
    place = only("A wall was built near Oberdorf on the border.").places[0]
    assert (place.name, place.precision, place.lon) == ("Oberdorf", "unplaced", None)


@pytest.mark.parametrize(
    "said",
    [
        "The wall of the museum near the border is white.",
        "A camera crew crossed the border.",
        "The Great Wall near the border drew visitors.",
        "Trade across the border grew.",
        "Guards stood near the fence at the border.",
        "It is not clear where the checkpoints at the border will stand.",
    ],
)
def test_other_things_of_the_same_name_are_no_claims(said):
    assert read(said, published=DAY) == ()


@pytest.mark.parametrize(
    ("said", "who", "access"),
    [
        ("Fences were built in Musan, according to two officials.", "two officials", "direct"),
        ("A defector told Border Post that fences were built in Musan.", "A defector", "direct"),
        ("Chinese media reported that fences were built in Musan.", "Chinese media", "hearsay"),
        ("Fences were reportedly built in Musan.", "", "hearsay"),
        ("My cousin told me that fences were built in Musan.", "My cousin", "hearsay"),
        ("Satellite images show that fences were built in Musan.", "Satellite images", "direct"),
        ("Fences were built in Musan.", "", "unknown"),
        ("Fences were built in Musan, said a farmer who lives there.", "a farmer", "direct"),
        ("Fences were built in Musan, the paper wrote, and burnt.", "the paper", "direct"),
    ],
)
def test_who_says_so_and_how_they_know(said, who, access):
    claim = only(said)
    assert (claim.attribution, claim.access) == (who, access)


def test_a_pronoun_is_whom_it_means():
    first, second = read(
        "A trader in Jilin said a wall was built in Musan. He added that a gate will follow in Musan.",
        published=DAY,
    )
    assert first.attribution == second.attribution == "A trader in Jilin"


def test_a_page_yields_the_claims_of_its_article_at_their_places():
    page = (
        "<html><head><title>x</title></head><body><nav>Border fence built in Onsong</nav>"
        "<article><h1>Border</h1><p>Soldiers built a <b>double fence</b> &amp; 3 guard&nbsp;posts in "
        "Musan.</p><div class='related'>A wall was built in Hoeryong.</div></article>"
        "<footer>Watchtowers rise in Hyesan.</footer></body></html>"
    )
    claims = read(page, published=DAY, markup=Markup.HTML)
    assert [claim.kind for claim in claims] == [Subject.DOUBLE_FENCE, Subject.GUARD_POST]
    assert page[claims[0].start : claims[0].end] == "double fence"
    assert {place.name for claim in claims for place in claim.places} == {"Musan"}


def test_a_paragraph_printed_twice_counts_once():
    caption = "Soldiers built 12 guard posts near Musan on the border in May, says the caption."
    assert len(read(f"{caption}\n{caption} Image: Somebody\n", published=DAY)) == 1


def test_wrapped_lines_are_read_as_one_paragraph():
    text = (
        "Soldiers of the border command built fourteen kilometers of electric\n"
        "fence between Hoeryong and Musan in May, a trader who often crosses\n"
        "there said. He added that the authorities plan to build twelve guard\n"
        "posts near Onsong, and that people were told to keep away from them.\n"
    )
    fence, posts = read(text, published=DAY)
    assert (fence.kind, fence.quantity.low) == (Subject.ELECTRIC_FENCE, 14)
    assert (posts.kind, posts.modality) == (Subject.GUARD_POST, Modality.PLANNED)
    assert text[posts.start : posts.end] == "twelve guard\nposts"


WORDS = st.sampled_from(
    ["fence", "walls", "guard", "posts", "near", "Musan", "회령", "in", "April", "last", "month", "12", "km", "of", "“", "”", ",", ".", ";", "(", ")", "<p>", "&", "a", "said", "told", "that", "were", "built", "not", "no", "-", "\n", "\t", "é", "𝔘", "the", "the", "between", "99999999999", "and", "0.5", "2019", "January", "32"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(WORDS, max_size=60).map(" ".join), st.sampled_from([*Markup]))
def test_offsets_always_match_whatever_the_text(text, markup):
    for claim in read(text, published=DAY, markup=markup):
        assert 0 <= claim.start < claim.end <= len(text)
        assert claim.text == text[claim.start : claim.end]
        assert claim.sentence[0] <= claim.start < claim.end <= claim.sentence[1]
        if claim.time and claim.time.first and claim.time.last:
            assert claim.time.first <= claim.time.last
        if claim.quantity and claim.quantity.low is not None and claim.quantity.high is not None:
            assert claim.quantity.low <= claim.quantity.high


@settings(max_examples=150)
@given(
    st.text(max_size=300), st.sampled_from([*Markup]), st.dates(date(1, 1, 1), date(9999, 12, 31))
)
def test_no_text_and_no_day_of_publication_is_too_strange(text, markup, day):
    read("Last week a border fence, two years ago. " + text, published=day, markup=markup)


@pytest.mark.parametrize("day", [date.min, date(1, 2, 3), date(2020, 2, 29), date.max])
def test_the_ends_of_the_calendar_are_no_trap(day):
    said = "Last month, next year, 3 years ago, since then, mid-April, next week, in December "
    claims = read(f"{said} a border fence was built in Musan last year.", published=day)
    assert [claim.kind for claim in claims] == [Subject.FENCE]


@pytest.mark.parametrize(
    "piece",
    [
        "Soldiers built 12 km of new fence near Musan last month, a source told Border Post. ",
        "a " * 30, "border fence, ", "in the ", "“", "<div class='x'>", "new or ", "1,000 ", "A, ",
        "who ", "Musan and ", "report by ", "wall ", "clear a strip ", "(a) . ", "12 km of it ",
    ],
)  # fmt: skip
def test_a_hundred_kilobytes_take_less_than_two_seconds(piece):
    text = ("The border. " + piece * (100_000 // len(piece)))[:100_000]
    start = time.process_time()  # of this process: the machine may be shared
    read(text, published=DAY, markup=Markup.HTML if "<" in piece else Markup.PLAIN)
    assert time.process_time() - start < 2


def test_a_claim_without_a_time_has_no_bracket():
    claim = only("A wall stands in Musan.")
    assert claim.when is None
    assert replace(claim, time=None).to_json()["date"] is None
