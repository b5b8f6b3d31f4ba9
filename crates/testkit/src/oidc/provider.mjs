// An OpenID Connect provider on loopback. Accounts are read anew each time, so that they can be changed meanwhile.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const [library, folder] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(library));
const read = (name) => JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'));
const options = read('options.json');

// New ones at each start, as a provider exchanges them now and then.
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const key = { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };

const configuration = {
  jwks: { keys: [key] },
  clients: [
    {
      client_id: options.client_id,
      client_secret: options.client_secret,
      redirect_uris: options.redirect_urls,
      token_endpoint_auth_method: options.auth_method,
      response_types: ['code'],
      grant_types: ['authorization_code'],
    },
  ],
  cookies: { keys: ['a key for the cookies of a provider in tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  // What scopes give is in the id token, or only where one has to ask for it.
  conformIdTokenClaims: !options.claims_in_id_token,
  pkce: { required: () => true },
  async findAccount(_, id) {
    const claims = read('accounts.json')[id];
    return claims && { accountId: claims.sub ?? id, claims: () => ({ sub: claims.sub ?? id, ...claims }) };
  },
};

const server = createServer();
server.listen(options.port, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  provider.on('server_error', (_, error) => console.error('server error:', error));
  server.on('request', provider.callback());
  console.log(`ready: ${issuer}`);
});
