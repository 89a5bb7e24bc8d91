/**
 * A test runner for Stryker that imports the rules and their unit tests once and then runs the tests for
 * one mutant after the other in the same process. Jest would load every module again for every mutant:
 * most of a second for each test file, hours for a run. The rules are pure functions, so nothing of one
 * run is left for the next. A mutant in code that runs at import gets a process of its own from Stryker.
 */
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import { DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';
import { expect } from 'expect';
import fc from 'fast-check';
import { bind } from 'jest-each';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const TESTS = 'chaincode/rules/src';

class InProcessRunner {
  #tests;
  #mutants = (globalThis.__stryker__ ??= {});

  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun() {
    this.#tests = await load();
    const tests = [];
    for (const test of this.#tests) {
      this.#mutants.currentTestId = test.id;
      tests.push(await run(test));
    }
    this.#mutants.currentTestId = undefined;
    const failed = tests.find(({ status }) => status === TestStatus.Failed);
    if (failed !== undefined) console.error(failed.id, failed.failureMessage);
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.#mutants.mutantCoverage };
  }

  async mutantRun({ activeMutant, mutantActivation, testFilter, hitLimit, sandboxFileName }) {
    this.#mutants.hitLimit = hitLimit;
    this.#mutants.hitCount = hitLimit === undefined ? undefined : 0;
    this.#mutants.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined;
    try {
      this.#tests ??= await load();
    } catch (error) {
      const tests = [{ id: 'import', failureMessage: String(error), status: TestStatus.Failed }];
      return toMutantRunResult({ status: DryRunStatus.Complete, tests });
    }
    this.#mutants.activeMutant = activeMutant.id;
    const wanted = nearestFirst(this.#tests, sandboxFileName).filter(
      ({ id }) => testFilter === undefined || testFilter.includes(id),
    );
    const results = [];
    for (const test of wanted) {
      results.push(await run(test));
      if (results.at(-1).status === TestStatus.Failed) break;
    }
    const { hitCount } = this.#mutants;
    if (hitCount > hitLimit) {
      return toMutantRunResult({ status: DryRunStatus.Timeout, reason: 'Hit limit reached' });
    }
    return toMutantRunResult({ status: DryRunStatus.Complete, tests: results });
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner),
];

/** What the tests import register themselves with; anything else of Jest is missing and so noticed at once. */
async function load() {
  // The same inputs for every mutant, and the first counterexample is enough.
  fc.configureGlobal({ seed: 1, endOnFailure: true });
  const tests = [];
  let fileName;
  let scopes;
  const describe = (name, body) => {
    scopes = [...scopes, { name, hooks: [] }];
    body();
    scopes = scopes.slice(0, -1);
  };
  const test = (name, body) => {
    const path = [basename(fileName, '.test.js'), ...scopes.slice(1).map((scope) => scope.name)];
    const id = unique([...path, name].join(' › '), tests);
    tests.push({ id, name, fileName, body, scopes });
  };
  test.each = bind(test, false);
  describe.each = bind(describe, false);
  const beforeEach = (hook) => scopes.at(-1).hooks.push(hook);
  const beforeAll = (hook) => beforeEach(once(hook));
  Object.assign(globalThis, { describe, test, it: test, expect, beforeEach, beforeAll });
  for (const name of (await readdir(TESTS, { recursive: true })).sort()) {
    if (!name.endsWith('.test.js')) continue;
    fileName = join(process.cwd(), TESTS, name);
    scopes = [{ name: '', hooks: [] }];
    await import(pathToFileURL(fileName));
  }
  return tests;
}

function unique(id, tests) {
  const same = tests.filter((test) => test.id === id || test.id.startsWith(`${id} #`)).length;
  return same === 0 ? id : `${id} #${same + 1}`;
}

function once(hook) {
  let done;
  return () => (done ??= hook());
}

async function run({ id, name, fileName, body, scopes }) {
  const started = performance.now();
  const result = { id, name, fileName };
  try {
    for (const hook of scopes.flatMap(({ hooks }) => hooks)) await hook();
    await body();
    const [missed] = expect.extractExpectedAssertionsErrors();
    if (missed !== undefined) throw missed.error;
    return { ...result, status: TestStatus.Success, timeSpentMs: performance.now() - started };
  } catch (error) {
    const failureMessage = String(error);
    const timeSpentMs = performance.now() - started;
    return { ...result, status: TestStatus.Failed, failureMessage, timeSpentMs };
  }
}

/** Tests beside the mutant find it soonest. */
function nearestFirst(tests, mutated) {
  const distance = ({ fileName }) => {
    if (fileName === mutated.replace(/\.ts$/, '.test.js')) return 0;
    return dirname(fileName) === dirname(mutated) ? 1 : 2;
  };
  return [...tests].sort((left, right) => distance(left) - distance(right));
}
