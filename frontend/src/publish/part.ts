/** A part of the page about the report: the page around it asks for the state, the part for its own. */

import { Page } from "../pages/page.ts";

export class Part extends Page {
  protected override refresh(): Promise<void> {
    return this.load();
  }
}
