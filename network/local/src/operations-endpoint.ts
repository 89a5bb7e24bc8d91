const TIMEOUT_MS = 2000;

/** @returns whether a node's operations endpoint says that it is well */
export async function isHealthy(port: number): Promise<boolean> {
  const response = await ask(port, 'healthz');
  return response?.ok ?? false;
}

/**
 * @param metric - e.g. `consensus_etcdraft_is_leader`
 * @returns the value of a Prometheus metric of the channel, undefined when the node does not have it
 */
export async function metricOf(
  port: number,
  metric: string,
  channel: string,
): Promise<number | undefined> {
  const text = await (await ask(port, 'metrics'))?.text();
  const start = `${metric}{channel="${channel}"} `;
  const line = text?.split('\n').find((candidate) => candidate.startsWith(start));
  return line === undefined ? undefined : Number(line.slice(start.length));
}

const ask = (port: number, path: string): Promise<Response | undefined> =>
  fetch(`http://127.0.0.1:${port}/${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
    () => undefined,
  );
