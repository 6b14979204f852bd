/** How the desk is laid out: one window without scrolling, or stacked when there is little room. */

import { css } from "lit";

export const reviewLook = css`
  :host {
    display: block;
    height: 100%;
    min-height: 0;
  }
  .desk {
    display: grid;
    grid-template-columns: minmax(0, 1fr) 300px;
    grid-template-rows: auto auto auto minmax(0, 1fr) auto;
    grid-template-areas: "modes modes" "strip strip" "ribbon side" "centre side" "film side";
    height: 100%;
    min-height: 0;
  }
  vallum-modebar {
    grid-area: modes;
  }
  vallum-strip {
    grid-area: strip;
  }
  vallum-ribbon {
    grid-area: ribbon;
    min-width: 0;
  }
  .centre {
    grid-area: centre;
    position: relative;
    display: flex;
    flex-direction: column;
    min-height: 200px;
    min-width: 0;
  }
  .stage {
    position: relative;
    display: flex;
    flex: 1;
    flex-direction: column;
    min-height: 0;
    min-width: 0;
  }
  vallum-compare,
  vallum-sheet {
    flex: 1;
    min-height: 0;
  }
  .under {
    position: relative;
    flex: none;
    max-height: 45%;
    overflow: auto;
  }
  vallum-filmstrip {
    grid-area: film;
    min-width: 0;
  }
  aside {
    grid-area: side;
    overflow-y: auto;
    border-inline-start: 1px solid var(--line);
    background: var(--panel);
  }
  .desk.wide {
    grid-template-areas: "modes modes" "strip strip" "ribbon ribbon" "centre centre" "film film";
  }
  .notes {
    position: absolute;
    z-index: 5;
    left: 50%;
    bottom: 12px;
    display: flex;
    flex-direction: column;
    gap: 6px;
    align-items: center;
    max-width: 92%;
    transform: translateX(-50%);
    pointer-events: none;
  }
  .note {
    display: flex;
    flex-wrap: wrap;
    gap: 6px 12px;
    align-items: center;
    padding: 6px 12px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: rgb(17 20 23 / 0.94);
    pointer-events: auto;
  }
  .note.asks {
    border-color: var(--accent);
    color: var(--accent);
  }
  .calm {
    display: grid;
    gap: 12px;
    place-content: center;
    justify-items: center;
    height: 100%;
    padding: 24px;
    text-align: center;
  }
  .calm p {
    max-width: 60ch;
  }
  @media (max-height: 660px) and (min-width: 901px) {
    .desk {
      grid-template-rows: auto auto auto minmax(220px, 1fr) auto;
    }
  }
  /* 200 % zoom of 1366x768, and small windows: one column, the page scrolls. */
  @media (max-width: 900px), (max-height: 480px) {
    :host,
    .desk {
      height: auto;
    }
    .desk,
    .desk.wide {
      grid-template-columns: minmax(0, 1fr);
      grid-template-rows: none;
      grid-template-areas: "modes" "centre" "side" "film" "strip" "ribbon";
    }
    .centre {
      height: auto;
    }
    .stage {
      flex: none;
      height: max(260px, 72vh);
    }
    .desk.wide .stage {
      height: auto;
    }
    .under {
      max-height: none;
    }
    aside {
      border: 0;
      border-top: 1px solid var(--line);
      overflow: visible;
    }
  }
`;
