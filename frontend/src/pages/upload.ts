/** Sending files with progress, which `fetch` cannot tell. */

import { ApiError } from "../api.ts";
import type { ApiProblem, Job } from "../types.ts";
import type { Wish } from "./commands.ts";
import type { Dropped } from "./walk.ts";

/** Return the form that POST /images takes; empty fields are left out. */
export function uploadForm(files: readonly Dropped[], wish: Wish, heights: File | null = null): FormData {
  const form = new FormData();
  for (const { path, file } of files) form.append("files", file, path);
  if (wish.taken !== "") form.append("taken", wish.taken);
  if (wish.licence !== "") form.append("licence", wish.licence);
  if (wish.credit !== "") form.append("credit", wish.credit);
  if (wish.may_publish) form.append("may_publish", "true");
  if (heights !== null) form.append("dem", heights, heights.name);
  else if (wish.dem) form.append("dem", wish.dem);
  return form;
}

/**
 * Send files to the server; answers with the job that takes them in.
 *
 * @param onProgress called with bytes sent and bytes in all.
 * @param signal stops the sending; the server then keeps nothing of it.
 */
export function sendFiles(
  form: FormData,
  onProgress: (sent: number, total: number) => void,
  signal: AbortSignal,
): Promise<Job> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/images");
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      onProgress(event.loaded, event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) done(request.response as Job);
      else failed(new ApiError(request.status, problemOf(request.response, request.status)));
    };
    const gone = (): void => {
      failed(new ApiError(0, { error: "NotConnected", message: "", next: "" }));
    };
    request.onerror = gone;
    request.onabort = gone;
    signal.addEventListener("abort", () => {
      request.abort();
    });
    request.send(form);
  });
}

function problemOf(body: unknown, status: number): ApiProblem {
  const { error, message, next } = (body ?? {}) as Partial<ApiProblem>;
  return { error: error ?? `Http${String(status)}`, message: message ?? "", next: next ?? "" };
}
