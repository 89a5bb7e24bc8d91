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
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';

const TESTS = 'chaincode/rules/src';

class InProcessRunner {
  #tests;
  #mutants = (globalThis.__stryker__ ??= {});

  capabilities() {
    return { reloadEnvironment: false };
  }

  async dryRun() {
    this.#tests = await loadAll();
    const tests = [];
    for (const test of this.#tests) {
      this.#mutants.currentTestId = test.id;
      tests.push(await run(test));
    }
    this.#mutants.currentTestId = undefined;
    return { status: DryRunStatus.Complete, tests, mutantCoverage: this.#mutants.mutantCoverage };
  }

  async mutantRun(options) {
    const { activeMutant, mutantActivation, hitLimit, sandboxFileName } = options;
    const atImport = mutantActivation === 'static';
    this.#mutants.hitLimit = hitLimit;
    this.#mutants.hitCount = hitLimit === undefined ? undefined : 0;
    this.#mutants.activeMutant = atImport ? activeMutant.id : undefined;
    if (!atImport) this.#tests ??= await loadAll();
    this.#mutants.activeMutant = activeMutant.id;
    const tests = atImport
      ? await runAsImported(sandboxFileName)
      : await runUntilFailure(nearestFirst(this.#tests, sandboxFileName), options.testFilter);
    if (this.#mutants.hitCount > hitLimit) {
      return toMutantRunResult({ status: DryRunStatus.Timeout, reason: 'Hit limit reached' });
    }
    return toMutantRunResult({ status: DryRunStatus.Complete, tests });
  }
}

export const strykerPlugins = [
  declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner),
];

/** Files of tests, as they were written: so a later run sees which have changed. */
async function testFiles() {
  const names = await readdir(TESTS, { recursive: true });
  return names
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => ({ fileName: join(process.cwd(), TESTS, name) }));
}

async function loadAll() {
  const tests = [];
  for (const file of await testFiles()) tests.push(...(await load(file)));
  return tests;
}

/** Imports one file after the other, and no more once a test or an import has failed. */
async function runAsImported(mutated) {
  const results = [];
  for (const file of nearestFirst(await testFiles(), mutated)) {
    try {
      results.push(...(await runUntilFailure(await load(file))));
    } catch (error) {
      const failureMessage = String(error);
      results.push({ id: file.fileName, failureMessage, status: TestStatus.Failed });
    }
    if (results.some(({ status }) => status === TestStatus.Failed)) break;
  }
  return results;
}

async function runUntilFailure(tests, filter) {
  const results = [];
  for (const test of tests) {
    if (filter !== undefined && !filter.includes(test.id)) continue;
    results.push(await run(test));
    if (results.at(-1).status === TestStatus.Failed) break;
  }
  return results;
}

/** Imports a file of tests, which register themselves; anything else of Jest is missing and so noticed at once. */
async function load({ fileName }) {
  // The same inputs for every mutant, and the first counterexample is enough.
  fc.configureGlobal({ seed: 1, endOnFailure: true });
  const tests = [];
  let scopes = [{ name: '', hooks: [] }];
  const describe = (name, body) => {
    scopes = [...scopes, { name, hooks: [] }];
    body();
    scopes = scopes.slice(0, -1);
  };
  const test = (name, body) => {
    const path = [relative(TESTS, fileName), ...scopes.slice(1).map((scope) => scope.name)];
    const id = unique([...path, name].join(' › '), tests);
    tests.push({ id, name, fileName, body, scopes });
  };
  test.each = bind(test, false);
  describe.each = bind(describe, false);
  const beforeEach = (hook) => scopes.at(-1).hooks.push(hook);
  const beforeAll = (hook) => beforeEach(once(hook));
  Object.assign(globalThis, { describe, test, it: test, expect, beforeEach, beforeAll });
  await import(pathToFileURL(fileName.replace(/\.ts$/, '.js')));
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
function nearestFirst(testsOrFiles, mutated) {
  const distance = ({ fileName }) => {
    if (fileName === mutated.replace(/\.ts$/, '.test.ts')) return 0;
    return dirname(fileName) === dirname(mutated) ? 1 : 2;
  };
  return [...testsOrFiles].sort((left, right) => distance(left) - distance(right));
}
