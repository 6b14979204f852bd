/** `<vallum-images-page>`: drop images in, see what became of each, and list what is there. */

import { css, html, nothing } from "lit";
import type { TemplateResult } from "lit";

import { api } from "../api.ts";
import type { ImageRow } from "../types.ts";
import { language, number, t } from "../words.ts";
import { addCommand } from "./commands.ts";
import type { Wish } from "./commands.ts";
import "./copy.ts";
import "./fileresults.ts";
import "./imagelist.ts";
import { Page } from "./page.ts";
import { pageLook } from "./pagelook.ts";
import { fileSize } from "./spell.ts";
import { sendFiles, uploadForm } from "./upload.ts";
import { fromDrop, fromInput, isImage, topFolder } from "./walk.ts";
import type { Dropped } from "./walk.ts";
import { jobs } from "./watch.ts";

const LARGE_BYTES = 2_000_000_000;
const NO_WISH: Wish = { taken: "", licence: "", credit: "", may_publish: false, dem: "" };

export class ImagesPage extends Page {
  static override properties = {
    ...Page.properties,
    images: { state: true },
    staged: { state: true },
    wish: { state: true },
    heights: { state: true },
    path: { state: true },
    isOver: { state: true },
    isReading: { state: true },
    sent: { state: true },
  };

  static override styles = [
    pageLook,
    css`
      .drop {
        display: grid;
        gap: 10px;
        justify-items: center;
        padding: 24px 16px;
        border: 2px dashed var(--line-strong);
        border-radius: var(--radius);
        background: var(--panel);
        text-align: center;
      }
      .drop.over {
        border-color: var(--accent);
        background: var(--accent-ground);
      }
      .drop strong {
        font-size: 16px;
      }
      .staged {
        text-align: start;
      }
      input[type="file"]:not(.plain) {
        position: absolute;
        width: 1px;
        height: 1px;
        clip-path: inset(50%);
      }
      fieldset.card {
        padding: 12px;
        border: 1px solid var(--line);
      }
      .heights {
        margin-top: 12px;
      }
      input.plain {
        padding: 4px 0;
        border: 0;
        background: none;
      }
      .grow {
        flex: 1 1 260px;
      }
    `,
  ];

  private images: ImageRow[] | null = null;
  private staged: Dropped[] = [];
  private wish: Wish = NO_WISH;
  /** A height model that is sent; a path is in the wish. */
  private heights: File | null = null;
  private path = "";
  private isOver = false;
  private isReading = false;
  private sent: { bytes: number; total: number } | null = null;
  private stopSending: AbortController | null = null;

  protected override async load(): Promise<void> {
    if (!this.state?.project) return;
    await this.attempt("list", async () => {
      this.images = await api.images();
    });
  }

  protected override render(): TemplateResult {
    return html`<header>
        <h1>${t("images.title")}</h1>
        <p>${t("images.lead")}</p>
      </header>
      ${this.troubleBeside("page")}
      ${this.state?.project
        ? html`${this.isKeeper ? this.adding() : this.onlyKeeper()}
            <vallum-file-results .root=${this.root}></vallum-file-results>
            ${this.list()}`
        : this.noProject()}`;
  }

  private adding(): TemplateResult {
    return html`<section aria-labelledby="add">
      <h2 id="add">${t("images.add")}</h2>
      <div class="stack">
        ${this.dropZone()} ${this.wishes()} ${this.pathField()}
      </div>
    </section>`;
  }

  private dropZone(): TemplateResult {
    return html`<div
      class="drop ${this.isOver ? "over" : ""}"
      @dragover=${this.onOver}
      @dragleave=${this.onLeave}
      @drop=${this.onDrop}
    >
      <strong>${t(this.isReading ? "images.reading" : "images.drop")}</strong>
      <span class="quiet">${t("images.drop_text")}</span>
      <div class="row">
        <button type="button" @click=${() => this.choose("#folder")}>
          ${t("images.choose_folder")}
        </button>
        <button type="button" @click=${() => this.choose("#files")}>
          ${t("images.choose_files")}
        </button>
        <input id="folder" type="file" webkitdirectory tabindex="-1" aria-label=${t("images.choose_folder")} @change=${this.onChosen} />
        <input id="files" type="file" multiple tabindex="-1" aria-label=${t("images.choose_files")} @change=${this.onChosen} />
      </div>
      ${this.stagedBox()} ${this.troubleBeside("upload")}
    </div>`;
  }

