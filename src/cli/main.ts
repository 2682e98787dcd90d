#!/usr/bin/env node
// The command line: reads words, calls one verb, sets the exit code.
process.stdout.write('pulse\n');
