"""Videos made fit to be shown: frames only, faces under opaque rectangles, never cleared."""

import struct
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

import called_here
from vallum.evidence import film
from vallum.evidence.film import covers_of, looked_through, scrub_film
from vallum.evidence.film_bare import extras_of
from vallum.ground.errors import BadImage, BadInput, BadSetting, MissingExtra
from vallum.steps.scrubbing import scrub as step

ffmpeg = pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe()

CANARY = "KIM-CANARY-41.123456"
SIZE = (160, 96)
FPS = 12


def encode(frames: list[np.ndarray], path: Path, *more: str, fps: float = FPS) -> Path:
    tall, wide = frames[0].shape[:2]
    subprocess.run(
        [ffmpeg, "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24",
         "-video_size", f"{wide}x{tall}", "-framerate", str(fps), "-i", "pipe:0",
         *more, "-pix_fmt", "yuv420p", "-y", str(path)],
        input=b"".join(frame.tobytes() for frame in frames), check=True,
    )  # fmt: skip
    return path


def gravel(n: int) -> list[np.ndarray]:
    ground = np.repeat(cv2.resize(skimage.data.gravel(), SIZE)[..., None], 3, 2)
    return [ground.copy() for _ in range(n)]


def shown_in(path: Path) -> list[np.ndarray]:
    seen = cv2.VideoCapture(str(path))
    frames = []
    while (one := seen.read())[0]:
        frames.append(one[1])
    return frames


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video with a canary in every place where a telephone or a program may put something."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "words.srt").write_text(f"1\n00:00:00,000 --> 00:00:01,000\n{CANARY}\n")
    (folder / "chapters.txt").write_text(
        f";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=5\ntitle={CANARY}\n"
    )
    cv2.imwrite(str(folder / "cover.png"), np.full((16, 16, 3), 99, np.uint8))
    path = encode(
        gravel(12), folder / "clip.mp4",
        "-i", str(folder / "words.srt"), "-i", str(folder / "chapters.txt"),
        "-i", str(folder / "cover.png"), "-f", "lavfi", "-i", "sine=duration=1",
        "-map", "0:v", "-map", "3:v", "-map", "4:a", "-map", "1:s", "-map_chapters", "2",
        "-c:v:0", "libx264", "-c:v:1", "png", "-disposition:v:1", "attached_pic", "-c:a", "aac",
        "-c:s", "mov_text", "-timecode", "10:11:12:13",
        "-metadata", "location=+41.1234+129.1234/", "-metadata", f"title={CANARY}",
        "-metadata", f"comment={CANARY}", "-metadata", f"artist={CANARY}",
        "-metadata", f"encoder={CANARY}", "-metadata", f"com.apple.make={CANARY}",
        "-metadata", "creation_time=2026-04-01T10:11:12Z", "-movflags", "use_metadata_tags",
        "-metadata:s:v:0", f"handler_name={CANARY}", "-metadata:s:a:0", f"handler_name={CANARY}",
        "-metadata:s:v:0", "language=kor", "-metadata:s:v:0", f"vendor_id={CANARY[:4]}",
        "-bsf:v:0", f"h264_metadata=sei_user_data=086f3693b7b34f2c965321492feee5b8+{CANARY}",
    )  # fmt: skip
    own = CANARY.encode()
    place = b"\xa9xyz" + struct.pack(">HH", len(own), 0x15C7) + own
    holder = struct.pack(">I4s", 8 + 4 + len(place), b"udta") + struct.pack(">I", 4 + len(place))
    with path.open("ab") as handle:
        handle.write(holder + place)
        handle.write(struct.pack(">I4s", 8 + len(own), b"free") + own)
        handle.write(struct.pack(">I4s", 24 + len(own), b"uuid") + bytes(range(16)) + own)
    assert path.read_bytes().count(own) >= 10
    return path


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scrub in this process and find nothing."""
    monkeypatch.setattr(film.foreign, "call", called_here.call)
    monkeypatch.setattr(film, "suspected", lambda frame: [])


@pytest.mark.usefixtures("fast")
def test_no_metadata_of_any_kind_comes_through(planted, tmp_path) -> None:
    before = planted.read_bytes()
    done = scrub_film(planted, tmp_path / "out.mp4")
    written = (tmp_path / "out.mp4").read_bytes()
    assert len(extras_of(planted)) >= 6
    assert extras_of(tmp_path / "out.mp4") == ()
    for needle in (b"CANARY", b"41.1234", b"Lavf", b"Lavc", b"x264", b"udta", b"meta", b"xyz", b"mp4a",
                   b"text", b"tmcd", b"uuid", b"chap", b"VideoHandler"):  # fmt: skip
        assert needle not in written
    said = subprocess.run([ffmpeg, "-hide_banner", "-i", str(tmp_path / "out.mp4")],
                          capture_output=True, text=True, check=False).stderr  # fmt: skip
    assert said.count("Stream #") == 1
    assert not any(word in said for word in ("creation_time", "encoder", "handler", "Chapter"))
    assert (tmp_path / "out.mp4").stat().st_mtime == 0
    assert planted.read_bytes() == before
    assert (done.n_frames, done.fps, done.is_cut) == (12, FPS, False)


@pytest.mark.usefixtures("fast")
def test_whatever_is_not_frames_is_noticed(planted, tmp_path) -> None:
    scrub_film(planted, tmp_path / "out.mp4")
    good = (tmp_path / "out.mp4").read_bytes()
    avcc = good.index(b"avcC")
    free = good.index(b"free")
    nal = good.index(b"mdat") + 8
    udta = struct.pack(">I4s4s", 12, b"udta", b"KIM!")
    moov = good.index(b"moov") - 4
    longer = struct.pack(">I", struct.unpack_from(">I", good, moov)[0] + len(udta))
    bad = {
        "after": good + b"x",
        "box after": good + udta,
        "box in moov": good[:moov] + longer + good[moov + 4 :] + udta,
        "free": good[: free - 4] + struct.pack(">I", 12) + b"freeKIM!" + good[free + 4 :],
        "time": _with(good, good.index(b"mvhd") + 8, b"\1"),
        "track time": _with(good, good.index(b"tkhd") + 8, b"\1"),
        "media time": _with(good, good.index(b"mdhd") + 12, b"\1"),
        "language": _with(good, good.index(b"mdhd") + 24, b"\x2a"),
        "handler": _with(good, good.index(b"hdlr") + 16, b"K"),
        "sound": _with(good, good.index(b"vide"), b"soun"),
        "encoder": _with(good, good.index(b"avc1", good.index(b"stsd")) + 50, b"\4Lavc"),
        "elsewhere": _with(good, good.index(b"url ") + 7, b"\0"),
        "sei": _with(good, nal, bytes([good[nal] & 0xE0 | 6])),
        "sei in head": _with(good, avcc + 12, b"\x06"),
        "brand": _with(good, 8, b"qt  "),
        "cut": good[: len(good) // 2],
        "no box": b"",
        "text": b"<svg/>",
    }
    seen = {}
    for name, content in bad.items():
        (tmp_path / "bad.mp4").write_bytes(content)
        seen[name] = extras_of(tmp_path / "bad.mp4")
    assert [name for name, extras in seen.items() if not extras] == []


def _with(content: bytes, at: int, new: bytes) -> bytes:
    return content[:at] + new + content[at + len(new) :]


@pytest.mark.parametrize(
    "content",
    [
        b"#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile 'clip.mp4'\n",
        b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'/>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 99,
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\n",
        b"http://127.0.0.1:9/clip.mp4",
        b"",
    ],
    ids=["hls", "concat", "dash", "png", "sdp", "address", "empty"],
)
def test_lists_and_addresses_that_pretend_to_be_a_video_are_refused(content, tmp_path) -> None:
    (tmp_path / "clip.mp4").write_bytes(content)
    with pytest.raises(BadImage, match="no video"):
        scrub_film(tmp_path / "clip.mp4", tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


def test_the_decoder_itself_opens_no_list_and_no_series_of_pictures(tmp_path) -> None:
    encode(gravel(3), tmp_path / "clip.mp4")
    encode(gravel(3), tmp_path / "part.ts")
    for n in range(3):
        cv2.imwrite(str(tmp_path / f"{n}.jpg"), gravel(1)[0])
    (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXTINF:1,\npart.ts\n#EXT-X-ENDLIST\n")
    (tmp_path / "b.mp4").write_text("ffconcat version 1.0\nfile clip.mp4\n")
    assert film._opened(str(tmp_path / "clip.mp4")).isOpened()
    for name in ("a.m3u8", "b.mp4", "%d.jpg", "part.ts"):
        assert not film._opened(str(tmp_path / name)).isOpened()


@pytest.mark.usefixtures("fast")
def test_a_video_is_made_smaller_and_keeps_its_pace(tmp_path) -> None:
    large = [cv2.resize(frame, (322, 180)) for frame in gravel(10)]
    encode(large, tmp_path / "clip.mkv", fps=30000 / 1001)
    done = step(tmp_path / "clip.mkv", tmp_path / "out.mp4", longest_px=200)
    assert (done.film.width, done.film.height) == (200, 112)
    seen = cv2.VideoCapture(str(tmp_path / "out.mp4"))
    assert seen.get(cv2.CAP_PROP_FPS) == pytest.approx(30000 / 1001, abs=0.01)
    assert len(shown_in(tmp_path / "out.mp4")) == 10
    told = done.to_json()
    assert told["status"] == "not cleared yet"
    assert told["is_cleared"] is told["has_sound"] is False
    assert "gait" in told["not_looked_for"]


@pytest.mark.usefixtures("fast")
def test_a_video_that_was_held_upright_stays_upright(tmp_path) -> None:
    frames = gravel(4)
    for frame in frames:
        frame[:, :40] = (250, 0, 0)
    encode(frames, tmp_path / "flat.mp4")
    subprocess.run([ffmpeg, "-loglevel", "error", "-display_rotation", "90", "-i",
                    str(tmp_path / "flat.mp4"), "-c", "copy", str(tmp_path / "turned.mp4")],
                   check=True)  # fmt: skip
    done = scrub_film(tmp_path / "turned.mp4", tmp_path / "out.mp4")
    assert (done.width, done.height) == SIZE[::-1]
    first = shown_in(tmp_path / "out.mp4")[0].astype(int)
    red = first[..., 2] - first[..., 0]
    assert max(red[:30].mean(), red[-30:].mean()) > 150
    assert min(red[:30].mean(), red[-30:].mean()) < 20


@pytest.mark.usefixtures("fast")
def test_a_named_place_is_one_colour_in_every_frame(tmp_path) -> None:
    encode(gravel(6), tmp_path / "clip.mp4")
    done = step(tmp_path / "clip.mp4", tmp_path / "out.mp4", cover=[(32, 32, 64, 32)])
    for frame in shown_in(tmp_path / "out.mp4"):
        assert np.ptp(frame[36:60, 36:92]) <= 2
        assert frame[36:60, 36:92].max() <= 4
        assert frame[:16].max() > 100
    assert (done.film.n_frames_covered, done.film.n_areas) == (6, 6)
    assert done.film.covered_share == pytest.approx(64 * 32 / (160 * 96))
    with pytest.raises(BadImage, match="outside"):
        step(tmp_path / "clip.mp4", tmp_path / "out.mp4", cover=[(900, 0, 9, 9)], yes=True)


def test_a_face_that_moves_is_covered_in_every_frame_of_a_whole_run(tmp_path) -> None:
    face = cv2.resize(skimage.data.astronaut()[30:230, 130:330], (72, 72))
    frames = gravel(6)
    for n, frame in enumerate(frames):
        frame[12:84, 4 + 16 * n : 76 + 16 * n] = face
    encode(frames, tmp_path / "clip.mp4")
    shares: list[float] = []
    done = step(
        tmp_path / "clip.mp4", tmp_path / "out.mp4", show=lambda *told: shares.append(told[1])
    )
    shown = shown_in(tmp_path / "out.mp4")
    assert len(shown) == 6 == done.film.n_frames_covered
    for n, frame in enumerate(shown):
        # Brow to chin, cheek to cheek.
        left, top, width, height = 4 + 16 * n + 20, 12 + 16, 32, 40
        assert frame[top : top + height, left : left + width].max() <= 8
    assert done.film.covered_share < 0.95
    assert extras_of(tmp_path / "out.mp4") == ()
    assert shares == sorted(shares)


def test_what_moves_is_looked_at_more_often_and_what_stands_still_is_not() -> None:
    looked: list[int] = []

    def look(at_x):
        def here(frame):
            n = int(frame[0, 0, 0])
            looked.append(n)
            return [(at_x(n), 0, 20, 20)]

        return here

    frames = [np.full((4, 4, 3), n, np.uint8) for n in range(17)]
    found, n_frames = looked_through(iter(frames), 8, look(lambda n: 5))
    assert (sorted(found), n_frames) == ([0, 8, 16], 17)
    looked.clear()
    found, _ = looked_through(iter(frames), 8, look(lambda n: 40 * (n >= 5)))
    assert sorted(found) == [0, 4, 5, 6, 8, 16]
    assert sorted(looked) == sorted(set(looked))
    found, n_frames = looked_through(iter(frames[:6]), 8, look(lambda n: 0))
    assert (sorted(found), n_frames) == ([0, 5], 6)
    assert looked_through(iter([]), 8, look(lambda n: 0)) == ({}, 0)


def test_what_is_found_once_is_covered_before_and_after_with_room_around() -> None:
    found = {0: [], 8: [(64, 64, 32, 32)], 16: []}
    assert covers_of(found, 8, 8, (320, 240)) == [(48, 48, 64, 64)]
    assert [n for n in range(25) if covers_of(found, n, 8, (320, 240))] == list(range(17))
    assert covers_of({0: [(300, 0, 40, 20)]}, 0, 3, (310, 230)) == [(288, 0, 22, 32)]


@pytest.mark.usefixtures("fast")
def test_videos_that_are_too_long_too_large_or_broken_are_refused(tmp_path, monkeypatch) -> None:
    clip = encode(gravel(24), tmp_path / "clip.mp4")
    whole = clip.read_bytes()
    monkeypatch.setattr(film, "MOST_S", 1.0)
    with pytest.raises(BadImage, match="longer than"):
        scrub_film(clip, tmp_path / "out.mp4")
    monkeypatch.setattr(film, "MOST_S", 600.0)
    monkeypatch.setattr(film, "_MOST_PX", 1000)
    with pytest.raises(BadImage, match="megapixels"):
        scrub_film(clip, tmp_path / "out.mp4")
    monkeypatch.setattr(film, "_MOST_PX", 10**6)
    monkeypatch.setattr(film, "MOST_BYTES", 100)
    with pytest.raises(BadImage, match="larger than"):
        scrub_film(clip, tmp_path / "out.mp4")
    monkeypatch.setattr(film, "MOST_BYTES", 10**9)
    for content in (whole[:900], whole[: len(whole) // 2], whole[:40] + b"\0" * 4000):
        clip.write_bytes(content)
        with pytest.raises(BadInput, match="nothing was written"):
            scrub_film(clip, tmp_path / "out.mp4")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.usefixtures("fast")
def test_the_original_and_other_kinds_of_file_are_left_alone(tmp_path) -> None:
    clip = encode(gravel(2), tmp_path / "clip.mp4")
    with pytest.raises(BadSetting, match="original"):
        scrub_film(clip, clip)
    with pytest.raises(BadSetting, match=r"\.mp4"):
        scrub_film(clip, tmp_path / "out.mov")
    with pytest.raises(BadSetting, match=r"a video is written as \.mp4"):
        step(clip, tmp_path / "out.jpg")
    with pytest.raises(BadSetting, match="--replace"):
        step(clip, tmp_path / "out.mp4", replace=[("a", "b")])


def test_without_ffmpeg_the_next_step_is_said(tmp_path, monkeypatch) -> None:
    clip = encode(gravel(2), tmp_path / "clip.mp4")
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtra, match=r"vallum\[video\]"):
        scrub_film(clip, tmp_path / "out.mp4")
