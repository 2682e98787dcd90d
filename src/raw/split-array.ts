// One JSON array, element by element, however large; or an answer {"count":N,"events":[…]} around it.
// A broken element is a fault and the next one goes on; an array that is cut off gives its last part as one.

import { KIND, ScanFault, type Scanner } from './scan.ts';
import { Skip } from './skip.ts';
import { bomBytes, Head, rawText, type Sink, type SplitOptions, type Splitter, tooLarge } from './split.ts';
import { Window } from './window.ts';

/** Where in the text the reader stands. */
type State = 'start' | 'first' | 'element' | 'after' | 'key' | 'colon' | 'member' | 'after-member' | 'done' | 'lost';

const CUT_OFF = 'the file ends before its array does: it was cut off';

export class ArraySplitter implements Splitter {
  /** The answer's own `count`, if it had one. */
  announced: number | null = null;
  private readonly scanner: Scanner;
  private readonly sink: Sink;
  private readonly maxEventBytes: number;
  private readonly allowsAnswer: boolean;
  private readonly window = new Window();
  private state: State = 'start';
  private line = 1;
  private isBegun = false;
  private isAnswer = false;
  private hasEvents = false;
  private key = '';
  private skip: Skip | undefined;
  /** What nobody can read further: told at the end, with its beginning. */
  private lost: { readonly line: number; readonly reason: string; readonly head: Head } | undefined;
  /** Bytes of white space since the last line feed; -1 where there was something else. */
  private indent = -1;
  /** Bytes at which scanning an unfinished element is worth another try. */
  private retryAt = 0;

  constructor(options: SplitOptions & { readonly allowsAnswer?: boolean }) {
    this.scanner = options.scanner;
    this.sink = options.sink;
    this.maxEventBytes = options.maxEventBytes;
    this.allowsAnswer = options.allowsAnswer ?? false;
  }

  push(chunk: Uint8Array): void {
    this.window.push(chunk);
    if (!this.isBegun && this.window.size < 3) return;
    this.begin();
    this.run();
  }

  end(brokenOff?: string): void {
    const { window } = this;
    window.isLast = true;
    this.begin();
    this.run();
    const isEmpty = this.state === 'start' && window.size === 0;
    const reason = brokenOff ?? (isEmpty ? 'the file is empty: a JSON array should stand there' : CUT_OFF);
    if (this.skip !== undefined) this.tellSkipped(reason);
    else if (this.lost !== undefined) {
      this.sink.fault({ line: this.lost.line, reason: this.lost.reason, ...this.lost.head.text() });
    } else if (brokenOff !== undefined || this.state !== 'done') {
      const raw = rawText(window.bytes, window.start, { to: window.end });
      this.sink.fault({ line: isEmpty ? null : this.line, reason, ...raw });
    }
    window.start = window.end;
  }

  private begin(): void {
    if (this.isBegun) return;
    this.isBegun = true;
    this.window.start += bomBytes(this.window.bytes, this.window.start);
  }

  /** Goes on while there is something to go on with. */
  private run(): void {
    for (;;) {
      if (this.skip !== undefined && !this.skipOn(this.skip)) return;
      this.skipSpace();
      if (this.window.size === 0 || !this.step(this.window.bytes[this.window.start] as number)) return;
    }
  }

  /** One token or element at the window's start, `c` its first byte; false where more bytes are needed. */
  private step(c: number): boolean {
    switch (this.state) {
      case 'start':
        return this.open(c);
      case 'first':
        return c === 0x5d ? this.pass(this.isAnswer ? 'after-member' : 'done') : this.element(c);
      case 'element':
        return this.element(c);
      case 'after':
        if (c === 0x2c) return this.pass('element');
        if (c === 0x5d) return this.pass(this.isAnswer ? 'after-member' : 'done');
        return this.lose('broken JSON: no comma before this record');
      case 'key':
        if (c === 0x7d) return this.pass('done');
        return this.scanPart(() => {
          if (this.scanner.kind(0) !== KIND.string) return this.giveUp('broken JSON: no key where one should stand');
          this.key = this.scanner.string(0);
          this.state = 'colon';
        });
      case 'colon':
        return c === 0x3a ? this.pass('member') : this.giveUp('broken JSON: no : after a key');
      case 'member':
        if (this.key === 'events' && c === 0x5b && !this.hasEvents) {
          this.hasEvents = true;
          return this.pass('first');
        }
        return this.scanPart(() => {
          if (this.key === 'events') return this.giveUp('"events" is not an array, or is there twice');
          if (this.key === 'count' && this.scanner.kind(0) === KIND.number)
            this.announced = Number(this.scanner.text(0));
          this.state = 'after-member';
        });
      case 'after-member':
        if (c === 0x2c) return this.pass('key');
        if (c !== 0x7d) return this.giveUp('broken JSON: no , or } where one should stand');
        return this.hasEvents ? this.pass('done') : this.giveUp('no "events" in the answer');
      case 'done':
        return this.giveUp('text after the end of the array');
      case 'lost':
        this.lost?.head.add(this.window.bytes, this.window.start, this.window.end);
        this.window.start = this.window.end;
        return false;
    }
  }

