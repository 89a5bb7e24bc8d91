import { VeilsumError } from '@veilsum/protocol';

/**
 * Aborted when the process is asked to end: by a signal, or because its parent is gone.
 * @param stopWithParent - whether the end of standard input counts as that
 */
export function stopSignal(stopWithParent: boolean): AbortSignal {
  const controller = new AbortController();
  const stop = () => {
    controller.abort();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  if (stopWithParent) {
    process.stdin.resume();
    process.stdin.once('end', stop);
    process.stdin.once('close', stop);
  }
  return controller.signal;
}

/** Tells whoever started the service that it works: one JSON line on standard output. */
export function announceReady(facts: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ ready: true, ...facts })}\n`);
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
  });
}

/** Runs a service to its end and exits: 0, or 1 after one line that says why, without inner detail. */
export function runService(main: () => Promise<void>): void {
  main().then(
    () => process.exit(0),
    (error: unknown) => {
      const known = error instanceof VeilsumError;
      const code = known ? error.code : 'INTERNAL';
      const detail = known ? error.message : 'The service failed unexpectedly.';
      process.stderr.write(`${JSON.stringify({ level: 'error', code, detail })}\n`);
      process.exit(1);
    },
  );
}
