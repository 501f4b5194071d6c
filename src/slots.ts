// Which slot of the vault holds what. All of it is forgotten as protocol.md §5 says, so none of it is ever in NVS.

/** the session's two chains at rest and its resumption (lorica/node/secrets) */
export const SESSION_SLOT = 0;
/** O_{j+1}, and the offline chains of step j at rest (lorica/node/secrets) */
export const OFFLINE_SLOT = 1;
