// One JSON value a line. LF and CRLF; empty lines are no events; a broken line is a fault and the next one goes on.

import { ScanFault, type Scanner } from './scan.ts';
import { bomBytes, rawText, type Sink, type SplitOptions, type Splitter, tooLarge } from './split.ts';
import { Window } from './window.ts';

const LF = 0x0a;

export class LineSplitter implements Splitter {
  private readonly scanner: Scanner;
  private readonly sink: Sink;
  private readonly maxEventBytes: number;
  private readonly window = new Window();
  private line = 1;
  private isBegun = false;
  /** Within a line over the limit: its first bytes are told already, the rest is passed over. */
  private isSkipping = false;

  constructor(options: SplitOptions) {
    this.scanner = options.scanner;
    this.sink = options.sink;
    this.maxEventBytes = options.maxEventBytes;
  }

  push(chunk: Uint8Array): void {
    const { window } = this;
    window.push(chunk);
    if (!this.isBegun) {
      if (window.size < 3) return;
      this.begin();
    }
    this.lines();
    if (window.size > this.maxEventBytes && !this.isSkipping) {
      this.tellLargeLine(window.end, Number.POSITIVE_INFINITY);
      this.isSkipping = true;
    }
    if (this.isSkipping) window.start = window.end;
  }

  end(brokenOff?: string): void {
    const { window } = this;
    if (!this.isBegun) this.begin();
    this.lines();
    if (brokenOff !== undefined) {
      const isPart = window.size > 0 && !this.isSkipping;
      const raw = isPart ? rawText(window.bytes, window.start, { to: window.end }) : { raw: '', isCut: false };
      this.sink.fault({ line: this.line > 1 || isPart ? this.line : null, reason: brokenOff, ...raw });
    } else if (!this.isSkipping && window.size > 0) this.oneLine(window.end);
    window.start = window.end;
  }

  private begin(): void {
    this.isBegun = true;
    this.window.start += bomBytes(this.window.bytes, this.window.start);
  }

  private lines(): void {
    const { window } = this;
    for (;;) {
      const lf = window.start < window.end ? window.bytes.indexOf(LF, window.start) : -1;
      if (lf < 0 || lf >= window.end) return;
      if (this.isSkipping) this.isSkipping = false;
      else this.oneLine(lf);
      window.start = lf + 1;
      this.line++;
    }
  }

  private oneLine(to: number): void {
    const { bytes, start } = this.window;
    if (to - start > this.maxEventBytes) this.tellLargeLine(to, to - start);
    else if (!isBlank(bytes, start, to)) this.scanLine(to);
  }

  private scanLine(to: number): void {
    const { bytes, start } = this.window;
    try {
      this.scanner.scan(bytes, start, { to });
      if (!isBlank(bytes, this.scanner.at, to)) {
        throw new ScanFault('text after the end of the value', this.scanner.at, false);
      }
    } catch (error) {
      if (!(error instanceof ScanFault)) throw error;
      const reason = `broken JSON: ${error.message} (byte ${error.at - start + 1} of the line)`;
      const end = bytes[to - 1] === 0x0d ? to - 1 : to;
      this.sink.fault({ line: this.line, reason, ...rawText(bytes, start, { to: end }) });
      return;
    }
    this.sink.value(this.line);
  }

  private tellLargeLine(to: number, size: number): void {
    const { bytes, start } = this.window;
    this.sink.fault({ line: this.line, reason: tooLarge(this.maxEventBytes), ...rawText(bytes, start, { to, size }) });
  }
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = bytes[i];
    if (c !== 0x20 && c !== 0x09 && c !== 0x0d) return false;
  }
  return true;
}
