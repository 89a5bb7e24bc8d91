import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AlertLog, SequencedAlert } from '../alerts/alert-log.js';

const HEARTBEAT_MS = 15_000;
/** Whoever reads too slowly is cut off; it resumes with the last id that it has. */
const WAITING_BYTES_MAX = 1_000_000;

/**
 * Server-sent events: every revision of every alert, with its sequence number as id. With `Last-Event-ID`
 * it goes on after that one; without, it begins with the last revision of each alert.
 */
export function streamAlerts(
  request: IncomingMessage,
  response: ServerResponse,
  alerts: AlertLog,
): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.flushHeaders();
  const resumed = lastEventId(request);
  const begin = resumed === undefined ? alerts.latestEntries() : alerts.after(resumed);
  let sent = 0;
  const send = (entries: readonly SequencedAlert[]) => {
    for (const entry of entries) {
      response.write(eventOf(entry));
      sent = entry.sequence;
    }
    if (response.writableLength > WAITING_BYTES_MAX) response.destroy();
  };
  send(begin);
  sent = Math.max(sent, alerts.after(0).length);
  const stop = alerts.onChange(() => {
    send(alerts.after(sent));
  });
  const heartbeat = setInterval(() => response.write(': here\n\n'), HEARTBEAT_MS);
  response.once('close', () => {
    stop();
    clearInterval(heartbeat);
  });
}

function eventOf({ sequence, alert }: SequencedAlert): string {
  return `id: ${sequence}\nevent: alert\ndata: ${JSON.stringify(alert)}\n\n`;
}

function lastEventId({ headers }: IncomingMessage): number | undefined {
  const value = headers['last-event-id'];
  return typeof value === 'string' && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
}
