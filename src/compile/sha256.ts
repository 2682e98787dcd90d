// The hash that keys and code versions are made of.

import { createHash } from 'node:crypto';

/** 128 bits of SHA-256, hex: short enough to read in a diff. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32);
