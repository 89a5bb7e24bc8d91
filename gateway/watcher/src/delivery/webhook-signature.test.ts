import { verifyWebhook, webhookHeaders } from './webhook-signature.js';

// The example of the specification, https://github.com/standard-webhooks/standard-webhooks.
const key = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
const message = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
};
const headers = webhookHeaders(message, key);
const now = message.timestamp * 1000;
const isTrusted = (
  change: Record<string, string | undefined> = {},
  body = message.body,
  at = now,
) => verifyWebhook({ ...headers, ...change }, body, { key, now: at });

describe('a signed delivery', () => {
  it('has the signature of the specification', () => {
    expect(headers).toEqual({
      'content-type': 'application/json',
      'webhook-id': message.id,
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('is believed for five minutes either way', () => {
    for (const seconds of [-300, 0, 300])
      expect(isTrusted({}, message.body, now + seconds * 1000)).toBe(true);
    for (const seconds of [-301, 301])
      expect(isTrusted({}, message.body, now + seconds * 1000)).toBe(false);
  });

  it('is believed under one of several signatures', () => {
    const both = `v1,AAAA v1a,x ${headers['webhook-signature'] ?? ''}`;
    expect(isTrusted({ 'webhook-signature': both })).toBe(true);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['another id', { 'webhook-id': 'msg_other' }],
    ['no id', { 'webhook-id': undefined }],
    ['another time', { 'webhook-timestamp': '1614265331' }],
    ['no time', { 'webhook-timestamp': undefined }],
    ['no signature', { 'webhook-signature': undefined }],
    ['a short signature', { 'webhook-signature': 'v1,g0hM' }],
    ['another version', { 'webhook-signature': 'v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=' }],
  ])('is not believed with %s', (_what, change) => {
    expect(isTrusted(change)).toBe(false);
  });

  it('is not believed with another body', () => {
    expect(isTrusted({}, '{"test": 2432232315}')).toBe(false);
  });

  it('is not believed under another key', () => {
    const other = Buffer.alloc(24, 1);
    expect(verifyWebhook(headers, message.body, { key: other, now })).toBe(false);
  });
});
