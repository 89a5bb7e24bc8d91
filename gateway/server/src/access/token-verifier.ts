import { Inject, Injectable } from '@nestjs/common';
import { TrustedAuthorities, verifyGatewayToken, type TokenBearer } from '@veilsum/ledger';
import { VeilsumError } from '@veilsum/protocol';

import { CLOCK, SETTINGS, type Clock, type GatewaySettings } from '../settings.js';

/** Strangers must not make the gateway read files all the time. */
const READ_EVERY_MS = 2000;

/**
 * Verifies tokens against the consortium's authorities. On Fabric, organisations join while the gateway
 * runs: for a certificate of none that it knows, it reads once more which there are.
 */
@Injectable()
export class TokenVerifier {
  #authorities: TrustedAuthorities;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(SETTINGS) private readonly settings: GatewaySettings,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    this.#authorities = new TrustedAuthorities(settings.ledger.authorities);
  }

  /** @throws {@link VeilsumError} as {@link verifyGatewayToken} */
  async verify(token: string): Promise<TokenBearer> {
    try {
      return await this.#verify(token);
    } catch (error) {
      const mayBeNew = error instanceof VeilsumError && error.code === 'CERTIFICATE_UNTRUSTED';
      if (mayBeNew && (await this.#renew())) return this.#verify(token);
      throw error;
    }
  }

  #verify(token: string): Promise<TokenBearer> {
    return verifyGatewayToken(token, {
      audience: this.settings.gatewayId,
      authorities: this.#authorities,
      nowMs: this.clock(),
    });
  }

  /** @returns whether the authorities were read again, of the same ledger */
  async #renew(): Promise<boolean> {
    const { readLedger, ledger } = this.settings;
    if (readLedger === undefined || this.clock() - this.#readAt < READ_EVERY_MS) return false;
    this.#readAt = this.clock();
    const now = await readLedger();
    if (now.genesisHash !== ledger.genesisHash) return false;
    this.#authorities = new TrustedAuthorities(now.authorities);
    return true;
  }
}
