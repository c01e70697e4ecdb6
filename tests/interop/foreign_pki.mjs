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
  walletProvider: '1.3.6.1.4.1.32473.1.6',
  tlsServer: '1.3.6.1.5.5.7.3.1',
};

const CONTACT = 'issuerAltName=URI:https://stranger.example';
const REVOCATION = 'crlDistributionPoints=URI:https://stranger.example/crl';

export class Authority {
  constructor(folder, name) {
    this.folder = folder;
    this.name = name;
    this.file = (suffix) => join(folder, `${name}.${suffix}`);
    newKey(this.file('key'));
    openssl('req', '-x509', '-new', '-key', this.file('key'), '-sha256', '-days', '30', '-subj', this.subject(`${name} root`),
      ...this.rootExtensions().flatMap((extension) => ['-addext', extension]), '-out', this.file('crt'));
    this.rootFile = this.file('crt');
    this.rootPem = readFileSync(this.rootFile, 'utf8');
  }
  subject(name) {
    return `/O=Stranger/CN=${name}`;
  }
  rootExtensions() {
    return ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  }

  // A leaf of one purpose.
  leaf(name, purpose, names) {
    return this.certify(name, [`extendedKeyUsage=${purpose}`, `subjectAltName=${names.join(',')}`]);
  }

  // A leaf: its key as JWK and PEM, and its chain without the root.
  certify(name, extensions) {
    const file = (suffix) => join(this.folder, `${this.name}-${name}.${suffix}`);
    newKey(file('key'));
    writeFileSync(file('ext'), [
      'basicConstraints=critical,CA:FALSE', 'keyUsage=critical,digitalSignature', 'subjectKeyIdentifier=hash',
      'authorityKeyIdentifier=keyid', ...extensions,
    ].join('\n'));
    openssl('req', '-new', '-key', file('key'), '-sha256', '-subj', this.subject(name), '-out', file('csr'));
    openssl('x509', '-req', '-in', file('csr'), '-CA', this.rootFile, '-CAkey', this.file('key'), '-CAcreateserial', '-sha256',
      '-days', '20', '-extfile', file('ext'), '-out', file('crt'));
    const keyPem = readFileSync(file('key'), 'utf8');
    const { kty, crv, x, y, d } = createPrivateKey(keyPem).export({ format: 'jwk' });
    const der = new X509Certificate(readFileSync(file('crt'))).raw.toString('base64');
    return { keyPem, certificatePem: readFileSync(file('crt'), 'utf8'), public: { kty, crv, x, y }, private: { kty, crv, x, y, d }, x5c: [der] };
  }
}

// Issuing authority of mdocs by the profiles of ISO/IEC 18013-5, annex B.
export class IssuingAuthority extends Authority {
  subject(name) {
    return `/C=JP/O=Stranger/CN=${name}`;
  }
  rootExtensions() {
    return ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign,cRLSign', CONTACT, REVOCATION];
  }
  // A file with the list of those whom it took back: nobody.
  revocationList() {
    const files = { database: this.file('index'), crlnumber: this.file('crlnumber'), config: this.file('cnf'), list: this.file('crl.pem'), der: this.file('crl') };
    writeFileSync(files.database, '');
    writeFileSync(files.crlnumber, '1000\n');
    writeFileSync(files.config, `[ca]\ndefault_ca=c\n[c]\ndatabase=${files.database}\ncrlnumber=${files.crlnumber}\ncertificate=${this.rootFile}\n` +
      `private_key=${this.file('key')}\ndefault_md=sha256\ndefault_crl_days=7\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n`);
    openssl('ca', '-config', files.config, '-gencrl', '-out', files.list);
    openssl('crl', '-in', files.list, '-outform', 'DER', '-out', files.der);
    return files.der;
  }
  documentSigner(name) {
    return this.certify(name, ['extendedKeyUsage=critical,1.0.18013.5.1.2', CONTACT, REVOCATION]);
  }
}

function newKey(path) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}
