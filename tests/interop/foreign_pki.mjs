// Roots and leaves that nobody of us made, by openssl.
import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

export const PURPOSES = {
  credentialIssuer: '1.3.6.1.4.1.32473.1.1',
  verifierAccess: '1.3.6.1.4.1.32473.1.2',
  registrar: '1.3.6.1.4.1.32473.1.3',
  tlsServer: '1.3.6.1.5.5.7.3.1',
};

export class Authority {
  constructor(folder, name) {
    this.folder = folder;
    this.name = name;
    this.file = (suffix) => join(folder, `${name}.${suffix}`);
    newKey(this.file('key'));
    openssl('req', '-x509', '-new', '-key', this.file('key'), '-sha256', '-days', '30', '-subj', `/O=Stranger/CN=${name} root`,
      '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign', '-out', this.file('crt'));
    this.rootFile = this.file('crt');
    this.rootPem = readFileSync(this.rootFile, 'utf8');
  }

  // A leaf of one purpose: its key as JWK and PEM, and its chain without the root.
  leaf(name, purpose, names) {
    const file = (suffix) => join(this.folder, `${this.name}-${name}.${suffix}`);
    newKey(file('key'));
    writeFileSync(file('ext'), [
      'basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', `extendedKeyUsage=${purpose}`,
      `subjectAltName=${names.join(',')}`, 'subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid',
    ].join('\n'));
    openssl('req', '-new', '-key', file('key'), '-sha256', '-subj', `/O=Stranger/CN=${name}`, '-out', file('csr'));
    openssl('x509', '-req', '-in', file('csr'), '-CA', this.rootFile, '-CAkey', this.file('key'), '-CAcreateserial', '-sha256',
      '-days', '20', '-extfile', file('ext'), '-out', file('crt'));
    const keyPem = readFileSync(file('key'), 'utf8');
    const { kty, crv, x, y, d } = createPrivateKey(keyPem).export({ format: 'jwk' });
    const der = new X509Certificate(readFileSync(file('crt'))).raw.toString('base64');
    return { keyPem, certificatePem: readFileSync(file('crt'), 'utf8'), public: { kty, crv, x, y }, private: { kty, crv, x, y, d }, x5c: [der] };
  }
}

function newKey(path) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}
