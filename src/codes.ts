// The codes that the firmware tells `World.log`: one catalogue for the whole node. A code's detail is a number or
// nothing: never a secret, never a reading.

export const CODE = {
  /** detail: boot id */
  started: 1,
  stopped: 2,
  /** detail: 0 unpaired, 1 pairing, 2 capturing, 3 delivering */
  state: 3,
  /** what `storage` holds of the enrolment does not decode */
  enrolmentDamaged: 4,
  /** the vault holds no offline secret: without a session nothing can be sealed */
  offlineMissing: 5,
  /** the vault's flash did not obey: nothing is sealed until it does */
  vaultFailed: 6,
  /** a reading could not be sealed or put to rest; detail: its kind */
  readingLost: 7,
  /** detail: JOURNAL_ERROR */
  journal: 8,
  /** detail: how many records */
  thinned: 9,
  /** a chain that ended has fallen off the list of chains to deliver */
  chainForgotten: 10,
  /** detail: LINK_END */
  linkEnded: 11,
  linkReady: 12,
  /** detail: 1 full, 2 resumption */
  handshakeBegun: 13,
  /** detail as before */
  sessionBegun: 14,
  /** no answer, or none that is genuine; detail as before */
  handshakeFailed: 15,
  /** the enrolment demands collaboration, which this node cannot have now */
  collaborationMissing: 16,
  /** a message that has no place; detail: its first octet */
  messageRefused: 17,
  /** a record of no chain of ours, or one that does not open */
  recordRefused: 18,
  /** a record that opened and holds no command */
  commandUnreadable: 19,
  /** detail: version */
  planTaken: 20,
  resendTaken: 21,
  /** records are explained as gone; detail: how many */
  gapTold: 22,
  /** a sensor threw or gave what cannot be a reading; detail: channel, 0 for vital signs */
  sensorFailed: 23,
  /** an event that came too soon after another of its kind; detail: event code */
  eventHeldBack: 24
} as const;