  private open(c: number): boolean {
    if (c === 0x5b) return this.pass('first');
    if (c !== 0x7b || !this.allowsAnswer) return this.giveUp('not a JSON array');
    this.isAnswer = true;
    return this.pass('key');
  }

  private pass(state: State): true {
    this.window.start++;
    this.indent = -1;
    this.state = state;
    return true;
  }

  private element(c: number): boolean {
    const { window, scanner } = this;
    if (c === 0x2c || c === 0x5d) {
      this.sink.fault({
        line: this.line,
        reason: `broken JSON: no record before this ${String.fromCharCode(c)}`,
        raw: '',
        isCut: false,
      });
      this.state = 'after';
      return true;
    }
    if (!window.isLast && window.size < this.retryAt) return false;
    try {
      scanner.scan(window.bytes, window.start, { to: window.end });
      // A number at the end of the bytes may go on in the next ones.
      if (scanner.at === window.end && !window.isLast) throw new ScanFault('', scanner.at, true);
    } catch (error) {
      if (!(error instanceof ScanFault)) throw error;
      return this.unfinished(error);
    }
    this.retryAt = 0;
    if (scanner.at - window.start > this.maxEventBytes) return this.lose(tooLarge(this.maxEventBytes));
    this.sink.value(this.line);
    this.line += scanner.lineFeeds;
    window.start = scanner.at;
    this.indent = -1;
    this.state = 'after';
    return true;
  }

  private unfinished(fault: ScanFault): boolean {
    const { window } = this;
    if (!fault.isEnd)
      return this.lose(`broken JSON: ${fault.message} (byte ${fault.at - window.start + 1} of the record)`);
    if (window.size > this.maxEventBytes) return this.lose(tooLarge(this.maxEventBytes));
    if (window.isLast) return this.lose(CUT_OFF);
    this.retryAt = window.size * 2;
    return false;
  }

  /** The element at the window's start is given up: from here on its end is looked for. */
  private lose(reason: string): true {
    this.retryAt = 0;
    this.skip = new Skip({ line: this.line, reason, indent: this.indent });
    return true;
  }

  private skipOn(skip: Skip): boolean {
    const { window } = this;
    const end = skip.take(window.bytes, window.start, window.end);
    window.start = end < 0 ? window.end : end;
    if (end < 0) return false;
    this.tellSkipped(skip.reason);
    // At the next record no comma was seen; it is there in most files, and went with the broken one.
    this.state = window.bytes[end] === 0x7b ? 'element' : 'after';
    return true;
  }

  private tellSkipped(reason: string): void {
    const { skip } = this;
    if (skip === undefined) return;
    this.sink.fault({ line: skip.line, reason, ...skip.head.text() });
    this.line += skip.lineFeeds;
    this.skip = undefined;
  }

  /** Scans a key or a member of the answer that is not its events. */
  private scanPart(then: () => void): boolean {
    const { window, scanner } = this;
    try {
      scanner.scan(window.bytes, window.start, { to: window.end });
      if (scanner.at === window.end && !window.isLast)
        return window.size > this.maxEventBytes && this.giveUp(tooLarge(this.maxEventBytes));
    } catch (error) {
      if (!(error instanceof ScanFault)) throw error;
      if (!error.isEnd) return this.giveUp(`broken JSON: ${error.message}`);
      return window.size > this.maxEventBytes && this.giveUp(tooLarge(this.maxEventBytes));
    }
    then();
    if (this.lost !== undefined) return true;
    this.line += scanner.lineFeeds;
    window.start = scanner.at;
    return true;
  }

  /** Nothing from here on can be read: it is passed over, and told at the end. */
  private giveUp(reason: string): true {
    this.lost = { line: this.line, reason, head: new Head() };
    this.state = 'lost';
    return true;
  }

  private skipSpace(): void {
    const { window } = this;
    const { bytes, end } = window;
    let at = window.start;
    for (; at < end; at++) {
      const c = bytes[at];
      if (c === 0x0a) {
        this.line++;
        this.indent = 0;
      } else if (c !== 0x20 && c !== 0x09 && c !== 0x0d) break;
      else if (this.indent >= 0) this.indent++;
    }
    window.start = at;
  }
}
