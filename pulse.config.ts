// The project's settings. Secrets and addresses come from the environment, never from here.
import { defineConfig } from 'pulse';

export default defineConfig({
  name: 'commercepulse',
  vars: {
    // A USD amount above this is taken to be NGN with the wrong label (data contract, section 4).
    plausible_max_usd: 1000,
  },
});
