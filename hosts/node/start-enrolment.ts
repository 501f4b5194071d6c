// The first start of `npm start`: which wearables there are to be, and their enrolment by the health center's own
// commands, run as a child that ends. What is enrolled already is left alone.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** In a node's folder. */
export const ENROLMENT_FILE = 'enrolment.json';

/** @returns how many nodes below `folder` are enrolled */
export function enrolledNodes(folder: string): number {
  return nodeNames(folder).length;
}

/** @returns the serial of the node that plays a recording: the first, as the ward counts them */
export function firstNode(folder: string): string {
  return nodeNames(folder)[0] ?? '';
}

function nodeNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, ENROLMENT_FILE))).sort();
}