  private stagedBox(): TemplateResult | typeof nothing {
    if (this.staged.length === 0) return nothing;
    const bytes = this.staged.reduce((sum, { file }) => sum + file.size, 0);
    const n_images = this.staged.filter(({ path }) => isImage(path)).length;
    const name = topFolder(this.staged) || this.staged[0]?.path || "";
    return html`<div class="card staged stack" aria-live="polite">
      <div>
        <strong>${name}</strong>
        <div>
          ${t("images.staged", {
            n: n_images,
            others: number(this.staged.length - n_images),
            size: fileSize(bytes, language()),
          })}
        </div>
      </div>
      ${n_images === 0 ? html`<div class="note warn">${t("images.staged_none")}</div>` : nothing}
      ${bytes > LARGE_BYTES ? html`<div class="note">${t("images.staged_large")}</div>` : nothing}
      ${this.wish.licence.trim() === ""
        ? html`<div class="note">${t("images.no_licence")}</div>`
        : nothing}
      ${this.sent === null ? this.stagedButtons() : this.sending()}
    </div>`;
  }

  private stagedButtons(): TemplateResult {
    return html`<div class="row">
      <button
        class="primary"
        type="button"
        ?disabled=${this.isWorking || this.busy === "upload"}
        @click=${this.upload}
      >
        ${t("images.take_in")}
      </button>
      <button
        type="button"
        @click=${() => {
          this.staged = [];
        }}
      >
        ${t("images.not_these")}
      </button>
      ${this.isWorking ? html`<span class="quiet">${t("pages.busy_job")}</span>` : nothing}
      <vallum-command .command=${addCommand(topFolder(this.staged), this.asTyped, this.root)}>
      </vallum-command>
    </div>`;
  }

  private sending(): TemplateResult {
    const { bytes, total } = this.sent ?? { bytes: 0, total: 0 };
    return html`<div class="stack">
      <progress
        aria-label=${t("images.sending_label")}
        max="1"
        value=${total > 0 ? bytes / total : nothing}
      ></progress>
      <div class="row spread">
        <span
          >${bytes < total || total === 0
            ? t("images.sending", {
                done: fileSize(bytes, language()),
                total: fileSize(total, language()),
              })
            : t("images.sent")}</span
        >
        <button type="button" @click=${() => this.stopSending?.abort()}>${t("images.stop")}</button>
      </div>
    </div>`;
  }

  private wishes(): TemplateResult {
    const field = (name: "licence" | "credit" | "taken"): TemplateResult =>
      html`<div class="field">
        <label for=${name}>${t(`images.${name}`)}</label>
        <input
          id=${name}
          autocomplete="off"
          aria-describedby="${name}-hint"
          .value=${this.wish[name]}
          @input=${(event: InputEvent) => {
            this.wish = { ...this.wish, [name]: (event.target as HTMLInputElement).value };
          }}
        />
        <span class="hint" id="${name}-hint">${t(`images.${name}_hint`)}</span>
      </div>`;
    return html`<fieldset class="card">
      <legend class="only-read">${t("images.wishes")}</legend>
      <div class="fields">
        ${field("licence")} ${field("credit")} ${field("taken")}
        <div class="field">
          <label class="check"
            ><input
              type="checkbox"
              .checked=${this.wish.may_publish}
              aria-describedby="publish-hint"
              @change=${(event: Event) => {
                const isOn = (event.target as HTMLInputElement).checked;
                this.wish = { ...this.wish, may_publish: isOn };
              }}
            />
            ${t("images.may_publish")}</label
          >
          <span class="hint" id="publish-hint">${t("images.may_publish_hint")}</span>
        </div>
      </div>
      ${this.heightModel()}
    </fieldset>`;
  }

  /** What turns an order without a map into one that can be measured on. */
  private heightModel(): TemplateResult {
    return html`<div class="fields heights">
      <div class="field">
        <label for="dem">${t("images.dem")}</label>
        <input
          id="dem"
          type="file"
          class="plain"
          accept=".tif,.tiff"
          aria-describedby="dem-hint"
          @change=${(event: Event) => {
            this.heights = (event.target as HTMLInputElement).files?.[0] ?? null;
          }}
        />
        <span class="hint" id="dem-hint">${t("images.dem_hint")}</span>
      </div>
      <div class="field">
        <label for="dem-path">${t("images.dem_path")}</label>
        <input
          id="dem-path"
          autocomplete="off"
          spellcheck="false"
          .value=${this.wish.dem ?? ""}
          ?disabled=${this.heights !== null}
          @input=${(event: InputEvent) => {
            this.wish = { ...this.wish, dem: (event.target as HTMLInputElement).value };
          }}
        />
      </div>
    </div>`;
  }

