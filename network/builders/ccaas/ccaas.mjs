/**
 * Fabric's external builder for chaincode that runs as a service: the peer calls `bin/detect`,
 * `bin/build` and `bin/release` with folders
 * (https://hyperledger-fabric.readthedocs.io/en/latest/cc_launcher.html). A string of
 * connection.json may name values as `{{.name}}`; they come from the peer's own settings in
 * CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG (JSON), as with the builder in Fabric's peer image.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** @throws when a value is named that the peer's settings lack: a wrong address must not be guessed */
function fill(text, values) {
  return text.replaceAll(/\{\{\s*\.(\w+)\s*\}\}/g, (_, name) => {
    if (typeof values[name] !== 'string')
      throw new Error(`CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG has no "${name}"`);
    return values[name];
  });
}

const phases = {
  detect(_source, metadata) {
    if (readJson(join(metadata, 'metadata.json')).type !== 'ccaas') process.exit(1);
  },
  build(source, _metadata, output) {
    const values = JSON.parse(process.env['CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG'] ?? '{}');
    const connection = Object.entries(readJson(join(source, 'connection.json'))).map(
      ([name, value]) => [name, typeof value === 'string' ? fill(value, values) : value],
    );
    const content = `${JSON.stringify(Object.fromEntries(connection), undefined, 2)}\n`;
    writeFileSync(join(output, 'connection.json'), content);
    const indexes = join(source, 'META-INF');
    if (existsSync(indexes)) cpSync(indexes, join(output, 'META-INF'), { recursive: true });
  },
  release(output, release) {
    const server = join(release, 'chaincode', 'server');
    mkdirSync(server, { recursive: true });
    cpSync(join(output, 'connection.json'), join(server, 'connection.json'));
    const indexes = join(output, 'META-INF', 'statedb');
    if (existsSync(indexes)) cpSync(indexes, join(release, 'statedb'), { recursive: true });
  },
};

const [phase, ...folders] = process.argv.slice(2);
try {
  phases[phase](...folders);
} catch (error) {
  console.error(`ccaas ${phase}: ${error.message}`);
  process.exit(1);
}
