// Looks at everything a target needs, all of it at the same time: servers, and the folder of what is embedded.

import { access, constants, statfs } from 'node:fs/promises';
import type { Diagnosis, Finding } from '../diagnosis.ts';
import { makeFolder } from '../folder.ts';
import type { Project } from '../project.ts';

/** Less free than this is soon full. */
const LOW_BYTES = 2 ** 30;

/** In a fixed order. What cannot be reached is a finding, and no error. */
export async function diagnose(project: Project): Promise<readonly Diagnosis[]> {
  return Promise.all([...project.servers().map(look => look()), homeDiagnosis(project)]);
}

async function homeDiagnosis({ home }: Project): Promise<Diagnosis> {
  try {
    await makeFolder(home);
    await access(home, constants.W_OK);
    const { bavail, bsize } = await statfs(home);
    return { server: 'home', place: home, findings: [roomFinding(bavail * bsize)] };
  } catch (error) {
    const text = `cannot be written to: ${(error as Error).message}`;
    const hint = 'Make the folder writable, or name another one with --home (PULSE_HOME).';
    return { server: 'home', place: home, findings: [{ what: 'rights', verdict: 'fail', text, hint }] };
  }
}

function roomFinding(free: number): Finding {
  const text = `${(free / 2 ** 30).toFixed(1)} GiB free`;
  if (free >= LOW_BYTES) return { what: 'room', verdict: 'ok', text };
  return { what: 'room', verdict: 'warn', text, hint: 'Make room: a run stages tables beside those that are there.' };
}
