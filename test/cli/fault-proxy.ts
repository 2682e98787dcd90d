// A TCP proxy that breaks one connection at the N-th message to the server: before it is sent, after the server has acted,
// in the middle of the answer, by a delay, by a trickle, or by closing one half. Counts messages (chunks) of all connections
// together; knows no protocol.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export const FAULTS = ['cut-before', 'cut-after', 'mid-answer', 'delay', 'trickle', 'half-close'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultProxy {
  readonly port: number;
  /** How many messages there were. */
  counted(): number;
  close(): Promise<void>;
}

const DELAY_MS = 300;
const TRICKLE_BYTES = 16;

/** `at` from 1; 0 breaks nothing. */
export async function faultProxy(
  upstreamAt: { readonly host: string; readonly port: number },
  { fault, at }: { readonly fault: Fault; readonly at: number },
): Promise<FaultProxy> {
  let counted = 0;
  const sockets = new Set<Socket>();
  const server = createServer(client => {
    const upstream = connect(upstreamAt.port, upstreamAt.host);
    let isBroken = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // What breaks here is meant to.
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', chunk => {
      if (++counted !== at) upstream.write(chunk);
      else if (fault === 'cut-before') end();
      else if (fault === 'delay') setTimeout(() => upstream.write(chunk), DELAY_MS);
      else if (fault === 'half-close') upstream.end(chunk);
      else {
        isBroken = true;
        upstream.write(chunk);
      }
    });
    upstream.on('data', chunk => {
      if (!isBroken) client.write(chunk);
      else if (fault === 'cut-after') end();
      else if (fault === 'trickle') trickle(client, chunk);
      else client.write(chunk.subarray(0, Math.floor(chunk.length / 2)), end);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    counted: () => counted,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Each few bytes are a packet of their own. */
function trickle(client: Socket, chunk: Buffer): void {
  client.setNoDelay(true);
  for (let from = 0; from < chunk.length; from += TRICKLE_BYTES)
    client.write(chunk.subarray(from, from + TRICKLE_BYTES));
}