  /** What was said, as a command would say it. */
  private get asTyped(): Wish {
    return { ...this.wish, dem: this.heights?.name ?? (this.wish.dem ?? "").trim() };
  }

  private pathField(): TemplateResult {
    return html`<form class="field" @submit=${this.addPath}>
      <label for="path">${t("images.path")}</label>
      <div class="row">
        <input
          id="path"
          class="grow"
          autocomplete="off"
          spellcheck="false"
          aria-describedby="path-hint trouble-path"
          .value=${this.path}
          @input=${(event: InputEvent) => {
            this.path = (event.target as HTMLInputElement).value;
          }}
        />
        <button
          type="submit"
          ?disabled=${this.path.trim() === "" || this.heights !== null || this.isWorking || this.busy === "path"}
        >
          ${t("images.take_in")}
        </button>
      </div>
      <span class="hint" id="path-hint">${t("images.path_hint")}</span>
      ${this.heights !== null && this.path.trim() !== "" ? html`<div class="note">${t("images.dem_needs_path")}</div>` : nothing}
      ${this.troubleBeside("path")}
      <vallum-command .command=${addCommand(this.path.trim(), this.asTyped, this.root)}>
      </vallum-command>
    </form>`;
  }

  private list(): TemplateResult {
    return html`<section aria-labelledby="list">
      <h2 id="list">
        ${t("images.list")}${this.images?.length ? ` (${number(this.images.length)})` : ""}
      </h2>
      ${this.troubleBeside("list")}
      ${this.images === null
        ? html`<p class="quiet">${t("pages.loading")}</p>`
        : html`<vallum-image-list
            .images=${this.images}
            .root=${this.root}
            .isLocked=${!this.isKeeper}
            @aside=${this.onAside}
          ></vallum-image-list>`}
    </section>`;
  }

  private choose(selector: string): void {
    this.renderRoot.querySelector<HTMLInputElement>(selector)?.click();
  }

  private readonly onOver = (event: DragEvent): void => {
    event.preventDefault();
    this.isOver = true;
  };

  private readonly onLeave = (event: DragEvent): void => {
    const zone = event.currentTarget as HTMLElement;
    if (!zone.contains(event.relatedTarget as Node | null)) this.isOver = false;
  };

  private readonly onDrop = async (event: DragEvent): Promise<void> => {
    event.preventDefault();
    this.isOver = false;
    if (event.dataTransfer === null) return;
    this.isReading = true;
    this.trouble = null;
    try {
      this.staged = await fromDrop(event.dataTransfer);
    } catch (problem) {
      // The browser says so when a file cannot be read; it has a name and a message for people.
      if (!(problem instanceof DOMException)) throw problem;
      this.trouble = { about: "upload", message: problem.message, next: t("images.read_next") };
    } finally {
      this.isReading = false;
    }
  };

  private readonly onChosen = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.staged = fromInput(input.files ?? []);
    input.value = "";
  };

  private readonly upload = async (): Promise<void> => {
    const stop = new AbortController();
    this.stopSending = stop;
    this.sent = { bytes: 0, total: 0 };
    const isTaken = await this.attempt("upload", async () => {
      const show = (bytes: number, total: number): void => {
        this.sent = { bytes, total };
      };
      jobs.take(await sendFiles(uploadForm(this.staged, this.asTyped, this.heights), show, stop.signal));
    });
    this.sent = null;
    if (isTaken) this.staged = [];
    else if (stop.signal.aborted) {
      this.trouble = { about: "upload", message: t("images.stopped"), next: "" };
    }
  };

  private readonly addPath = async (event: Event): Promise<void> => {
    event.preventDefault();
    const { may_publish, ...texts } = this.asTyped;
    const said = Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
    await this.startJob("path", () => api.addFolder(this.path.trim(), { ...said, may_publish }));
  };

  private readonly onAside = async (event: Event): Promise<void> => {
    const { id, why, back } = (event as CustomEvent<{ id: string; why: string; back: boolean }>)
      .detail;
    await this.attempt("list", async () => {
      await api.setAside(id, why, back);
      this.images = await api.images();
    });
  };
}

customElements.define("vallum-images-page", ImagesPage);
