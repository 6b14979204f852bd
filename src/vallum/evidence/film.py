"""A video made fit to be shown: new frames in a new file, faces under opaque rectangles, no sound.

Like a photograph (`vallum.evidence.scrub`), it is decoded in the limited process, made smaller,
covered and encoded anew. The encoder is handed pixels and nothing else, so that nothing of the
file that came in, no position, no time, no subtitle, no picture, can reach the new one; and the new
one is read once more, box by box, before it is written (`vallum.evidence.film_bare`).

Faces are looked for a few times a second, and in between where what was found has moved or gone,
down to every frame. What is found once is covered for a while before and after, with room around
it. Frames are not linked to each other: nothing is followed or told apart, nothing kept.

Sound is left out: a voice tells who somebody is, and hum tells when and where it was recorded.
"""

from __future__ import annotations

import math
import os
import shutil
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vallum.evidence import faces, plates
from vallum.evidence.faces import Box
from vallum.evidence.film_bare import extras_of, strip
from vallum.evidence.papers import sniffed
from vallum.evidence.scrub import inside
from vallum.ground import foreign
from vallum.ground.errors import BadImage, BadInput, BadSetting, MissingExtra, WorkerFailed
from vallum.ground.whole import write_private

LONGEST_PX = 1280
MOST_BYTES = 2 << 30
MOST_FRAMES = 20_000
MOST_S = 600.0
_MOST_PX = 40_000_000
_LOOKS_PER_S = 4.0
_GROWTH = 1.25
_STILL = 0.6  # of a rectangle that is covered at the next look too: then nothing moved between
_BLOCK_PX = 16
_WALL_S = 4 * 3600.0
_KINDS = {"video/mp4", "video/quicktime", "video/x-matroska", "video/x-msvideo"}
# Nothing but these is opened, whatever else a file pretends to be: no playlists, no lists of
# files, no series of pictures, no address.
_OPTIONS = "protocol_whitelist;file|format_whitelist;mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
_STOPPED_S = 0.5

Frame = NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Filmed:
    """A new video, which nobody has cleared yet.

    Attributes:
        width: of the new video, in pixels.
        height: of the new video, in pixels.
        fps: frames in a second.
        n_frames: in it.
        n_frames_covered: in which something is covered.
        n_areas: rectangles over all frames; not how many persons there are.
        n_looked_at: frames that were searched.
        covered_share: of all pixels of all frames.
        is_cut: it could not be decoded up to its end.
    """

    width: int
    height: int
    fps: float
    n_frames: int
    n_frames_covered: int
    n_areas: int
    n_looked_at: int
    covered_share: float
    is_cut: bool


def scrub_film(
    path: Path,
    out: Path,
    *,
    cover: Iterable[Box] = (),
    longest_px: int = LONGEST_PX,
    tell: Callable[[float], None] | None = None,
) -> Filmed:
    """Write a video of `path` that holds frames only, with faces covered, to `out`.

    Args:
        path: MP4, MOV, 3GP, MKV, WebM or AVI, at most ten minutes; left as it is.
        out: `.mp4`; replaced if there is one.
        cover: further rectangles to cover in all frames, in pixels of the new video.
        longest_px: the longer side of the new video at most.
        tell: called with the share that is done.

    Raises:
        BadImage: it cannot be opened, or is too large or too long.
        BadSetting: `out` is the file itself, or of another kind.
        MissingExtra: there is no ffmpeg.
        WorkerFailed: the process that opened it died or ran out of time.
    """
    _check(path, out)
    encoder = the_encoder()
    with tempfile.TemporaryDirectory(prefix="vallum-") as folder:
        into = Path(folder) / "film.mp4"
        with _watched(Path(folder) / "told", tell):
            answer: Filmed = foreign.call(
                "vallum.evidence.film:_scrub_here",
                {
                    "path": str(path.absolute()),
                    "into": str(into),
                    "told": str(Path(folder) / "told"),
                    "encoder": encoder,
                    "cover": [list(box) for box in cover],
                    "longest_px": longest_px,
                },
                reads=[path],
                writes=[Path(folder)],
                runs=[Path(encoder)],
                returns=Filmed,
                wall_s=_WALL_S,
                memory_bytes=8 << 30,
                file_bytes=MOST_BYTES,
            )
        # The video may have taken over the process that opened it: only frames are let through.
        extras = extras_of(foreign.made(Path(folder), into.name))
        if extras:
            raise WorkerFailed(
                f"{path.name}: what came back holds more than frames ({', '.join(extras[:3])}); "
                "nothing was written, do not use this video"
            )
        with into.open("rb") as handle:
            write_private(out, lambda new: shutil.copyfileobj(handle, new, 1 << 20))
    return answer


