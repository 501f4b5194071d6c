// Opens what the health center keeps in its folder: key file, store, certificates, access token. The first start makes
// them; a part that is missing later ends in a sentence and is not made anew in silence.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CertificateAuthority, type TlsIdentity } from 'lorica/hosts/node/certificates';
import { UserError } from 'lorica/hosts/node/failure';
import { entropy } from 'lorica/primitives/entropy';
import { keepToken } from './access.ts';
import { databaseExists } from './database.ts';
import { Keystore } from './keystore.ts';
import { certificateNames, type HealthCenterSettings } from './settings.ts';
import { Store } from './store.ts';

export const storeFile = ({ folder }: HealthCenterSettings): string => join(folder, 'store.db');
export const tokenFile = ({ folder }: HealthCenterSettings): string => join(folder, 'access-token');

/** @throws UserError when the store or the key file cannot be used */
export function openStore(settings: HealthCenterSettings): { store: Store; keys: Keystore } {
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  const path = storeFile(settings);
  const isNew = !databaseExists(path);
  if (isNew && existsSync(settings.keyFile) && existsSync(`${settings.keyFile}.watermark`)) {
    throw new UserError(`the database ${path} is missing although its key file ${settings.keyFile} is there; put your latest backup in its place, or move the key file away to begin anew.`);
  }
  const keys = Keystore.open(settings.keyFile, entropy, isNew);
  return { keys, store: Store.open({ path, keys, nowMs: Date.now() }) };
}

export const openAuthority = ({ folder }: HealthCenterSettings): Promise<CertificateAuthority> => CertificateAuthority.open(join(folder, 'ca'));

export async function openIdentity(settings: HealthCenterSettings): Promise<TlsIdentity> {
  const authority = await openAuthority(settings);
  return authority.keep(join(settings.folder, 'tls'), 'health-center', 'health-center', certificateNames(settings));
}

export function openToken(settings: HealthCenterSettings): string {
  mkdirSync(settings.folder, { recursive: true, mode: 0o700 });
  return keepToken(tokenFile(settings), entropy);
}

/** The link that is printed; it holds the access token. */
export function pageLink(settings: HealthCenterSettings, isSecure: boolean, port: number, token: string): string {
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? 'localhost' : settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `${isSecure ? 'https' : 'http'}://${host}:${port}/?token=${token}`;
}
