import shim from 'fabric-shim';

/** The loggers that Fabric's shim makes when it is loaded. */
const SHIM_LOGGERS = [
  'lib/chaincode.js',
  'lib/handler.js',
  'lib/iterators.js',
  'lib/server.js',
  'lib/stub.js',
];

/**
 * Silences Fabric's shim, which writes coloured text, with the message of every refusal, to standard
 * output, where this process announces itself. What matters is in our own log. A logger takes its level
 * from the environment whenever it is asked for, and one that it does not know keeps it silent.
 */
export function silenceShim(): void {
  process.env['CORE_CHAINCODE_LOGGING_LEVEL'] = 'CRITICAL';
  for (const name of SHIM_LOGGERS) shim.Shim.newLogger(name);
  // The shim calls grpc functions that are deprecated, which is nothing an operator can mend.
  process.noDeprecation = true;
}