def is_film(kind: str) -> bool:
    """Return whether a media type is that of a video that is opened."""
    return kind in _KINDS


def the_encoder() -> str:
    """Return the path of ffmpeg: the one of imageio-ffmpeg, or the system's.

    Raises:
        MissingExtra: there is neither.
    """
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        found = shutil.which("ffmpeg")
    if found is None:
        raise MissingExtra(
            "videos need ffmpeg, which is not installed; nothing was written. Install it with: "
            'pip install "vallum[video]"'
        )
    return found


def _check(path: Path, out: Path) -> None:
    if out.suffix.lower() != ".mp4":
        raise BadSetting(f"{out.name}: a video is written as .mp4; nothing was done, name it so")
    if not path.is_file():
        raise BadImage(f"{path.name}: there is no such file; nothing was done")
    if out.exists() and out.samefile(path):
        raise BadSetting(f"{out.name}: that is the original; nothing was done, name another file")
    if path.stat().st_size > MOST_BYTES:
        raise BadImage(
            f"{path.name}: larger than {MOST_BYTES >> 30} GB; nothing was done, cut it first"
        )
    with path.open("rb") as handle:
        kind = sniffed(handle.read(4096))
    if not is_film(kind):
        raise BadImage(
            f"{path.name}: this is no video that is opened; nothing was written. Give a whole MP4, "
            "MOV, 3GP, MKV, WebM or AVI"
        )


class _watched:  # noqa: N801
    """While it is open, pass on how far the other process says that it is."""

    def __init__(self, told: Path, tell: Callable[[float], None] | None) -> None:
        self._told, self._tell, self._ended = told, tell, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> None:
        if self._tell is not None:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._tell is not None:
            self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_STOPPED_S):
            try:
                share = float(self._told.read_bytes()[:20])
            except (OSError, ValueError):
                continue
            if self._tell is not None and 0 <= share <= 1:
                self._tell(share)


# -- in the limited process -------------------------------------------------------------------


def _scrub_here(
    path: str, into: str, told: str, encoder: str, cover: list[list[int]], longest_px: int
) -> dict[str, Any]:
    """Do it; runs in the limited process."""
    size, fps, n_expected = _measured(path, longest_px)
    gap = max(1, round(fps / _LOOKS_PER_S))

    def tell(share: float) -> None:
        Path(told).write_text(f"{min(share, 1.0):.4f}")

    def counted() -> Iterator[Frame]:
        for n, frame in enumerate(_frames(path, size)):
            tell(0.95 * n / max(1, n_expected, n))
            yield frame

    found, n_frames = looked_through(counted(), gap, suspected)
    if n_frames == 0:
        raise BadImage(f"{Path(path).name}: no frame of it can be decoded; nothing was written")
    named = [inside(box, *size) for box in cover]
    counts = {"n_frames_covered": 0, "n_areas": 0, "n_pixels": 0}

    def clean() -> Iterator[Frame]:
        for n, frame in enumerate(_frames(path, size)):
            boxes = [*covers_of(found, n, gap, size), *named]
            _paint(frame, boxes, counts)
            yield frame
            tell(0.95 + 0.05 * n / n_frames)

    _encode(encoder, clean(), size, fps, Path(into))
    return {
        "width": size[0],
        "height": size[1],
        "fps": fps,
        "n_frames": n_frames,
        "n_frames_covered": counts["n_frames_covered"],
        "n_areas": counts["n_areas"],
        "n_looked_at": len(found),
        "covered_share": counts["n_pixels"] / (n_frames * size[0] * size[1]),
        "is_cut": n_frames < 0.98 * n_expected - 1,
    }


