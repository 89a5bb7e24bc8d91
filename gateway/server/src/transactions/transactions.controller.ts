import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  hashSchema,
  quoteSchema,
  transactionEnvelopeSchema,
  validationCodeSchema,
  type TransactionEnvelope,
} from '@veilsum/protocol';
import { z } from 'zod';

import { AllowMembers } from '../access/access-rule.js';
import type { Caller } from '../access/caller.js';
import { CurrentCaller } from '../access/current-caller.js';
import { TransactionService } from './transaction-service.js';

/** The ledger's own answer, as it is. */
const outcomeSchema = z.strictObject({
  transactionId: hashSchema,
  blockNumber: z.number().int().min(0),
  /** A transaction that is not VALID is in a block and has changed nothing. */
  validationCode: validationCodeSchema,
  /** JSON text that the contract returned. */
  response: z.string(),
});

/** Signed transactions on their way to the ledger. */
@ApiTags('transactions')
@Controller('v1')
export class TransactionsController {
  constructor(@Inject(TransactionService) private readonly transactions: TransactionService) {}

  @Post('transactions')
  @HttpCode(200)
  @AllowMembers()
  @ApiOperation({ summary: "Relay the caller's own signed transaction; answers after the commit" })
  @ApiOkResponse({ standardSchema: outcomeSchema })
  submit(
    @CurrentCaller() caller: Caller,
    @Body({ schema: transactionEnvelopeSchema }) envelope: TransactionEnvelope,
  ) {
    return this.transactions.submit(caller, envelope);
  }

  @Post('quotes')
  @HttpCode(200)
  @AllowMembers()
  @ApiOperation({ summary: "Ask the caller's own signed query:quote, without writing" })
  @ApiOkResponse({ standardSchema: quoteSchema })
  quote(
    @CurrentCaller() caller: Caller,
    @Body({ schema: transactionEnvelopeSchema }) envelope: TransactionEnvelope,
  ) {
    return this.transactions.quote(caller, envelope);
  }
}
