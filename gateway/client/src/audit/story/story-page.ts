import type { AuditCheck } from '../audit.js';
import type { FieldChange } from './field-changes.js';
import { html, Html } from './html-text.js';
import type { Story, StoryChange, StoryEvent } from './story.js';
import type { StoryTopic } from './story-kinds.js';
import { storyStyle } from './story-style.js';

/** What the page says about the ledger that the story was read from. */
export interface AuditedLedger {
  readonly height: number;
  readonly headHash: string;
  readonly passed: boolean;
  readonly checks: readonly AuditCheck[];
}

const topicTitles: Readonly<Record<StoryTopic, string>> = {
  terms: 'Terms and their revisions',
  contributions: 'Contributions',
  uses: 'Uses',
  decisions: 'Decisions and refusals',
  release: 'Releases',
  results: 'Published results and goals',
  money: 'Money',
  rules: 'Proposals and approvals',
  consultation: 'Questions and answers',
  oversight: 'Incidents and openings',
  delegation: 'Delegation',
  membership: 'Membership',
};

/** Longer values are cut on the page; `--json` has them whole. */
const VALUE_CHARACTERS_MAX = 600;

/**
 * A story as one HTML file to read and print: no script, nothing loaded, everything from the ledger
 * escaped.
 */
export function storyPage(story: Story, ledger: AuditedLedger): string {
  const { kind, id } = story.subject;
  const title = `Audit of ${kind} ${id}`;
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>${title}</title>
        <style>
          ${new Html(storyStyle)}
        </style>
      </head>
      <body>
        <header>
          <p class="kind">Audit of ${article(kind)}</p>
          <h1>${id}</h1>
          ${verdictSection(ledger)}
        </header>
        <main>
          <section>
            <h2>How it stands</h2>
            ${factTable(story)}
          </section>
          <section>
            <h2>What happened</h2>
            ${timeline(story.events)}
          </section>
          ${topicSections(story.events)} ${checkSection(ledger)}
        </main>
        <footer>
          <p>
            Made by <code>veilsum audit</code> from ${ledger.height} blocks; last block
            <code>${ledger.headHash}</code>. Times are UTC, as the signer claimed them; amounts are
            minor units.
          </p>
        </footer>
      </body>
    </html> `;
  return page.text;
}

const article = (kind: string) => (/^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`);

function verdictSection({ passed, checks }: AuditedLedger): Html {
  const failed = checks.filter((check) => !check.passed);
  return passed
    ? html`<p class="verdict good">
        <strong>Everything holds.</strong> The whole ledger was replayed; all ${checks.length}
        checks pass.
      </p>`
    : html`<p class="verdict bad">
        <strong>Not in order.</strong> ${failed.length} of ${checks.length} checks of the ledger
        fail; they are listed at the end.
      </p>`;
}

function factTable({ facts }: Story): Html {
  const rows = facts.map(
    ({ name, value }) =>
      html`<tr>
        <th scope="row">${name}</th>
        <td>${value}</td>
      </tr>`,
  );
  return html`<table class="facts">
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function timeline(events: readonly StoryEvent[]): Html {
  const rows = events.map(
    (event) =>
      html`<tr>
        <td class="when">${timeOf(event)}</td>
        <td class="who">${event.by}</td>
        <td class="who">${event.call}</td>
        <td>${event.changes.map(({ sentence }) => html`<div>${sentence}</div>`)}</td>
        <td class="place">${placeOf(event)}</td>
      </tr>`,
  );
  return html`<table>
    <thead>
      <tr>
        <th>when</th>
        <th>who signed</th>
        <th>transaction</th>
        <th>what</th>
        <th>block</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function topicSections(events: readonly StoryEvent[]): Html[] {
  return Object.entries(topicTitles).flatMap(([topic, title]) => {
    const rows = events.flatMap((event) =>
      event.changes
        .filter((change) => change.topic === topic && change.fields.length > 0)
        .map((change) => changeRow(event, change)),
    );
    return rows.length === 0
      ? []
      : [
          html`<section>
            <h2>${title}</h2>
            <table>
              <thead>
                <tr>
                  <th>when</th>
                  <th>what</th>
                  <th>fields</th>
                </tr>
              </thead>
              <tbody>
                ${rows}
              </tbody>
            </table>
          </section>`,
        ];
  });
}

function changeRow(event: StoryEvent, { sentence, fields }: StoryChange): Html {
  return html`<tr>
    <td class="when">${timeOf(event)}<br /><span class="place">${placeOf(event)}</span></td>
    <td>${sentence}<br /><span class="signer">signed by ${event.by}</span></td>
    <td><dl>${fields.map(fieldItem)}</dl></td>
  </tr>`;
}

function fieldItem({ field, before, after }: FieldChange): Html {
  const value = after === undefined ? html`<em>removed</em>` : html`${cut(after)}`;
  const earlier = before === undefined ? html`` : html` <del>${cut(before)}</del>`;
  return html`<div>
    <dt>${field}</dt>
    <dd>${value}${earlier}</dd>
  </div>`;
}

function checkSection({ checks }: AuditedLedger): Html {
  const rows = checks.map(({ check, claim, passed, findings }) => {
    const found = findings.map(
      ({ blockNumber, sentence }) =>
        html`<div class="finding">block ${blockNumber}: ${sentence}</div>`,
    );
    return html`<tr>
      <td>${check}</td>
      <td class="${passed ? 'good' : 'bad'}">${passed ? 'holds' : 'FAILS'}</td>
      <td>${claim}${found}</td>
    </tr>`;
  });
  return html`<section>
    <h2>Checks of the whole ledger</h2>
    <table>
      <thead>
        <tr>
          <th>check</th>
          <th></th>
          <th>what was checked</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </section>`;
}

const timeOf = ({ at }: StoryEvent) => at.slice(0, 19).replace('T', ' ');

const placeOf = ({ blockNumber, transactionId }: StoryEvent) =>
  `${blockNumber} · ${transactionId.slice(0, 12)}`;

const cut = (text: string) =>
  text.length > VALUE_CHARACTERS_MAX ? `${text.slice(0, VALUE_CHARACTERS_MAX)} … (cut)` : text;