def _opened(path: str) -> Any:
    import cv2

    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = _OPTIONS
    os.environ["OPENCV_LOG_LEVEL"] = "SILENT"
    return cv2.VideoCapture(path, cv2.CAP_FFMPEG)


def _measured(path: str, longest_px: int) -> tuple[tuple[int, int], float, int]:
    """Return width and height of the new video, its frames in a second, and how many to expect."""
    import cv2

    film, name = _opened(path), Path(path).name
    try:
        if not film.isOpened():
            raise BadImage(f"{name}: this video cannot be opened; nothing was written")
        wide, tall = (
            int(film.get(p)) for p in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        if wide < 2 or tall < 2 or wide * tall > _MOST_PX:
            raise BadImage(
                f"{name}: frames of {wide} x {tall} pixels; nothing was written, at most "
                f"{_MOST_PX // 1_000_000} megapixels are opened"
            )
        fps = float(film.get(cv2.CAP_PROP_FPS))
        fps = fps if 1.0 <= fps <= 240.0 else 25.0
        n_frames = max(0, int(film.get(cv2.CAP_PROP_FRAME_COUNT)))
        # The first frame says how it is held, which the head of the file may not.
        is_there, frame = film.read()
        if not is_there:
            raise BadImage(f"{name}: no frame of it can be decoded; nothing was written")
        tall, wide = frame.shape[:2]
    finally:
        film.release()
    if n_frames > min(MOST_FRAMES, fps * MOST_S) + 1:
        raise BadImage(_too_long(name))
    shrink = min(1.0, longest_px / max(wide, tall))
    even = [max(2, 2 * round(v * shrink / 2)) for v in (wide, tall)]
    return (even[0], even[1]), fps, n_frames


def _too_long(name: str) -> str:
    return (
        f"{name}: longer than {MOST_S / 60:.0f} minutes or {MOST_FRAMES:,} frames; nothing was "
        "written, cut out what is to be shown"
    )


def _frames(path: str, size: tuple[int, int]) -> Iterator[Frame]:
    """Yield every frame, (y, x, 3) blue, green, red, in the size of the new video."""
    import cv2

    film = _opened(path)
    try:
        for n in range(MOST_FRAMES + 2):
            is_there, frame = film.read()
            if not is_there:
                return
            if n > MOST_FRAMES:
                raise BadImage(_too_long(Path(path).name))
            if (frame.shape[1], frame.shape[0]) != size:
                frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
            yield np.ascontiguousarray(frame, np.uint8)
    finally:
        film.release()


def suspected(frame: Frame) -> list[Box]:
    """Return rectangles in which a face or a number plate may be."""
    image = np.ascontiguousarray(frame[:, :, ::-1])
    return [
        *faces.locate(image, scales=(0.5, 1.0)),
        *faces.locate(image, scales=(2.0,), n_turns=1),
        *plates.locate(image, scales=(0.5, 1.0), n_turns=1),
    ]


def looked_through(
    frames: Iterable[Frame], gap: int, look: Callable[[Frame], list[Box]]
) -> tuple[dict[int, list[Box]], int]:
    """Return what was found in which frames, and how many frames there are.

    Every `gap`-th frame and the last are looked at; and half-way between two of them, again and
    again, as long as what lies in one is not covered by what lies in the other.

    Holds at most `gap` + 1 frames.
    """
    found: dict[int, list[Box]] = {}
    held: deque[tuple[int, Frame]] = deque()
    n_frames = 0

    def between(first: int, last: int) -> None:
        if last - first < 2 or _is_still(found[first], found[last]):
            return
        middle = (first + last) // 2
        found[middle] = look(held[middle - held[0][0]][1])
        between(first, middle)
        between(middle, last)

    for n, frame in enumerate(frames):
        n_frames = n + 1
        held.append((n, frame))
        if n % gap == 0:
            found[n] = look(frame)
            between(held[0][0], n)
            while len(held) > 1:
                held.popleft()
    if n_frames and (n_frames - 1) not in found:
        found[n_frames - 1] = look(held[-1][1])
        between(held[0][0], n_frames - 1)
    return found, n_frames


def _is_still(one: list[Box], other: list[Box]) -> bool:
    """Return whether what lies in each is mostly covered by what lies in the other."""
    return all(
        any(_shared(box, with_) >= _STILL * box[2] * box[3] for with_ in others)
        for boxes, others in ((one, other), (other, one))
        for box in boxes
    )


def _shared(one: Box, other: Box) -> int:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0, across) * max(0, down)


