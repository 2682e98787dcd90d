// What a machine may lack: tests that need it are skipped by name where it is not there, and fail where CI requires it.

/** @throws where PULSE_TEST_REQUIRE names what is not there; else says what is skipped for want of it. */
export function required(name: string, isThere: boolean, what: string): boolean {
  if (isThere) return true;
  if (process.env['PULSE_TEST_REQUIRE']?.split(',').includes(name)) {
    throw new Error(`PULSE_TEST_REQUIRE asks for ${name}, and there is none: ${what}`);
  }
  process.stderr.write(`skipped, for want of ${what}\n`);
  return false;
}
