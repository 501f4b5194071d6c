// A link between a node and a gateway over one GATT connection (modules/wire/lorica.cddl, section 5): first both prove
// that they hold the link key, then sealed frames carry messages either way. Pairing messages may pass in clear when the
// node's owner says so. A link is used once; it does not reconnect, and it looks into no message beyond its first octet.
export { HANDSHAKE_DEADLINE_MS, LINK_END, MAX_REFUSED, PAIRING_DEADLINE_MS } from 'lorica/link/channel';
export type { LinkCounters, LinkEnd } from 'lorica/link/channel';
export { GatewayLink, type GatewayLinkOptions } from 'lorica/link/gateway-link';
export { NodeLink, type LinkKey, type NodeLinkOptions } from 'lorica/link/node-link';
