// The health center's small certificate authority: a root that signs the broker's server certificate and the client
// certificates of gateways (X.509 v3, RFC 5280; ECDSA P-256 with SHA-256). What a certificate may do stands in its
// extended key usage and its subject: O = role, CN = name. An intermediate and revocation belong to the collaboration.
import { randomBytes, webcrypto } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import 'reflect-metadata'; // asked for by the certificate library
import * as x509 from '@peculiar/x509';
import { UserError } from 'lorica/hosts/node/failure';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;
const ROOT_DAYS = 3650;
const LEAF_DAYS = 397;
/** A leaf with less than this left is made anew at the next start. */
const RENEWAL_DAYS = 30;
/** Clocks differ: certificates begin a little in the past. */
const BACKDATE_MS = 3_600_000;

export type Role = 'health-center' | 'gateway';

/** PEM texts of one end of a TLS connection: its key, its certificate, and the root that it trusts. */
export interface TlsIdentity {
  readonly key: string;
  readonly certificate: string;
  readonly authority: string;
}

export class CertificateAuthority {
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;

  private constructor(keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#keys = keys;
    this.#certificate = certificate;
  }

  /** Opens the authority in `folder` (ca-key.pem, ca.pem) or makes it there on the first start. */
  static async open(folder: string, now = Date.now()): Promise<CertificateAuthority> {
    x509.cryptoProvider.set(webcrypto);
    const keyFile = join(folder, 'ca-key.pem');
    const certificateFile = join(folder, 'ca.pem');
    if (!existsSync(keyFile) && !existsSync(certificateFile)) return CertificateAuthority.#create(folder, keyFile, certificateFile, now);
    try {
      const certificate = new x509.X509Certificate(readFileSync(certificateFile, 'utf8'));
      const privateKey = await importPrivateKey(readFileSync(keyFile, 'utf8'));
      const publicKey = await certificate.publicKey.export(ALGORITHM, ['verify']);
      const probe = randomBytes(16);
      const signature = await webcrypto.subtle.sign(ALGORITHM, privateKey, probe);
      if (!(await webcrypto.subtle.verify(ALGORITHM, publicKey, signature, probe))) throw new Error('key and certificate do not belong together');
      return new CertificateAuthority({ privateKey, publicKey: publicKey }, certificate);
    } catch (error) {
      throw new UserError(`the certificate authority in ${folder} cannot be used (${(error as Error).message}); restore ca-key.pem and ca.pem from a backup, or remove both and enrol the gateways again.`);
    }
  }

  static async #create(folder: string, keyFile: string, certificateFile: string, now: number): Promise<CertificateAuthority> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serialNumber(),
      name: 'CN=Lorica root',
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: new Date(now + ROOT_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys: keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    writePrivate(keyFile, await exportPrivateKey(keys.privateKey));
    writeFileSync(certificateFile, certificate.toString('pem'));
    return new CertificateAuthority(keys, certificate);
  }

  /** PEM of the root certificate, which every peer trusts. */
  get root(): string {
    return this.#certificate.toString('pem');
  }

  /**
   * A new key and certificate.
   * @param hosts DNS names and IP addresses of a server; none for a client
   */
  async issue(role: Role, name: string, hosts: readonly string[] = [], now = Date.now()): Promise<TlsIdentity> {
    const keys = await generateKeys();
    const usage = hosts.length > 0 ? [x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth] : [x509.ExtendedKeyUsage.clientAuth];
    const extensions: x509.Extension[] = [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(usage),
      await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
    ];
    if (hosts.length > 0) extensions.push(new x509.SubjectAlternativeNameExtension(hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }))));
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serialNumber(),
      subject: `O=${role}, CN=${name}`,
      issuer: this.#certificate.subject,
      notBefore: new Date(now - BACKDATE_MS),
      notAfter: new Date(now + LEAF_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions,
    });
    return { key: await exportPrivateKey(keys.privateKey), certificate: certificate.toString('pem'), authority: this.root };
  }

  /** The identity kept in `folder` under `name`, or a new one where it is missing, near its end, or of another root. */
  async keep(folder: string, role: Role, name: string, hosts: readonly string[] = [], now = Date.now()): Promise<TlsIdentity> {
    const kept = existsSync(join(folder, `${name}-key.pem`)) ? readIdentity(folder, name) : undefined;
    if (kept !== undefined && kept.authority.trim() === this.root.trim() && servesFor(kept.certificate, hosts, now)) return kept;
    const made = await this.issue(role, name, hosts, now);
    writeIdentity(folder, name, made);
    return made;
  }
}

/** Writes `<name>-key.pem` (mode 0600), `<name>.pem` and `<name>-ca.pem`. */
export function writeIdentity(folder: string, name: string, identity: TlsIdentity): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writePrivate(join(folder, `${name}-key.pem`), identity.key);
  writeFileSync(join(folder, `${name}.pem`), identity.certificate);
  writeFileSync(join(folder, `${name}-ca.pem`), identity.authority);
}

/** Reads what {@link writeIdentity} wrote. @throws UserError if it is missing or the parts do not belong together */
export function readIdentity(folder: string, name: string): TlsIdentity {
  const file = (suffix: string): string => {
    const path = join(folder, `${name}${suffix}.pem`);
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new UserError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}); enrol "${name}" at the health center again and copy its files to ${folder}.`);
    }
  };
  return { key: file('-key'), certificate: file(''), authority: file('-ca') };
}

function servesFor(pem: string, hosts: readonly string[], now: number): boolean {
  try {
    const certificate = new x509.X509Certificate(pem);
    const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON().map((name) => name.value) ?? [];
    return certificate.notAfter.getTime() - now > RENEWAL_DAYS * DAY_MS && hosts.every((host) => names.includes(host));
  } catch {
    return false;
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;
}

async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY');
}

function importPrivateKey(pem: string): Promise<webcrypto.CryptoKey> {
  return webcrypto.subtle.importKey('pkcs8', x509.PemConverter.decodeFirst(pem), ALGORITHM, true, ['sign']);
}

/** A positive serial number of 16 random octets (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bytes.toString('hex');
}

/** Written beside and renamed, so that a crash leaves the old or the new file and never half of one. */
function writePrivate(file: string, content: string): void {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
