// What a health center gets from an assistant for one session, once its signature has been checked and its seal opened
// elsewhere: to this module the share is an index and octets from somebody whom the caller names.
import { SECRET_LENGTH, type Share } from 'lorica/collaboration/shamir';
import { MAX_SHARES } from 'lorica/wire/handshake-payload';

/** assistants of one node (an enrolment names no more), and each is heard once for a session */
export const MAX_CANDIDATES = 16;

export interface Contribution extends Share {
  /** who signed it, by the one name that the caller has for it, its certificate's hash say */
  readonly assistant: string;
  /** signature, freshness and binding to node, session and epoch hold; otherwise anybody may have made it */
  readonly isVerified: boolean;
}

/** An assistant and the index under which it was heard. */
export interface Helper {
  readonly assistant: string;
  readonly index: number;
}

export type Verdict =
  /** kept */
  | 'taken'
  /** not kept: nobody can be blamed for it */
  | 'unverified'
  /** not kept: signed, and no share of this session: the assistant's doing, or the node's */
  | 'malformed'
  /** not kept: the same assistant has sent the same share before */
  | 'repeated'
  /** not kept: the same assistant has sent another share before, and signed both */
  | 'contradicted'
  /** not kept: there are as many as there may be */
  | 'full';

/** @returns what is wrong with a contribution by itself. @param n shares of the session, 16 where that is not known yet */
export function faultOf({ index, value, isVerified }: Contribution, n = MAX_SHARES): 'unverified' | 'malformed' | undefined {
  if (!isVerified) return 'unverified';
  const isSound = Number.isInteger(index) && index >= 1 && index <= n && value.length === SECRET_LENGTH;
  return isSound ? undefined : 'malformed';
}
