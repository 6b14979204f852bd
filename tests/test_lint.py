"""The linter finds the published inconsistencies in other words, and leaves clean texts alone."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vallum.ground.errors import BadInput, TooLarge
from vallum.ground.prose.spelled import worth
from vallum.ground.prose.text import blanked
from vallum.measure.lint import Fact, Markup, check
from vallum.measure.lint.numbers import read
from vallum.measure.published import figures
from vallum.steps.linting import lint

ROOT = Path(__file__).parents[1]
FIGURES = figures()
REUTERS = "reuters-border-2023.txt"

PARTS = (
    "A total of 743 km of fencing was identified, including 282 km of newly built fence and 260 km of upgraded primary fence.",
    "The network grew by 282 km of new fence while 260 km was upgraded, taking its overall length to 743 km.",
    "HRW identified 282 km of new fencing and 260 km of enhanced primary fencing between 2020 and 2023, for a combined 743 km.",
    "North Korea built 282 km of new fencing and enhanced 260 km of primary fence, 743 km in all.",
    "Between 2020 and 2023 authorities put up 282 kilometres of new fence and upgraded another 260 kilometres, bringing the total to 743 kilometres.",
    "The total length of fencing is 743 km, of which 282 km are new and 260 km were enhanced.",
    "743 km of fence, comprising 282 km of new and 260 km of enhanced primary fence",
    "They added 282km of new fences. A further 260km of existing fence was reinforced. The total now stands at 743km.",
    "282 + 260 = 743 km",
    "In total 743 kilometers of fencing now line the frontier: 282 kilometers newly built and 260 kilometers strengthened.",
    "The report found 282 kilometres of new fence, on top of 260 kilometres that were upgraded. Altogether, the barriers run for 743 kilometres.",
    "According to the report, 282 kilometers (175 miles) of new fencing have gone up since 2020, while 260 km of existing primary fencing was enhanced. All layers together now measure 743 km.",
    "Pyongyang erected 282km of new fence and strengthened 260km; combined, the fences are 743km long.",
    "Researchers measured 743 kilometres of fencing: 282 kilometres built from scratch and 260 kilometres that were already there and were reinforced.",
    "Since early 2020 the North has added 282 km of fences along the 321 km studied. Another 260 km of older fence has been improved, making 743 km altogether.",
    "The researchers put the overall length of fencing at 743 kilometres - 282 kilometres new, 260 kilometres enhanced.",
    "New fencing: 282 km. Enhanced fencing: 260 km. Total: 743 km.",
    "The fences total 743 km (new: 282 km; upgraded: 260 km).",
)

DELTA = (
    "By 2022 the five watchtowers of 2019 had become 169.",
    "In three years, guard posts soared from five up to 169.",
    "Satellite images show that the number of guard posts along the river reached 169 in April 2022, compared with just five in March 2019.",
    "The section had five watchtowers in 2019; the number increased to 169 by April 2022.",
    "The number of guard posts increased from five to 169.",
    "Watchtowers rose from 5 to 169 between 2019 and 2022, according to HRW.",
    "Five watchtowers stood there in March 2019. By April 2022 there were 169.",
    "In 2019 there were five guard posts. That has grown to 169 today.",
    "There had been five posts, and the total climbed to 169 after 169 new posts were built.",
    "Around Hoeryong, the count of guard posts jumped to 169, up from five.",
    "guard posts: 5 in 2019, now 169",
    "Guard posts went from five to 169, an increase of 169.",
    "In 2019 the stretch near Hoeryong was watched over from five watchtowers. Three years later there were 169.",
    "The five watchtowers that stood along the 7.4 km section in 2019 had increased to 169 guard posts by April 2022.",
    "The number of guard facilities rose from 5 to 169.",
    "While there were only five watchtowers in March 2019, 169 could be counted in April 2022.",
    "Guard posts multiplied from just five to 169 in three years",
    "The number of watchtowers, five in 2019, had grown to 169 guard posts by 2022.",
    "authorities expanded five guard towers to 169",
    "It had five watchtowers before; now it has 169 guard posts.",
    "Where there had been five guard posts in 2019, the group counted a total of 169 in April 2022.",
)

ROLL_UP = (
    "The authorities constructed another 169 guard posts and more than nine kilometers of new or improved fences.",
    "It saw more than 9 km of fencing put up or upgraded.",
    "over 9 km of new/improved fencing",
    "More than 9 km of the fencing is new or improved.",
    "By April last year, authorities had built another 169 guard posts and more than 9km of new or improved fencing along that section, it said.",
    "It found over nine kilometres of new and upgraded fences.",
    "Authorities built or improved more than 9 km of fencing in the area.",
    "New or upgraded fencing stretching over 9 kilometres was visible.",
    "more than 9 km of fence has been newly built or upgraded",
    "some 18.7 km of new or enhanced border fence",
    "Fencing that is new or improved runs for more than nine kilometers.",
    "along the section authorities had built 169 more guard posts and over 9km of new or upgraded fence.",
    "The North built or reinforced more than nine kilometres of fence near Hoeryong.",
    "Satellite pictures reveal 9+ km of new and improved border fences around Hoeryong.",
    "In the 7.4 km section, more than 9 kilometers of fencing was either new or improved.",
    "more than 9 km of fence, either newly built or improved,",
    "Upgraded or new fences totaling more than 9 kilometers went up.",
    "at least 9 kilometres of brand-new or refurbished fencing",
)

RATE = (
    "there was one guard facility about every 110 meters",
    "This means a facility stands every 110 metres on average.",
    "The security facilities were on average 110 m apart.",
    "Average spacing: 110 m between security facilities.",
    "There is now a facility every 110 m.",
    "On average there was one security facility every 110 metres.",
    "The report counted 6,820 facilities, or one every 110 metres on average.",
    "The facilities are spaced 110 metres apart on average.",
    "an average spacing of 110 metres between guard posts",
    "Along the border, there is a guard post or other facility every 110 metres.",
    "Researchers counted 6,820 security facilities along the 321 km studied, an average of one every 110 metres.",
    "That is about 9 guard posts per kilometre.",
    "one guard post for every 110 meters",
    "That works out at a security facility every 110 metres.",
    "with guard posts or watchtowers every 110 m on average",
    "The average distance between two facilities was 110 metres.",
    "Soldiers now look out from a post every 110 yards or so.",
    "On average, facilities stand 110 m apart.",
    "Facilities were found at intervals of 110 metres.",
    "One facility per 110 metres was recorded.",
    "It counted 6,820 facilities - one for every 110 metres.",
    "a density of nine posts per kilometre",
    "a guard post roughly each 110 meters",
)

EQUATION = (
    "Altogether 474 m are being built: 305 m nearly finished plus 164 m of groundwork.",
    "The 474 metres break down into 305 metres of nearly complete wall and 164 metres of groundwork.",
    "At one site, 474 metres of wall - 305 metres almost complete and 164 metres at groundwork stage - were visible.",
    "Near-complete: 305 m. Groundwork: 164 m. Length: 474 m.",
    "The wall is 474 m long (305 m near complete, 164 m groundwork).",
    "474 m = 305 + 164",
    "A 474-metre section of wall was under construction: 305 metres near completion and 164 metres of groundwork.",
    "One segment measures 474 metres. Some 305 metres of it are nearly finished; groundwork covers the remaining 164 metres.",
    "Of the 474 m, 305 m is nearly complete and 164 m is at the groundwork stage.",
    "305 m of near-complete wall plus 164 m of foundations makes 474 m",
    "The 474 m stretch consists of 305 m of finished wall and 164 m of foundations.",
    "In one place the wall extends for 474 meters, with 305 meters almost finished and foundations laid for 164 meters.",
    "Imagery of 17 June showed 305 metres of near-finished wall and 164 metres of groundwork, a total of 474 metres.",
    "The wall (474 m) is made up of two parts, 305 m and 164 m.",
    "The wall section seen on 17 June 2024 measures 474 metres, of which 305 metres look nearly complete and 164 metres are still at the groundwork stage.",
    "A 474m-long stretch: 305m nearly done, 164m groundwork.",
    "Of 474 metres of wall, 305 are close to completion and groundwork has been done on 164.",
    "It runs for 474 metres. About two thirds, 305 metres, is nearly complete, and 164 metres is groundwork.",
    "Total length 474 m: 305 m (near complete), 164 m (groundwork)",
    "305 m of it is near complete and the remaining 164 m is groundwork, for a total of 474 m.",
    "The 305-metre part that is near completion and the 164-metre part where the ground was prepared add up to 474 metres.",
)

EPOCH = (
    "It compared a March 2019 image with one from April 2020 of a stretch near Hoeryong.",
    "The video shows two satellite images of the Hoeryong section; the second one was taken in April 2020.",
    "Before: March 2019. After: April 2020. Satellite image of Hoeryong.",
    "The two satellite images compared were taken in March 2019 and April 2020.",
    "The second image is from April 2020. It shows Hoeryong.",
    "HRW compared imagery of Hoeryong from March 2019 with a second image of April 2020.",
    "In the first image, from March 2019, five watchtowers are visible; in the second, from April 2020, there are 169 more.",
    "Satellite photos of the 7.4 km section, first from March 2019 and then from April 2020, show 9.2 km of secondary fence.",
    "Images: 2019-03 and 2020-04, Hoeryong",
    "By April 2020, authorities had added 169 guard posts around Hoeryong.",
    "The broadcaster compared satellite images taken in March 2019 with others taken in April 2020 over a 7.4-km section.",
    "Satellite photographs of Hoeryong: left, March 2019; right, April 2020.",
    "The later picture, dated April 2020, shows 169 additional guard posts.",
    "Human Rights Watch analysed pictures of March 2019 and April 2020 of a 7.4 kilometre section.",
    "(Images: March 2019, April 2020; source: Human Rights Watch)",
    "A comparison of imagery from 2019-03 and 2020-04 shows that a 9.2 km secondary fence was added.",
    "Between March 2019 and April 2020, 9.2 km of secondary fence and 169 guard posts were built at Hoeryong.",
)

CLEAN = (
    "In 2020 officials announced a wall of 187 km. It was to cost 353 million euros. By January 2022, 5.5 m high steel panels stood on 10 km.",
    "The survey covered 62 km in spring and 41 km in autumn, 103 km in all. Of that, 12.5 km had new fencing.",
    "Between April and June 2022 the army dug 3 km of ditch. In July it dug 5 km more.",
    "Some 40 cameras were installed along 17 km of border, one every 425 m of border.",
    "In April 2020 the country closed its border. A year later trade fell by 80 percent.",
    "North Korea closed its border in January 2020. In August 2020 it declared a buffer zone of 1 to 2 km. Satellite images of March 2019 and April 2022 show what was built since.",
    "The 169 new guard posts stand along 7.4 km. With the five older watchtowers that makes 174.",
    "The first 4 km were built in 2021, the next 6 km in 2022 and the last 2 km in 2023, 12 km in total.",
    "The town of 5,000 people lies 3 km from the river. A 1.2 km wall now separates it from the bank, up from 400 m in 2020.",
    "Image 1 was taken on 3 May 2019, image 2 on 12 April 2022. In between there were clouds.",
    "Of 240 km of frontier, 118.4 km could be compared; 12.4 km changed, 92.0 km did not and 14.0 km is open.",
    "The fence has two layers of 20 km each, 40 km in all, on a border of 21 km.",
    "The number of guard posts rose from 12 to 20, eight more than in 2019.",
    "Hungary's fence is 175 km (109 miles) long; the second layer added 155 km (96 mi).",
    "The wall is 3.2 km long and 1 to 2 m high, and took 5 months to build.",
    "Poland finished a 186 km physical barrier in June 2022. The electronic barrier covered 181 km in November and 206 km a year later. Two rivers add 47 km, watched from about 1,800 poles with 4,500 cameras.",
    "The team looked at 321 km of border in six areas, about a quarter of the frontier. In 2019 some 230 km of it, about 70 percent, was fenced; in 2023 almost all of it was. New fencing came to 482 km and 260 km of primary fencing was enhanced, so that all layers together measure 743 km.",
    "Along the 321 km, analysts counted 6,820 security facilities: one for every 47 m of border, or one for every 109 m of fence.",
    "Guard posts alone went from 38 to more than 6,500. All facilities, a wider class, grew 20-fold to 6,820.",
    "A section of 7.4 km was compared in images of March 2019 and April 2022. A second fence of 9.2 km was built and 9.5 km of the first fence was upgraded; the two are fence-km and exceed the section because fences run in layers.",
    "Five watchtowers stood there in 2019, about one every 1.5 km of border. By April 2022, 169 guard posts had been added, for a total of 174.",
    "The wall south of Goseong measures 469 m: 305 m is nearly complete and 164 m is groundwork. Another section is 127 m long and a third 715 m.",
    "By 9 August about 600 m and about 1.2 km were complete.",
    "Egypt's wall stands 3.5 km (2.2 miles) from the border and encloses about 20 km2 (7.7 square miles). It is 7 m (23 feet) high.",
    "Of 380 sites, 3 % showed clear evidence of closure.",
    "The fence is 2 to 3 metres high and stands 15 to 600 metres behind the first.",
    "In 2019, 67 people crossed; the year before it was 1,047. Of the 1,418 km of border, 489 km showed new or expanded infrastructure, 34.5 percent.",
    "The 1,400 km border with China and the 18 km border with Russia make 1,418 km together.",
    "Nearly 353 km could not be seen, and of the remaining 1,065 km 489 km, or 45.9 %, had changed.",
    "The patrol road was widened from 3 m to 5 m. It runs for 12 km, 4 km of it paved.",
    "On 17 June three places were under construction, on 9 August two. The longest was 715 m.",
    "Officials said 4,500 cameras and 1,800 poles would cost 343 million zloty, and that 202 km would be ready by spring.",
    "The new fence runs 505 km (314 mi) along the coast, bringing the total to 1,582 km (983 mi). Some 350 guard posts were added.",
    "Reed fences of at least 950 km were temporary. Images of 2024 and 2025 show that they were removed along 10 km west of Manpo, 20 km at Chunggang and 29 km south of Musan, 59 km in all.",
    "A 2-km buffer zone was declared on 25 August 2020. Anyone within 1 km of the river risked being shot.",
    "The number of posts doubled, from 24 to 48, while the fence grew by a third, from 30 km to 40 km.",
    "It took 15 minutes to walk 1 km. The river is 40 m wide there and 2 m deep. On 3 May 2021, 12 trucks and 40 workers were seen within 200 m of gate 3.",
    "Between 2019 and 2023 the share of fenced border rose from 72 % to 98 %, by 26 percentage points.",
    "In Sinuiju 41 km of fence was new, in Hyesan 22 km and in Hoeryong 18 km. In Musan 12 km was upgraded.",
    "About 60 km of fence had been finished by May, 85 km by July and 110 km by October. The plan is 187 km.",
    "The first image was taken on 4 July 2023, the second on 17 June 2024. The wall is absent from the first.",
    "The plan foresaw 187 km; 186 km was built, of which 180 km is on land.",
    "A watchtower and three bunkers stand 250 m apart. Two more towers are 1.2 km to the south.",
    "The company lit 30 km of border with lamps every 50 m of fence.",
    "We compared 118.4 km of 240.0 km of frontier (49.3 %). At least 12.4 km of border lies beside new or upgraded fence.",
)

PASSES = (
    "North Korea built 482 km of new fencing and enhanced 260 km of primary fence, 743 km in all.",
    "482 km new and 260 km enhanced, 743 km in all",
    "Jung counted 11.2 km at Cheorwon and 5.4 km at Inje, 16.6 km in total.",
    "11.2 (Cheorwon) + 5.4 (Inje) = 16.6 km",
    "Of the 1,418 km, 489 km had new infrastructure and 353 km had no updated imagery.",
    "It added 505 km (314 mi) of fence and 350 posts, bringing the total to 1,582 km (983 miles).",
    "In all, 321 km were analysed; 230 km were fenced in 2019 and 300 km in 2022.",
    "In total, 12 km of fence is new, 8 km is upgraded and 30 km is unchanged.",
    "Along 321 km of border, 482 km of fence was new and 260 km enhanced, 743 km in all.",
    "The barrier is 186 km long, of which 180 km stood in June; 47 km run along rivers.",
    "Five watchtowers stood there; by April 2022 another 169 guard posts had been built, 174 in all.",
    "from five to 174, an increase of 169",
    "The number rose by 169, from 5 to 174.",
    "230 of 321 km, about 70 %",
    "230 of the 321 km were fenced in 2019, about 70 percent.",
    "489 km of the border showed new or expanded security infrastructure.",
    "New or expanded security infrastructure could be seen along at least 489km of the border, including simple wire fencing, robust concrete walls, double fencing.",
    "9.2 km of secondary fence were built in the 7.4 km section, and 9.5 km of primary fence upgraded.",
    "18.7 km of new or upgraded fence: 9.2 km new and 9.5 km upgraded.",
    "One facility for every 110 m of fence (743 km / 6,820), or one for every 47 m of border (321 km / 6,820).",
    "Five watchtowers stood along the 7.4 km section, one every 1.5 km.",
    "The security facilities rose 20-fold to 6,820, while guard posts alone went from 38 to over 6,500.",
    "Images of March 2019 and April 2022 were compared.",
    "The notice of 25 August 2020 declared a buffer zone of 1-2 km.",
    "The gap between the layers is 15-600 m.",
    "The wall is 5 m (16 ft) high and 3.5 km (2.2 miles) from the border.",
    "AccessDPRK mapped 1,399.36 mi (2,252 km) of fence, nearly 1,400 miles.",
    "Posts stand every 50 m along the fence.",
    "the second fence lies 10 m to several km behind the first",
    "At least 950 km of secondary fence, of reeds and wood, was temporary; 10 km west of Manpo, 20 km at Chunggang and 29 km south of Musan it is now removed.",
    "UNOSAT found 1,972 potentially damaged structures, about 35 % within the analysed cloud-free areas.",
    "Electronic barrier: 181 km in November 2022, 202 km planned, 206 km in 2023.",
    "A 186 km wall was completed in June 2022, with 1,800 poles and 4,500 cameras on 206 km.",
)


def found(text: str, **given) -> list:
    return list(check(text, figures=FIGURES, **given).problems)


def rules(text: str, **given) -> set[str]:
    return {problem.rule for problem in found(text, **given)}


# -- the six published inconsistencies --------------------------------------------------------


@pytest.mark.parametrize("text", PARTS)
def test_282_and_260_are_not_743(text):
    problem = next(p for p in found(text) if p.rule == "sum")
    assert {282.0, 260.0, 743.0} <= set(problem.numbers)
    assert "542 km" in problem.message
    assert problem.severity == "error"


@pytest.mark.parametrize("text", PARTS)
def test_482_and_260_pass_as_743_within_rounding(text):
    right = text.replace("282", "482").replace("175 miles", "300 miles")
    assert not found(right)


def test_a_lone_wrong_figure_of_a_named_study_is_held_against_it():
    text = "Human Rights Watch said North Korea built 282 km of new fencing along the border with China."
    assert rules(text) == {"published"}
    assert rules(text.replace("282", "482")) == set()
    assert not check(text, figures=()).problems, "only published figures can know"


@pytest.mark.parametrize("text", DELTA)
def test_169_more_is_not_169_in_all(text):
    problem = next(p for p in found(text) if p.rule == "delta-as-stock")
    assert "174" in problem.message
    assert "169" in problem.text


@pytest.mark.parametrize("text", DELTA)
def test_five_and_169_more_make_174(text):
    if "increase of 169" in text or "169 new" in text:
        right = re.sub(r"to 169", "to 174", text, count=1)
    else:
        right = text.replace("169", "174")
    assert not found(right)


@pytest.mark.parametrize("text", ROLL_UP)
def test_new_or_improved_fencing_names_its_parts(text):
    problem = next(p for p in found(text) if p.rule == "roll-up")
    assert problem.severity == "warning"
    assert re.search(r"9|nine|18\.7", problem.text)


def test_a_roll_up_with_its_parts_passes():
    text = "In all 18.7 km of new or improved fencing: 9.2 km is new and 9.5 km was upgraded."
    assert not found(text)
    assert rules(text.replace("9.5", "7.5")) == {"sum"}


@pytest.mark.parametrize("text", RATE)
def test_a_spacing_without_denominator_is_a_warning(text):
    problem = next(p for p in found(text) if p.rule == "denominator")
    if "110 m" in text:
        assert "109 m of fence" in problem.message
        assert "47 m of border" in problem.message


@pytest.mark.parametrize(
    "text",
    [
        "There is a facility for every 110 m of fence.",
        "Facilities stand 110 metres apart along the fences.",
        "That is one facility for every 47 m of border.",
        "On average, 743 km of fencing had one facility every 109 m of fence.",
        "They counted 9 guard posts per kilometre of fence.",
        "They counted 21 facilities per border kilometre.",
    ],
)
def test_a_spacing_with_its_denominator_passes(text):
    assert not found(text)


def test_a_spacing_of_fence_called_one_of_border_is_an_error():
    text = "North Korea has 6,820 security facilities, one for every 110 m of border, on 321 km."
    problem = next(p for p in found(text) if p.rule == "denominator")
    assert problem.severity == "error"
    elsewhere = "The 50 km of border hold 100 guard posts, one every 200 m of border."
    assert rules(elsewhere) == {"spacing"}
    assert "500 m of border" in found(elsewhere)[0].message


@pytest.mark.parametrize("text", EQUATION)
def test_305_and_164_are_not_474(text):
    problem = next(p for p in found(text) if p.rule == "sum")
    assert "469 m" in problem.message
    assert set(problem.numbers) == {474.0, 305.0, 164.0}


@pytest.mark.parametrize("text", EQUATION)
def test_305_and_164_pass_as_469(text):
    assert not found(text.replace("474", "469"))


@pytest.mark.parametrize("text", EPOCH)
def test_the_second_image_is_of_2022(text):
    problem = next(p for p in found(text) if p.rule == "epoch")
    assert "2020" in problem.text
    assert "2022-04" in problem.suggestion


@pytest.mark.parametrize("text", EPOCH)
def test_images_of_the_right_year_pass(text):
    assert not found(text.replace("2020", "2022"))


# -- what else must be found, and what must pass ----------------------------------------------


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A 20-fold rise: guard posts went from 38 to more than 6,500.", "fold"),
        ("Guard posts rose twentyfold, from 38 in 2019 to over 6,500 in 2023.", "fold"),
        ("Guard posts: 38 then, over 6,500 now, a 20-fold increase.", "fold"),
        ("The number of guard posts has risen 20 times, from 38 to more than 6,500.", "fold"),
        ("The number of posts doubled from 10 to 35.", "fold"),
        ("Guard posts grew from 38 to 6,500. That is a 20-fold increase.", "fold"),
        ("230 of 321 km, about 80 %", "share"),
        ("Of the 321 km analysed, 230 km, or 50 per cent, were fenced.", "share"),
        ("About two-thirds of the 321 km, 120 km, was fenced.", "share"),
        ("489 km, or 44.5 percent of the 1,418 km border", "share"),
        ("Half of the guard posts, 120 of 180, are new.", "share"),
        ("505 km (341 miles)", "unit-pair"),
        ("It runs 1,582 kilometres, or 883 miles.", "unit-pair"),
        ("The wall is 5 m (26 ft) high.", "unit-pair"),
        ("an enclosure of 20 km2 (17.7 sq mi)", "unit-pair"),
        ("40 ha (10 acres)", "unit-pair"),
        ("Posts rose from 12 to 30, an increase of 20.", "increase"),
        ("174 additional guard posts were built at Hoeryong, where 5 stood.", "delta-as-stock"),
        ("9.2 km of the 7.4 km border section is fenced.", "longer-than-section"),
        ("Of the 7.4 km of border, 9.2 km are fenced.", "longer-than-section"),
        ("Between April 2022 and March 2019, fences were built.", "date-order"),
        ("first image: June 2022; second image: May 2021", "date-order"),
        ("imagery taken from 2023 to 2019", "date-order"),
        (
            "Cameras cover the entire border region. In 2020 cameras were bought, but not across "
            "the entire border.",
            "contradicting-extent",
        ),
        ("exactly 489 km of border, Reuters says", "wording"),
        ("60 % is new, 30 % is upgraded and the remaining 20 % is unchanged.", "sum"),
    ],
)
def test_what_contradicts_itself_is_found(text, rule):
    assert rule in rules(text)


@pytest.mark.parametrize("text", PASSES)
def test_what_the_studies_printed_rightly_passes(text):
    assert not found(text)


@pytest.mark.parametrize("text", CLEAN)
def test_clean_reporting_raises_no_alarm(text):
    assert not found(text)


def test_many_clean_paragraphs_together_raise_no_alarm():
    assert not found("\n\n".join([*CLEAN, *PASSES]))


# -- real texts -------------------------------------------------------------------------------


@pytest.mark.real
def test_the_two_articles_hold_one_true_problem(shared_data):
    folder = shared_data / "articles"
    text = (folder / REUTERS).read_text(encoding="utf-8")
    problems = found(text)
    assert [p.rule for p in problems] == ["roll-up"]
    assert problems[0].text == "9km of new or improved fencing"
    assert not found((folder / "dailynk-5g-checkpoints.txt").read_text(encoding="utf-8"))


@pytest.mark.real
def test_errors_put_into_a_real_article_are_found(shared_data):
    text = (shared_data / "articles" / REUTERS).read_text(encoding="utf-8")
    wrong = text.replace("authorities had built another 169 guard posts", "the number grew to 169")
    assert "delta-as-stock" in rules(wrong)
    wrong = text.replace("about 353km of which", "about 353km (300 miles) of which")
    assert "unit-pair" in rules(wrong)


def pages() -> list[Path]:
    """Our own pages, but those that quote the published errors."""
    quoting = {"published-investigations.md", "check-the-numbers-of-a-text.md"}
    every = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"]
    return [path for path in every if path.name not in quoting]


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_our_own_pages_raise_no_alarm(path):
    text = path.read_text(encoding="utf-8")
    told = [(p.rule, p.text, p.message) for p in found(text, markup=Markup.MARKDOWN)]
    assert not told


# -- reading numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("9.2 km", 9.2, "km"),
        ("9.2km", 9.2, "km"),
        ("a 7.4-km section", 7.4, "km"),
        ("110-metre intervals", 110, "m"),
        ("1,399.36 mi", 1399.36, "mi"),
        ("314 miles", 314, "mi"),
        ("16 ft", 16, "ft"),
        ("20 km²", 20, "km2"),
        ("8 square miles", 8, "sq mi"),
        ("12 hectares", 12, "ha"),
        ("70 per cent", 70, "%"),
        ("70 percent", 70, "%"),
        ("a 20-fold rise", 20, "-fold"),
        ("twentyfold", 20, "-fold"),
        ("nine kilometres", 9, "km"),
        ("half a dozen areas", 6, ""),
        ("two dozen towers", 24, ""),
        ("twenty-five posts", 25, ""),
        ("one hundred and sixty-nine guard posts", 169, ""),
        ("6\u202f820 facilities", 6820, ""),
        ("two-thirds of the border", 200 / 3, "%"),
    ],
)
def test_numbers_are_read_with_their_units(text, value, unit):
    (number,) = read(text).numbers
    assert number.value == pytest.approx(value)
    assert number.unit.name == unit
    assert number.text in text


@pytest.mark.parametrize("text", ["15-600 m", "15–600 m", "15 to 600 m", "between 15 and 600 m"])
def test_a_range_is_one_number(text):
    (number,) = read(f"The gap is {text}.").numbers
    assert (number.value, number.high, number.unit.name) == (15, 600, "m")


@pytest.mark.parametrize(
    "text",
    [
        "in 2019",
        "April 2022",
        "on 17 Jun",
        "2022-04-11",
        "COVID-19",
        "a 5G network",
        "4K video",
        "the 13th Five-Year Plan",
        "2016-2020",
        "$343 million",
        "20 Gbps",
        "67 defectors",
        "1,047 people",
        "38 years of martial law",
        "page 148",
        "at 10:30",
        "Sentinel-2",
        "80 percent of North Koreans",
        "256 x 256",
        "version 1.2.3",
        "42.4312, 129.7512",
        "https://example.org/12km/505",
    ],
)
def test_what_is_no_measurement_is_left_alone(text):
    assert not read(text).numbers


@pytest.mark.parametrize(
    ("text", "delta", "stock"),
    [
        ("another 169 guard posts", True, False),
        ("169 more posts", True, False),
        ("+169 posts", True, False),
        ("rose by 169", True, False),
        ("169 new guard posts", True, False),
        ("increased to 169", False, True),
        ("a total of 169 posts", False, True),
        ("169 posts in all", False, True),
    ],
)
def test_increases_and_totals_are_told_apart(text, delta, stock):
    (number,) = read(text).numbers
    assert (number.is_delta, number.is_stock) == (delta, stock)


@settings(max_examples=40)
@given(st.integers(1, 999))
def test_numbers_in_words_mean_what_they_say(value):
    ones = [
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ]
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

    def words(n: int) -> str:
        if n >= 100:
            rest = f" and {words(n % 100)}" if n % 100 else ""
            return f"{ones[n // 100 - 1]} hundred{rest}"
        if n >= 20:
            return tens[n // 10 - 2] + (f"-{ones[n % 10 - 1]}" if n % 10 else "")
        return ones[n - 1]

    assert worth(words(value)) == value
    (number,) = read(f"{words(value)} km").numbers
    assert number.value == value


@settings(max_examples=40)
@given(st.integers(10, 900), st.integers(10, 900), st.integers(-400, 400))
def test_any_sum_passes_exactly_when_it_is_right(one, other, off):
    whole = one + other + off
    if whole <= 1:
        return
    text = f"{one} m + {other} m = {whole} m"
    # Two lengths good to half a metre each, and the whole: up to 1.5 m may be rounding.
    assert bool(found(text)) == (abs(off) > 1.5)


@settings(max_examples=40)
@given(st.integers(20, 5000))
def test_lengths_in_km_and_miles_agree_within_rounding(km):
    assert not found(f"a fence of {km:,} km ({km / 1.609344:,.0f} miles)")
    assert not found(f"a fence of {km / 1.609344:,.0f} miles ({km:,} km)")
    assert found(f"a fence of {km:,} km ({km / 1.609344 * 1.1 + 1:,.0f} miles)")


# -- offsets, markup, safety ------------------------------------------------------------------


def test_offsets_in_html_are_those_of_the_file():
    html = (
        "<html><head><title>9 km of new or improved fencing</title></head><body>"
        "<p>Fence:&nbsp;<b>474&#160;m</b> = 305&nbsp;m + <i>164&nbsp;m</i></p>"
        "<table><tr><td>1 + 1 = 3 km</td></tr></table><script>1 + 1 = 3 km</script></body></html>"
    )
    (problem,) = found(html, markup=Markup.HTML)
    assert problem.text == html[problem.start : problem.end]
    assert problem.text.startswith("474&#160;m")
    assert "469" in problem.message


@settings(max_examples=60)
@given(st.text(max_size=400), st.sampled_from(list(Markup)))
def test_blanking_keeps_every_offset(text, markup):
    clean = blanked(text, markup)
    assert len(clean) == len(text)


_PIECES = st.sampled_from(
    [
        "474 m", "= 305", "+ 164", "of which", "in all", "from five to 169", "20-fold", "km", "(314 mi)",
        "every 110 m", "new or improved fencing", "April 2022", "between", "and", "70 %", "half a dozen",
        ".", "\n\n", "<p>", "<!--", "`", "(", "1,399.36", "+169", "the border", "guard posts", "one hundred",
    ]
)  # fmt: skip


@settings(max_examples=50)
@given(st.lists(_PIECES | st.text(max_size=12), max_size=60), st.sampled_from(list(Markup)))
def test_any_text_is_read_and_every_problem_points_at_its_words(pieces, markup):
    text = " ".join(pieces)
    for problem in found(text, markup=markup):
        assert 0 <= problem.start < problem.end <= len(text)
        assert problem.text == text[problem.start : problem.end]
        assert problem.message
        assert problem.rule
        json.dumps(problem.to_json(), allow_nan=False)


@pytest.mark.parametrize(
    "piece",
    ["1 ", "a", " ", "(", "<", "<!--", "`", "one ", "of the ", "+", "= ", "5 km and ", "[", "\n", ".",
     "<script>", "1,000,", "from 5 to 6 ", "new or ", "a hundred ", "per km ", "every ", "in 2019 ", "*", "_", "&#1"],
)  # fmt: skip
@pytest.mark.parametrize("markup", [Markup.PLAIN, Markup.HTML])
def test_no_text_of_10_kb_keeps_it_busy(piece, markup):
    text = (piece * (10_000 // len(piece) + 1))[:10_000]
    began = time.process_time()
    check(text, figures=FIGURES, markup=markup)
    assert time.process_time() - began < 5


def test_100_kb_of_reporting_take_seconds_not_minutes():
    words = "The wall was seen again by people who live near the river and had known it for years. "
    text = "\n\n".join(words * 3 + paragraph for paragraph in CLEAN)
    text = (text + "\n\n") * (100_000 // len(text) + 1)
    began = time.process_time()
    check(text[:100_000], figures=FIGURES)
    assert time.process_time() - began < 5


# -- against a project ------------------------------------------------------------------------

FACTS = (
    Fact(name="frontier_km", value=240.0, unit="km", wording="measured along the stated line"),
    Fact(name="border_km_changed", value=12.47, unit="km", wording="at least"),
    Fact(name="border_km_comparable", value=118.4, unit="km", wording="counted"),
    Fact(name="barrier_km_all_new", value=18.73, unit="km", wording="at least"),
    Fact(name="posts_new", value=169, unit="posts", wording="at least"),
    Fact(name="posts_stock_before", value=5, unit="posts", wording="at least"),
    Fact(name="posts_stock_after", value=174, unit="posts", wording="at least"),
)


@pytest.mark.parametrize(
    "text",
    [
        "At least 12.4 km of border changed, of 118.4 km that could be compared.",
        "About 12 km of border changed.",
        "Some 12.5 km of border lie beside it; 5.2 % of the border.",
        "At least 18 km of new fence, 18.7 km to be precise.",
        "169 guard posts were added to 5; there are 174 now.",
        "In 2019, 3 people saw page 12 and paid $40.",
    ],
)
def test_numbers_of_the_estimates_pass(text):
    assert not found(text, facts=FACTS)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("At least 13 km of border changed.", "not-in-estimates"),
        ("12.9 km of border changed.", "not-in-estimates"),
        ("At least 90 guard posts were built.", "not-in-estimates"),
        ("About 22 % of the border changed.", "not-in-estimates"),
        ("The number of guard posts rose to 169.", "delta-as-stock"),
        ("174 new guard posts were counted.", "delta-as-stock"),
        ("Exactly 12.4 km of border changed.", "wording"),
        ("Only 12.4 km of border changed.", "wording"),
    ],
)
def test_numbers_that_no_estimate_bears_out_are_found(text, rule):
    assert rule in rules(text, facts=FACTS)


def test_a_lower_bound_may_be_rounded_down_but_not_up():
    fact = (Fact(name="border_km_changed", value=489.7, unit="km", wording="at least"),)
    assert not found("At least 489 km of border changed.", facts=fact)
    assert not found("At least 480 km of border changed.", facts=fact)
    assert found("At least 490 km of border changed.", facts=fact)


def test_images_outside_the_dates_of_the_project_are_found():
    def month(year: int, number: int) -> int:
        return year * 12 + number - 1

    windows = ((month(2019, 3), month(2019, 3)), (month(2022, 4), month(2022, 6)))
    assert rules("The second image is of May 2021.", facts=(), windows=windows) == {"epoch"}
    assert not rules("The second image is of May 2022.", facts=(), windows=windows)
    assert rules("The first image is of April 2022.", facts=(), windows=windows) == {"epoch"}


# -- the step ---------------------------------------------------------------------------------


def test_a_file_gives_a_list_with_offsets_and_exit_code_3(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"Mauer:\r\n474 m = 305 + 164\r\n")
    done = lint(path)
    assert done.exit_code == 3
    (told,) = done.to_json()
    assert told["text"] == "474 m = 305 + 164"
    assert path.read_bytes().decode()[told["start"] : told["end"]] == told["text"]
    assert set(told) >= {"rule", "message", "start", "end", "text", "numbers", "severity"}
    assert any("469 m" in line for line in done.lines)
    assert done.lines[0].startswith("text.txt:2:1: error")


def test_a_clean_file_ends_with_0_and_says_what_was_left_alone(tmp_path):
    path = tmp_path / "text.md"
    path.write_text("In 2019 the fence was 12 km long.\n\n```\n1 km = 2 km + 3 km\n```\n")
    done = lint(str(path))
    assert (done.exit_code, done.to_json()) == (0, [])
    assert "1 other (" in done.lines[-1]


def test_the_text_itself_can_be_given():
    assert lint("474 m = 305 + 164").exit_code == 3
    assert lint("474 m = 305 + 169").exit_code == 0


def test_what_is_no_text_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        lint(tmp_path / "missing.txt")
    with pytest.raises(BadInput, match="no such file"):
        lint("missing.txt")
    (tmp_path / "image.png").write_bytes(b"\x89PNG\0\0")
    with pytest.raises(BadInput, match="no text"):
        lint(tmp_path / "image.png")
    (tmp_path / "long.txt").write_bytes(b"a" * 10_000_001)
    with pytest.raises(TooLarge, match="10 MB"):
        lint(tmp_path / "long.txt")


def test_old_encodings_and_byte_order_marks_are_read(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes("Länge: 474 m = 305 + 164".encode("cp1252"))
    assert lint(path).problems[0].text == "474 m = 305 + 164"
    path.write_bytes("\ufeff474 m = 305 + 164".encode())
    assert lint(path).problems[0].start == 0
