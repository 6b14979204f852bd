/** Still pictures for browsers that cannot draw maps: one chip per image, turned like the maps. */

import type { Image } from "../types.ts";
import { sameCamera, type Camera, type Size } from "./camera.ts";
import type { Pictures, PicturesEvents } from "./pictures.ts";
import { chipUrl } from "./tiles.ts";

const QUIET_MS = 150; // while somebody pans, the last chip stays

/** Two pictures on each other; the last pair stays until the next is whole. */
export class StillPair implements Pictures {
  readonly isStill = true;
  isIdle = false;
  private images: readonly [Image | null, Image | null] = [null, null];
  private view: { camera: Camera; size: Size } | undefined;
  private round = 0;
  private later: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly hosts: readonly [HTMLElement, HTMLElement],
    private readonly events: PicturesEvents,
  ) {}

  show(left: Image | null, right: Image | null, camera: Camera, size: Size): void {
    this.images = [left, right];
    this.view = { camera, size };
    void this.load();
  }

  move(camera: Camera, size: Size): void {
    if (this.view && sameCamera(this.view.camera, camera) && sameSize(this.view.size, size)) return;
    this.view = { camera, size };
    this.isIdle = false;
    clearTimeout(this.later);
    this.later = setTimeout(() => void this.load(), QUIET_MS);
  }

  retry(): void {
    void this.load();
  }

  dispose(): void {
    this.round += 1;
    clearTimeout(this.later);
    for (const host of this.hosts) host.replaceChildren();
  }

  private async load(): Promise<void> {
    clearTimeout(this.later);
    this.isIdle = false;
    this.round += 1;
    const { round, view } = this;
    if (!view) return;
    const pictures = await Promise.all(
      this.images.map((image) => (image ? this.fetch(chipUrl(image, view.camera, view.size)) : null)),
    );
    if (round !== this.round) return;
    for (const [index, host] of this.hosts.entries()) {
      const picture = pictures[index];
      host.replaceChildren(...(picture ? [picture] : []));
    }
    this.isIdle = true;
    this.events.idle();
  }

  private async fetch(url: string): Promise<HTMLImageElement | null> {
    const picture = new window.Image();
    picture.alt = "";
    picture.draggable = false;
    picture.src = url;
    try {
      await picture.decode();
      return picture;
    } catch {
      this.events.broken();
      return null;
    }
  }
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
