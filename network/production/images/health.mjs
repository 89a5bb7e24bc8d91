/**
 * Asks whether a program of ours works, for probes of containers: exits 0 or 1.
 *
 *   health.mjs alive|following FOLDER   a keyholder's health files, at most a minute old
 *   health.mjs listening PORT           something takes connections here
 *   health.mjs http URL                 an answer of 2xx
 */
import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

const AGE_MS_MAX = 60_000;
const PATIENCE_MS = 4_000;

const isFresh = async (path) => Date.now() - (await stat(path)).mtimeMs <= AGE_MS_MAX;

const isListening = (port) =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: PATIENCE_MS });
    const end = (listening) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

const answers = async (url) => (await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) })).ok;

const questions = {
  alive: (folder) => isFresh(join(folder, 'alive')),
  following: (folder) => isFresh(join(folder, 'following')),
  listening: (port) => isListening(Number(port)),
  http: answers,
};

const [question = '', about = ''] = process.argv.slice(2);
const healthy = Object.hasOwn(questions, question)
  ? await questions[question](about).catch(() => false)
  : false;
process.exit(healthy ? 0 : 1);