def covers_of(found: dict[int, list[Box]], n: int, gap: int, size: tuple[int, int]) -> list[Box]:
    """Return what to cover in frame `n`: all that was found up to `gap` frames away, grown."""
    near = {box for at in range(n - gap, n + gap + 1) for box in found.get(at, ())}
    return [_grown(box, size) for box in sorted(near)]


def _grown(box: Box, size: tuple[int, int]) -> Box:
    """Return a rectangle with room around it, up to the edges of the blocks it touches."""
    low, high = [], []
    for start, length, most in ((box[0], box[2], size[0]), (box[1], box[3], size[1])):
        more = length * (_GROWTH - 1) / 2
        low.append(max(0, math.floor((start - more) / _BLOCK_PX) * _BLOCK_PX))
        high.append(min(most, math.ceil((start + length + more) / _BLOCK_PX) * _BLOCK_PX))
    return low[0], low[1], high[0] - low[0], high[1] - low[1]


def _paint(frame: Frame, boxes: list[Box], counts: dict[str, int]) -> None:
    hidden = np.zeros(frame.shape[:2], bool)
    for x, y, width, height in boxes:
        hidden[y : y + height, x : x + width] = True
    frame[hidden] = 0
    counts["n_frames_covered"] += bool(boxes)
    counts["n_areas"] += len(boxes)
    counts["n_pixels"] += int(hidden.sum())


def _encode(
    encoder: str, frames: Iterable[Frame], size: tuple[int, int], fps: float, into: Path
) -> None:
    """Encode frames as H.264 in MP4, without a trace of encoder, time or anything else.

    The encoder sees pixels, never the file that came in, and runs under the same limits.
    """
    line = [
        encoder, "-nostdin", "-hide_banner", "-loglevel", "error", "-f", "rawvideo",
        "-pix_fmt", "bgr24", "-video_size", f"{size[0]}x{size[1]}", "-framerate", f"{fps:.6f}",
        "-i", "pipe:0", "-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1",
        "-map_metadata:s", "-1", "-map_chapters", "-1", "-fflags", "+bitexact",
        "-flags:v", "+bitexact", "-c:v", "libx264", "-preset", "veryfast", "-crf", "21",
        "-pix_fmt", "yuv420p", "-threads", "2", "-bsf:v", "filter_units=remove_types=6",
        "-empty_hdlr_name", "1", "-f", "mp4", "-y", str(into),
    ]  # fmt: skip
    with tempfile.TemporaryFile() as complained:
        process = subprocess.Popen(  # noqa: S603 - our own line; no name in it is from outside
            line, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complained, env={}
        )
        returncode = _fed(process, frames)
        complained.seek(0)
        words = complained.read(2000).decode("utf-8", "replace").strip().splitlines()
    if returncode or not into.is_file():
        last = words[-1][:200] if words else f"code {returncode}"
        raise BadInput(
            f"ffmpeg could not write the new video ({last}); nothing was written. Install a whole "
            'one with: pip install "vallum[video]"'
        )
    strip(into)


def _fed(process: subprocess.Popen[bytes], frames: Iterable[Frame]) -> int:
    """Hand frames to the encoder one by one, and return with what it ended."""
    pipe = process.stdin
    try:
        for frame in frames:
            if pipe is not None:
                pipe.write(frame.tobytes())
        if pipe is not None:
            pipe.close()
    except BrokenPipeError:
        pass  # what it has to say follows
    except BaseException:
        process.kill()
        raise
    finally:
        process.wait()
    return process.returncode
