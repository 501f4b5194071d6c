// Why a message was refused: counted, charged to the gateway that brought it, logged, and never told to the peer.
import type { Code } from 'lorica/hosts/node/log';
import type { Item } from './inbox.ts';

export type RefusalCode = Extract<
  Code,
  | 'message-malformed' | 'queue-full' | 'rate-limited'
  | 'handshake-refused' | 'handshake-unknown-node'
  | 'record-unknown-chain' | 'record-refused' | 'record-unreadable' | 'record-stored-before' | 'time-implausible'
>;

export type Refuse = (item: Item, code: RefusalCode) => void;
