// Verifies an access token with jose alone: finds the keys by discovery, as any resource server would.
import { createRemoteJWKSet, jwtVerify } from "jose";

const [base, audience, token] = process.argv.slice(2);
const discovered = await (await fetch(`${base}/v1/access-tokens/.well-known/openid-configuration`)).json();
const keys = createRemoteJWKSet(new URL(discovered.jwks_uri));
const { payload, protectedHeader } = await jwtVerify(token, keys, {
  issuer: discovered.issuer,
  audience,
  typ: "at+jwt",
  requiredClaims: ["sub", "jti", "client_id", "iat"],
});
console.log(JSON.stringify({ payload, protectedHeader }));
