// Tokens as an application's backend would sign them, for servers that are started with this secret.

import { createHmac } from 'node:crypto';

const SECRET = '0123456789abcdef0123456789abcdef'; // tokenSecretText in token_test.go

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

// mint gives a token with these claims, valid for a minute.
export function mint(claims, secret = SECRET) {
  const exp = Math.floor(Date.now() / 1000) + 60;
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ exp, ...claims })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
