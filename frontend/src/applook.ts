/** How the frame of the page looks. */

import { css } from "lit";

export const appLook = css`
  :host {
    display: flex;
    flex-direction: column;
    min-height: 100dvh;
  }
  .skip {
    position: absolute;
    z-index: 20;
    left: 8px;
    top: -60px;
    padding: 8px 12px;
    background: var(--accent);
    color: #111417;
  }
  .skip:focus {
    top: 8px;
  }
  header {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 12px;
    align-items: center;
    min-height: 40px;
    padding: 2px 10px;
    border-bottom: 1px solid var(--line);
    background: var(--ground);
  }
  .brand {
    display: inline-flex;
    align-items: center;
    min-height: var(--target);
    color: var(--text);
    font-size: 16px;
    font-weight: 700;
    text-decoration: none;
  }
  .simulated {
    padding: 1px 8px;
    border-radius: 4px;
    background: var(--simulated);
    color: #111417;
    font-size: 12px;
  }
  nav {
    display: flex;
    flex-wrap: wrap;
  }
  nav a {
    display: inline-flex;
    align-items: center;
    min-height: var(--target);
    padding: 1px 7px;
    border-bottom: 2px solid transparent;
    color: var(--text-2);
    font-size: 13px;
    text-decoration: none;
  }
  .groups {
    display: inline-flex;
    align-items: center;
    margin-inline-end: 6px;
    overflow: hidden;
    border: 1px solid var(--line-strong);
    border-radius: 999px;
  }
  .groups > * {
    display: inline-flex;
    align-items: center;
    min-height: 26px;
    padding: 0 9px;
    border: 0;
    font-size: 13px;
    white-space: nowrap;
  }
  .groups strong {
    background: var(--panel-3);
  }
  .groups a:focus-visible {
    outline-offset: -2px;
  }
  .choose {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
    margin-top: 14px;
  }
  .choose button {
    min-height: 32px;
    padding: 4px 12px;
    border: 1px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--panel-2);
    color: var(--text);
    font: inherit;
    cursor: pointer;
  }
  .choose .primary {
    border-color: var(--accent);
    background: var(--accent);
    color: #111417;
    font-weight: 600;
  }
  nav a:hover {
    background: var(--panel-2);
    color: var(--text);
  }
  nav a[aria-current] {
    border-color: var(--accent);
    color: var(--text);
    font-weight: 600;
  }
  .where {
    flex: 1 1 120px;
    min-width: 0;
    overflow: hidden;
    color: var(--text);
    font-size: 13px;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .end {
    display: flex;
    flex-wrap: wrap;
    gap: 2px 10px;
    align-items: center;
    margin-inline-start: auto;
    font-size: 13px;
  }
  .saved,
  .left,
  .me {
    color: var(--text-2);
  }
  .me {
    max-width: 14ch;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .saved.kept {
    padding: 0 8px;
    border: 1px solid var(--existed);
    border-radius: 999px;
    color: var(--existed);
  }
  .language select {
    padding: 1px 2px;
    border-color: var(--line);
    font-size: 13px;
  }
  .keys {
    padding: 0 2px;
    border: 0;
    background: none;
  }
  .banner {
    padding: 4px 12px;
    border-bottom: 1px solid var(--existed);
    background: var(--accent-ground);
  }
  .banner p {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 12px;
    align-items: center;
  }
  main {
    display: flex;
    flex: 1;
    flex-direction: column;
    min-width: 0;
    min-height: 0;
    outline: none;
  }
  .page {
    flex: 1;
    min-width: 0;
    min-height: 0;
  }
  .calm {
    display: grid;
    gap: 12px;
    max-width: 60ch;
    margin: 12vh auto;
    padding: 0 16px;
  }
  @media (min-width: 901px) and (min-height: 481px) {
    :host {
      height: 100dvh;
    }
    main {
      overflow: auto;
    }
    main.desk {
      overflow: hidden;
    }
  }
  @media (max-width: 1500px) {
    .left {
      display: none;
    }
  }
`;
