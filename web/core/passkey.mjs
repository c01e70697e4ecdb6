// The passkey: made and asked with user verification, always; its PRF output goes to the vault and nowhere else, so no answer
// for the server carries what the browser says of extensions. Gives the import passkey.
import { fromBase64url, toBase64url } from './base64url.mjs';
import { WalletError } from './wallet_error.mjs';

const REFUSED = -2; // by the person, or because they could not be verified: browsers do not say which
const NO_PRF = -3;
const FAILED = -4;
const MAKE = 1;
const ASK = 2;

const USER_VERIFIED = 0x04; // WebAuthn, section 6.1: flags
const FLAGS_AT = 32;
const PRF_BYTES = 32;

/** What went wrong, as the page's code. @returns {WalletError} */
export const passkeyError = (error) => {
  if (error instanceof WalletError) return error;
  if (error?.name === 'NotAllowedError') return new WalletError('wallet_user_verification_failed', 'passkey');
  if (error?.name === 'AbortError') return new WalletError('cancelled', 'passkey');
  return new WalletError('passkey_failed', 'passkey', String(error?.name));
};
const NUMBERS = { wallet_user_verification_failed: REFUSED, cancelled: REFUSED, passkey_without_prf: NO_PRF };
const failureNumber = (error) => NUMBERS[passkeyError(error).code] ?? FAILED;

const descriptor = ({ id, type, transports }) => ({ id: fromBase64url(id), type, ...(transports && { transports }) });

// Only what is named here is taken from the server's options: no extension, no weaker verification.
const creationOptions = (json, salt) => ({
  rp: json.rp,
  user: { ...json.user, id: fromBase64url(json.user.id) },
  challenge: fromBase64url(json.challenge),
  pubKeyCredParams: json.pubKeyCredParams,
  excludeCredentials: (json.excludeCredentials ?? []).map(descriptor),
  ...(json.timeout && { timeout: json.timeout }),
  ...(json.attestation && { attestation: json.attestation }),
  authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  extensions: { prf: { eval: { first: salt } } },
});
const requestOptions = ({ rpId, challenge, timeout }, credentialId) => ({
  rpId,
  challenge,
  ...(timeout && { timeout }),
  allowCredentials: [{ type: 'public-key', id: credentialId }],
  userVerification: 'required',
});

const mustBeVerified = (authenticatorData) => {
  const flags = new Uint8Array(authenticatorData)[FLAGS_AT];
  if ((flags & USER_VERIFIED) === 0) throw new WalletError('wallet_user_verification_failed', 'passkey');
};

const registrationJson = ({ id, rawId, type, authenticatorAttachment, response }) => ({
  id,
  rawId: toBase64url(rawId),
  type,
  ...(authenticatorAttachment && { authenticatorAttachment }),
  response: {
    clientDataJSON: toBase64url(response.clientDataJSON),
    attestationObject: toBase64url(response.attestationObject),
    authenticatorData: toBase64url(response.getAuthenticatorData()),
    transports: response.getTransports(),
    publicKeyAlgorithm: response.getPublicKeyAlgorithm(),
  },
  clientExtensionResults: {},
});
const authenticationJson = ({ id, rawId, type, authenticatorAttachment, response }) => ({
  id,
  rawId: toBase64url(rawId),
  type,
  ...(authenticatorAttachment && { authenticatorAttachment }),
  response: {
    clientDataJSON: toBase64url(response.clientDataJSON),
    authenticatorData: toBase64url(response.authenticatorData),
    signature: toBase64url(response.signature),
    ...(response.userHandle && { userHandle: toBase64url(response.userHandle) }),
  },
  clientExtensionResults: {},
});

export class Passkey {
  #credentials;
  #PublicKeyCredential;
  #webcrypto;
  #hostname;

  /** `browser`: navigator.credentials, PublicKeyCredential, crypto, location of a window. */
  constructor({ navigator, PublicKeyCredential, crypto, location }) {
    this.#credentials = navigator.credentials;
    this.#PublicKeyCredential = PublicKeyCredential;
    this.#webcrypto = crypto;
    this.#hostname = location.hostname;
  }

  // {json, passkey: {rpId, credentialId, salt}, secret}. One without PRF is of no use, and nobody but the browser knows it.
  async make(json, signal) {
    const salt = this.#webcrypto.getRandomValues(new Uint8Array(32));
    const credential = await this.#credentials.create({ publicKey: creationOptions(json, salt), signal });
    mustBeVerified(credential.response.getAuthenticatorData());
    const passkey = { rpId: json.rp.id ?? this.#hostname, credentialId: new Uint8Array(credential.rawId), salt };
    const { prf } = credential.getClientExtensionResults();
    let secret = this.#secretOf(prf);
    if (secret === null && prf?.enabled === true) secret = await this.secret(passkey, signal);
    if (secret === null) {
      await this.forget(passkey);
      throw new WalletError('passkey_without_prf', 'passkey');
    }
    return { json: registrationJson(credential), passkey, secret };
  }

  // An answer for the server.
  async ask(json, { rpId, credentialId }, signal) {
    const challenge = fromBase64url(json.challenge);
    const publicKey = requestOptions({ rpId: json.rpId ?? rpId, challenge, timeout: json.timeout }, credentialId);
    const credential = await this.#credentials.get({ publicKey, signal });
    mustBeVerified(credential.response.authenticatorData);
    return authenticationJson(credential);
  }

  // The PRF's output for this passkey's salt. The challenge is nobody's: a wrong output opens nothing.
  async secret({ rpId, credentialId, salt }, signal) {
    const challenge = this.#webcrypto.getRandomValues(new Uint8Array(32));
    const publicKey = requestOptions({ rpId, challenge }, credentialId);
    publicKey.extensions = { prf: { eval: { first: salt } } };
    const credential = await this.#credentials.get({ publicKey, signal });
    mustBeVerified(credential.response.authenticatorData);
    const secret = this.#secretOf(credential.getClientExtensionResults().prf);
    if (secret === null) throw new WalletError('passkey_without_prf', 'passkey');
    return secret;
  }

  #secretOf(prf) {
    const first = prf?.results?.first;
    if (first === undefined) return null;
    const bytes = new Uint8Array(first.buffer ?? first, first.byteOffset ?? 0, first.byteLength);
    return bytes.length === PRF_BYTES ? bytes : null;
  }

  // Tells the device that this passkey opens nothing any more; not every browser can.
  async forget({ rpId, credentialId }) {
    const signal = this.#PublicKeyCredential.signalUnknownCredential?.({ rpId, credentialId: toBase64url(credentialId) });
    await signal?.catch(() => {});
  }
}

/** `memory`: of host.mjs. `vault`: the session's; what waits in it goes to the disk when the passkey is made. */
export const makePasskeyImports = ({ text, wait }, passkey, vault, signal) => {
  const kinds = {
    [MAKE]: async (options) => {
      if (!vault.isWaiting()) throw new WalletError('wallet_already_registered', 'passkey');
      const made = await passkey.make(options, signal);
      try {
        await vault.create(made.passkey, made.secret);
      } catch (error) {
        await passkey.forget(made.passkey);
        throw error;
      }
      return made.json;
    },
    [ASK]: async (options) => passkey.ask(options, vault.passkey(), signal),
  };
  return {
    atOnce: {},
    later: {
      passkey: async (kind, json, size) => {
        try {
          const answer = await kinds[kind](JSON.parse(text(json, size)));
          return wait(new TextEncoder().encode(JSON.stringify(answer)));
        } catch (error) {
          return failureNumber(error);
        }
      },
    },
  };
};
