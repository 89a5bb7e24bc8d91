/**
 * Fabric's shim writes coloured text, with the message of every refusal, to standard output, where this
 * process announces itself; it takes its level when it is loaded, so this module is imported before it.
 * A level that its logger does not know keeps it silent; what matters is in our own log.
 */
process.env['CORE_CHAINCODE_LOGGING_LEVEL'] = 'CRITICAL';

/** The shim calls grpc functions that are deprecated, which is nothing an operator can mend. */
process.noDeprecation = true;
