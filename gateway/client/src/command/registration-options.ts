import { roleSchema } from '@veilsum/protocol';
import { collectList, type CommandOption } from './command.js';

/** What the operator says of a new member, however its keys were made. */
export interface RegistrationOptions {
  readonly role: string[];
  readonly legalEntity?: string;
  readonly name?: string;
  readonly size: 'small' | 'large';
}

/** The flags of {@link RegistrationOptions}. */
export const registrationOptions: readonly CommandOption[] = [
  {
    flags: '--role <roles>',
    meaning: `one or more of ${roleSchema.options.join(', ')}`,
    required: true,
    parse: collectList,
  },
  { flags: '--legal-entity <id>', meaning: 'who stands behind it (default: the member id)' },
  { flags: '--name <name>', meaning: 'public name (default: the member id)' },
  {
    flags: '--size <size>',
    meaning: 'small or large',
    choices: ['small', 'large'],
    default: 'small',
  },
];
