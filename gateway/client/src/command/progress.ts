import { SingleBar } from 'cli-progress';
import { stderr } from 'node:process';

/** Shows how far long work is: a bar on a terminal, nothing where nobody watches. */
export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/** @param title - what is being done, in a word or two */
export function createProgress(title: string): Progress {
  if (!stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    format: `${title} {bar} {percentage} % · {eta} s left`,
    stream: stderr,
    hideCursor: true,
    clearOnComplete: true,
  });
  let isStarted = false;
  return {
    update: (done, total) => {
      if (!isStarted) bar.start(total, done);
      isStarted = true;
      bar.update(done);
    },
    stop: () => {
      if (isStarted) bar.stop();
    },
  };
}
