import { createHash, hash } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { createGunzip } from "node:zlib";
//#region src/errors.ts
var PulseError = class extends Error {
	code;
	hint;
	transient;
	place;
	constructor(code, message, options = {}) {
		super(message, options.cause === void 0 ? void 0 : { cause: options.cause });
		this.name = "PulseError";
		this.code = code;
		this.hint = options.hint;
		this.transient = options.transient ?? false;
		this.place = options.place;
	}
};
//#endregion
//#region src/raw/files.ts
const CHUNK_BYTES = 1 << 20;
/** The words that say what a historical export holds, in the contract's order. */
const HISTORICAL$1 = [
	["order", "historical_order"],
	["payment", "historical_payment"],
	["refund", "historical_refund"],
	["shipment", "historical_shipment"]
];
/**
* Says how a file is to be read, by its name alone.
*
* @param root what `source` is relative to: the project.
* @throws {PulseError} SOURCE_INVALID where the name says nothing.
*/
function sourceFile(path, root) {
	const file = fileAt(path, root);
	if (file.shape === null) throw nameless(file.source);
	return file;
}
/** The same for one of many: where the name says nothing its shape is null, and it fails by itself. */
function fileAt(path, root) {
	const name = basename(path).toLowerCase();
	const isGzip = name.endsWith(".gz");
	const plain = isGzip ? name.slice(0, -3) : name;
	const source = projectPath(path, root);
	if (/\.(jsonl|ndjson)$/.test(plain)) return {
		path,
		source,
		shape: "live",
		layout: "lines",
		isGzip
	};
	const historical = HISTORICAL$1.find(([word]) => plain.includes(word));
	return {
		path,
		source,
		shape: plain.endsWith(".json") && historical !== void 0 ? historical[1] : null,
		layout: "array",
		isGzip
	};
}
function nameless(source) {
	return new PulseError("SOURCE_INVALID", `${source}: its name does not say what it holds.`, {
		hint: "Name exports *.json with order, payment, refund or shipment in the name, and live events *.jsonl or *.jsonl.gz.",
		place: { file: source }
	});
}
/** A path relative to the project, with /; one outside of it stays absolute. */
function projectPath(path, root) {
	const inside = relative(root, path);
	return (inside.startsWith("..") || inside === "" ? path : inside).split(sep).join("/");
}
/**
* The files to ingest at a path, sorted by name: the file itself, or those of a folder. A folder with bootstrap/ or live_events/
* in it is a data directory, where only these two count; in any other every *.json, *.jsonl and *.jsonl.gz does.
* @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_INVALID
*/
async function findFiles(path, root) {
	const found = await stat(path).catch((cause) => {
		throw unreadable(cause, projectPath(path, root));
	});
	if (!found.isDirectory() && !found.isFile()) throw noFile(projectPath(path, root));
	if (!found.isDirectory()) return [sourceFile(path, root)];
	const folders = (await readdir(path, { withFileTypes: true })).filter((one) => one.isDirectory() && (one.name === "bootstrap" || one.name === "live_events"));
	const roots = folders.length > 0 ? folders.map((one) => join(path, one.name)) : [path];
	const files = [];
	for (const one of roots) for (const entry of await readdir(one, {
		withFileTypes: true,
		recursive: true
	})) if (/\.(json|jsonl|ndjson)(\.gz)?$/i.test(entry.name) && !entry.name.startsWith(".") && !entry.isDirectory()) files.push(join(entry.parentPath ?? entry.path, entry.name));
	return files.sort().map((file) => fileAt(file, root));
}
/** A file's bytes, unpacked. A chunk is valid until the next one is asked for; `onChunk` sees each as it lies on disk. */
async function* readBytes(file, onChunk) {
	try {
		const found = await stat(file.path);
		if (!found.isFile() && !found.isDirectory()) throw noFile(file.source);
		if (file.isGzip) yield* unpacked(file.path, onChunk);
		else yield* plain(file.path, onChunk);
	} catch (cause) {
		if (isZlibError(cause) || cause instanceof PulseError) throw cause;
		throw unreadable(cause, file.source);
	}
}
/** Into one buffer for the whole file: a new one a chunk keeps the garbage collector busier than the reader. */
async function* plain(path, onChunk) {
	const handle = await open(path);
	try {
		const buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
		for (;;) {
			const { bytesRead } = await handle.read(buffer, 0, buffer.length);
			if (bytesRead === 0) return;
			const chunk = buffer.subarray(0, bytesRead);
			onChunk(chunk);
			yield chunk;
		}
	} finally {
		await handle.close();
	}
}
/**
* What can be unpacked before the data breaks (or something else follows its end) comes all the same; then the break is thrown. zlib drops
* what a piece gave before the place where it broke: so the file is unpacked again, in ever smaller pieces around that place.
*/
async function* unpacked(path, onChunk) {
	const done = {
		safe: 0,
		given: 0
	};
	let broken;
	for (const pieceBytes of PIECES) try {
		yield* unpackedFrom(path, done, {
			pieceBytes,
			onChunk: broken === void 0 ? onChunk : () => void 0
		});
		return;
	} catch (error) {
		if (!isZlibError(error)) throw error;
		broken = error;
	}
	throw broken;
}
/** Small enough that no piece unpacks to more than memory holds, whatever it is. */
const PIECES = [
	65536,
	1024,
	32,
	1
];
async function* unpackedFrom(path, done, { pieceBytes, onChunk }) {
	const handle = await open(path);
	const unzip = createGunzip({ chunkSize: PIECES[0] });
	let out = [];
	let skip = done.given;
	unzip.on("data", (chunk) => out.push(chunk)).on("error", () => void 0);
	const buffer = Buffer.allocUnsafeSlow(PIECES[0]);
	try {
		for (let at = 0;;) {
			const want = at < done.safe ? Math.min(buffer.length, done.safe - at) : pieceBytes;
			const { bytesRead } = await handle.read(buffer, 0, want, at);
			const piece = buffer.subarray(0, bytesRead);
			if (bytesRead > 0) onChunk(piece);
			await fed(unzip, piece);
			for (const chunk of out.splice(0)) {
				const rest = chunk.subarray(Math.min(skip, chunk.length));
				skip -= chunk.length - rest.length;
				done.given += rest.length;
				if (rest.length > 0) yield rest;
			}
			if (bytesRead === 0) return;
			at += bytesRead;
			done.safe = Math.max(done.safe, at);
		}
	} finally {
		out = [];
		unzip.destroy();
		await handle.close();
	}
}
/** Gives the unzipper a piece, or (an empty one) the end. */
function fed(unzip, piece) {
	return new Promise((resolve, reject) => {
		unzip.once("error", reject);
		const next = () => {
			unzip.off("error", reject);
			resolve();
		};
		if (piece.length > 0) unzip.write(piece, (error) => error ? reject(error) : next());
		else if (unzip.readableEnded) next();
		else unzip.once("end", next).end();
	});
}
function isZlibError(error) {
	return error instanceof Error && "code" in error && typeof error.code === "string" && error.code.startsWith("Z_");
}
function noFile(source) {
	return new PulseError("SOURCE_INVALID", `${source} is a pipe or a device, not a file.`, {
		hint: "Write what comes out of it to a file named *.jsonl, and ingest that.",
		place: { file: source }
	});
}
function unreadable(cause, source) {
	const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
	const place = { file: source };
	if (code === "ENOENT" || code === "ENOTDIR") return new PulseError("SOURCE_NOT_FOUND", `${source} is not there.`, {
		hint: "Check the path; `pulse generate` writes sample data into data/.",
		place,
		cause
	});
	return new PulseError("SOURCE_UNREADABLE", `${source} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, {
		hint: "Check that it is a file and that you may read it.",
		place,
		cause
	});
}
//#endregion
//#region src/raw/arena.ts
var Arena = class {
	bytes;
	/** What lies before it is kept; what lies behind it may be written over. */
	end = 0;
	/** Bytes that the scanner leaves free between the end and a value. */
	lead;
	constructor(size, options = { lead: 0 }) {
		this.lead = options.lead;
		this.bytes = Buffer.allocUnsafeSlow(size);
	}
	/** Makes room for `more` bytes behind `from`; keeps everything before it. */
	reserve(more, from = this.end) {
		if (from + more <= this.bytes.length) return;
		const bytes = Buffer.allocUnsafeSlow((from + more) * 2);
		this.bytes.copy(bytes, 0, 0, from);
		this.bytes = bytes;
	}
};
/** Buffers of one kind that were read out, to be filled again: new ones for every pack would pile up faster than the garbage collector looks. */
var Spares = class {
	buffers = [];
	give(buffer) {
		if (this.buffers.push(buffer) > MOST_SPARES) this.buffers.shift();
	}
	/** A buffer of at least `size` bytes, with anything in it. */
	take(size) {
		const at = this.buffers.findIndex((one) => one.byteLength >= size);
		const [found] = at < 0 ? [] : this.buffers.splice(at, 1);
		return found ?? Buffer.allocUnsafeSlow(size).buffer;
	}
};
/** As many as are under way at most; the oldest, and so the smallest, go first. */
const MOST_SPARES = 4;
//#endregion
//#region src/raw/ids-hash.ts
/**
* Puts the hash of an id, bytes [from, to), into two ints of 30 bits.
* Two lanes of FNV-1a with different primes, each mixed once more so that XOR cannot see their structure.
*/
function hashId(bytes, to, { bits, at, from = 0 }) {
	let high = 2166136261;
	let low = 789269031;
	for (let i = from; i < to; i++) {
		const c = bytes[i];
		high = Math.imul(high ^ c, 16777619);
		low = Math.imul(low ^ c, 1540483477);
	}
	bits[at] = mixed(high) >>> 2;
	bits[at + 1] = mixed(low) >>> 2;
}
/** The finalizer of MurmurHash3. */
function mixed(hash) {
	let h = hash ^ hash >>> 16;
	h = Math.imul(h, 2246822507);
	h ^= h >>> 13;
	h = Math.imul(h, 3266489909);
	return h ^ h >>> 16;
}
//#endregion
//#region src/raw/event-pack.ts
/**
* Ints of one event in `fields`. Its record in `bytes`, from `start` on, is a head of HEAD_BYTES digits, then payload, event_id,
* event_time and ingested_at, one after the other. The head says in decimal digits what an engine needs to cut the record
* by itself: bytes of payload (8) and id (8), of event_time (2) and ingested_at (2), and the word (5).
*/
const FIELD = {
	start: 0,
	payloadBytes: 1,
	idBytes: 2,
	timeBytes: 3,
	ingestedBytes: 4,
	/** Index into `words`. */
	word: 5,
	/** Index into `days`. */
	day: 6,
	/** 0: none can be named. */
	line: 7,
	/** The id's part in the batch's IdsHash: two ints side by side. */
	hashHigh: 8,
	hashLow: 9
};
/** An arena that packs are built in. */
function packArena(size) {
	return new Arena(size, { lead: 25 });
}
function buffersOf(pack) {
	return [pack.bytes.buffer, pack.fields.buffer];
}
/** Where whoever is done with a pack puts its buffers. */
var PackSpares = class {
	bytes = new Spares();
	fields = new Spares();
	give([bytes, fields]) {
		this.bytes.give(bytes);
		this.fields.give(fields);
	}
};
/** Collects events in an arena; `take` gives the pack and starts the next. */
var PackBuilder = class {
	count = 0;
	arena;
	spares;
	fields = new Int32Array(10 * 1024);
	words = /* @__PURE__ */ new Map();
	wordList = [];
	source = 0;
	days = /* @__PURE__ */ new Map();
	dayList = [];
	/** id, time and ingested_at of the event under way. */
	tail = new Arena(256);
	constructor(arena, spares = new PackSpares()) {
		this.arena = arena;
		this.spares = spares;
	}
	/** The events from here on are of the pack's next source. */
	nextSource() {
		this.source++;
		this.words = /* @__PURE__ */ new Map();
	}
	/** Gives the next part of the event under way: first its id, then event_time, then ingested_at. */
	text(field, text) {
		const { tail } = this;
		if (field === FIELD.idBytes) this.begin();
		tail.reserve(text.length * 3);
		const length = writeShort(tail.bytes, tail.end, text);
		tail.end += length;
		this.fields[this.count * 10 + field] = length;
	}
	/** The same from bytes [from, to) of the arena. */
	part(field, from, to) {
		const { tail } = this;
		if (field === FIELD.idBytes) this.begin();
		tail.reserve(to - from);
		const source = this.arena.bytes;
		const target = tail.bytes;
		let end = tail.end;
		for (let i = from; i < to; i++) target[end++] = source[i];
		tail.end = end;
		this.fields[this.count * 10 + field] = to - from;
	}
	/** Ends the event under way with its payload, which moves to the arena's end. */
	put(event) {
		const { arena, tail, fields } = this;
		const { payloadFrom, payloadTo } = event;
		const at = this.count * 10;
		const length = payloadTo - payloadFrom;
		const start = arena.end;
		arena.reserve(25 + length + tail.end);
		if (payloadFrom !== start + 25) arena.bytes.copyWithin(start + 25, payloadFrom, payloadTo);
		const word = this.word(event.eventType, event.vendor);
		const idBytes = fields[at + FIELD.idBytes];
		const timeBytes = fields[at + FIELD.timeBytes];
		fields[at + FIELD.start] = start;
		fields[at + FIELD.payloadBytes] = length;
		fields[at + FIELD.word] = word;
		fields[at + FIELD.line] = event.line;
		fields[at + FIELD.day] = this.day(idBytes + timeBytes);
		hashId(tail.bytes, idBytes, {
			bits: fields,
			at: at + FIELD.hashHigh
		});
		writeDigits(arena.bytes, start + 7, length);
		writeDigits(arena.bytes, start + 15, idBytes);
		const lengths = timeBytes * 100 + fields[at + FIELD.ingestedBytes];
		writeDigits(arena.bytes, start + 24, lengths * 1e5 + word, 9);
		arena.end = start + 25 + length;
		append(arena, tail);
		this.count++;
	}
	take() {
		const { arena, count } = this;
		const pack = {
			count,
			bytes: arena.bytes.subarray(0, arena.end),
			fields: this.fields.subarray(0, count * 10),
			words: this.wordList,
			days: this.dayList
		};
		arena.bytes = Buffer.from(this.spares.bytes.take(arena.bytes.length));
		arena.end = 0;
		this.fields = new Int32Array(this.spares.fields.take(this.fields.byteLength));
		this.words = /* @__PURE__ */ new Map();
		this.wordList = [];
		this.source = 0;
		this.days = /* @__PURE__ */ new Map();
		this.dayList = [];
		this.count = 0;
		return pack;
	}
	begin() {
		this.tail.end = 0;
		if ((this.count + 1) * 10 <= this.fields.length) return;
		const fields = new Int32Array(this.fields.length * 2);
		fields.set(this.fields);
		this.fields = fields;
	}
	word(eventType, vendor) {
		let types = this.words.get(vendor);
		if (types === void 0) {
			types = /* @__PURE__ */ new Map();
			this.words.set(vendor, types);
		}
		let index = types.get(eventType);
		if (index === void 0) {
			index = this.wordList.push({
				source: this.source,
				eventType,
				vendor
			}) - 1;
			types.set(eventType, index);
		}
		return index;
	}
	/** Of the canonical time at `from` of the tail. */
	day(from) {
		const { bytes } = this.tail;
		let number = 0;
		for (let i = from; i < from + 10; i++) {
			const c = bytes[i];
			if (c !== 45) number = number * 10 + c - 48;
		}
		let index = this.days.get(number);
		if (index === void 0) {
			index = this.dayList.push(bytes.toString("latin1", from, from + 10)) - 1;
			this.days.set(number, index);
		}
		return index;
	}
};
/** Ids and times are short and ASCII: a loop is faster than a call out of JavaScript. Gives the bytes written. */
function writeShort(bytes, at, text) {
	for (let i = 0; i < text.length; i++) {
		const c = text.charCodeAt(i);
		if (c > 127) return bytes.write(text, at, "utf8");
		bytes[at + i] = c;
	}
	return text.length;
}
function append(arena, tail) {
	const target = arena.bytes;
	const source = tail.bytes;
	const size = tail.end;
	const end = arena.end;
	for (let i = 0; i < size; i++) target[end + i] = source[i];
	arena.end = end + size;
}
/** The last digit at `last`, zeros before the first: `count` in all. */
function writeDigits(bytes, last, number, count = 8) {
	let rest = number | 0;
	for (let at = last; at > last - count; at--) {
		const tenth = rest / 10 | 0;
		bytes[at] = 48 + rest - tenth * 10;
		rest = tenth;
	}
}
//#endregion
//#region src/raw/interner.ts
/** Beyond this many the table is emptied: types and vendors are few, and what is not few gains nothing. */
const SLOTS = 256;
var Interner = class {
	texts = /* @__PURE__ */ new Map();
	/** The text of bytes [from, to). */
	text(bytes, from, to) {
		let hash = to - from;
		for (let i = from; i < to; i++) hash = Math.imul(hash, 31) + bytes[i] | 0;
		const known = this.texts.get(hash);
		if (known !== void 0 && isSame(known.bytes, bytes, from, to)) return known.text;
		const text = bytes.toString("utf8", from, to);
		if (this.texts.size >= SLOTS) this.texts.clear();
		this.texts.set(hash, {
			bytes: Uint8Array.prototype.slice.call(bytes, from, to),
			text
		});
		return text;
	}
};
function isSame(known, bytes, from, to) {
	if (known.length !== to - from) return false;
	for (let i = from; i < to; i++) if (known[i - from] !== bytes[i]) return false;
	return true;
}
//#endregion
//#region src/raw/scan.ts
/** What a node on the tape is. A key is a string node; ESCAPED_STRING is a string with at least one backslash. */
const KIND = {
	object: 1,
	array: 2,
	string: 3,
	escapedString: 4,
	number: 5,
	true: 6,
	false: 7,
	null: 8
};
/** Above this many keys an object's duplicates are looked for in a Set: comparing each pair would be quadratic. */
const FEW_KEYS$1 = 32;
/** Why a text is not a JSON value, as it stands in the quarantine. */
var ScanFault = class extends Error {
	/** Byte position in the scanned buffer. */
	at;
	/** The text ended where more was needed: with more bytes it might have been right. */
	isEnd;
	constructor(reason, at, isEnd) {
		super(reason);
		this.name = "ScanFault";
		this.at = at;
		this.isEnd = isEnd;
	}
};
const END = "the text ends in the middle of a value";
/** What ends the loop over a value: it makes no error itself, since V8 compiles it anew for each line of it that runs late. */
const TROUBLE = {
	none: 0,
	end: 1,
	depth: 2,
	key: 3,
	colon: 4,
	member: 5,
	item: 6
};
const INSTEAD = {
	[TROUBLE.key]: "where a key should start",
	[TROUBLE.colon]: "where a : should stand",
	[TROUBLE.member]: "where a , or } should stand",
	[TROUBLE.item]: "where a , or ] should stand"
};
/** No byte above it is white space. */
const SPACE = 32;
/** 1: an ordinary byte of a string (ASCII, no quote, backslash or control). */
const PLAIN = new Uint8Array(256);
for (let c = 32; c < 128; c++) PLAIN[c] = 1;
PLAIN[34] = 0;
PLAIN[92] = 0;
/** 1: what may follow a backslash, `u` apart. */
const ESCAPE = new Uint8Array(256);
for (const c of "\"\\/bfnrt") ESCAPE[c.charCodeAt(0)] = 1;
function keyName(text) {
	return {
		text,
		bytes: new TextEncoder().encode(text),
		hash: hashOf(text)
	};
}
/** The hash that the scanner gives a key, of its unescaped bytes. */
function hashOf(text) {
	let hash = 0;
	for (const c of Buffer.from(text)) hash = Math.imul(hash, 31) + c | 0;
	return hash;
}
/** One scanner is used for many values, one after the other; each `scan` overwrites the tape, and in `out` what nobody kept. */
var Scanner = class {
	/** The arena's bytes; the last value without white space is [outStart, outEnd) of them. */
	out;
	outStart = 0;
	outEnd = 0;
	/** Nodes in document order, the root at 0; see NODE. */
	tape = new Int32Array(4096);
	tapeEnd = 0;
	/** Where the last value ended in the scanned bytes. */
	at = 0;
	/** Line feeds within the last value. */
	lineFeeds = 0;
	arena;
	bytes;
	to = 0;
	/** By level: the node of what is open there. */
	open = new Int32Array(100);
	/** By level: where the keys of the object that is open there begin. */
	firstKeys = new Int32Array(100);
	/** By level: all keys of an object that has many. */
	manyKeys = [];
	hashes = new Int32Array(256);
	keys = new Int32Array(256);
	keysEnd = 0;
	/** @param arena where the values are written, behind its end. */
	constructor(arena) {
		this.arena = arena;
		this.out = arena.bytes;
		this.bytes = arena.bytes;
	}
	/**
	* Scans the one value that starts at `from` (white space may stand before it) and must end before `to`;
	* what follows it is the caller's.
	* @throws {ScanFault}
	*/
	scan(bytes, from, options) {
		this.bytes = bytes;
		this.to = options.to;
		this.at = from;
		this.tapeEnd = 0;
		this.keysEnd = 0;
		this.lineFeeds = 0;
		const { arena } = this;
		arena.reserve(options.to - from + arena.lead);
		this.out = arena.bytes;
		this.outStart = arena.end + arena.lead;
		this.outEnd = this.outStart;
		const trouble = this.value();
		if (trouble !== TROUBLE.none) throw this.fault(trouble);
	}
	/** The text of a node, without white space. */
	text(node) {
		return this.out.toString("utf8", this.tape[node + 1], this.tape[node + 2]);
	}
	/** The value of a string node, unescaped. */
	string(node) {
		if (this.tape[node] === KIND.escapedString) return JSON.parse(this.text(node));
		return this.out.toString("utf8", this.tape[node + 1] + 1, this.tape[node + 2] - 1);
	}
	kind(node) {
		return this.tape[node];
	}
	/** The node of member `name` of an object node, -1 where there is none. */
	member(object, name) {
		if (this.tape[object] !== KIND.object) return -1;
		const end = this.tape[object + 3];
		for (let key = object + 4; key < end; key = this.tape[key + 4 + 3]) if (this.isKey(key, name)) return key + 4;
		return -1;
	}
	isKey(key, name) {
		const { tape, out } = this;
		if (tape[key + 3] !== name.hash) return false;
		if (tape[key] === KIND.escapedString) return this.string(key) === name.text;
		const start = tape[key + 1] + 1;
		const { bytes } = name;
		if (tape[key + 2] - 1 - start !== bytes.length) return false;
		for (let i = 0; i < bytes.length; i++) if (out[start + i] !== bytes[i]) return false;
		return true;
	}
	/**
	* The value at `at`. One loop with its own stack and its state in locals: functions that call each other would load and store
	* that state for each of an event's fifty parts. What is rare is left to methods, which find it in the fields (`leave`).
	*/
	value() {
		const { bytes, out, to, open, firstKeys } = this;
		let { tape, at } = this;
		let w = this.outEnd;
		let end = 0;
		let depth = 0;
		let isObject = false;
		let trouble = TROUBLE.none;
		scanning: for (;;) {
			if (isObject) {
				if (at < to && bytes[at] <= SPACE) at = this.space(at);
				if (at >= to) {
					trouble = TROUBLE.end;
					break;
				}
				if (bytes[at] !== 34) {
					trouble = TROUBLE.key;
					break;
				}
				if (end + 8 > tape.length) tape = this.longerTape();
				const key = end;
				let r = at + 1;
				let k = w;
				let hash = 0;
				out[k++] = 34;
				for (; r < to; r++) {
					const c = bytes[r];
					if (PLAIN[c] !== 1) break;
					out[k++] = c;
					hash = Math.imul(hash, 31) + c | 0;
				}
				if (r < to && bytes[r] === 34) {
					out[k++] = 34;
					tape[key] = KIND.string;
					tape[key + 1] = w;
					tape[key + 2] = k;
					tape[key + 3] = hash;
					at = r + 1;
					w = k;
					end = key + 4;
					this.at = at;
				} else {
					this.leave(at, w, end);
					this.quoted();
					at = this.at;
					w = this.outEnd;
					end = this.tapeEnd;
					tape[key + 3] = hashOf(this.string(key));
				}
				this.checkKey(key, depth - 1);
				if (at < to && bytes[at] <= SPACE) at = this.space(at);
				if (at >= to) {
					trouble = TROUBLE.end;
					break;
				}
				if (bytes[at] !== 58) {
					trouble = TROUBLE.colon;
					break;
				}
				out[w++] = 58;
				at++;
			} else if (end + 8 > tape.length) tape = this.longerTape();
			if (at < to && bytes[at] <= SPACE) at = this.space(at);
			if (at >= to) {
				trouble = TROUBLE.end;
				break;
			}
			const c = bytes[at];
			if (c === 34) {
				let r = at + 1;
				let k = w;
				out[k++] = 34;
				for (; r < to; r++) {
					const c = bytes[r];
					if (PLAIN[c] !== 1) break;
					out[k++] = c;
				}
				if (r < to && bytes[r] === 34) {
					out[k++] = 34;
					tape[end] = KIND.string;
					tape[end + 1] = w;
					tape[end + 2] = k;
					tape[end + 3] = end + 4;
					at = r + 1;
					w = k;
					end += 4;
				} else {
					this.leave(at, w, end);
					this.quoted();
					at = this.at;
					w = this.outEnd;
					end = this.tapeEnd;
				}
			} else if (c === 123 || c === 91) {
				if (depth === 100) {
					trouble = TROUBLE.depth;
					break;
				}
				isObject = c === 123;
				tape[end] = isObject ? KIND.object : KIND.array;
				tape[end + 1] = w;
				open[depth] = end;
				firstKeys[depth] = this.keysEnd;
				depth++;
				end += 4;
				out[w++] = c;
				at++;
				if (at < to && bytes[at] <= SPACE) at = this.space(at);
				if (at >= to) {
					trouble = TROUBLE.end;
					break;
				}
				if (bytes[at] !== c + 2) continue;
			} else {
				let r = at;
				let k = w;
				if (c >= 49 && c <= 57) {
					let d = c;
					do {
						out[k++] = d;
						r++;
						d = r < to ? bytes[r] : 46;
					} while (d >= 48 && d <= 57);
					if (d === 46 || d === 101 || d === 69) r = at;
				}
				if (r > at) {
					tape[end] = KIND.number;
					tape[end + 1] = w;
					tape[end + 2] = k;
					tape[end + 3] = end + 4;
					at = r;
					w = k;
					end += 4;
				} else {
					this.leave(at, w, end);
					this.scalar(c);
					at = this.at;
					w = this.outEnd;
					end = this.tapeEnd;
				}
			}
			for (;;) {
				if (depth === 0) break scanning;
				if (at < to && bytes[at] <= SPACE) at = this.space(at);
				if (at >= to) {
					trouble = TROUBLE.end;
					break scanning;
				}
				const c = bytes[at];
				if (c === 44) {
					out[w++] = 44;
					at++;
					break;
				}
				if (c !== (isObject ? 125 : 93)) {
					trouble = isObject ? TROUBLE.member : TROUBLE.item;
					break scanning;
				}
				out[w++] = c;
				at++;
				depth--;
				const node = open[depth];
				tape[node + 2] = w;
				tape[node + 3] = end;
				this.keysEnd = firstKeys[depth];
				isObject = depth > 0 && tape[open[depth - 1]] === KIND.object;
			}
		}
		this.leave(at, w, end);
		return trouble;
	}
	fault(trouble) {
		const { at } = this;
		if (trouble === TROUBLE.end) return new ScanFault(END, at, true);
		if (trouble === TROUBLE.depth) return new ScanFault(`nested deeper than 100 levels`, at, false);
		return new ScanFault(`${shown(this.bytes[at])} ${INSTEAD[trouble]}`, at, false);
	}
	/** Puts where the loop stands where the methods look for it. */
	leave(at, outEnd, tapeEnd) {
		this.at = at;
		this.outEnd = outEnd;
		this.tapeEnd = tapeEnd;
	}
	scalar(c) {
		if (c === 45 || c >= 48 && c <= 57) this.number();
		else if (c === 116) this.literal("true", KIND.true);
		else if (c === 102) this.literal("false", KIND.false);
		else if (c === 110) this.literal("null", KIND.null);
		else throw new ScanFault(`${shown(c)} where a value should start`, this.at, false);
	}
	/** Past the white space at `at`, whose line feeds are counted. */
	space(from) {
		const { bytes, to } = this;
		let at = from;
		for (; at < to; at++) {
			const c = bytes[at];
			if (c === 10) this.lineFeeds++;
			else if (c !== 32 && c !== 13 && c !== 9) break;
		}
		return at;
	}
	longerTape() {
		this.tape = doubled$1(this.tape);
		return this.tape;
	}
	/** There is room for it: the loop sees to that. */
	node(kind) {
		const node = this.tapeEnd;
		this.tapeEnd = node + 4;
		this.tape[node] = kind;
		this.tape[node + 1] = this.outEnd;
		return node;
	}
	done(node) {
		this.tape[node + 2] = this.outEnd;
		this.tape[node + 3] = this.tapeEnd;
	}
	quoted() {
		const { bytes, out, to } = this;
		const node = this.node(KIND.string);
		let at = this.at + 1;
		let w = this.outEnd;
		out[w++] = 34;
		for (;;) {
			if (at >= to) throw new ScanFault("the text ends in the middle of a string", at, true);
			const c = bytes[at];
			if (PLAIN[c] === 1) {
				out[w++] = c;
				at++;
			} else if (c === 34) break;
			else {
				const length = this.specialLength(c, at);
				if (c === 92) this.tape[node] = KIND.escapedString;
				for (const end = at + length; at < end; at++) out[w++] = bytes[at];
			}
		}
		out[w++] = 34;
		this.at = at + 1;
		this.outEnd = w;
		this.done(node);
	}
	/** Bytes of what is no ordinary byte of a string. */
	specialLength(c, at) {
		if (c === 92) return this.escapeLength(at);
		if (c >= 128) return this.utf8Length(at);
		throw new ScanFault(`control character ${hex(c)} in a string`, at, false);
	}
	/** Bytes of the escape at `at`; a pair of surrogates is one escape. */
	escapeLength(at) {
		if (at + 1 >= this.to) throw new ScanFault("the text ends in the middle of a string", at, true);
		const c = this.bytes[at + 1];
		if (ESCAPE[c] === 1) return 2;
		if (c !== 117) throw new ScanFault(`\\${shown(c)} is no escape`, at, false);
		const unit = this.codeUnit(at);
		if (unit < 55296 || unit > 57343) return 6;
		if (unit < 56320) {
			if (at + 6 >= this.to || this.bytes[at + 6] === 92 && at + 7 >= this.to) throw new ScanFault("the text ends in the middle of a string", at, true);
			if (this.bytes[at + 6] === 92 && this.bytes[at + 7] === 117) {
				const low = this.codeUnit(at + 6);
				if (low >= 56320 && low <= 57343) return 12;
			}
		}
		throw new ScanFault(`lone surrogate \\u${unit.toString(16)}`, at, false);
	}
	codeUnit(at) {
		if (at + 6 > this.to) throw new ScanFault("the text ends in the middle of a string", at, true);
		let unit = 0;
		for (let i = at + 2; i < at + 6; i++) {
			const digit = hexDigit(this.bytes[i]);
			if (digit < 0) throw new ScanFault("\\u without four hexadecimal digits", at, false);
			unit = unit * 16 + digit;
		}
		return unit;
	}
	/** Bytes of the UTF-8 sequence at `at`; the table is RFC 3629's. */
	utf8Length(at) {
		const c = this.bytes[at];
		const length = c >= 194 && c <= 223 ? 2 : c >= 224 && c <= 239 ? 3 : c >= 240 && c <= 244 ? 4 : 0;
		if (length === 0) throw new ScanFault(`byte ${hex(c)} is not UTF-8`, at, false);
		const low = c === 224 ? 160 : c === 240 ? 144 : 128;
		const high = c === 237 ? 159 : c === 244 ? 143 : 191;
		for (let i = 1; i < length; i++) {
			if (at + i >= this.to) throw new ScanFault("the text ends in the middle of a string", at, true);
			const follows = this.bytes[at + i];
			if (follows < (i === 1 ? low : 128) || follows > (i === 1 ? high : 191)) throw new ScanFault(`bytes ${hex(c)} ${hex(follows)} are not UTF-8`, at, false);
		}
		return length;
	}
	number() {
		const node = this.node(KIND.number);
		const { bytes, out } = this;
		const start = this.at;
		if (bytes[this.at] === 45) this.at++;
		if (bytes[this.at] === 48 && this.at < this.to) this.at++;
		else this.digits();
		if (bytes[this.at] === 46 && this.at < this.to) {
			this.at++;
			this.digits();
		}
		const c = bytes[this.at];
		if ((c === 101 || c === 69) && this.at < this.to) {
			this.at++;
			const sign = bytes[this.at];
			if (sign === 43 || sign === 45) this.at++;
			this.digits();
		}
		let w = this.outEnd;
		for (let i = start; i < this.at; i++) out[w++] = bytes[i];
		this.outEnd = w;
		this.done(node);
	}
	digits() {
		const { bytes, to } = this;
		const start = this.at;
		let at = start;
		while (at < to) {
			const c = bytes[at];
			if (c < 48 || c > 57) break;
			at++;
		}
		this.at = at;
		if (at > start) return;
		if (at >= to) throw new ScanFault("the text ends in the middle of a number", at, true);
		throw new ScanFault(`${shown(bytes[at])} where a digit should stand`, at, false);
	}
	literal(word, kind) {
		const node = this.node(kind);
		for (let i = 0; i < word.length; i++) {
			if (this.at + i >= this.to) throw new ScanFault(END, this.at, true);
			const c = word.charCodeAt(i);
			if (this.bytes[this.at + i] !== c) throw new ScanFault(`a word that is not ${word}`, this.at, false);
			this.out[this.outEnd++] = c;
		}
		this.at += word.length;
		this.done(node);
	}
	checkKey(key, level) {
		const first = this.firstKeys[level];
		if (this.keysEnd - first >= FEW_KEYS$1) {
			this.checkManyKeys(key, level, first);
			return;
		}
		const hash = this.tape[key + 3];
		for (let i = first; i < this.keysEnd; i++) if (this.hashes[i] === hash && this.string(this.keys[i]) === this.string(key)) this.duplicate(key);
		if (this.keysEnd === this.keys.length) {
			this.hashes = doubled$1(this.hashes);
			this.keys = doubled$1(this.keys);
		}
		this.hashes[this.keysEnd] = hash;
		this.keys[this.keysEnd++] = key;
		if (this.keysEnd - first === FEW_KEYS$1) this.manyKeys[level] = void 0;
	}
	checkManyKeys(key, level, first) {
		const names = this.manyKeys[level] ?? new Set(Array.from(this.keys.subarray(first, this.keysEnd), (one) => this.string(one)));
		this.manyKeys[level] = names;
		const name = this.string(key);
		if (names.has(name)) this.duplicate(key);
		names.add(name);
	}
	duplicate(key) {
		throw new ScanFault(`duplicate key ${this.text(key).slice(0, 100)}`, this.at, false);
	}
};
function doubled$1(ints) {
	const more = new Int32Array(ints.length * 2);
	more.set(ints);
	return more;
}
function hexDigit(c) {
	if (c >= 48 && c <= 57) return c - 48;
	const lower = c | 32;
	return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
function hex(c) {
	return `0x${c.toString(16).padStart(2, "0").toUpperCase()}`;
}
function shown(c) {
	return c > 32 && c < 127 ? String.fromCharCode(c) : hex(c);
}
//#endregion
//#region src/raw/jcs.ts
/** A number that no IEEE double holds has no RFC 8785 form. */
var JcsFault = class extends Error {};
/** What a token can grow by at most: 1e20 has 4 bytes and becomes 21. Strings only shrink. */
const GROWTH = 6;
/** Above this many bytes a copy is worth a call out of JavaScript. */
const LONG_BYTES = 100;
/** Above this many keys an object is sorted by the engine's sort rather than by insertion. */
const FEW_KEYS = 24;
/** Beyond this many they are made anew: then they are no types and vendors but something else. */
const MANY_FRAMES = 64;
/** One writer is used for many values, one after the other. */
var JcsWriter = class {
	bytes = Buffer.allocUnsafe(64 * 1024);
	size = 0;
	keys = new Int32Array(1024);
	/** See prefixOf; beside `keys`. */
	prefixes = new Int32Array(1024);
	keysEnd = 0;
	frames = /* @__PURE__ */ new Map();
	/** The canonical text of a node. @throws {JcsFault} */
	text(scanner, node) {
		this.start(scanner);
		this.write(scanner, node);
		return this.bytes.toString("utf8", 0, this.size);
	}
	/** Lower-case hex SHA-256 of the RFC 8785 form of {"event_type":…,"payload":…,"vendor":…}. @throws {JcsFault} */
	eventId(scanner, payload, names) {
		const frame = this.frame(names.eventType, names.vendor);
		this.start(scanner, frame.head.length + frame.tail.length);
		this.bytes.set(frame.head, 0);
		this.size = frame.head.length;
		this.write(scanner, payload);
		this.bytes.set(frame.tail, this.size);
		this.size += frame.tail.length;
		return hash("sha256", this.bytes.subarray(0, this.size), "hex");
	}
	/** What stands around the payload. Types and vendors are few: their frames are kept. */
	frame(eventType, vendor) {
		let frames = this.frames.get(eventType);
		if (frames === void 0) {
			if (this.frames.size === MANY_FRAMES) this.frames.clear();
			frames = /* @__PURE__ */ new Map();
			this.frames.set(eventType, frames);
		}
		let frame = frames.get(vendor);
		if (frame === void 0) {
			if (frames.size === MANY_FRAMES) frames.clear();
			frame = {
				head: Buffer.from(`{"event_type":${JSON.stringify(eventType)},"payload":`),
				tail: Buffer.from(`,"vendor":${JSON.stringify(vendor)}}`)
			};
			frames.set(vendor, frame);
		}
		return frame;
	}
	/** Makes room for all of it, so that no other writer has to look. */
	start(scanner, around = 0) {
		this.size = 0;
		this.keysEnd = 0;
		const room = (scanner.outEnd - scanner.outStart) * GROWTH + around;
		if (room > this.bytes.length) this.bytes = Buffer.allocUnsafe(room * 2);
	}
	append(text) {
		this.size += this.bytes.write(text, this.size, "utf8");
	}
	write(scanner, node) {
		const kind = scanner.tape[node];
		if (kind === KIND.object) this.writeObject(scanner, node);
		else if (kind === KIND.array) this.writeArray(scanner, node);
		else if (kind === KIND.number) this.writeNumber(scanner, node);
		else if (kind === KIND.escapedString) this.append(JSON.stringify(scanner.string(node)));
		else this.copy(scanner, node);
	}
	copy(scanner, node) {
		this.copyBytes(scanner.out, scanner.tape[node + 1], scanner.tape[node + 2]);
	}
	copyBytes(out, from, to) {
		const { bytes } = this;
		let size = this.size;
		if (to - from > LONG_BYTES) size += out.copy(bytes, size, from, to);
		else for (let i = from; i < to; i++) bytes[size++] = out[i];
		this.size = size;
	}
	writeNumber(scanner, node) {
		const { out, tape } = scanner;
		const from = tape[node + 1];
		const to = tape[node + 2];
		if (isItsOwnForm(out, from, to)) {
			this.copy(scanner, node);
			return;
		}
		const value = Number(out.toString("latin1", from, to));
		if (!Number.isFinite(value)) throw new JcsFault(`number ${out.toString("latin1", from, Math.min(to, from + 40))} is too large for RFC 8785, so there is no event_id`);
		this.append(String(value === 0 ? 0 : value));
	}
	writeArray(scanner, node) {
		const end = scanner.tape[node + 3];
		this.byte(91);
		for (let item = node + 4; item < end; item = scanner.tape[item + 3]) {
			if (item > node + 4) this.byte(44);
			this.write(scanner, item);
		}
		this.byte(93);
	}
	writeObject(scanner, node) {
		const first = this.keysEnd;
		const last = this.sortKeys(scanner, node);
		this.byte(123);
		for (let i = first; i < last; i++) {
			const key = this.keys[i];
			if (i > first) this.byte(44);
			this.writeMember(scanner, key);
		}
		this.byte(125);
		this.keysEnd = first;
	}
	/** A key and its value. Where both are their own form they lie side by side already, with the colon between them. */
	writeMember(scanner, key) {
		const { out, tape } = scanner;
		const value = key + 4;
		const isPlainKey = tape[key] === KIND.string;
		if (isPlainKey && isItsOwn(scanner, value)) {
			this.copyBytes(out, tape[key + 1], tape[value + 2]);
			return;
		}
		if (isPlainKey) this.copy(scanner, key);
		else this.append(JSON.stringify(scanner.string(key)));
		this.byte(58);
		this.write(scanner, value);
	}
	byte(c) {
		this.bytes[this.size++] = c;
	}
	/** Puts an object's key nodes, in order of their UTF-16 code units, on the stack of keys; gives the new end of the stack. */
	sortKeys(scanner, node) {
		const end = scanner.tape[node + 3];
		const first = this.keysEnd;
		let last = first;
		for (let key = node + 4; key < end; key = scanner.tape[key + 4 + 3]) {
			if (last === this.keys.length) this.growKeys();
			if (last - first < FEW_KEYS) {
				const { keys, prefixes } = this;
				const prefix = prefixOf(scanner, key);
				let i = last;
				for (; i > first; i--) {
					const before = prefixes[i - 1];
					if (before >= 0 && prefix >= 0 && before !== prefix ? before < prefix : compareKeys(scanner, keys[i - 1], key) < 0) break;
					keys[i] = keys[i - 1];
					prefixes[i] = before;
				}
				keys[i] = key;
				prefixes[i] = prefix;
			} else this.keys[last] = key;
			last++;
		}
		if (last - first > FEW_KEYS) this.keys.set(Array.from(this.keys.subarray(first, last)).sort((a, b) => compareKeys(scanner, a, b)), first);
		this.keysEnd = last;
		return last;
	}
	growKeys() {
		this.keys = doubled(this.keys);
		this.prefixes = doubled(this.prefixes);
	}
};
function doubled(ints) {
	const more = new Int32Array(ints.length * 2);
	more.set(ints);
	return more;
}
/** Whether a value that is no object or array is its own canonical form. */
function isItsOwn({ out, tape }, node) {
	const kind = tape[node];
	if (kind === KIND.number) return isItsOwnForm(out, tape[node + 1], tape[node + 2]);
	return kind === KIND.string || kind > KIND.number;
}
/** A key's first three bytes as a number that sorts as they do; -1 where they are not plain ASCII, and the keys must be compared. */
function prefixOf({ out, tape }, key) {
	if (tape[key] !== KIND.string) return -1;
	const from = tape[key + 1] + 1;
	const to = tape[key + 2] - 1;
	const a = from < to ? out[from] : 0;
	const b = from + 1 < to ? out[from + 1] : 0;
	const c = from + 2 < to ? out[from + 2] : 0;
	return (a | b | c) < 128 ? a << 16 | b << 8 | c : -1;
}
/** By UTF-16 code units (RFC 8785, 3.2.3). Bytes order ASCII alike; from the first other byte on the texts decide. */
function compareKeys(scanner, left, right) {
	const { out, tape } = scanner;
	if (tape[left] === KIND.string && tape[right] === KIND.string) {
		let i = tape[left + 1] + 1;
		let j = tape[right + 1] + 1;
		const leftEnd = tape[left + 2] - 1;
		const rightEnd = tape[right + 2] - 1;
		for (; i < leftEnd && j < rightEnd; i++, j++) {
			const a = out[i];
			const b = out[j];
			if (a >= 128 || b >= 128) return compareTexts(scanner, left, right);
			if (a !== b) return a - b;
		}
		return leftEnd - i - (rightEnd - j);
	}
	return compareTexts(scanner, left, right);
}
function compareTexts(scanner, left, right) {
	const a = scanner.string(left);
	const b = scanner.string(right);
	return a < b ? -1 : a > b ? 1 : 0;
}
/**
* Whether a number is sure to be its own ECMAScript form: at most 15 digits (a double gives those back), no sign, no exponent,
* no zero at the end of a fraction, and not so small that it would be written with an exponent.
*/
function isItsOwnForm(bytes, from, to) {
	if (to - from > 15) return false;
	let hasPoint = false;
	for (let i = from; i < to; i++) {
		const c = bytes[i];
		if (c === 46) hasPoint = true;
		else if (c < 48 || c > 57) return false;
	}
	if (!hasPoint) return true;
	return !(bytes[from] === 48 && bytes[from + 2] === 48) && bytes[to - 1] !== 48;
}
//#endregion
//#region src/raw/decimal.ts
/** Takes a JSON number apart; 63.10, 63.1 and 6.31e1 give the same. */
function decimalOf(text) {
	const [, sign, whole = "", fraction = "", power = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
	const all = (whole + fraction).replace(/^0+/, "");
	const digits = all.replace(/0+$/, "");
	if (digits === "") return {
		isNegative: false,
		digits: "",
		exponent: 0n
	};
	const exponent = BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length);
	return {
		isNegative: sign === "-",
		digits,
		exponent
	};
}
//#endregion
//#region src/raw/time.ts
const FIRST_SECOND = -62135596800;
const LAST_SECOND = 253402300799;
/** 2023-03-31 19:30 · 2023/10/11 00:04:00 · 2023-08-03T20:31:17 · 2023-10-10T22:31:55.25+01:00 */
const TEXT_TIME = /^(\d{4})([-/])(\d\d)\2(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,30}))?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i;
/** A time as text in canonical form; null where it is none of the contract's formats, or no such day or hour exists. Without a zone it is UTC. */
function timeOfText(text) {
	const [, year, , month, day, hour, minute, second = "00", fraction = "", zone = "Z"] = TEXT_TIME.exec(text) ?? [];
	if (year === void 0 || !isDay(Number(year), Number(month), Number(day))) return null;
	if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
	const offset = offsetSeconds(zone);
	if (offset === null) return null;
	if (offset === 0) return withFraction(`${year}-${month}-${day}T${hour}:${minute}:${second}`, fraction);
	return timeOfSeconds(Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1e3 - offset, fraction);
}
/** A JSON number of epoch seconds, with or without fraction, in canonical form; null outside the years 1 to 9999. */
function timeOfEpoch(number) {
	if (/^\d{1,11}$/.test(number)) return timeOfSeconds(Number(number), "");
	const { isNegative, digits, exponent } = decimalOf(number);
	if (digits === "") return timeOfSeconds(0, "");
	if (exponent > 12n || BigInt(digits.length) + exponent > 12n) return null;
	const shift = exponent + 6n;
	const scaled = shift >= 0n ? BigInt(digits) * 10n ** shift : floorDivide(BigInt(digits), isNegative, -shift);
	const micros = isNegative ? -scaled : scaled;
	const fraction = (micros % 1000000n + 1000000n) % 1000000n;
	return timeOfSeconds(Number((micros - fraction) / 1000000n), fraction.toString().padStart(6, "0"));
}
/**
* How many of the bytes [from, to) stand before the Z of their canonical form, where they are a time in UTC that is canonical, or is
* but for zeros at the end of its fraction; else 0. By far the most frequent cases, told without making a string.
*/
function plainTimeBytes(bytes, from, to) {
	if (to - from < 20 || to - from > 27 || bytes[to - 1] !== 90 || !isPlainTime(bytes, from)) return 0;
	if (to - from === 20) return 19;
	if (to - from === 21 || bytes[from + 19] !== 46) return 0;
	let end = from + 19;
	for (let at = from + 20; at < to - 1; at++) {
		const c = bytes[at];
		if (c < 48 || c > 57) return 0;
		if (c !== 48) end = at + 1;
	}
	return end - from;
}
/** Whether bytes [from, from + 19) are the date and time of a canonical time. */
function isPlainTime(bytes, from) {
	for (let i = 0; i < 19; i++) {
		const c = bytes[from + i];
		const mark = PLAIN_TIME[i];
		if (mark === 48 ? c < 48 || c > 57 : c !== mark) return false;
	}
	const two = (at) => (bytes[from + at] - 48) * 10 + bytes[from + at + 1] - 48;
	return isDay(two(0) * 100 + two(2), two(5), two(8)) && two(11) < 24 && two(14) < 60 && two(17) < 60;
}
const PLAIN_TIME = new TextEncoder().encode("0000-00-00T00:00:00");
/** Seconds since 1970 and the digits of a fraction, in canonical form; null outside the years 1 to 9999. */
function timeOfSeconds(seconds, fraction) {
	if (seconds < FIRST_SECOND || seconds > LAST_SECOND) return null;
	const days = Math.floor(seconds / 86400);
	const rest = seconds - days * 86400;
	const time = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
	return withFraction(`${dateOf(days)}T${time}`, fraction);
}
/** `fraction`: digits of the second, any number. More than 6 are cut off, not rounded: BigQuery's TIMESTAMP has microseconds, and a rounded time could fall on the next day. */
function withFraction(whole, fraction) {
	const digits = fraction === "" ? "" : fraction.slice(0, 6).replace(/0+$/, "");
	return digits === "" ? `${whole}Z` : `${whole}.${digits}Z`;
}
function two(number) {
	return number < 10 ? `0${number}` : `${number}`;
}
/** The date of a day counted from 1970-01-01, in the proleptic Gregorian calendar. After Howard Hinnant's civil_from_days; Date takes ten times as long. */
function dateOf(days) {
	const shifted = days + 719468;
	const era = Math.floor(shifted / 146097);
	const dayOfEra = shifted - era * 146097;
	const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365);
	const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
	const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
	const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
	const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
	return `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`;
}
function offsetSeconds(zone) {
	if (zone === "Z" || zone === "z") return 0;
	const hours = Number(zone.slice(1, 3));
	const minutes = Number(zone.slice(3).replace(":", "") || "0");
	if (minutes > 59 || hours * 60 + minutes > 840) return null;
	return (zone.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60);
}
function isDay(year, month, day) {
	if (year < 1 || month < 1 || month > 12 || day < 1) return false;
	if (day <= 28) return true;
	const isLeap = year % 4 === 0 && year % 100 !== 0 || year % 400 === 0;
	return day <= (month === 2 ? isLeap ? 29 : 28 : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
}
function floorDivide(digits, isNegative, power) {
	if (power > 40n) return isNegative ? 1n : 0n;
	const divisor = 10n ** power;
	const quotient = digits / divisor;
	return isNegative && digits % divisor !== 0n ? quotient + 1n : quotient;
}
//#endregion
//#region src/raw/event.ts
const path = (dotted) => dotted.split(".").map(keyName);
const EVENT_ID = keyName("event_id");
const EVENT_TYPE = keyName("event_type");
const EVENT_TIME = keyName("event_time");
const VENDOR = keyName("vendor");
const PAYLOAD = keyName("payload");
const INGESTED_AT = keyName("ingested_at");
const ORDER_REF = keyName("orderRef");
const ORDER_ID = keyName("order_id");
const TIME = keyName("time");
/** Where a record keeps its own time, names in order (data contract, section 3); a shipment's are its lists of statuses. */
const OWN_TIME = {
	historical_order: [
		"created",
		"created_at",
		"order.ts"
	].map(path),
	historical_payment: [
		"paidAt",
		"paid_at",
		"timestamp"
	].map(path),
	historical_refund: [
		"refundedAt",
		"refunded_at",
		"ts"
	].map(path),
	historical_shipment: [
		"updates",
		"status_history",
		"timeline"
	].map(path)
};
const EPOCH_TEXT = /^[+-]?\d+(\.\d+)?([eE]-?\d{1,2})?$/;
/** Reads what lies on a scanner's tape into a pack; `now` (canonical UTC text) is the time of ingestion. */
var EventReader = class {
	scanner;
	builder;
	now;
	jcs = new JcsWriter();
	interner = new Interner();
	constructor(scanner, builder, options) {
		this.scanner = scanner;
		this.builder = builder;
		this.now = options.now;
	}
	/** Puts the event into the pack; where there is none it says why, in a sentence. */
	read(shape, line) {
		if (this.scanner.kind(0) !== KIND.object) return `${this.kindName(0)}, not an object`;
		try {
			return shape === "live" ? this.live(line) : this.historical(shape, line);
		} catch (error) {
			if (error instanceof JcsFault) return error.message;
			throw error;
		}
	}
	live(line) {
		const { scanner, builder } = this;
		const nodes = this.liveNodes();
		const eventType = this.name(nodes.eventType);
		if (eventType === null || eventType === "") return `no event_type (${this.found(nodes.eventType)})`;
		const eventTime = this.time(nodes.eventTime);
		if (eventTime === null) return `no usable event_time (${this.found(nodes.eventTime)})`;
		if (nodes.payload < 0) return "no payload";
		const vendor = this.name(nodes.vendor);
		this.putId(nodes.eventId, nodes.payload, {
			eventType,
			vendor
		});
		this.putTime(FIELD.timeBytes, eventTime);
		this.putTime(FIELD.ingestedBytes, this.time(nodes.ingestedAt) ?? this.now);
		const payloadFrom = scanner.tape[nodes.payload + 1];
		const payloadTo = scanner.tape[nodes.payload + 2];
		builder.put({
			payloadFrom,
			payloadTo,
			eventType,
			vendor,
			line
		});
		return null;
	}
	historical(eventType, line) {
		const { scanner, builder } = this;
		const node = this.ownTime(eventType);
		const eventTime = this.time(node);
		if (eventTime === null) return `no usable time of its own (${this.found(node)})`;
		const vendor = scanner.member(0, ORDER_REF) >= 0 ? "vendor_a" : scanner.member(0, ORDER_ID) >= 0 ? "vendor_b" : "vendor_c";
		builder.text(FIELD.idBytes, this.jcs.eventId(scanner, 0, {
			eventType,
			vendor
		}));
		this.putTime(FIELD.timeBytes, eventTime);
		builder.text(FIELD.ingestedBytes, this.now);
		builder.put({
			payloadFrom: scanner.outStart,
			payloadTo: scanner.outEnd,
			eventType,
			vendor,
			line
		});
		return null;
	}
	/** The event's own id, a number by its digits; where it has none (an empty one would make all of them one event) the contract's hash. */
	putId(node, payload, names) {
		const { scanner, builder } = this;
		const kind = node < 0 ? KIND.null : scanner.kind(node);
		if (kind === KIND.string && scanner.tape[node + 2] - scanner.tape[node + 1] > 2) builder.part(FIELD.idBytes, scanner.tape[node + 1] + 1, scanner.tape[node + 2] - 1);
		else if (kind === KIND.escapedString) builder.text(FIELD.idBytes, scanner.string(node));
		else if (kind === KIND.number) builder.part(FIELD.idBytes, scanner.tape[node + 1], scanner.tape[node + 2]);
		else builder.text(FIELD.idBytes, this.jcs.eventId(scanner, payload, names));
	}
	/** A canonical time: as text, or (already canonical) as the node it stands in. */
	putTime(field, time) {
		if (typeof time === "string") this.builder.text(field, time);
		else {
			const { tape } = this.scanner;
			this.builder.part(field, tape[time + 1] + 1, tape[time + 2] - 1);
		}
	}
	/** The first non-null of the type's names; of a shipment, the time of the first status in it. */
	ownTime(eventType) {
		const { scanner } = this;
		for (const keys of OWN_TIME[eventType]) {
			let node = 0;
			for (const key of keys) node = node < 0 ? -1 : scanner.member(node, key);
			if (this.isNothing(node) || this.isBlank(node)) continue;
			if (eventType !== "historical_shipment") return node;
			return scanner.kind(node) !== KIND.array || scanner.tape[node + 3] === node + 4 ? -1 : scanner.member(node + 4, TIME);
		}
		return -1;
	}
	liveNodes() {
		const { scanner } = this;
		const nodes = {
			eventId: -1,
			eventType: -1,
			eventTime: -1,
			vendor: -1,
			payload: -1,
			ingestedAt: -1
		};
		const end = scanner.tapeEnd;
		for (let key = 4; key < end; key = scanner.tape[key + 4 + 3]) {
			const value = key + 4;
			if (scanner.isKey(key, EVENT_ID)) nodes.eventId = value;
			else if (scanner.isKey(key, EVENT_TYPE)) nodes.eventType = value;
			else if (scanner.isKey(key, EVENT_TIME)) nodes.eventTime = value;
			else if (scanner.isKey(key, VENDOR)) nodes.vendor = value;
			else if (scanner.isKey(key, PAYLOAD)) nodes.payload = value;
			else if (scanner.isKey(key, INGESTED_AT)) nodes.ingestedAt = value;
		}
		return nodes;
	}
	isNothing(node) {
		return node < 0 || this.scanner.kind(node) === KIND.null;
	}
	/** Empty strings are NULL (data contract, section 3), so the next name is asked. */
	isBlank(node) {
		const { tape } = this.scanner;
		return tape[node + 2] - tape[node + 1] <= 8 && this.textOf(node)?.trim() === "";
	}
	textOf(node) {
		if (node < 0) return null;
		const kind = this.scanner.kind(node);
		return kind === KIND.string || kind === KIND.escapedString ? this.scanner.string(node) : null;
	}
	/** A type or vendor: of the few that there are, each is made a string once. */
	name(node) {
		if (node < 0 || this.scanner.kind(node) !== KIND.string) return this.textOf(node);
		const { out, tape } = this.scanner;
		return this.interner.text(out, tape[node + 1] + 1, tape[node + 2] - 1);
	}
	/** The canonical time of a node; the node itself where it is written so already; null where it is no time. */
	time(node) {
		if (node < 0) return null;
		const { out, tape } = this.scanner;
		const from = tape[node + 1];
		const to = tape[node + 2];
		if (tape[node] === KIND.number) return timeOfEpoch(out.toString("latin1", from, to));
		const plain = tape[node] === KIND.string ? plainTimeBytes(out, from + 1, to - 1) : 0;
		if (plain > 0) return plain === to - from - 3 ? node : `${out.toString("latin1", from + 1, from + 1 + plain)}Z`;
		const text = this.textOf(node)?.trim();
		if (text === void 0) return null;
		return EPOCH_TEXT.test(text) ? timeOfEpoch(text.replace("+", "")) : timeOfText(text);
	}
	/** What stands where something else was needed, for the reason. */
	found(node) {
		if (node < 0) return "absent";
		const text = this.scanner.text(node);
		return text.length > 60 ? `${this.kindName(node)}` : text;
	}
	kindName(node) {
		const kind = this.scanner.kind(node);
		if (kind === KIND.object) return "an object";
		if (kind === KIND.array) return "an array";
		if (kind === KIND.string || kind === KIND.escapedString) return "a string";
		return kind === KIND.number ? "a number" : this.scanner.text(node);
	}
};
//#endregion
//#region src/raw/split.ts
/** Raw text is kept up to here, in the quarantine. */
const RAW_BYTES = 64 * 1024;
function tooLarge(maxEventBytes) {
	return `larger than the limit of ${maxEventBytes} bytes for one event`;
}
/** Text for the quarantine out of bytes [from, to); `size` is the length of all of it where that is more. */
function rawText(bytes, from, range) {
	const isCut = (range.size ?? range.to - from) > RAW_BYTES;
	let to = Math.min(range.to, from + RAW_BYTES);
	if (isCut) for (let back = 0; back < 3 && to > from && ((bytes[to] ?? 0) & 192) === 128; back++) to--;
	return {
		raw: bytes.toString("utf8", from, to),
		isCut
	};
}
/** The beginning of a long text that comes in pieces: all that the quarantine keeps of it. */
var Head = class {
	bytes = Buffer.allocUnsafe(RAW_BYTES + 1);
	kept = 0;
	size = 0;
	add(bytes, from, to) {
		this.kept += bytes.copy(this.bytes, this.kept, from, Math.min(to, from + this.bytes.length - this.kept));
		this.size += to - from;
	}
	text() {
		return rawText(this.bytes, 0, {
			to: this.kept,
			size: this.size
		});
	}
};
/** Bytes of a byte order mark at `from`. */
function bomBytes(bytes, from) {
	return bytes[from] === 239 && bytes[from + 1] === 187 && bytes[from + 2] === 191 ? 3 : 0;
}
//#endregion
//#region src/raw/skip.ts
var Skip = class {
	line;
	reason;
	lineFeeds = 0;
	head = new Head();
	/** The brackets that are open, by their closing byte. */
	open = [];
	isInString = false;
	isEscaped = false;
	/** Bytes of white space before the value on its own line; -1 where something else stands there. */
	indent;
	/** Bytes of white space since the last line feed; -1 where there was something else. */
	lineStart = -1;
	constructor(place) {
		this.line = place.line;
		this.reason = place.reason;
		this.indent = place.indent;
	}
	/** Takes bytes from `from` on; gives where the value ends, or -1 where it goes on past `to`. */
	take(bytes, from, to) {
		for (let i = from; i < to; i++) if (this.isOver(bytes[i])) {
			this.head.add(bytes, from, i);
			return i;
		}
		this.head.add(bytes, from, to);
		return -1;
	}
	/** Whether the value ended before byte `c`. */
	isOver(c) {
		if (c === 10) return this.lineFeed();
		if (this.lineStart >= 0) if (c === 32 || c === 9) this.lineStart++;
		else {
			if (c === 123 && this.lineStart === this.indent && this.open.length > 0) return true;
			this.lineStart = -1;
		}
		if (this.isInString) this.inString(c);
		else if (c === 34) this.isInString = true;
		else if (c === 123) this.open.push(125);
		else if (c === 91) this.open.push(93);
		else if (c === 125 || c === 93) return this.close(c);
		else if (c === 44) return this.open.length === 0;
		return false;
	}
	/** No string reaches over a line: a quote that is missing ends here. */
	lineFeed() {
		this.lineFeeds++;
		this.lineStart = 0;
		this.isInString = false;
		this.isEscaped = false;
		return false;
	}
	inString(c) {
		if (this.isEscaped) this.isEscaped = false;
		else if (c === 92) this.isEscaped = true;
		else if (c === 34) this.isInString = false;
	}
	/** A closing bracket also closes what was left open inside; one that nothing opened is the array's own. */
	close(c) {
		const at = this.open.lastIndexOf(c);
		if (at >= 0) this.open.length = at;
		else return this.open.length === 0 && c === 93;
		return false;
	}
};
//#endregion
//#region src/raw/window.ts
var Window = class {
	bytes = Buffer.alloc(0);
	start = 0;
	end = 0;
	/** No more bytes will come. */
	isLast = false;
	get size() {
		return this.end - this.start;
	}
	push(chunk) {
		const { size } = this;
		if (this.end + chunk.length > this.bytes.length) {
			const target = size + chunk.length > this.bytes.length ? Buffer.allocUnsafe((size + chunk.length) * 2) : this.bytes;
			target.set(this.bytes.subarray(this.start, this.end));
			this.bytes = target;
			this.start = 0;
			this.end = size;
		}
		this.bytes.set(chunk, this.end);
		this.end += chunk.length;
	}
};
//#endregion
//#region src/raw/split-array.ts
const CUT_OFF = "the file ends before its array does: it was cut off";
var ArraySplitter = class {
	/** The answer's own `count`, if it had one. */
	announced = null;
	scanner;
	sink;
	maxEventBytes;
	allowsAnswer;
	window = new Window();
	state = "start";
	line = 1;
	isBegun = false;
	isAnswer = false;
	hasEvents = false;
	key = "";
	skip;
	/** What nobody can read further: told at the end, with its beginning. */
	lost;
	/** Bytes of white space since the last line feed; -1 where there was something else. */
	indent = -1;
	/** Bytes at which scanning an unfinished element is worth another try. */
	retryAt = 0;
	constructor(options) {
		this.scanner = options.scanner;
		this.sink = options.sink;
		this.maxEventBytes = options.maxEventBytes;
		this.allowsAnswer = options.allowsAnswer ?? false;
	}
	push(chunk) {
		this.window.push(chunk);
		if (!this.isBegun && this.window.size < 3) return;
		this.begin();
		this.run();
	}
	end(brokenOff) {
		const { window } = this;
		window.isLast = true;
		this.begin();
		this.run();
		const isEmpty = this.state === "start" && window.size === 0;
		const reason = brokenOff ?? (isEmpty ? "the file is empty: a JSON array should stand there" : CUT_OFF);
		if (this.skip !== void 0) this.tellSkipped(reason);
		else if (this.lost !== void 0) this.sink.fault({
			line: this.lost.line,
			reason: this.lost.reason,
			...this.lost.head.text()
		});
		else if (brokenOff !== void 0 || this.state !== "done") {
			const raw = rawText(window.bytes, window.start, { to: window.end });
			this.sink.fault({
				line: isEmpty ? null : this.line,
				reason,
				...raw
			});
		}
		window.start = window.end;
	}
	begin() {
		if (this.isBegun) return;
		this.isBegun = true;
		this.window.start += bomBytes(this.window.bytes, this.window.start);
	}
	/** Goes on while there is something to go on with. */
	run() {
		for (;;) {
			if (this.skip !== void 0 && !this.skipOn(this.skip)) return;
			this.skipSpace();
			if (this.window.size === 0 || !this.step(this.window.bytes[this.window.start])) return;
		}
	}
	/** One token or element at the window's start, `c` its first byte; false where more bytes are needed. */
	step(c) {
		switch (this.state) {
			case "start": return this.open(c);
			case "first": return c === 93 ? this.pass(this.isAnswer ? "after-member" : "done") : this.element(c);
			case "element": return this.element(c);
			case "after":
				if (c === 44) return this.pass("element");
				if (c === 93) return this.pass(this.isAnswer ? "after-member" : "done");
				return this.lose("broken JSON: no comma before this record");
			case "key":
				if (c === 125) return this.pass("done");
				return this.scanPart(() => {
					if (this.scanner.kind(0) !== KIND.string) return this.giveUp("broken JSON: no key where one should stand");
					this.key = this.scanner.string(0);
					this.state = "colon";
				});
			case "colon": return c === 58 ? this.pass("member") : this.giveUp("broken JSON: no : after a key");
			case "member":
				if (this.key === "events" && c === 91 && !this.hasEvents) {
					this.hasEvents = true;
					return this.pass("first");
				}
				return this.scanPart(() => {
					if (this.key === "events") return this.giveUp("\"events\" is not an array, or is there twice");
					if (this.key === "count" && this.scanner.kind(0) === KIND.number) this.announced = Number(this.scanner.text(0));
					this.state = "after-member";
				});
			case "after-member":
				if (c === 44) return this.pass("key");
				if (c !== 125) return this.giveUp("broken JSON: no , or } where one should stand");
				return this.hasEvents ? this.pass("done") : this.giveUp("no \"events\" in the answer");
			case "done": return this.giveUp("text after the end of the array");
			case "lost":
				this.lost?.head.add(this.window.bytes, this.window.start, this.window.end);
				this.window.start = this.window.end;
				return false;
		}
	}
	open(c) {
		if (c === 91) return this.pass("first");
		if (c !== 123 || !this.allowsAnswer) return this.giveUp("not a JSON array");
		this.isAnswer = true;
		return this.pass("key");
	}
	pass(state) {
		this.window.start++;
		this.indent = -1;
		this.state = state;
		return true;
	}
	element(c) {
		const { window, scanner } = this;
		if (c === 44 || c === 93) {
			this.sink.fault({
				line: this.line,
				reason: `broken JSON: no record before this ${String.fromCharCode(c)}`,
				raw: "",
				isCut: false
			});
			this.state = "after";
			return true;
		}
		if (!window.isLast && window.size < this.retryAt) return false;
		try {
			scanner.scan(window.bytes, window.start, { to: window.end });
			if (scanner.at === window.end && !window.isLast) throw new ScanFault("", scanner.at, true);
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
		this.state = "after";
		return true;
	}
	unfinished(fault) {
		const { window } = this;
		if (!fault.isEnd) return this.lose(`broken JSON: ${fault.message} (byte ${fault.at - window.start + 1} of the record)`);
		if (window.size > this.maxEventBytes) return this.lose(tooLarge(this.maxEventBytes));
		if (window.isLast) return this.lose(CUT_OFF);
		this.retryAt = window.size * 2;
		return false;
	}
	/** The element at the window's start is given up: from here on its end is looked for. */
	lose(reason) {
		this.retryAt = 0;
		this.skip = new Skip({
			line: this.line,
			reason,
			indent: this.indent
		});
		return true;
	}
	skipOn(skip) {
		const { window } = this;
		const end = skip.take(window.bytes, window.start, window.end);
		window.start = end < 0 ? window.end : end;
		if (end < 0) return false;
		this.tellSkipped(skip.reason);
		this.state = window.bytes[end] === 123 ? "element" : "after";
		return true;
	}
	tellSkipped(reason) {
		const { skip } = this;
		if (skip === void 0) return;
		this.sink.fault({
			line: skip.line,
			reason,
			...skip.head.text()
		});
		this.line += skip.lineFeeds;
		this.skip = void 0;
	}
	/** Scans a key or a member of the answer that is not its events. */
	scanPart(then) {
		const { window, scanner } = this;
		try {
			scanner.scan(window.bytes, window.start, { to: window.end });
			if (scanner.at === window.end && !window.isLast) return window.size > this.maxEventBytes && this.giveUp(tooLarge(this.maxEventBytes));
		} catch (error) {
			if (!(error instanceof ScanFault)) throw error;
			if (!error.isEnd) return this.giveUp(`broken JSON: ${error.message}`);
			return window.size > this.maxEventBytes && this.giveUp(tooLarge(this.maxEventBytes));
		}
		then();
		if (this.lost !== void 0) return true;
		this.line += scanner.lineFeeds;
		window.start = scanner.at;
		return true;
	}
	/** Nothing from here on can be read: it is passed over, and told at the end. */
	giveUp(reason) {
		this.lost = {
			line: this.line,
			reason,
			head: new Head()
		};
		this.state = "lost";
		return true;
	}
	skipSpace() {
		const { window } = this;
		const { bytes, end } = window;
		let at = window.start;
		for (; at < end; at++) {
			const c = bytes[at];
			if (c === 10) {
				this.line++;
				this.indent = 0;
			} else if (c !== 32 && c !== 9 && c !== 13) break;
			else if (this.indent >= 0) this.indent++;
		}
		window.start = at;
	}
};
//#endregion
//#region src/raw/split-lines.ts
const LF = 10;
var LineSplitter = class {
	scanner;
	sink;
	maxEventBytes;
	window = new Window();
	line = 1;
	isBegun = false;
	/** Within a line over the limit: its first bytes are told already, the rest is passed over. */
	isSkipping = false;
	constructor(options) {
		this.scanner = options.scanner;
		this.sink = options.sink;
		this.maxEventBytes = options.maxEventBytes;
	}
	push(chunk) {
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
	end(brokenOff) {
		const { window } = this;
		if (!this.isBegun) this.begin();
		this.lines();
		if (brokenOff !== void 0) {
			const isPart = window.size > 0 && !this.isSkipping;
			const raw = isPart ? rawText(window.bytes, window.start, { to: window.end }) : {
				raw: "",
				isCut: false
			};
			this.sink.fault({
				line: this.line > 1 || isPart ? this.line : null,
				reason: brokenOff,
				...raw
			});
		} else if (!this.isSkipping && window.size > 0) this.oneLine(window.end);
		window.start = window.end;
	}
	begin() {
		this.isBegun = true;
		this.window.start += bomBytes(this.window.bytes, this.window.start);
	}
	lines() {
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
	oneLine(to) {
		const { bytes, start } = this.window;
		if (to - start > this.maxEventBytes) this.tellLargeLine(to, to - start);
		else if (!isBlank(bytes, start, to)) this.scanLine(to);
	}
	scanLine(to) {
		const { bytes, start } = this.window;
		try {
			this.scanner.scan(bytes, start, { to });
			if (!isBlank(bytes, this.scanner.at, to)) throw new ScanFault("text after the end of the value", this.scanner.at, false);
		} catch (error) {
			if (!(error instanceof ScanFault)) throw error;
			const reason = `broken JSON: ${error.message} (byte ${error.at - start + 1} of the line)`;
			const end = bytes[to - 1] === 13 ? to - 1 : to;
			this.sink.fault({
				line: this.line,
				reason,
				...rawText(bytes, start, { to: end })
			});
			return;
		}
		this.sink.value(this.line);
	}
	tellLargeLine(to, size) {
		const { bytes, start } = this.window;
		this.sink.fault({
			line: this.line,
			reason: tooLarge(this.maxEventBytes),
			...rawText(bytes, start, {
				to,
				size
			})
		});
	}
};
function isBlank(bytes, from, to) {
	for (let i = from; i < to; i++) {
		const c = bytes[i];
		if (c !== 32 && c !== 9 && c !== 13) return false;
	}
	return true;
}
//#endregion
//#region src/raw/read-source.ts
/** A parcel is closed early at this size, so that large events do not pile up. */
const PARCEL_BYTES = 32 << 20;
/**
* How large the next parcel is to be: small ones first, so that the writer soon has something to do, and then larger
* ones, because each write touches the whole index. The small ones together fit one batch. Where it is known how much there is
* to read, the last ones are small again: who reads has nothing to do while the last one is written.
*/
var Pace = class {
	/** Events and faults of the parcel under way. */
	events;
	least;
	most;
	totalBytes;
	done = 0;
	constructor({ parcelEvents, totalBytes }) {
		this.least = Math.ceil(parcelEvents / 16);
		this.most = parcelEvents;
		this.totalBytes = totalBytes;
		this.events = this.least;
	}
	/** A parcel of so many is done; of all there is to read so many bytes are read. */
	advance(parcel, bytesRead) {
		this.done += parcel;
		this.events = Math.min(this.events * 2, this.most);
		if (this.totalBytes === void 0 || bytesRead === 0) return;
		const rest = this.done * (this.totalBytes - bytesRead) / bytesRead;
		this.events = Math.max(this.least, Math.min(this.events, Math.ceil(rest / 2)));
	}
};
/** Where values and faults of all files come together, to leave in parcels. */
var Collector = class {
	scanner;
	arena = packArena(2 << 20);
	builder;
	reader;
	pace;
	ownSpares;
	ready = [];
	sources = [];
	file = 0;
	shape = "live";
	from = 0;
	/** Of the file, since the parcel before; and of all files. */
	bytesRead = 0;
	allBytesRead = 0;
	faults = [];
	faultCount = 0;
	faultBytes = 0;
	constructor(options) {
		this.ownSpares = options.spares === void 0 ? new PackSpares() : void 0;
		this.builder = new PackBuilder(this.arena, options.spares ?? this.ownSpares);
		this.scanner = new Scanner(this.arena);
		this.reader = new EventReader(this.scanner, this.builder, options);
		this.pace = new Pace(options);
	}
	/** What comes from here on is of this file. */
	begin(file, shape) {
		this.file = file;
		this.shape = shape;
	}
	read(bytes) {
		this.bytesRead += bytes;
		this.allBytesRead += bytes;
	}
	value(line) {
		const reason = this.reader.read(this.shape, line);
		if (reason === null) this.sealIfFull();
		else {
			const { out, outStart, outEnd } = this.scanner;
			this.fault({
				line,
				reason,
				...rawText(out, outStart, { to: outEnd })
			});
		}
	}
	fault(fault) {
		this.faults.push(fault);
		this.faultCount++;
		this.faultBytes += fault.raw.length;
		this.sealIfFull();
	}
	/** The file is over. */
	finish(ending) {
		this.leave(ending);
	}
	/** No file comes any more. */
	end() {
		if (this.sources.length > 0) this.seal();
	}
	/** The parcels that are full. */
	*parcels() {
		for (const parcel of this.ready.splice(0)) {
			yield parcel;
			this.ownSpares?.give(buffersOf(parcel.events));
		}
	}
	sealIfFull() {
		if (!(this.builder.count + this.faultCount >= this.pace.events) && this.arena.end + this.faultBytes < PARCEL_BYTES) return;
		this.leave(null);
		this.seal();
	}
	/** What was collected of the file since the last time. */
	leave(ending) {
		const { file, from, faults, bytesRead } = this;
		this.sources.push({
			file,
			from,
			to: this.builder.count,
			faults,
			bytesRead,
			ending
		});
		this.builder.nextSource();
		this.from = this.builder.count;
		this.bytesRead = 0;
		this.faults = [];
	}
	seal() {
		this.pace.advance(this.builder.count + this.faultCount, this.allBytesRead);
		this.ready.push({
			events: this.builder.take(),
			sources: this.sources
		});
		this.sources = [];
		this.from = 0;
		this.faultCount = 0;
		this.faultBytes = 0;
	}
};
/** Reads a file to its end into the collector. @throws {PulseError} SOURCE_NOT_FOUND, SOURCE_UNREADABLE */
async function* readFile(file, collector, options) {
	const hash = createHash("sha256");
	const chunks = readBytes(file, (chunk) => {
		hash.update(chunk);
		collector.read(chunk.byteLength);
	});
	const split = {
		scanner: collector.scanner,
		sink: collector,
		maxEventBytes: options.maxEventBytes
	};
	yield* readChunks(chunks, collector, { splitter: file.layout === "lines" ? new LineSplitter(split) : new ArraySplitter(split) });
	return {
		contentHash: hash.digest("hex"),
		announced: null
	};
}
async function* readChunks(chunks, collector, { splitter }) {
	let brokenOff;
	try {
		for await (const chunk of chunks) {
			splitter.push(chunk);
			yield* collector.parcels();
		}
	} catch (error) {
		if (!isZlibError(error)) throw error;
		brokenOff = `the gzip data is broken: ${error.message}`;
	}
	splitter.end(brokenOff);
	yield* collector.parcels();
}
//#endregion
//#region src/raw/read-inline.ts
/** Reads files, each to its end; nothing is read ahead of who takes it. A file's ending is in its last parcel. */
async function* readInline(files, options) {
	const collector = new Collector(options);
	for (const [index, file] of files.entries()) {
		collector.begin(index, file.shape ?? "live");
		try {
			if (file.shape === null) throw nameless(file.source);
			collector.finish({
				kind: "end",
				...yield* readFile(file, collector, options)
			});
		} catch (error) {
			if (!(error instanceof PulseError)) throw error;
			collector.finish({
				kind: "failed",
				error
			});
		}
	}
	collector.end();
	yield* collector.parcels();
}
//#endregion
//#region src/raw/warm-up.ts
/** Enough for V8 to have taken notes of every branch: more cost more than they saved, fewer left gaps. */
const TIMES = 10;
/** Of a few events a parcel, so that parcels are made too. */
const OPTIONS = {
	parcelEvents: 40,
	maxEventBytes: 1 << 20,
	now: "2025-01-01T00:00:00Z"
};
function warmUp() {
	const collector = new Collector(OPTIONS);
	for (let time = 0; time < TIMES; time++) for (const [shape, bytes] of TEXTS) read(collector, bytes, shape);
	collector.end();
	drop(collector);
}
function read(collector, bytes, shape) {
	const split = {
		scanner: collector.scanner,
		sink: collector,
		maxEventBytes: OPTIONS.maxEventBytes
	};
	const splitter = shape === "live" ? new LineSplitter(split) : new ArraySplitter(split);
	collector.begin(0, shape);
	for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
		splitter.push(bytes.subarray(from, from + PIECE_BYTES));
		drop(collector);
	}
	splitter.end();
	collector.finish({
		kind: "end",
		contentHash: "",
		announced: null
	});
	drop(collector);
}
/** Whoever takes the parcels gives their buffers back. */
function drop(collector) {
	for (const _ of collector.parcels());
}
const PIECE_BYTES = 1500;
const ORDER = `"email":"a@mail.example","note":"Ad\u00e9\u1ecd\\n","items":[{"sku":"A-1","qty":2,"price":11500},{"sku":"B-2","qty":1,"price":63.10}],"total":-0.5,"paid":true,"gift":false,"region":null`;
const LIVE = "\"event_type\":\"order_created\",\"event_time\":\"2025-01-15T09:02:45Z\",\"vendor\":\"vendor_c\"";
const LIVE_LINES = [
	`{"event_id":"7a60aed8468f827c",${LIVE},"payload":{${ORDER},"order":{"id":"O-1","ts":1736931765}},"ingested_at":"2025-01-15T09:03:45Z"}`,
	`{"event_id": "7a60aed8468f827d", ${LIVE}, "payload": {"orderRef": 1234567890123456789, "tags": [], "more": {}}, "ingested_at": "2025-01-15 09:03"}`,
	`{"event_type":"refund_issued","event_time":1736931765,"vendor":null,"payload":{${ORDER},"a":1e3,"\\u0061b":[1,[2]]}}`,
	`{"event_id":12,"event_type":"payment_succeeded","event_time":"2025-01-15T09:02:45.250+01:00","vendor":"v","payload":[1.50,12345678901234567890]}`,
	`{"event_id":"caf\u00e9","event_type":"x","event_time":"1736931765","vendor":"v","payload":{},"ingested_at":"?"}\r`,
	`{"event_id":"\\u0041","event_type":"x\\n","event_time":"2025-01-15T09:02:45Z","vendor":"v","payload":"p"}`,
	"{\"event_id\":\"a\",\"event_time\":\"2025-01-15T09:02:45Z\",\"vendor\":\"v\",\"payload\":{}}",
	"{\"event_id\":\"a\",\"event_type\":\"x\",\"event_time\":\"soon\",\"vendor\":\"v\",\"payload\":{}}",
	"{\"event_id\":\"a\",\"event_type\":\"x\",\"event_time\":\"2025-01-15T09:02:45Z\"}",
	"{\"event_id\":\"a\",\"event_id\":\"b\"}",
	"{\"event_id\":\"a\" \"event_type\"}",
	"{\"event_id\" 1}",
	"{1:2}",
	"[1 2]",
	"{\"a\":nan}",
	"{\"a\":1.}",
	"{\"a\":\"\\q\"}",
	"{\"a\":\"\\ud800\"}",
	"{\"event_id\":\"7a60",
	"text",
	`{"many":[${"1,".repeat(1500)}1]}`,
	""
];
/** By type: a record's own time as each vendor writes it. */
const HISTORICAL = [
	["historical_order", [
		"\"created\":\"2023-03-31 19:30\"",
		"\"created_at\":\"2023-10-10T22:31:55Z\"",
		"\"order\":{\"id\":\"O-1\",\"ts\":1688426117}"
	]],
	["historical_payment", [
		"\"paidAt\":\"2023/10/11 00:04:00\"",
		"\"paid_at\":\"2023-10-10T22:31:55Z\"",
		"\"timestamp\":1688426117"
	]],
	["historical_refund", [
		"\"refundedAt\":\"2023-08-03T20:31:17\"",
		"\"refunded_at\":\"2023-10-10T22:31:55Z\"",
		"\"ts\":1688426117"
	]],
	["historical_shipment", [
		"\"updates\"",
		"\"status_history\"",
		"\"timeline\""
	].map((name) => `${name}:[{"status":"SENT","time":"2023-03-08 04:44"}]`)]
];
function recordsOf(times) {
	return [
		...times.flatMap((time) => [`{"orderRef":"O-1",${ORDER},${time}}`, `{${time},"order_id":"O-2",${ORDER}}`]),
		`{"phone":"+234","\u00e9":1,"ab":2,"aa":[],${times[0]}}`,
		"{\"orderRef\":\"O-3\"}",
		"{\"orderRef\":\"O-3\",}",
		"7"
	];
}
const TEXTS = [["live", Buffer.from(LIVE_LINES.join("\n"))], ...HISTORICAL.map(([shape, times]) => [shape, Buffer.from(`[\n${recordsOf(times).join(",\n")}\n]\n`)])];
//#endregion
export { findFiles, readInline, warmUp };
