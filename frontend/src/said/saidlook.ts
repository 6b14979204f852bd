/** The look of badges, claim cards and marks in a text. */

import { css } from "lit";

export const badgeLook = css`
  .badge {
    display: inline-flex;
    gap: 5px;
    align-items: center;
    padding: 0 8px;
    border: 1px solid currentColor;
    border-radius: 999px;
    background: var(--panel-2);
    font-size: var(--small);
    font-weight: 600;
    line-height: 20px;
    white-space: nowrap;
  }
  .badge b {
    font-weight: 700;
  }
  .corroborated {
    color: var(--yes);
  }
  .contradicted {
    color: var(--no);
  }
  .not_observable {
    color: var(--unsure);
  }
  .unverified {
    color: var(--existed);
  }
  .proposed {
    color: var(--text-2);
  }
  .badge.proposed {
    border-style: dashed;
  }
  .approved {
    color: var(--text);
  }
  .rejected {
    color: var(--text-3);
  }
  .tags {
    display: flex;
    flex-wrap: wrap;
    gap: 4px 6px;
    align-items: center;
  }
  .tag.warn {
    border-color: var(--existed);
    color: var(--existed);
  }
  .tag.locked {
    border-color: var(--removed);
    color: var(--removed);
  }
`;

export const cardLook = css`
  .claim {
    display: grid;
    gap: 6px;
    padding: 12px;
    border: 1px solid var(--line);
    border-inline-start: 5px solid var(--line-strong);
    border-radius: var(--radius);
    background: var(--panel);
    color: var(--text);
  }
  .claim.is-corroborated {
    border-inline-start-color: var(--yes);
  }
  .claim.is-contradicted {
    border-inline-start-color: var(--no);
  }
  .claim.is-not_observable {
    border-inline-start-color: var(--unsure);
  }
  .claim.is-unverified {
    border-inline-start-color: var(--existed);
  }
  .claim.is-proposed {
    border-inline-start-style: dashed;
  }
  .claim.current {
    outline: 2px solid var(--accent);
    outline-offset: -1px;
  }
  .claim .title {
    margin: 0;
    font-size: 14px;
    line-height: 1.35;
    overflow-wrap: anywhere;
  }
  .claim .title a {
    color: var(--text);
    text-decoration: underline;
    text-decoration-color: var(--line-strong);
    text-underline-offset: 3px;
  }
  .facts {
    display: grid;
    grid-template-columns: max-content minmax(0, 1fr);
    gap: 2px 12px;
    margin: 0;
    font-size: 13px;
  }
  .facts dd {
    overflow-wrap: anywhere;
  }
`;
