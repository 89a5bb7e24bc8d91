import { WorkQueue } from './work-queue.js';

/** A job that ends when the test says so. */
function controlledJobs() {
  const started: string[] = [];
  const enders: (() => void)[] = [];
  const job = (key: string) => {
    started.push(key);
    return new Promise<void>((resolve) => enders.push(resolve));
  };
  const endOldest = async () => {
    enders.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, job, endOldest };
}

test('one key never runs twice at a time, and news during its run gives exactly one more run', async () => {
  const { started, job, endOldest } = controlledJobs();
  const queue = new WorkQueue(job, 4);
  queue.ask('a');
  queue.ask('a');
  queue.ask('a');
  expect(started).toEqual(['a']);
  await endOldest();
  expect(started).toEqual(['a', 'a']);
  await endOldest();
  expect(started).toEqual(['a', 'a']);
});

test('no more than the width run together, and the others follow', async () => {
  const { started, job, endOldest } = controlledJobs();
  const queue = new WorkQueue(job, 2);
  for (const key of ['a', 'b', 'c']) queue.ask(key);
  expect(started).toEqual(['a', 'b']);
  await endOldest();
  expect(started).toEqual(['a', 'b', 'c']);
});

test('closing waits for what runs and starts nothing else', async () => {
  const { started, job, endOldest } = controlledJobs();
  const queue = new WorkQueue(job, 1);
  queue.ask('a');
  queue.ask('b');
  let closed = false;
  const closing = queue.close().then(() => (closed = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(closed).toBe(false);
  await endOldest();
  await closing;
  queue.ask('c');
  expect(started).toEqual(['a']);
});
