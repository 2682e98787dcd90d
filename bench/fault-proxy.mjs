// A TCP proxy that breaks one connection at the N-th message to the server: before it is sent, after the server has acted,
// in the middle of the answer, by a delay, or by closing one half. Counts messages (chunks) of all connections together.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export const FAULTS = ['cut-before', 'cut-after', 'mid-answer', 'delay', 'half-close'];

/** `at` from 1; 0 breaks nothing. `counted()` says how many messages there were. */
export async function faultProxy({ host, port, fault, at, delayMs = 300 }) {
  let counted = 0;
  const sockets = new Set();
  const server = createServer(client => {
    const upstream = connect(port, host);
    let isBroken = false;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    const end = () => {
      client.destroy();
      upstream.destroy();
    };
    client.on('data', chunk => {
      const isIt = ++counted === at;
      if (!isIt) return void upstream.write(chunk);
      if (fault === 'cut-before') return end();
      if (fault === 'delay') return void setTimeout(() => upstream.write(chunk), delayMs);
      if (fault === 'half-close') return void upstream.end(chunk);
      isBroken = true;
      upstream.write(chunk);
    });
    upstream.on('data', chunk => {
      if (!isBroken) return void client.write(chunk);
      if (fault === 'cut-after') return end();
      client.write(chunk.subarray(0, Math.floor(chunk.length / 2)), end);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    counted: () => counted,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
