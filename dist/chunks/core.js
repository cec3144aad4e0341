import { A as datetime, B as literal, C as unpackTar, E as exec, F as array, G as strictObject, H as number, I as boolean, J as unknown, K as string, L as discriminatedUnion, M as ZodDefault, N as ZodOptional, P as _enum, R as int, S as require_channel_api, T as execa, U as object, V as looseObject, W as record$1, X as toJSONSchema, Y as url, Z as prettifyError, a as getState, c as notice, d as setOutput, f as setSecret, h as summary, i as getInput, j as ZodArray, l as saveState, m as warning, n as endGroup, o as info, p as startGroup, q as union, r as error, s as isDebug, t as debug, u as setFailed, w as require_dist, z as json } from "./vendor.js";
import { accessSync, appendFileSync, chmodSync, closeSync, constants, copyFileSync, createReadStream, createWriteStream, existsSync, ftruncateSync, lstatSync, mkdirSync, openSync, readFileSync, readSync, readdirSync, readlinkSync, realpathSync, renameSync, rmSync, statSync, statfsSync, symlinkSync, truncateSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { basename, dirname, extname, isAbsolute, join, posix, relative, resolve } from "node:path";
import { createCipheriv, createDecipheriv, createHash, randomBytes, randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs, stripVTControlCharacters } from "node:util";
import { StringDecoder } from "node:string_decoder";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { availableParallelism, homedir, userInfo } from "node:os";
import { setFlagsFromString } from "node:v8";
import { chmod, chown, copyFile, lchown, lstat, mkdir, mkdtemp, open, readdir, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Readable, Transform } from "node:stream";
import { setGlobalProxyFromEnv } from "node:http";
import { runInNewContext } from "node:vm";
import { createServer } from "node:net";
import { constants as constants$2, createZstdCompress, createZstdDecompress } from "node:zlib";
import { createInterface } from "node:readline/promises";

// src/system/errors.ts
/** What went wrong, by whose fault it is: every deliberate throw of the project is one of these three. */
/** The caller gave something that cannot be used. The message names the input, its value, what is legal and what to do. */
var InputError = class extends Error {
	name = "InputError";
};
/** The machine lacks something. The message says what, how it was probed and how to get it. */
var EnvironmentError = class extends Error {
	name = "EnvironmentError";
};
/** There is too little room on a file system. Doors that know a remedy of their own add it. */
var DiskSpaceError = class extends EnvironmentError {};
/** A program that we ran failed. The message carries program, arguments, exit status and the last lines it printed. */
var ToolError = class extends Error {
	name = "ToolError";
	program;
	/** Null when a signal or our own time limit ended it. */
	exitStatus;
	constructor(message, program, exitStatus, options) {
		super(message, options);
		this.program = program;
		this.exitStatus = exitStatus;
	}
};
/** The signals that end a run: Ctrl-C, a platform's cancellation, a terminal that was closed. */
const endingSignals = [
	"SIGINT",
	"SIGTERM",
	"SIGHUP"
];
const statusOfSignal = {
	SIGHUP: 129,
	SIGINT: 130,
	SIGTERM: 143
};
/** The work was ended from outside. */
var InterruptedError = class extends Error {
	name = "InterruptedError";
	signalName;
	constructor(signalName) {
		super(`interrupted by ${signalName}`);
		this.signalName = signalName;
	}
};
/** The command's exit statuses; 0 is success and 1 a failed verdict. */
function exitStatusOf(error) {
	if (error instanceof InputError) return 2;
	if (error instanceof EnvironmentError) return 3;
	if (error instanceof ToolError) return 4;
	if (error instanceof InterruptedError) return statusOfSignal[error.signalName];
	return 70;
}
/** Anything may be thrown; this makes an Error of it without losing what it said. */
function asError(thrown) {
	return thrown instanceof Error ? thrown : new Error(String(thrown));
}

// src/system/documents.ts
/** Lower-case hexadecimal SHA-256, without a prefix. */
const sha256Schema = string().regex(/^[0-9a-f]{64}$/);
/** JSON with sorted keys and no white space: equal values have equal text, so that its digest names the value. */
function canonicalJson(value) {
	if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
	if (typeof value === "object" && value !== null) {
		const pairs = Object.entries(value).filter(([, member]) => member !== void 0);
		pairs.sort(([left], [right]) => left < right ? -1 : 1);
		return `{${pairs.map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`).join(",")}}`;
	}
	return JSON.stringify(value);
}
/** SHA-256 of a text or bytes, in lower-case hexadecimal. */
function sha256(content) {
	return createHash("sha256").update(content).digest("hex");
}
/** Writes a document whole or not at all. The schema is the writer's promise to the reader. */
function writeDocument(path, schema, value) {
	const text = `${JSON.stringify(schema.parse(value), null, 2)}\n`;
	writeFileSync(`${path}.new`, text);
	renameSync(`${path}.new`, path);
}
/**
* Reads a document that another stage wrote.
* @throws InputError when it is missing, not JSON, of another version, or does not fit its schema
*/
function readDocument(path, schema) {
	let text;
	try {
		text = readFileSync(path, "utf8");
	} catch (error) {
		throw new InputError(`document ${path} cannot be read: ${error.message}`);
	}
	let value;
	try {
		value = JSON.parse(text);
	} catch (error) {
		throw new InputError(`document ${path} is not JSON: ${error.message}`);
	}
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	throw new InputError(`document ${path} is not what this version reads:\n${prettifyError(result.error)}`);
}

// src/system/environment.ts
/** Names whose values a child must not inherit: they would change what a plan means, or hand a token to a hook. */
const neverInherited = /^(DIB_|LIBGUESTFS_|SUPERMIN_|ACTIONS_|INPUT_|STATE_|OS_|PYTHON|ELEMENTS_PATH$|TMP_DIR$|break)|TOKEN|SECRET|PASSWORD|CREDENTIAL/;
/**
* The environment of a child process: the caller's without what must not be inherited, then `own`. An undefined value
* removes a name.
*/
function childEnvironment(own = {}) {
	const environment = {};
	for (const [name, value] of Object.entries(process.env)) if (value !== void 0 && !neverInherited.test(name)) environment[name] = value;
	environment.LC_ALL = "C.UTF-8";
	const folders = (environment.PATH ?? "/usr/local/bin:/usr/bin:/bin").split(":");
	const absent = [
		"/usr/local/sbin",
		"/usr/sbin",
		"/sbin"
	].filter((folder) => !folders.includes(folder));
	environment.PATH = [...folders, ...absent].join(":");
	for (const [name, value] of Object.entries(own)) if (value === void 0) delete environment[name];
	else environment[name] = value;
	return environment;
}

// src/system/home.ts
/**
* The folder that holds `elements/`, `images/` and `requirements.txt`. Found by walking up to our package.json, because
* this file's own depth differs between the source tree and a bundle.
*/
function projectRoot() {
	let folder = dirname(fileURLToPath(import.meta.url));
	for (;;) {
		const manifest = join(folder, "package.json");
		if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "trove-image-builder") return folder;
		const parent = dirname(folder);
		if (parent === folder) throw new Error(`package.json of trove-image-builder not found above ${import.meta.url}`);
		folder = parent;
	}
}
/** The project's own version, from package.json. */
function projectVersion() {
	return JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8")).version;
}
/** `$XDG_CACHE_HOME/trove-image` or `~/.cache/trove-image`: the only place outside the output folder that we write to. */
function cacheFolder() {
	const base = process.env.XDG_CACHE_HOME;
	return join(base?.startsWith("/") ? base : join(homedir(), ".cache"), "trove-image");
}
/** The private Python environment with diskimage-builder and Node; the launcher makes the same path. */
function privateEnvironment() {
	return join(cacheFolder(), "environment");
}
/** Journals and working folders of runs, one folder a run. */
function runsFolder() {
	return join(cacheFolder(), "runs");
}

// src/system/journal.ts
/**
* What a run will have to undo, written down before it is made. `folder` stands for all that may hang on a folder: the
* processes whose root or working folder lies in it, the mounts below it, the loop devices backed by files in it.
*/
const entrySchema$1 = discriminatedUnion("kind", [
	object({
		kind: literal("folder"),
		path: string()
	}),
	object({
		kind: literal("file"),
		path: string(),
		line: string().optional()
	}),
	object({
		kind: literal("processes"),
		mark: string()
	}),
	object({
		kind: literal("temporary"),
		program: string(),
		prefix: string(),
		sinceSeconds: int()
	}),
	object({
		kind: literal("output"),
		path: string()
	}),
	object({
		kind: literal("units"),
		packages: array(string()),
		enabledBefore: array(string())
	})
]);
/** A line that takes an earlier one back: what it announced needs no undoing any more. */
const doneSchema = object({ done: entrySchema$1 });
let current;
let ended = false;
/** The folder of this run, made with its journal at the first call. */
function runFolder() {
	if (ended) throw new Error("this run has ended and is being undone: nothing may be begun any more");
	if (current === void 0) {
		const owner = `${process.pid} ${startTimeOf(process.pid)}`;
		const stamp = (/* @__PURE__ */ new Date()).toISOString().replaceAll(/[:.]/g, "").slice(0, 15);
		const folder = join(runsFolder(), `${stamp}-${randomBytes(3).toString("hex")}`);
		const start = join(cacheFolder(), `${startPrefix}${owner.replace(" ", "-")}`);
		mkdirSync(runsFolder(), { recursive: true });
		mkdirSync(start, {
			recursive: true,
			mode: 493
		});
		writeFileSync(join(start, "owner"), `${owner}\n`);
		writeFileSync(join(start, "journal"), "");
		renameSync(start, folder);
		current = folder;
	}
	return current;
}
/** The name of a run's folder before it stands among the runs says already whose it is. */
const startPrefix = "starting-";
let workPlace;
/** Working folders are made in this folder from now on. The journal stays among the runs, where the next start looks for it. */
function useWorkPlace(folder) {
	workPlace = folder;
}
/** The folder that working folders are made in: the run's own, when no other is used. */
function workFolderPlace() {
	return workPlace ?? runFolder();
}
/** A new private folder, journalled before it is made. */
function makeWorkFolder(name, mode = 493) {
	const prefix = workPlace === void 0 ? "" : "trove-image-";
	const path = join(workFolderPlace(), `${prefix}${name}.${randomBytes(3).toString("hex")}`);
	record({
		kind: "folder",
		path
	});
	mkdirSync(path, {
		recursive: true,
		mode
	});
	return path;
}
/**
* A new folder below /var/tmp, journalled before it is made: for a program that runs as a system user, who cannot enter
* the run's folder when that lies in a private home such as /root. Only its owner may look into it.
*/
function makeSharedFolder(name) {
	const path = join("/var/tmp", `trove-image-${name}.${randomBytes(6).toString("hex")}`);
	record({
		kind: "folder",
		path
	});
	mkdirSync(path, { mode: 448 });
	return path;
}
/** A file outside the run's folder that must not outlive an interrupted run, such as a half-written image. */
function recordFile(path) {
	record({
		kind: "file",
		path
	});
}
/** A file of the system that this run writes, unless there is one: only one with this line in it is ours to remove. */
function recordMarkedFile(path, line) {
	return record({
		kind: "file",
		path,
		line
	});
}
/** Packages that are about to be installed, and the units that were enabled before. */
function recordUnits(packages, enabledBefore) {
	return record({
		kind: "units",
		packages: [...packages],
		enabledBefore: [...enabledBefore]
	});
}
/** A folder that a program made by itself, outside the run's folder, and would leave behind when killed. */
function recordFolder(path) {
	record({
		kind: "folder",
		path
	});
}
/** A program that is about to run and makes folders `/tmp/PREFIX*` by itself. */
function recordTemporary(program, prefix) {
	record({
		kind: "temporary",
		program,
		prefix,
		sinceSeconds: Math.floor(Date.now() / 1e3)
	});
}
/** The mark of processes that are about to be started. */
function recordMark(mark) {
	record({
		kind: "processes",
		mark
	});
}
/** The journal of this run, and none from now on: whoever asks is about to undo it. */
function closeCurrentJournal() {
	if (current === void 0) return void 0;
	const journal = readJournal$2(current);
	current = void 0;
	return journal;
}
/**
* From now on this process begins nothing: work that an interruption has overtaken must not open a new run, of which
* nobody would undo anything.
*/
function endJournals() {
	ended = true;
}
/**
* The work that an entry stood for is finished: it needs no undoing any more (a file that is now a result). A line more,
* because a journal that is rewritten could be lost in the middle.
*/
function forget(entry) {
	if (current !== void 0) append(current, { done: entry });
}
/** The output folder that this run builds into. */
function recordOutput(path) {
	record({
		kind: "output",
		path
	});
}
/** The journals of other runs whose process lives. */
function livingJournals() {
	if (!existsSync(runsFolder())) return [];
	return readdirSync(runsFolder()).map((name) => join(runsFolder(), name)).filter((folder) => folder !== current).map(readJournal$2).filter((journal) => journal.ownerAlive);
}
/** The journals of runs whose process is gone. */
function abandonedJournals() {
	const below = (folder) => existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
	const starting = below(cacheFolder()).filter((folder) => basename(folder).startsWith(startPrefix));
	return [...below(runsFolder()).filter((folder) => folder !== current), ...starting].map(readJournal$2).filter((journal) => !journal.ownerAlive);
}
/** What a journal's text leaves to undo, in the order in which it was begun. */
function readEntries(text) {
	let entries = [];
	for (const line of text.split("\n")) {
		const value = parseLine(line);
		const done = doneSchema.safeParse(value);
		if (done.success) {
			const finished = JSON.stringify(done.data.done);
			entries = entries.filter((entry) => JSON.stringify(entry) !== finished);
		}
		const begun = entrySchema$1.safeParse(value);
		if (begun.success) entries.push(begun.data);
	}
	return entries;
}
/** An empty line, or one that a power cut left half written, says nothing: what it announced was never made. */
function parseLine(line) {
	try {
		return JSON.parse(line);
	} catch {
		return;
	}
}
function record(entry) {
	append(runFolder(), entry);
	return entry;
}
function append(folder, line) {
	appendFileSync(join(folder, "journal"), `${JSON.stringify(line)}\n`, { flush: true });
}
function readJournal$2(folder) {
	const read = (name) => {
		try {
			return readFileSync(join(folder, name), "utf8");
		} catch {
			return "";
		}
	};
	const name = basename(folder);
	const [pid = "", startTime = ""] = name.startsWith(startPrefix) ? name.slice(9).split("-") : read("owner").trim().split(" ");
	return {
		folder,
		ownerAlive: startTime !== "" && startTimeOf(Number(pid)) === startTime,
		owner: pid,
		entries: readEntries(read("journal"))
	};
}
/** Field 22 of /proc/PID/stat: distinguishes a process from a later one with the same number. Empty when it is gone. */
function startTimeOf(pid) {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
		return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
	} catch {
		return "";
	}
}

// src/system/lines.ts
/**
* Turns chunks of bytes into lines: UTF-8 that is split between chunks survives, a carriage return ends a line (progress
* bars), and the last line comes even without a newline. A line longer than `maxLength` is cut: a hook may print a gigabyte.
*/
var LineSplitter = class {
	#decoder = new StringDecoder("utf8");
	#onLine;
	#maxLength;
	#rest = "";
	#cutting = false;
	#afterReturn = false;
	constructor(onLine, maxLength = 16384) {
		this.#onLine = onLine;
		this.#maxLength = maxLength;
	}
	write(chunk) {
		this.#take(this.#decoder.write(chunk));
	}
	end() {
		this.#take(this.#decoder.end());
		if (this.#rest !== "") this.#emit();
	}
	#take(text) {
		const lines = text.split("\n");
		const rest = lines.pop() ?? "";
		for (const line of lines) {
			this.#takeOverwritten(line);
			if (this.#rest === "" && this.#afterReturn) this.#afterReturn = false;
			else this.#emit();
		}
		this.#takeOverwritten(rest);
	}
	/** Text without newline; each carriage return in it ends what a terminal would overwrite. */
	#takeOverwritten(text) {
		if (!text.includes("\r")) {
			this.#append(text);
			return;
		}
		const pieces = text.split("\r");
		const last = pieces.pop() ?? "";
		for (const piece of pieces) {
			this.#append(piece);
			if (this.#rest === "") continue;
			this.#emit();
			this.#afterReturn = true;
		}
		this.#append(last);
	}
	#append(text) {
		if (this.#cutting || text === "") return;
		this.#afterReturn = false;
		this.#rest += text;
		if (this.#rest.length > this.#maxLength) {
			this.#rest = `${this.#rest.slice(0, this.#maxLength)} [cut]`;
			this.#cutting = true;
		}
	}
	#emit() {
		const line = this.#rest;
		this.#rest = "";
		this.#cutting = false;
		this.#onLine(line);
	}
};
/** The last lines of a stream, bounded in memory; what error messages quote. */
var Tail = class {
	#lines = [];
	#limit;
	constructor(limit = 40) {
		this.#limit = limit;
	}
	push(line) {
		this.#lines.push(line);
		if (this.#lines.length > this.#limit) this.#lines.shift();
	}
	lines() {
		return this.#lines;
	}
};

// src/system/output.ts
/** Characters of a line after which it is cut when somebody follows it: a hook may print a gigabyte without a newline. */
const longestLine = 16384;
/** What a program printed, in lines: all of it, or no more than its end. */
var Output = class {
	#all = {
		stdout: [],
		stderr: []
	};
	#splitters;
	tail = new Tail();
	constructor(options) {
		const splitter = (stream) => new LineSplitter((line) => {
			if (!options.discardOutput) this.#all[stream].push(line);
			this.tail.push(line);
			options.onLine?.(line, stream);
		}, options.discardOutput || options.onLine ? longestLine : Number.POSITIVE_INFINITY);
		this.#splitters = {
			stdout: splitter("stdout"),
			stderr: splitter("stderr")
		};
	}
	write(stream, chunk) {
		this.#splitters[stream].write(chunk);
	}
	end() {
		this.#splitters.stdout.end();
		this.#splitters.stderr.end();
	}
	text(stream) {
		const lines = this.#all[stream];
		return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
	}
};

// src/system/run.ts
/**
* Runs a program to its end. The only place, with {@link start}, where this project makes a process. Calls that end within
* seconds go through @actions/exec; `supervised: true` uses execa (@actions/exec has no time limit and no abort).
*
* @throws ToolError when the program cannot be started, ends with another status, or outlives its limit
* @throws InterruptedError when `signal` aborts
*/
async function run(program, args, options = {}) {
	if ("supervised" in options) {
		const child = start(program, args, options);
		child.closeInput();
		return child.done;
	}
	if (options.input !== void 0) return run(program, args, {
		...options,
		supervised: true,
		timeoutSeconds: 600
	});
	const startedAt = performance.now();
	const output = new Output(options);
	const exitStatus = await exec("/bin/sh", [
		"-c",
		emptyInput,
		"sh",
		program,
		...args
	], {
		silent: true,
		ignoreReturnCode: true,
		delay: 500,
		env: environmentOf(options),
		...options.cwd === void 0 ? {} : { cwd: options.cwd },
		listeners: {
			stdout: (chunk) => output.write("stdout", chunk),
			stderr: (chunk) => output.write("stderr", chunk)
		}
	});
	output.end();
	const durationSeconds = (performance.now() - startedAt) / 1e3;
	if (exitStatus === notStarted) throw notStartable(program, output.tail.lines().join(" "));
	return conclude$1(program, args, options, output, exitStatus, durationSeconds);
}
/** @actions/exec leaves standard input open: a program that reads it would wait for ever. */
const notStarted = 125;
const emptyInput = `command -v "$1" >/dev/null || { echo "no such program" >&2; exit ${notStarted}; }; exec "$@" </dev/null`;
/** Starts a program that is talked to or watched while it runs. */
function start(program, args, options) {
	const startedAt = performance.now();
	const output = new Output(options);
	const mark = randomBytes(8).toString("hex");
	recordMark(mark);
	const subprocess = execa(program, args, {
		reject: false,
		detached: true,
		buffer: false,
		extendEnv: false,
		stripFinalNewline: false,
		cleanup: false,
		stdin: "pipe",
		env: {
			...environmentOf(options),
			[markVariable]: mark
		},
		...options.cwd === void 0 ? {} : { cwd: options.cwd }
	});
	const process = subprocess.nodeChildProcess;
	subprocess.stdout.on("data", (chunk) => output.write("stdout", chunk));
	subprocess.stderr.on("data", (chunk) => output.write("stderr", chunk));
	subprocess.stdin.on("error", () => void 0);
	if (options.input !== void 0) subprocess.stdin.write(options.input);
	let ended;
	let stopping;
	const exited = new Promise((resolve) => {
		process.once("exit", () => resolve());
		process.once("error", () => resolve());
	});
	const drained = Promise.all([streamEnd(subprocess.stdout), streamEnd(subprocess.stderr)]);
	const stopTree = (why) => {
		ended ??= why;
		stopping ??= (async () => {
			await (options.stop?.(child) ?? signalMarked([mark], "SIGTERM"));
			await Promise.race([exited, pause$1(options.graceSeconds ?? 5)]);
			await signalMarked([mark], "SIGKILL");
			await exited;
		})();
		return stopping;
	};
	const timer = setTimeout(() => void stopTree("timeout").catch(() => void 0), options.timeoutSeconds * 1e3);
	const onAbort = () => void stopTree("interrupted").catch(() => void 0);
	options.signal?.addEventListener("abort", onAbort, { once: true });
	if (options.signal?.aborted) onAbort();
	const finish = async () => {
		try {
			await exited;
			await Promise.race([drained, pause$1(2)]);
			await stopping;
		} finally {
			clearTimeout(timer);
			options.signal?.removeEventListener("abort", onAbort);
			subprocess.stdout.destroy();
			subprocess.stderr.destroy();
		}
		output.end();
		const durationSeconds = (performance.now() - startedAt) / 1e3;
		if (ended === "interrupted") {
			const reason = options.signal?.reason;
			throw reason instanceof InterruptedError ? reason : new InterruptedError("SIGTERM");
		}
		if (ended === "timeout") {
			const limit = `was still running after ${options.timeoutSeconds} s and was stopped`;
			throw new ToolError(describe$2(program, args, limit, output), program, null);
		}
		if (subprocess.pid === void 0) throw notStartable(program, (await subprocess).originalMessage ?? "unknown reason");
		const status = ended === "stopped" ? 0 : process.exitCode;
		return conclude$1(program, args, options, output, status, durationSeconds);
	};
	const done = finish();
	done.catch(() => void 0);
	const child = {
		pid: subprocess.pid ?? 0,
		mark,
		write: (text) => void subprocess.stdin.write(text),
		closeInput: () => void subprocess.stdin.end(),
		stop: () => stopTree("stopped"),
		done
	};
	return child;
}
/** The variable that every supervised process and its children carry; found again through /proc/PID/environ. */
const markVariable = "TROVE_IMAGE_PROCESS";
/**
* Sends a signal to every process that carries one of the marks, as root when it can: sudo's children belong to root. Says
* how many it reached.
*/
async function signalMarked(marks, signal) {
	if (marks.length === 0) return 0;
	const shell = [
		"/bin/sh",
		"-c",
		`
    reached=0
    for file in $(grep -lzsE "^${markVariable}=($1)$" /proc/[0-9]*/environ); do
      pid=\${file#/proc/}; pid=\${pid%/environ}
      kill -s "$2" "$pid" 2>/dev/null && reached=$((reached + 1))
    done
    echo "$reached"`,
		"sh",
		marks.join("|"),
		signal.slice(3)
	];
	const asCaller = () => run("/bin/sh", shell.slice(1));
	if (process.getuid?.() === 0) return Number.parseInt((await asCaller()).stdout, 10);
	const asRoot = await run("sudo", ["-n", ...shell], { allowedExitStatuses: "any" }).catch(() => void 0);
	const result = asRoot?.exitStatus === 0 ? asRoot : await asCaller();
	return Number.parseInt(result.stdout, 10);
}
function conclude$1(program, args, options, output, exitStatus, durationSeconds) {
	const allowed = options.allowedExitStatuses ?? [0];
	if (exitStatus === null) throw new ToolError(describe$2(program, args, "was ended by a signal", output), program, null);
	if (allowed !== "any" && !allowed.includes(exitStatus)) throw new ToolError(describe$2(program, args, `ended with exit status ${exitStatus}`, output), program, exitStatus);
	return {
		exitStatus,
		stdout: output.text("stdout"),
		stderr: output.text("stderr"),
		durationSeconds
	};
}
function describe$2(program, args, what, output) {
	const last = output.tail.lines().slice(-15);
	const command = [program, ...args].join(" ");
	return [`${command.length > 400 ? `${command.slice(0, 400)} ...` : command}: ${what}`, ...last.length > 0 ? ["last lines:", ...last.map((line) => `  ${line}`)] : []].join("\n");
}
function environmentOf(options) {
	return options.onlyEnv ? { ...options.onlyEnv } : childEnvironment(options.env);
}
function notStartable(program, why) {
	return new ToolError(`${program} could not be started: ${why}`, program, null);
}
function pause$1(seconds) {
	return new Promise((resolve) => setTimeout(resolve, seconds * 1e3).unref());
}
function streamEnd(stream) {
	return new Promise((resolve) => {
		stream.once("end", () => resolve());
		stream.once("close", () => resolve());
	});
}

// src/checkout/checkout.ts
/** What a git checkout holds, without where it lies or came from: for plan.json and image.json. */
const checkoutSchema = object({
	/** HEAD, whole. */
	commit: string().regex(/^[0-9a-f]{40,64}$/),
	/** HEAD by its last version tag: `25.0.0-45-g4cdc0cdadc76`; an abbreviated commit where no such tag is known. */
	describe: string(),
	/** The branch by the project's own `.gitreview`, such as `stable/2026.1`; `master` where that names none. */
	branch: string(),
	/** Whether files differ from those of the commit; then only `contentDigest` says what was used. */
	modified: boolean(),
	/** Digest over names, modes and content of the files that git keeps or would keep: what is built from. */
	contentDigest: sha256Schema
});
/**
* Reads a git checkout; writes nothing into it.
*
* @throws InputError when it is no folder, not the project's, or no git checkout of its own
* @throws EnvironmentError when there is no git
*/
async function readCheckout(question) {
	const { folder } = question;
	const refuse = (reason) => new InputError(`${question.named}: ${folder}: ${reason}; expected the folder of a git checkout of ${question.project}`);
	if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw refuse("is no folder");
	const name = question.project.replace(/^.*\//, "");
	if (!["setup.cfg", "pyproject.toml"].some((file) => namesPackage(textOf(join(folder, file)), name))) throw refuse(`has no setup.cfg and no pyproject.toml with the name ${name}`);
	const head = await git(folder, [
		"rev-parse",
		"--show-toplevel",
		"--verify",
		"HEAD^{commit}"
	]);
	if (head.fault !== void 0) throw refuse(`git does not take it for a checkout: ${head.fault}`);
	const [top = "", commit = ""] = head.output.trimEnd().split("\n");
	if (realpathSync(folder) !== realpathSync(top)) throw refuse(`lies inside of another checkout, ${top}`);
	const status = await git(folder, [
		"status",
		"--porcelain=v1",
		"-z",
		"--untracked-files=all"
	]);
	const describe = await git(folder, describeArguments);
	const fault = status.fault ?? describe.fault;
	if (fault !== void 0) throw refuse(`git cannot read it: ${fault}`);
	return {
		commit,
		describe: describe.output.trim(),
		branch: reviewBranch(textOf(join(folder, ".gitreview"))),
		modified: status.output !== "",
		contentDigest: contentDigest(folder, await listFiles(folder))
	};
}
/** The commit of the checkout that a folder lies in, if it does. */
async function commitAround(folder) {
	const head = await git(folder, [
		"rev-parse",
		"--verify",
		"HEAD^{commit}"
	]);
	return head.fault === void 0 ? head.output.trim() : null;
}
/** Only tags of versions: `zed-eom` names no version. */
const describeArguments = [
	"describe",
	"--tags",
	"--long",
	"--always",
	"--abbrev=12",
	"--match",
	"[0-9]*",
	"--exclude",
	"*-*"
];
/**
* The files and links that git keeps, or would keep with "git add --all", sorted. The element trove-guest-agent lists what it
* copies in the same way.
*
* @throws InputError when git cannot list them
*/
async function listFiles(folder) {
	const { output, fault } = await git(folder, [
		"ls-files",
		"-z",
		"--cached",
		"--others",
		"--exclude-standard"
	]);
	if (fault !== void 0) throw new InputError(`the checkout ${folder}: git cannot list its files: ${fault}`);
	return [...new Set(output.split("\0"))].toSorted().filter((path) => {
		const found = path === "" ? void 0 : lstatSync(join(folder, path), { throwIfNoEntry: false });
		return found?.isFile() || found?.isSymbolicLink();
	});
}
async function git(folder, args) {
	try {
		const { exitStatus, stdout, stderr } = await run("git", [...[
			"--no-optional-locks",
			"-c",
			"core.excludesFile=/dev/null",
			"-C",
			folder
		], ...args], {
			allowedExitStatuses: "any",
			env: {
				LC_ALL: "C",
				GIT_DIR: void 0,
				GIT_WORK_TREE: void 0,
				GIT_INDEX_FILE: void 0
			}
		});
		if (exitStatus === 0) return { output: stdout };
		return {
			output: "",
			fault: stderr.trim().split("\n")[0] || `exit status ${exitStatus}`
		};
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		throw new EnvironmentError(`${folder} is read by git, which cannot be started: install the package git`, { cause: error });
	}
}
/** Whether a setup.cfg or pyproject.toml is of a package. Pure. */
function namesPackage(text, name) {
	return [...text.matchAll(/^name\s*=\s*["']?([\w.-]+)["']?\s*$/gm)].some(([, found = ""]) => found === name);
}
/** The branch that `.gitreview` of an OpenStack project names; on the branch of development it names none. Pure. */
function reviewBranch(text) {
	return /^\s*defaultbranch\s*=\s*(\S+)\s*$/m.exec(text)?.[1] ?? "master";
}
function contentDigest(folder, paths) {
	const entries = paths.map((path) => {
		const full = join(folder, path);
		const found = lstatSync(full);
		if (found.isSymbolicLink()) return [
			path,
			"link",
			readlinkSync(full)
		];
		return [
			path,
			(found.mode & 64) !== 0,
			sha256(readFileSync(full))
		];
	});
	return sha256(canonicalJson(entries));
}
function textOf(file) {
	try {
		return readFileSync(file, "utf8");
	} catch {
		return "";
	}
}

// src/checkout/export.ts
/** Copies what a checkout's content digest covers into an empty folder: no history, nothing that git ignores. */
async function exportCheckout(folder, target) {
	for (const path of await listFiles(folder)) {
		const [from, to] = [join(folder, path), join(target, path)];
		mkdirSync(dirname(to), { recursive: true });
		if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
		else copyFileSync(from, to);
	}
}

// src/checkout/version.ts
/**
* The version that pbr is told for a checkout, because what it is built from has no git history: that of the last tag when
* HEAD is the tag, else the next one's development version, as pbr makes it without hints in commit messages
* (`_get_version_from_git`, pbr/packaging.py). Pure.
*
* @param described the words of `git describe --long --always`, such as `25.0.0-45-g4cdc0cda`
*/
function developmentVersion(described) {
	const [, tag = "", count = ""] = /^(\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?)-(\d+)-g[0-9a-f]+$/.exec(described) ?? [];
	if (tag === "") return "0.0.1.dev1";
	return count === "0" ? tag : `${successor(tag)}.dev${count}`;
}
/** The last number of a version raised by one: `25.0.0` to `25.0.1`, `25.0.0.0rc1` to `25.0.0.0rc2`. */
function successor(tag) {
	return tag.replace(/\d+$/, (last) => String(Number(last) + 1));
}

// src/agent/agent.ts
/** Where the guest agent of an image comes from; without addresses and places. Part of plan.json and image.json. */
const agentSchema = discriminatedUnion("source", [object({ source: literal("distribution") }), object({
	source: literal("local"),
	checkout: checkoutSchema,
	/** The version that the installed package has, made of the checkout's last tag. */
	version: string(),
	constraints: object({
		/** SHA-256 of upper-constraints.txt. */
		digest: sha256Schema,
		/** The commit of the checkout that the file lies in, as it does in openstack/requirements. */
		commit: string().nullable()
	})
})]);
/** The places that a recipe names; null when the agent is the distribution's. Its relative paths start at `recipeFolder`. */
function agentPlacesOf(recipe, recipeFolder) {
	const { agent, agentSource, constraintsFile } = recipe;
	if (agent !== "local" || agentSource === void 0 || constraintsFile === void 0) return null;
	return {
		checkout: resolve(recipeFolder, agentSource),
		constraintsFile: resolve(recipeFolder, constraintsFile)
	};
}
/**
* Reads what the agent will be built from.
*
* @throws InputError when a place is not what it should be
*/
async function readAgent(places) {
	if (places === null) return { source: "distribution" };
	const checkout = await readCheckout({
		folder: places.checkout,
		named: "recipe key \"agent-source\"",
		project: "openstack/trove"
	});
	return {
		source: "local",
		checkout,
		version: developmentVersion(checkout.describe),
		constraints: {
			digest: sha256(readConstraints(places.constraintsFile)),
			commit: await commitAround(dirname(places.constraintsFile))
		}
	};
}
/**
* Holds the checkout against the branch that the recipe asks for. Pure.
*
* @throws InputError
*/
function requireBranch(agent, branch) {
	if (agent.source !== "local" || branch === void 0 || agent.checkout.branch === branch) return;
	throw new InputError(`recipe key "agent-branch": the checkout of openstack/trove is of the branch ${agent.checkout.branch} by its .gitreview, but the recipe asks for ${branch}: an agent of another series than its control plane may not understand it`);
}
function readConstraints(file) {
	const named = `recipe key "constraints-file": ${file}`;
	const legal = "expected upper-constraints.txt of openstack/requirements, of the same series as the agent";
	let text;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		const { code, message } = error;
		const reason = {
			ENOENT: "there is no such file",
			EISDIR: "is a folder"
		}[String(code)] ?? message;
		throw new InputError(`${named}: ${reason}; ${legal}`);
	}
	if (!/^[\w.-]+===\S+/m.test(text)) throw new InputError(`${named}: has no line such as "PACKAGE===VERSION"; ${legal}`);
	return text;
}

// src/base/archive.ts
const debian = {
	title: "Debian archive",
	keyrings: ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"],
	keyringPackage: "debian-archive-keyring",
	components: ["main"],
	aliases: [
		"stable",
		"oldstable",
		"oldoldstable",
		"testing"
	]
};
/** The archives that images are made from, by distribution. */
const archives = { debian };
/** What DIB's debian-minimal configures for a release since Debian 11. */
function suitesOf(release) {
	return [
		{
			name: "default",
			suite: release,
			archive: "main"
		},
		{
			name: "updates",
			suite: `${release}-updates`,
			archive: "main"
		},
		{
			name: "security",
			suite: `${release}-security`,
			archive: "security"
		}
	];
}

// src/base/archive-state.ts
/**
* Holds what apt used during a build against the lock. Only a mirror that keeps old states can give the locked one again, so a
* difference is told and recorded, not refused.
*/
function compareArchive(lock, used) {
	const suites = lock?.base.source === "minimal" ? lock.base.suites : [];
	const locked = new Set(suites.map((suite) => suite.inRelease));
	const seen = new Set(used.map((state) => state.sha256));
	return {
		states: used.map(({ file, sha256 }) => ({
			file,
			sha256,
			locked: locked.has(sha256)
		})),
		moved: suites.filter((suite) => !seen.has(suite.inRelease)).map((suite) => suite.suite)
	};
}

// src/apt/sources.ts
/** Reads one file of apt's sources by the style that its name tells; another name holds none, as for apt. */
function parseSources(text, file) {
	if (file.endsWith(".sources")) return parseDeb822(text, file);
	return file.endsWith(".list") ? parseList(text, file) : [];
}
/** Reads a one-line style file. */
function parseList(text, file) {
	return text.split("\n").flatMap((raw, index) => {
		const match = /^\s*(deb|deb-src)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+\S+)*)\s*$/.exec(raw.replace(/#.*$/, ""));
		if (!match) return [];
		const [, type = "", optionText = "", uri = "", suite = "", components = ""] = match;
		const options = new Map(words$2(optionText).map((option) => {
			const [name = "", value = ""] = option.split("=", 2);
			return [name.toLowerCase(), value];
		}));
		return [{
			file,
			line: index + 1,
			enabled: true,
			types: [type],
			uris: [uri],
			suites: [suite],
			components: words$2(components),
			signedBy: (options.get("signed-by") ?? "").split(",").filter(Boolean),
			ownKey: false,
			unverified: isUnverified(options)
		}];
	});
}
/** Reads a deb822 style file: stanzas of fields. */
function parseDeb822(text, file) {
	const sources = [];
	let fields = /* @__PURE__ */ new Map();
	let first = 0;
	let name = "";
	const finish = () => {
		const values = (field) => words$2(fields.get(field) ?? "");
		if (fields.has("types") || fields.has("uris")) {
			const signedBy = values("signed-by").flatMap((value) => value.split(",").filter(Boolean));
			const ownKey = signedBy[0]?.startsWith("-----BEGIN") ?? false;
			sources.push({
				file,
				line: first,
				enabled: !/^(no|false|0|off|without|disable)$/i.test(fields.get("enabled")?.trim() ?? "yes"),
				types: values("types"),
				uris: values("uris"),
				suites: values("suites"),
				components: values("components"),
				signedBy: ownKey ? [] : signedBy,
				ownKey,
				unverified: isUnverified(new Map([...fields].map(([key, value]) => [key, value.trim()])))
			});
		}
		fields = /* @__PURE__ */ new Map();
	};
	text.split("\n").forEach((raw, index) => {
		if (raw.startsWith("#")) return;
		if (raw.trim() === "") {
			finish();
			return;
		}
		const match = /^([A-Za-z][A-Za-z0-9-]*):(.*)$/.exec(raw);
		if (match) {
			if (fields.size === 0) first = index + 1;
			name = (match[1] ?? "").toLowerCase();
			fields.set(name, match[2] ?? "");
		} else fields.set(name, `${fields.get(name) ?? ""} ${raw.trim()}`);
	});
	finish();
	return sources;
}
/**
* Puts the mirrors of a list in place of its address: cloud images of Debian have
* `mirror+file:/etc/apt/mirrors/debian.list` (apt-transport-mirror(1)).
*
* @param read gives the text of a file; undefined or empty leaves the address as it is
*/
function expandMirrorList(uri, read) {
	const path = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
	if (path === void 0) return [uri];
	const mirrors = (read(path) ?? "").split("\n").map((line) => line.replace(/#.*$/, "").trim().split(/\s+/)[0] ?? "").filter((line) => line !== "");
	return mirrors.length === 0 ? [uri] : mirrors;
}
/** The addresses in a line of DIB_APT_SOURCES_CONF: `name:deb [options] URL SUITE COMPONENTS`. */
function addressesOf(line) {
	return words$2(line.replace(/\[[^\]]*\]/g, " ")).filter((word) => /^[a-z0-9+.-]+:\/\//i.test(word));
}
function isUnverified(options) {
	return [
		"trusted",
		"allow-insecure",
		"allow-weak",
		"allow-downgrade-to-insecure"
	].some((name) => /^(yes|true|1|on|with|enable)$/i.test(options.get(name) ?? ""));
}
function words$2(text) {
	return text.split(/\s+/).filter((word) => word !== "");
}

// src/base/build-mirrors.ts
/**
* The mirrors of a build: those that it used and guests must not, and those that guests may use. They are what
* diskimage-builder's element uses by default (of a lock that knows them), and what the recipe's image-sources name. A base
* that is a file was made without a mirror.
*
* @param imageSources lines as for DIB_APT_SOURCES_CONF: `name:deb URL SUITE COMPONENTS`
*/
function buildMirrorsOf(lock, imageSources) {
	if (lock.base.source !== "minimal") return {
		used: [],
		allowed: []
	};
	const { mirror, securityMirror, publicMirrors = [] } = lock.base;
	const bare = (url) => url.replace(/(:\/\/)[^/@]*@/, "$1").replace(/\/+$/, "");
	const allowed = [...new Set([...publicMirrors, ...imageSources.flatMap(addressesOf)].map(bare))];
	return {
		used: [...new Set([mirror, securityMirror].map(bare))].filter((url) => !allowed.includes(url)),
		allowed
	};
}

// src/system/privilege.ts
/** Root itself, or an ordinary user who reaches root by sudo without a password. */
function isRoot() {
	return process.getuid?.() === 0;
}
/**
* @throws EnvironmentError when this process is neither root nor may become root without a password
*/
async function requirePrivilege() {
	if (isRoot()) return;
	const fault = await sudoFault();
	if (fault === void 0) return;
	throw new EnvironmentError(`Building needs root: this user (uid ${process.getuid?.()}) is not root and ${fault}. Run as root, or give the user a sudoers line such as "NAME ALL=(ALL) NOPASSWD:SETENV: ALL".`);
}
/** What is wrong with sudo, tried without a password and with a kept environment; undefined when nothing is. */
async function sudoFault() {
	const probe = await run("sudo", [
		"-n",
		"-E",
		"true"
	], { allowedExitStatuses: "any" }).catch(() => void 0);
	if (probe?.exitStatus === 0) return void 0;
	return `"sudo -n -E true" ${probe ? `failed (${probe.stderr.trim() || `exit status ${probe.exitStatus}`})` : "could not be run"}`;
}
/**
* Runs a program as root. With `onlyEnv` it gets exactly that environment, and the mark when it is supervised. With `env`
* it gets that on top of what sudo gives; or, when this process is root itself, of what any child inherits.
*/
async function asRoot(program, args, options = {}) {
	const [outer, outerArgs] = rootCommand(program, args, options);
	return run(outer, outerArgs, options);
}
/** Starts a supervised program as root; stopping it signals the program itself, never sudo alone. */
function startAsRoot(program, args, options) {
	const [outer, outerArgs] = rootCommand(program, args, options);
	return start(outer, outerArgs, options);
}
/** A short POSIX shell script run as root (or as the caller, where root cannot be had: then it reaches less). */
async function rootShell(script, args) {
	const shell = ["/bin/sh", [
		"-c",
		script,
		"sh",
		...args
	]];
	if (isRoot()) return run(...shell);
	const result = await run("sudo", [
		"-n",
		"--",
		shell[0],
		...shell[1]
	], { allowedExitStatuses: "any" }).catch(() => null);
	return result?.exitStatus === 0 ? result : run(...shell);
}
/** Gives a file or a whole folder that root wrote to the user who called us, also through sudo. */
async function giveBack(path) {
	const uid = Number(process.env.SUDO_UID ?? process.getuid?.());
	const gid = Number(process.env.SUDO_GID ?? process.getgid?.());
	if (isRoot()) {
		if (uid !== 0) await chownTree(path, uid, gid);
		return;
	}
	await asRoot("chown", [
		"-R",
		"-h",
		`${uid}:${gid}`,
		path
	]);
}
/**
* Under `sudo trove-image`: gives the files that root wrote into a folder since a moment to the person who typed it, and the
* folder itself when it is as new. What lay there before keeps its owner.
*/
async function giveBackNew(folder, sinceMilliseconds) {
	const uid = Number(process.env.SUDO_UID ?? 0);
	const gid = Number(process.env.SUDO_GID ?? 0);
	if (!isRoot() || uid === 0) return;
	const entries = await readdir(folder).catch(() => []);
	for (const path of [folder, ...entries.map((name) => join(folder, name))]) {
		const status = await lstat(path).catch(() => void 0);
		if (status === void 0 || status.uid !== 0) continue;
		if ((status.isDirectory() ? status.birthtimeMs : status.mtimeMs) >= sinceMilliseconds && (status.isFile() || path === folder)) await lchown(path, uid, gid);
	}
}
async function chownTree(path, uid, gid) {
	await lchown(path, uid, gid);
	const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
	for (const entry of entries) {
		const child = join(path, entry.name);
		if (entry.isDirectory()) await chownTree(child, uid, gid);
		else await (entry.isSymbolicLink() ? lchown : chown)(child, uid, gid);
	}
}
function rootCommand(program, args, options) {
	return isRoot() ? [program, [...args]] : sudoCommand(program, args, options);
}
/** The call that makes sudo start a program with the environment that the options ask for. */
function sudoCommand(program, args, { env = {}, onlyEnv }) {
	const empty = onlyEnv === void 0 ? "" : "-i ";
	const assignments = Object.entries(onlyEnv ?? env).flatMap(([name, value]) => value === void 0 ? [] : [`${name}=${value}`]);
	return ["/bin/sh", [
		"-c",
		`exec sudo -n -- env ${empty}${`\${${markVariable}:+"${markVariable}=$${markVariable}"}`} "$@"`,
		"sh",
		...assignments,
		program,
		...args
	]];
}

// src/guestfs/appliance.ts
const hostPlaces = {
	boot: "/boot",
	modules: "/lib/modules"
};
/** Where setup unpacks a kernel for a machine that has none of its own, such as a container. */
function privateKernelFolder() {
	return join(cacheFolder(), "kernel");
}
/** The kernels in {@link privateKernelFolder}. */
function privateKernels() {
	const folder = privateKernelFolder();
	return hostKernels({
		boot: join(folder, "boot"),
		modules: join(folder, "lib/modules")
	});
}
/**
* The environment of guestfish: no libvirt, files in the run's own folder, and emulation by name where KVM does not
* work (libguestfs does not fall back by itself: rhbz#1605071). The appliance is cached below this project's cache.
*
* @throws EnvironmentError when there is no kernel, or none that can be made readable
*/
async function applianceEnvironment(accelerator, workFolder) {
	const cache = join(cacheFolder(), "appliance");
	mkdirSync(cache, {
		recursive: true,
		mode: 493
	});
	return {
		LIBGUESTFS_BACKEND: "direct",
		...accelerator === "tcg" ? { LIBGUESTFS_BACKEND_SETTINGS: "force_tcg" } : {},
		LIBGUESTFS_CACHEDIR: cache,
		LIBGUESTFS_TMPDIR: workFolder,
		...await chooseKernel(cache)
	};
}
async function chooseKernel(cache) {
	const own = hostKernels();
	const [fetched] = own.length === 0 ? privateKernels() : [];
	if (fetched === void 0) return kernelEnvironment(own, cache);
	return superminEnvironment(fetched.file, join(privateKernelFolder(), "lib/modules", fetched.version), fetched.version);
}
/** Kernels with modules, newest first. */
function hostKernels(places = hostPlaces) {
	if (!existsSync(places.boot)) return [];
	return readdirSync(places.boot).filter((name) => name.startsWith("vmlinuz-")).map((name) => ({
		file: join(places.boot, name),
		version: name.slice(8)
	})).filter(({ version }) => existsSync(join(places.modules, version, "modules.dep"))).toSorted((left, right) => right.version.localeCompare(left.version, "en", { numeric: true })).map((kernel) => ({
		...kernel,
		readable: isReadable(kernel.file)
	}));
}
/**
* Tells supermin which kernel to use when it could not read the newest one itself: Ubuntu gives /boot/vmlinuz-* mode 0600
* (Launchpad bug 759725). The copy is made as root once; /boot stays as it is.
*/
async function kernelEnvironment(kernels, cache) {
	const [kernel] = kernels;
	if (kernel === void 0) throw new EnvironmentError("libguestfs needs a kernel to run its appliance, and there is none: no /boot/vmlinuz-VERSION with modules under /lib/modules/VERSION. Run 'trove-image setup', or install the package linux-image-amd64 (Debian) or linux-image-generic (Ubuntu).");
	if (kernel.readable) return {};
	const copy = join(cache, `vmlinuz-${kernel.version}`);
	if (!isReadable(copy)) {
		const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
		try {
			if (isRoot()) throw new Error(`root cannot read ${kernel.file}`);
			await asRoot("cp", [
				"--preserve=timestamps",
				kernel.file,
				copy
			]);
			await asRoot("chown", [user, copy]);
			chmodSync(copy, 420);
		} catch (error) {
			throw new EnvironmentError(`libguestfs needs to read ${kernel.file}, which only root may, and a copy could not be made by sudo. Give this user passwordless sudo, or run: sudo install -m 0644 ${kernel.file} ${copy}`, { cause: error });
		}
	}
	return superminEnvironment(copy, join(hostPlaces.modules, kernel.version), kernel.version);
}
function superminEnvironment(kernel, modules, version) {
	return {
		SUPERMIN_KERNEL: kernel,
		SUPERMIN_MODULES: modules,
		SUPERMIN_KERNEL_VERSION: version
	};
}
function isReadable(file) {
	try {
		accessSync(file, constants.R_OK);
		return true;
	} catch {
		return false;
	}
}

// src/guestfs/image-header.ts
/** How much of a file's beginning {@link parseImageHeader} wants. */
const headerBytes = 65536;
const otherFormats = [
	[
		"VMDK",
		"KDMV",
		0
	],
	[
		"VMDK",
		"# Disk DescriptorFile",
		0
	],
	[
		"VHD",
		"conectix",
		0
	],
	[
		"VHDX",
		"vhdxfile",
		0
	],
	[
		"QED",
		"QED\0",
		0
	],
	[
		"VDI",
		"Ú¾",
		64
	],
	[
		"ISO 9660",
		"CD001",
		32769
	]
];
const compressedFormats = [
	["gzip", ""],
	["xz", "ý7zXZ\0"],
	["zstd", "(µ/ý"],
	["bzip2", "BZh"],
	["zip", "PK"]
];
/**
* Judges the beginning of a file. qcow2 by docs/interop/qcow2.txt of QEMU; a raw disk by its partition table (GPT, MBR) or
* its file system (ext4, XFS, Btrfs on the whole disk).
*/
function parseImageHeader(head, fileSizeBytes) {
	const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
	const has = (text, at = 0) => bytes.subarray(at, at + text.length).equals(Buffer.from(text, "latin1"));
	const refused = (reason) => ({
		format: "refused",
		reason
	});
	if (fileSizeBytes === 0) return refused("it is empty");
	if (has("QFIû")) return parseQcow2(bytes);
	if (has("LUKSº¾")) return refused("it is encrypted (LUKS): an encrypted image cannot be inspected");
	for (const [name, magic, at] of otherFormats) if (has(magic, at)) return refused(`it is a ${name} image; convert it first: qemu-img convert -O qcow2 FILE FILE.qcow2`);
	for (const [name, magic] of compressedFormats) if (has(magic)) return refused(`it is compressed (${name}); unpack it first`);
	return parseRaw(bytes, fileSizeBytes);
}
function parseQcow2(bytes) {
	const refused = (reason) => ({
		format: "refused",
		reason
	});
	if (bytes.length < 72) return refused("it is truncated within its qcow2 header");
	const version = bytes.readUInt32BE(4);
	if (version !== 2 && version !== 3) return refused(`it is qcow of version ${version}; 2 and 3 are known`);
	if (bytes.readBigUInt64BE(8) !== 0n) return refused("it has a backing file, which is never followed: it could name any file of this machine. Make it whole first: qemu-img convert -O qcow2 FILE WHOLE.qcow2");
	if (bytes.readUInt32BE(32) !== 0) return refused("it is encrypted: an encrypted image cannot be inspected");
	if (version === 3) {
		if (bytes.length < 104) return refused("it is truncated within its qcow2 header");
		const incompatible = bytes.readBigUInt64BE(72);
		if ((incompatible & 2n) !== 0n) return refused("it is marked corrupt; try qemu-img check -r all");
		if ((incompatible & 4n) !== 0n || hasDataFileName(bytes)) return refused("its data is in another file, which is never followed; convert it first");
	}
	return {
		format: "qcow2",
		virtualSizeBytes: Number(bytes.readBigUInt64BE(24))
	};
}
/** Header extension "DATA" (0x44415441): the name of an external data file. */
function hasDataFileName(bytes) {
	let at = bytes.readUInt32BE(100);
	while (at + 8 <= bytes.length) {
		const type = bytes.readUInt32BE(at);
		if (type === 0) return false;
		if (type === 1145132097) return true;
		at += 8 + Math.ceil(bytes.readUInt32BE(at + 4) / 8) * 8;
	}
	return false;
}
function parseRaw(bytes, fileSizeBytes) {
	const raw = (requiredBytes) => ({
		format: "raw",
		requiredBytes
	});
	for (const sector of [512, 4096]) if (bytes.length >= sector + 512 && bytes.subarray(sector, sector + 8).toString("latin1") === "EFI PART") return raw((Number(bytes.readBigUInt64LE(sector + 32)) + 1) * sector);
	if (bytes.length >= 1082 && bytes.readUInt16LE(1080) === 61267) return raw((bytes.readUInt32LE(1028) + bytes.readUInt32LE(1360) * 2 ** 32) * 1024 * 2 ** bytes.readUInt32LE(1048));
	if (bytes.subarray(0, 4).toString("latin1") === "XFSB") return raw(Number(bytes.readBigUInt64BE(8)) * bytes.readUInt32BE(4));
	if (bytes.length >= 512 && bytes.readUInt16LE(510) === 43605) {
		const ends = [
			446,
			462,
			478,
			494
		].map((at) => (bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12)) * 512);
		if (Math.max(...ends) > 0) return raw(Math.max(...ends));
	}
	return {
		format: "refused",
		reason: fileSizeBytes < 1048576 ? `it is not a disk image (${fileSizeBytes} bytes, no qcow2 header, no partition table, no file system)` : "it is not a disk image: neither a qcow2 header nor a partition table nor a file system at its beginning"
	};
}

// src/guestfs/qemu-img.ts
/** As OpenStack's services limit it (Nova's QEMU_IMG_LIMITS: 1 GiB of address space); processor time for slow machines. */
const limits$1 = {
	addressSpaceBytes: 1024 ** 3,
	processorSeconds: 300
};
/** The program that cannot be executed, by prlimit's exit statuses (as env(1) has them). */
const notFound = 127;
/**
* Runs qemu-img on a file that others made, with little memory and processor time: a few bytes in a header are enough to make
* it want more than a machine has (CVE-2015-5162).
*
* @throws EnvironmentError when qemu-img is not installed
* @throws ToolError, InterruptedError as `run` does
*/
async function qemuImgOnForeign(args, options) {
	const [prlimit = "", ...rest] = [
		...[
			"prlimit",
			`--as=${limits$1.addressSpaceBytes}`,
			`--cpu=${limits$1.processorSeconds}`,
			"--core=0",
			"--"
		],
		"qemu-img",
		...args
	];
	try {
		return await run(prlimit, rest, options);
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		if (error.exitStatus !== notFound && !error.message.startsWith("prlimit could not be started")) throw error;
		throw new EnvironmentError("qemu-img, which reads disk images, or prlimit, which limits it, could not be started. Run 'trove-image setup', or install the packages qemu-utils and util-linux.", { cause: error });
	}
}

// src/guestfs/image-file.ts
/**
* Looks at a file of unknown origin without letting QEMU guess: what the header says is read by us, and only then does
* qemu-img check the file under the format found.
*
* @throws InputError when it is missing, no image, truncated, encrypted, or leads to another file
* @throws EnvironmentError when qemu-img is not installed
*/
async function probeImage(path, signal) {
	const refuse = (reason) => {
		throw new InputError(`image ${path} cannot be used: ${reason}`);
	};
	const { head, sizeBytes } = readHead(path, refuse);
	const header = parseImageHeader(head, sizeBytes);
	if (header.format === "refused") return refuse(header.reason);
	const whole = realpathSync(path);
	if (header.format === "raw") {
		if (sizeBytes < header.requiredBytes) refuse(`it is truncated: its partition table or file system needs ${header.requiredBytes} bytes, it has ${sizeBytes}`);
		return {
			path: whole,
			format: "raw",
			sizeBytes,
			virtualSizeBytes: sizeBytes
		};
	}
	try {
		await qemuImgOnForeign([
			"check",
			"-q",
			"-f",
			"qcow2",
			"--",
			whole
		], {
			supervised: true,
			timeoutSeconds: 600,
			discardOutput: true,
			signal,
			allowedExitStatuses: [0, 3]
		});
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		if (error.exitStatus === null) throw error;
		refuse(`it is truncated or damaged: qemu-img check found errors, the last of them\n${lastWords(error)}`);
	}
	return {
		path: whole,
		format: "qcow2",
		sizeBytes,
		virtualSizeBytes: header.virtualSizeBytes
	};
}
/** A damaged image has as many complaints as clusters; two show of which kind they are. */
function lastWords(error) {
	return error.message.split("\n").filter((line) => line.trim() !== "").slice(-2).join("\n");
}
function readHead(path, refuse) {
	let descriptor;
	try {
		const found = statSync(path);
		if (found.isDirectory()) return refuse("it is a folder; name the image file in it");
		if (!found.isFile()) return refuse("it is not a regular file");
		descriptor = openSync(path, "r");
		const head = Buffer.alloc(headerBytes);
		const length = readSync(descriptor, head, 0, headerBytes, 0);
		return {
			head: head.subarray(0, length),
			sizeBytes: found.size
		};
	} catch (error) {
		if (error instanceof InputError) throw error;
		const { code, message } = error;
		return refuse(code === "ENOENT" ? "there is no such file" : `it cannot be read: ${message}`);
	} finally {
		if (descriptor !== void 0) closeSync(descriptor);
	}
}

// src/guestfs/appliance-process.ts
/** The processes that carry a mark in their environment, as far as this user may see them. */
function markedProcesses(mark) {
	return readdirSync("/proc").flatMap((name) => {
		if (!/^\d+$/.test(name)) return [];
		try {
			if (!readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(`${"TROVE_IMAGE_PROCESS"}=${mark}`)) return [];
			return [{
				pid: Number(name),
				args: readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0")
			}];
		} catch {
			return [];
		}
	});
}
/** The folder with libguestfs' sockets, read from its QEMU's command line: `-chardev socket,path=/tmp/libguestfsAbC/guestfsd.sock,...`. */
function socketFolderOf(processes) {
	for (const { args } of processes) for (const argument of args) {
		const folder = /(?:^|,)path=(\/[^,]*\/libguestfs[A-Za-z0-9]{6})\/[a-z]+\.sock(?:,|$)/.exec(argument)?.[1];
		if (folder !== void 0) return folder;
	}
}

// src/guestfs/quote.ts
/**
* One argument of a guestfish command, quoted. Everything is quoted, because guestfish runs a line beginning with `!` or
* `<!` on the host and expands `~` and `#`. Escapes as in guestfish(1), "Escape sequences in double quoted arguments".
*
* @throws Error for a control character: a newline would begin a command of its own
*/
function quote$1(argument) {
	if (/[\x00-\x1f\x7f]/.test(argument)) throw new Error(`guestfish argument ${JSON.stringify(argument)} holds a control character`);
	return `"${argument.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}
/** A whole command line. Its name is ours and never comes from an image. */
function commandLine(name, args) {
	if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new Error(`${JSON.stringify(name)} is not the name of a guestfish command`);
	return [name, ...args.map(quote$1)].join(" ");
}
/**
* The argument of guestfish's `debug sh`. Libguestfs splits it into words by its own rules, in which a word in single
* quotes is whole; the script therefore must not contain one.
*/
function shellScript(script) {
	if (script.includes("'")) throw new Error(`script for the appliance contains a single quote: ${script}`);
	return `'${script}'`;
}

// src/guestfs/session.ts
/**
* One libguestfs appliance, driven by one guestfish process over its standard input: starting the appliance costs seconds,
* a command hundredths of one. Commands run one after another.
*/
var GuestfsSession = class GuestfsSession {
	#child;
	#options;
	#image;
	#token = randomBytes(8).toString("hex");
	#count = 0;
	#pending;
	#last = Promise.resolve();
	#dead;
	#socketFolder;
	constructor(options, environment) {
		this.#options = options;
		this.#image = options.image;
		const mode = options.access === "read-only" ? "--ro" : "--rw";
		this.#child = start("guestfish", [
			mode,
			`--format=${options.format}`,
			"-a",
			options.image
		], {
			supervised: true,
			timeoutSeconds: 14400,
			graceSeconds: 10,
			signal: options.signal,
			discardOutput: true,
			env: {
				...environment,
				...options.onTrace ? {
					LIBGUESTFS_TRACE: "1",
					LIBGUESTFS_DEBUG: "1"
				} : {}
			},
			onLine: (line, stream) => this.#take(line, stream),
			stop: (child) => endGently(child)
		});
		options.signal?.addEventListener("abort", () => this.#die(asError(options.signal?.reason)), { once: true });
		this.#child.done.then(() => this.#die(new ToolError("guestfish ended before its work was done", "guestfish", 0)), (error) => this.#die(explain(error, options.image)));
	}
	/**
	* Starts guestfish and its appliance.
	*
	* @throws EnvironmentError when guestfish is not installed, or the appliance does not start
	*/
	static async open(options) {
		const environment = await applianceEnvironment(options.accelerator, makeWorkFolder("guestfs"));
		const session = new GuestfsSession(options, environment);
		try {
			if (availableParallelism() > 1) await session.command("set-smp", ["2"]);
			const watching = session.#watchSocketFolder();
			await session.command("run", [], 600).finally(() => watching.stop());
			return session;
		} catch (error) {
			await session.#child.stop().catch(() => void 0);
			await session.#child.done.catch(() => void 0);
			session.#forgetSocketFolder();
			if (!(error instanceof ToolError)) throw error;
			throw new EnvironmentError(`libguestfs could not start its appliance (accelerator ${options.accelerator}): ${error.message}\nlibguestfs-test-tool shows each step of a start; a machine needs a kernel under /boot and about 1 GB of memory.`, { cause: error });
		}
	}
	/**
	* Sends a command and gives the lines it printed.
	*
	* @throws ToolError with libguestfs' own words, or when the time is over (then the session is over, too)
	*/
	async command(name, args = [], limitSeconds) {
		const line = commandLine(name, args);
		const turn = this.#last.then(() => this.#send(line, limitSeconds ?? this.#options.commandSeconds ?? 120));
		this.#last = turn.catch(() => void 0);
		return turn;
	}
	/** Like {@link command}, but a failure of libguestfs gives undefined: for questions whose answer may be "none". */
	async ask(name, args = []) {
		try {
			return await this.command(name, args);
		} catch (error) {
			if (error instanceof ToolError && this.#dead === void 0) return void 0;
			throw error;
		}
	}
	/**
	* Runs a POSIX shell script inside the appliance, where the image's file systems are below /sysroot. Nothing that comes
	* from an image may be part of the script. `debug sh` is not a promised interface of libguestfs, but unchanged since
	* 1.0 and the only way to read owners, modes and contents of many files at once.
	*/
	async shell(script, limitSeconds) {
		return this.command("debug", ["sh", shellScript(script)], limitSeconds);
	}
	/** Ends guestfish, which unmounts, flushes and removes what it made. */
	async close() {
		await this.#last;
		this.#child.closeInput();
		const result = await this.#child.done.catch((error) => error);
		this.#forgetSocketFolder();
		if (result instanceof Error) throw result;
	}
	#send(line, limitSeconds) {
		if (this.#dead) return Promise.reject(this.#dead);
		const shown = line.length > 100 ? `${line.slice(0, 100)} ...` : line;
		const sentinel = `@@${this.#token}-${++this.#count}`;
		const startedAt = performance.now();
		return new Promise((resolve, reject) => {
			const timer = setTimeout(() => {
				const message = `guestfish: ${shown}: was still running after ${limitSeconds} s on ${this.#image}; the session was ended`;
				this.#die(new ToolError(message, "guestfish", null));
				this.#child.stop().catch(() => void 0);
			}, limitSeconds * 1e3);
			const settle = () => {
				clearTimeout(timer);
				this.#pending = void 0;
				this.#options.onCommand?.({
					command: shown,
					seconds: (performance.now() - startedAt) / 1e3
				});
			};
			this.#pending = {
				shown,
				sentinel,
				output: [],
				errors: [],
				outputEnded: false,
				errorsEnded: false,
				resolve: (output) => {
					settle();
					resolve(output);
				},
				reject: (error) => {
					settle();
					reject(error);
				}
			};
			this.#child.write(`-${line}\necho ${sentinel}\n-${sentinel}\n`);
		});
	}
	#take(line, stream) {
		const pending = this.#pending;
		const isTrace = stream === "stderr" && this.#options.onTrace !== void 0 && !isError(line);
		if (isTrace) this.#options.onTrace?.(line);
		if (isTrace || pending === void 0) return;
		if (stream === "stdout") {
			if (line === pending.sentinel) pending.outputEnded = true;
			else pending.output.push(line);
		} else if (line.startsWith(`${pending.sentinel}:`)) pending.errorsEnded = true;
		else pending.errors.push(line);
		if (!pending.outputEnded || !pending.errorsEnded) return;
		if (pending.errors.filter(isError).length === 0) pending.resolve(pending.output);
		else pending.reject(new ToolError(`guestfish: ${pending.shown}: ${cleanError(pending.errors)}`, "guestfish", 1));
	}
	#die(error) {
		this.#dead ??= error;
		this.#pending?.reject(this.#dead);
	}
	/** libguestfs makes a folder for its sockets in /tmp, whatever LIBGUESTFS_TMPDIR says; the journal must know of it. */
	#watchSocketFolder() {
		const look = () => {
			if (this.#socketFolder !== void 0) return;
			const folder = socketFolderOf(markedProcesses(this.#child.mark));
			if (folder === void 0) return;
			this.#socketFolder = folder;
			recordFolder(folder);
		};
		const timer = setInterval(look, 100);
		return { stop: () => {
			clearInterval(timer);
			look();
		} };
	}
	#forgetSocketFolder() {
		if (this.#socketFolder !== void 0) forget({
			kind: "folder",
			path: this.#socketFolder
		});
		this.#socketFolder = void 0;
	}
};
/** Whether a line of guestfish's stderr says that the command failed; other lines are warnings of programs below. */
function isError(text) {
	return /libguestfs: error: |: unknown command$|^error: |^guestfish: /.test(text);
}
/** libguestfs' words without the place in our stream of commands. */
function cleanError(lines) {
	return lines.map((line) => line.replace(/^\*stdin\*:\d+: /, "").replace(/^(libguestfs: )?error: /, "")).filter((line) => !line.startsWith("type ")).join("\n");
}
/**
* Guestfish removes its folders when its input ends, not when a signal kills it. What keeps it from reading the end is a
* command under way, and that ends with the appliance.
*/
async function endGently(child) {
	child.closeInput();
	for (let round = 0; round < 40; round++) {
		const processes = markedProcesses(child.mark);
		if (processes.length === 0) return;
		for (const { pid, args } of processes) if (/(^|\/)qemu|kvm$/.test(args[0] ?? "")) try {
			process.kill(pid, "SIGTERM");
		} catch {}
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}
function explain(error, image) {
	if (!error.message.includes("could not be started")) return error;
	return new EnvironmentError(`guestfish could not be started, which reads ${image} without mounting it on this machine. Run 'trove-image setup', or install the package guestfish (Debian) or libguestfs-tools (Ubuntu).`, { cause: error });
}

// src/system/hash.ts
/**
* SHA-256 of a file's bytes, in lower-case hexadecimal. Read piece by piece into one buffer: a stream would make a new one
* for each piece, and an image of several gigabytes a lot of garbage.
*/
async function sha256OfFile(path, signal) {
	const hash = createHash("sha256");
	const buffer = Buffer.allocUnsafe(1 << 20);
	const file = await open(path);
	try {
		for (;;) {
			signal?.throwIfAborted();
			const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
			if (bytesRead === 0) return hash.digest("hex");
			hash.update(buffer.subarray(0, bytesRead));
		}
	} finally {
		await file.close();
	}
}

// src/base/local.ts
const compressions = [
	["gzip", [31, 139]],
	["xz", [
		253,
		55,
		122,
		88,
		90,
		0
	]],
	["zstd", [
		40,
		181,
		47,
		253
	]]
];
/** What the first 512 bytes of a file say: a tarball (how compressed), or something that only a disk image can be. */
function tarballCompression(head) {
	const bytes = Buffer.from(head);
	for (const [name, magic] of compressions) if (bytes.subarray(0, magic.length).equals(Buffer.from(magic))) return name;
	return bytes.subarray(257, 262).toString("latin1") === "ustar" ? "none" : void 0;
}
/** Why the names in a tarball are not those of a root file system of Debian's family, or undefined. */
function faultOfRootNames(names) {
	const missing = [
		["etc/os-release", "usr/lib/os-release"],
		["var/lib/dpkg/status"],
		["usr/bin", "bin"]
	].find((alternatives) => !alternatives.some((name) => names.has(name)));
	return missing === void 0 ? void 0 : `it holds no root file system with dpkg: ${missing.join(" or ")} is missing`;
}
/**
* Checks a local base, a disk image (qcow2, raw) or a root tarball (plain, gzip, xz, zstd), and names it by its digest.
*
* @throws InputError when it is missing, of another format, truncated, or without an operating system
*/
async function resolveLocal(file, signal) {
	const head = readEnds(file);
	const compression = tarballCompression(head.first);
	const path = realpathSync(file);
	if (compression === void 0) {
		const image = await probeImage(path, signal);
		return {
			source: "local",
			file: path,
			format: image.format,
			sizeBytes: image.sizeBytes,
			sha256: await sha256OfFile(path, signal)
		};
	}
	if (compression === "none" && head.last.some((byte) => byte !== 0)) throw refusal$1(file, "it is a truncated tar archive: its end mark is missing");
	const fault = faultOfRootNames(await namesIn(path, compression, signal));
	if (fault !== void 0) throw refusal$1(file, fault);
	return {
		source: "local",
		file: path,
		format: "tar",
		sizeBytes: statSync(path).size,
		sha256: await sha256OfFile(path, signal)
	};
}
/** The few names of a tarball that are asked for; reading to its end is what finds a truncated one. */
async function namesIn(path, compression, signal) {
	const asked = /^(etc\/os-release|usr\/lib\/os-release|var\/lib\/dpkg\/status|usr\/bin|bin)$/;
	const names = /* @__PURE__ */ new Set();
	try {
		await run("tar", [
			"--list",
			"--file",
			path
		], {
			supervised: true,
			timeoutSeconds: 1800,
			signal,
			discardOutput: true,
			onLine: (line) => {
				const name = line.replace(/^(\.?\/)+/, "").replace(/\/$/, "");
				if (asked.test(name)) names.add(name);
			}
		});
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		if (/Cannot exec/.test(error.message)) throw new EnvironmentError(`${path} is compressed with ${compression}, which is not on this host: install it`);
		throw refusal$1(path, `it is truncated, damaged, or no tar archive (${compression}):\n${error.message}`);
	}
	return names;
}
function readEnds(file) {
	let descriptor;
	try {
		const found = statSync(file);
		if (!found.isFile()) throw refusal$1(file, "it is not a regular file; give a disk image or a root tarball");
		if (found.size === 0) throw refusal$1(file, "it is empty");
		descriptor = openSync(file, "r");
		const [first, last] = [Buffer.alloc(512), Buffer.alloc(512)];
		readSync(descriptor, first, 0, 512, 0);
		readSync(descriptor, last, 0, 512, Math.max(0, found.size - 512));
		return {
			first,
			last
		};
	} catch (error) {
		if (error instanceof InputError) throw error;
		const { code, message } = error;
		throw refusal$1(file, code === "ENOENT" ? "there is no such file" : `it cannot be read: ${message}`);
	} finally {
		if (descriptor !== void 0) closeSync(descriptor);
	}
}
function refusal$1(file, reason) {
	return new InputError(`base-file ${file} cannot be used: ${reason}`);
}

// src/base/lock.ts
/** One suite of a package archive as it stood when the lock was written. */
const lockedSuiteSchema = object({
	/** The mirror it was read from, without user name and password. */
	mirror: string(),
	suite: string(),
	/** SHA-256 of the InRelease file, whose signature was verified against `keyring`. */
	inRelease: sha256Schema,
	/** The archive's own `Date:`, ISO 8601. */
	date: datetime()
});
/** `lock.json`: everything that moves, resolved once. Written by fetch-base-image. */
const lockSchema = object({
	schemaVersion: literal(1),
	/** When the lock was written, ISO 8601. */
	createdAt: datetime(),
	distribution: string(),
	release: string(),
	architecture: string(),
	base: discriminatedUnion("source", [object({
		source: literal("minimal"),
		/** Why this mirror: the recipe's, the host's own configuration, or DIB's default. */
		mirrorFrom: _enum([
			"recipe",
			"host",
			"dib-default"
		]),
		mirror: string(),
		securityMirror: string(),
		/** Lines for DIB_APT_SOURCES_CONF: `name:deb URL SUITE COMPONENTS`. */
		sources: array(string()),
		/** The archive keyring on the host, absolute. */
		keyring: string(),
		suites: array(lockedSuiteSchema),
		/** Mirrors that DIB's element uses when nobody says otherwise: a guest may use them, whatever the build used. */
		publicMirrors: array(string()).optional()
	}), object({
		source: literal("local"),
		file: string(),
		format: _enum([
			"tar",
			"qcow2",
			"raw"
		]),
		sizeBytes: int(),
		sha256: sha256Schema
	})])
});

// src/system/download.ts
/** A download that failed, with the HTTP status when the server did answer. */
var DownloadError = class extends EnvironmentError {
	url;
	httpStatus;
	/** Without the URL. */
	reason;
	constructor(url, reason, httpStatus) {
		super(`${url} cannot be fetched: ${reason}`);
		this.url = url;
		this.reason = reason;
		this.httpStatus = httpStatus;
	}
};
let proxyIsSet = false;
/**
* Fetches a small document whole. Honours http_proxy, https_proxy and no_proxy.
*
* @throws DownloadError after the last try
* @throws InterruptedError when `signal` aborts
*/
async function download(url, options = {}) {
	if (!proxyIsSet) {
		setGlobalProxyFromEnv();
		proxyIsSet = true;
	}
	const tries = options.tries ?? 3;
	for (let attempt = 1;; attempt++) {
		try {
			return await downloadOnce(url, options);
		} catch (error) {
			throwIfInterrupted(options.signal);
			const failure = error instanceof DownloadError ? error : new DownloadError(url, reasonOf(error, options));
			if (!(failure.httpStatus === void 0 || failure.httpStatus === 429 || failure.httpStatus >= 500)) throw failure;
			if (attempt >= tries) throw new DownloadError(url, `${failure.reason} (${tries} tries)`, failure.httpStatus);
		}
		await pause((options.pauseSeconds ?? 1) * 2 ** (attempt - 1), options.signal);
		throwIfInterrupted(options.signal);
	}
}
async function downloadOnce(url, options) {
	const limit = AbortSignal.timeout((options.timeoutSeconds ?? 30) * 1e3);
	const signal = options.signal ? AbortSignal.any([limit, options.signal]) : limit;
	const response = await fetch(url, {
		signal,
		headers: { "cache-control": "no-cache" }
	});
	if (!response.ok) {
		await response.body?.cancel();
		throw new DownloadError(url, `HTTP ${response.status} ${response.statusText}`.trim(), response.status);
	}
	const chunks = [];
	let size = 0;
	const maxBytes = options.maxBytes ?? 32 * 1024 ** 2;
	for await (const chunk of response.body ?? []) {
		size += chunk.length;
		if (size > maxBytes) throw new DownloadError(url, `the answer is larger than ${maxBytes} bytes`, response.status);
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
}
function reasonOf(error, options) {
	if (error instanceof Error && error.name === "TimeoutError") return `no answer within ${options.timeoutSeconds ?? 30} s`;
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	return cause instanceof Error ? cause.message || (cause.code ?? cause.name) : String(cause);
}
function throwIfInterrupted(signal) {
	if (!signal?.aborted) return;
	throw signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError("SIGTERM");
}
function pause(seconds, signal) {
	return new Promise((resolve) => {
		const timer = setTimeout(resolve, seconds * 1e3);
		const stop = () => {
			clearTimeout(timer);
			resolve();
		};
		signal?.addEventListener("abort", stop, { once: true });
	});
}

// src/base/dib-default.ts
/** Prints what the sourced file set; neither variable need be exported (DIB_DEBIAN_SECURITY_MIRROR is not). */
const askElement = ". \"$1\" && printf \"%s\\n\" \"$DIB_DISTRIBUTION_MIRROR\" \"$DIB_DEBIAN_SECURITY_MIRROR\"";
/**
* Reads the distribution's default mirrors from DIB's own element: no archive's address is written in this project.
*
* @throws EnvironmentError when this DIB's element does not say them
*/
async function readDibDefault(elementsFolder, release) {
	const file = join(elementsFolder, "debian-minimal", "environment.d", "10-debian-minimal.bash");
	const missing = (why) => new EnvironmentError(`diskimage-builder's default mirror cannot be read from ${file}: ${why}. Set mirror and security-mirror in the recipe`);
	if (!existsSync(file)) throw missing("there is no such file");
	const result = await run("bash", [
		"--noprofile",
		"--norc",
		"-euc",
		askElement,
		"bash",
		file
	], {
		onlyEnv: {
			PATH: "/usr/bin:/bin",
			DIB_RELEASE: release
		},
		allowedExitStatuses: "any"
	});
	const [main = "", security = ""] = result.stdout.trim().split("\n");
	if (result.exitStatus !== 0) throw missing(result.stderr.trim() || `bash ended with status ${result.exitStatus}`);
	if (!URL.canParse(main) || !URL.canParse(security)) throw missing(`it gave "${main}" and "${security}"`);
	return {
		main,
		security,
		file
	};
}

// src/base/host.ts
/** Reads os-release and apt's own configuration below a root folder. What is absent is empty. */
function readHost(root = "/") {
	const osRelease = readText$1(join(root, "etc/os-release")) || readText$1(join(root, "usr/lib/os-release"));
	const value = (name) => new RegExp(`^${name}=["']?([^"'\n]*)["']?$`, "m").exec(osRelease)?.[1] ?? "";
	const apt = join(root, "etc/apt");
	const sources = parseSources(readText$1(join(apt, "sources.list")), join(apt, "sources.list"));
	const folder = join(apt, "sources.list.d");
	for (const name of existsSync(folder) ? readdirSync(folder).toSorted() : []) {
		if (!/^[A-Za-z0-9_.-]+\.(list|sources)$/.test(name)) continue;
		const file = join(folder, name);
		sources.push(...parseSources(readText$1(file), file));
	}
	return {
		distribution: value("ID"),
		release: value("VERSION_CODENAME"),
		sources: sources.filter((source) => source.enabled && source.types.includes("deb")).map((source) => ({
			...source,
			uris: source.uris.flatMap((uri) => expandMirrorList(uri, (path) => readText$1(join(root, path))))
		}))
	};
}
function readText$1(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

// src/base/in-release.ts
/** Clocks differ a little; apt allows 10 s, a build need not be so strict. */
const clockToleranceSeconds = 300;
/** Reads the fields of a Release file; a missing one is empty, a missing date is the epoch. */
function parseRelease(text) {
	const field = (name) => new RegExp(`^${name}:[ \\t]*(.*)$`, "mi").exec(text)?.[1]?.trim() ?? "";
	const list = (name) => field(name).split(/\s+/).filter(Boolean);
	const validUntil = field("Valid-Until");
	return {
		suite: field("Suite"),
		codename: field("Codename"),
		date: new Date(field("Date") || 0),
		...validUntil === "" ? {} : { validUntil: new Date(validUntil) },
		architectures: list("Architectures"),
		components: list("Components").map((component) => component.replace(/^updates\//, ""))
	};
}
/** Why a Release file does not serve, or undefined. Pure. */
function faultOfRelease(release, expected) {
	if (Number.isNaN(release.date.getTime()) || release.date.getTime() === 0) return "it has no readable Date";
	if (release.codename !== expected.suite && release.suite !== expected.suite) return `it is of "${release.codename || release.suite}", not of ${expected.suite}`;
	if (!release.architectures.includes(expected.architecture)) return `it has no architecture ${expected.architecture}, only ${release.architectures.join(", ")}`;
	const missing = expected.components.find((component) => !release.components.includes(component));
	if (missing !== void 0) return `it has no component ${missing}, only ${release.components.join(", ")}`;
	if (release.validUntil && release.validUntil.getTime() < expected.now.getTime()) return `it was valid until ${release.validUntil.toISOString()} and apt will refuse it; the mirror is no longer updated`;
	if (release.date.getTime() > expected.now.getTime() + clockToleranceSeconds * 1e3) return `it is of ${release.date.toISOString()}, which lies in the future: this machine's clock is wrong`;
}

// src/base/mirror.ts
/**
* The mirror rule: the recipe's; else the host's own, only when host and image are the same distribution; else DIB's
* default. Each of the two archives for itself: a company mirror of the main archive need not have security updates.
*/
function chooseMirrors(question) {
	const { host, dibDefault } = question;
	const own = host.distribution === question.distribution ? hostMirrors(host, question.archive) : {};
	const choose = (key, recipe, found, fallback) => {
		if (recipe !== void 0) return {
			url: trim(recipe),
			from: "recipe",
			origin: `the recipe's ${key}`
		};
		if (found) return {
			url: trim(found.uri),
			from: "host",
			origin: `this host's ${found.source.file}:${found.source.line}`
		};
		return {
			url: trim(fallback),
			from: "dib-default",
			origin: `diskimage-builder's default, ${dibDefault.file}`
		};
	};
	return {
		main: choose("mirror", question.mirror, own.main, dibDefault.main),
		security: choose("security-mirror", question.securityMirror, own.security, dibDefault.security)
	};
}
function hostMirrors(host, archive) {
	const releases = [host.release, ...archive.aliases];
	const usable = host.sources.filter((source) => source.components.includes("main") && signedByArchive(source, archive)).flatMap((source) => source.uris.filter(isUsable).map((uri) => ({
		uri,
		source
	})));
	const serving = (suffixes) => usable.filter(({ source }) => source.suites.some((suite) => releases.some((release) => suffixes.includes(suite.replace(release, "")) && suite.startsWith(release))));
	const withUpdates = new Set(serving(["-updates"]).map(({ uri }) => trim(uri)));
	const base = serving([""]);
	const main = base.find(({ uri }) => withUpdates.has(trim(uri))) ?? base[0];
	const security = serving(["-security", "/updates"])[0];
	return {
		...main ? { main } : {},
		...security ? { security } : {}
	};
}
function signedByArchive(source, archive) {
	const files = source.signedBy.filter((entry) => entry.startsWith("/"));
	return files.length === 0 || files.some((file) => /(^|\/)debian-archive-[^/]*$/.test(file) || archive.keyrings.includes(file));
}
/** Plain http(s) without credentials: anything else cannot be given to debootstrap, or would put a secret into the lock. */
function isUsable(uri) {
	const url = URL.parse(uri);
	return url !== null && (url.protocol === "http:" || url.protocol === "https:") && url.username === "" && url.password === "" && !uri.includes("$(");
}
function trim(url) {
	return url.replace(/\/+$/, "");
}

// src/base/signature.ts
/**
* Judges gpgv's status lines (GnuPG doc/DETAILS). Its exit status cannot be used: an InRelease is signed by the keys of
* several releases, and a host's keyring need not know the newest.
*/
function judgeSignature(statusLines) {
	const found = (word) => statusLines.flatMap((line) => {
		const parts = line.split(" ");
		return parts[0] === "[GNUPG:]" && parts[1] === word ? [parts[2] ?? ""] : [];
	});
	const bad = found("BADSIG");
	if (bad.length > 0) return {
		status: "bad",
		reason: `the signature of key ${bad.join(", ")} does not fit the content`
	};
	const good = found("GOODSIG");
	if (good.length > 0) return {
		status: "good",
		keys: good
	};
	const expired = [
		...found("EXPKEYSIG"),
		...found("REVKEYSIG"),
		...found("EXPSIG")
	];
	if (expired.length > 0) return {
		status: "bad",
		reason: `key ${expired.join(", ")} is expired or revoked`
	};
	const unknown = found("NO_PUBKEY");
	if (unknown.length > 0) return {
		status: "unknown-key",
		reason: `signed by keys ${unknown.join(", ")}, which it lacks`
	};
	return {
		status: "unsigned",
		reason: "it carries no OpenPGP signature"
	};
}
/**
* The archive's keyring on this host.
*
* @throws EnvironmentError with the package that brings it
*/
function findKeyring(archive, exists = existsSync) {
	const keyring = archive.keyrings.find(exists);
	if (keyring !== void 0) return keyring;
	throw new EnvironmentError(`The keys of the ${archive.title} are not on this host (looked for ${archive.keyrings.join(", ")}): install the package ${archive.keyringPackage}, or run 'trove-image setup'`);
}
/**
* Verifies a clear-signed text and gives the part that the signature covers.
*
* @param subject what it is, for messages: an address
* @throws EnvironmentError when the signature cannot be trusted
*/
async function verifiedText(signed, subject, keyring, archive) {
	const result = await run("gpgv", [
		"--status-fd",
		"2",
		"--keyring",
		keyring,
		"--output",
		"-"
	], {
		input: signed,
		allowedExitStatuses: "any",
		onlyEnv: {
			PATH: "/usr/bin:/bin",
			LC_ALL: "C"
		}
	}).catch((error) => {
		if (!(error instanceof ToolError)) throw error;
		throw new EnvironmentError("gpgv is not on this host: it verifies the package archive. Install the package gpgv, or run 'trove-image setup'");
	});
	const verdict = judgeSignature(result.stderr.split("\n"));
	if (verdict.status === "good") return result.stdout;
	const remedy = {
		bad: "The mirror (or a proxy) changed it or is in the middle of an update: try again later or use another mirror",
		"unknown-key": `The keyring is too old or this is another archive: upgrade the package ${archive.keyringPackage} or use another mirror`,
		unsigned: "This is no package archive, or a proxy answered with a page of its own: use another mirror"
	}[verdict.status];
	throw new EnvironmentError(`${subject} is not trusted by ${keyring}: ${verdict.reason}. ${remedy}`);
}

// src/base/minimal.ts
/**
* Resolves a base that debootstrap makes from a mirror: chooses the mirrors, fetches and verifies the InRelease of each
* suite. Their digests name the state of the package sources.
*
* @throws EnvironmentError when the keyring is absent, a mirror cannot be reached or is not to be trusted
* @throws InputError when the recipe's mirror has no such suite
*/
async function resolveMinimal(request, options = {}) {
	const archive = archives[request.distribution];
	const keyring = findKeyring(archive);
	const dibDefault = await readDibDefault(request.elementsFolder, request.release);
	const mirrors = chooseMirrors({
		distribution: request.distribution,
		mirror: request.mirror,
		securityMirror: request.securityMirror,
		host: readHost(),
		archive,
		dibDefault
	});
	options.onEvent?.({
		kind: "mirror",
		archive: "main",
		mirror: mirrors.main
	});
	options.onEvent?.({
		kind: "mirror",
		archive: "security",
		mirror: mirrors.security
	});
	const wanted = suitesOf(request.release);
	const suites = await Promise.all(wanted.map(async (suite) => {
		const locked = await lockSuite(mirrors[suite.archive], suite, request.architecture, archive, keyring, options.signal);
		options.onEvent?.({
			kind: "suite",
			suite: locked.suite,
			mirror: locked.mirror,
			date: locked.date
		});
		return locked;
	}));
	return {
		source: "minimal",
		mirrorFrom: mirrors.main.from,
		mirror: mirrors.main.url,
		securityMirror: mirrors.security.url,
		sources: wanted.map((suite) => `${suite.name}:deb ${mirrors[suite.archive].url} ${suite.suite} ${archive.components.join(" ")}`),
		keyring,
		suites,
		publicMirrors: [dibDefault.main, dibDefault.security]
	};
}
async function lockSuite(mirror, { suite, archive: which }, architecture, archive, keyring, signal) {
	const url = `${mirror.url}/dists/${suite}/InRelease`;
	const subject = `${url} (${mirror.origin})`;
	const key = which === "main" ? "mirror" : "security-mirror";
	let bytes;
	try {
		bytes = await download(url, { signal });
	} catch (error) {
		if (!(error instanceof DownloadError)) throw error;
		const remedy = `Check the address, the network and http_proxy, or name another mirror with --set ${key}=URL`;
		const message = `${subject} cannot be fetched: ${error.reason}. ${remedy}`;
		throw mirror.from === "recipe" && error.httpStatus !== void 0 && error.httpStatus < 500 ? new InputError(message) : new EnvironmentError(message);
	}
	const text = await verifiedText(new TextDecoder().decode(bytes), subject, keyring, archive);
	const release = parseRelease(text);
	const fault = faultOfRelease(release, {
		suite,
		architecture,
		components: archive.components,
		now: /* @__PURE__ */ new Date()
	});
	if (fault !== void 0) throw new EnvironmentError(`${subject} does not serve: ${fault}. Name another mirror with --set ${key}=URL`);
	return {
		mirror: mirror.url,
		suite,
		inRelease: sha256(bytes),
		date: release.date.toISOString()
	};
}

// src/system/buffer-memory.ts
/** How much may come on top of what the last collection has left, in buffers, before V8 is told to look again. */
const growthBytes = 8 * 1024 ** 2;
/** The same for V8's own heap, where lines of a log live for a moment. */
const heapGrowthBytes = 24 * 1024 ** 2;
/** More than this is looked at each time: buffers that were in use a moment ago make up most of it. */
const usedBytes = 32 * 1024 ** 2;
/**
* Runs work that goes through many buffers. V8 lets some 64 MiB of memory outside its own heap gather before it collects.
* Measured with an upload of gigabytes in blocks of 8 MiB: the action's process had 258 MiB at most, and 182 MiB in this way.
* Looking more often saves 20 MiB more and doubles the time. A log of 0.3 GB in lines of 200 bytes: 236 MB at most without, 174 MB
* with it.
*/
async function sparingMemory(work) {
	setFlagsFromString("--expose-gc");
	const collect = runInNewContext("gc");
	let kept = 0;
	let keptHeap = process.memoryUsage().heapUsed;
	const timer = setInterval(() => {
		const { arrayBuffers, heapUsed } = process.memoryUsage();
		if (arrayBuffers < kept + growthBytes && heapUsed < keptHeap + heapGrowthBytes) return;
		collect();
		const left = process.memoryUsage();
		kept = Math.min(left.arrayBuffers, usedBytes);
		keptHeap = left.heapUsed;
	}, 20);
	try {
		return await work();
	} finally {
		clearInterval(timer);
	}
}

// src/system/space.ts
/** Bytes that an ordinary user may still write below a path that exists or whose nearest parent does. */
function freeBytes(path) {
	const { bavail, bsize } = statfsSync(nearestExisting(path));
	return bavail * bsize;
}
/** The file system that holds a path, as `df` names it. */
async function fileSystemOf(path) {
	const { stdout } = await run("df", ["--output=source,target", nearestExisting(path)]);
	const [device = "unknown", ...mountPoint] = (stdout.trim().split("\n")[1] ?? "").trim().split(/\s+/);
	return {
		device,
		mountPoint: mountPoint.join(" ")
	};
}
/** Whether a message says that a file system is full (or a quota is used up). */
function saysNoSpace(message) {
	return /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/.test(message);
}
/** Watches how far the free space of some places goes down, because clean-up gives it back before anybody can look. */
var SpaceWatch = class {
	#lowest = /* @__PURE__ */ new Map();
	#timer;
	constructor(places, everySeconds = 1) {
		const sample = () => {
			for (const place of places) try {
				const free = freeBytes(place.path);
				this.#lowest.set(place, Math.min(free, this.#lowest.get(place) ?? Number.POSITIVE_INFINITY));
			} catch {}
		};
		sample();
		this.#timer = setInterval(sample, everySeconds * 1e3);
		this.#timer.unref();
	}
	stop() {
		clearInterval(this.#timer);
	}
	/** The place that came nearest to being full, with what was left. */
	tightest() {
		const [first] = [...this.#lowest].toSorted(([, left], [, right]) => left - right);
		return first && {
			place: first[0],
			freeBytes: first[1]
		};
	}
};
/**
* Runs a piece of work; when it fails for want of space, says which file system is full.
*
* @throws DiskSpaceError in place of an error that says "No space left on device"
*/
async function explainingNoSpace(places, work) {
	const watch = new SpaceWatch(places);
	try {
		return await work();
	} catch (error) {
		if (!(error instanceof Error) || !saysNoSpace(error.message)) throw error;
		throw await noSpaceError(watch, error);
	} finally {
		watch.stop();
	}
}
/** The error for a full file system, from what a watch has seen. */
async function noSpaceError(watch, cause) {
	const tightest = watch.tightest();
	const where = tightest ? await describeFull(tightest.place, tightest.freeBytes) : "a file system is full";
	return new DiskSpaceError(`No space left on device: ${where}. Nothing of the unfinished work remains.\n${cause.message}`, { cause });
}
async function describeFull(place, lowestFreeBytes) {
	const { device, mountPoint } = await fileSystemOf(place.path).catch(() => ({
		device: "unknown",
		mountPoint: "?"
	}));
	return `the file system ${device} on ${mountPoint}, which holds ${place.use} ${place.path}, went down to ${Math.round(lowestFreeBytes / 1024 ** 2)} MiB free`;
}
/** Where needs meet: those of places on the same file system add up. */
async function spaceStates(needs) {
	const byDevice = Map.groupBy(needs, ({ path }) => statSync(nearestExisting(path)).dev);
	const states = [];
	for (const together of byDevice.values()) {
		const [first] = together;
		if (first === void 0) continue;
		const neededBytes = together.reduce((sum, { bytes }) => sum + bytes, 0);
		states.push({
			...await fileSystemOf(first.path),
			freeBytes: freeBytes(first.path),
			neededBytes,
			needs: together
		});
	}
	return states;
}
/**
* @throws DiskSpaceError with the numbers when a file system cannot take what is about to be written
*/
async function requireSpace$1(needs) {
	for (const { device, mountPoint, freeBytes: free, neededBytes, needs: together } of await spaceStates(needs)) {
		if (free >= neededBytes) continue;
		const mebibytes = (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`;
		const parts = together.map(({ use, path, bytes }) => `${use} ${path} ${mebibytes(bytes)}`).join(", ");
		throw new DiskSpaceError(`the file system ${device} on ${mountPoint} has ${mebibytes(free)} free and the build needs ${mebibytes(neededBytes)} there (${parts}). Free some space, or use another folder: --output for the image, XDG_CACHE_HOME for the working folder`);
	}
}
function nearestExisting(path) {
	let folder = path;
	while (!existsSync(folder)) folder = dirname(folder);
	return folder;
}

// src/dib/bounded-log.ts
/** A build's log is 0.4 MB, with tracing 10 MB; more is a hook that ran wild. */
const usual = {
	headBytes: 32 * 1024 ** 2,
	tailBytes: 2 * 1024 ** 2
};
/**
* A log file that cannot fill the disk: its beginning is written as it comes; of what follows only the end is kept, and a
* line in between says how much is missing.
*/
var BoundedLog = class {
	#descriptor;
	#bounds;
	#headBytes = 0;
	#headFull = false;
	#tail = [];
	#tailBytes = 0;
	#droppedLines = 0;
	#droppedBytes = 0;
	#closed = false;
	constructor(path, bounds = usual) {
		this.#bounds = bounds;
		this.#descriptor = openSync(path, "w");
	}
	write(line) {
		if (this.#closed) return;
		const text = `${line}\n`;
		const bytes = Buffer.byteLength(text);
		if (!this.#headFull && this.#headBytes + bytes <= this.#bounds.headBytes) {
			this.#headBytes += bytes;
			writeSync(this.#descriptor, text);
			return;
		}
		this.#headFull = true;
		this.#tail.push(text);
		this.#tailBytes += bytes;
		if (this.#tailBytes > 2 * this.#bounds.tailBytes) this.#trim();
	}
	/** Writes the end that was kept. Safe to call twice. */
	close() {
		if (this.#closed) return;
		this.#closed = true;
		this.#trim();
		if (this.#droppedLines > 0) {
			const kept = `the first ${this.#bounds.headBytes} and the last ${this.#bounds.tailBytes} bytes are kept`;
			writeSync(this.#descriptor, `[trove-image: ${this.#droppedLines} lines, ${this.#droppedBytes} bytes left out here; ${kept}]\n`);
		}
		writeSync(this.#descriptor, this.#tail.join(""));
		closeSync(this.#descriptor);
	}
	#trim() {
		let from = 0;
		while (this.#tailBytes > this.#bounds.tailBytes) {
			const bytes = Buffer.byteLength(this.#tail[from] ?? "");
			this.#tailBytes -= bytes;
			this.#droppedBytes += bytes;
			this.#droppedLines++;
			from++;
		}
		if (from > 0) this.#tail = this.#tail.slice(from);
	}
};

// src/dib/command.ts
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/**
* The call for a plan. One output only: with several, DIB drops compression and some of the outputs without a word. With
* the plan's own disk DIB writes a root file system as tar, else a whole raw disk.
*/
function dibCommand(plan, dib, folders, userName, trace = false) {
	const type = plan.image.disk === "own" ? "tar" : "raw";
	const result = join(folders.result, plan.image.name);
	const size = plan.image.disk === "own" ? [] : ["--image-size", String(plan.image.sizeBytes / 1024 ** 3)];
	const packages = plan.packages.length > 0 ? ["-p", plan.packages.join(",")] : [];
	return {
		program: join(dib.binFolder, "disk-image-create"),
		args: [
			...trace ? ["-x"] : [],
			...[
				"-a",
				plan.recipe.architecture,
				"-t",
				type,
				"-o",
				result,
				"--no-tmpfs"
			],
			...size,
			...packages,
			...plan.typedElements
		],
		environment: {
			...plan.environment,
			...plan.placeEnvironment,
			PATH: `${dib.binFolder}:${systemPath}`,
			HOME: folders.home,
			USER: userName,
			TMPDIR: folders.temporary,
			PYTHONHASHSEED: "0",
			DIB_IMAGE_CACHE: folders.cache,
			...plan.elementPaths.length > 0 ? { ELEMENTS_PATH: plan.elementPaths.join(":") } : {}
		},
		resultFile: `${result}.${type}`
	};
}
/** Below the user's cache: DIB caches by file names that two releases share. */
function dibCacheName(plan) {
	const { distribution, release, architecture } = plan.recipe;
	return `${distribution}-${release}-${architecture}`;
}
/** What a build would tell disk-image-create, for people: working folders, which a build makes for itself, are left out. */
function describeCommand(plan, dib) {
	const { program, args, environment } = dibCommand(plan, dib, {
		temporary: "TMPDIR",
		home: "HOME",
		cache: "CACHE",
		result: "RESULT"
	}, "USER");
	const ofThisRun = /* @__PURE__ */ new Set([
		"HOME",
		"USER",
		"TMPDIR",
		"DIB_IMAGE_CACHE"
	]);
	return [
		"environment:",
		...Object.entries(environment).filter(([name]) => !ofThisRun.has(name)).toSorted(([left], [right]) => left < right ? -1 : 1).map(([name, value]) => `  ${name}=${value}`),
		"command:",
		`  ${[program, ...args].join(" ")}`
	];
}

// src/system/duration.ts
/** Seconds for people: `0.4 s`, `41 s`, `2 min 05 s`, `1 h 02 min`. */
function formatDuration(seconds) {
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
	return `${Math.floor(whole / 3600)} h ${String(Math.floor(whole % 3600 / 60)).padStart(2, "0")} min`;
}

// src/dib/failure.ts
/** disk-image-create failed; with the hook to blame, when there is one. */
var DibError = class extends ToolError {
	hook;
	constructor(message, exitStatus, hook, options) {
		super(message, "disk-image-create", exitStatus, options);
		this.hook = hook;
	}
};
/** The words for a failed run: what failed, where it stands, why as far as known, and the last lines. */
function describeFailure$1(end, summary, logFile) {
	const { unfinished: hook } = summary;
	const parts = [`disk-image-create ${what(end, summary)}`];
	if (hook?.file) parts.push(`file: ${hook.file}${hook.line === void 0 ? "" : `, line ${hook.line}`}`);
	if (summary.cause) parts.push(`cause: ${summary.cause.cause} ("${summary.cause.line}")`, `what to do: ${summary.cause.remedy}`);
	else if (summary.pythonCause !== void 0) parts.push(`cause: ${summary.pythonCause}`);
	const lines = hook ? hook.lastLines : summary.lastLines;
	if (lines.length > 0) parts.push("last lines:", ...lines.map((line) => `  ${line}`));
	parts.push(`whole log: ${logFile}`);
	return parts.join("\n");
}
function what(end, { unfinished: hook, openPhase }) {
	const place = hook ? `hook ${hook.phase}/${hook.name}${hook.element ? ` of element ${hook.element}` : ""}` : void 0;
	if (end.how === "time-limit") {
		const limit = `was stopped by the time limit of ${formatDuration(end.limitSeconds)}`;
		if (place) return `${limit}: ${place} had been running for ${formatDuration(hook?.runningSeconds ?? 0)}`;
		return openPhase === void 0 ? limit : `${limit} in ${openPhase}`;
	}
	const status = end.exitStatus === null ? "a signal" : `exit status ${end.exitStatus}`;
	if (place) return `failed: ${place} ended with ${status} after ${formatDuration(hook?.runningSeconds ?? 0)}`;
	return `failed with ${status}${openPhase === void 0 ? "" : ` in ${openPhase}`}`;
}

// src/dib/cause.ts
const known = [
	causeOf(1, /No space left on device|Disk quota exceeded/, "a file system is full", "free some space and build again"),
	causeOf(2, /Could not resolve (?:host|')|Temporary failure resolving/, "a host name of the mirror could not be resolved", "check the machine's name resolution, or name another mirror in the recipe (mirror, security-mirror)"),
	causeOf(2, /gnutls_handshake|SSL certificate problem|certificate verify failed/i, "a TLS connection failed", "check the clock and the certificates (package ca-certificates) of this machine, or use another mirror"),
	causeOf(2, /NO_PUBKEY|EXPKEYSIG|The following signatures (?:were|couldn't)|is not signed/, "the archive is signed by a key that is not trusted or has expired", "update the archive keyring on this machine (debian-archive-keyring, ubuntu-keyring)"),
	causeOf(3, /E: Unable to locate package|E: Package '.*' has no installation candidate|Couldn't find these debs:/, "a package does not exist in the archive for this release", "check the name in the recipe or in the element, and whether the mirror is complete"),
	causeOf(3, /does not have a Release file|Release file .* is not valid yet|Release file .* expired/, "the mirror has no valid index for this release", "check the release and the mirror in the recipe, and the clock of this machine"),
	causeOf(4, /Hash Sum mismatch|File has unexpected size/, "the mirror was being updated, or a proxy keeps an old copy", "build again in some minutes, or use another mirror"),
	causeOf(5, /E: Failed to fetch|Failed getting release file|Couldn't download|Failed to connect|Connection refused|curl: \(\d+\)/, "a download failed", "check that the mirror answers from this machine; the lines above name the address"),
	causeOf(2, /E: Could not get lock|Unable to acquire the dpkg frontend lock/, "another package manager holds the lock of a shared cache", "let the other build end, and build again"),
	causeOf(1, /Did not get .*lock|Did not get lock/, "another build holds a lock of the cache", "let the other build end, and build again"),
	causeOf(1, /Element '.*' not found|: already provided by|Please include an operating system element|ELEMENTS_PATH entry '.*' is not a directory/, "the elements could not be resolved", "run trove-image plan, which names the element and who asked for it"),
	causeOf(1, /There is a duplicated hook in your elements:/, "two elements have a hook of one name in one phase", "rename one of the hooks"),
	causeOf(2, /Failed to deploy the root element\./, "no hook of root.d brought an operating system", "look at the lines of root.d above"),
	causeOf(1, /output format specified but|fstrim utility is not found/, "a program that DIB needs is not installed", "run trove-image setup"),
	causeOf(1, /device mapper prerequisites not met|\/dev\/mapper\/control: open failed|Could not find any loop\S* devices/, "this machine has no device-mapper, or two builds raced for a loop device", "use disk: own in the recipe (the default), which does without"),
	causeOf(1, /losetup: .*(?:cannot find an unused loop device|failed to set up loop device)/, "no loop device could be had", "load the module loop, or run the container with --privileged and the host’s /dev"),
	causeOf(1, /Total journal size too big for filesystem\./, "the disk is too small for the journal", "use a larger image-size"),
	causeOf(1, /The requested size of the image is smaller than the block device configuration/, "the image is smaller than its partitions", "use a larger image-size"),
	causeOf(1, /Label \[.*\] too long for filesystem|File system label \[.*\] used more than once/, "a file system label cannot be used", "labels are unique and at most 16 characters (ext4)"),
	causeOf(2, /No suitable kernel found\.|Can't find an initramfs|Unable to detect operating system/, "the root file system has no kernel that can be booted", "add the distribution's kernel package"),
	causeOf(2, /The variable \S+ is not set|Malformed when line/, "a `when` of a package-installs file asks for an unset variable", "set the variable in the environment.d of the element"),
	causeOf(1, /Failed to find reference to|The git clone command failed after|REPOLOCATIONS don't match/, "a source repository could not be had", "check its address and reference, or give a local checkout by DIB_REPOLOCATION_<name>"),
	causeOf(2, /did NOT match|failed sha256sum check|Checksum mismatch/, "a downloaded base does not have the expected checksum", "download it again; if it stays so, do not use that source"),
	causeOf(6, /pkg-map failed|install-packages failed with returncode|dpkg: error processing|E: Sub-process .* returned an error code/, "the package manager failed", "the first error line above it names the package"),
	causeOf(7, /umount failed \(.*target is busy|ERROR: unable to cleanly remove|ERROR: failed to umount/, "a process still lived in the tree when DIB took it down", "a hook must not leave a daemon behind; what was left over has been removed"),
	causeOf(7, /Killed process|Out of memory|Cannot allocate memory/, "the machine ran out of memory", "give the machine more memory, or stop what else runs on it")
];
function causeOf(rank, pattern, cause, remedy) {
	return {
		rank,
		pattern,
		cause,
		remedy
	};
}
/** Remembers the most telling line of a log; of equals the first, because later errors follow from earlier ones. */
var CauseFinder = class {
	#best;
	look(line) {
		for (const candidate of known) {
			if (this.#best && this.#best.rank <= candidate.rank) continue;
			if (candidate.pattern.test(line)) this.#best = {
				...candidate,
				line: line.trim()
			};
		}
	}
	forget() {
		this.#best = void 0;
	}
	found() {
		return this.#best && {
			cause: this.#best.cause,
			remedy: this.#best.remedy,
			line: this.#best.line
		};
	}
};

// src/dib/marker.ts
const stamp = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) \| ?(.*)$/s;
/** Reads a line. The stamp is optional: `DIB_NO_TIMESTAMP` removes it. */
function readLogLine(line) {
	const stamped = stamp.exec(line);
	const text = stamped?.[3] ?? line;
	return {
		time: stamped ? Date.parse(`${stamped[1]}T${stamped[2]}Z`) : void 0,
		text,
		marker: readMarker(text)
	};
}
/**
* DIB promises its options and variables, not the text of its log; so this recognises what it must and takes all else as
* text. A hook that ends without a newline glues DIB's next marker to its own last words, hence no `^` before them.
*/
function readMarker(text) {
	if (text.includes("dib-run-parts ")) {
		const marker = readRunPartsMarker(text);
		if (marker) return marker;
	}
	let match = /^Copying hooks for (\S+)$/.exec(text);
	if (match?.[1]) return {
		kind: "element",
		name: match[1]
	};
	match = /^Copying hooks (\/\S*\/([a-z-]+\.d)\/(\S+))$/.exec(text);
	if (match?.[1] && match[2] && match[3]) return {
		kind: "hook-file",
		file: match[1],
		phase: match[2],
		name: match[3]
	};
	match = /^Running hooks from \S*\/([a-z-]+\.d)$/.exec(text);
	if (match?.[1]) return {
		kind: "phase",
		phase: match[1]
	};
	match = /^Unmount (\/\S*)$/.exec(text);
	if (match?.[1]) return {
		kind: "unmount",
		path: match[1]
	};
	if (text.startsWith("Calculating image size") || / \[-\] create\(\) called$/.test(text)) return { kind: "block-device" };
	match = /\bexec_sudo failed: ?(.*)$/.exec(text);
	if (match) return {
		kind: "python-cause",
		text: match[1] ?? ""
	};
	match = /^Image file (\S+) created\.\.\.$/.exec(text);
	if (match?.[1]) return {
		kind: "image-created",
		file: match[1]
	};
	match = /^Archive state of this image: ([0-9a-f]{64}) (\S+)$/.exec(text);
	if (match?.[1] && match[2]) return {
		kind: "archive-state",
		sha256: match[1],
		file: match[2]
	};
	if (text === "Build completed successfully") return { kind: "completed" };
	return { kind: "text" };
}
function readRunPartsMarker(text) {
	let match = /dib-run-parts Running \S*\/([a-z-]+\.d)\/([0-9A-Za-z_-]+)$/.exec(text);
	if (match?.[1] && match[2]) return {
		kind: "hook-running",
		phase: match[1],
		name: match[2]
	};
	match = /dib-run-parts ([0-9A-Za-z_-]+) completed$/.exec(text);
	if (match?.[1]) return {
		kind: "hook-completed",
		name: match[1]
	};
	match = /^dib-run-parts Sourcing environment file \S*\/([a-z-]+\.d)\/\.\.\/environment\.d\/\S+$/.exec(text);
	if (match?.[1]) return {
		kind: "phase",
		phase: match[1]
	};
	match = /^dib-run-parts Target: ([a-z-]+\.d)$/.exec(text);
	if (match?.[1]) return {
		kind: "table-target",
		phase: match[1]
	};
	match = /^dib-run-parts ([0-9A-Za-z_-]+)\s+(\d+\.\d{3})$/.exec(text);
	if (match?.[1] && match[2]) return {
		kind: "table-row",
		name: match[1],
		seconds: Number(match[2])
	};
	if (/^dib-run-parts -+ END PROFILING -+$/.test(text)) return { kind: "table-end" };
}

// src/dib/packages.ts
/** Counts what apt, dpkg and debootstrap say that they do. */
var PackageCounter = class {
	#total;
	#counts = {
		unpacking: 0,
		configuring: 0
	};
	/** Progress, when the line is about a package. */
	read(line) {
		const announced = /^(\d+) upgraded, (\d+) newly installed/.exec(line);
		if (announced) {
			this.reset();
			this.#total = Number(announced[1]) + Number(announced[2]);
			return;
		}
		const match = /^(?:I: )?(Unpacking|Extracting|Setting up|Configuring) ([a-z0-9][a-z0-9+.-]*?)(?::\w+)?(?:\.\.\.| \()/.exec(line);
		if (!match?.[1] || !match[2]) return void 0;
		const action = match[1] === "Unpacking" || match[1] === "Extracting" ? "unpacking" : "configuring";
		this.#counts[action]++;
		return {
			action,
			name: match[2],
			number: this.#counts[action],
			total: this.#total
		};
	}
	reset() {
		this.#total = void 0;
		this.#counts = {
			unpacking: 0,
			configuring: 0
		};
	}
};

// src/dib/log.ts
/** What DIB does between two phases that takes time, named by the phase before. */
const between = {
	"install.d": "packages",
	"cleanup.d": "output"
};
/**
* Reads DIB's log line by line and keeps only what a report needs, however long the log is. DIB prints no word about a
* failing hook: it is the one that was running when DIB began to unmount, or when the log ended.
*/
var DibLogReader = class {
	#onEvent;
	#phases = [];
	#images = [];
	#archiveStates = [];
	#files = /* @__PURE__ */ new Map();
	#tail = new Tail(15);
	#causes = new CauseFinder();
	#packages = new PackageCounter();
	#element = "";
	#phase;
	/** Innermost last: a hook may run a folder of hooks itself. */
	#hooks = [];
	#table;
	#blamed = false;
	#completed = false;
	#pythonCause;
	#awaitingCause = false;
	#now = 0;
	constructor(onEvent = () => void 0) {
		this.#onEvent = onEvent;
	}
	/** Takes one line. `receivedAt` (milliseconds) is used where the line has no stamp of its own. */
	line(raw, receivedAt) {
		const { time, text, marker } = readLogLine(raw);
		if (!this.#blamed) this.#now = time ?? receivedAt;
		if (marker.kind === "text") this.#takeText(text);
		else this.#takeMarker(marker);
	}
	/** The hook that is running now. */
	running() {
		return this.#hooks.at(-1);
	}
	/** The phase, or the work between phases, that is under way. */
	phase() {
		return this.#phase?.name;
	}
	/** What the log said; to be asked when DIB has ended. */
	summary() {
		const hook = this.#hooks.at(-1);
		const open = this.#phase;
		return {
			phases: open ? [...this.#phases, this.#close(open, false)] : [...this.#phases],
			completed: this.#completed,
			images: [...this.#images],
			archiveStates: [...this.#archiveStates],
			unfinished: hook && {
				phase: hook.phase,
				name: hook.name,
				element: hook.element,
				file: hook.file,
				runningSeconds: seconds$1(this.#now - hook.startedAt),
				line: complainedLine(hook.name, hook.tail.lines()),
				lastLines: [...hook.tail.lines()]
			},
			openPhase: open?.name,
			cause: this.#causes.found(),
			pythonCause: this.#pythonCause,
			lastLines: [...this.#tail.lines()]
		};
	}
	#takeText(text) {
		if (this.#hooks.length > 0 && text.startsWith("INFO diskimage_builder.block_device.")) this.#blamed = true;
		if (this.#blamed) return;
		if (this.#awaitingCause && text !== "") {
			this.#pythonCause ??= text;
			this.#awaitingCause = false;
		}
		this.#causes.look(text);
		if (text === "" || text.startsWith("dib-run-parts ") || isTrace(text)) return;
		this.#tail.push(text);
		this.#hooks.at(-1)?.tail.push(text);
		const found = this.#packages.read(text);
		if (found) this.#onEvent({
			kind: "package",
			...found
		});
	}
	#takeMarker(marker) {
		if (this.#blamed) return;
		switch (marker.kind) {
			case "element":
				this.#element = marker.name;
				break;
			case "hook-file":
				this.#files.set(`${marker.phase}/${marker.name}`, {
					element: this.#element,
					file: marker.file
				});
				break;
			case "phase":
				this.#enter(marker.phase);
				break;
			case "hook-running":
				this.#startHook(marker);
				break;
			case "hook-completed":
				this.#finishHook(marker.name);
				break;
			case "table-target":
				this.#table = marker.phase;
				break;
			case "table-row":
				this.#correct(marker.name, marker.seconds);
				break;
			case "table-end":
				this.#finishPhase(true);
				this.#table = void 0;
				break;
			case "unmount":
				if (this.#hooks.length > 0 && marker.path.includes("/dib_build.")) this.#blamed = true;
				break;
			case "python-cause":
				if (marker.text !== "") this.#pythonCause ??= marker.text;
				else this.#awaitingCause = this.#pythonCause === void 0;
				this.#causes.look(marker.text);
				break;
			case "image-created":
				this.#images.push(marker.file);
				break;
			case "archive-state":
				this.#archiveStates.push({
					file: marker.file,
					sha256: marker.sha256
				});
				break;
			case "completed":
				this.#completed = true;
				if (this.#phase) this.#finishPhase(false);
				break;
			case "block-device": if (this.#phase === void 0) this.#begin("block-device");
		}
	}
	#enter(phase) {
		if (this.#phase?.name === phase || this.#hooks.length > 0) return;
		if (this.#phase) this.#finishPhase(false);
		this.#begin(phase);
	}
	#begin(phase) {
		this.#phase = {
			name: phase,
			startedAt: this.#now,
			hooks: []
		};
		this.#causes.forget();
		this.#packages.reset();
		this.#onEvent({
			kind: "phase-started",
			phase
		});
	}
	#startHook({ phase, name }) {
		this.#enter(phase);
		const origin = this.#files.get(`${phase}/${name}`);
		const hook = {
			phase,
			name,
			element: origin?.element,
			file: origin?.file,
			startedAt: this.#now,
			tail: new Tail(15)
		};
		this.#hooks.push(hook);
		this.#packages.reset();
		this.#onEvent({
			kind: "hook-started",
			hook: plain$1(hook)
		});
	}
	#finishHook(name) {
		const at = this.#hooks.findLastIndex((hook) => hook.name === name);
		const hook = this.#hooks[at];
		if (hook === void 0) return;
		this.#hooks = this.#hooks.slice(0, at);
		const took = seconds$1(this.#now - hook.startedAt);
		if (this.#hooks.length === 0) this.#phase?.hooks.push({
			name,
			seconds: took
		});
		this.#causes.forget();
		this.#onEvent({
			kind: "hook-finished",
			hook: plain$1(hook),
			seconds: took
		});
	}
	/** DIB's own figures are better than the difference of two stamps. */
	#correct(name, took) {
		if (this.#table !== this.#phase?.name) return;
		const hook = this.#phase?.hooks.find((candidate) => candidate.name === name);
		if (hook) hook.seconds = took;
	}
	#finishPhase(profiled) {
		const open = this.#phase;
		if (open === void 0 || profiled && this.#table !== open.name) return;
		this.#hooks = [];
		const closed = this.#close(open, profiled);
		this.#phases.push(closed);
		this.#onEvent({
			kind: "phase-finished",
			phase: closed.name,
			seconds: closed.seconds
		});
		this.#phase = void 0;
		const next = profiled ? between[open.name] : void 0;
		if (next !== void 0) this.#begin(next);
	}
	#close(open, profiled) {
		return {
			name: open.name,
			seconds: seconds$1(this.#now - open.startedAt),
			hooks: open.hooks,
			profiled
		};
	}
};
function plain$1({ phase, name, element, file }) {
	return {
		phase,
		name,
		element,
		file
	};
}
function seconds$1(milliseconds) {
	return Math.max(0, Math.round(milliseconds)) / 1e3;
}
/** DIB sources environment files with tracing on, once a phase: not what a person looks for in a failure. */
function isTrace(text) {
	return /^\++ (?:source |export )\S/.test(text) || /^\+\+ [A-Z_]+=/.test(text);
}
/** `/tmp/in_target.d/install.d/50-x: line 12: foo: command not found` */
function complainedLine(name, lines) {
	for (const line of lines.toReversed()) {
		const match = /(?:^|\/)([0-9A-Za-z_-]+): line (\d+): /.exec(line);
		if (match?.[1] === name) return Number(match[2]);
	}
}

// src/dib/proxy.ts
/** A proxy's address without user and password, and a list of hosts: no character that a shell would read. */
const plainAddress = /^(?:https?:\/\/)?(?:[\w.-]+|\[[\da-f:]+\])(?::\d+)?\/?$/i;
const plainHosts = /^[\w.:,*/[\]-]+$/;
/**
* The proxies of the caller, in the small letters that diskimage-builder reads: it hands http_proxy and no_proxy to
* debootstrap and all three to the package manager. A proxy is a way to the archive and no part of it, so it is no part of
* the plan either; what DIB's elements write of it into the tree, `trove-image-sources` takes out again. Every hook sees the
* variables, so one with a password is withheld; and DIB puts them into a shell's command line without quotes
* (`elements/debootstrap/root.d/08-debootstrap`), so one that a shell could misread is withheld too.
*/
function proxiesFor(caller) {
	const environment = {};
	const withheld = [];
	for (const name of [
		"http_proxy",
		"https_proxy",
		"no_proxy"
	]) {
		const text = (caller[name] || caller[name.toUpperCase()] || "").trim();
		const value = name === "no_proxy" ? text.replaceAll(/[\s,]+/g, ",") : text;
		if (value === "") continue;
		if ((name === "no_proxy" ? plainHosts : plainAddress).test(value)) environment[name] = value;
		else withheld.push({
			name,
			reason: value.includes("@") ? "it holds a user or a password" : "it is no plain address"
		});
	}
	return {
		environment,
		withheld
	};
}

// src/dib/silence.ts
const minuteMilliseconds$1 = 6e4;
/** Breaks a long silence: each minute without a line, an event says what runs and how long it took last time. */
var Silence = class {
	#activity;
	#history;
	#onEvent;
	#timer;
	#heardAt;
	#toldAt;
	#current;
	#currentSince;
	constructor(activity, history, onEvent) {
		this.#activity = activity;
		this.#history = history;
		this.#onEvent = onEvent;
		this.#heardAt = this.#toldAt = this.#currentSince = Date.now();
		this.#timer = setInterval(() => this.#look(Date.now()), 1e3);
		this.#timer.unref();
	}
	/** A line came. */
	heard() {
		this.#heardAt = this.#toldAt = Date.now();
	}
	stop() {
		clearInterval(this.#timer);
	}
	#look(now) {
		const hook = this.#activity.running();
		const phase = this.#activity.phase();
		const part = hook ? `${hook.phase}/${hook.name}` : phase;
		if (part !== this.#current) {
			this.#current = part;
			this.#currentSince = now;
		}
		if (now - this.#toldAt < minuteMilliseconds$1) return;
		this.#toldAt = now;
		this.#onEvent({
			kind: "silent",
			hook,
			phase,
			silentSeconds: Math.round((now - this.#heardAt) / 1e3),
			runningSeconds: Math.round((now - this.#currentSince) / 1e3),
			lastTimeSeconds: part === void 0 ? void 0 : this.#history?.parts[part]
		});
	}
};

// src/dib/stop.ts
/**
* Stops disk-image-create so that its own clean-up runs. Only the main process gets SIGTERM: a signal to the whole group ends
* the log filter first, and the clean-up then dies of SIGPIPE. Until it is gone, whatever has its root below the private
* TMPDIR (chroot hooks keep the mount busy) and whatever ran before the signal (hooks outside the chroot; bash waits for
* them) is killed, but never sudo, which passes its child's end on, nor the log filter.
*/
async function stopDib(child, temporaryFolder) {
	await rootShell(stopScript, [String(child.pid), temporaryFolder]);
}
/** A few processes a round, not some for every process of the host: a busy machine must not stretch this to minutes. */
const stopScript = `
  set -u
  main=$1 folder=$2
  # pid, parent, state and start time of every process. The name in parentheses may hold blanks.
  processes() {
    cat /proc/[0-9]*/stat 2>/dev/null | sed -E 's/^([0-9]+) \\(.*\\) /\\1 /' | awk '{ print $1, $3, $2, $21 }'
  }
  # Descendants of the main process as they are before the signal, "pid:start", but for sudo and the log filter.
  old=$(processes | awk -v main="$main" '
    { parent[$1] = $2; start[$1] = $4 }
    END {
      for (pid in parent) {
        for (up = parent[pid]; up != main && (up in parent) && up > 1; up = parent[up]);
        if (up == main) print pid ":" start[pid]
      }
    }' | while IFS=: read -r pid began; do
      read -r name <"/proc/$pid/comm" || continue
      [ "$name" = sudo ] && continue
      grep -qs 'outfilter\\.py' "/proc/$pid/cmdline" || echo "$pid:$began"
    done 2>/dev/null | tr '\\n' ' ')
  began=$(processes | awk -v main="$main" '$1 == main { print $4 }')
  kill -s TERM "$main" 2>/dev/null
  round=0
  while [ "$round" -lt 300 ] && [ -n "$began" ]; do
    now=$(processes)
    echo "$now" | awk -v main="$main" -v began="$began" '
      $1 == main && $4 == began && $3 != "Z" && $3 != "X" { alive = 1 } END { exit !alive }' || break
    for process in $(find /proc/[0-9]*/root -maxdepth 0 -lname "$folder/*" -printf '%h\\n' 2>/dev/null); do
      kill -s KILL "\${process#/proc/}" 2>/dev/null
    done
    for pid in $(echo "$now" | awk -v old="$old" '
      BEGIN { count = split(old, entries, " "); for (i = 1; i <= count; i++) wanted[entries[i]] = 1 }
      ($1 ":" $4) in wanted { print $1 }'); do
      kill -s KILL "$pid" 2>/dev/null
    done
    sleep 0.1
    round=$((round + 1))
  done
  true`;

// src/dib/build.ts
/**
* Runs disk-image-create in a process group, a home and a temporary folder of its own. Nothing of the caller's environment
* reaches a hook but the addresses of its proxies.
*
* @throws DibError with the hook to blame, the cause as far as known, and the last lines
* @throws EnvironmentError when a file system ran full
* @throws InterruptedError when `signal` aborts
*/
async function runDib(request) {
	const folders = makeFolders(request.plan);
	const command = dibCommand(request.plan, request.dib, folders, userInfo().username, request.trace);
	const proxies = proxiesFor(process.env);
	for (const { name, reason } of proxies.withheld) request.onEvent({
		kind: "proxy-withheld",
		name,
		reason
	});
	const log = new BoundedLog(request.logFile);
	const reader = new DibLogReader(request.onEvent);
	const silence = new Silence(reader, request.history, request.onEvent);
	const watch = new SpaceWatch([{
		use: "the working folder",
		path: folders.temporary
	}, {
		use: "diskimage-builder's cache",
		path: folders.cache
	}]);
	const startedAt = performance.now();
	recordTemporary("mmdebstrap", "mmdebstrap.");
	try {
		const child = start(command.program, command.args, {
			supervised: true,
			timeoutSeconds: request.timeoutSeconds,
			signal: request.signal,
			onlyEnv: {
				...proxies.environment,
				...command.environment
			},
			cwd: folders.result,
			discardOutput: true,
			allowedExitStatuses: "any",
			graceSeconds: 5,
			stop: (running) => stopDib(running, folders.temporary),
			onLine: (line) => {
				log.write(line);
				silence.heard();
				reader.line(line, Date.now());
			}
		});
		child.closeInput();
		const end = await endOf(sparingMemory(() => child.done), request.timeoutSeconds);
		const summary = reader.summary();
		if (end === void 0) return {
			file: command.resultFile,
			phases: summary.phases,
			archiveStates: summary.archiveStates,
			seconds: (performance.now() - startedAt) / 1e3
		};
		const exitStatus = end.how === "status" ? end.exitStatus : null;
		const error = new DibError(describeFailure$1(end, summary, request.logFile), exitStatus, summary.unfinished);
		throw saysNoSpace(summary.cause?.line ?? "") ? await noSpaceError(watch, error) : error;
	} finally {
		watch.stop();
		silence.stop();
		log.close();
		await giveBack(folders.cache);
	}
}
/** Undefined when it went well; an interruption and a program that cannot be started are thrown on. */
async function endOf(done, limitSeconds) {
	try {
		const { exitStatus } = await done;
		return exitStatus === 0 ? void 0 : {
			how: "status",
			exitStatus
		};
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		if (error.message.includes("could not be started")) throw error;
		if (error.message.includes("was stopped")) return {
			how: "time-limit",
			limitSeconds
		};
		return {
			how: "status",
			exitStatus: error.exitStatus
		};
	}
}
function makeFolders(plan) {
	const work = makeWorkFolder("dib");
	const folders = {
		temporary: join(work, "tmp"),
		home: join(work, "home"),
		result: join(work, "result"),
		cache: join(cacheFolder(), "dib", dibCacheName(plan))
	};
	for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
	return folders;
}

// src/dib/installation.ts
/** Where an environment with another version than the pinned one lives. */
function versionedEnvironment(version) {
	return join(cacheFolder(), `dib-${version}`);
}
/** Where an environment made of a checkout with this content lives. */
function checkoutEnvironment(contentDigest) {
	return join(cacheFolder(), `dib-checkout-${contentDigest.slice(0, 16)}`);
}
/** The places of this machine for a version. */
function dibPlaces(version) {
	return {
		environments: [privateEnvironment(), versionedEnvironment(version)],
		systemPackages: "/usr/lib/python3/dist-packages",
		systemBin: "/usr/bin"
	};
}
/**
* Finds diskimage-builder. `private` must be of exactly this version; with `system` the version is whatever the
* distribution has, and the plan records it.
*
* @throws EnvironmentError when it is not installed
*/
function findDib(from, version, places = dibPlaces(version)) {
	if (from === "system") {
		const found = installationIn(places.systemPackages, places.systemBin, "system");
		if (found) return found;
		throw new EnvironmentError(`diskimage-builder of the distribution is not installed (looked in ${places.systemPackages}): run 'trove-image setup --dib system', which installs the package python3-diskimage-builder, or leave out '--dib system' to use the private environment`);
	}
	const others = [];
	for (const environment of places.environments) {
		const found = inEnvironment(environment, "private");
		if (found?.version === version) return found;
		if (found) others.push(`${environment} has ${found.version}`);
	}
	const seen = others.length > 0 ? others.join(", ") : `looked in ${places.environments.join(", ")}`;
	throw new EnvironmentError(`diskimage-builder ${version} is not installed (${seen}): run 'trove-image setup', which installs it there`);
}
/**
* Finds the diskimage-builder that was made of a checkout with this content.
*
* @throws EnvironmentError when it has not been made
*/
function findCheckoutDib(contentDigest, environment = checkoutEnvironment(contentDigest)) {
	const found = inEnvironment(environment, "checkout");
	if (found) return found;
	throw new EnvironmentError(`diskimage-builder was not made of this checkout yet (looked in ${environment}): run 'trove-image setup --dib-checkout FOLDER', which makes it`);
}
/**
* Refuses a DIB that cannot build a release. Before 3.40.0 its element `base` (`pre-install.d/03-baseline-tools`, commit
* 93442d09) installs `software-properties-common`, which Debian 13 no longer has.
*
* @throws InputError with the ways out
*/
function checkDibBuilds(dib, distribution, release) {
	if (dib.from === "checkout" && isOlder(dib.version, "0.1")) return;
	if (distribution !== "debian" || release !== "trixie" || !isOlder(dib.version, trixieSince)) return;
	const ways = dib.from === "system" ? `leave out '--dib system' (the private environment has a newer one), or build 'debian-bookworm'` : dib.from === "checkout" ? `leave out '--dib-checkout', or build 'debian-bookworm'` : `set dib-version in the recipe to ${trixieSince} or newer, or build 'debian-bookworm'`;
	throw new InputError(`diskimage-builder ${dib.version} cannot build ${distribution} ${release}: it needs ${trixieSince} or newer. Ways out: ${ways}`);
}
/** The first version whose Debian elements install only what Debian 13 has. */
const trixieSince = "3.40.0";
/** Compares dotted versions numerically. */
function isOlder(version, than) {
	const left = version.split(".").map(Number);
	const right = than.split(".").map(Number);
	for (let index = 0; index < Math.max(left.length, right.length); index++) {
		const difference = (left[index] ?? 0) - (right[index] ?? 0);
		if (difference !== 0) return difference < 0;
	}
	return false;
}
function inEnvironment(environment, from) {
	const library = join(environment, "lib");
	if (!existsSync(library)) return void 0;
	for (const name of readdirSync(library).toSorted()) {
		if (!/^python3\.\d+$/.test(name)) continue;
		const found = installationIn(join(library, name, "site-packages"), join(environment, "bin"), from);
		if (found) return found;
	}
}
function installationIn(packages, binFolder, from) {
	const packageFolder = join(packages, "diskimage_builder");
	const elementsFolder = join(packageFolder, "elements");
	if (!existsSync(elementsFolder) || !existsSync(join(binFolder, "disk-image-create"))) return void 0;
	const metadata = /^diskimage_builder-(\d+(?:\.\d+)*)[^/]*\.(?:dist|egg)-info$/;
	for (const name of readdirSync(packages)) {
		const version = metadata.exec(name)?.[1];
		if (version !== void 0) return {
			version,
			from,
			packageFolder,
			elementsFolder,
			binFolder
		};
	}
}

// src/dib/preflight.ts
/** A root file system with Docker and the agent, when none has been built yet: 1.1 GB measured with Debian 13. */
const usualTreeBytes = 1536 * 1024 ** 2;
/**
* What disk-image-create would find missing only when most of the time is gone.
*
* @throws EnvironmentError that says what was probed and how
*/
async function requireDibCanRun(plan, space) {
	await requirePrivilege();
	await requireSudo();
	await requireLoop();
	if (plan.image.disk === "dib") await requireDeviceMapper();
	const { sizeBytes, formats } = plan.image;
	await requireSpace$1(buildSpaceNeeds({
		...space,
		imageSizeBytes: sizeBytes,
		formats: formats.length
	}));
}
/**
* The most that lies about at one time: DIB's tree and the image it copies the tree to; or the archive, the unpacked tree
* and the disk. A file of every format goes to the output folder, a raw one with holes.
*/
function buildSpaceNeeds(space) {
	const downloads = 700 * 1024 ** 2;
	const structures = Math.ceil(space.imageSizeBytes / 1e3);
	return [
		{
			use: "the working folder",
			path: space.workFolder,
			bytes: 3 * space.treeBytes + downloads + structures
		},
		{
			use: "the cache",
			path: space.cacheFolder,
			bytes: 100 * 1024 ** 2
		},
		{
			use: "the output folder",
			path: space.outputFolder,
			bytes: space.formats * space.treeBytes
		}
	];
}
async function requireSudo() {
	const fault = await sudoFault();
	if (fault === void 0) return;
	throw new EnvironmentError(`diskimage-builder calls sudo for every privileged step, even as root, and ${fault}. Run 'trove-image setup', or install the package sudo`);
}
async function requireLoop() {
	const probe = await asRoot("losetup", ["--find"], { allowedExitStatuses: "any" }).catch(() => void 0);
	if (probe?.exitStatus === 0) return;
	throw new EnvironmentError(`diskimage-builder mounts the root file system from a loop device, and there is none: "losetup --find" ${probe ? `said: ${probe.stderr.trim()}` : "could not be run"}. Load the kernel module loop; in a container use --privileged and the host’s /dev`);
}
async function requireDeviceMapper() {
	const probe = await asRoot("dmsetup", ["version"], { allowedExitStatuses: "any" }).catch(() => void 0);
	if (probe?.exitStatus === 0) return;
	throw new EnvironmentError(`the recipe's disk is dib: diskimage-builder's element vm partitions the disk through device-mapper, and "dmsetup version" ${probe ? `failed: ${(probe.stderr || probe.stdout).trim()}` : "could not be run"}. Use disk: own (the default), which needs no device-mapper; or load the kernel module dm-mod and install dmsetup and kpartx`);
}

// src/dib/timings.ts
/** How long the parts of a build took the last time it went well. */
const timingsSchema = object({
	/** Seconds by `phase/hook`, and by phase for the work between phases. */
	parts: record$1(string(), number()),
	/** Of the root file system in blocks of 4 KiB; what the disk must hold. */
	treeBytes: int().optional()
});
const fileSchema$1 = record$1(string(), timingsSchema);
/** `timings.json` below the user's cache: one entry per image name, which says distribution, release and architecture. */
function timingsFile() {
	return join(cacheFolder(), "timings.json");
}
/** What is known of earlier builds; nothing when the file is missing or damaged, because it only serves estimates. */
function readTimings(image, file = timingsFile()) {
	return readAll(file)[image];
}
/** Keeps the times of a build for the next; parts that it did not have stay. */
function writeTimings(image, timings, file = timingsFile()) {
	const all = readAll(file);
	const before = all[image];
	all[image] = {
		...before,
		...timings,
		parts: {
			...before?.parts,
			...timings.parts
		}
	};
	mkdirSync(dirname(file), { recursive: true });
	const partial = `${file}.${process.pid}`;
	writeFileSync(partial, `${JSON.stringify(all, null, 2)}\n`);
	renameSync(partial, file);
}
/** The parts of DIB's run: each hook, and each phase for what it took beyond its hooks. */
function partsOf(phases) {
	const parts = {};
	for (const phase of phases) {
		let rest = phase.seconds;
		for (const hook of phase.hooks) {
			parts[`${phase.name}/${hook.name}`] = hook.seconds;
			rest -= hook.seconds;
		}
		parts[phase.name] = Math.max(0, Math.round(rest * 1e3) / 1e3);
	}
	return parts;
}
function readAll(file) {
	if (!existsSync(file)) return {};
	try {
		return fileSchema$1.parse(JSON.parse(readFileSync(file, "utf8")));
	} catch {
		return {};
	}
}
/**
* What remains, from the last build's times. A part that takes longer than last time counts as nearly over; one that is not
* known counts for nothing. Undefined without a history.
*/
function estimate(history, position) {
	const parts = Object.entries(history?.parts ?? {});
	const total = parts.reduce((sum, [, seconds]) => sum + seconds, 0);
	if (total <= 0) return void 0;
	let remaining = 0;
	for (const [part, seconds] of parts) {
		if (position.finished.has(part)) continue;
		const elapsed = position.current?.part === part ? position.current.seconds : 0;
		remaining += Math.max(0, seconds - elapsed);
	}
	return {
		remainingSeconds: remaining,
		fraction: Math.round((1 - remaining / total) * 1e3) / 1e3
	};
}

// src/dib/progress.ts
/** Follows a build part by part, so that what remains can be estimated from the last build. */
var BuildProgress = class {
	#history;
	#now;
	#finished = /* @__PURE__ */ new Set();
	#current;
	/** `now` in milliseconds. */
	constructor(history, now = () => performance.now()) {
		this.#history = history;
		this.#now = now;
	}
	started(part) {
		this.#current = {
			part,
			startedAt: this.#now()
		};
	}
	finished(part) {
		this.#finished.add(part);
		if (this.#current?.part === part) this.#current = void 0;
	}
	/** Undefined when no earlier build is known. */
	estimate() {
		const current = this.#current && {
			part: this.#current.part,
			seconds: (this.#now() - this.#current.startedAt) / 1e3
		};
		return estimate(this.#history, {
			finished: this.#finished,
			current
		});
	}
};

// src/dib/record.ts
const timedSchema = object({
	name: string(),
	seconds: number()
});
/** `image.json`, the build record: what an image was made of and by what. Written by build-image. */
const buildRecordSchema = object({
	schemaVersion: literal(1),
	recipe: string(),
	planDigest: sha256Schema.nullable(),
	projectVersion: string(),
	dibVersion: string(),
	/** The checkout that diskimage-builder was made of; null when it was a release. */
	dibCheckout: checkoutSchema.nullable().default(null),
	/** Where the guest agent came from; with the commits when it was built from a checkout. */
	agent: agentSchema.default({ source: "distribution" }),
	builtAt: datetime(),
	architecture: string(),
	distribution: string(),
	release: string(),
	/** The files made, by format; names relative to the record. */
	files: array(object({
		name: string(),
		format: _enum(["qcow2", "raw"]),
		sha256: sha256Schema,
		sizeBytes: int(),
		virtualSizeBytes: int()
	})),
	/** The package archive as apt had it at the end of the build; `locked` when the lock names the same bytes. */
	archiveStates: array(object({
		file: string(),
		sha256: sha256Schema,
		locked: boolean()
	})).default([]),
	rootFileSystem: object({
		sizeBytes: int(),
		packages: int()
	}),
	/** DIB's phases (`root.d` ...), with their hooks, in order. */
	phases: array(timedSchema.extend({ hooks: array(timedSchema) })),
	/** The disk step's parts: mend, file-system, boot-loader, convert ... Some run at once: they add up to more than the step. */
	diskSteps: array(timedSchema),
	/** How long diskimage-builder and the disk step took, by the clock. Older records lack it. */
	seconds: object({
		rootFileSystem: number(),
		disk: number()
	}).optional(),
	/** Versions of the programs used, by name. */
	tools: record$1(string(), string())
});

// src/system/nearest.ts
var import_dist = require_dist();
/** The candidate that a misspelt word most likely means, or undefined when none is close. */
function nearest(word, candidates) {
	let best;
	let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
	for (const candidate of candidates) {
		const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
		if (distance < bestDistance) {
			best = candidate;
			bestDistance = distance;
		}
	}
	return best;
}
/** Number of insertions, deletions, substitutions and swaps of neighbours between two words. */
function editDistance(left, right) {
	const rows = [Array.from({ length: right.length + 1 }, (_, index) => index)];
	const at = (row, column) => rows[row]?.[column] ?? 0;
	for (let i = 1; i <= left.length; i++) {
		rows[i] = [i];
		for (let j = 1; j <= right.length; j++) {
			const same = left[i - 1] === right[j - 1];
			let distance = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
			if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) distance = Math.min(distance, at(i - 2, j - 2) + 1);
			rows[i]?.push(distance);
		}
	}
	return at(left.length, right.length);
}

// src/recipe/recipe.ts
/**
* What a person writes and reviews: one YAML file under `images/`. Keys are kebab-case in the file and camelCase here.
* Unknown keys are refused.
*/
const recipeSchema = strictObject({
	name: string().regex(/^[a-z0-9][a-z0-9-]*$/).describe("Short name; part of the image file name."),
	distribution: _enum(["debian"]).describe("The operating system inside the image."),
	release: string().describe("Code name of the release, such as trixie."),
	architecture: _enum(["amd64"]).default("amd64").describe("The image's architecture, in Debian's words."),
	dibVersion: string().regex(/^\d+\.\d+\.\d+$/).describe("Version of diskimage-builder; the private environment holds it."),
	base: _enum(["minimal", "local"]).default("minimal").describe("Where the root file system starts."),
	baseFile: string().optional().describe("With base local: a disk image or a root tarball, relative to the recipe."),
	mirror: url().optional().describe("Package mirror to build from; never left inside the image."),
	securityMirror: url().optional().describe("Mirror of the distribution's security archive, likewise."),
	imageSources: array(string()).optional().describe("Lines of apt's sources inside the image; by default what DIB's element for the distribution writes."),
	agent: _enum(["distribution", "local"]).default("distribution").describe("Where the guest agent comes from: the distribution's package, or a checkout on this machine."),
	agentSource: string().optional().describe("With agent local: the folder of a git checkout of openstack/trove, relative to the recipe."),
	agentBranch: string().optional().describe("With agent local: the branch that the checkout must be of by its .gitreview, such as stable/2026.1."),
	constraintsFile: string().optional().describe("With agent local: upper-constraints.txt of openstack/requirements, relative to the recipe."),
	guestUser: string().regex(/^[a-z_][a-z0-9_-]*$/).default("ubuntu").describe("The user that the agent runs as; Trove gives injected files to ubuntu unless configured otherwise."),
	elements: array(string()).default([]).describe("Further DIB elements."),
	elementPaths: array(string()).default([]).describe("Folders with elements of your own, relative to the recipe."),
	packages: array(string()).default([]).describe("Further packages, by the distribution’s names."),
	disk: _enum(["own", "dib"]).default("own").describe("Who makes the disk: this tool, or DIB's element vm."),
	imageSize: string().regex(/^\d+(GiB|MiB)$/).default("5GiB").describe("Virtual size of the disk."),
	formats: array(_enum(["qcow2", "raw"])).min(1).default(["qcow2"]).describe("Files to write."),
	compression: _enum([
		"zstd",
		"zlib",
		"none"
	]).default("zlib").describe("Compression of the qcow2 file.")
});

// src/recipe/supported.ts
/** What this version builds; a recipe for anything else is refused. */
const supportedReleases = [{
	distribution: "debian",
	release: "bookworm",
	architectures: ["amd64"]
}, {
	distribution: "debian",
	release: "trixie",
	architectures: ["amd64"]
}];

// src/recipe/rules.ts
/** The least disk that a guest fits in with the 2 GiB that must stay free; the build checks the real figure. */
const leastImageMiB = 3072;
const elementName = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
/** Debian policy 5.6.1, optionally with an architecture. */
const packageName = /^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?$/;
/**
* Rules that a type cannot say: combinations of keys, and what stands inside a text. Pure.
*
* @param given the keys that somebody wrote; the others carry their default
*/
function checkRecipe(recipe, given) {
	return [
		...checkRelease(recipe),
		...checkBase(recipe),
		...checkAgent(recipe),
		...checkAddresses(recipe),
		...checkLists(recipe),
		...checkDisk(recipe, given)
	];
}
/** Bytes of an image size such as `5GiB`. */
function sizeInBytes(size) {
	const [, count = "0", unit] = /^(\d+)(GiB|MiB)$/.exec(size) ?? [];
	return Number(count) * (unit === "GiB" ? 1024 ** 3 : 1024 ** 2);
}
function checkRelease(recipe) {
	const releases = supportedReleases.filter((entry) => entry.distribution === recipe.distribution);
	const release = releases.find((entry) => entry.release === recipe.release);
	if (!release) {
		const legal = releases.map((entry) => entry.release).join(", ");
		return [{
			key: "release",
			message: `${recipe.distribution} ${recipe.release} is not supported; legal are ${legal}`
		}];
	}
	if (release.architectures.includes(recipe.architecture)) return [];
	const legal = release.architectures.join(", ");
	return [{
		key: "architecture",
		message: `${recipe.distribution} ${recipe.release} is not supported on ${recipe.architecture}; legal are ${legal}`
	}];
}
function checkBase(recipe) {
	if (recipe.base === "local" && recipe.baseFile === void 0) return [{
		key: "base",
		message: "local needs base-file: a disk image (qcow2, raw) or a root tarball"
	}];
	if (recipe.base === "minimal" && recipe.baseFile !== void 0) return [{
		key: "baseFile",
		message: "is only used with base: local; set that or remove this"
	}];
	return [];
}
function checkAgent(recipe) {
	if (recipe.agent === "local") {
		const needed = [...recipe.agentSource === void 0 ? ["agent-source: the folder of a checkout of openstack/trove"] : [], ...recipe.constraintsFile === void 0 ? ["constraints-file: upper-constraints.txt of its series"] : []];
		return needed.length === 0 ? [] : [{
			key: "agent",
			message: `local needs ${needed.join(", and ")}`
		}];
	}
	return [
		"agentSource",
		"agentBranch",
		"constraintsFile"
	].filter((key) => recipe[key] !== void 0).map((key) => ({
		key,
		message: "is only used with agent: local; set that or remove this"
	}));
}
function checkAddresses(recipe) {
	const faults = [];
	for (const key of ["mirror", "securityMirror"]) {
		const value = recipe[key];
		const url = value === void 0 ? void 0 : URL.parse(value);
		if (!url) continue;
		if (url.protocol !== "http:" && url.protocol !== "https:") faults.push({
			key,
			message: `${url.protocol}// is not supported; legal are http:// and https://`
		});
		else if (hasCredentials(url)) faults.push({
			key,
			message: "holds a user name or password, which would stand in lock, plan and image; remove it"
		});
	}
	for (const line of recipe.imageSources ?? []) if (!/^deb(-src)?\s+(\[[^\]]*\]\s+)?\S+:\S+\s+\S+/.test(line)) {
		const message = `"${line}" is no line of apt's sources; expected such as "deb URL SUITE COMPONENT"`;
		faults.push({
			key: "imageSources",
			message
		});
	} else if (line.split(/\s+/).some((word) => hasCredentials(URL.parse(word)))) faults.push({
		key: "imageSources",
		message: "holds a user name or password, which every guest would get; remove it"
	});
	if (recipe.imageSources?.length === 0) faults.push({
		key: "imageSources",
		message: "is empty: the guest could install nothing; give lines or remove the key"
	});
	return faults;
}
function hasCredentials(url) {
	return url !== null && (url.username !== "" || url.password !== "");
}
function checkLists(recipe) {
	const faults = [];
	for (const key of [
		"elements",
		"elementPaths",
		"packages",
		"formats"
	]) {
		const values = recipe[key];
		const twice = values.find((value, index) => values.indexOf(value) !== index);
		if (twice !== void 0) faults.push({
			key,
			message: `"${twice}" is listed twice`
		});
	}
	const element = recipe.elements.find((name) => !elementName.test(name));
	if (element !== void 0) faults.push({
		key: "elements",
		message: `"${element}" is no element's name; folders belong in element-paths`
	});
	const path = recipe.elementPaths.find((folder) => folder === "" || /[\s:'"$\\]/.test(folder));
	if (path !== void 0) {
		const message = `"${path}" cannot stand in ELEMENTS_PATH: it must be non-empty, without blanks, colons, quotes and $`;
		faults.push({
			key: "elementPaths",
			message
		});
	}
	const name = recipe.packages.find((entry) => !packageName.test(entry));
	if (name !== void 0) faults.push({
		key: "packages",
		message: `"${name}" is no Debian package name`
	});
	return faults;
}
function checkDisk(recipe, given) {
	const faults = [];
	if (sizeInBytes(recipe.imageSize) < leastImageMiB * 1024 ** 2) {
		const message = `${recipe.imageSize} is too small for a guest with 2 GiB free; the least is ${leastImageMiB / 1024}GiB`;
		faults.push({
			key: "imageSize",
			message
		});
	}
	if (given.has("compression") && recipe.compression !== "none" && !recipe.formats.includes("qcow2")) {
		const message = `${recipe.compression} compresses qcow2 only, and formats has ${recipe.formats.join(", ")}`;
		faults.push({
			key: "compression",
			message
		});
	}
	const layout = recipe.elements.find((name) => name === "vm" || name.startsWith("block-device-"));
	if (layout !== void 0 && recipe.disk === "own") faults.push({
		key: "elements",
		message: `"${layout}" lets DIB make the disk: set disk: dib as well, or remove it`
	});
	if (recipe.guestUser === "root") faults.push({
		key: "guestUser",
		message: "root cannot be the guest user: Trove expects an ordinary user with sudo"
	});
	return faults;
}

// src/recipe/recipe-file.ts
/** Keys as people write them (kebab-case) to the keys of the schema. */
const keysByName = new Map(Object.keys(recipeSchema.shape).map((key) => [nameOf$1(key), key]));
/** What is legal, where the schema itself cannot put it into words. */
const expected = {
	name: "lower-case letters, digits and dashes, such as debian-trixie",
	dibVersion: "a whole version in quotes or with two dots, such as 3.43.0",
	mirror: "an http or https address",
	securityMirror: "an http or https address",
	guestUser: "a user name, such as ubuntu",
	imageSize: "a whole number with GiB or MiB, such as 5GiB"
};
/**
* Makes a recipe of a file's text and the caller's overrides.
*
* `set` holds items `path=value` with the path in kebab-case. A list is written `a,b` or, when an item holds a comma,
* as a YAML list `["a,b", c]`; it replaces the file's list. `path=` alone takes the key away, so that its default holds.
* The last of several items for one path wins.
*
* @throws InputError that names every fault with file, line, key and what is legal
*/
function parseRecipe(text, file, set = []) {
	const faults = [];
	const { values, origins } = readKeys$1(text, file, faults);
	for (const item of set) applyOverride(item, values, origins, faults);
	const result = recipeSchema.safeParse(Object.fromEntries(values));
	for (const issue of result.error?.issues ?? []) {
		const key = issue.path[0];
		const item = issue.path[1] === void 0 ? "" : ` item ${Number(issue.path[1]) + 1}`;
		const where = origins.get(key)?.text ?? file;
		faults.push(`${where}: ${nameOf$1(key)}${item}: ${wordIssue(key, issue, values.get(key))}`);
	}
	if (result.success) {
		for (const { key, message } of checkRecipe(result.data, new Set(values.keys()))) faults.push(`${origins.get(key)?.text ?? file}: ${nameOf$1(key)}: ${message}`);
		if (faults.length === 0) return result.data;
	}
	throw new InputError(faults.join("\n"));
}
function readKeys$1(text, file, faults) {
	const values = /* @__PURE__ */ new Map();
	const origins = /* @__PURE__ */ new Map();
	const lines = new import_dist.LineCounter();
	const document = (0, import_dist.parseDocument)(text, {
		lineCounter: lines,
		uniqueKeys: false,
		prettyErrors: false
	});
	const at = (offset) => `${file}:${lines.linePos(offset ?? 0).line || 1}`;
	for (const error of document.errors) faults.push(`${at(error.pos[0])}: not YAML: ${error.message}`);
	if (faults.length > 0) throw new InputError(faults.join("\n"));
	if (!(0, import_dist.isMap)(document.contents)) throw new InputError(`${file}: a recipe is a list of "key: value" lines; known keys are ${knownNames()}`);
	for (const pair of document.contents.items) {
		const node = (0, import_dist.isScalar)(pair.key) ? pair.key : void 0;
		const where = at(node?.range?.[0]);
		const key = keyNamed(String(node?.value ?? pair.key), where, faults);
		if (key === void 0) continue;
		const earlier = origins.get(key);
		if (earlier) faults.push(`${where}: "${nameOf$1(key)}" stands in ${earlier.text} already`);
		origins.set(key, { text: where });
		const value = (0, import_dist.isNode)(pair.value) ? pair.value.toJS(document) : pair.value;
		if (value !== null && value !== void 0) values.set(key, value);
	}
	return {
		values,
		origins
	};
}
function applyOverride(item, values, origins, faults) {
	const where = `set "${item}"`;
	const split = item.indexOf("=");
	if (split < 1) {
		faults.push(`${where}: expected path=value, such as image-size=8GiB`);
		return;
	}
	const key = keyNamed(item.slice(0, split).trim(), where, faults);
	if (key === void 0) return;
	const text = item.slice(split + 1).trim();
	origins.set(key, { text: where });
	if (text === "") values.delete(key);
	else values.set(key, isList(key) ? listOf(text, where, faults) : text);
}
function listOf(text, where, faults) {
	if (!text.startsWith("[")) return text.split(",").map((entry) => entry.trim());
	const document = (0, import_dist.parseDocument)(text, { prettyErrors: false });
	if (document.errors.length === 0) return document.toJS();
	faults.push(`${where}: not a YAML list: ${document.errors[0]?.message}`);
	return [];
}
function keyNamed(name, where, faults) {
	const key = keysByName.get(name);
	if (key !== void 0) return key;
	const near = nearest(name, keysByName.keys());
	const hint = near === void 0 ? "" : ` did you mean "${near}"?`;
	faults.push(`${where}: unknown key "${name}";${hint} known keys are ${knownNames()}`);
}
function wordIssue(key, issue, value) {
	if (value === void 0) return `is required. ${recipeSchema.shape[key].description ?? ""}`;
	const item = issue.path[1] === void 0 ? value : value[Number(issue.path[1])];
	const got = `got ${typeof item === "string" ? `"${item}"` : JSON.stringify(item)}`;
	if (issue.code === "invalid_value") return `${got}; legal are ${issue.values.join(", ")}`;
	if (issue.code === "too_small") return "must not be empty";
	if (issue.code === "invalid_type") return `expected ${isListIssue(issue) ? "a list" : `text`}, ${got}${quoteHint(item)}`;
	return `${got}; expected ${expected[key] ?? issue.message}`;
}
function isListIssue(issue) {
	return issue.code === "invalid_type" && issue.expected === "array";
}
function quoteHint(value) {
	return typeof value === "number" || typeof value === "boolean" ? `; put it in quotes` : "";
}
/** Whether a key takes a list, behind its default and optionality. */
function isList(key) {
	let type = recipeSchema.shape[key];
	while (type instanceof ZodDefault || type instanceof ZodOptional) type = type.unwrap();
	return type instanceof ZodArray;
}
function knownNames() {
	return [...keysByName.keys()].join(", ");
}
function nameOf$1(key) {
	return key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

// src/recipe/reader.ts
/**
* Reads a recipe by name (no slash, no dot: `images/NAME.yaml` of the project) or by path, with `path=value` overrides.
*
* @throws InputError when there is no such file, or for every fault in it
*/
function readRecipe(nameOrPath, set = []) {
	const isName = !/[/.]/.test(nameOrPath);
	const file = isName ? join(imagesFolder(), `${nameOrPath}.yaml`) : resolve(nameOrPath);
	let text;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		const { code, message } = error;
		const reason = {
			ENOENT: "there is no such file",
			EISDIR: "it is a folder"
		}[String(code)] ?? message;
		throw new InputError(`recipe "${nameOrPath}": ${file}: ${reason}. Built-in recipes are ${builtInRecipes().join(", ")}; anything with a slash or a dot is taken as a path. ${wordRecipeFiles(recipeFilesBelow(process.cwd()))}`);
	}
	return {
		recipe: parseRecipe(text, isName ? `images/${nameOrPath}.yaml` : nameOrPath, set),
		file,
		folder: dirname(file)
	};
}
/** Names of the recipes that come with the project. */
function builtInRecipes() {
	if (!existsSync(imagesFolder())) return [];
	return readdirSync(imagesFolder()).filter((name) => name.endsWith(".yaml")).map((name) => name.slice(0, -5)).toSorted();
}
/** Folders below the current one in which a recipe is looked for, to be named when another was not found. */
const deepest = 3;
const mostFolders = 500;
/** YAML files below a folder that have the keys every recipe has; paths relative to it. Hidden folders are left out. */
function recipeFilesBelow(folder) {
	const found = [];
	const folders = [""];
	for (let seen = 0; seen < mostFolders && seen < folders.length; seen += 1) {
		const below = folders[seen] ?? "";
		for (const entry of entriesOf(join(folder, below))) {
			const path = join(below, entry.name);
			if (entry.isDirectory()) {
				if (!(entry.name.startsWith(".") || entry.name === "node_modules") && path.split("/").length <= deepest) folders.push(path);
			} else if (/\.ya?ml$/.test(entry.name) && looksLikeRecipe(join(folder, path))) found.push(path);
		}
	}
	return found.toSorted();
}
function looksLikeRecipe(file) {
	try {
		const text = readFileSync(file, "utf8");
		return /^distribution:/m.test(text) && /^dib-version:/m.test(text);
	} catch {
		return false;
	}
}
function entriesOf(folder) {
	try {
		return readdirSync(folder, { withFileTypes: true });
	} catch {
		return [];
	}
}
function wordRecipeFiles(files) {
	if (files.length === 0) return "Below the current folder there is no file that looks like a recipe";
	const rest = files.length > 10 ? ` and ${files.length - 10} more` : "";
	return `Files below the current folder that look like one: ${files.slice(0, 10).join(", ")}${rest}`;
}
function imagesFolder() {
	return join(projectRoot(), "images");
}

// src/elements/digest.ts
/**
* Digest of an element's content: names, the executable bit (all that git keeps of a mode) and bytes. A copy elsewhere
* has the same digest.
*/
function elementDigest(files) {
	return sha256(canonicalJson(files.map((file) => [
		file.path,
		file.executable,
		file.content === null ? null : sha256(file.content)
	])));
}
/** Digest of DIB's own code, without its elements (they have digests of their own), its tests and what Python compiles. */
function codeDigest(packageFolder) {
	const files = [];
	const walk = (folder) => {
		for (const entry of readdirSync(join(packageFolder, folder)).toSorted()) {
			const path = folder === "" ? entry : `${folder}/${entry}`;
			if (entry === "__pycache__" || entry.endsWith(".pyc") || path === "elements" || entry === "tests") continue;
			const full = join(packageFolder, path);
			if (statSync(full).isDirectory()) walk(path);
			else files.push([path, sha256(readFileSync(full))]);
		}
	};
	walk("");
	return sha256(canonicalJson(files));
}

// src/elements/element.ts
/**
* Finds all elements, as `_find_all_elements` of DIB's element_dependencies.py does: each directory is one, named by the
* last component of its real path; what is found in an earlier folder of the path wins.
*
* @throws InputError for an entry that is no directory (DIB ends there too)
*/
function readCatalogue(paths) {
	const catalogue = /* @__PURE__ */ new Map();
	for (const { folder, origin } of paths.toReversed()) for (const name of listFolder(folder)) {
		const path = join(folder, name);
		if (!isDirectory(path)) continue;
		const real = realpathSync(path);
		const overridden = catalogue.get(basename(real));
		catalogue.set(basename(real), {
			name: basename(real),
			folder: real,
			origin,
			depends: readNames(join(real, "element-deps")),
			provides: readNames(join(real, "element-provides")),
			overrides: overridden && overridden.folder !== real ? [overridden, ...overridden.overrides] : []
		});
	}
	return catalogue;
}
/** Reads an element's files, without what DIB itself leaves behind (`tests`, `__pycache__`, `*.pyc`). Sorted by path. */
function readElementFiles(folder) {
	const files = [];
	const walk = (path) => {
		for (const entry of readdirSync(path)) {
			const full = join(path, entry);
			const name = relative(folder, full);
			if (name === "tests" || entry === "__pycache__" || entry.endsWith(".pyc")) continue;
			const status = statSync(full, { throwIfNoEntry: false });
			if (status?.isDirectory()) walk(full);
			else if (!status) files.push({
				path: name,
				executable: false,
				content: null
			});
			else if (status.isFile()) files.push({
				path: name,
				executable: (status.mode & 73) !== 0,
				content: readFileSync(full)
			});
		}
	};
	walk(folder);
	return files.toSorted((left, right) => left.path < right.path ? -1 : 1);
}
/** Names, one a line; blanks around them and empty lines do not count. DIB has no comments here. */
function parseNames(text) {
	return text.split(/\r\n|\r|\n/).map((line, index) => ({
		name: line.trim(),
		line: index + 1
	})).filter(({ name }) => name !== "");
}
function readNames(file) {
	return statSync(file, { throwIfNoEntry: false })?.isFile() ? parseNames(readFileSync(file, "utf8")) : [];
}
function listFolder(folder) {
	if (!isDirectory(folder)) throw new InputError(`element path ${folder} is not a directory; element-paths names folders that hold elements`);
	return readdirSync(folder).toSorted();
}
function isDirectory(path) {
	return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

// src/elements/finding.ts
/** Nobody here can mend DIB's own elements: what they do wrong is worth a word, not a stop. */
function levelFor(origin) {
	return origin === "dib" ? "warning" : "error";
}
/** A finding in a file of an element. */
function findingIn(element, path, message, line) {
	return {
		level: levelFor(element.origin),
		message,
		file: `${element.folder}/${path}`,
		...line === void 0 ? {} : { line }
	};
}
/** `file:line: message`. */
function findingText(finding) {
	const line = finding.line === void 0 ? "" : `:${finding.line}`;
	return finding.file === void 0 ? finding.message : `${finding.file}${line}: ${finding.message}`;
}

// src/elements/hooks.ts
/** DIB's phases in the order in which they run (lib/disk-image-create); all but the environment, which is sourced. */
const phases = [
	"root.d",
	"extra-data.d",
	"pre-install.d",
	"install.d",
	"post-install.d",
	"post-root.d",
	"block-device.d",
	"pre-finalise.d",
	"finalise.d",
	"cleanup.d"
];
/** Names that dib-run-parts takes; others it passes over without a word. */
const hookName = /^[0-9A-Za-z_-]+$/;
/**
* The hooks of a set of elements in the order in which dib-run-parts runs them, with those that the element
* `install-types` links into `install.d` for the chosen install type.
*/
function hooksOf(elements, environment) {
	const hooks = [];
	for (const phase of phases) {
		const inPhase = elements.flatMap((element) => element.files.flatMap((file) => {
			const name = hookIn(file, phase, environment);
			return name === void 0 ? [] : [{
				phase,
				name,
				element: element.name
			}];
		}));
		hooks.push(...inPhase.toSorted((left, right) => compareHooks(left.name, right.name)));
	}
	return hooks;
}
/** `sort -n` in the C locale: by leading number, then bytewise. */
function compareHooks(left, right) {
	const difference = leadingNumber(left) - leadingNumber(right);
	if (difference !== 0) return difference;
	return left < right ? -1 : left > right ? 1 : 0;
}
function leadingNumber(name) {
	return Number(/^-?\d+/.exec(name)?.[0] ?? 0);
}
function hookIn(file, phase, environment) {
	const [folder, second = "", third, ...deeper] = file.path.split("/");
	if (folder !== phase || !file.executable || file.content === null || deeper.length > 0) return void 0;
	if (third === void 0) return hookName.test(second) ? second : void 0;
	if (phase !== "install.d" || !hookName.test(third)) return void 0;
	const [, prefix = "", type] = /^(.+)-([a-z]+)-install$/.exec(second) ?? [];
	return type === (environment[`DIB_INSTALLTYPE_${prefix.replaceAll("-", "_")}`] ?? environment.DIB_DEFAULT_INSTALLTYPE ?? "source") ? third : void 0;
}

// src/elements/element-lint.ts
/** Folders of an element that mean something to DIB or to one of its elements, besides the phases. */
const knownFolders = [
	"environment.d",
	"bin",
	"static",
	"tests",
	"test-elements",
	"containerfiles",
	"releasenotes"
];
/** Phases of ramdisks, which this tool does not build; DIB's own elements have them. */
const ramdiskFolders = [
	"init.d",
	"binary-deps.d",
	"udev.d",
	"ramdisk-install.d",
	"dracut-drivers.d"
];
/** What is wrong within one element, without looking at others. Pure. */
function lintElement(element) {
	return [
		...lintNames(element),
		...lintFolders(element),
		...element.files.flatMap((file) => lintFile(element, file)),
		...lintPackageMap(element)
	];
}
function lintNames(element) {
	return [["element-deps", element.depends], ["element-provides", element.provides]].flatMap(([path, entries]) => entries.flatMap(({ name, line }) => {
		if (name.includes("#")) return [findingIn(element, path, `"${name}": DIB knows no comments here and takes the line for a name`, line)];
		if (/\s/.test(name)) return [findingIn(element, path, `"${name}": one name a line; DIB takes this for one name`, line)];
		return [];
	}));
}
function lintFolders(element) {
	return [...new Set(element.files.flatMap((file) => file.path.includes("/") ? [file.path.split("/")[0] ?? ""] : []))].flatMap((folder) => {
		if ([
			...phases,
			...knownFolders,
			...ramdiskFolders
		].includes(folder)) return [];
		const near = nearest(folder, [...phases, "environment.d"]);
		const hooks = element.files.some((file) => file.path.startsWith(`${folder}/`) && looksLikeHook(file));
		if (near === void 0 ? !(hooks && folder.endsWith(".d")) : !(hooks || folder.endsWith(".d"))) return [];
		const hint = near === void 0 ? `phases are ${phases.join(", ")}` : `did you mean ${near}?`;
		return [findingIn(element, folder, `DIB has no phase ${folder} and will not run what is in it; ${hint}`)];
	});
}
function lintFile(element, file) {
	const fault = (message) => [findingIn(element, file.path, message)];
	if (file.content === null) return fault("is a link that leads nowhere");
	const parts = file.path.split("/");
	const [folder = "", name = ""] = parts;
	if (folder === "environment.d" && parts.length === 2) return /^[0-9A-Za-z_.-]+$/.test(name) ? [] : fault("DIB will not source it: its name may hold letters, digits, _ - and . only");
	if (!phases.includes(folder) || !looksLikeHook(file)) return [];
	const isInstallType = parts.length === 3 && /-[a-z]+-install$/.test(name);
	if (parts.length !== 2 && !isInstallType) return [];
	const hook = parts.at(-1) ?? "";
	if (!hookName.test(hook)) return fault(`DIB will not run this hook: its name may hold letters, digits, - and _ only; rename it to ${hook.replace(/\.(sh|bash|py)$/, "").replaceAll(/[^0-9A-Za-z_-]/g, "-")}`).map((finding) => /^\d/.test(hook) ? finding : {
		...finding,
		level: "warning"
	});
	return file.executable ? [] : fault("DIB will not run this hook: it is not executable; chmod +x");
}
/** Something meant to run, as opposed to data that lies beside hooks: executable, a script, or numbered without a dot. */
function looksLikeHook(file) {
	const name = file.path.split("/").at(-1) ?? "";
	if (name.startsWith("package-installs-")) return false;
	return file.executable || file.content?.subarray(0, 2).toString() === "#!" || /^\d+-[0-9A-Za-z_-]+$/.test(name);
}
function lintPackageMap(element) {
	return element.files.flatMap((file) => {
		const text = file.content?.toString("utf8") ?? "";
		if (file.path === "pkg-map") try {
			JSON.parse(text);
		} catch (error) {
			return [findingIn(element, file.path, `not JSON, at which DIB ends: ${error.message}`)];
		}
		if (file.path === "svc-map") {
			const fault = (0, import_dist.parseDocument)(text, { prettyErrors: false }).errors[0];
			if (fault) return [findingIn(element, file.path, `not YAML, at which DIB ends: ${fault.message}`)];
		}
		return [];
	});
}

// src/elements/environment.ts
/**
* The variables that DIB is given, beyond what the machine and the run add (PATH, HOME, TMPDIR, the cache). Without a lock
* those of the mirror are absent. No secrets, no folders of this machine.
*/
function dibEnvironment(recipe, agent, lock) {
	return {
		PYTHONHASHSEED: "0",
		DIB_RELEASE: recipe.release,
		DIB_APT_LOCAL_CACHE: "0",
		DIB_CLOUD_INIT_DATASOURCES: "ConfigDrive, OpenStack",
		DIB_CLOUD_INIT_ETC_HOSTS: "localhost",
		DIB_TROVE_GUEST_USER: recipe.guestUser,
		DIB_TROVE_AGENT_SOURCE: agent.source,
		...agent.source === "local" ? { DIB_TROVE_AGENT_VERSION: agent.version } : {},
		...recipe.imageSources ? { DIB_TROVE_IMAGE_SOURCES: recipe.imageSources.join("\n") } : {},
		...lock?.base.source === "minimal" ? mirrorEnvironment(lock.base) : {}
	};
}
/** The variables that name folders of this machine: no part of a plan's digest. Elements read them outside the image only. */
function placeEnvironment(places) {
	if (places === null) return {};
	return {
		DIB_TROVE_AGENT_CHECKOUT: places.checkout,
		DIB_TROVE_AGENT_CONSTRAINTS: places.constraintsFile
	};
}
function mirrorEnvironment(base) {
	const keyring = `--keyring=${base.keyring}`;
	const certificates = base.sources.some((line) => line.includes("https://")) ? " --include=ca-certificates" : "";
	return {
		DIB_DISTRIBUTION_MIRROR: base.mirror,
		DIB_DEBIAN_SECURITY_MIRROR: base.securityMirror,
		DIB_DEBIAN_COMPONENTS: "main",
		DIB_APT_SOURCES_CONF: base.sources.join("\n"),
		DIB_DEBOOTSTRAP_EXTRA_ARGS: keyring + certificates,
		DIB_MMDEBSTRAP_EXTRA_ARGS: keyring + certificates
	};
}

// src/elements/package-lint.ts
const knownKeys = [
	"phase",
	"uninstall",
	"build-only",
	"installtype",
	"arch",
	"not-arch",
	"when",
	"dib_python_version"
];
/** The phases in which DIB's element package-installs has a hook. */
const packagePhases = [
	"pre-install.d",
	"install.d",
	"post-install.d"
];
/**
* Finds entries of `package-installs.yaml` and `.json` that DIB's `package-installs-squash` reads otherwise than they
* look, or ends at. Pure.
*/
function lintPackageInstalls(element, context) {
	return element.files.filter((file) => /^package-installs\.(yaml|json)$/.test(file.path) && file.content !== null).flatMap((file) => new PackageList(element, file, context).findings());
}
var PackageList = class {
	#element;
	#path;
	#text;
	#context;
	#lines = new import_dist.LineCounter();
	#findings = [];
	constructor(element, file, context) {
		this.#element = element;
		this.#path = file.path;
		this.#text = file.content?.toString("utf8") ?? "";
		this.#context = context;
	}
	findings() {
		const document = (0, import_dist.parseDocument)(this.#text, {
			version: "1.1",
			uniqueKeys: false,
			lineCounter: this.#lines,
			prettyErrors: false
		});
		for (const error of document.errors) this.#add(error.pos[0], `not YAML: ${error.message}`);
		if (document.errors.length > 0) return this.#findings;
		if (!(0, import_dist.isMap)(document.contents)) {
			this.#add(0, "DIB ends at this file: it must map package names, \"name:\" a line (an empty file is an error too)");
			return this.#findings;
		}
		const seen = /* @__PURE__ */ new Set();
		for (const pair of document.contents.items) {
			const name = scalarText(pair.key);
			if (seen.has(name)) this.#add(offsetOf(pair.key), `package ${name} is listed twice: DIB takes the last one only`);
			seen.add(name);
			this.#lintPackage(pair);
		}
		return this.#findings;
	}
	#add(offset, message) {
		const line = this.#lines.linePos(offset ?? 0).line || 1;
		this.#findings.push(findingIn(this.#element, this.#path, message, line));
	}
	#lintPackage(pair) {
		const name = scalarText(pair.key);
		const value = pair.value;
		if (value === null || (0, import_dist.isScalar)(value) && !value.value) return;
		for (const parameters of (0, import_dist.isSeq)(value) ? value.items : [value]) if ((0, import_dist.isMap)(parameters)) this.#lintParameters(name, parameters.items);
		else this.#add(offsetOf(parameters), `package ${name}: expected nothing, or "key: value" lines below it; DIB ends at this`);
	}
	#lintParameters(name, pairs) {
		const keys = pairs.map((pair) => scalarText(pair.key));
		for (const pair of pairs) {
			const key = scalarText(pair.key);
			const message = knownKeys.includes(key) ? this.#faultOf(key, pair.value) : unknownKey(key);
			if (message !== void 0) this.#add(offsetOf(pair.key), `package ${name}: ${message}`);
		}
		const both = pairs.find((pair) => scalarText(pair.key) === "not-arch");
		if (keys.includes("arch") && both) this.#add(offsetOf(both.key), `package ${name}: arch and not-arch together: DIB ends at this`);
	}
	#faultOf(key, node) {
		const text = scalarText(node);
		switch (key) {
			case "phase":
				if (packagePhases.includes(text)) return void 0;
				return `phase "${text}" installs nothing; legal are ${packagePhases.join(", ")}`;
			case "uninstall":
			case "build-only":
				if ((0, import_dist.isScalar)(node) && node.value === true) return void 0;
				return `"${key}: ${text}" is read as if it were true: only the key's presence counts; remove the line`;
			case "installtype":
				if (/^[a-z]+$/.test(text)) return void 0;
				return `installtype "${text}" never matches; usual are source, package`;
			case "arch":
			case "not-arch": return faultOfArchitectures(key, node);
			case "when": return ((0, import_dist.isSeq)(node) ? node.items : [node]).map((item) => this.#faultOfWhen(item)).find(Boolean);
			default: return;
		}
	}
	#faultOfWhen(node) {
		if (!(0, import_dist.isScalar)(node) || typeof node.value !== "string") return "when takes a text such as \"VARIABLE = value\": DIB ends at this";
		const match = /^(\w+)\s*(!?=)\s*(.*)$/.exec(node.value);
		if (!match) return `when "${node.value}" is malformed, DIB ends at this; expected VARIABLE = value, or != for not`;
		const [, variable = "", , value = ""] = match;
		if (value.startsWith("=")) return `when "${node.value}" compares with the text "${value}"; DIB knows = and !=, not ==`;
		if (/^(".*"|'.*')$/.test(value)) return `when "${node.value}" compares with the quotes too; write the value without them`;
		if (this.#context.variables.has(variable)) return void 0;
		return `when needs ${variable}, which nothing sets, and DIB ends there: give it a default in the element's environment.d`;
	}
};
function faultOfArchitectures(key, node) {
	if (!(0, import_dist.isScalar)(node) || typeof node.value !== "string") return `${key} takes a text such as amd64,arm64: DIB ends at this`;
	const padded = node.value.split(",").find((entry) => entry !== entry.trim());
	if (padded === void 0) return void 0;
	return `${key} "${node.value}": "${padded.trim()}" never matches because of the blank; write ${node.value.replaceAll(/\s*,\s*/g, ",")}`;
}
function unknownKey(key) {
	const near = nearest(key, knownKeys);
	return `DIB ignores "${key}"; ${near === void 0 ? "" : `did you mean "${near}"? `}known are ${knownKeys.join(", ")}`;
}
function scalarText(node) {
	return (0, import_dist.isScalar)(node) ? String(node.value) : String(node ?? "");
}
function offsetOf(node) {
	return node?.range?.[0];
}

// src/elements/resolution.ts
/**
* What DIB makes of the names typed on its command line before it resolves them (`arg_to_elements` in
* lib/common-functions): a partition table for `vm`, and `base` in front.
*/
function withDefaults(typed, architecture) {
	const needsLayout = typed.includes("vm") && !typed.some((name) => name.startsWith("block-device-"));
	const layout = /^(arm64|aarch64)$/.test(architecture) ? "block-device-efi" : "block-device-mbr";
	return [
		"base",
		...typed,
		...needsLayout ? [layout] : []
	];
}
/**
* DIB's `_expand_element_dependencies` (element_dependencies.py), step by step. The names are sorted; DIB's are in hash
* order.
*/
function resolveOnce(typed, catalogue, order) {
	const final = new Set(typed);
	const queue = [...typed];
	const providedBy = /* @__PURE__ */ new Map();
	for (let name = queue.shift(); name !== void 0; name = queue.shift()) {
		if (providedBy.has(name)) continue;
		const element = catalogue.get(name);
		if (!element) return { fault: {
			kind: "not-found",
			name
		} };
		const provides = unique(element.provides.map((entry) => entry.name));
		for (const provided of provides) {
			const other = providedBy.get(provided);
			if (other !== void 0) return { fault: {
				kind: "already-provided",
				name: provided,
				by: name,
				other
			} };
		}
		for (const provided of provides) providedBy.set(provided, name);
		const depends = order(unique(element.depends.map((entry) => entry.name)));
		queue.push(...depends.filter((dependency) => !final.has(dependency) && !providedBy.has(dependency)));
		for (const dependency of depends) final.add(dependency);
	}
	for (const name of typed) {
		const by = providedBy.get(name);
		if (by !== void 0) return { fault: {
			kind: "typed-and-provided",
			name,
			by
		} };
	}
	if (!providedBy.has("operating-system")) return { fault: { kind: "no-operating-system" } };
	return { names: [...final].filter((name) => !providedBy.has(name)).toSorted() };
}
/**
* Resolves in several orders. `stable` is false when they disagree: then DIB's answer depends on its hash seed, because a
* virtual name and its provider are both only dependencies.
*/
function resolveElements(typed, catalogue) {
	const isReal = (name) => catalogue.has(name) ? 0 : 1;
	const provides = (name) => catalogue.get(name)?.provides.length ? 0 : 1;
	const answers = [
		(names) => names.toSorted((left, right) => isReal(left) - isReal(right) || provides(left) - provides(right)),
		(names) => names.toSorted((left, right) => isReal(right) - isReal(left) || provides(right) - provides(left)),
		(names) => names.toSorted(),
		(names) => names.toSorted().toReversed()
	].map((order) => resolveOnce(typed, catalogue, order));
	const best = answers.find((answer) => !answer.fault) ?? answers[0];
	if (!best) throw new Error("no order was tried");
	const text = JSON.stringify(best);
	return {
		resolution: best,
		stable: answers.every((answer) => JSON.stringify(answer) === text)
	};
}
/** Who asked for a resolved element: `recipe` for a typed one, `dib` for what DIB adds, and the elements that need it. */
function requestersOf(name, typed, defaults, resolved) {
	const needing = resolved.filter((element) => element.depends.some((entry) => entry.name === name));
	return [...typed.includes(name) ? ["recipe"] : defaults.includes(name) ? ["dib"] : [], ...needing.map((element) => element.name).toSorted()];
}
/** The elementary cycles found by walking the dependencies once, each as a list of names that ends where it began. */
function dependencyCycles(resolved) {
	const byName = new Map(resolved.map((element) => [element.name, element]));
	const done = /* @__PURE__ */ new Set();
	const cycles = [];
	const visit = (name, path) => {
		const start = path.indexOf(name);
		if (start >= 0) cycles.push([...path.slice(start), name]);
		if (start >= 0 || done.has(name)) return;
		for (const dependency of byName.get(name)?.depends ?? []) if (byName.has(dependency.name)) visit(dependency.name, [...path, name]);
		done.add(name);
	};
	for (const element of resolved) visit(element.name, []);
	return cycles;
}
function unique(names) {
	return [...new Set(names)];
}

// src/elements/set-lint.ts
/** What is wrong between the elements of a resolved set. Pure. */
function lintSet(elements) {
	return [
		...lintCycles(elements),
		...lintTwins(elements),
		...lintOverrides(elements)
	];
}
/** Words a failed resolution: what, where it was asked for, what there is, what to do. */
function wordResolution(fault, typed, catalogue) {
	if (fault.kind === "no-operating-system") return {
		level: "error",
		message: `no element provides operating-system; elements that do: ${providersOf("operating-system", catalogue).join(", ")}`
	};
	if (fault.kind === "already-provided" && fault.by === fault.other) return {
		level: "error",
		message: `element ${fault.by} is named twice, and DIB takes it for two providers of ${fault.name}`
	};
	if (fault.kind === "already-provided") {
		const message = `${fault.name} is provided by both ${fault.other} and ${fault.by}: only one of them can be in the image`;
		return {
			...askedFor(fault.by, typed, catalogue),
			message
		};
	}
	if (fault.kind === "typed-and-provided") {
		const message = `element ${fault.name} is already provided by ${fault.by}: leave out one of them`;
		return {
			...askedFor(fault.name, typed, catalogue),
			message
		};
	}
	const { name } = fault;
	const providers = providersOf(name, catalogue);
	const near = nearest(name, catalogue.keys());
	const remedy = providers.length > 0 ? `it is a virtual name: add an element that provides it (${providers.join(", ")}) to the recipe's elements` : near === void 0 ? "add the folder that holds it to element-paths" : `did you mean ${near}? Otherwise add the folder that holds it to element-paths`;
	return {
		...askedFor(name, typed, catalogue),
		message: `there is no element "${name}"; ${remedy}`
	};
}
/** For a set whose answer depends on Python's hash seed. */
function wordUnstable(typed, catalogue) {
	const virtual = /* @__PURE__ */ new Map();
	for (const element of catalogue.values()) for (const { name } of element.provides) virtual.set(name, [...virtual.get(name) ?? [], element.name]);
	const where = [...catalogue.values()].filter((element) => element.depends.some(({ name }) => element.depends.some((other) => virtual.get(name)?.includes(other.name)))).map((element) => `${element.folder}/element-deps`).join(", ");
	return {
		level: "error",
		message: `whether DIB resolves these elements depends on chance: a virtual name and its provider are both only dependencies${where === "" ? "" : ` (${where})`}. Add the provider to the recipe's elements; typed are ${typed.join(", ")}`
	};
}
function askedFor(name, typed, catalogue) {
	if (!typed.includes(name)) for (const element of catalogue.values()) {
		const entry = element.depends.find((dependency) => dependency.name === name);
		if (entry && isReachable(element, typed, catalogue)) return {
			...findingIn(element, "element-deps", "", entry.line),
			level: "error"
		};
	}
	return {
		level: "error",
		message: ""
	};
}
function isReachable(element, typed, catalogue) {
	const seen = /* @__PURE__ */ new Set();
	const queue = [...typed];
	for (let name = queue.pop(); name !== void 0; name = queue.pop()) {
		if (name === element.name) return true;
		if (seen.has(name)) continue;
		seen.add(name);
		queue.push(...catalogue.get(name)?.depends.map((entry) => entry.name) ?? []);
	}
	return false;
}
function providersOf(name, catalogue) {
	return [...catalogue.values()].filter((element) => element.provides.some((entry) => entry.name === name)).map((element) => element.name).toSorted();
}
function lintCycles(elements) {
	const byName = new Map(elements.map((element) => [element.name, element]));
	return dependencyCycles(elements).flatMap((cycle) => {
		const members = cycle.flatMap((name) => byName.get(name) ?? []);
		const element = members.find((member) => member.origin !== "dib") ?? members[0];
		const next = cycle[cycle.indexOf(element?.name ?? "") + 1];
		const line = element?.depends.find((entry) => entry.name === next)?.line;
		if (!element) return [];
		const message = `elements depend on each other in a circle: ${cycle.join(" -> ")}. DIB does not mind (hooks run by their numbers), but none of them can count on another being there first: remove one dependency`;
		return [findingIn(element, "element-deps", message, line)];
	});
}
/** Top-level files that every element may have: DIB reads them in place, not from the folder where all are copied. */
const ownFiles = /^(README|LICENSE|element-|pkg-map$|svc-map$|package-installs\.|__init__\.py$|block-device-|\.)/;
function lintTwins(elements) {
	const first = /* @__PURE__ */ new Map();
	const findings = [];
	for (const element of elements) for (const file of element.files) {
		const parts = file.path.split("/");
		const isTopLevel = parts.length === 1;
		if (parts.length > 2 || isTopLevel && ownFiles.test(file.path) || parts.at(-1)?.startsWith(".")) continue;
		const other = first.get(file.path);
		if (!other) {
			first.set(file.path, element);
			continue;
		}
		const culprit = element.origin === "dib" && other.origin !== "dib" ? other : element;
		const twin = culprit === element ? other : element;
		const effect = isTopLevel ? "DIB copies both to one place and one of them is lost" : "DIB ends with \"There is a duplicated hook in your elements\"";
		findings.push({
			...findingIn(culprit, file.path, `element ${twin.name} has ${file.path} too, and ${effect}; rename one`),
			level: isTopLevel ? levelFor(culprit.origin) : "error"
		});
	}
	return findings;
}
function lintOverrides(elements) {
	return elements.flatMap((element) => element.overrides.map((overridden) => {
		return {
			level: "warning",
			message: `element ${element.name} takes the place of ${overridden.folder}; DIB still installs the packages of both`,
			file: element.folder
		};
	}));
}

// src/elements/variables.ts
/** Variables that DIB's own scripts export before a hook runs; read from them, for there is no list. */
function dibVariables(packageFolder) {
	const folder = join(packageFolder, "lib");
	const names = /* @__PURE__ */ new Set([
		"PATH",
		"HOME",
		"USER",
		"TARGET_ROOT",
		"TMP_HOOKS_PATH",
		"DIB_PYTHON_EXEC"
	]);
	for (const entry of readdirSync(folder)) {
		const path = join(folder, entry);
		if (statSync(path).isFile()) for (const name of exportedNames(readFileSync(path, "utf8"))) names.add(name);
	}
	return names;
}
/** Variables that the elements' `environment.d` files export. */
function elementVariables(elements) {
	const names = elements.flatMap((element) => element.files.filter((file) => file.path.startsWith("environment.d/")).flatMap((file) => exportedNames(file.content?.toString("utf8") ?? "")));
	return new Set(names);
}
function exportedNames(script) {
	return [...script.matchAll(/^[^#\n]*?\bexport\s+([^\n#]*)/gm)].flatMap((match) => [...(match[1] ?? "").matchAll(/(?:^|\s)([A-Za-z_]\w*)(?==|\s|;|$)/g)].map((name) => name[1] ?? ""));
}

// src/elements/assembly.ts
/**
* Resolves the elements as DIB will, checks and digests them, and writes down all that a build will do. Reads files, never
* the network.
*
* @throws InputError for what cannot be built, every fault named with file and line
*/
function assemblePlan(request) {
	const { recipe, dib } = request;
	checkDibBuilds(dib, recipe.distribution, recipe.release);
	const paths = elementPathsOf(recipe, request.recipeFolder);
	const elements = resolvedElements(recipe, readCatalogue([...paths, {
		folder: dib.elementsFolder,
		origin: "dib"
	}]));
	return makePlan({
		recipe,
		lock: request.lock,
		lockFile: request.lockFile,
		elements,
		elementPaths: paths.map((path) => path.folder),
		dib: {
			version: dib.version,
			from: dib.from,
			checkout: request.dibCheckout,
			codeDigest: codeDigest(dib.packageFolder)
		},
		agent: request.agent,
		agentPlaces: agentPlacesOf(recipe, request.recipeFolder),
		dibVariables: dibVariables(dib.packageFolder),
		projectVersion: projectVersion()
	});
}
/** The elements' names as they stand on DIB's command line, in order. */
function typedElementsOf(recipe) {
	const layout = recipe.elements.find((name) => name.startsWith("block-device-")) ?? "block-device-efi";
	const own = [
		"debian-minimal",
		"trove-guest",
		"trove-docker",
		"trove-guest-agent",
		...recipe.disk === "dib" ? ["vm", layout] : ["trove-boot-loader"],
		"trove-image-sources"
	];
	return [.../* @__PURE__ */ new Set([...own, ...recipe.elements])];
}
function elementPathsOf(recipe, recipeFolder) {
	return [...recipe.elementPaths.map((path) => ({
		folder: resolve(recipeFolder, path),
		origin: "recipe"
	})), {
		folder: join(projectRoot(), "elements"),
		origin: "project"
	}];
}
/**
* The resolved elements with their files, sorted by name.
*
* @throws InputError with the reason in the recipe's terms
*/
function resolvedElements(recipe, catalogue) {
	const typed = withDefaults(typedElementsOf(recipe), recipe.architecture);
	const { resolution, stable } = resolveElements(typed, catalogue);
	if (resolution.fault) throw faultOf$1([wordResolution(resolution.fault, typed, catalogue)]);
	if (!stable) throw faultOf$1([wordUnstable(typed, catalogue)]);
	return resolution.names.flatMap((name) => {
		const element = catalogue.get(name);
		return element ? [{
			...element,
			files: readElementFiles(element.folder)
		}] : [];
	});
}
/**
* Makes a plan of resolved elements. Pure.
*
* @throws InputError when the lock is not the recipe's, or an element has a fault that DIB would hide
*/
function makePlan(inputs) {
	const { recipe, lock, elements } = inputs;
	if (recipe.base === "local") throw new InputError("base: local can be fetched and checked, but this version cannot build from it yet: use base: minimal");
	if (lock) checkLock(recipe, lock);
	const environment = dibEnvironment(recipe, inputs.agent, lock);
	const context = {
		architecture: recipe.architecture,
		variables: /* @__PURE__ */ new Set([
			...inputs.dibVariables,
			...Object.keys(environment),
			...elementVariables(elements)
		])
	};
	const findings = [...elements.flatMap((element) => [...lintElement(element), ...lintPackageInstalls(element, context)]), ...lintSet(elements)];
	if (findings.some((finding) => finding.level === "error")) throw faultOf$1(findings.filter((finding) => finding.level === "error"));
	const typed = typedElementsOf(recipe);
	const defaults = withDefaults(typed, recipe.architecture);
	const content = {
		schemaVersion: 1,
		projectVersion: inputs.projectVersion,
		recipe,
		dib: inputs.dib,
		agent: inputs.agent,
		typedElements: typed,
		elements: elements.map((element) => ({
			name: element.name,
			origin: element.origin,
			digest: elementDigest(element.files),
			requestedBy: requestersOf(element.name, typed, defaults, elements)
		})),
		environment,
		packages: recipe.packages,
		hooks: hooksOf(elements, environment),
		lockDigest: lock === null ? null : lockDigest(lock),
		image: {
			name: `trove-guest-${recipe.name}-${recipe.architecture}`,
			sizeBytes: sizeInBytes(recipe.imageSize),
			formats: recipe.formats,
			compression: recipe.compression,
			disk: recipe.disk
		}
	};
	return {
		plan: {
			...content,
			digest: lock === null ? null : sha256(canonicalJson({
				...content,
				recipe: withoutPlaces(recipe)
			})),
			elementPaths: [...inputs.elementPaths],
			agentPlaces: inputs.agentPlaces,
			placeEnvironment: placeEnvironment(inputs.agentPlaces),
			lockFile: inputs.lockFile,
			warnings: findings.map(findingText)
		},
		findings
	};
}
/** The recipe without where the agent's source lies: `agent` has what is there. */
function withoutPlaces(recipe) {
	const { agentSource: _source, constraintsFile: _constraints, ...content } = recipe;
	return content;
}
/** Digest of what a lock holds, without the time of its writing and places on this machine. */
function lockDigest(lock) {
	const { base } = lock;
	const content = base.source === "minimal" ? {
		source: base.source,
		sources: base.sources,
		suites: base.suites
	} : {
		source: base.source,
		format: base.format,
		sizeBytes: base.sizeBytes,
		sha256: base.sha256
	};
	const { distribution, release, architecture } = lock;
	return sha256(canonicalJson({
		distribution,
		release,
		architecture,
		base: content
	}));
}
function checkLock(recipe, lock) {
	const stale = (what, has, wants) => new InputError(`the lock has ${what} ${has}, but the recipe asks for ${wants}: run 'trove-image fetch' for this recipe again`);
	for (const key of [
		"distribution",
		"release",
		"architecture"
	]) if (lock[key] !== recipe[key]) throw stale(key, lock[key], recipe[key]);
	if (lock.base.source !== recipe.base) throw stale("base", lock.base.source, recipe.base);
	if (lock.base.source !== "minimal") return;
	for (const key of ["mirror", "securityMirror"]) {
		const wanted = recipe[key]?.replace(/\/+$/, "");
		if (wanted !== void 0 && wanted !== lock.base[key]) throw stale(key, lock.base[key], wanted);
	}
}
function faultOf$1(findings) {
	return new InputError(findings.map(findingText).join("\n"));
}

// src/elements/plan.ts
/** One element of the resolved list. */
const plannedElementSchema = object({
	name: string(),
	/** Which element path it was found in: DIB's own, this project's `elements/`, or the recipe's n-th `element-paths`. */
	origin: _enum([
		"dib",
		"project",
		"recipe"
	]),
	/** Digest over names, modes and content of its files: renaming, editing and chmod change it, a copy elsewhere does not. */
	digest: sha256Schema,
	/** Who asked for it: `recipe`, or the elements that depend on it. */
	requestedBy: array(string())
});
/** `plan.json`: everything that a build will do, resolved. Written by assemble-elements. Equal plans have equal digests. */
const planSchema = object({
	schemaVersion: literal(1),
	/**
	* SHA-256 over canonical JSON of all fields but this, `lockFile`, `elementPaths`, `agentPlaces`,
	* `placeEnvironment`, the recipe's places of the agent and `warnings` (places, not content), with the lock's suites. Null when there is no lock: the plan is unresolved.
	*/
	digest: sha256Schema.nullable(),
	projectVersion: string(),
	recipe: recipeSchema,
	dib: object({
		version: string(),
		/**
		* `private`: the environment that setup-host makes of a release; `system`: the distribution's package; `checkout`: an
		* environment that setup-host made of a git checkout.
		*/
		from: _enum([
			"private",
			"system",
			"checkout"
		]),
		checkout: checkoutSchema.nullable(),
		/** Digest of DIB's own code below `diskimage_builder/`: the printed version can be wrong. */
		codeDigest: sha256Schema
	}),
	/** Where the guest agent comes from; with the commit when it is built from a checkout. */
	agent: agentSchema,
	/** Where that checkout and the constraints file lie; absolute. Null when the agent is the distribution's. */
	agentPlaces: object({
		checkout: string(),
		constraintsFile: string()
	}).nullable(),
	/** Elements as typed on DIB's command line, in order. */
	typedElements: array(string()),
	/** All elements after resolution, sorted by name. */
	elements: array(plannedElementSchema),
	/** ELEMENTS_PATH without DIB's own, in order; absolute. */
	elementPaths: array(string()),
	/** What DIB sees beyond PATH, HOME, USER and TMPDIR; no secrets. */
	environment: record$1(string(), string()),
	/** What DIB sees besides, of the folders of this machine. */
	placeEnvironment: record$1(string(), string()),
	/** `-p`: packages that the recipe adds. */
	packages: array(string()),
	/** Hooks in the order in which they will run. */
	hooks: array(object({
		phase: string(),
		name: string(),
		element: string()
	})),
	/** The lock that the plan was made with, relative to the plan; null when unresolved. */
	lockFile: string().nullable(),
	/** Digest of the lock without its time of writing. */
	lockDigest: sha256Schema.nullable(),
	image: object({
		/** File name without extension: `trove-guest-debian-trixie-amd64`. */
		name: string(),
		sizeBytes: int(),
		formats: array(_enum(["qcow2", "raw"])),
		compression: _enum([
			"zstd",
			"zlib",
			"none"
		]),
		disk: _enum(["own", "dib"])
	}),
	warnings: array(string())
});

// src/elements/plan-check.ts
/**
* A plan is a promise of what a build does. Refuses one whose elements, whose agent or whose diskimage-builder have changed
* since it was made: the record would name digests of something else.
*
* @throws InputError that names what changed
*/
async function requirePlanHolds(plan, dib) {
	const catalogue = readCatalogue([...plan.elementPaths.map((folder) => ({
		folder,
		origin: "recipe"
	})), {
		folder: dib.elementsFolder,
		origin: "dib"
	}]);
	const changed = plan.elements.flatMap(({ name, digest }) => {
		const element = catalogue.get(name);
		if (element === void 0) return [`the element ${name} is gone`];
		return elementDigest(readElementFiles(element.folder)) === digest ? [] : [`the element ${name} (${element.folder})`];
	});
	if (codeDigest(dib.packageFolder) !== plan.dib.codeDigest) changed.push(`diskimage-builder (${dib.packageFolder})`);
	changed.push(...await agentChanges(plan));
	if (changed.length === 0) return;
	throw new InputError(`since the plan was made, this has changed: ${changed.join(", ")}. Run 'trove-image plan' again`);
}
async function agentChanges({ agent, agentPlaces }) {
	if (agent.source !== "local" || agentPlaces === null) return [];
	const now = await readAgent(agentPlaces);
	if (now.source !== "local" || canonicalJson(now) === canonicalJson(agent)) return [];
	return now.constraints.digest === agent.constraints.digest ? [`the agent's checkout (${agentPlaces.checkout})`] : [`the constraints of the agent (${agentPlaces.constraintsFile})`];
}

// src/stage.ts
/** Declares a stage; infers the types of `run` from its schemas. */
function defineStage(stage) {
	return stage;
}

// src/system/output-folder.ts
/**
* Makes the folder that documents and images are written to.
*
* @throws InputError when it cannot be made or written to, with the reason
*/
function makeOutputFolder(folder) {
	checkOutputFolder(folder);
	for (const part of missingFolders(resolve(folder))) try {
		mkdirSync(part);
	} catch (thrown) {
		if (!existsSync(part)) throw refusal(folder, `${part} cannot be made: ${asError(thrown).message}`);
	}
}
/**
* Writes nothing, so that it can be asked before the first stage runs.
*
* @throws InputError when the folder, or the nearest one above it that exists, cannot be written to
*/
function checkOutputFolder(folder) {
	const path = resolve(folder);
	const standing = dirname(missingFolders(path)[0] ?? join(path, "x"));
	if (!statSync(standing).isDirectory()) throw refusal(folder, `${standing} is no folder`);
	try {
		accessSync(standing, constants.W_OK | constants.X_OK);
	} catch {
		throw refusal(folder, `${standing} may not be written to`);
	}
}
function refusal(folder, why) {
	return new InputError(`input "output": ${why} (got "${folder}"). Legal: a folder that may be written to, or a new one below such a folder.`);
}
/**
* As {@link makeOutputFolder}, and the folder is this run's until the process ends: a build replaces lock, plan and image one
* after another, and two builds in one folder would publish the documents of one with the image of the other.
*
* @throws InputError also when a living run of this user builds into it
*/
function holdOutputFolder(folder) {
	makeOutputFolder(folder);
	const path = realpathSync(folder);
	recordOutput(path);
	const holder = livingJournals().find(({ entries }) => entries.some((entry) => entry.kind === "output" && entry.path === path));
	if (holder === void 0) return;
	throw new InputError(`input "output": another run of trove-image, process ${holder.owner}, builds into ${path}. Wait for its end, or give this run a folder of its own.`);
}
/** What must be made so that the folder exists, outermost first. */
function missingFolders(path) {
	const missing = [];
	for (let folder = path; !existsSync(folder); folder = dirname(folder)) missing.unshift(folder);
	return missing;
}

// src/stages/chosen-dib.ts
/**
* Refuses two answers to one question. Pure.
*
* @throws InputError
*/
function checkDibInputs({ dib, dibCheckout }) {
	if (dib === "private" || dibCheckout === void 0) return;
	throw new InputError("input \"dib-checkout\": cannot be used with dib: system, which takes the distribution's diskimage-builder; leave out one");
}
/**
* Reads the checkout of diskimage-builder that was asked for; null when a release was.
*
* @throws InputError when it is none
*/
async function readDibCheckout({ dibCheckout }) {
	if (dibCheckout === void 0) return null;
	const folder = resolve(dibCheckout);
	return readCheckout({
		folder,
		named: "input \"dib-checkout\"",
		project: "openstack/diskimage-builder"
	});
}
/**
* Finds the diskimage-builder that the inputs and the recipe ask for.
*
* @throws EnvironmentError when it is not on this machine
*/
async function chooseDib(inputs, recipe) {
	const checkout = await readDibCheckout(inputs);
	return {
		dib: checkout === null ? findDib(inputs.dib, recipe.dibVersion) : findCheckoutDib(checkout.contentDigest),
		checkout
	};
}

// src/stages/recipe-inputs.ts
/** The inputs of every stage, and of the whole chain, that begins with a recipe. */
const recipeInputs = {
	recipe: string().default("debian-trixie").describe("Recipe: the name of a built-in one (no slash, no dot), or the path of a YAML file."),
	set: array(string()).default([]).describe("Overrides of the recipe, each path=value such as image-size=8GiB; a list is a,b or a YAML list."),
	dib: _enum(["private", "system"]).default("private").describe("Whose diskimage-builder: the private environment's, or the distribution's package."),
	dibCheckout: string().optional().describe("Folder of a git checkout of openstack/diskimage-builder to build with, instead of the release that the recipe names.")
};

// src/stages/assemble-elements.ts
/** Resolves the elements of a recipe as DIB will and writes plan.json. */
const assembleElements = defineStage({
	name: "assemble-elements",
	command: "plan",
	summary: "Resolves, checks and digests the elements of a recipe, and writes down all that a build will do.",
	positional: "recipe",
	inputs: object({
		...recipeInputs,
		lock: string().optional().describe("Path of lock.json; by default the one in the output folder. Without any the plan is unresolved."),
		output: string().default("out").describe("Folder that plan.json is written to; it is made when it is absent.")
	}),
	outputs: object({
		plan: string().describe("Path of plan.json."),
		digest: string().describe("Digest of the plan; empty when it is unresolved."),
		guestUser: string().describe("The recipe's guest user, who owns injected files and runs the agent.")
	}),
	check: checkDibInputs,
	async run(inputs, platform) {
		const read = readRecipe(inputs.recipe, inputs.set);
		const { dib, checkout: dibCheckout } = await chooseDib(inputs, read.recipe);
		const agent = await readAgent(agentPlacesOf(read.recipe, read.folder));
		requireBranch(agent, read.recipe.agentBranch);
		const lockFile = inputs.lock ?? defaultLock(inputs.output);
		const { plan, findings } = assemblePlan({
			recipe: read.recipe,
			recipeFolder: read.folder,
			dib,
			dibCheckout,
			agent,
			lock: lockFile === null ? null : readDocument(lockFile, lockSchema),
			lockFile: lockFile === null ? null : relative(inputs.output, lockFile)
		});
		if (agent.source === "local" && agent.checkout.modified) platform.log.warning(wordModified("openstack/trove"));
		if (dibCheckout?.modified) platform.log.warning(wordModified("openstack/diskimage-builder"));
		for (const finding of findings) platform.annotate(annotationOf(finding));
		holdOutputFolder(inputs.output);
		const file = join(inputs.output, "plan.json");
		writeDocument(file, planSchema, plan);
		const digest = plan.digest === null ? "unresolved: no lock, run \"trove-image fetch\" first" : `sha256:${plan.digest.slice(0, 12)}`;
		return {
			outputs: {
				plan: file,
				digest: plan.digest ?? "",
				guestUser: plan.recipe.guestUser
			},
			lines: [{
				label: "plan",
				text: `${read.recipe.name}  ${plan.elements.length} elements  ${digest}`
			}]
		};
	}
});
function wordModified(project) {
	return `the checkout of ${project} has files that differ from its commit: they are used, and plan and record say so`;
}
function defaultLock(output) {
	const file = join(output, "lock.json");
	return existsSync(file) ? file : null;
}
function annotationOf(finding) {
	return {
		level: finding.level,
		message: finding.file === void 0 ? findingText(finding) : finding.message,
		...finding.file === void 0 ? {} : { file: finding.file },
		...finding.line === void 0 ? {} : { line: finding.line }
	};
}

// src/system/together.ts
/**
* Runs pieces of work at the same time. The first failure aborts the signal that all were given; when every piece has
* ended, that failure is thrown, and not the interruptions that it caused.
*/
async function together(signal, works) {
	const own = new AbortController();
	const linked = signal ? AbortSignal.any([signal, own.signal]) : own.signal;
	let first;
	const results = await Promise.all(works.map((work) => work(linked).catch((thrown) => {
		first ??= asError(thrown);
		own.abort(first);
	})));
	if (first) throw first;
	return results;
}

// src/disk/layout.ts
const sectorBytes = 512;
const mebibyte$3 = 1048576;
/** The label that DIB's fstab and cloud images of every distribution use for the root file system. */
const rootLabel = "cloudimg-rootfs";
/**
* Lays out a disk. GRUB's core image is below 100 KiB and its EFI program below 5 MiB; 1 and 64 MiB leave room for a
* signed boot chain.
*
* @throws InputError when the disk is too small to hold a root partition, or not a multiple of 1 MiB
*/
function diskLayout(sizeBytes) {
	if (sizeBytes % mebibyte$3 !== 0) throw new InputError(`image size ${sizeBytes} bytes is not a multiple of 1 MiB`);
	const biosBoot = {
		name: "bios-boot",
		startBytes: mebibyte$3,
		sizeBytes: mebibyte$3,
		type: "21686148-6449-6E6F-744E-656564454649"
	};
	const efi = {
		name: "efi",
		startBytes: 2 * mebibyte$3,
		sizeBytes: 64 * mebibyte$3,
		type: "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
	};
	const startBytes = efi.startBytes + efi.sizeBytes;
	const root = {
		name: "root",
		startBytes,
		sizeBytes: sizeBytes - startBytes - mebibyte$3,
		type: "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"
	};
	if (root.sizeBytes < 64 * mebibyte$3) throw new InputError(`image size ${sizeBytes / mebibyte$3} MiB leaves no room for a root file system`);
	return {
		sizeBytes,
		biosBoot,
		efi,
		root
	};
}
/** The names of a disk from a seed, such as its plan's digest. */
function diskIdentity(seed) {
	const uuid = (what) => uuidFrom(sha256(`${what} of ${seed}`));
	return {
		disk: uuid("disk"),
		biosBoot: uuid("bios-boot"),
		efi: uuid("efi"),
		root: uuid("root"),
		fileSystem: uuid("file system"),
		directoryHashSeed: uuid("directory hash")
	};
}
/** Input for `sfdisk`. */
function partitionTable(layout, identity) {
	const line = (partition, uuid) => `start=${partition.startBytes / sectorBytes}, size=${partition.sizeBytes / sectorBytes}, type=${partition.type}, uuid=${uuid}, name="${partition.name}"`;
	return [
		"label: gpt",
		`label-id: ${identity.disk}`,
		line(layout.biosBoot, identity.biosBoot),
		line(layout.efi, identity.efi),
		line(layout.root, identity.root),
		""
	].join("\n");
}
/** An UUID of version 8 (RFC 9562: the meaning of its bits is the maker's) from hexadecimal digits. */
function uuidFrom(digest) {
	const variant = (Number.parseInt(digest.slice(16, 17), 16) & 3 | 8).toString(16);
	return [
		digest.slice(0, 8),
		digest.slice(8, 12),
		`8${digest.slice(13, 16)}`,
		`${variant}${digest.slice(17, 20)}`,
		digest.slice(20, 32)
	].join("-");
}

// src/disk/boot-loader.ts
/** The disk and its partitions as libguestfs' commands name them. */
const disk = "/dev/sda";
const efiPartition = "/dev/sda2";
const rootPartition = "/dev/sda3";
/** What the tree must hold so that GRUB can be installed with the tree's own programs. */
const needed$1 = [
	"usr/sbin/grub-install",
	"usr/sbin/grub-mkconfig",
	"usr/lib/grub/i386-pc",
	"usr/lib/grub/x86_64-efi"
];
/** @throws InputError when the tree has no GRUB, before an appliance is started for nothing */
function requireGrub(tree) {
	const missing = needed$1.filter((path) => !existsSync(join(tree, path)));
	if (missing.length === 0) return;
	throw new InputError(`the root file system has no ${missing.map((path) => `/${path}`).join(", ")}, so no boot loader can be installed: the element trove-boot-loader brings them`);
}
/**
* For sed -E on grub.cfg: the hints of a search name the first disk. `--hint-bios=hd1,gpt3 --hint-baremetal=ahci1,gpt3` is what
* grub-mkconfig writes when the kernel happened to call the disk sdb (prepare_grub_to_access_device in grub-mkconfig_lib).
*/
const firstDiskHints = String.raw`/^[[:space:]]*search /s/(--hint[a-z-]*=[^[:space:]0-9]*)[0-9]+,/\10,/g`;
/**
* GRUB twice, for BIOS and for UEFI's removable path, and its configuration at the same time: that takes as long as both
* installations under emulation, and needs neither. No firmware variables: a guest's firmware has never seen this disk.
*
* The kernel may name the disk otherwise than libguestfs does, because disks are found in any order (libguestfs translates
* the names of its own commands only): the disk is the one that / is on, and in a guest it is the first. grub-mkconfig guesses
* the hints of its search commands from the kernel's name and asks no device.map for them, so they are set right afterwards.
*/
const installGrub = [
	"mkdir -p /boot/grub",
	"disk=$(grub-probe --target=disk /) || exit 1",
	"echo \"(hd0) $disk\" >/boot/grub/device.map",
	"grub-mkconfig -o /boot/grub/grub.cfg & configuration=$!",
	"grub-install --target=i386-pc --no-floppy \"$disk\" && grub-install --target=x86_64-efi --efi-directory=/boot/efi --removable --no-nvram",
	"installed=$?",
	"wait \"$configuration\" || exit 1",
	`sed -E -i "${firstDiskHints}" /boot/grub/grub.cfg || exit 1`,
	"rm -f /boot/grub/device.map",
	"exit \"$installed\""
].join("; ");
/**
* Installs GRUB for BIOS and for UEFI (removable path, no firmware variables) with the programs of the guest itself, so that
* modules and configuration have one version. Everything happens inside libguestfs' appliance: nothing of the host, neither
* a device nor a mount, can get into grub.cfg.
*/
async function installBootLoader(session) {
	for (const device of [
		disk,
		efiPartition,
		rootPartition
	]) await session.command("blockdev-flushbufs", [device]);
	await session.command("mkfs", [
		"vfat",
		efiPartition,
		`label:${"EFI"}`
	]);
	await session.command("mount", [rootPartition, "/"]);
	await session.command("mount", [efiPartition, "/boot/efi"]);
	await session.command("sh", [installGrub], 900);
	checkGrubConfiguration((await session.command("cat", ["/boot/grub/grub.cfg"])).join("\n"));
	await session.command("umount-all");
}
/**
* The mistakes of a boot loader that is made away from its machine, found before anybody boots it.
*
* @throws ToolError when grub.cfg starts no kernel, finds its root by another name than our label or an UUID, or names a
*   device
*/
function checkGrubConfiguration(text) {
	const refuse = (what) => {
		throw new ToolError(`grub-mkconfig wrote a /boot/grub/grub.cfg that would not boot elsewhere: ${what}. Look at /etc/default/grub and /etc/grub.d of the root file system`, "grub-mkconfig", null);
	};
	const kernels = text.split("\n").filter((line) => /^\s*linux(16|efi)?\s/.test(line));
	if (kernels.length === 0) refuse("it starts no kernel; the root file system has none under /boot");
	for (const line of kernels) {
		const root = /\sroot=(\S+)/.exec(line)?.[1];
		if (root !== `LABEL=${"cloudimg-rootfs"}` && !root?.startsWith("UUID=")) refuse(`the root of "${line.trim()}" is ${root ?? "not given"}, expected LABEL=${rootLabel}`);
	}
	if (!kernels.some((line) => /\sconsole=ttyS0\b/.test(line))) refuse("no kernel has its console on the serial line (console=ttyS0)");
	const device = /\/dev\/(?:sd|hd|vd|xvd|nvme|loop|mapper|dm-|nbd)[\w/-]*/.exec(text)?.[0];
	if (device !== void 0) refuse(`it names the device ${device}`);
	const drive = /\b(?:hd|ahci)[1-9]\d*,/.exec(text)?.[0];
	if (drive !== void 0) refuse(`it looks for the root on another disk than the first (${drive})`);
}

// src/disk/convert.ts
/**
* Arguments of `qemu-img convert` from a raw disk to qcow2. Compressed clusters are written out of order by several threads:
* the file's content for a reader is the same.
*/
function convertArguments(source, target, compression) {
	return [
		"convert",
		"-f",
		"raw",
		"-O",
		"qcow2",
		"-m",
		"16",
		"-W",
		...compression === "none" ? [] : [
			"-c",
			"-o",
			`compression_type=${compression}`
		],
		source,
		target
	];
}
/**
* Builds of qemu-img without zstd exist, and they refuse it only after everything else is done.
*
* @throws EnvironmentError
*/
async function requireCompression(compression) {
	if (compression !== "zstd") return;
	const args = [
		"create",
		"-q",
		"-f",
		"qcow2",
		"-o",
		"compression_type=zstd",
		join(makeWorkFolder("qemu-img-probe"), "probe.qcow2"),
		"1M"
	];
	const probe = await run("qemu-img", args, { allowedExitStatuses: "any" });
	if (probe.exitStatus === 0) return;
	throw new EnvironmentError(`qemu-img cannot write qcow2 with zstd (${probe.stderr.trim() || `exit status ${probe.exitStatus}`}): use --set compression=zlib, or a qemu-img 5.1 or newer that was built with zstd`);
}
/**
* Writes an image file beside its final name and renames it when it is whole: an interrupted run leaves nothing, and an
* older image of that name stays until then.
*/
async function writeImage(target, write) {
	const partial = `${target}.partial`;
	recordFile(partial);
	rmSync(partial, { force: true });
	try {
		await write(partial);
		renameSync(partial, target);
	} catch (error) {
		rmSync(partial, { force: true });
		throw error;
	}
	forget({
		kind: "file",
		path: partial
	});
}
/** Writes a raw disk as qcow2. */
async function convertToQcow2(source, target, compression, limits) {
	await writeImage(target, async (partial) => {
		await run("qemu-img", convertArguments(source, partial, compression), {
			supervised: true,
			...limits
		});
	});
}
/** Moves a raw disk to its place; holes stay holes. The source is gone afterwards. */
async function moveRaw(source, target, limits) {
	await writeImage(target, async (partial) => {
		try {
			renameSync(source, partial);
		} catch (error) {
			if (error.code !== "EXDEV") throw error;
			await run("cp", [
				"--sparse=always",
				source,
				partial
			], {
				supervised: true,
				...limits
			});
			rmSync(source, { force: true });
		}
	});
}
/** What qemu-img says of a finished image; the format is said to it, never guessed. */
async function virtualSizeOf(path, format) {
	const { stdout } = await run("qemu-img", [
		"info",
		"--output=json",
		"-f",
		format,
		path
	]);
	const size = JSON.parse(stdout)["virtual-size"];
	if (typeof size === "number") return size;
	throw new ToolError(`qemu-img info ${path} names no virtual size: ${stdout}`, "qemu-img", 0);
}
/** Size of a file and of the disk in it. */
async function describeImage$1(path, format) {
	return {
		sizeBytes: statSync(path).size,
		virtualSizeBytes: await virtualSizeOf(path, format)
	};
}
/** Keeps a copy of a file beside the image; shares blocks where the file system can. */
async function keepCopy(source, target) {
	await writeImage(target, (partial) => copyFile(source, partial, constants.COPYFILE_FICLONE));
}

// src/disk/room.ts
/** What must stay free for the guest's own data, logs and container images: it is refused to build less. */
const freeBytesWanted = 2 * 1024 ** 3;
/** A root file system smaller than any that has Docker and the agent; a bound for plans whose tree nobody has seen. */
const smallestTreeBytes = 800 * 1024 ** 2;
/** Bytes per inode: 1.6 % of the disk for inode tables instead of the 6.25 % of DIB's 4096. */
const bytesPerInode = 16384;
/** Large enough for the resize at first boot, small against the disk. */
const journalMebibytes = 64;
/** Percentage of blocks kept for root. */
const reservedPercent = 1;
/** Estimates the free space of a guest before its disk is made. */
function roomInGuest(imageSizeBytes, tree) {
	const partitionBytes = diskLayout(imageSizeBytes).root.sizeBytes;
	const inodeTables = partitionBytes / bytesPerInode * 256;
	const overheadBytes = Math.ceil(inodeTables + 64 * 1024 ** 2 + partitionBytes * 1 / 100 + 32 * 1024 ** 2);
	return {
		partitionBytes,
		treeBytes: tree.bytes,
		overheadBytes,
		freeBytes: partitionBytes - tree.bytes - overheadBytes
	};
}
/**
* Refuses an image in which too little would stay free. Without a tree (before the build) a lower bound of it is used, or
* what the last build of the same recipe had.
*
* @throws InputError with the numbers and the smallest size that is enough
*/
function requireRoom(imageSizeBytes, tree) {
	const size = tree ?? {
		bytes: smallestTreeBytes,
		inodes: 0
	};
	const room = roomInGuest(imageSizeBytes, size);
	if (room.freeBytes >= freeBytesWanted) return room;
	const mebibytes = (bytes) => `${Math.round(bytes / 1024 ** 2)} MiB`;
	throw new InputError(`image-size ${mebibytes(imageSizeBytes)} is too small: the root partition has ${mebibytes(room.partitionBytes)}, of which the root file system takes ${tree ? "" : "at least "}${mebibytes(room.treeBytes)} and ext4 itself ${mebibytes(room.overheadBytes)}; ` + (room.freeBytes > 0 ? `only ${mebibytes(room.freeBytes)} would stay free` : "it does not fit") + ` and the guest needs ${mebibytes(freeBytesWanted)}. Use image-size ${smallestSufficient(size)}GiB or more (--set image-size=${smallestSufficient(size)}GiB).`);
}
function smallestSufficient(tree) {
	let gibibytes = 1;
	while (roomInGuest(gibibytes * 1024 ** 3, tree).freeBytes < freeBytesWanted) gibibytes++;
	return gibibytes;
}

// src/disk/file-system.ts
/**
* All features are named, so that they follow the guest and not the defaults of the host's mke2fs: every one here is read by
* GRUB 2.06 and by e2fsprogs 1.46 and newer. Left out on purpose: orphan_file and metadata_csum_seed, which e2fsprogs 1.47
* turned on by default and older guests can neither check nor boot from (grml/grml-debootstrap#204).
*/
const features = [
	"none",
	"has_journal",
	"ext_attr",
	"resize_inode",
	"dir_index",
	"filetype",
	"extent",
	"64bit",
	"flex_bg",
	"sparse_super",
	"large_file",
	"huge_file",
	"dir_nlink",
	"extra_isize",
	"metadata_csum"
];
/** Arguments of mke2fs that write a tree straight into the root partition of a disk file. */
function mke2fsArguments(layout, identity, tree, disk) {
	const extended = [
		`offset=${layout.root.startBytes}`,
		"root_owner=0:0",
		`hash_seed=${identity.directoryHashSeed}`,
		"assume_storage_prezeroed=1"
	];
	return [
		...[
			"-q",
			"-F",
			"-t",
			"ext4"
		],
		...["-O", features.join(",")],
		...[
			"-b",
			"4096",
			"-I",
			"256",
			"-i",
			String(bytesPerInode),
			"-m",
			String(1)
		],
		...["-J", `size=${64}`],
		...[
			"-L",
			rootLabel,
			"-U",
			identity.fileSystem
		],
		...["-E", extended.join(",")],
		...["-d", tree],
		disk,
		`${layout.root.sizeBytes / 1024}k`
	];
}
/** Makes the root file system. Root reads files that nobody else may. */
async function makeFileSystem(layout, identity, tree, disk, limits) {
	await asRoot("mke2fs", mke2fsArguments(layout, identity, tree, disk), {
		supervised: true,
		...limits
	});
}

// src/disk/fstab.ts
/**
* The guest's fstab: DIB's, checked, with the EFI system partition added, so that an update of GRUB in the guest reaches it.
* `nofail`: a guest must boot without it.
*
* @throws InputError when the root is not mounted by our label or a line names a device of whoever built the image
*/
function guestFstab(text) {
	const entries = text.split("\n").map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(/\s+/));
	const root = entries.find(([, mountPoint]) => mountPoint === "/");
	if (root?.[0] !== `LABEL=${"cloudimg-rootfs"}`) throw new InputError(`/etc/fstab of the root file system mounts / from ${root?.[0] ?? "nothing"}; the disk's root file system is found by LABEL=${rootLabel}, the label that DIB uses by default`);
	const foreign = entries.find(([device]) => device?.startsWith("/dev/"));
	if (foreign) throw new InputError(`/etc/fstab of the root file system names the device ${foreign[0]} for ${foreign[1]}: a device name is not the same in a guest; use LABEL= or UUID=`);
	if (entries.some(([, mountPoint]) => mountPoint === "/boot/efi")) return text;
	return `${text.trimEnd()}\nLABEL=${"EFI"} /boot/efi vfat umask=0077,nofail 0 0\n`;
}

// src/disk/tree.ts
/**
* Arguments of tar that unpack a root file system as it was: numeric owners, extended attributes (file capabilities are one)
* and access control lists. DIB's archive is taken of a mounted tree and holds the host's device nodes and `lost+found`.
*/
function unpackArguments(archive, folder) {
	return [
		...[
			"--extract",
			"--file",
			archive,
			"--directory",
			folder
		],
		...[
			"--numeric-owner",
			"--same-owner",
			"--preserve-permissions",
			"--delay-directory-restore"
		],
		...[
			"--xattrs",
			"--xattrs-include=*",
			"--acls"
		],
		...[
			"--anchored",
			"--exclude=./dev/*",
			"--exclude=./lost+found"
		]
	];
}
/** Unpacks DIB's archive as root. Dotfiles directly under `/` come along: tar names the folder, not `*`. */
async function unpackTree(archive, folder, limits) {
	await asRoot("tar", unpackArguments(archive, folder), {
		supervised: true,
		...limits
	});
}
/**
* Makes of DIB's archive what a disk must hold: the mount points that DIB leaves out, an empty /dev (the kernel fills it), and
* the checked fstab. A symbolic link in place of one of these folders would lead root out of the tree, so it is refused.
*/
async function mendTree(folder) {
	const script = `
    set -eu
    cd "$1"
    for name in proc sys dev run tmp boot boot/efi etc etc/fstab; do
      if [ -L "$name" ]; then echo "/$name is a symbolic link in the root file system" >&2; exit 1; fi
    done
    mkdir -p proc sys dev run tmp boot/efi
    find dev -mindepth 1 -delete
    rm -rf lost+found
    chown 0:0 proc sys dev run tmp boot/efi
    chmod 0555 proc sys
    chmod 0755 dev run
    chmod 1777 tmp
    cat >etc/fstab
    chown 0:0 etc/fstab
    chmod 0644 etc/fstab`;
	const fstab = guestFstab(readFileSync(join(folder, "etc/fstab"), "utf8"));
	await asRoot("/bin/sh", [
		"-c",
		script,
		"sh",
		folder
	], { input: fstab });
}
/** The size of a tree as a file system with blocks of 4 KiB stores it; hard links count once. */
async function measureTree(folder, limits) {
	const { stdout } = await asRoot("/bin/sh", [
		"-c",
		`
    find "$1" -xdev -printf '%i %y %s\\n' | awk '
      !seen[$1]++ { inodes++; if ($2 == "f" || $2 == "d") blocks += int(($3 + 4095) / 4096) }
      END { printf "%d %d\\n", inodes, blocks }'`,
		"sh",
		folder
	], {
		supervised: true,
		...limits
	});
	const [inodes, blocks] = stdout.trim().split(" ").map(Number);
	if (!inodes || !blocks) throw new ToolError(`the size of ${folder} could not be measured: ${stdout}`, "find", null);
	return {
		bytes: blocks * 4096,
		inodes
	};
}
/** How many packages the tree's package database calls installed; 0 where there is none that we can read. */
function countPackages(folder) {
	try {
		return readFileSync(join(folder, "var/lib/dpkg/status"), "utf8").split("\n").filter((line) => line === "Status: install ok installed").length;
	} catch {
		return 0;
	}
}

// src/disk/build.ts
/**
* Makes a bootable disk image of DIB's root file system: no loop device, no mount, one start of libguestfs' appliance, which
* comes up while the file system is being written.
*
* @throws InputError when the tree does not fit, has no boot loader's programs, or an fstab that cannot work
* @throws EnvironmentError when space runs out
*/
async function buildDisk(request) {
	const work = makeWorkFolder("disk");
	const clock = new Clock(request.onEvent);
	const places = [{
		use: "the working folder",
		path: work
	}, {
		use: "the output folder",
		path: request.outputFolder
	}];
	return explainingNoSpace(places, async () => {
		const disk = join(work, "disk.raw");
		const layout = diskLayout(request.sizeBytes);
		const identity = diskIdentity(request.seed);
		await partition(disk, layout, identity);
		const [tree, session] = await together(request.signal, [(signal) => fillDisk(request, work, disk, layout, identity, clock, signal), (signal) => clock.time("appliance", () => openAppliance(request, disk, signal))]);
		const [files] = await together(request.signal, [async (signal) => {
			await clock.time("boot-loader", () => useAppliance(session));
			return writeImages({
				...request,
				signal
			}, disk, clock);
		}, () => asRoot("rm", [
			"-rf",
			"--one-file-system",
			"--",
			join(work, "tree")
		])]);
		return {
			files,
			steps: clock.steps,
			seconds: clock.seconds(),
			...tree
		};
	});
}
/** Makes the requested files of a raw disk that another has made (DIB's element `vm`). The disk is used up. */
async function buildImages(request, disk) {
	const clock = new Clock(request.onEvent);
	const places = [{
		use: "the output folder",
		path: request.outputFolder
	}];
	return {
		files: await explainingNoSpace(places, () => writeImages(request, disk, clock)),
		steps: clock.steps,
		seconds: clock.seconds()
	};
}
async function fillDisk(request, work, disk, layout, identity, clock, signal) {
	const limits = {
		timeoutSeconds: request.timeoutSeconds,
		signal
	};
	const folder = join(work, "tree");
	mkdirSync(folder, { mode: 493 });
	await clock.time("unpack", () => unpackTree(request.archive, folder, limits));
	const facts = await clock.time("mend", async () => {
		requireGrub(folder);
		await mendTree(folder);
		const tree = await measureTree(folder, limits);
		const { freeBytes } = requireRoom(request.sizeBytes, tree);
		return {
			tree,
			packages: countPackages(folder),
			freeBytes
		};
	});
	await clock.time("file-system", () => makeFileSystem(layout, identity, folder, disk, limits));
	return facts;
}
async function useAppliance(session) {
	try {
		await installBootLoader(session);
	} finally {
		await session.close();
	}
}
async function openAppliance(request, disk, signal) {
	return GuestfsSession.open({
		image: disk,
		format: "raw",
		access: "read-write",
		accelerator: request.accelerator,
		signal,
		onTrace: request.onTrace
	});
}
async function partition(disk, layout, identity) {
	const descriptor = openSync(disk, "wx");
	ftruncateSync(descriptor, layout.sizeBytes);
	closeSync(descriptor);
	await run("sfdisk", [
		"--quiet",
		"--no-reread",
		"--no-tell-kernel",
		disk
	], { input: partitionTable(layout, identity) });
}
async function writeImages(request, disk, clock) {
	const limits = {
		timeoutSeconds: request.timeoutSeconds,
		signal: request.signal
	};
	const folder = resolve(request.outputFolder);
	mkdirSync(folder, { recursive: true });
	return clock.time("convert", async () => {
		const files = [];
		for (const format of ["qcow2", "raw"].filter((wanted) => request.formats.includes(wanted))) {
			const name = `${request.name}.${format}`;
			const target = join(folder, name);
			if (format === "qcow2") await convertToQcow2(disk, target, request.compression, limits);
			else await moveRaw(disk, target, limits);
			files.push({
				name,
				format,
				...await describeImage$1(target, format)
			});
		}
		rmSync(disk, { force: true });
		return files;
	});
}
/** Times the steps and reports them. */
var Clock = class {
	steps = [];
	#startedAt = performance.now();
	#onEvent;
	constructor(onEvent) {
		this.#onEvent = onEvent;
	}
	seconds() {
		return (performance.now() - this.#startedAt) / 1e3;
	}
	async time(step, work) {
		const startedAt = performance.now();
		this.#onEvent({
			kind: "step-started",
			step
		});
		const result = await work();
		const seconds = (performance.now() - startedAt) / 1e3;
		this.steps.push({
			name: step,
			seconds
		});
		this.#onEvent({
			kind: "step-finished",
			step,
			seconds
		});
		return result;
	}
};

// src/report/gantt.ts
/**
* A Mermaid chart of pieces of work that follow one another, a row for each. The time starts at 0 and is labelled in seconds,
* which no time zone shifts.
*/
function gantt(title, sections) {
	const lines = [
		"gantt",
		`  title ${label(title)}`,
		"  dateFormat x",
		"  axisFormat %s s"
	];
	let start = 0;
	for (const { name, bars } of sections) {
		if (bars.length === 0) continue;
		lines.push(`  section ${label(name)}`);
		for (const bar of bars) {
			const milliseconds = Math.max(1, Math.round(bar.seconds * 1e3));
			lines.push(`  ${label(bar.name)} :${start}, ${milliseconds}ms`);
			start += milliseconds;
		}
	}
	return `\`\`\`mermaid\n${lines.join("\n")}\n\`\`\`\n`;
}
/** Mermaid ends a name at a colon, a statement at a semicolon or a line end, and begins a comment at %% or #. */
function label(text) {
	return text.replaceAll(/[^\p{L}\p{N} ._/()+-]/gu, " ").trim();
}

// src/report/markdown.ts
/**
* Text from an image or a log inside Markdown: control characters go, and what Markdown or HTML would read as its own is
* escaped, so that a file name in an image cannot alter the report.
*/
function plain(text) {
	return withoutControls(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(/[\\`*_[\]|#~]/g, (character) => `\\${character}`);
}
/** Text inside an HTML element, where Markdown is not read: only what HTML would take for its own is escaped. */
function html(text) {
	return withoutControls(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("\"", "&quot;");
}
/** Markdown that is shown when its title is clicked; the title is text. */
function folded(title, markdown) {
	return `<details><summary>${html(title)}</summary>\n\n${markdown.trimEnd()}\n\n</details>\n`;
}
/** Text in a code span, whatever backticks it holds; inside a table also safe against the cell's border. */
function code(text) {
	const content = withoutControls(text).replaceAll("|", "\\|");
	if (content.trim() === "") return "";
	const fence = "`".repeat(longestRun(content) + 1);
	const padding = /^`|`$/.test(content) ? " " : "";
	return `${fence}${padding}${content}${padding}${fence}`;
}
/** A table; the cells are Markdown already. Columns whose heading ends with a colon are set to the right. */
function table(headings, rows) {
	const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("\n", "<br>")).join(" | ")} |`;
	return [
		line(headings.map((heading) => heading.replace(/:$/, ""))),
		line(headings.map((heading) => heading.endsWith(":") ? "---:" : "---")),
		...rows.map(line),
		""
	].join("\n");
}
/** A block of lines as they are, with a fence that none of them can close. */
function block(lines, language = "") {
	const content = lines.map(withoutControls);
	const fence = "`".repeat(Math.max(3, longestRun(content.join("\n")) + 1));
	return `${[
		`${fence}${language}`,
		...content,
		fence
	].join("\n")}\n`;
}
function longestRun(text) {
	return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
/** Control and formatting characters (colours, cursor movements, changes of writing direction) but line ends and tabs. */
function withoutControls(text) {
	return stripVTControlCharacters(text).replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, "");
}

// src/report/quantity.ts
/** Bytes for people, in powers of ten as file managers and `ls --si` count: `520 MB`, `1.5 GB`. */
function formatSize(bytes) {
	const units = [
		"bytes",
		"kB",
		"MB",
		"GB",
		"TB"
	];
	let value = bytes;
	let unit = 0;
	while (value >= 999.5 && unit < units.length - 1) {
		value /= 1e3;
		unit += 1;
	}
	return `${unit === 0 || value >= 99.5 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`;
}
/** `1 hook`, `2 hooks`. */
function count(number, noun) {
	return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

// src/report/build-section.ts
/** Hooks that the table of the slowest has. */
const hooksShown = 8;
/** The section about a build: the files that were made, and where the time went. */
function buildSection({ files, phases, diskSteps }) {
	const slowest = phases.flatMap(({ name, hooks: all }) => all.map((hook) => ({
		...hook,
		name: `${name}/${hook.name}`
	}))).toSorted((left, right) => right.seconds - left.seconds).slice(0, hooksShown);
	const words = ({ name, seconds }) => ({
		name: `${name} (${formatDuration(seconds)})`,
		seconds
	});
	return [
		"### Files",
		"",
		table([
			"file",
			"size:",
			"SHA-256"
		], files.map(({ name, sizeBytes, sha256 }) => [
			code(name),
			formatSize(sizeBytes),
			code(sha256)
		])),
		"### Where the time went",
		"",
		gantt("seconds since the start", [{
			name: "diskimage-builder",
			bars: phases.map(words)
		}, {
			name: "disk (partly at once)",
			bars: diskSteps.map(words)
		}]),
		slowest.length === 0 ? "" : folded("The slowest hooks", table(["hook", "time:"], slowest.map(({ name, seconds }) => [code(name), formatDuration(seconds)])))
	].join("\n");
}

// src/contract/agent-units.ts
/** Names of the agent's unit: Debian's package, upstream's element, RDO's package, and how later ones may call it. */
const agentUnits = [
	"trove-guestagent.service",
	"guest-agent.service",
	"openstack-trove-guestagent.service",
	"trove-guest-agent.service"
];
/** Any of the agent's units in a text, and no other that ends alike, such as qemu-guest-agent.service. */
const agentUnitPattern = `(?<![\\w-])(?:${agentUnits.map((unit) => unit.replaceAll(".", "\\.")).join("|")})`;

// src/inventory/accounts.ts
/** Reads /etc/passwd and /etc/shadow. */
function parseAccounts(passwd, shadow) {
	const secrets = new Map(records(shadow).map(([name = "", secret = ""]) => [name, secret]));
	return records(passwd).flatMap(([name = "", inline = "", uid = "", gid = "", , home = "", shell = ""]) => {
		if (name === "" || !/^\d+$/.test(uid)) return [];
		const secret = inline === "x" ? secrets.get(name) ?? "*" : inline;
		const password = secret === "" ? "empty" : /^\$|^[./0-9A-Za-z]{13}$|^_/.test(secret) ? "set" : "locked";
		return [{
			name,
			uid: Number(uid),
			gid: Number(gid),
			home,
			shell,
			password,
			hash: password === "set" ? secret : void 0
		}];
	});
}
/** Reads /etc/group. */
function parseGroups(text) {
	return records(text).flatMap(([name = "", , gid = "", members = ""]) => name === "" ? [] : [{
		name,
		gid: Number(gid),
		members: members.split(",").filter((member) => member !== "")
	}]);
}
function records(text) {
	return text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(":"));
}

// src/inventory/capture-script.ts
/** Folders of the root file system whose content is not listed: many files, none of which a rule asks for. */
const notListed = [
	"/usr/share",
	"/usr/include",
	"/usr/src",
	"/usr/lib/python3",
	"/usr/lib/x86_64-linux-gnu",
	"/usr/lib/aarch64-linux-gnu",
	"/usr/lib/firmware",
	"/var/lib/dpkg/info",
	"/var/lib/docker",
	"/var/lib/containerd"
];
/** Folders whose files are read, with the greatest size in KiB that is still taken for configuration. */
const read$1 = [
	["etc", 1024],
	["usr/lib/systemd/system", 256],
	["usr/lib/systemd/system-preset", 256],
	["usr/lib/systemd/network", 256],
	["usr/lib/systemd/journald.conf.d", 256],
	["usr/lib/netplan", 256],
	["usr/local", 256],
	["boot/loader", 256],
	["root", 256],
	["home", 256],
	["var/log", 1024]
];
const readFiles = [
	"usr/lib/os-release",
	"usr/lib/systemd/journald.conf",
	"var/lib/dpkg/status",
	"boot/grub/grub.cfg",
	"boot/grub2/grub.cfg"
];
/** Folders of the root file system in which private keys are looked for; other file systems are searched whole. */
const keyFolders = [
	"etc",
	"root",
	"home",
	"opt",
	"srv",
	"usr/local",
	"var"
];
/** What lies in here is no file of the guest but of containers, which nobody but root reaches. */
const containers = ["/var/lib/docker", "/var/lib/containerd"];
/** Where modules and Python libraries lie: by pattern, because of the version in their paths. */
const notListedPatterns = [
	"/usr/lib/modules/*/kernel",
	"/usr/local/lib/python3*",
	"/opt/*/lib/python3*"
];
/**
* What the appliance runs, once: looks for the operating system, mounts what belongs to it read-only at /sysroot/fs0 (root),
* /sysroot/fs1 ..., writes answers to /sysroot/facts, and all of it with the contents wanted to /sysroot/capture.tar. The
* last line on standard output is `captured`, `encrypted DEVICE`, `nothing DEVICES`, or `failed WHAT(STATUS) ...` with the
* last complaints before it: a command that did not end well has left something unread, which must not look like a thing that
* is not there. Nothing in the script comes from an image. Device names stay in here: libguestfs' own names may differ from
* the appliance's.
*/
function captureScript() {
	const prunes = [...notListed.map((folder) => folder === "/usr/share" ? `-path "fs0${folder}/*" ! -path "fs0${folder}/keyrings*"` : `-path "fs0${folder}/*"`), ...notListedPatterns.map((pattern) => `-path "fs0${pattern}/*"`)];
	const finds = read$1.map(([folder, size]) => `if [ -d "$fs/${folder}" ]; then try "files-$fs" find "$fs/${folder}" -type f -size -${size + 1}k -print0; fi`);
	const files = readFiles.map((file) => `if [ -f "$fs/${file}" ]; then printf "%s\\0" "$fs/${file}"; fi`);
	const entry = "-printf \"%y %m %U %G %s\\t%P\\t%l\\0\"";
	return `
cd /sysroot || exit 1
LC_ALL=C
export LC_ALL
mkdir facts fs0 || exit 1
exec 2>facts/errors
failures=
failed() { failures="$failures $1"; }
try() { what=$1; shift; "$@" || failed "$what($?)"; }
try blkid blkid -c /dev/null -o export >facts/blkid
appliance=$(mountpoint -d /)
seen=
root=
for device in $(blkid -c /dev/null -o device); do
  [ "$(lsblk --nodeps --noheadings --output MAJ:MIN "$device" | tr -d " ")" = "$appliance" ] && continue
  type=$(blkid -c /dev/null -o value -s TYPE "$device")
  case "$type" in
    crypto_LUKS) echo "encrypted $device"; exit 0 ;;
    ext2|ext3|ext4|xfs|btrfs|f2fs|vfat) seen="$seen $device" ;;
    *) continue ;;
  esac
  [ "$type" = vfat ] && continue
  [ -z "$root" ] || continue
  mount -t "$type" -o ro "$device" fs0 || continue
  for release in etc/os-release usr/lib/os-release; do
    if [ -f "fs0/$release" ] || [ -L "fs0/$release" ]; then root=$device; roottype=$type; fi
  done
  [ -n "$root" ] || umount fs0
done
[ -n "$root" ] || { echo "nothing$seen"; exit 0; }
number=0
for device in $seen; do
  [ "$device" = "$root" ] && continue
  number=$((number + 1))
  mkdir "fs$number"
  mount -o ro "$device" "fs$number" || { failed "mount-$device($?)"; rmdir "fs$number"; }
done

disk=$(lsblk --inverse --raw --noheadings --output NAME,TYPE "$root" | sed -n "s/ disk$//p" | head -n 1)
# A disk may be one file system without a table.
status=0
sfdisk --json "/dev/$disk" >facts/partitions 2>table-fault || status=$?
cat table-fault >&2
[ "$status" -eq 0 ] || grep -q "does not contain a recognized partition table" table-fault || failed "partitions($status)"
try first-sector head -c 440 "/dev/$disk" >boot-sector
grep -c GRUB boot-sector >facts/boot-code || [ "$?" -eq 1 ] || failed boot-code
: >facts/superblock
case "$roottype" in ext*) try superblock dumpe2fs -h "$root" >facts/superblock ;; esac
for fs in fs*; do
  try "source-$fs" findmnt --noheadings --nofsroot --output SOURCE "/sysroot/$fs" >"facts/source-$fs"
  try "space-$fs" stat -f -c "%S %b %a" "$fs" >"facts/space-$fs"
  try "listing-$fs" find "$fs" ${prunes.map((prune) => `${prune} -prune`).join(" -o ")} \\
    -o ${entry} >"facts/listing-$fs"
  # The whole image, for what may lie nowhere.
  try "everywhere-$fs" find "$fs" ${containers.map((folder) => `-path "fs0${folder}/*" -prune`).join(" -o ")} \\
    -o \\( -type f -perm -0002 -o -type d -perm -0002 ! -perm -1000 -o -path "*/.ssh/authorized_keys*" \\) ${entry} \\
    , -type f -path "*/.ssh/authorized_keys*" -size -65k -fprint0 authorized-keys >"facts/everywhere-$fs"
  cat authorized-keys
  try "grub-$fs" find "$fs" -xdev -maxdepth 6 -path "fs0/*/*/*/*" -prune -o -name grub.cfg -type f -size -1024k -print0
  ${[...finds, ...files].join("\n  ")}
done >facts/wanted
for fs in fs*; do
  if [ "$fs" = fs0 ]; then folders="${keyFolders.map((folder) => `fs0/${folder}`).join(" ")}"; else folders=$fs; fi
  for folder in $folders; do
    if [ -d "$folder" ]; then try "keys-$folder" find "$folder" -type f -size -65k -print0; fi
  done
done >key-candidates
# grep ends with 1 where nothing is found.
try private-keys xargs -0 -r sh -c '
  grep -lIsZE -e "^[[:blank:]]*-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----" -- "$@"
  [ "$?" -le 1 ]' sh <key-candidates >facts/private-keys
for folder in usr/bin usr/sbin usr/local; do
  if [ -d "fs0/$folder" ]; then
    try "capabilities-$folder" getfattr -R -h -P --absolute-names -m "^security.capability$" -e hex "fs0/$folder"
  fi
done >facts/capabilities
try contents tar -cf capture.tar --no-recursion facts/* --null -T facts/wanted
[ -z "$failures" ] || { tail -n 5 facts/errors | tr -cd "[:print:]\\n"; echo "failed$failures"; exit 0; }
echo captured
`;
}

// src/inventory/grub.ts
/** Reads grub.cfg as grub-mkconfig writes it: what is booted, from where. */
function parseGrubConfiguration(text, file) {
	const entries = [];
	const searches = [];
	const devices = [];
	let title;
	text.split("\n").forEach((raw, index) => {
		const line = raw.trim();
		if (line.startsWith("#")) return;
		const menu = /^menuentry\s+(?:'((?:[^']|'\\'')*)'|"([^"]*)")/.exec(line);
		if (menu) {
			title = (menu[1] ?? menu[2] ?? "").replaceAll("'\\''", "'");
			return;
		}
		const linux = /^linux(?:16|efi)?\s+(\S+)\s*(.*)$/.exec(line);
		if (linux) entries.push({
			title: title ?? "",
			linux: linux[1] ?? "",
			arguments: (linux[2] ?? "").split(/\s+/).filter((word) => word !== ""),
			initrds: []
		});
		const initrd = /^initrd(?:16|efi)?\s+(.+)$/.exec(line);
		if (initrd) entries.at(-1)?.initrds.push(...(initrd[1] ?? "").split(/\s+/));
		const search = /^search\s(.*)$/.exec(line);
		if (search) {
			const words = (search[1] ?? "").split(/\s+/);
			const value = words.filter((word) => !word.startsWith("-")).at(-1) ?? "";
			const by = words.includes("--fs-uuid") ? "uuid" : words.includes("--label") || words.includes("-l") ? "label" : "file";
			if (!searches.some((other) => other.by === by && other.value === value)) searches.push({
				by,
				value
			});
		}
		for (const found of line.matchAll(/\/dev\/(?!null\b)[A-Za-z][\w/-]*/g)) devices.push({
			file,
			line: index + 1,
			text: found[0]
		});
	});
	return {
		file,
		entries,
		searches,
		devices
	};
}
/** Reads shell assignments: /etc/default/grub with its drop-ins, /etc/os-release, /etc/cloud/ds-identify.cfg. */
function parseAssignments(text) {
	const values = {};
	for (const line of text.split("\n")) {
		const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*[=:]\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))/.exec(line);
		if (match?.[1] !== void 0) values[match[1]] = match[2]?.replaceAll(/\\(.)/g, "$1") ?? match[3] ?? match[4] ?? "";
	}
	return values;
}

// src/inventory/redaction.ts
const secretName = /pass|secret|token|credential|api[-_]?key|private|hashed/i;
/** What stands in place of a secret. */
const redacted = "(not shown)";
/** A parsed configuration without the values of what speaks of a secret; private keys are taken out wherever they stand. */
function redact(value, isSecret = false) {
	if (Array.isArray(value)) return value.map((item) => redact(item, isSecret));
	if (typeof value === "object" && value !== null) {
		const members = Object.entries(value);
		return Object.fromEntries(members.map(([key, member]) => [key, redact(member, isSecret || secretName.test(key))]));
	}
	if (typeof value === "string") return isSecret || value.includes("PRIVATE KEY-----") ? redacted : withoutCredentials(value);
	if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
	return String(value);
}
/** An address without user name and password. */
function withoutCredentials(text) {
	return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, "$1");
}

// src/inventory/cloud-init.ts
/** Reads cloud-init's own configuration of an image: cloud.cfg and cloud.cfg.d merged, and what ds-identify is told. */
function readCloudInit(tree, contents) {
	const faults = [];
	const files = ["/etc/cloud/cloud.cfg", ...tree.within("/etc/cloud/cloud.cfg.d").map((entry) => entry.path).filter((path) => path.endsWith(".cfg"))].filter((path) => contents.text(path) !== void 0);
	let merged = {};
	for (const file of files) {
		const [document] = (0, import_dist.parseAllDocuments)(contents.text(file) ?? "", { merge: true });
		if (document === void 0 || "empty" in document) continue;
		const [error] = document.errors;
		if (error) faults.push({
			file,
			line: error.linePos?.[0].line ?? 0,
			text: error.message.split("\n")[0] ?? ""
		});
		else if ((0, import_dist.isMap)(document.contents)) merged = mergeOver(document.toJS(), merged);
		else if (document.contents !== null) faults.push({
			file,
			line: 1,
			text: "it is not a mapping"
		});
	}
	const disabled = "/etc/cloud/cloud-init.disabled";
	return {
		files,
		configuration: redact(merged),
		dsIdentify: parseAssignments(contents.text("/etc/cloud/ds-identify.cfg") ?? ""),
		disabledBy: tree.resolve(disabled) === void 0 ? null : disabled,
		faults
	};
}
/** cloud-init's merge of its own configuration: mappings are joined, the later file's value wins, lists are replaced. */
function mergeOver(later, earlier) {
	const merged = { ...earlier };
	for (const [key, value] of Object.entries(later)) {
		const before = merged[key];
		merged[key] = isMapping(value) && isMapping(before) ? mergeOver(value, before) : value;
	}
	return merged;
}
function isMapping(value) {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}

// src/inventory/file-tree.ts
const types = {
	f: "file",
	d: "folder",
	l: "link"
};
/**
* Reads find's listing: `type mode uid gid size TAB path TAB target NUL` (see capture-script.ts).
*
* @param mountPoint where the listed file system belongs in the tree
*/
function parseListing(text, mountPoint) {
	return text.split("\0").flatMap((record) => {
		const [facts = "", path, target = ""] = record.split("	");
		const [type = "", mode = "", uid = "", gid = "", size = ""] = facts.split(" ");
		if (path === void 0) return [];
		return [{
			path: posix.join(mountPoint, path),
			type: types[type] ?? "other",
			mode: mode.padStart(4, "0"),
			uid: Number(uid),
			gid: Number(gid),
			sizeBytes: Number(size),
			...type === "l" ? { target } : {}
		}];
	});
}
/** The file tree of an image, in memory. Links are followed within the image, never on this machine. */
var FileTree = class {
	#entries = /* @__PURE__ */ new Map();
	#children = /* @__PURE__ */ new Map();
	#notListed;
	constructor(entries, notListed = []) {
		for (const entry of entries) this.#entries.set(entry.path, entry);
		for (const entry of this.#entries.values()) {
			if (entry.path === "/") continue;
			const folder = posix.dirname(entry.path);
			const siblings = this.#children.get(folder);
			if (siblings === void 0) this.#children.set(folder, [entry]);
			else siblings.push(entry);
		}
		for (const siblings of this.#children.values()) siblings.sort((left, right) => left.path < right.path ? -1 : 1);
		this.#notListed = notListed;
	}
	/** The entry itself; a link is not followed, but links among its folders are. */
	entry(path) {
		const direct = this.#entries.get(path);
		if (direct !== void 0 || path === "/") return direct;
		const folder = this.resolve(posix.dirname(path));
		return folder === void 0 ? void 0 : this.#entries.get(posix.join(folder.path, posix.basename(path)));
	}
	/** What a path leads to, through all links; undefined when there is nothing. */
	resolve(path) {
		return this.trail(path).at(-1);
	}
	/** Every link on the way to what a path leads to, then that; empty when it leads nowhere. */
	trail(path) {
		const passed = [];
		let rest = posix.normalize(path).split("/").filter((part) => part !== "");
		let at = "/";
		let links = 0;
		for (;;) {
			const part = rest.shift();
			if (part === void 0) break;
			if (part === "..") {
				at = posix.dirname(at);
				continue;
			}
			const next = this.#entries.get(posix.join(at, part));
			if (next === void 0) return [];
			if (next.type !== "link") {
				at = next.path;
				continue;
			}
			passed.push(next);
			if (++links > 40) return [];
			const target = next.target ?? "";
			rest = [...target.split("/").filter((step) => step !== "" && step !== "."), ...rest];
			if (target.startsWith("/")) at = "/";
		}
		const end = this.#entries.get(at);
		return end === void 0 ? [] : [...passed, end];
	}
	/** Whether a regular file that somebody may execute is there. Unlisted folders get the benefit of the doubt. */
	isProgram(path) {
		const found = this.resolve(path);
		if (found === void 0) return this.isUnlisted(path);
		return found.type === "file" && (Number.parseInt(found.mode, 8) & 73) !== 0;
	}
	/** Whether anything is there. Unlisted folders get the benefit of the doubt. */
	exists(path) {
		return this.resolve(path) !== void 0 || this.isUnlisted(path);
	}
	isUnlisted(path) {
		return this.#notListed.some((folder) => path.startsWith(`${folder}/`));
	}
	/** Directly in a folder, sorted by name; links in the folder's own path are followed. */
	within(folder) {
		const start = this.resolve(folder);
		return start === void 0 ? [] : this.#children.get(start.path) ?? [];
	}
	/** All below a folder, each folder before its content. */
	below(folder) {
		return this.within(folder).flatMap((entry) => [entry, ...entry.type === "folder" ? this.below(entry.path) : []]);
	}
	entries() {
		return this.#entries.values();
	}
};

// src/inventory/contents.ts
/** What was read of the image's files, by path; links are followed within the image. */
var Contents = class {
	#files;
	#tree;
	constructor(files, tree = new FileTree([])) {
		this.#files = files;
		this.#tree = tree;
	}
	/** A file's text; undefined when it is not there or was not read. */
	text(path) {
		const bytes = this.#files.get(path) ?? this.#files.get(this.#tree.resolve(path)?.path ?? "");
		return bytes === void 0 ? void 0 : Buffer.from(bytes).toString("utf8");
	}
	/** The paths that were read and lie below a folder, sorted. */
	below(folder) {
		const start = this.#tree.resolve(folder)?.path ?? folder;
		return [...this.#files.keys()].filter((path) => path.startsWith(`${start}/`)).toSorted();
	}
	/** Whether a file's bytes look like text: no NUL near the beginning. */
	isText(path) {
		return !(this.#files.get(path)?.subarray(0, 8192).includes(0) ?? true);
	}
};

// src/inventory/fstab.ts
/** Reads /etc/fstab (fstab(5)). */
function parseFstab(text) {
	return text.split("\n").flatMap((raw, index) => {
		const [device, mountPoint, type, options = "defaults"] = raw.trim().split(/\s+/);
		if (!device || device.startsWith("#") || !mountPoint || !type) return [];
		return [{
			line: index + 1,
			device: unescapeBlanks(device),
			mountPoint: unescapeBlanks(mountPoint),
			type,
			options: options.split(",")
		}];
	});
}
/** Whether a device of fstab or `root=` means this file system; undefined when the name says nothing about a file system. */
function names(device, fileSystem) {
	const [kind = "", value = ""] = device.split("=", 2).map((part) => part.replaceAll("\"", ""));
	switch (kind) {
		case "LABEL": return value === fileSystem.label;
		case "UUID": return value.toLowerCase() === fileSystem.uuid.toLowerCase();
		case "PARTLABEL": return value === fileSystem.partitionLabel;
		case "PARTUUID": return value.toLowerCase() === fileSystem.partitionUuid.toLowerCase();
		default: return false;
	}
}
/** Blanks are written as octal escapes. */
function unescapeBlanks(text) {
	return text.replaceAll(/\\([0-7]{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)));
}

// src/inventory/disk-layout.ts
const sfdiskSchema = object({ partitiontable: object({
	label: string(),
	sectorsize: int().default(512),
	partitions: array(object({
		node: string(),
		start: int(),
		size: int(),
		type: string(),
		name: string().default("")
	})).default([])
}) });
/** Partition type of an EFI system partition: GPT's GUID, and the byte of a DOS table. */
const efiTypes = ["c12a7328-f81f-11d2-ba4b-00a0c93ec93b", "ef"];
/** Reads `sfdisk --json`; empty text is a disk without a partition table. */
function parsePartitions(text) {
	if (text.trim() === "") return {
		partitionTable: "none",
		partitions: [],
		nodes: []
	};
	const { label, sectorsize, partitions } = sfdiskSchema.parse(JSON.parse(text)).partitiontable;
	const sorted = partitions.toSorted((left, right) => left.start - right.start);
	return {
		partitionTable: label === "gpt" ? "gpt" : "dos",
		partitions: sorted.map(({ node, start, size, type, name }) => ({
			number: partitionNumber(node),
			type: type.toLowerCase(),
			name,
			startBytes: start * sectorsize,
			sizeBytes: size * sectorsize
		})),
		nodes: sorted.map((partition) => partition.node)
	};
}
/** Reads `blkid -o export` of all devices; those that hold a file system. */
function parseBlkid(text) {
	return text.split(/\n{2,}/).flatMap((stanza) => {
		const fields = new Map(stanza.split("\n").map((line) => {
			const equals = line.indexOf("=");
			return [line.slice(0, equals), line.slice(equals + 1).replaceAll(/\\(.)/g, "$1")];
		}));
		const field = (name) => fields.get(name) ?? "";
		if (field("DEVNAME") === "" || field("TYPE") === "") return [];
		return [{
			device: field("DEVNAME"),
			type: field("TYPE"),
			label: field("LABEL"),
			uuid: field("UUID"),
			partitionLabel: field("PARTLABEL"),
			partitionUuid: field("PARTUUID")
		}];
	});
}
/**
* Puts file systems into the tree: root where the operating system was found, others by fstab; an EFI system partition
* that fstab does not name belongs to /boot/efi.
*/
function placeFileSystems(found, layout, rootDevice, fstab) {
	const taken = /* @__PURE__ */ new Set();
	return found.map((fileSystem) => {
		const partition = layout.nodes.includes(fileSystem.device) ? partitionNumber(fileSystem.device) : 0;
		const placed = {
			...fileSystem,
			partition,
			mountPoint: null
		};
		const type = layout.partitions.find((entry) => entry.number === partition)?.type ?? "";
		const wanted = fileSystem.device === rootDevice ? "/" : fstab.find((entry) => entry.mountPoint.startsWith("/") && names(entry.device, placed))?.mountPoint ?? (efiTypes.includes(type) ? "/boot/efi" : null);
		if (wanted === null || taken.has(wanted)) return placed;
		taken.add(wanted);
		return {
			...placed,
			mountPoint: wanted
		};
	});
}
function partitionNumber(node) {
	return Number(/(\d+)$/.exec(node)?.[1] ?? 0);
}

// src/inventory/unit-file.ts
/**
* Reads a file of systemd's syntax (systemd.syntax(7)): sections, `Key=value`, a backslash that continues a line (comment
* lines between are skipped), `#` and `;` comments. Lines that are no assignment are left out, as systemd does with a warning.
*/
function parseUnitFile(text) {
	const assignments = [];
	let section = "";
	let pending = "";
	for (const raw of text.split("\n")) {
		const line = raw.trim();
		if (line.startsWith("#") || line.startsWith(";")) continue;
		if (line.endsWith("\\")) {
			pending += `${line.slice(0, -1).trimEnd()} `;
			continue;
		}
		const whole = (pending + line).trim();
		pending = "";
		const header = /^\[(.+)\]$/.exec(whole);
		if (header) {
			section = header[1] ?? "";
			continue;
		}
		const equals = whole.indexOf("=");
		if (equals < 1) continue;
		assignments.push({
			section,
			key: whole.slice(0, equals).trim(),
			value: whole.slice(equals + 1).trim()
		});
	}
	return assignments;
}
/** Dependencies cannot be reset: a drop-in can only add to them (systemd.unit(5)). */
const neverReset = /* @__PURE__ */ new Set([
	"After",
	"Before",
	"Wants",
	"Requires",
	"Requisite",
	"BindsTo",
	"PartOf",
	"Upholds",
	"Conflicts",
	"OnFailure",
	"OnSuccess"
]);
/** Settings of which a later one adds to the earlier, until an empty assignment; of all others the last counts. */
const accumulating = /^(Exec|Condition|Assert|Environment|EnvironmentFile|Listen|On[A-Z]|Path|DirectoryNotEmpty|WantedBy|RequiredBy|UpheldBy|Alias|Also|Documentation|.*Directory$|.*Paths$|SupplementaryGroups|DeviceAllow|RequiresMountsFor|WantsMountsFor|PassEnvironment|UnsetEnvironment|Sockets|SystemCallFilter|RestrictAddressFamilies|CapabilityBoundingSet|AmbientCapabilities)/;
/** Merges a unit file and its drop-ins, in the order given. */
function mergeAssignments(files) {
	let merged = [];
	for (const assignment of files.flat()) {
		const same = (other) => other.section === assignment.section && other.key === assignment.key;
		if (!(neverReset.has(assignment.key) || accumulating.test(assignment.key) && assignment.value !== "")) merged = merged.filter((other) => !same(other));
		if (assignment.value !== "") merged.push(assignment);
	}
	return merged;
}
/** All values of a setting. */
function valuesIn(settings, section, key) {
	return settings.filter((entry) => entry.section === section && entry.key === key).map((entry) => entry.value);
}
/** The value that counts of a setting that has one. */
function valueIn(settings, section, key) {
	return valuesIn(settings, section, key).at(-1);
}
/** The words of a setting that is a list of names: dependencies, ReadWritePaths. */
function wordsIn(settings, section, key) {
	return valuesIn(settings, section, key).flatMap((value) => value.split(/\s+/).filter((word) => word !== ""));
}
/** systemd's booleans; undefined when it is none of them. */
function parseBoolean(value) {
	if (value === void 0) return void 0;
	if (/^(1|yes|y|true|t|on)$/i.test(value)) return true;
	if (/^(0|no|n|false|f|off)$/i.test(value)) return false;
}

// src/inventory/unit-programs.ts
/** The first word of an Exec line without its prefixes (systemd.service(5)); undefined where a specifier hides it. */
function programOf(commandLine) {
	const match = /^([-@:+!|]*)\s*(?:"([^"]+)"|'([^']+)'|(\S+))/.exec(commandLine);
	const path = match?.[2] ?? match?.[3] ?? match?.[4];
	if (path === void 0 || /[%$]/.test(path)) return void 0;
	return {
		path,
		optional: match?.[1]?.includes("-") ?? false
	};
}
/** The programs that a unit cannot start without. */
function requiredPrograms(unit) {
	return unit.settings.filter(({ section, key }) => section === "Service" && [
		"ExecStart",
		"ExecStartPre",
		"ExecStartPost"
	].includes(key)).flatMap(({ value }) => {
		const program = programOf(value);
		return program === void 0 || program.optional ? [] : [program.path];
	});
}
/** Environment files without the prefix `-`, which would make them optional. */
function requiredFiles(unit) {
	return valuesIn(unit.settings, "Service", "EnvironmentFile").filter((value) => value.startsWith("/") && !/[%*?[]/.test(value));
}

// src/inventory/files-that-matter.ts
/** Folders that are listed whole; the number is how many levels below are kept. */
const keptFolders = [
	["/", 1],
	["/boot", 4],
	["/etc", 4],
	["/home", 3],
	["/opt", 2],
	["/root", 3],
	["/run", 2],
	["/srv", 1],
	["/tmp", 1],
	["/usr/bin", 1],
	["/usr/sbin", 1],
	["/usr/libexec", 2],
	["/usr/local", 3],
	["/usr/lib/systemd", 1],
	["/usr/lib/modules", 1],
	["/usr/share/keyrings", 1],
	["/var", 2],
	["/var/lib/cloud", 2],
	["/var/lib/systemd", 1],
	["/var/lib/trove", 2],
	["/var/log", 2],
	["/var/tmp", 1]
];
/** Folders in which all names are links or data that no rule and no reader asks for. */
const leftOut = /^\/etc\/(alternatives|ssl\/certs|rc[0-6S]\.d|apparmor\.d|ca-certificates|X11|terminfo|security|pam\.d|ldap|iproute2)\//;
/** The entries that go into the inventory, sorted by path. */
function filesThatMatter(tree, units) {
	const kept = /* @__PURE__ */ new Map();
	const keep = (entry) => kept.set(entry.path, entry);
	for (const [folder, levels] of keptFolders) {
		const start = tree.resolve(folder);
		if (start === void 0) continue;
		keep(start);
		const walk = (path, left) => {
			if (left === 0) return;
			for (const entry of tree.within(path)) {
				if (leftOut.test(entry.path)) continue;
				keep(entry);
				if (entry.type === "folder") walk(entry.path, left - 1);
			}
		};
		walk(start.path, levels);
	}
	for (const entry of tree.entries()) if (isSpecial(entry)) keep(entry);
	for (const path of units.flatMap((unit) => [...programsNamed(unit), ...requiredFiles(unit)])) for (const entry of tree.trail(path)) keep(entry);
	for (const entry of [...kept.values()]) if (entry.type === "link") for (const step of tree.trail(entry.path)) keep(step);
	for (const { path } of [...kept.values()]) for (let folder = posix.dirname(path); folder !== "/"; folder = posix.dirname(folder)) {
		const entry = tree.entry(folder);
		if (entry !== void 0) keep(entry);
	}
	return [...kept.values()].toSorted((left, right) => left.path < right.path ? -1 : 1);
}
function programsNamed(unit) {
	return unit.settings.filter(({ key }) => /^Exec(Start|Stop|Reload|Condition)/.test(key)).flatMap(({ value }) => programOf(value)?.path ?? []).filter((path) => path.startsWith("/"));
}
/** Setuid, setgid, with capabilities, or writable by everybody without the sticky bit. */
function isSpecial(entry) {
	const mode = Number.parseInt(entry.mode, 8);
	if (entry.capabilities !== void 0) return true;
	if (entry.type === "file") return (mode & 3072) !== 0 || (mode & 2) !== 0;
	return entry.type === "folder" && (mode & 514) === 2;
}

// src/inventory/kernels.ts
/** Kernels under /boot, newest first, with whether their initrd and modules are there. */
function readKernels(tree) {
	return tree.within("/boot").flatMap((entry) => /^\/boot\/vmlinu[xz]-(.+)$/.exec(entry.path)?.[1] ?? []).toSorted((left, right) => right.localeCompare(left, "en", { numeric: true })).map((version) => ({
		version,
		initrd: ["initrd.img-", "initramfs-"].some((prefix) => tree.within("/boot").some((entry) => entry.path.startsWith(`/boot/${prefix}${version}`))),
		modules: tree.exists(`/usr/lib/modules/${version}/modules.dep`) || tree.exists(`/lib/modules/${version}/modules.dep`)
	}));
}

// src/inventory/network.ts
/** What configures the network: systemd-networkd, netplan, ifupdown, NetworkManager, the resolver. */
function readNetwork(tree, contents) {
	return {
		networkd: readNetworkd(tree, contents),
		netplan: chosen(tree, ["/usr/lib/netplan", "/etc/netplan"], ".yaml").map((file) => ({
			file,
			configuration: readYaml(contents.text(file) ?? "")
		})),
		interfaces: readInterfaces(tree, contents),
		connections: tree.within("/etc/NetworkManager/system-connections").map((entry) => entry.path),
		resolver: readResolver(tree, contents)
	};
}
/** Files with their drop-ins; one under /etc replaces one of the same name under /usr/lib. */
function readNetworkd(tree, contents) {
	const folders = ["/usr/lib/systemd/network", "/etc/systemd/network"];
	return [
		".network",
		".netdev",
		".link"
	].flatMap((suffix) => chosen(tree, folders, suffix).map((file) => {
		const texts = [file, ...folders.flatMap((folder) => tree.within(`${folder}/${posix.basename(file)}.d`).map((entry) => entry.path)).filter((path) => path.endsWith(".conf"))].map((path) => contents.text(path) ?? "");
		return {
			file,
			settings: mergeAssignments(texts.map(parseUnitFile))
		};
	}));
}
/** Files of several folders by name; the later folder's counts, and a link to /dev/null there takes a file away. */
function chosen(tree, folders, suffix) {
	const byName = /* @__PURE__ */ new Map();
	for (const folder of folders) for (const entry of tree.within(folder)) {
		if (!entry.path.endsWith(suffix)) continue;
		if (entry.type === "link" && entry.target === "/dev/null") byName.delete(posix.basename(entry.path));
		else byName.set(posix.basename(entry.path), entry.path);
	}
	return [...byName.entries()].toSorted(([left], [right]) => left < right ? -1 : 1).map(([, path]) => path);
}
function readInterfaces(tree, contents) {
	return ["/etc/network/interfaces", ...tree.within("/etc/network/interfaces.d").map((entry) => entry.path)].flatMap((file) => (contents.text(file) ?? "").split("\n").flatMap((line, index) => {
		const match = /^\s*iface\s+(\S+)\s+inet6?\s+(\S+)/.exec(line);
		return match && match[1] !== "lo" ? [{
			file,
			line: index + 1,
			name: match[1] ?? "",
			method: match[2] ?? ""
		}] : [];
	}));
}
function readResolver(tree, contents) {
	const entry = tree.entry("/etc/resolv.conf");
	if (entry === void 0) return {
		type: "absent",
		target: null,
		nameServers: [],
		search: []
	};
	const lines = (contents.text("/etc/resolv.conf") ?? "").split("\n").map((line) => line.trim().split(/\s+/));
	return {
		type: entry.type === "link" ? "link" : "file",
		target: entry.target ?? null,
		nameServers: lines.filter(([word]) => word === "nameserver").map(([, address = ""]) => address),
		search: lines.filter(([word]) => word === "search" || word === "domain").flatMap(([, ...domains]) => domains)
	};
}
function readYaml(text) {
	try {
		const value = (0, import_dist.parse)(text);
		return typeof value === "object" && value !== null ? redact(value) : {};
	} catch {
		return {};
	}
}

// src/inventory/package-sources.ts
/** Reads apt's sources, keys and settings. */
function readPackageSources(tree, contents) {
	const folder = tree.within("/etc/apt/sources.list.d").map((entry) => entry.path);
	const faults = [];
	const sources = ["/etc/apt/sources.list", ...folder].flatMap((file) => {
		const text = contents.text(file);
		return text === void 0 ? [] : parseSources(text, file).map((source) => described(source, contents));
	});
	const settings = ["/etc/apt/apt.conf", ...tree.within("/etc/apt/apt.conf.d").map((entry) => entry.path)].flatMap((file) => {
		const text = contents.text(file);
		if (text === void 0 || /(~|\.(bak|dpkg-\w+|disabled|save))$/.test(file)) return [];
		try {
			return parseAptConfiguration(text).map(({ name, value }) => ({
				file,
				name,
				value: withoutCredentials(value)
			}));
		} catch (error) {
			faults.push({
				file,
				line: 0,
				text: error.message
			});
			return [];
		}
	});
	return {
		sources,
		trustedKeys: ["/etc/apt/trusted.gpg", ...tree.within("/etc/apt/trusted.gpg.d").map((entry) => entry.path)].filter((file) => /\.(gpg|asc)$/.test(file) && (tree.resolve(file)?.sizeBytes ?? 0) > 0),
		settings,
		faults
	};
}
/**
* Reads apt.conf(5): `Name::Sub "value";`, `Name { Sub "value"; };`, lists. Gives whole names with their values, in order.
*
* @throws Error for an unfinished string or block, which makes apt refuse all its work
*/
function parseAptConfiguration(text) {
	const tokens = text.replaceAll(/\/\*[\s\S]*?\*\//g, " ").matchAll(/"([^"\n]*)"|([{};])|(?:\/\/|#(?!clear|include)).*|([^\s{};"]+)|(")/g);
	const settings = [];
	const scopes = [];
	let name = "";
	let value;
	for (const [, quoted, mark, word, stray] of tokens) {
		if (stray !== void 0) throw new Error("a string does not end on its line");
		if (quoted !== void 0) value = quoted;
		else if (word !== void 0 && name === "") name = word;
		else if (word !== void 0) value = word;
		else if (mark === "{") {
			scopes.push(name);
			name = "";
			value = void 0;
		} else if (mark === "}") {
			if (scopes.pop() === void 0) throw new Error("a \"}\" has no \"{\"");
			name = "";
			value = void 0;
		} else if (mark === ";") {
			if (value !== void 0 && !name.startsWith("#")) settings.push({
				name: [...scopes, name.replace(/::$/, "")].filter((part) => part !== "").join("::"),
				value
			});
			name = "";
			value = void 0;
		}
	}
	if (scopes.length > 0) throw new Error("a \"{\" has no \"}\"");
	return settings;
}
/** An entry without names and passwords, with the mirrors of its list; a key in the entry itself is in its file. */
function described({ ownKey, ...source }, contents) {
	const uris = source.uris.flatMap((uri) => expandMirrorList(uri, (path) => contents.text(path)));
	const clean = uris.map(withoutCredentials);
	return {
		...source,
		types: [...source.types],
		uris: clean,
		suites: [...source.suites],
		components: [...source.components],
		signedBy: ownKey ? [source.file] : [...source.signedBy],
		credentials: clean.some((uri, index) => uri !== uris[index])
	};
}

// src/inventory/packages.ts
/** Reads /var/lib/dpkg/status. */
function parseDpkgStatus(text) {
	return text.split(/\n{2,}/).flatMap((stanza) => {
		const field = (name) => new RegExp(`^${name}: *(.*)$`, "m").exec(stanza)?.[1]?.trim() ?? "";
		const name = field("Package");
		if (name === "") return [];
		const state = field("Status").split(/\s+/);
		return [{
			name,
			version: field("Version"),
			architecture: field("Architecture"),
			state: state[1] === "ok" ? state[2] ?? "" : state[1] ?? "",
			source: field("Source").split(" ")[0] || name
		}];
	});
}

// src/inventory/passwords.ts
/**
* Perl's crypt() is libcrypt's, so it knows every hash that Debian and Ubuntu use, yescrypt too. One line in is
* `HASH<TAB>PASSWORD`; a line out is 1 (it fits), 0 (it does not) or ? (libcrypt does not know the kind). Hashes go over
* standard input: the arguments of a process can be read by everybody.
*/
const compare = String.raw`
  while (<STDIN>) {
    chomp; my ($hash, $word) = split /\t/, $_, 2;
    my $made = crypt($word, $hash);
    print defined($made) && $made !~ /^\*/ ? ($made eq $hash ? "1" : "0") : "?", "\n";
  }`;
/**
* Accounts as users of the inventory, with whether a password is the user's own name.
*
* @throws InterruptedError when `signal` aborts
*/
async function judgePasswords(accounts, signal, limits = {
	eachSeconds: 20,
	allSeconds: 60
}) {
	const endsAt = performance.now() + limits.allSeconds * 1e3;
	const users = [];
	for (const { hash, ...account } of accounts) if (hash === void 0) users.push({
		...account,
		passwordIsName: "no"
	});
	else {
		const leftSeconds = Math.min(limits.eachSeconds, (endsAt - performance.now()) / 1e3);
		users.push({
			...account,
			...await compareWithName(hash, account.name, leftSeconds, signal)
		});
	}
	return users;
}
async function compareWithName(hash, name, leftSeconds, signal) {
	const tooExpensive = {
		passwordIsName: "unknown",
		passwordNote: "its hash is too expensive to test"
	};
	if (leftSeconds <= 0) return tooExpensive;
	const startedAt = performance.now();
	try {
		const input = `${hash}\t${name}\n`;
		const { stdout } = await run("perl", ["-e", compare], {
			input,
			supervised: true,
			timeoutSeconds: leftSeconds,
			signal
		});
		if (stdout.trim() === "1") return { passwordIsName: "yes" };
		if (stdout.trim() === "0") return { passwordIsName: "no" };
		return {
			passwordIsName: "unknown",
			passwordNote: "this machine's libcrypt does not know the hash"
		};
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		if ((performance.now() - startedAt) / 1e3 >= leftSeconds) return tooExpensive;
		return {
			passwordIsName: "unknown",
			passwordNote: "perl, whose crypt() compares passwords, could not be run"
		};
	}
}

// src/inventory/secrets.ts
const secretAssignment = /\b([A-Z][A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|CREDENTIALS?)[A-Z0-9_]*)=(["']?)([^\s"']+)/;
/** An option of a configuration file, in lower case: `database_password = x`, `api_key: x`. */
const secretOption = /^\s*(?:-\s+)?["']?((?:[a-z][a-z0-9_.-]*[_.-])?(?:password|passwd|pass|secret|token|api_?key|access_key|secret_key|encr_key))["']?\s*[=:]\s*(["']?)([^\s"',]+)/;
/** A line of netrc(5), which apt's auth.conf is, too. */
const netrcPassword = /(?:^|\s)password\s+(\S+)/;
const netrcFile = /\/(\.netrc|_netrc|netrc|auth\.conf)$|^\/etc\/apt\/auth\.conf\.d\/[^/]+$/;
/** What `docker login` leaves. */
const dockerLogin = /"(auth|identitytoken|registrytoken)"\s*:\s*"[^"]+"/;
const dockerFile = /\/(\.docker\/config\.json|\.dockercfg)$/;
/** Values that are no secret: variables, fields of templates, words for nothing, switches, numbers. */
const harmlessValue = /^(\$|\*+$|<|%[A-Z(]|\{\{|@[A-Z_]+@|\(not|none$|null$|true$|false$|yes$|no$|x+$|\d{1,5}$|changeme$)/i;
/** As in OpenStack's guides: RABBIT_PASS, TROVE_DBPASS. */
const guideWord = /^[A-Z_]*PASS(WORD)?$/;
const credentialAddress = /\b[a-z][a-z0-9+.-]*:\/\/[^/\s:@"']+:[^/\s:@"']+@[^\s"']+/i;
const bearer = /\b(?:authorization: *)?(bearer|basic) +[A-Za-z0-9+/_.~-]{16,}=*/i;
/** Where a build leaves what it was told: manifests, logs, environment, home folders, the agent's configuration. */
const searched = [
	"/etc/dib-manifests",
	"/etc/profile.d",
	"/etc/default",
	"/etc/trove",
	"/etc/apt",
	"/etc/docker",
	"/etc/mysql",
	"/etc/openstack",
	"/var/log",
	"/root",
	"/home"
];
const searchedFiles = [
	"/etc/environment",
	"/etc/pip.conf",
	"/etc/wgetrc",
	"/etc/sudoers"
];
/** Values given to names that speak of secrets, and addresses with a password in them; the values are not kept. */
function findSecretAssignments(contents) {
	return textFiles(contents).flatMap((file) => {
		const isLog = file.startsWith("/var/log/");
		return (contents.text(file) ?? "").split("\n").flatMap((line, index) => {
			if (!isLog && /^\s*[#;]/.test(line)) return [];
			const found = (text) => [{
				file,
				line: index + 1,
				text
			}];
			const assignment = secretAssignment.exec(line);
			if (assignment && !/^(\$|\*+$|<|\(not|None$|null$|x+$)/i.test(assignment[3] ?? "")) return found(`${assignment[1]}=(not shown)`);
			const option = isLog ? null : secretOption.exec(line);
			if (option && ![harmlessValue, guideWord].some((form) => form.test(option[3] ?? ""))) return found(`${option[1]} = (not shown)`);
			if (netrcFile.test(file) && netrcPassword.test(line)) return found("password (not shown)");
			const login = dockerFile.test(file) ? dockerLogin.exec(line) : null;
			if (login) return found(`"${login[1]}": (not shown)`);
			const address = credentialAddress.exec(line);
			if (address) return found(`an address with a password: ${withoutCredentials(address[0])}`);
			return bearer.test(line) && isLog ? found("an Authorization header") : [];
		});
	});
}
/** DIB's element manifests saves all DIB_* variables, passwords and the build host's paths among them. */
function findEnvironmentDumps(tree) {
	return tree.below("/etc/dib-manifests").filter((entry) => entry.type === "file" && /\/dib_environment[^/]*$/.test(entry.path)).map((entry) => entry.path);
}
/** Histories of shells and clients with something in them. */
function findHistories(tree) {
	return ["/root", "/home"].flatMap((folder) => tree.below(folder)).filter((entry) => entry.type === "file" && entry.sizeBytes > 0).map((entry) => entry.path).filter((path) => /\/\.(\w+_history|lesshst|viminfo)$/.test(path));
}
/** A proxy set for the whole system: in the environment, for units, for apt, pip, wget and Docker. */
function findProxies(tree, contents, aptSettings) {
	const found = [
		"/etc/environment",
		"/etc/pip.conf",
		"/etc/wgetrc",
		"/root/.wgetrc",
		"/root/.curlrc",
		"/root/.docker/config.json",
		"/root/.gitconfig",
		"/etc/gitconfig",
		...[
			"/etc/profile.d",
			"/etc/default",
			"/etc/environment.d",
			"/etc/systemd",
			"/etc/sudoers.d",
			"/root/.config/pip"
		].flatMap((folder) => tree.below(folder).map((entry) => entry.path))
	].flatMap((file) => (contents.text(file) ?? "").split("\n").flatMap((line, index) => {
		if (/^\s*[#;]/.test(line)) return [];
		const match = /\b((?:https?|ftp|all|no)_?proxy)["']?\s*[=:]\s*["']?([^\s"']+)|^\s*proxy\s*=\s*(\S+)/i.exec(line);
		if (!match || /^no_?proxy$/i.test(match[1] ?? "")) return [];
		const value = match[2] ?? match[3] ?? "";
		return value.startsWith("$") || !/[:.]/.test(value) ? [] : [{
			file,
			line: index + 1,
			text: withoutCredentials(line.trim())
		}];
	}));
	const apt = aptSettings.filter(({ name, value }) => /^Acquire::(\w+::Proxy|\w+::ProxyAutoDetect|\w+::Proxy-Auto-Detect)/i.test(name) && !/^(false|direct|)$/i.test(value)).map(({ file, name, value }) => ({
		file,
		line: 0,
		text: `${name} "${value}"`
	}));
	return [...found, ...apt];
}
function textFiles(contents) {
	const folders = searched.flatMap((folder) => contents.below(folder));
	return [...searchedFiles, ...folders].filter((path) => contents.isText(path));
}

// src/inventory/ssh.ts
/** Where sshd looks for keys when nothing else is set (sshd_config(5)). */
const usualKeyFiles = [".ssh/authorized_keys", ".ssh/authorized_keys2"];
/** Settings by which a password, or none, opens the server. */
const opening = ["permitrootlogin", "permitemptypasswords"];
/** Host keys, keys that let somebody in, and the server's settings. */
function readSsh(tree, contents, users) {
	const hostKeys = tree.within("/etc/ssh").map((entry) => entry.path).filter((path) => /\/ssh_host_\w+_key(\.pub)?$/.test(path));
	const { keyFiles, ...settings } = readServer(tree, contents);
	const named = [{
		name: "root",
		uid: 0,
		home: "/root"
	}, ...users].flatMap((user) => [...usualKeyFiles, ...keyFiles].map((pattern) => keyFileOf(pattern, user)));
	const lying = [...tree.entries()].map((entry) => entry.path).filter((path) => /\/\.ssh\/authorized_keys2?$/.test(path));
	return {
		hostKeys,
		authorizedKeys: [.../* @__PURE__ */ new Set([...named, ...lying])].toSorted().flatMap((file) => readKeys(file, tree, contents) ?? []),
		...settings
	};
}
/** A path of AuthorizedKeysFile for one user: with tokens, from the home folder when it is relative. */
function keyFileOf(pattern, user) {
	const tokens = {
		"%%": "%",
		"%h": user.home,
		"%u": user.name,
		"%U": String(user.uid)
	};
	return posix.resolve("/", user.home, pattern.replaceAll(/%[%huU]/g, (token) => tokens[token] ?? token));
}
/** The keys in a file; undefined when there are none. */
function readKeys(file, tree, contents) {
	const text = contents.text(file);
	if (text !== void 0) {
		const keys = text.split("\n").filter((line) => /^\s*[^#\s]/.test(line)).length;
		return keys === 0 ? void 0 : {
			file,
			keys
		};
	}
	const entry = tree.entry(file);
	const target = entry?.type === "link" ? posix.resolve(posix.dirname(file), entry.target ?? "") : file;
	const found = tree.resolve(file);
	return (found === void 0 ? tree.isUnlisted(target) && isNamedThere(entry, file) : found.sizeBytes > 0) && found?.type !== "folder" ? {
		file,
		keys: null
	} : void 0;
}
/** Every `.ssh/authorized_keys` of the image is listed, wherever it lies; of other names below an unlisted folder nothing is known. */
function isNamedThere(entry, file) {
	return entry !== void 0 || !/\/\.ssh\/authorized_keys2?$/.test(file);
}
/**
* The first value of a keyword counts, and an Include is read where it stands (sshd_config(5)). `Match all` is no condition;
* of blocks with one only what lets somebody in is kept. A block ends with its file.
*/
function readServer(tree, contents) {
	const server = {};
	const conditional = [];
	const keyFiles = [];
	const read = (file, depth, outer) => {
		let condition = outer;
		for (const [index, raw] of (contents.text(file) ?? "").split("\n").entries()) {
			const match = /^\s*(\w+)(?:\s+|\s*=\s*)"?(.*?)"?\s*$/.exec(raw.replace(/^\s*#.*/, ""));
			const keyword = match?.[1]?.toLowerCase();
			const value = match?.[2] ?? "";
			if (keyword === void 0) continue;
			if (keyword === "match") condition = value.toLowerCase() === "all" ? outer : `Match ${value}`;
			else if (keyword === "include" && depth < 8) for (const pattern of value.split(/\s+/)) for (const path of included(pattern, tree)) read(path, depth + 1, condition);
			else {
				if (keyword === "authorizedkeysfile") keyFiles.push(...value.split(/\s+/).filter((name) => name !== "none"));
				if (condition === void 0) server[keyword] ??= value;
				else if (opening.includes(keyword)) conditional.push({
					file,
					line: index + 1,
					text: `${condition}: ${match?.[1]} ${value}`
				});
			}
		}
	};
	read("/etc/ssh/sshd_config", 0, void 0);
	return {
		server,
		conditional,
		keyFiles
	};
}
function included(pattern, tree) {
	const path = pattern.startsWith("/") ? pattern : `/etc/ssh/${pattern}`;
	const folder = path.slice(0, path.lastIndexOf("/"));
	const suffix = path.slice(path.lastIndexOf("/") + 1).replace(/^\*/, "");
	return tree.within(folder).map((entry) => entry.path).filter((name) => name.endsWith(suffix));
}

// src/inventory/sudoers.ts
const tags = /^(NO)?(PASSWD|EXEC|FOLLOW|LOG_INPUT|LOG_OUTPUT|MAIL|INTERCEPT|SETENV):\s*/;
/**
* Reads /etc/sudoers and what it includes (sudoers(5)): who may run what. Aliases are put in; of Defaults only secure_path
* and requiretty are read. A line that does not parse is a fault, because it makes sudo refuse the file.
*/
function readSudoers(tree, contents) {
	const result = {
		files: [],
		grants: [],
		securePath: null,
		requireTty: [],
		faults: []
	};
	const aliases = /* @__PURE__ */ new Map();
	const parsed = [];
	const readFile = (file, depth) => {
		const text = contents.text(file);
		if (text === void 0 || depth > 8) return;
		result.files.push(file);
		for (const { line, text: content } of logicalLines(text)) {
			const include = /^[#@](include|includedir)\s+"?([^"]+?)"?$/.exec(content);
			if (include) {
				const path = include[2] ?? "";
				const target = path.startsWith("/") ? path : `/etc/${path}`;
				if (include[1] === "include") readFile(target, depth + 1);
				else for (const entry of tree.within(target)) {
					const name = entry.path.slice(entry.path.lastIndexOf("/") + 1);
					if (!name.includes(".") && !name.endsWith("~")) readFile(entry.path, depth + 1);
				}
				continue;
			}
			const alias = /^(?:User|Runas|Host|Cmnd|Cmd)_Alias\s+([A-Z][A-Z0-9_]*)\s*=\s*(.+)$/.exec(content);
			if (alias) {
				aliases.set(alias[1] ?? "", list$1(alias[2] ?? ""));
				continue;
			}
			const defaults = /^Defaults([@:!>]\S+)?\s/.exec(content);
			if (defaults) {
				const tty = /(!?)\s*\brequiretty\b/.exec(content);
				if (tty) result.requireTty.push({
					scope: defaults[1] ?? "",
					value: tty[1] === ""
				});
				const path = /\bsecure_path\s*=\s*"?([^",\s]+)"?/.exec(content)?.[1];
				if (path !== void 0) result.securePath = path;
				else if (/!secure_path\b/.test(content)) result.securePath = "";
				continue;
			}
			const grants = parseGrant(content, file, line);
			if (grants === void 0) result.faults.push({
				file,
				line,
				text: content
			});
			else parsed.push(...grants.map((grant) => ({
				grant,
				text: content
			})));
		}
	};
	readFile("/etc/sudoers", 0);
	const expand = (names, seen = []) => names.flatMap((name) => {
		const members = seen.includes(name) ? void 0 : aliases.get(name);
		return members === void 0 ? [name] : expand(members, [...seen, name]);
	});
	for (const { grant, text } of parsed) {
		const commands = expand(grant.commands);
		if (commands.some((command) => command !== "ALL" && /^!?\s*[A-Z][A-Z0-9_]*$/.test(command))) {
			result.faults.push({
				file: grant.file,
				line: grant.line,
				text
			});
			continue;
		}
		const hosts = expand(grant.hosts);
		const [users = "", ...group] = grant.runAs.split(":");
		const runAs = [expand(list$1(users)).join(","), ...group].join(":");
		for (const who of expand([grant.who])) result.grants.push({
			...grant,
			who,
			hosts,
			runAs,
			commands
		});
	}
	return result;
}
/** `who host = (runas) TAG: command, command : host = ...`; undefined when it is not that. */
function parseGrant(text, file, line) {
	const head = /^((?:"[^"]+"|[^\s,=]+)(?:\s*,\s*(?:"[^"]+"|[^\s,=]+))*)\s+(.+)$/.exec(text);
	if (!head) return void 0;
	const grants = [];
	for (const part of splitOutside(head[2] ?? "", ":")) {
		const match = /^([^=]+?)\s*=\s*(?:\(([^)]*)\)\s*)?(.+)$/.exec(part.trim());
		if (!match) return void 0;
		const [, hosts = "", runAs = "root", rest = ""] = match;
		let noPassword = false;
		const commands = list$1(rest).map((command) => {
			let name = command;
			for (let tag = tags.exec(name); tag; tag = tags.exec(name)) {
				if (tag[2] === "PASSWD") noPassword = tag[1] === "NO";
				name = name.slice(tag[0].length);
			}
			return {
				name,
				noPassword
			};
		});
		if (commands.some((command) => !/^!?\s*(ALL|\/\S.*|sudoedit\b.*|list|[A-Z][A-Z0-9_]*|sha\d+:.*)$/.test(command.name))) return void 0;
		for (const who of list$1(head[1] ?? "")) for (const without of [false, true]) {
			const names = commands.filter((command) => command.noPassword === without).map((command) => command.name);
			if (names.length > 0) grants.push({
				file,
				line,
				who,
				hosts: list$1(hosts),
				runAs,
				noPassword: without,
				commands: names
			});
		}
	}
	return grants;
}
/** Lines with continuations joined and comments removed; `#include` and a numeric `#uid` are no comments. */
function logicalLines(text) {
	const lines = [];
	let pending = "";
	let first = 0;
	text.split("\n").forEach((raw, index) => {
		if (pending === "") first = index + 1;
		if (raw.endsWith("\\")) {
			pending += `${raw.slice(0, -1)} `;
			return;
		}
		const whole = (pending + raw).trim();
		pending = "";
		const content = /^#include(dir)?\s/.test(whole) ? whole : whole.replace(/(^|\s)#(?!\d).*$/, "").trim();
		if (content !== "") lines.push({
			line: first,
			text: content
		});
	});
	return lines;
}
function list$1(text) {
	return splitOutside(text, ",").map((item) => item.trim()).filter((item) => item !== "");
}
/** Splits at a character that is not escaped, in quotes or part of a tag (`NOPASSWD:`). */
function splitOutside(text, separator) {
	const parts = [];
	let part = "";
	let quoted = false;
	for (let at = 0; at < text.length; at++) {
		const character = text[at] ?? "";
		if (character === "\\") {
			part += character + (text[++at] ?? "");
			continue;
		}
		if (character === "\"") quoted = !quoted;
		const isTag = separator === ":" && /[A-Z_]+$/.test(part) && !/\s$/.test(part) && tags.test(`${/[A-Z_]+$/.exec(part)?.[0]}:`);
		const inRunAs = separator === ":" && part.lastIndexOf("(") > part.lastIndexOf(")");
		if (character === separator && !quoted && !isTag && !inRunAs) {
			parts.push(part);
			part = "";
		} else part += character;
	}
	return [...parts, part];
}

// src/inventory/units.ts
/** Where systemd looks for units of the system, the strongest first (systemd.unit(5), without what is made at boot). */
const unitFolders$1 = [
	"/etc/systemd/system.control",
	"/etc/systemd/system",
	"/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system"
];
const unitName = /\.(service|socket|target|timer|mount|automount|path|slice|swap|device|scope)$/;
/** All units of an image with what enables, masks and changes them. */
function readUnits(tree, contents) {
	const folders = existingFolders(tree);
	const fragments = /* @__PURE__ */ new Map();
	const enabledBy = /* @__PURE__ */ new Map();
	const enable = (name, by) => enabledBy.set(name, [...enabledBy.get(name) ?? [], by]);
	for (const folder of folders) for (const entry of tree.within(folder)) {
		const name = posix.basename(entry.path);
		if (unitName.test(name)) {
			if (!fragments.has(name)) fragments.set(name, entry);
			continue;
		}
		const dependency = /^(.+)\.(wants|requires|upholds)$/.exec(name);
		if (entry.type !== "folder" || !dependency) continue;
		const [, unit = "", kind = ""] = dependency;
		for (const link of tree.within(entry.path)) enable(posix.basename(link.path), {
			kind,
			unit,
			file: link.path
		});
	}
	const names = /* @__PURE__ */ new Set([...fragments.keys(), ...enabledBy.keys()]);
	for (const [name, entry] of fragments) {
		const target = aliasTarget(tree, name, entry, folders);
		if (target === void 0) continue;
		for (const by of enabledBy.get(name) ?? []) enable(target, by);
		enable(target, {
			kind: "alias",
			unit: name,
			file: entry.path
		});
		names.delete(name);
	}
	const presets = readPresets(tree, contents);
	return [...names].toSorted().map((name) => {
		const entry = fragments.get(name) ?? fragments.get(templateOf(name) ?? "");
		const found = entry === void 0 ? void 0 : tree.resolve(entry.path);
		const masked = entry !== void 0 && isMask(entry, found);
		const file = masked || found?.type !== "file" ? void 0 : found;
		const dropIns = dropInsOf(tree, name, folders);
		const read = (path) => parseUnitFile(contents.text(path) ?? "");
		return {
			name,
			file: file?.path ?? null,
			dropIns: dropIns.map((dropIn) => dropIn.path),
			masked,
			settings: mergeAssignments([...file ? [read(file.path)] : [], ...dropIns.map((dropIn) => read(dropIn.path))]),
			enabledBy: enabledBy.get(name) ?? [],
			preset: presetOf(presets, name)
		};
	});
}
/** `getty@tty1.service` is made from `getty@.service`. */
function templateOf(name) {
	const match = /^([^@]+@)[^.]+(\..+)$/.exec(name);
	return match ? `${match[1]}${match[2]}` : void 0;
}
function existingFolders(tree) {
	const seen = /* @__PURE__ */ new Set();
	return unitFolders$1.filter((folder) => {
		const found = tree.resolve(folder);
		if (found === void 0 || seen.has(found.path)) return false;
		seen.add(found.path);
		return true;
	});
}
/** A link to /dev/null, or an empty file, in a folder of units. */
function isMask(entry, found) {
	return entry.type === "link" && entry.target === "/dev/null" || found?.type === "file" && found.sizeBytes === 0;
}
/** A link in a folder of units to a unit of another name is an alias of it. */
function aliasTarget(tree, name, entry, folders) {
	if (entry?.type !== "link" || entry.target === "/dev/null") return void 0;
	const found = tree.resolve(entry.path);
	if (found === void 0 || !folders.some((folder) => tree.resolve(folder)?.path === posix.dirname(found.path))) return;
	const target = posix.basename(found.path);
	return target === name || !unitName.test(target) ? void 0 : target;
}
/** Drop-ins of a unit, of its template, of its name's prefixes (`a-b.service.d` is under `a-.service.d`) and of its kind. */
function dropInsOf(tree, name, folders) {
	const kind = name.slice(name.lastIndexOf(".") + 1);
	const template = templateOf(name);
	const stem = name.slice(0, name.lastIndexOf("."));
	const owners = [
		kind,
		...[...stem.matchAll(/-/g)].map((match) => `${stem.slice(0, (match.index ?? 0) + 1)}.${kind}`),
		...template ? [template] : [],
		name
	];
	const chosen = /* @__PURE__ */ new Map();
	for (const owner of owners) for (const folder of folders.toReversed()) for (const entry of tree.within(`${folder}/${owner}.d`)) if (entry.path.endsWith(".conf")) chosen.set(posix.basename(entry.path), entry);
	return [...chosen.entries()].toSorted(([left], [right]) => left < right ? -1 : 1).map(([, entry]) => tree.resolve(entry.path)).filter((entry) => entry?.type === "file");
}
/** Preset files, strongest folder first for equal names, read in the order of their names (systemd.preset(5)). */
function readPresets(tree, contents) {
	const chosen = /* @__PURE__ */ new Map();
	for (const folder of [
		"/usr/lib/systemd/system-preset",
		"/usr/local/lib/systemd/system-preset",
		"/etc/systemd/system-preset"
	]) for (const entry of tree.within(folder)) if (entry.path.endsWith(".preset")) chosen.set(posix.basename(entry.path), entry.path);
	return [...chosen.entries()].toSorted(([left], [right]) => left < right ? -1 : 1).flatMap(([, path]) => (contents.text(path) ?? "").split("\n")).flatMap((line) => {
		const match = /^\s*(enable|disable)\s+(\S+)/.exec(line);
		return match ? [{
			verb: match[1],
			pattern: globPattern(match[2] ?? "")
		}] : [];
	});
}
function presetOf(presets, name) {
	const candidates = [name, templateOf(name) ?? name];
	return presets.find(({ pattern }) => candidates.some((candidate) => pattern.test(candidate)))?.verb ?? "none";
}
function globPattern(glob) {
	const body = glob.replaceAll(/[.+^${}()|\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
	return new RegExp(`^${body}$`);
}

// src/inventory/assemble.ts
/**
* Makes the inventory of what was read.
*
* @throws ToolError when an answer of the appliance is missing
*/
async function assembleInventory(captured, image, collectedAt, signal) {
	const fact = (name) => {
		const text = captured.facts.get(name);
		if (text === void 0) throw new ToolError(`the appliance gave no answer on ${name} of ${image.name}`, "guestfish", 1);
		return text;
	};
	const mounted = [...captured.facts.keys()].flatMap((name) => /^source-(fs\d+)$/.exec(name)?.[1] ?? []);
	const deviceOf = (name) => fact(`source-${name}`).trim();
	const rootText = (path) => Buffer.from(captured.files.get(`fs0/${path}`) ?? []).toString("utf8");
	const fstab = parseFstab(rootText("etc/fstab"));
	const layout = parsePartitions(fact("partitions"));
	const own = parseBlkid(fact("blkid")).filter(({ device }) => layout.nodes.includes(device) || mounted.some((name) => deviceOf(name) === device));
	const fileSystems = placeFileSystems(own, layout, deviceOf("fs0"), fstab);
	const placeOf = (name) => fileSystems.find(({ device }) => device === deviceOf(name))?.mountPoint ?? null;
	const entries = [];
	const read = /* @__PURE__ */ new Map();
	for (const name of mounted.toSorted()) {
		const place = placeOf(name);
		if (place === null) continue;
		const listed = parseListing(fact(`listing-${name}`), place);
		const known = new Set(listed.map((entry) => entry.path));
		entries.push(...listed, ...parseListing(fact(`everywhere-${name}`), place).filter(({ path }) => !known.has(path)));
		for (const [path, bytes] of captured.files) if (path.startsWith(`${name}/`)) read.set(posix.join(place, path.slice(name.length + 1)), bytes);
	}
	addCapabilities(entries, fact("capabilities"));
	const tree = new FileTree(entries, notListed);
	const contents = new Contents(read, tree);
	const text = (path) => contents.text(path) ?? "";
	const accounts = parseAccounts(text("/etc/passwd"), text("/etc/shadow"));
	const units = readUnits(tree, contents);
	const packageSources = readPackageSources(tree, contents);
	const grubFile = ["/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"].find((file) => contents.text(file) !== void 0);
	const release = parseAssignments(text("/etc/os-release"));
	const packages = parseDpkgStatus(text("/var/lib/dpkg/status"));
	const [blockSize = 0, blocks = 0, free = 0] = fact("space-fs0").split(" ").map(Number);
	const docker = readJson(contents.text("/etc/docker/daemon.json"));
	return {
		schemaVersion: 1,
		image,
		collectedAt: collectedAt.toISOString(),
		disk: {
			partitionTable: layout.partitionTable,
			partitions: layout.partitions,
			fileSystems: fileSystems.map(({ device: _, ...fileSystem }) => fileSystem),
			grubBootCode: Number(fact("boot-code").trim()) > 0,
			efiLoaders: entries.map((entry) => entry.path).filter((path) => /^\/boot\/efi\/EFI\/BOOT\/BOOT\w+\.EFI$/i.test(path)).map((path) => path.slice(10))
		},
		rootFileSystem: {
			sizeBytes: blockSize * blocks,
			freeBytes: blockSize * free,
			state: /^Filesystem state:\s+(.+)$/m.exec(fact("superblock"))?.[1] ?? "",
			features: (/^Filesystem features:\s+(.+)$/m.exec(fact("superblock"))?.[1] ?? "").split(/\s+/).filter(Boolean)
		},
		system: {
			id: release.ID ?? "",
			version: release.VERSION_ID ?? "",
			codename: release.VERSION_CODENAME ?? "",
			name: release.PRETTY_NAME ?? "",
			architecture: packages.find(({ name }) => name === "dpkg" || name === "libc6")?.architecture ?? "",
			hostname: text("/etc/hostname").trim(),
			hosts: text("/etc/hosts").split("\n").flatMap((line) => {
				const [address, ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
				return address ? [{
					address,
					names
				}] : [];
			})
		},
		packages,
		files: filesThatMatter(tree, units),
		notListed: [...notListed],
		units,
		users: await judgePasswords(accounts, signal),
		groups: parseGroups(text("/etc/group")),
		sudoers: readSudoers(tree, contents),
		kernels: readKernels(tree),
		grub: grubFile === void 0 ? null : parseGrubConfiguration(text(grubFile), grubFile),
		grubDefaults: parseAssignments(["/etc/default/grub", ...tree.within("/etc/default/grub.d").map((entry) => entry.path)].map(text).join("\n")),
		fstab,
		cloudInit: readCloudInit(tree, contents),
		packageSources,
		ssh: readSsh(tree, contents, accounts),
		network: readNetwork(tree, contents),
		journal: {
			settings: readJournal$1(tree, contents),
			persistentFolder: tree.resolve("/var/log/journal")?.type === "folder"
		},
		machineId: readMachineId(tree, contents),
		docker: {
			options: parseAssignments(text("/etc/default/docker")).DOCKER_OPTS ?? "",
			daemonConfiguration: docker.value,
			faults: docker.fault === void 0 ? [] : [{
				file: "/etc/docker/daemon.json",
				line: 0,
				text: docker.fault
			}]
		},
		agentOptions: tree.below("/etc/trove").filter((entry) => entry.path.endsWith(".conf")).flatMap((entry) => parseUnitFile(text(entry.path)).map(({ section, key }) => ({
			file: entry.path,
			section,
			key
		}))),
		secrets: {
			privateKeys: fact("private-keys").split("\0").filter((path) => path !== "").map((path) => {
				const [, name = "", rest = ""] = /^(fs\d+)\/(.*)$/s.exec(path) ?? [];
				const place = placeOf(name);
				if (place !== null) return posix.join(place, rest);
				return `partition ${fileSystems.find((found) => found.device === deviceOf(name))?.partition ?? 0}: /${rest}`;
			}).toSorted(),
			assignments: findSecretAssignments(contents),
			environmentDumps: findEnvironmentDumps(tree),
			histories: findHistories(tree)
		},
		proxies: findProxies(tree, contents, packageSources.settings),
		temporaryFiles: ["/tmp", "/var/tmp"].flatMap((folder) => tree.within(folder).map((entry) => entry.path))
	};
}
function addCapabilities(entries, text) {
	const found = new Map([...text.matchAll(/^# file: fs0(\S+)\nsecurity\.capability=(\S+)$/gm)].map(([, path = "", value = ""]) => [path, value]));
	entries.forEach((entry, index) => {
		const capabilities = found.get(entry.path);
		if (capabilities !== void 0) entries[index] = {
			...entry,
			capabilities
		};
	});
}
function readJournal$1(tree, contents) {
	const files = [
		"/usr/lib/systemd/journald.conf",
		"/etc/systemd/journald.conf",
		...["/usr/lib/systemd/journald.conf.d", "/etc/systemd/journald.conf.d"].flatMap((folder) => tree.within(folder).map((entry) => entry.path).filter((path) => path.endsWith(".conf")))
	];
	return Object.fromEntries(files.flatMap((file) => parseUnitFile(contents.text(file) ?? "")).map(({ key, value }) => [key, value]));
}
function readMachineId(tree, contents) {
	const kind = (path) => {
		const content = contents.text(path)?.trim();
		if (tree.entry(path) === void 0) return "absent";
		if (content === "uninitialized") return "uninitialized";
		return content === void 0 || content === "" ? "empty" : "filled";
	};
	const dbus = tree.entry("/var/lib/dbus/machine-id");
	const dbusSize = dbus?.sizeBytes ?? 0;
	return {
		state: kind("/etc/machine-id"),
		dbus: dbus === void 0 ? "absent" : dbus.type === "link" ? "link" : dbusSize === 0 ? "empty" : "filled"
	};
}
function readJson(text) {
	if (text === void 0) return { value: null };
	try {
		const value = JSON.parse(text);
		if (typeof value !== "object" || value === null || Array.isArray(value)) return {
			value: {},
			fault: "it is not an object"
		};
		return { value: redact(value) };
	} catch (error) {
		return {
			value: {},
			fault: error.message
		};
	}
}

// src/inventory/capture.ts
/**
* Reads all of an image that the inventory is made from, by one script in the appliance and one download.
*
* @throws InputError when the image holds no operating system, or is encrypted
* @throws ToolError when a part of it could not be read
*/
async function capture(session, image) {
	const script = Buffer.from(captureScript()).toString("base64");
	const answer = await session.shell(`echo ${script} | base64 -d >/tmp/capture.sh; /bin/sh /tmp/capture.sh`, 900);
	const [word, ...devices] = answer.at(-1)?.split(" ") ?? [];
	if (word === "encrypted") throw new InputError(`image ${image} cannot be inspected: ${devices.join(" ")} in it is encrypted (LUKS). A Trove guest boots without a passphrase; build the image without encryption`);
	if (word === "nothing") {
		const seen = devices.length === 0 ? "it holds no file system" : `looked in ${devices.join(", ")}`;
		throw new InputError(`image ${image} holds no operating system: no file system in it has /etc/os-release (${seen})`);
	}
	if (word === "failed") {
		const complaints = answer.slice(0, -1).map((line) => `\n  ${line}`);
		throw new ToolError(`the appliance could not read all of ${image}, so nothing is said about it: ${devices.join(" ")} did not end well. A damaged file system is the usual cause; look at it with fsck.${complaints.join("")}`, "guestfish", 1);
	}
	if (word !== "captured") throw new ToolError(`the appliance could not read ${image}: ${answer.join("\n")}`, "guestfish", 1);
	const folder = makeWorkFolder("inventory");
	const archive = join(folder, "capture.tar");
	await session.command("download", ["/capture.tar", archive], 600);
	const result = await readCapture(archive);
	await rm(folder, {
		recursive: true,
		force: true
	});
	return result;
}
async function readCapture(archive) {
	const facts = /* @__PURE__ */ new Map();
	const files = /* @__PURE__ */ new Map();
	const stream = Readable.toWeb(createReadStream(archive));
	for (const { header, data } of await unpackTar(stream)) {
		if (header.type !== "file" || data === void 0) continue;
		const name = header.name;
		if (name.startsWith("facts/")) facts.set(name.slice(6), Buffer.from(data).toString("utf8"));
		else files.set(name, data);
	}
	return {
		facts,
		files
	};
}

// src/inventory/inventory.ts
const setting = object({
	section: string(),
	key: string(),
	value: string()
});
const fileSchema = object({
	path: string(),
	type: _enum([
		"file",
		"folder",
		"link",
		"other"
	]),
	/** Four octal digits: `0644`, `4755`. */
	mode: string().regex(/^[0-7]{4}$/),
	uid: int(),
	gid: int(),
	sizeBytes: int(),
	/** Where a link leads, as written. */
	target: string().optional(),
	/** File capabilities (the attribute security.capability, hexadecimal). */
	capabilities: string().optional()
});
const unitSchema = object({
	name: string(),
	/** The unit file that counts; null for a unit that only links or drop-ins name. */
	file: string().nullable(),
	dropIns: array(string()),
	masked: boolean(),
	/** Settings of file and drop-ins, merged; an empty assignment that resets a list has done so. */
	settings: array(setting),
	/** Which links pull the unit in: `wants` and `requires` of another unit, or an `alias` with that name. */
	enabledBy: array(object({
		kind: _enum([
			"wants",
			"requires",
			"upholds",
			"alias"
		]),
		unit: string(),
		file: string()
	})),
	/** What the image's presets say about it. */
	preset: _enum([
		"enable",
		"disable",
		"none"
	])
});
const userSchema = object({
	name: string(),
	uid: int(),
	gid: int(),
	home: string(),
	shell: string(),
	/** Whether a password lets this user in; the hash itself is never written down. */
	password: _enum([
		"locked",
		"empty",
		"set"
	]),
	/** Whether the password is the user's own name; `unknown` with the reason in `passwordNote`. */
	passwordIsName: _enum([
		"yes",
		"no",
		"unknown"
	]),
	passwordNote: string().optional()
});
const grantSchema = object({
	file: string(),
	line: int(),
	/** A user, `%group` or ALL. */
	who: string(),
	hosts: array(string()),
	runAs: string(),
	noPassword: boolean(),
	commands: array(string())
});
const packageSourceSchema = object({
	file: string(),
	line: int(),
	enabled: boolean(),
	types: array(string()),
	/** Without user name and password. */
	uris: array(string()),
	suites: array(string()),
	components: array(string()),
	signedBy: array(string()),
	/** The option `trusted` (or its like) switches signatures off. */
	unverified: boolean(),
	/** An address had a user name or password in it. */
	credentials: boolean()
});
const located = object({
	file: string(),
	line: int(),
	text: string()
});
/**
* `inventory.json`: what is in an image. Written by inspect-image. It never holds a password's hash, a private key or another
* secret's value.
*/
const inventorySchema = object({
	schemaVersion: literal(1),
	image: object({
		name: string(),
		sha256: sha256Schema,
		format: _enum(["qcow2", "raw"]),
		sizeBytes: int(),
		virtualSizeBytes: int()
	}),
	collectedAt: datetime(),
	disk: object({
		partitionTable: _enum([
			"gpt",
			"dos",
			"none"
		]),
		/** In the order of their places on the disk. */
		partitions: array(object({
			number: int(),
			type: string(),
			name: string(),
			startBytes: int(),
			sizeBytes: int()
		})),
		/** `partition` is 0 where the file system fills the disk or lies on a logical volume. */
		fileSystems: array(object({
			partition: int(),
			type: string(),
			label: string(),
			uuid: string(),
			partitionLabel: string(),
			partitionUuid: string(),
			/** Where it belongs in the tree; null when nothing says so. */
			mountPoint: string().nullable()
		})),
		/** The first sector holds GRUB's boot code, for BIOS. */
		grubBootCode: boolean(),
		/** The ESP's removable path, `EFI/BOOT/BOOTX64.EFI` and its likes for other machines. */
		efiLoaders: array(string())
	}),
	rootFileSystem: object({
		sizeBytes: int(),
		freeBytes: int(),
		/** `clean` for an ext file system that was unmounted; empty where the kind has no such word. */
		state: string(),
		features: array(string())
	}),
	system: object({
		id: string(),
		version: string(),
		codename: string(),
		name: string(),
		architecture: string(),
		hostname: string(),
		hosts: array(object({
			address: string(),
			names: array(string())
		}))
	}),
	packages: array(object({
		name: string(),
		version: string(),
		architecture: string(),
		/** dpkg's third word: installed, config-files, half-configured ... */
		state: string(),
		source: string()
	})),
	/** Everything under the folders that matter, what units name, and whatever is setuid or writable by all. */
	files: array(fileSchema),
	/** Folders whose content was not looked at. */
	notListed: array(string()),
	units: array(unitSchema),
	users: array(userSchema),
	groups: array(object({
		name: string(),
		gid: int(),
		members: array(string())
	})),
	sudoers: object({
		files: array(string()),
		grants: array(grantSchema),
		/** Null when sudo's own default holds. */
		securePath: string().nullable(),
		/** Each `Defaults requiretty` and `!requiretty` in order; `scope` is empty, or as written: `:user`, `@host`. */
		requireTty: array(object({
			scope: string(),
			value: boolean()
		})),
		faults: array(located)
	}),
	kernels: array(object({
		version: string(),
		initrd: boolean(),
		modules: boolean()
	})),
	grub: object({
		file: string(),
		/** Menu entries in order, those of submenus too. */
		entries: array(object({
			title: string(),
			linux: string(),
			arguments: array(string()),
			initrds: array(string())
		})),
		/** File systems that the configuration looks for. */
		searches: array(object({
			by: _enum([
				"uuid",
				"label",
				"file"
			]),
			value: string()
		})),
		/** Device nodes that it names. */
		devices: array(located)
	}).nullable(),
	grubDefaults: record$1(string(), string()),
	fstab: array(object({
		line: int(),
		device: string(),
		mountPoint: string(),
		type: string(),
		options: array(string())
	})),
	cloudInit: object({
		files: array(string()),
		/** All files merged as cloud-init does; secrets are replaced. */
		configuration: record$1(string(), json()),
		/** /etc/cloud/ds-identify.cfg. */
		dsIdentify: record$1(string(), string()),
		/** The file that switches cloud-init off. */
		disabledBy: string().nullable(),
		faults: array(located)
	}),
	packageSources: object({
		sources: array(packageSourceSchema),
		/** Keys that apt trusts for every source. */
		trustedKeys: array(string()),
		settings: array(object({
			file: string(),
			name: string(),
			value: string()
		})),
		faults: array(located)
	}),
	ssh: object({
		hostKeys: array(string()),
		/** Files with keys; `keys` is null for one that is not empty, or may exist, and was not read. */
		authorizedKeys: array(object({
			file: string(),
			keys: int().nullable()
		})),
		/** sshd's global settings, the first of a name counts; names in lower case. */
		server: record$1(string(), string()),
		/** Settings that let somebody in and hold under a condition, with the line of their Match. */
		conditional: array(located)
	}),
	network: object({
		/** systemd-networkd's files: .network, .netdev, .link. */
		networkd: array(object({
			file: string(),
			settings: array(setting)
		})),
		netplan: array(object({
			file: string(),
			configuration: record$1(string(), json())
		})),
		/** Interfaces of ifupdown's stanzas. */
		interfaces: array(object({
			file: string(),
			line: int(),
			name: string(),
			method: string()
		})),
		/** Connections of NetworkManager. */
		connections: array(string()),
		resolver: object({
			type: _enum([
				"absent",
				"link",
				"file"
			]),
			target: string().nullable(),
			nameServers: array(string()),
			search: array(string())
		})
	}),
	journal: object({
		settings: record$1(string(), string()),
		persistentFolder: boolean()
	}),
	machineId: object({
		state: _enum([
			"absent",
			"empty",
			"uninitialized",
			"filled"
		]),
		dbus: _enum([
			"absent",
			"link",
			"empty",
			"filled"
		])
	}),
	docker: object({
		/** DOCKER_OPTS of /etc/default/docker, which Debian's unit adds to dockerd's command line. */
		options: string(),
		/** /etc/docker/daemon.json; null when it is absent. */
		daemonConfiguration: record$1(string(), json()).nullable(),
		faults: array(located)
	}),
	/** Options of the agent's configuration files, without their values. */
	agentOptions: array(object({
		file: string(),
		section: string(),
		key: string()
	})),
	secrets: object({
		privateKeys: array(string()),
		/** Assignments of a value to a name that speaks of a secret, without the value. */
		assignments: array(located),
		/** DIB's dump of its whole environment. */
		environmentDumps: array(string()),
		/** Shell histories with content. */
		histories: array(string())
	}),
	proxies: array(located),
	temporaryFiles: array(string())
});

// src/inventory/difference.ts
/** The part of an inventory that two images are compared by. */
const comparedInventorySchema = inventorySchema.pick({
	image: true,
	packages: true
});
/** Compares two images by size and by their installed packages, of the same architecture by name. Pure. */
function differenceBetween(before, now) {
	const old = versionsOf(before);
	const present = versionsOf(now);
	const entries = [.../* @__PURE__ */ new Set([...old.keys(), ...present.keys()])].toSorted().map((name) => ({
		name,
		from: old.get(name),
		to: present.get(name)
	}));
	return {
		previous: before.image.name,
		sameBytes: before.image.sha256 === now.image.sha256,
		fileBytes: {
			before: before.image.sizeBytes,
			now: now.image.sizeBytes
		},
		virtualBytes: {
			before: before.image.virtualSizeBytes,
			now: now.image.virtualSizeBytes
		},
		packages: {
			before: old.size,
			now: present.size
		},
		added: entries.flatMap(({ name, from, to }) => from === void 0 && to ? [{
			name,
			version: to
		}] : []),
		removed: entries.flatMap(({ name, from, to }) => to === void 0 && from ? [{
			name,
			version: from
		}] : []),
		changed: entries.flatMap(({ name, from, to }) => from && to && from !== to ? [{
			name,
			from,
			to
		}] : [])
	};
}
function versionsOf({ packages }) {
	const installed = packages.filter(({ state }) => state === "installed");
	const counts = Map.groupBy(installed, ({ name }) => name);
	return new Map(installed.map(({ name, architecture, version }) => {
		return [(counts.get(name)?.length ?? 0) > 1 ? `${name}:${architecture}` : name, version];
	}));
}

// src/inventory/index.ts
/**
* Reads an image through an open libguestfs session and tells what is in it.
*
* @throws InputError when the image holds no operating system, or is encrypted
* @throws ToolError when a part of it could not be read
*/
async function collectInventory(session, image, signal) {
	return assembleInventory(await capture(session, image.name), image, /* @__PURE__ */ new Date(), signal);
}

// src/contract/agent.ts
const mustFollow = [
	"cloud-config.target",
	"docker.service",
	"network-online.target"
];
const mustNotFollow = ["cloud-final.service", "cloud-init.target"];
/** Options that make a guest one particular guest: injected by Trove, never part of an image. */
const personal = [
	"guest_id",
	"tenant_id",
	"instance_rpc_encr_key"
];
/** The guest agent's unit. */
const agentRules = [
	{
		id: "agent-installed",
		title: "The guest agent's unit is in the image.",
		why: "Without the agent an instance stays in BUILD until Trove gives up.",
		remedy: "Add the element trove-guest-agent.",
		check: (subject) => subject.agent ? [] : ["no unit trove-guestagent.service or guest-agent.service"]
	},
	{
		id: "agent-enabled",
		title: "The guest agent's unit starts at boot.",
		why: "Debian's package leaves it disabled; a masked unit cannot start at all.",
		remedy: "Run \"systemctl enable\" on it in the image, and \"systemctl unmask\" if it is masked.",
		check: withAgent((agent, subject) => {
			if (agent.masked) return [`${agent.name} is masked`];
			return subject.boot.starts(agent.name) ? [] : [`nothing that boots wants ${agent.name}`];
		})
	},
	{
		id: "agent-runs-as-guest-user",
		title: "The guest agent runs as the guest user.",
		why: "Injected configuration belongs to that user, and only they have sudo and Docker; Debian's unit runs as user trove, which can read none of it.",
		remedy: "Set User= in a drop-in of the unit (element trove-guest-agent does).",
		check: withAgent((agent, subject) => {
			const user = valueIn(agent.settings, "Service", "User") ?? "root";
			return user === subject.guestUser ? [] : [`${agent.name} has User=${user}, expected ${subject.guestUser}`];
		})
	},
	{
		id: "agent-ordered",
		title: "The guest agent starts after cloud-config.target, docker.service and network-online.target.",
		why: "Its configuration is there with cloud-config.target, and it asks Docker for its version at once and exits without.",
		remedy: "Add the missing names to After= in a drop-in of the unit.",
		check: withAgent((agent) => {
			const after = wordsIn(agent.settings, "Unit", "After");
			return mustFollow.filter((name) => !after.includes(name)).map((name) => `${agent.name} has no After=${name}`);
		})
	},
	{
		id: "agent-not-after-cloud-final",
		title: "The guest agent does not wait for the end of cloud-init.",
		why: "cloud-final.service and cloud-init.target come after multi-user.target, which wants the agent: systemd breaks such a cycle by dropping a member, which may be the agent.",
		remedy: "Remove cloud-final.service and cloud-init.target from After= of the unit; order it after cloud-config.target.",
		check: withAgent((agent) => wordsIn(agent.settings, "Unit", "After").filter((name) => mustNotFollow.includes(name)).map((name) => `${agent.name} has After=${name}`))
	},
	{
		id: "agent-restarts",
		title: "The guest agent is always restarted, and no start limit ends that.",
		why: "A broker that is away for a minute makes the agent exit; systemd gives up after 5 starts in 10 s by default, and the guest is then without an agent for good.",
		remedy: "Set Restart=always and StartLimitIntervalSec=0 in a drop-in of the unit.",
		check: withAgent((agent) => {
			const restart = valueIn(agent.settings, "Service", "Restart") ?? "no";
			const faults = restart === "always" ? [] : [`${agent.name} has Restart=${restart}`];
			return startsAreLimited(agent) ? [...faults, `${agent.name} can reach its start limit`] : faults;
		})
	},
	{
		id: "agent-not-personalised",
		title: "No instance is baked into the agent's configuration.",
		why: "guest_id, tenant and message key belong to one instance: a second guest with them answers for the first.",
		remedy: `Remove ${personal.join(", ")} from the files under /etc/trove.`,
		check: ({ inventory }) => inventory.agentOptions.filter((option) => personal.includes(option.key)).map((option) => `${option.file} sets ${option.key}`)
	},
	{
		id: "agent-docker-hostnic",
		title: "The network plugin docker-hostnic, through which a database reaches its network, is enabled.",
		why: "With network_isolation, the default, the agent gives the user's port to the database container by this plugin; without it the guest registers and then fails in prepare.",
		remedy: "Ship docker-hostnic.socket and its service with trove-docker-plugin, as upstream's element guest-agent does. Guests of a Trove with network_isolation = False work without: waive the rule for them.",
		check: ({ boot }) => boot.starts("docker-hostnic.socket") || boot.starts("docker-hostnic.service") ? [] : [boot.unit("docker-hostnic.socket") ? "docker-hostnic.socket is not enabled" : "there is no docker-hostnic.socket"]
	}
];
/** Without the unit there is nothing to say: agent-installed says that. */
function withAgent(check) {
	return (subject) => subject.agent ? check(subject.agent, subject) : [];
}
/** systemd.unit(5): no more than StartLimitBurst starts within StartLimitIntervalSec. */
function startsAreLimited(unit) {
	const value = (section, key) => valueIn(unit.settings, section, key);
	const interval = seconds(value("Unit", "StartLimitIntervalSec") ?? value("Unit", "StartLimitInterval") ?? value("Service", "StartLimitInterval") ?? "10s");
	const burst = Number(value("Unit", "StartLimitBurst") ?? value("Service", "StartLimitBurst") ?? "5");
	const pause = seconds(value("Service", "RestartSec") ?? "100ms");
	return interval > 0 && burst > 0 && pause * burst < interval;
}
/** systemd's time spans, as far as units use them. */
function seconds(span) {
	if (span === "infinity") return Number.POSITIVE_INFINITY;
	const units = {
		ms: .001,
		s: 1,
		sec: 1,
		"": 1,
		m: 60,
		min: 60,
		h: 3600,
		d: 86400
	};
	return [...span.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)].reduce((sum, [, amount = "0", unit = ""]) => sum + Number(amount) * (units[unit] ?? 1), 0);
}

// src/contract/boot.ts
/** Partition type of GRUB's BIOS boot partition on a GPT disk. */
const biosBootType = "21686148-6449-6e6f-744e-656564454649";
/** Name of the loader at the removable path, by Debian's architecture (UEFI specification, 3.5.1.1). */
const efiLoaders = {
	amd64: "BOOTX64.EFI",
	arm64: "BOOTAA64.EFI",
	i386: "BOOTIA32.EFI"
};
/** From firmware to kernel. */
const bootRules = [
	{
		id: "kernel-complete",
		title: "There is a kernel, with its initrd and modules.",
		why: "Without an initrd the root file system is not found by its label; without modules Docker has no overlay and no bridge.",
		remedy: "Install a kernel package, and run update-initramfs in the image.",
		check: ({ inventory }) => {
			if (inventory.kernels.length === 0) return ["no /boot/vmlinuz-*"];
			return inventory.kernels.flatMap(({ version, initrd, modules }) => [...initrd ? [] : [`kernel ${version} has no initrd`], ...modules ? [] : [`kernel ${version} has no modules.dep`]]);
		}
	},
	{
		id: "grub-starts-existing-kernel",
		title: "GRUB's entries start a kernel and an initrd that exist.",
		why: "A grub.cfg from before the last kernel change boots into an error message.",
		remedy: "Run update-grub in the image after the last change of a kernel.",
		check: (subject) => {
			const { grub } = subject.inventory;
			if (grub === null) return ["there is no /boot/grub/grub.cfg"];
			if (grub.entries.length === 0) return [`${grub.file} starts no kernel`];
			return grub.entries.flatMap((entry) => [...entry.initrds.length === 0 ? [`"${entry.title}" loads no initrd`] : [], ...[entry.linux, ...entry.initrds].filter((path) => !bootFileExists(subject, path)).map((path) => `"${entry.title}" loads ${path}, which is missing`)]);
		}
	},
	{
		id: "grub-root-by-name",
		title: "The kernel's root= names the image's root file system by label or UUID.",
		why: "A device name is that of the machine that built the image; a label that no file system has ends in an emergency shell.",
		remedy: "Set GRUB_DEVICE=LABEL=... in /etc/default/grub, and run update-grub.",
		check: (subject) => {
			const root = subject.inventory.disk.fileSystems.find(({ mountPoint }) => mountPoint === "/");
			return (subject.inventory.grub?.entries ?? []).flatMap((entry) => {
				const value = entry.arguments.find((argument) => argument.startsWith("root="))?.slice(5);
				if (value === void 0) return [`"${entry.title}" has no root=`];
				return root && names(value, root) ? [] : [`"${entry.title}" has root=${value}`];
			});
		}
	},
	{
		id: "grub-no-build-devices",
		title: "grub.cfg names no device.",
		why: "update-grub writes the loop device or disk of the build host when it cannot see through it.",
		remedy: "Run update-grub where no device of the host is visible, with GRUB_DISABLE_OS_PROBER=true.",
		check: ({ inventory }) => (inventory.grub?.devices ?? []).map(({ file, line, text }) => `${file}:${line}: ${text}`)
	},
	{
		id: "grub-searches-existing-file-systems",
		title: "GRUB searches for file systems that the image has.",
		why: "A UUID from another build leaves GRUB in its rescue shell.",
		remedy: "Run update-grub after the file systems were made.",
		check: ({ inventory }) => (inventory.grub?.searches ?? []).filter(({ by, value }) => {
			if (by === "file") return false;
			return !inventory.disk.fileSystems.some((found) => (by === "uuid" ? found.uuid : found.label).toLowerCase() === value.toLowerCase());
		}).map(({ by, value }) => `it searches for ${by} ${value}, which no file system has`)
	},
	{
		id: "serial-console",
		title: "The kernel's console is on the serial line.",
		why: "Nova's console log and this project's smoke test read nothing else.",
		remedy: "Add console=ttyS0,115200 to GRUB_CMDLINE_LINUX in /etc/default/grub, and run update-grub.",
		check: ({ inventory }) => (inventory.grub?.entries ?? []).filter((entry) => !entry.arguments.some((argument) => /^console=tty(S|AMA)0\b/.test(argument))).map((entry) => `"${entry.title}" has no console=ttyS0`)
	},
	{
		id: "kernel-arguments-harmless",
		title: "No argument of the kernel keeps the system or cloud-init from starting.",
		why: "cloud-init=disabled leaves the guest without its configuration; init=, systemd.unit= and single end in a shell where no agent runs. No file of the image shows it.",
		remedy: "Take the argument out of GRUB_CMDLINE_LINUX in /etc/default/grub and its drop-ins, and run update-grub.",
		check: ({ inventory }) => (inventory.grub?.entries ?? []).filter(({ title }, index) => index === 0 || !/\(recovery mode\)$/.test(title)).flatMap(({ title, arguments: words }) => words.filter((word) => isHarmful(word)).map((word) => `"${title}" has ${word}`))
	},
	{
		id: "boots-by-bios",
		title: "The disk boots by BIOS.",
		why: "Nova's default firmware is BIOS.",
		remedy: "Run grub-install for i386-pc; on a GPT disk it needs a BIOS boot partition.",
		check: ({ inventory: { disk, system } }) => {
			if (system.architecture === "arm64") return [];
			const needsPartition = disk.partitionTable === "gpt" && !disk.partitions.some(({ type }) => type === biosBootType);
			return [...disk.grubBootCode ? [] : ["the first sector has no GRUB"], ...needsPartition ? ["the GPT has no BIOS boot partition"] : []];
		}
	},
	{
		id: "boots-by-uefi",
		title: "The disk boots by UEFI, without firmware variables.",
		why: "A new guest has empty firmware variables: only the loader at the removable path is found.",
		remedy: "Make an EFI system partition, and run grub-install with --removable and --no-nvram.",
		check: ({ inventory: { disk, system } }) => {
			const wanted = efiLoaders[system.architecture];
			if (wanted === void 0) return { unknown: [`the loader's name for ${system.architecture || "an unknown architecture"} is not known`] };
			return disk.efiLoaders.some((path) => path.toUpperCase() === `EFI/BOOT/${wanted}`) ? [] : [`no EFI/BOOT/${wanted} on an EFI system partition`];
		}
	}
];
/** Units that a whole system comes up with (systemd.special(7)). */
const wholeTargets = [
	"default.target",
	"multi-user.target",
	"graphical.target"
];
const realInits = [
	"/sbin/init",
	"/usr/sbin/init",
	"/lib/systemd/systemd",
	"/usr/lib/systemd/systemd",
	"/bin/systemd"
];
/**
* Whether an argument stops the boot short or takes cloud-init's sources away (systemd(1), kernel-command-line(7),
* initramfs-tools(7), cloud-init's kernel command line).
*/
function isHarmful(argument) {
	const word = argument.replaceAll("\"", "");
	const equals = word.indexOf("=");
	const [name, value] = equals < 0 ? [word, ""] : [word.slice(0, equals), word.slice(equals + 1)];
	switch (name) {
		case "cloud-init":
		case "network-config": return value === "disabled";
		case "ds":
		case "ci.ds":
		case "ci.datasource": return !/^(configdrive|openstack)\b/i.test(value);
		case "init": return !realInits.includes(value);
		case "systemd.unit": return !wholeTargets.includes(value);
		case "rdinit":
		case "rd.systemd.unit":
		case "rd.break":
		case "break":
		case "systemd.mask":
		case "systemd.run":
		case "single":
		case "rescue":
		case "emergency":
		case "s":
		case "S":
		case "1":
		case "-s":
		case "-b": return true;
		default: return false;
	}
}
/** GRUB's paths begin at the root of the file system that it searched for: /boot may be one of its own. */
function bootFileExists(subject, path) {
	return subject.tree.exists(path) || subject.tree.exists(`/boot${path}`);
}

// src/contract/cloud-init.ts
/** Units of cloud-init's stages, by version: from 24.3 on a single process with shims (the second list). */
const stages$1 = [[
	"cloud-init-local.service",
	"cloud-init.service",
	"cloud-config.service",
	"cloud-final.service"
], [
	"cloud-init-main.service",
	"cloud-init-local.service",
	"cloud-init-network.service",
	"cloud-config.service",
	"cloud-final.service"
]];
/** cloud-init, which brings the configuration into the guest. */
const cloudInitRules = [
	{
		id: "cloud-init-enabled",
		title: "All stages of cloud-init start at boot.",
		why: "Trove's configuration for the agent arrives by cloud-init alone (Nova's personality files are gone).",
		remedy: "Install cloud-init (element cloud-init), enable its units one by one, remove /etc/cloud/cloud-init.disabled.",
		check: ({ inventory, boot }) => {
			if (inventory.cloudInit.disabledBy !== null) return [`${inventory.cloudInit.disabledBy} switches cloud-init off`];
			const [fewest = []] = stages$1.map((units) => units.filter((name) => !boot.starts(name))).toSorted((left, right) => left.length - right.length);
			return fewest.map((name) => `${name} does not start at boot`);
		}
	},
	{
		id: "cloud-init-configuration-valid",
		title: "cloud-init's configuration parses.",
		why: "cloud-init leaves out a file that it cannot read, and goes on with its defaults.",
		remedy: "Correct the YAML of the file.",
		check: ({ inventory }) => inventory.cloudInit.faults.map((fault) => `${fault.file}:${fault.line}: ${fault.text}`)
	},
	{
		id: "cloud-init-datasources",
		title: "cloud-init looks for ConfigDrive and OpenStack.",
		why: "A config drive or the metadata service carries the configuration; with a list that lacks them (DIB's element ubuntu leaves Ec2 alone) the guest waits 240 s and ignores its user data.",
		remedy: "Set datasource_list to [ConfigDrive, OpenStack, None] under /etc/cloud/cloud.cfg.d (DIB_CLOUD_INIT_DATASOURCES).",
		check: (subject) => {
			const list = subject.cloudInit("datasource_list");
			const names = Array.isArray(list) ? list : [];
			const missing = list === void 0 ? [] : ["ConfigDrive", "OpenStack"].filter((name) => !names.includes(name));
			const fixed = subject.inventory.cloudInit.dsIdentify.datasource;
			return [...missing.map((name) => `datasource_list [${names.join(", ")}] lacks ${name}`), ...fixed === void 0 || ["ConfigDrive", "OpenStack"].includes(fixed) ? [] : [`/etc/cloud/ds-identify.cfg allows only ${fixed}`]];
		}
	},
	{
		id: "cloud-init-writes-files",
		title: "cloud-init's module write-files runs before the agent starts.",
		why: "Trove's user data is write_files and nothing else; the agent starts after cloud-config.target, which is reached before the modules of the stages config and final run.",
		remedy: "Put write-files back into cloud_init_modules.",
		check: (subject) => {
			if (subject.runsModule("write-files", ["cloud_init_modules"])) return [];
			return [subject.runsModule("write-files") ? "write-files runs in a later stage than cloud_init_modules" : "no stage lists the module write-files"];
		}
	},
	{
		id: "cloud-init-users-exist",
		title: "The users that cloud-init would make exist already.",
		why: "A user that cloud-init makes at boot gets the next free id, which is 1001: the agent then cannot make \"database\".",
		remedy: "Set system_info.default_user.name to the guest user, and leave 'users' at [default].",
		check: (subject) => {
			const users = subject.cloudInit("users");
			if (!subject.runsModule("users-groups") || !Array.isArray(users)) return [];
			return users.map((user) => nameOf(user, subject)).filter((name) => name !== void 0 && subject.user(name) === void 0).map((name) => `cloud-init makes the user ${name} at first boot`);
		}
	},
	{
		id: "ephemeral-disk-not-mounted",
		title: "cloud-init leaves an ephemeral disk to the agent.",
		why: "cloud-init's default mounts the ephemeral disk on /mnt; the agent finds the device mounted and does not mount it where the database's files go.",
		remedy: "Set \"mounts: [[ephemeral0, null]]\" under /etc/cloud/cloud.cfg.d.",
		check: (subject) => {
			const mounts = subject.cloudInit("mounts");
			const isOff = (entry) => Array.isArray(entry) && entry[0] === "ephemeral0" && entry[1] === null;
			if (!subject.runsModule("mounts") || Array.isArray(mounts) && mounts.some(isOff)) return [];
			return ["ephemeral0 is not taken out of mounts, so cloud-init mounts it on /mnt"];
		}
	},
	{
		id: "hostname-resolvable",
		title: "The guest's own host name resolves.",
		why: "sudo complains about and waits for a name that does not resolve ('unable to resolve host').",
		remedy: "Set \"manage_etc_hosts: localhost\" under /etc/cloud/cloud.cfg.d (DIB_CLOUD_INIT_ETC_HOSTS).",
		check: (subject) => {
			const managed = subject.cloudInit("manage_etc_hosts");
			if ((managed === true || managed === "localhost" || managed === "template") && subject.runsModule("update-etc-hosts")) return [];
			if (subject.hasPackage("libnss-myhostname")) return [];
			return [`manage_etc_hosts is ${managed === void 0 ? "not set" : JSON.stringify(managed)}`];
		}
	},
	{
		id: "cloud-init-not-run",
		title: "cloud-init has not run in the image.",
		why: "State of an earlier instance makes cloud-init skip what it does once per instance.",
		remedy: "Run \"cloud-init clean --logs\" in the image before it is closed.",
		check: ({ tree }) => [
			"/var/lib/cloud/instance",
			"/var/lib/cloud/instances",
			"/var/lib/cloud/data"
		].filter((path) => tree.entry(path)?.type === "link" || tree.within(path).length > 0).map((path) => `${path} holds the state of a run`)
	}
];
/** The name of an entry of `users`; undefined for what makes nobody. */
function nameOf(user, subject) {
	if (user === "default") {
		const name = subject.cloudInit("system_info", "default_user", "name");
		return typeof name === "string" ? name : void 0;
	}
	if (typeof user === "string") return user;
	if (typeof user === "object" && user !== null && "name" in user && typeof user.name === "string") return user.name;
}

// src/contract/disk.ts
const gibibyte$3 = 2 ** 30;
const growable = [
	"ext4",
	"xfs",
	"btrfs"
];
const virtual = [
	"proc",
	"sysfs",
	"tmpfs",
	"devpts",
	"swap",
	"cgroup",
	"cgroup2",
	"debugfs",
	"none",
	"efivarfs"
];
/** Partitions and file systems. */
const diskRules = [
	{
		id: "fstab-file-systems-exist",
		title: "fstab names file systems that the image has.",
		why: "systemd waits 90 s for a device that never comes and then offers an emergency shell.",
		remedy: "Correct the label or UUID in /etc/fstab, or add the option 'nofail'.",
		check: ({ inventory }) => inventory.fstab.filter(({ device, type, options }) => /^(PART)?(LABEL|UUID)=/.test(device) && !virtual.includes(type) && !options.includes("nofail")).filter(({ device }) => !inventory.disk.fileSystems.some((found) => names(device, found))).map(({ line, device, mountPoint }) => `/etc/fstab:${line}: ${device} for ${mountPoint} does not exist`)
	},
	{
		id: "fstab-mounts-root",
		title: "fstab mounts the root file system by the label or UUID that it has.",
		why: "systemd-remount-fs and the growth of the file system at first boot go by this line.",
		remedy: "Write \"LABEL=... / ext4 defaults 0 1\" into /etc/fstab, with the label of the file system.",
		check: ({ inventory }) => {
			const root = inventory.disk.fileSystems.find(({ mountPoint }) => mountPoint === "/");
			const line = inventory.fstab.find(({ mountPoint }) => mountPoint === "/");
			if (line === void 0) return ["/etc/fstab does not name /"];
			if (root !== void 0 && names(line.device, root)) return [];
			return [`/etc/fstab:${line.line}: / is ${line.device}, the file system has label "${root?.label ?? ""}"`];
		}
	},
	{
		id: "fstab-no-build-devices",
		title: "fstab names no device.",
		why: "A device name is that of the machine that built the image, or changes with the bus of the guest.",
		remedy: "Use LABEL= or UUID= in /etc/fstab.",
		check: ({ inventory }) => inventory.fstab.filter(({ device, type }) => device.startsWith("/dev/") && !virtual.includes(type)).map(({ line, device }) => `/etc/fstab:${line}: ${device}`)
	},
	{
		id: "root-partition-last",
		title: "The root partition is the last one on the disk.",
		why: "Only the last partition can grow into a flavour's larger disk.",
		remedy: "Put the root partition behind all others.",
		check: ({ inventory: { disk } }) => {
			const root = disk.fileSystems.find(({ mountPoint }) => mountPoint === "/");
			const last = disk.partitions.at(-1);
			if (disk.partitionTable === "none" || last === void 0) return [];
			return root?.partition === last.number ? [] : [`root is partition ${root?.partition ?? 0}, the last one is ${last.number}`];
		}
	},
	{
		id: "root-file-system-growable",
		title: "The root file system can grow while it is mounted.",
		why: "cloud-init grows ext4, XFS and Btrfs; others stay at the size of the image.",
		remedy: "Use ext4, with the feature resize_inode.",
		check: ({ inventory: { disk, rootFileSystem } }) => {
			const type = disk.fileSystems.find(({ mountPoint }) => mountPoint === "/")?.type ?? "";
			if (!growable.includes(type)) return [`it is ${type || "of an unknown type"}`];
			const { features } = rootFileSystem;
			return type === "ext4" && !features.includes("resize_inode") && !features.includes("meta_bg") ? ["ext4 without resize_inode"] : [];
		}
	},
	{
		id: "root-grows-at-boot",
		title: "Root partition and file system grow at first boot.",
		why: "Otherwise the guest keeps the image's size on every flavour, and its root fills up.",
		remedy: "Install cloud-guest-utils and fdisk; leave growpart and resizefs among cloud_init_modules and switched on.",
		check: (subject) => {
			const tools = [
				["growpart"],
				["sfdisk", "sgdisk"],
				[
					"resize2fs",
					"xfs_growfs",
					"btrfs"
				]
			];
			const mode = subject.cloudInit("growpart", "mode");
			return [
				...tools.filter((names) => !names.some((name) => subject.hasProgram(name))).map((names) => `no ${names.join(" or ")}`),
				...["growpart", "resizefs"].filter((name) => !subject.runsModule(name, ["cloud_init_modules"])).map((name) => `cloud_init_modules lacks ${name}`),
				...mode === "off" || mode === false ? ["growpart.mode is off"] : [],
				...subject.cloudInit("resize_rootfs") === false ? ["resize_rootfs is false"] : [],
				...subject.tree.exists("/etc/growroot-disabled") && subject.cloudInit("growpart", "ignore_growroot_disabled") !== true ? ["/etc/growroot-disabled exists"] : []
			];
		}
	},
	{
		id: "root-file-system-clean",
		title: "The root file system was unmounted cleanly.",
		why: "A file system that was copied while in use may be damaged.",
		remedy: "Run e2fsck on the file system before the image is made.",
		check: ({ inventory: { disk, rootFileSystem } }) => {
			const type = disk.fileSystems.find(({ mountPoint }) => mountPoint === "/")?.type ?? "";
			if (rootFileSystem.state !== "") return rootFileSystem.state === "clean" ? [] : [`its state is "${rootFileSystem.state}"`];
			return /^ext[234]$/.test(type) ? { unknown: [`${type} did not tell its state`] } : [];
		}
	},
	{
		id: "root-has-space",
		title: "At least 2 GiB are free on the root file system.",
		why: "The database container and its layers lie there, and the smallest flavour is as large as the image.",
		remedy: "Set a larger image-size in the recipe.",
		check: ({ inventory: { rootFileSystem } }) => rootFileSystem.freeBytes >= 2 * gibibyte$3 ? [] : [`${(rootFileSystem.freeBytes / gibibyte$3).toFixed(2)} GiB of ${(rootFileSystem.sizeBytes / gibibyte$3).toFixed(2)} GiB are free`]
	}
];

// src/contract/docker.ts
/** dockerd's flags for what Trove's daemon.json sets. */
const conflicting = /(?:^|\s)(--(?:bridge|bip|ip-forward|iptables|insecure-registry)|-b)(?:[=\s]|$)/g;
/** A configuration that Trove does not write. */
const otherFile = /(?:^|\s)(--config-file(?:=|\s+)["']?(?!\/etc\/docker\/daemon\.json(?:["'\s]|$))[^\s"']+)/g;
/** Where dockerd listens; without a scheme it is TCP. */
const hostFlag = /(?:^|\s)(?:-H|--host)(?:=|\s*)["']?([^\s"'$]+)/g;
const needed = [
	["the daemon", ["dockerd"]],
	["containerd", ["containerd"]],
	["a runtime", ["runc", "crun"]],
	["a packet filter", ["iptables", "nft"]]
];
/** Docker, in which the database runs. */
const dockerRules = [
	{
		id: "docker-enabled",
		title: "Docker starts at boot.",
		why: "The agent asks the daemon for its version at its own start and exits without an answer.",
		remedy: "Install Docker (element trove-docker) and run \"systemctl enable docker.service\" in the image.",
		check: ({ boot }) => {
			const unit = boot.unit("docker.service");
			if (unit === void 0) return ["there is no docker.service"];
			if (unit.masked) return ["docker.service is masked"];
			return boot.starts("docker.service") ? [] : ["nothing that boots wants docker.service"];
		}
	},
	{
		id: "docker-complete",
		title: "Docker has what it starts containers with.",
		why: "The daemon answers without containerd, a runtime or a packet filter, and fails at the first container.",
		remedy: "Install the packages docker.io (or docker-ce), containerd, runc and iptables.",
		check: (subject) => needed.filter(([, programs]) => !programs.some((program) => subject.hasProgram(program))).map(([what, programs]) => `${what} is missing: no ${programs.join(" or ")}`)
	},
	{
		id: "docker-apparmor",
		title: "apparmor_parser is in the image.",
		why: "The kernel has AppArmor, so Docker loads its profile by apparmor_parser: 'docker-default profile could not be loaded' at the first container. No boot and no rpc_ping finds this.",
		remedy: "Install the package apparmor.",
		check: (subject) => subject.hasProgram("apparmor_parser") ? [] : ["no apparmor_parser in the search path"]
	},
	{
		id: "docker-configuration-free",
		title: "The image leaves /etc/docker/daemon.json to Trove.",
		why: "Trove writes the file at each boot of a new guest; what the image puts there vanishes.",
		remedy: "Use a drop-in of docker.service with flags that Trove never writes (log-driver, log-opts, registry-mirror).",
		check: ({ inventory }) => [...inventory.docker.daemonConfiguration === null ? [] : [`/etc/docker/daemon.json sets ${Object.keys(inventory.docker.daemonConfiguration).join(", ") || "nothing"}`], ...inventory.docker.faults.map((fault) => `${fault.file}: ${fault.text}`)]
	},
	{
		id: "docker-flags-free",
		title: "dockerd has no flag for what Trove's daemon.json sets, and reads that file.",
		why: "An option given both as a flag and in daemon.json stops Docker; with --config-file what Trove writes is not read.",
		remedy: "Remove --bridge, --bip, --ip-forward, --iptables, --insecure-registry and --config-file from the unit and from DOCKER_OPTS.",
		check: (subject) => daemonFlags(subject).flatMap(({ text, where }) => [...[...text.matchAll(conflicting)].map((match) => `${where} has ${match[1] ?? ""}`), ...[...text.matchAll(otherFile)].map((match) => `${where} has ${match[1] ?? ""}`)])
	},
	{
		id: "docker-api-local",
		title: "Docker's API listens on the guest's own socket only.",
		why: "Whoever reaches the API is root in the guest, unless it asks for a certificate (--tlsverify).",
		remedy: "Remove -H tcp://... from the unit and from DOCKER_OPTS, and addresses from docker.socket; leave -H fd://.",
		check: (subject) => {
			const flags = daemonFlags(subject);
			const asksForCertificates = flags.some(({ text }) => /(^|\s)--tlsverify(=true|\s|$)/.test(text));
			const listening = flags.flatMap(({ text, where }) => [...text.matchAll(hostFlag)].map((match) => match[1] ?? "").filter((host) => !/^(fd|unix):\/\//.test(host)).map((host) => `${where} listens on ${host} and asks for no certificate`));
			const sockets = valuesIn(subject.boot.unit("docker.socket")?.settings ?? [], "Socket", "ListenStream");
			return [...asksForCertificates ? [] : listening, ...sockets.filter((address) => !/^[/@%]/.test(address)).map((address) => `docker.socket listens on ${address}`)];
		}
	}
];
/** dockerd's command line, by where each part of it stands. */
function daemonFlags({ boot, inventory }) {
	return [...valuesIn(boot.unit("docker.service")?.settings ?? [], "Service", "ExecStart").map((text) => ({
		text,
		where: "docker.service's command line"
	})), {
		text: inventory.docker.options,
		where: "DOCKER_OPTS in /etc/default/docker"
	}];
}

// src/contract/guest-user.ts
const folders = [
	"/etc/trove",
	"/etc/trove/conf.d",
	"/var/log/trove",
	"/var/lib/trove",
	"/opt/trove-guestagent"
];
/** The user that the agent runs as and that Trove gives injected files to. */
const guestUserRules = [
	{
		id: "guest-user-exists",
		title: "The guest user exists in the image.",
		why: "cloud-init writes injected files before it makes users; without their owner no configuration arrives (Trove stories 2010021 and 2010231).",
		remedy: "Add the element trove-guest, or make the user in the image. If your Trove gives injected files to another user (injected_config_owner), name that one with guest-user.",
		check: (subject) => subject.user(subject.guestUser) ? [] : [`/etc/passwd has no user ${subject.guestUser}`]
	},
	{
		id: "guest-user-sudo",
		title: "The guest user may run every command as root without a password.",
		why: "The unprivileged agent calls groupadd, useradd, mkfs, mount and chown by sudo, without a terminal.",
		remedy: "Put \"USER ALL=(ALL:ALL) NOPASSWD: ALL\" into a file of mode 0440 under /etc/sudoers.d (element trove-guest does).",
		check: (subject) => {
			const names = /* @__PURE__ */ new Set([
				subject.guestUser,
				"ALL",
				...subject.groupsOf(subject.guestUser).map((group) => `%${group}`)
			]);
			const { grants, requireTty } = subject.inventory.sudoers;
			const own = grants.filter(({ who }) => names.has(who));
			const terminal = requireTty.filter(({ scope, value }) => ["", `:${subject.guestUser}`].includes(scope) || value && !scope.startsWith(":")).at(-1);
			return [...own.length === 0 ? [`sudoers grants ${subject.guestUser} nothing`] : limitsOf(own), ...terminal?.value ? ["Defaults requiretty: the agent has no terminal"] : []];
		}
	},
	{
		id: "sudoers-valid",
		title: "Every sudoers file is readable to sudo: it parses, belongs to root, and only root may write it.",
		why: "sudo ignores a file that others may write and complains about one that does not parse; the agent then has no root.",
		remedy: "Check with \"visudo --check\" in the image; set owner root and mode 0440.",
		check: ({ inventory, tree }) => [
			...inventory.sudoers.files.length === 0 ? ["/etc/sudoers is missing: sudo is not installed"] : [],
			...inventory.sudoers.faults.map((fault) => `${fault.file}:${fault.line}: ${fault.text}`),
			...inventory.sudoers.files.flatMap((file) => {
				const entry = tree.resolve(file);
				if (entry === void 0) return [`${file} was read but is not in the list of files`];
				const faults = entry.uid === 0 ? [] : [`${file} belongs to uid ${entry.uid}`];
				return (Number.parseInt(entry.mode, 8) & 223) === 0 ? faults : [...faults, `${file} has mode ${entry.mode}`];
			})
		]
	},
	{
		id: "guest-user-in-docker-group",
		title: "The guest user is in group docker.",
		why: "The agent opens the Docker daemon's socket as that user: PermissionError without the group.",
		remedy: "Run \"usermod --append --groups docker USER\" in the image (element trove-docker does).",
		check: (subject) => subject.groupsOf(subject.guestUser).includes("docker") ? [] : [groupsText(subject)]
	},
	{
		id: "guest-user-home",
		title: "The guest user's home exists and belongs to them.",
		why: "The agent's unit has WorkingDirectory=~; systemd does not start a unit whose folder is missing.",
		remedy: "Create the home folder with the user (useradd --create-home).",
		check: (subject) => {
			const user = subject.user(subject.guestUser);
			if (user === void 0) return [];
			const home = subject.tree.resolve(user.home);
			if (home?.type !== "folder") return [`${user.home} is missing`];
			return home.uid === user.uid ? [] : [`${user.home} belongs to uid ${home.uid}, ${user.name} is ${user.uid}`];
		}
	},
	{
		id: "trove-folders-owned",
		title: "Trove's folders exist, belong to the guest user and are writable by them.",
		why: "The agent writes its configuration, log and markers there; injected files are put there for it to read.",
		remedy: `Create ${folders.join(", ")} owned by the guest user (element trove-guest does).`,
		check: (subject) => {
			const user = subject.user(subject.guestUser);
			if (user === void 0) return [];
			return folders.flatMap((path) => {
				const entry = subject.tree.resolve(path);
				if (entry?.type !== "folder") return [`${path} is missing`];
				if (entry.uid !== user.uid) return [`${path} belongs to uid ${entry.uid}, ${user.name} is ${user.uid}`];
				return (Number.parseInt(entry.mode, 8) & 448) === 448 ? [] : [`${path} has mode ${entry.mode}`];
			});
		}
	},
	{
		id: "database-ids-free",
		title: "User and group id 1001 are free, or belong to \"database\".",
		why: "The agent makes group and user \"database\" with id 1001 (database_service_uid) and tolerates no other owner.",
		remedy: "Give the other user or group another id.",
		check: ({ inventory }) => [...inventory.users.filter((user) => user.uid === 1001 && user.name !== "database").map((user) => `user ${user.name} has uid 1001`), ...inventory.groups.filter((group) => group.gid === 1001 && group.name !== "database").map((group) => `group ${group.name} has gid 1001`)]
	}
];
/**
* What a user's grants, in the order of sudoers, keep them from: of the entries that fit a command the last one counts
* (sudoers(5)), so that a grant of all commands as root on all hosts without a password makes up for whatever stood before it.
*/
function limitsOf(grants) {
	let limits;
	const elsewhere = [];
	for (const { file, line, who, hosts, runAs, noPassword, commands } of grants) {
		const at = `${file}:${line}: ${who}`;
		const isPlain = (names, ...wanted) => names.some((name) => wanted.includes(name)) && !names.some((name) => name.startsWith("!"));
		if (!isPlain((runAs.split(":")[0] ?? "").split(",").map((name) => name.trim()), "ALL", "root", "#0")) elsewhere.push(`${at} is for commands as ${runAs || "oneself"}`);
		else if (!isPlain(hosts, "ALL")) elsewhere.push(`${at} is for the hosts ${hosts.join(", ")}`);
		else {
			if (noPassword && commands.includes("ALL")) limits = [];
			const refused = commands.filter((command) => command.startsWith("!"));
			const found = [...(noPassword ? [] : commands.filter((command) => !command.startsWith("!"))).map((command) => `${at} has to give a password for ${command}`), ...refused.map((command) => `${at} may not run ${command.slice(1)}`)];
			limits?.push(...found);
			if (limits === void 0) elsewhere.push(...found);
		}
	}
	return limits ?? ["no entry grants every command as root on all hosts without a password", ...elsewhere];
}
function groupsText(subject) {
	if (!subject.inventory.groups.some((group) => group.name === "docker")) return "there is no group docker";
	return `${subject.guestUser} is in ${subject.groupsOf(subject.guestUser).join(", ") || "no group"}`;
}

// src/contract/leakage.ts
/** What must not be the same in two guests, or must not be known to whoever has the image. */
const leakageRules = [
	{
		id: "machine-id-empty",
		title: "/etc/machine-id exists and is empty.",
		why: "Filled, all guests have one identity (and one DHCP lease); missing, there is no DHCP identifier and systemd may not boot from a read-only root (kubernetes-sigs/image-builder#2164).",
		remedy: "Truncate /etc/machine-id and remove /var/lib/dbus/machine-id.",
		check: ({ inventory: { machineId } }) => [
			...machineId.state === "absent" ? ["/etc/machine-id is missing"] : [],
			...machineId.state === "filled" ? ["/etc/machine-id is filled"] : [],
			...machineId.dbus === "filled" ? ["/var/lib/dbus/machine-id is filled"] : []
		]
	},
	{
		id: "no-random-seed",
		title: "No random seed is in the image.",
		why: "Guests that start from one seed make guessable keys.",
		remedy: "Remove /var/lib/systemd/random-seed and credential.secret.",
		check: ({ tree }) => [
			"/var/lib/systemd/random-seed",
			"/var/lib/systemd/credential.secret",
			"/var/lib/urandom/random-seed"
		].filter((path) => tree.resolve(path) !== void 0).map((path) => `${path} is in the image`)
	},
	{
		id: "no-host-keys",
		title: "No SSH host key is in the image.",
		why: "Whoever has the image can pose as every guest.",
		remedy: "Remove /etc/ssh/ssh_host_*; cloud-init or ssh-keygen -A makes new ones at first boot.",
		check: ({ inventory }) => inventory.ssh.hostKeys.map((path) => `${path} is in the image`)
	},
	{
		id: "no-authorized-keys",
		title: "No SSH key lets anybody in.",
		why: "The key of whoever built the image opens every guest.",
		remedy: "Remove the authorized_keys files; Nova injects the key pair of the instance.",
		check: ({ inventory }) => inventory.ssh.authorizedKeys.map(({ file, keys }) => keys === null ? `${file} could hold keys and was not read` : `${file} holds ${keys} ${keys === 1 ? "key" : "keys"}`)
	},
	{
		id: "no-private-keys",
		title: `No private key is under ${keyFolders.map((folder) => `/${folder}`).join(", ")} or on another file system.`,
		why: "Upstream's development images hold the builder's key; a snake-oil certificate is the same in every guest.",
		remedy: "Remove the file, or make the key at first boot.",
		check: ({ inventory }) => inventory.secrets.privateKeys.filter((path) => !inventory.ssh.hostKeys.includes(path)).map((path) => `${path} is a private key`)
	},
	{
		id: "no-password-equal-to-name",
		title: "No password is the name of its user.",
		why: "Upstream's element gives user ubuntu the password ubuntu, and sudo.",
		remedy: "Lock the password: \"usermod --lock USER\".",
		check: ({ inventory }) => {
			const known = inventory.users.filter((user) => user.passwordIsName === "yes").map((user) => `${user.name} has its name as password`);
			const unknown = inventory.users.filter((user) => user.passwordIsName === "unknown").map((user) => `password of ${user.name}: ${user.passwordNote ?? "not known"}`);
			return known.length === 0 && unknown.length > 0 ? { unknown } : known;
		}
	},
	{
		id: "no-empty-password",
		title: "No user gets in without a password.",
		why: "An empty password opens the console, and sshd with PermitEmptyPasswords.",
		remedy: "Lock the password: \"usermod --lock USER\".",
		check: ({ inventory }) => inventory.users.filter((user) => user.password === "empty").map((user) => `${user.name} has an empty password`)
	},
	{
		id: "root-locked",
		title: "root has no password.",
		why: "A password of root is known to whoever has the recipe.",
		remedy: "Run \"usermod --lock root\", and leave out the element root-passwd.",
		check: ({ inventory }) => inventory.users.filter((user) => user.uid === 0 && user.password === "set").map((user) => `${user.name} has a password`)
	},
	{
		id: "ssh-no-root-password",
		title: "The SSH server lets root in by key only.",
		why: "DIB's root-passwd and upstream's element switch password login of root on.",
		remedy: "Set \"PermitRootLogin prohibit-password\" and \"PermitEmptyPasswords no\".",
		check: ({ inventory: { ssh } }) => {
			const open = [...ssh.server.permitrootlogin?.toLowerCase() === "yes" ? ["PermitRootLogin yes"] : [], ...ssh.server.permitemptypasswords?.toLowerCase() === "yes" ? ["PermitEmptyPasswords yes"] : []];
			const unknown = ssh.conditional.filter(({ text }) => /\syes$/i.test(text)).map(({ file, line, text }) => `${file}:${line}: ${text}`);
			return open.length === 0 && unknown.length > 0 ? { unknown } : open;
		}
	},
	{
		id: "no-secrets-in-logs",
		title: "Logs of the build hold no secret.",
		why: "Passwords on command lines end up in logs, which are in every guest.",
		remedy: "Empty /var/log in a finalise.d hook.",
		check: ({ inventory }) => inventory.secrets.assignments.filter(({ file }) => file.startsWith("/var/log/")).map(({ file, line, text }) => `${file}:${line}: ${text}`)
	},
	{
		id: "no-secrets-in-manifests",
		title: "DIB's manifests hold no secret.",
		why: "DIB's element manifests stores arguments and variables of the build, DIB_PASSWORD among them.",
		remedy: "Remove the files under /etc/dib-manifests in a cleanup.d hook (element trove-image-sources does).",
		check: ({ inventory }) => inventory.secrets.assignments.filter(({ file }) => file.startsWith("/etc/dib-manifests/")).map(({ file, line, text }) => `${file}:${line}: ${text}`)
	},
	{
		id: "no-secrets-in-configuration",
		title: "Configuration and home folders hold no secret of the build.",
		why: "A token or an address with a password in it is known to whoever has the image.",
		remedy: "Remove the line; secrets of a guest are injected at boot.",
		check: ({ inventory }) => inventory.secrets.assignments.filter(({ file }) => !/^\/(var\/log|etc\/dib-manifests)\//.test(file)).map(({ file, line, text }) => `${file}:${line}: ${text}`)
	},
	{
		id: "no-environment-dump",
		title: "DIB's dump of its environment is not in the image.",
		why: "It tells mirrors, proxies and folders of the build host, and every DIB_* variable.",
		remedy: "Remove /etc/dib-manifests/dib_environment in a cleanup.d hook (element trove-image-sources does).",
		check: ({ inventory }) => inventory.secrets.environmentDumps.map((path) => `${path} is in the image`)
	},
	{
		id: "no-shell-history",
		title: "No history of commands is in the image.",
		why: "It tells what was done by hand, with passwords now and then.",
		remedy: "Remove the file.",
		check: ({ inventory }) => inventory.secrets.histories.map((path) => `${path} is not empty`)
	},
	{
		id: "no-build-journal",
		title: "No journal of another machine is in the image.",
		why: "It tells of the machine that ran it, and belongs to no guest.",
		remedy: "Remove the folders below /var/log/journal.",
		check: ({ tree }) => tree.within("/var/log/journal").map((entry) => `${entry.path} is left`)
	},
	{
		id: "no-proxies",
		title: "No proxy of the build is left.",
		why: "Guests cannot reach it, or it reads what they say.",
		remedy: "Set proxies in the environment of the build only, never in files of the image.",
		check: ({ inventory }) => inventory.proxies.map(({ file, line, text }) => `${file}${line > 0 ? `:${line}` : ""}: ${text}`)
	},
	{
		id: "no-files-writable-by-all",
		title: "Nothing outside of the temporary folders is writable by everybody, what Docker keeps of containers left aside.",
		why: "Any process of a guest, a container that got out among them, could change it.",
		remedy: "Take the write permission away: \"chmod o-w\".",
		check: ({ inventory }) => inventory.files.filter(({ type, mode }) => {
			const bits = Number.parseInt(mode, 8);
			return type === "file" && (bits & 2) !== 0 || type === "folder" && (bits & 514) === 2;
		}).map(({ path, mode }) => `${path} has mode ${mode}`)
	}
];

// src/contract/network.ts
/** The network, over which everything else comes. */
const networkRules = [
	{
		id: "network-manager-enabled",
		title: "Something that configures network interfaces starts at boot.",
		why: "DIB's debian-minimal leaves stanzas for ifupdown in a tree without ifupdown: a guest without network.",
		remedy: "Enable systemd-networkd (element trove-guest does), ifupdown or NetworkManager.",
		check: (subject) => managers(subject).length > 0 ? [] : ["neither systemd-networkd nor networking.service nor NetworkManager starts"]
	},
	{
		id: "network-on-every-nic",
		title: "Every network card of a guest comes up.",
		why: "Trove gives a guest a user port and, behind it, a management port: the broker is reached through the second card.",
		remedy: "Let cloud-init configure the network (no 'network: {config: disabled}') with netplan, systemd-networkd or ifupdown installed, or ship a .network file with DHCP that matches all Ethernet cards.",
		check: (subject) => {
			if (matchesEveryCard(subject) || rendersNetwork(subject)) return [];
			return [networkDisabled(subject) ? "cloud-init's network configuration is disabled, and no .network file with DHCP matches all cards" : "cloud-init has no renderer that works here, and no .network file with DHCP matches all cards"];
		}
	},
	{
		id: "network-activated",
		title: "A network that cloud-init learns from the metadata service is brought up at once.",
		why: "DIB's element cloud-init-datasources sets disable_network_activation when ConfigDrive is in the list: what the metadata service says is rendered and not used before the next boot.",
		remedy: "Remove /etc/cloud/cloud.cfg.d/93-dib-cloud-init-disable-datasource-network-activation.cfg.",
		check: (subject) => subject.cloudInit("disable_network_activation") === true ? ["disable_network_activation is true"] : []
	},
	{
		id: "network-online-reached",
		title: "network-online.target waits for a network.",
		why: "The agent is ordered after it; without a unit behind it the target means nothing and the agent starts too early.",
		remedy: "Enable systemd-networkd-wait-online.service, NetworkManager-wait-online.service or networking.service.",
		check: ({ boot }) => [
			"systemd-networkd-wait-online.service",
			"NetworkManager-wait-online.service",
			"networking.service",
			"ifupdown-wait-online.service"
		].some((name) => boot.starts(name)) ? [] : ["no unit that waits for the network starts at boot"]
	},
	{
		id: "network-wait-bounded",
		title: "Waiting for the network ends when one card works.",
		why: "systemd-networkd-wait-online waits 120 s for every configured card; a card without DHCP delays the agent by that time.",
		remedy: "Add --any to its ExecStart in a drop-in.",
		check: ({ boot }) => {
			const unit = boot.unit("systemd-networkd-wait-online.service");
			if (unit === void 0 || !boot.starts(unit.name)) return [];
			const [command = ""] = valuesIn(unit.settings, "Service", "ExecStart");
			return /\s--any\b|\s--timeout[= ]\d{1,2}(\s|$)/.test(command) ? [] : [`${unit.name} runs ${command}`];
		}
	},
	{
		id: "no-dead-interface-stanzas",
		title: "No configuration names network cards that nothing reads.",
		why: "Stanzas for ifupdown without ifupdown look like a network and are none.",
		remedy: "Install ifupdown, or remove the stanzas under /etc/network.",
		check: (subject) => subject.hasProgram("ifup") ? [] : subject.inventory.network.interfaces.map(({ file, line, name }) => `${file}:${line}: ${name}, but there is no ifup`)
	},
	{
		id: "no-fixed-network-cards",
		title: "No network card is known by its hardware address.",
		why: "The address is that of the machine that built the image; cards of a guest have others.",
		remedy: "Remove persistent names (70-persistent-net.rules) and matches of a MACAddress.",
		check: ({ tree, inventory }) => [
			...["/etc/udev/rules.d/70-persistent-net.rules", "/etc/udev/rules.d/75-persistent-net-generator.rules"].filter((path) => (tree.resolve(path)?.sizeBytes ?? 0) > 0).map((path) => `${path} names cards`),
			...inventory.network.networkd.filter(({ file, settings }) => file.startsWith("/etc/") && settings.some((entry) => entry.section === "Match" && /^(Permanent)?MACAddress$/.test(entry.key))).map(({ file }) => `${file} matches a MACAddress`),
			...inventory.network.netplan.filter(({ configuration }) => /"macaddress":/.test(JSON.stringify(configuration))).map(({ file }) => `${file} matches a macaddress`),
			...inventory.network.connections.map((file) => `${file} is a connection of the build`)
		]
	},
	{
		id: "resolver-not-of-build-host",
		title: "The build host's name servers are not left in /etc/resolv.conf.",
		why: "Guests cannot reach them, and they tell of the network that built the image.",
		remedy: "Link /etc/resolv.conf to the resolver's file under /run, or leave it empty.",
		check: ({ inventory: { network } }) => network.resolver.type === "file" ? [...network.resolver.nameServers, ...network.resolver.search].map((value) => `/etc/resolv.conf names ${value}`) : []
	},
	{
		id: "resolver-works",
		title: "What /etc/resolv.conf leads to is made at boot.",
		why: "A link into the folder of a resolver that does not start leaves a guest without name resolution.",
		remedy: "Enable systemd-resolved.service, or replace the link by an empty file.",
		check: ({ inventory: { network }, boot }) => {
			const target = network.resolver.target ?? "";
			if (network.resolver.type !== "link" || !target.includes("systemd/resolve/")) return [];
			return boot.starts("systemd-resolved.service") ? [] : [`/etc/resolv.conf leads to ${target}, but systemd-resolved does not start`];
		}
	}
];
function managers(subject) {
	return [
		"systemd-networkd.service",
		"networking.service",
		"NetworkManager.service"
	].filter((name) => subject.boot.starts(name));
}
function networkDisabled(subject) {
	return subject.cloudInit("network", "config") === "disabled";
}
/** cloud-init configures what the datasource tells, when it has a renderer whose backend starts. */
function rendersNetwork(subject) {
	if (networkDisabled(subject) || subject.cloudInit("datasource", "OpenStack", "apply_network_config") === false) return false;
	const running = managers(subject);
	if (running.includes("systemd-networkd.service")) return true;
	if (running.includes("networking.service")) return subject.hasProgram("ifup");
	return running.includes("NetworkManager.service");
}
/** A .network file with DHCP whose match leaves out no Ethernet card. */
function matchesEveryCard(subject) {
	if (!subject.boot.starts("systemd-networkd.service")) return false;
	return subject.inventory.network.networkd.some(({ file, settings }) => {
		if (!file.endsWith(".network")) return false;
		const dhcp = valueIn(settings, "Network", "DHCP");
		if (dhcp !== "ipv4" && !parseBoolean(dhcp)) return false;
		const narrowing = [...new Set(settings.filter((entry) => entry.section === "Match").map((entry) => entry.key))].filter((key) => ![
			"Type",
			"Name",
			"Kind"
		].includes(key));
		const kinds = wordsIn(settings, "Match", "Kind");
		const names = wordsIn(settings, "Match", "Name");
		const types = wordsIn(settings, "Match", "Type");
		return narrowing.length === 0 && (kinds.length === 0 || kinds.every((kind) => kind.startsWith("!"))) && (types.length > 0 || names.length > 0) && (types.length === 0 || types.includes("ether")) && (names.length === 0 || names.includes("*") || names.includes("e*") || names.includes("en*") && names.includes("eth*"));
	});
}

// src/contract/package-sources.ts
/** apt's switches that take its checks away (apt-secure(8)), in lower case, with the value that is harmless. */
const unsafe = /^(true|1|yes|on|with|enable)$/i;
const unsafeSettings = [
	"apt::get::allowunauthenticated",
	"apt::get::allow-unauthenticated",
	"acquire::allowinsecurerepositories",
	"acquire::allowweakrepositories",
	"acquire::allowdowngradetoinsecurerepositories",
	"aptitude::cmdline::ignore-trust-violations"
];
const localNetworks = /^(0|10|127|192\.168|169\.254|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;
const loosened = /^acquire::(https|http)(::[^:]+)*::verify-(peer|host)$/i;
/** Where a guest's packages come from. */
const packageSourceRules = [
	{
		id: "package-sources-present",
		title: "apt has a source.",
		why: "An operator who must mend a guest installs from there.",
		remedy: "Write the distribution's sources under /etc/apt/sources.list.d (element trove-image-sources does).",
		check: ({ inventory: { packageSources } }) => packageSources.sources.some((source) => source.enabled && source.types.includes("deb")) ? [] : ["no source of packages is enabled"]
	},
	{
		id: "apt-configuration-valid",
		title: "apt's configuration parses.",
		why: "apt refuses all work with a configuration that it cannot read.",
		remedy: "Correct the file.",
		check: ({ inventory: { packageSources } }) => packageSources.faults.map(({ file, text }) => `${file}: ${text}`)
	},
	{
		id: "apt-authenticated",
		title: "apt checks signatures and certificates.",
		why: "DIB's openstack-ci-mirrors, in upstream's element list since 2026-08, writes 99unauthenticated and leaves it: every guest then installs what anybody in between gives it.",
		remedy: "Remove the setting from apt.conf.d, and trusted=yes from the sources.",
		check: ({ inventory: { packageSources } }) => [...packageSources.settings.filter(({ name, value }) => unsafeSettings.includes(name.toLowerCase()) && unsafe.test(value) || loosened.test(name) && !unsafe.test(value)).map(({ file, name, value }) => `${file}: ${name} "${value}"`), ...packageSources.sources.filter((source) => source.unverified).map((source) => `${place(source)}: signatures are not checked`)]
	},
	{
		id: "package-sources-signed",
		title: "Every source has a key that apt can check it with.",
		why: "A source without a key fails, or was used without a check.",
		remedy: "Install the archive keyring, and name it with signed-by.",
		check: ({ inventory: { packageSources }, tree }) => packageSources.sources.filter((source) => source.enabled).flatMap((source) => {
			if (source.signedBy.length === 0) return packageSources.trustedKeys.length > 0 ? [] : [`${place(source)}: no signed-by, and apt trusts no key`];
			return source.signedBy.filter((key) => key.startsWith("/") && !tree.exists(key)).map((key) => `${place(source)}: ${key} is missing`);
		})
	},
	{
		id: "package-sources-public",
		title: "The sources are addresses that a guest can reach.",
		why: "An address of the build host or of a private network means nothing in a guest; a password in it is a secret.",
		remedy: "Set image-sources in the recipe, or leave it to the element trove-image-sources.",
		check: ({ inventory: { packageSources } }) => packageSources.sources.filter((source) => source.enabled).flatMap((source) => [...source.uris.filter(isLocal).map((uri) => `${place(source)}: ${uri}`), ...source.credentials ? [`${place(source)}: an address with a password`] : []])
	},
	{
		id: "no-build-mirror",
		title: "The mirror that the build used is not in the sources.",
		why: "A company's mirror or a CI node's cache in a published image breaks every guest.",
		remedy: "Add the element trove-image-sources, or set image-sources in the recipe.",
		check: ({ inventory: { packageSources }, buildMirrors }) => {
			if (buildMirrors === null) return { notAsked: "no lock.json was given: the mirror of the build is not known" };
			const isUsed = (uri) => buildMirrors.used.some((mirror) => bare(uri).startsWith(bare(mirror)));
			const isAllowed = (uri) => buildMirrors.allowed.some((mirror) => `${bare(uri)}/`.startsWith(`${bare(mirror)}/`.replace(/\/+$/, "/")));
			return packageSources.sources.filter((source) => source.enabled).flatMap((source) => source.uris.filter((uri) => isUsed(uri) && !isAllowed(uri)).map((uri) => `${place(source)}: ${uri}`));
		}
	}
];
function place(source) {
	return `${source.file}:${source.line}`;
}
/**
* Host and path of an address. Without a path it ends with a slash, so that no longer name of a host begins with it; with one
* it does not: beside `/debian` the same mirror has `/debian-security`.
*/
function bare(uri) {
	const address = uri.replace(/^[a-z0-9+.-]+:\/\/([^/@]*@)?/i, "").replace(/\/+$/, "").toLowerCase();
	return address.includes("/") ? address : `${address}/`;
}
/** Files, loopback, private networks (RFC 1918, 4193, 6598, link-local), and names without a dot. */
function isLocal(uri) {
	if (/^(file|copy|cdrom):/i.test(uri)) return true;
	const host = /^[a-z0-9+.-]+:\/\/(\[[^\]]+\]|[^/:]+)/i.exec(uri)?.[1]?.toLowerCase() ?? "";
	if (host.startsWith("[")) return /^\[(::1|f[cd]|fe80)/.test(host);
	if (/^[\d.]+$/.test(host)) return localNetworks.test(host);
	return !host.includes(".") || /\.(localhost|local|internal|lan|localdomain|home\.arpa|test|invalid)$/.test(host);
}

// src/contract/system.ts
/** What the agent calls by sudo (trove/guestagent/volume.py, common/operating_system.py, cmd/guest.py). */
const agentTools = [
	"groupadd",
	"useradd",
	"blockdev",
	"blkid",
	"mkfs.ext4",
	"e2fsck",
	"dumpe2fs",
	"resize2fs",
	"mount",
	"umount",
	"chown",
	"install",
	"ip"
];
const timeServices = [
	"systemd-timesyncd.service",
	"chrony.service",
	"chronyd.service",
	"ntpsec.service",
	"ntp.service",
	"ntpd.service"
];
/** The operating system around the agent. */
const systemRules = [
	{
		id: "agent-tools-under-sudo",
		title: "The programs that the agent calls are found under sudo's secure_path.",
		why: "From 2026.1 on any failure of dumpe2fs, a missing program too, is taken as \"not formatted\", and the agent formats the volume: data is lost when an image is upgraded.",
		remedy: "Install e2fsprogs, util-linux, passwd, mount and iproute2, and leave secure_path at its default.",
		check: (subject) => {
			const path = subject.inventory.sudoers.securePath ?? void 0;
			return agentTools.filter((name) => !subject.hasProgram(name, path === "" ? void 0 : path)).map((name) => `${name} is not in ${path ?? "sudo's default path"}`);
		}
	},
	{
		id: "mount-table-readable",
		title: "/etc/mtab leads to the mounted file systems.",
		why: "The agent and mkfs read it to tell whether a volume is mounted.",
		remedy: "Link /etc/mtab to ../proc/self/mounts.",
		check: ({ tree }) => {
			const entry = tree.entry("/etc/mtab");
			if (entry === void 0) return ["/etc/mtab is missing"];
			return entry.type === "link" && /proc\/(self\/)?mounts$/.test(entry.target ?? "") ? [] : ["/etc/mtab is not a link to /proc/self/mounts"];
		}
	},
	{
		id: "time-synchronised",
		title: "A time service starts at boot.",
		why: "Trove takes a guest whose heartbeats bear another time for dead, and TLS fails with a wrong clock.",
		remedy: "Install and enable systemd-timesyncd or chrony.",
		check: ({ boot }) => timeServices.some((name) => boot.starts(name)) ? [] : [`none of ${timeServices.slice(0, 4).join(", ")} starts`]
	},
	{
		id: "ssh-enabled",
		title: "The SSH server starts at boot.",
		why: "An operator looks into a guest through it; without host keys in the image it makes its own.",
		remedy: "Install openssh-server and enable ssh.service.",
		check: ({ boot }) => [
			"ssh.service",
			"ssh.socket",
			"sshd.service",
			"sshd.socket"
		].some((name) => boot.starts(name)) ? [] : ["neither ssh.service nor ssh.socket starts"]
	},
	{
		id: "journal-persistent",
		title: "The journal survives a reboot.",
		why: "A guest that fails is looked at afterwards.",
		remedy: "Set Storage=persistent for journald, or make the folder /var/log/journal.",
		check: ({ inventory: { journal } }) => {
			const storage = journal.settings.Storage ?? "auto";
			if (storage === "persistent" || storage === "auto" && journal.persistentFolder) return [];
			return [storage === "auto" ? "Storage=auto and there is no /var/log/journal" : `Storage=${storage}`];
		}
	},
	{
		id: "no-automatic-upgrades",
		title: "Packages of a guest do not change by themselves.",
		why: "An upgrade of Docker stops the database, and what runs is no longer what was tested.",
		remedy: "Remove unattended-upgrades or mask apt-daily-upgrade.timer; leave package_upgrade of cloud-init off.",
		check: (subject) => {
			const { settings } = subject.inventory.packageSources;
			const last = (name) => settings.filter((entry) => entry.name.toLowerCase() === name).at(-1)?.value;
			return [...subject.hasPackage("unattended-upgrades") && subject.boot.starts("apt-daily-upgrade.timer") && !["0", "false"].includes(last("apt::periodic::enable") ?? "1") && !["0", "false"].includes(last("apt::periodic::unattended-upgrade") ?? "0") ? ["unattended-upgrades is installed and apt-daily-upgrade.timer starts it"] : [], ...["package_upgrade", "package_update"].filter((key) => subject.cloudInit(key) === true).map((key) => `cloud-init has ${key}: true`)];
		}
	},
	{
		id: "packages-consistent",
		title: "Every package is completely installed.",
		why: "A package that was not configured lacks its users, units or links.",
		remedy: "Run \"dpkg --audit\" and \"dpkg --configure --pending\" in the image.",
		check: ({ inventory }) => inventory.packages.filter(({ state }) => ![
			"installed",
			"config-files",
			"not-installed"
		].includes(state)).map(({ name, state }) => `${name} is ${state}`)
	},
	{
		id: "temporary-folders-empty",
		title: "/tmp and /var/tmp are empty.",
		why: "What a build leaves there is in every guest.",
		remedy: "Remove the files in a finalise.d or cleanup.d hook.",
		check: ({ inventory }) => inventory.temporaryFiles.map((path) => `${path} is left`)
	}
];

// src/contract/units.ts
/** What holds for every unit that boots. */
const unitRules = [
	{
		id: "unit-programs-exist",
		title: "Every unit that starts finds its programs.",
		why: "A missing program fails the unit at each boot (203/EXEC): upstream's agent needs curl, and its trove-image-loader.service names a script that only development images have.",
		remedy: "Install the program, correct the path, or disable the unit.",
		check: (subject) => subject.boot.startedOrActivated.flatMap((unit) => requiredPrograms(unit).filter((program) => !exists(subject, program)).map((program) => `${unit.name} runs ${program}, which is missing or not executable`))
	},
	{
		id: "unit-environment-files-exist",
		title: "Every unit that starts finds the environment files it demands.",
		why: "A missing EnvironmentFile fails the unit, unless its name has a leading '-'. Upstream's trove-image-loader.service demands /etc/trove/controller.conf, which Trove injects only when controller_address is set.",
		remedy: "Ship the file, or put '-' before its name in the unit.",
		check: ({ boot, tree }) => boot.startedOrActivated.flatMap((unit) => requiredFiles(unit).filter((file) => !/^\/(run|proc|sys|dev)\//.test(file) && !tree.exists(file)).map((file) => `${unit.name} demands ${file}, which is missing`))
	},
	{
		id: "unit-users-exist",
		title: "The users and groups that units run as exist.",
		why: "A unit with an unknown user fails at each boot (217/USER).",
		remedy: "Create the user in the image, or correct User= and Group= of the unit.",
		check: ({ boot, inventory }) => boot.startedOrActivated.flatMap((unit) => {
			if (/^(yes|true|1|on)$/i.test(valueIn(unit.settings, "Service", "DynamicUser") ?? "")) return [];
			const unknown = (key, known) => valuesIn(unit.settings, "Service", key).slice(-1).filter((name) => !name.includes("%") && !known.some((entry) => entry.name === name || String(entry.id) === name)).map((name) => `${unit.name} has ${key}=${name}, which does not exist`);
			return [...unknown("User", inventory.users.map((user) => ({
				name: user.name,
				id: user.uid
			}))), ...unknown("Group", inventory.groups.map((group) => ({
				name: group.name,
				id: group.gid
			})))];
		})
	},
	{
		id: "unit-links-resolve",
		title: "Every link that enables a unit leads to one.",
		why: "A link to a unit that is gone enables nothing, and nobody is told.",
		remedy: "Remove the link, or install the unit.",
		check: ({ inventory }) => inventory.units.filter((unit) => unit.file === null && !unit.masked && isEnabledByHand(unit)).flatMap((unit) => unit.enabledBy.map((by) => `${by.file} leads to no unit ${unit.name}`))
	},
	{
		id: "no-ordering-cycle",
		title: "No units wait for each other in a circle.",
		why: "systemd breaks an ordering cycle by dropping one of its members at boot, any of them.",
		remedy: "Remove one of the After= or Before= in the circle; services go after cloud-config.target, not cloud-init.target.",
		check: ({ boot }) => boot.orderingCycles().map((cycle) => cycle.join(" after "))
	}
];
/** systemd searches a name without a slash in its fixed path. */
function exists(subject, program) {
	return program.startsWith("/") ? subject.tree.isProgram(program) : subject.hasProgram(program);
}
/** Links under /usr/lib may name units of packages that are not installed; those under /etc were made for this image. */
function isEnabledByHand(unit) {
	return unit.enabledBy.some((by) => by.file.startsWith("/etc/"));
}

// src/contract/rules.ts
/** The contract by topic. */
const topics = [
	{
		title: "The guest user",
		rules: guestUserRules
	},
	{
		title: "The agent",
		rules: agentRules
	},
	{
		title: "Units",
		rules: unitRules
	},
	{
		title: "Docker",
		rules: dockerRules
	},
	{
		title: "cloud-init",
		rules: cloudInitRules
	},
	{
		title: "Network",
		rules: networkRules
	},
	{
		title: "Boot",
		rules: bootRules
	},
	{
		title: "Disk",
		rules: diskRules
	},
	{
		title: "Operating system",
		rules: systemRules
	},
	{
		title: "Package sources",
		rules: packageSourceRules
	},
	{
		title: "Leakage",
		rules: leakageRules
	}
];
/** The contract: all rules. */
const rules = topics.flatMap((topic) => topic.rules);

// src/contract/boot-plan.ts
/** Settings by which a unit pulls others into its transaction. */
const pulling = [
	"Wants",
	"Requires",
	"BindsTo",
	"Upholds"
];
/** Paths that exist only in a running system. */
const madeAtRunTime = /^\/(run|proc|sys|dev|var\/run)(\/|$)/;
/** What systemd would start when the image boots, as far as it can be told from files (systemd.unit(5), systemd.special(7)). */
var BootPlan = class {
	#units;
	#tree;
	#started;
	#activated;
	constructor(inventory, tree) {
		const units = /* @__PURE__ */ new Map();
		for (const unit of inventory.units) {
			units.set(unit.name, unit);
			for (const by of unit.enabledBy) if (by.kind === "alias") units.set(by.unit, unit);
		}
		this.#units = units;
		this.#tree = tree;
		const roots = [
			"default.target",
			"sysinit.target",
			"basic.target"
		];
		if (inventory.cloudInit.disabledBy === null && units.has("cloud-init.target")) roots.push("cloud-init.target");
		this.#started = this.#reach(roots);
		this.#activated = this.#reach([...this.#started].flatMap((name) => this.#activates(name)));
	}
	unit(name) {
		return this.#units.get(name);
	}
	/** Whether a unit is part of what boots: pulled in by the default target, not masked, its conditions not surely false. */
	starts(name) {
		return this.#started.has(this.unit(name)?.name ?? name);
	}
	/** Units that start at boot. */
	get started() {
		return this.#resolve(this.#started);
	}
	/** Units that start at boot or when a socket, a timer or a path that does asks for them. */
	get startedOrActivated() {
		return this.#resolve(/* @__PURE__ */ new Set([...this.#started, ...this.#activated]));
	}
	/** Cycles in the order of starting; systemd breaks one by dropping a member. Each begins and ends with the same unit. */
	orderingCycles() {
		const after = this.#order();
		const cycles = [];
		const state = /* @__PURE__ */ new Map();
		const visit = (name, path) => {
			state.set(name, "open");
			for (const next of after.get(name) ?? []) if (state.get(next) === "open") cycles.push([...path.slice(path.indexOf(next)), next]);
			else if (state.get(next) === void 0) visit(next, [...path, next]);
			state.set(name, "done");
		};
		for (const name of [...after.keys()].toSorted()) if (state.get(name) === void 0) visit(name, [name]);
		return cycles;
	}
	#resolve(names) {
		return [...names].toSorted().flatMap((name) => this.unit(name) ?? []);
	}
	#reach(roots) {
		const reached = /* @__PURE__ */ new Set();
		const visit = (name) => {
			const unit = this.unit(name);
			if (unit === void 0 || unit.masked || reached.has(unit.name) || !this.#mayStart(unit)) return;
			reached.add(unit.name);
			for (const wanted of this.#pulledBy(unit)) visit(wanted);
		};
		for (const root of roots) visit(root);
		return reached;
	}
	#pulledBy(unit) {
		const own = pulling.flatMap((key) => wordsIn(unit.settings, "Unit", key));
		const names = /* @__PURE__ */ new Set([unit.name, ...unit.enabledBy.filter((by) => by.kind === "alias").map((by) => by.unit)]);
		const linked = [...new Set(this.#units.values())].filter((other) => other.enabledBy.some((by) => by.kind !== "alias" && names.has(by.unit)));
		return [...own, ...linked.map((other) => other.name)];
	}
	/** What a socket, a timer or a path starts. */
	#activates(name) {
		const unit = this.unit(name);
		const kind = unit === void 0 ? "" : kindOf(unit);
		if (unit === void 0 || ![
			"socket",
			"timer",
			"path"
		].includes(kind)) return [];
		const section = `${kind[0]?.toUpperCase() ?? ""}${kind.slice(1)}`;
		if (kind === "socket" && parseBoolean(valueIn(unit.settings, section, "Accept"))) return [];
		return [valueIn(unit.settings, section, kind === "socket" ? "Service" : "Unit") ?? `${name.slice(0, name.lastIndexOf("."))}.service`];
	}
	/** Conditions on files of the image; all must hold, of those with "|" one. */
	#mayStart(unit) {
		const triggers = [];
		for (const { section, key, value } of unit.settings) {
			const match = /^(?:Condition|Assert)(PathExists|PathIsDirectory|FileNotEmpty|FileIsExecutable|DirectoryNotEmpty)$/.exec(key);
			const argument = /^(\|?)(!?)\s*(\/\S*)$/.exec(value);
			if (section !== "Unit" || !match || !argument) continue;
			const [, trigger, negated, path = ""] = argument;
			if (madeAtRunTime.test(path) || path.includes("%") || this.#tree.isUnlisted(path)) {
				if (trigger) triggers.push(true);
				continue;
			}
			const holds = this.#holds(match[1] ?? "", path) !== (negated === "!");
			if (trigger) triggers.push(holds);
			else if (!holds) return false;
		}
		return triggers.length === 0 || triggers.includes(true);
	}
	#holds(condition, path) {
		const entry = this.#tree.resolve(path);
		switch (condition) {
			case "PathIsDirectory": return entry?.type === "folder";
			case "FileNotEmpty": return entry?.type === "file" && entry.sizeBytes > 0;
			case "FileIsExecutable": return this.#tree.isProgram(path);
			case "DirectoryNotEmpty": return this.#tree.within(path).length > 0;
			default: return entry !== void 0;
		}
	}
	/** For each started unit the units that it comes after, with what systemd adds by itself. */
	#order() {
		const after = /* @__PURE__ */ new Map();
		for (const unit of this.started) after.set(unit.name, /* @__PURE__ */ new Set());
		const add = (later, earlier) => {
			const [from, to] = [this.unit(later)?.name, this.unit(earlier)?.name];
			if (from !== void 0 && to !== void 0 && from !== to && after.has(to)) after.get(from)?.add(to);
		};
		for (const unit of this.started) {
			for (const earlier of wordsIn(unit.settings, "Unit", "After")) add(unit.name, earlier);
			for (const later of wordsIn(unit.settings, "Unit", "Before")) add(later, unit.name);
		}
		for (const unit of this.started) this.#addDefaultOrder(unit, add);
		for (const unit of this.started) this.#addTargetOrder(unit, add, after);
		return after;
	}
	#addDefaultOrder(unit, add) {
		const kind = kindOf(unit);
		for (const activated of this.#activates(unit.name)) add(activated, unit.name);
		if (kind === "target" || !hasDefaultDependencies(unit)) return;
		add(unit.name, "sysinit.target");
		if (kind === "service") add(unit.name, "basic.target");
		if ([
			"socket",
			"timer",
			"path"
		].includes(kind)) add(`${kind}s.target`, unit.name);
	}
	/** A target comes after what it wants, unless that already says that it comes after the target. */
	#addTargetOrder(unit, add, after) {
		if (kindOf(unit) !== "target" || !hasDefaultDependencies(unit)) return;
		for (const name of this.#pulledBy(unit)) {
			const other = this.unit(name);
			if (other && hasDefaultDependencies(other) && !after.get(other.name)?.has(unit.name)) add(unit.name, name);
		}
	}
};
function kindOf(unit) {
	return unit.name.slice(unit.name.lastIndexOf(".") + 1);
}
function hasDefaultDependencies(unit) {
	return parseBoolean(valuesIn(unit.settings, "Unit", "DefaultDependencies").at(-1)) ?? true;
}

// src/contract/subject.ts
const cloudInitStages = [
	"cloud_init_modules",
	"cloud_config_modules",
	"cloud_final_modules"
];
/** An inventory with what rules ask of it again and again. */
var Subject = class {
	inventory;
	tree;
	boot;
	guestUser;
	buildMirrors;
	constructor(inventory, options) {
		this.inventory = inventory;
		this.tree = new FileTree(inventory.files, inventory.notListed);
		this.boot = new BootPlan(inventory, this.tree);
		this.guestUser = options.guestUser;
		this.buildMirrors = options.buildMirrors;
	}
	/** The agent's unit, the enabled one first. */
	get agent() {
		const found = agentUnits.flatMap((name) => this.boot.unit(name) ?? []);
		return found.find((unit) => this.boot.starts(unit.name)) ?? found[0];
	}
	user(name) {
		return this.inventory.users.find((user) => user.name === name);
	}
	/** Names of a user's groups, the primary one too. */
	groupsOf(name) {
		const primary = this.user(name)?.gid;
		return this.inventory.groups.filter((group) => group.members.includes(name) || group.gid === primary).map((group) => group.name);
	}
	hasPackage(name) {
		return this.inventory.packages.some((entry) => entry.name === name && entry.state === "installed");
	}
	/** Whether a program is found under a search path such as sudo's secure_path. */
	hasProgram(name, path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin") {
		return path.split(":").some((folder) => this.tree.isProgram(`${folder}/${name}`));
	}
	/** A value of cloud-init's merged configuration; undefined where the way ends. */
	cloudInit(...way) {
		let value = this.inventory.cloudInit.configuration;
		for (const key of way) {
			if (typeof value !== "object" || value === null || Array.isArray(value)) return void 0;
			value = value[key];
		}
		return value;
	}
	/** Whether a module of cloud-init runs in one of its stages; `write_files` and `write-files` are one name. */
	runsModule(name, among = cloudInitStages) {
		return among.some((stage) => {
			const modules = this.cloudInit(stage);
			if (!Array.isArray(modules)) return false;
			return modules.some((module) => {
				const text = Array.isArray(module) ? module[0] : module;
				return typeof text === "string" && text.replaceAll("_", "-") === name;
			});
		});
	}
};

// src/contract/waiver.ts
const standing = [{
	rule: "agent-docker-hostnic",
	until: "2027-06-30",
	reason: "Debian's trove-guestagent ships neither the plugin nor its units; its guests need a Trove with network_isolation = False",
	applies: (inventory) => inventory.packages.some(({ name, state }) => name === "trove-guestagent" && state === "installed")
}];
/** The standing exceptions that apply to an image. */
function standingWaivers(inventory) {
	return standing.filter((waiver) => waiver.applies(inventory)).map(({ rule, until, reason }) => ({
		rule,
		until,
		reason
	}));
}
/**
* Reads exceptions as given: `RULE UNTIL REASON`, such as `no-proxies 2027-01-31 our guests live behind this proxy`.
*
* @throws InputError for another form, an unknown rule, or a day that does not exist
*/
function parseWaivers(lines) {
	return lines.map((line) => {
		const match = /^\s*(\S+)\s+(\d{4}-\d{2}-\d{2})\s+(\S.*?)\s*$/.exec(line);
		if (!match) throw new InputError(`waive: "${line}" is not of the form "RULE YYYY-MM-DD REASON" (the day is the last one on which it counts)`);
		const [, rule = "", until = "", reason = ""] = match;
		if (!rules.some(({ id }) => id === rule)) {
			const guess = nearest(rule, rules.map(({ id }) => id));
			throw new InputError(`waive: there is no rule "${rule}"${guess ? `; did you mean "${guess}"?` : ""}`);
		}
		const day = /* @__PURE__ */ new Date(`${until}T00:00:00Z`);
		if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== until) throw new InputError(`waive: "${until}" in "${line}" is not a day of the calendar`);
		return {
			rule,
			until,
			reason
		};
	});
}

// src/contract/inspect.ts
/** Judges an inventory against the whole contract. Pure. */
function inspect(inventory, options) {
	const subject = new Subject(inventory, options);
	const waivers = [...options.waivers, ...standingWaivers(inventory)];
	const results = rules.map((rule) => judge$1(rule, subject, waivers, options.now));
	const count = (status) => results.filter((result) => result.status === status).length;
	const counts = {
		passed: count("passed"),
		failed: count("failed"),
		waived: count("waived"),
		unknown: count("unknown")
	};
	return {
		schemaVersion: 1,
		image: {
			name: inventory.image.name,
			sha256: inventory.image.sha256
		},
		inspectedAt: options.now.toISOString(),
		guestUser: options.guestUser,
		buildMirrors: options.buildMirrors === null ? null : [...options.buildMirrors.used],
		status: counts.failed + counts.unknown === 0 ? "passed" : "failed",
		counts,
		results
	};
}
/** Most lines of evidence that a result carries. */
const evidenceLimit = 25;
function judge$1(rule, subject, waivers, now) {
	const finding = rule.check(subject);
	const base = {
		rule: rule.id,
		title: rule.title
	};
	if ("notAsked" in finding) return {
		...base,
		status: "passed",
		evidence: [finding.notAsked],
		remedy: ""
	};
	const isKnown = !("unknown" in finding);
	const found = isKnown ? finding : finding.unknown;
	if (found.length === 0) return {
		...base,
		status: "passed",
		evidence: [],
		remedy: ""
	};
	const rest = found.length - evidenceLimit;
	const evidence = rest > 0 ? [...found.slice(0, evidenceLimit), `and ${rest} more`] : [...found];
	const remedy = rule.remedy;
	const today = now.toISOString().slice(0, 10);
	const own = waivers.filter(({ rule: id }) => id === rule.id);
	const waiver = own.find(({ until }) => today <= until) ?? own[0];
	if (waiver === void 0) return {
		...base,
		status: isKnown ? "failed" : "unknown",
		evidence,
		remedy
	};
	const text = `waived until ${waiver.until}: ${waiver.reason}`;
	if (today <= waiver.until) return {
		...base,
		status: "waived",
		evidence: [...evidence, text],
		remedy
	};
	return {
		...base,
		status: isKnown ? "failed" : "unknown",
		evidence: [...evidence, `no longer ${text}`],
		remedy
	};
}

// src/contract/inspection.ts
/** The result of one contract rule on one image. */
const ruleResultSchema = object({
	/** Stable, kebab-case, never reused: `agent-user-in-docker-group`. */
	rule: string(),
	/** What the rule demands, one sentence. */
	title: string(),
	status: _enum([
		"passed",
		"failed",
		"waived",
		"unknown"
	]),
	/** What was found: paths, values. Never a secret's value. With `passed`: why nothing was compared. */
	evidence: array(string()),
	/** What to do; empty when passed. */
	remedy: string()
});
/** `inspection.json`: the verdict against the contract. Written by inspect-image. `unknown` counts as failed. */
const inspectionSchema = object({
	schemaVersion: literal(1),
	image: object({
		name: string(),
		sha256: sha256Schema
	}),
	inspectedAt: datetime(),
	/** The user that the agent had to run as. */
	guestUser: string().optional(),
	/** Mirrors of the build that guests must not use; null when no lock.json was given, so that none was looked for. */
	buildMirrors: array(string()).nullable().optional(),
	status: _enum(["passed", "failed"]),
	counts: object({
		passed: int(),
		failed: int(),
		waived: int(),
		unknown: int()
	}),
	results: array(ruleResultSchema)
});

// src/report/contract-section.ts
/** What a reader must see first. */
const order$2 = [
	"failed",
	"unknown",
	"waived",
	"passed"
];
/** Lines of evidence that one rule gets in the table. */
const evidenceShown = 5;
/** The section about the contract: what failed, could not be judged or was waived, then the rules that hold. */
function contractSection({ results, counts, status }, headingLevel = 2) {
	const { passed: held, failed, waived, unknown } = counts;
	const words = `${held} passed, ${failed} failed, ${waived} waived${unknown > 0 ? `, ${unknown} unknown` : ""}`;
	const remarkable = results.filter((result) => result.status !== "passed").toSorted((left, right) => order$2.indexOf(left.status) - order$2.indexOf(right.status));
	const passed = results.filter((result) => result.status === "passed");
	return [
		`${"#".repeat(headingLevel)} Contract`,
		"",
		`The inspection ${status}: ${words}. A rule that could not be judged counts as failed.`,
		"",
		...remarkable.length === 0 ? [] : [table([
			"rule",
			"status",
			"demands",
			"found",
			"what to do"
		], remarkable.map((result) => [
			code(result.rule),
			`**${result.status}**`,
			plain(result.title),
			evidence(result.evidence),
			plain(result.remedy)
		]))],
		...passed.length === 0 ? [] : [
			`<details><summary>${count(passed.length, "rule")} passed</summary>`,
			"",
			table(["rule", "demands"], passed.map(({ rule, title }) => [code(rule), plain(title)])),
			"</details>",
			""
		]
	].join("\n");
}
function evidence(lines) {
	const rest = lines.length - evidenceShown;
	return [...lines.slice(0, evidenceShown).map(code), ...rest > 0 ? [`and ${rest} more`] : []].join("<br>");
}

// src/report/difference-section.ts
/** `file +12 MB; packages: 2 added, 1 removed, 14 changed` */
function differenceWords({ fileBytes, added, removed, changed, sameBytes }) {
	if (sameBytes) return "none: the same bytes as the previous image";
	const packages = `${added.length} added, ${removed.length} removed, ${changed.length} changed`;
	return `file ${signedSize(fileBytes.now - fileBytes.before)}; packages: ${packages}`;
}
/** The section that compares an image with the one before. */
function differenceSection(difference) {
	const { fileBytes, virtualBytes, packages, added, removed, changed, previous, sameBytes } = difference;
	const heading = ["### Since the previous image", ""];
	if (sameBytes) return [
		...heading,
		`${code(previous)} has the same bytes.`,
		""
	].join("\n");
	const sizes = (what, { before, now }) => [
		what,
		formatSize(before),
		formatSize(now),
		signedSize(now - before)
	];
	const number = packages.now - packages.before;
	return [
		...heading,
		table([
			`${plain(previous)}`,
			"before:",
			"now:",
			"difference:"
		], [
			sizes("file", fileBytes),
			...virtualBytes.before === virtualBytes.now ? [] : [sizes("virtual size", virtualBytes)],
			[
				"packages",
				String(packages.before),
				String(packages.now),
				number === 0 ? "0" : signed(String(Math.abs(number)), number)
			]
		]),
		list("added", added.map(({ name, version }) => [name, version])),
		list("removed", removed.map(({ name, version }) => [name, version])),
		list("changed", changed.map(({ name, from, to }) => [
			name,
			from,
			to
		]))
	].join("\n");
}
function list(what, rows) {
	if (rows.length === 0) return "";
	const headings = what === "changed" ? [
		"package",
		"from",
		"to"
	] : ["package", "version"];
	return folded(`${count(rows.length, "package")} ${what}`, table(headings, rows.map((row) => row.map(code))));
}
function signedSize(bytes) {
	return bytes === 0 ? "0" : signed(formatSize(Math.abs(bytes)), bytes);
}
/** With a minus sign, not a hyphen. */
function signed(text, value) {
	return `${value < 0 ? "−" : "+"}${text}`;
}

// src/report/inspection-table.ts
const order$1 = [
	"failed",
	"unknown",
	"waived"
];
/** Lines for people: what does not hold, failures first, each with what was found and what to do. */
function inspectionTable(inspection) {
	const shown = inspection.results.filter((result) => result.status !== "passed").toSorted((left, right) => order$1.indexOf(left.status) - order$1.indexOf(right.status));
	const width = Math.max(0, ...shown.map((result) => result.rule.length));
	const indent = " ".repeat(9);
	return shown.flatMap((result) => [
		`${result.status.padEnd(8)} ${result.rule.padEnd(width)}  ${result.title}`,
		...result.evidence.map((line) => `${indent}  ${line}`),
		...result.status === "waived" ? [] : [`${indent}> ${result.remedy}`]
	]);
}
/** `38 passed, 0 failed, 1 waived`; what is unknown is named only when there is some. */
function inspectionCounts({ counts }) {
	const unknown = counts.unknown > 0 ? `, ${counts.unknown} unknown` : "";
	return `${counts.passed} passed, ${counts.failed} failed, ${counts.waived} waived${unknown}`;
}

// src/report/xml.ts
/** Attributes of an XML element, each with a blank before it. */
function attributes(values) {
	return Object.entries(values).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`).join("");
}
/** XML 1.0 knows no control characters but tab and line ends, not even escaped. */
function escapeXml(text) {
	const names = {
		"&": "&amp;",
		"<": "&lt;",
		">": "&gt;",
		"\"": "&quot;",
		"'": "&apos;"
	};
	return text.replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "").replaceAll(/[&<>"']/g, (character) => names[character] ?? character);
}

// src/report/junit.ts
/**
* An inspection in the form that test reporters read (JUnit's XML as Jenkins and GitLab describe it): a rule is a test case, a
* waived one is skipped, one that could not be judged is an error.
*/
function formatJunit(inspection, seconds) {
	const { counts, results, image } = inspection;
	return [
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		"<testsuites>",
		`  <testsuite${attributes({
			name: `contract of ${image.name}`,
			tests: results.length,
			failures: counts.failed,
			errors: counts.unknown,
			skipped: counts.waived,
			time: seconds.toFixed(3),
			timestamp: inspection.inspectedAt.replace(/\.\d+Z$/, "")
		})}>`,
		"    <properties>",
		`      <property${attributes({
			name: "image.sha256",
			value: image.sha256
		})}/>`,
		"    </properties>",
		...results.flatMap(testCase),
		"  </testsuite>",
		"</testsuites>",
		""
	].join("\n");
}
function testCase(result) {
	const head = `    <testcase${attributes({
		classname: "contract",
		name: result.rule,
		time: "0"
	})}`;
	if (result.status === "passed") return [`${head}/>`];
	const body = escapeXml([
		result.title,
		"",
		...result.evidence,
		"",
		`What to do: ${result.remedy}`
	].join("\n"));
	const message = attributes({ message: result.evidence[0] ?? result.title });
	const element = {
		failed: "failure",
		unknown: "error",
		waived: "skipped"
	}[result.status];
	return [
		`${head}>`,
		`      <${element}${message}>${body}</${element}>`,
		"    </testcase>"
	];
}

// src/report/series.ts
const datastores$1 = (mysql, mariadb, postgresql) => [
	{
		name: "mysql",
		manager: "mysql",
		versions: mysql
	},
	{
		name: "mariadb",
		manager: "mariadb",
		versions: mariadb
	},
	{
		name: "postgresql",
		manager: "postgresql",
		versions: postgresql
	}
];
const since2025_2 = datastores$1(["8.4", "8.0"], ["11.8", "11.4"], ["17", "16"]);
/**
* Versions and series by the releases page of OpenStack; upgrade levels by VERSION_ALIASES in trove/guestagent/api.py;
* datastores by the support matrix in Trove's doc/source/admin/datastore.rst, which begins with 2025.1.
*/
const troveSeries = [
	entry(18, "Zed", "Zed", "victoria"),
	entry(19, "2023.1", "Antelope", "victoria"),
	entry(20, "2023.2", "Bobcat", "victoria"),
	entry(21, "2024.1", "Caracal", "victoria"),
	entry(22, "2024.2", "Dalmatian", "victoria"),
	entry(23, "2025.1", "Epoxy", "epoxy", datastores$1(["5.7"], ["10.4"], ["12"])),
	entry(24, "2025.2", "Flamingo", "epoxy", since2025_2),
	entry(25, "2026.1", "Gazpacho", "epoxy", since2025_2),
	entry(26, "2026.2", "Hibiscus", "hibiscus", datastores$1(["8.4", "8.0"], ["11.8", "11.4"], [
		"18",
		"17",
		"16"
	]))
];
/** Datastores that every series since Victoria has, for series whose versions upstream does not list. */
const commonDatastores = datastores$1([], [], []);
/** The series of an agent by its package version, such as `2:23.0.0-1` or `25.0.1.dev4`; undefined for one not known. */
function seriesOfAgent(packageVersion) {
	const [, major] = /^(?:\d+:)?(\d+)\./.exec(packageVersion) ?? [];
	return troveSeries.find((series) => String(series.trove) === major);
}
/** The series of a branch such as `stable/2026.1` or `unmaintained/zed`; undefined for one in development. */
function seriesOfBranch(branch) {
	const [, name = ""] = /^(?:stable|unmaintained)\/(.+)$/.exec(branch) ?? [];
	return troveSeries.find((entry) => entry.series.toLowerCase() === name);
}
function entry(trove, series, name, upgradeLevel, supported = []) {
	return {
		trove,
		series,
		name,
		upgradeLevel,
		datastores: supported
	};
}

// src/report/guest.ts
/** Debian's package, RDO's, and upstream's own unit. */
const agentPackages = [
	"trove-guestagent",
	"openstack-trove-guest-agent",
	"openstack-trove-guestagent"
];
/** Groups of packages that decide how a guest behaves, in the order of the table. */
const notable = [
	["kernel", /^linux-image-\d/],
	["guest agent", /^(openstack-)?trove-guest-?agent$/],
	["Docker", /^(docker\.io|docker-ce|moby-engine|containerd|containerd\.io|runc)$/],
	["AppArmor", /^apparmor$/],
	["messaging", /^python3-oslo\.messaging$/],
	["Docker client of the agent", /^python3-docker$/],
	["cloud-init", /^cloud-init$/],
	["init", /^systemd$/],
	["SSH server", /^openssh-server$/],
	["boot loader", /^grub-(pc-bin|efi-amd64-bin|efi-arm64-bin|cloud-amd64)$/]
];
/** Finds the agent and what surrounds it; one that was built from a checkout is no package, and the record tells. Pure. */
function guestOf(inventory, built) {
	const found = installed(inventory).find((entry) => agentPackages.includes(entry.name));
	const isLocal = built?.source === "local";
	const agent = isLocal ? {
		name: "openstack/trove",
		version: built.version
	} : found;
	const series = isLocal ? seriesOfBranch(built.checkout.branch) : found && seriesOfAgent(found.version);
	const agentUser = inventory.units.find(({ name, file }) => file !== null && agentUnits.some((unit) => unit === name))?.settings.findLast(({ section, key }) => section === "Service" && key === "User")?.value;
	return {
		...agent ? { agent: {
			packageName: agent.name,
			version: agent.version
		} } : {},
		...series ? { series } : {},
		...agentUser ? { agentUser } : {},
		hasHostNic: inventory.units.some(({ name, file }) => name === "docker-hostnic.socket" && file !== null)
	};
}
/** The section about packages. */
function packagesSection(inventory) {
	const packages = installed(inventory);
	const rows = notable.flatMap(([what, pattern]) => packages.filter(({ name }) => pattern.test(name)).map(({ name, version }) => [
		what,
		code(name),
		code(version)
	]));
	return [
		"## Packages of note",
		"",
		`${plain(inventory.system.name)}, ${packages.length} packages installed; inventory.json has all of them.`,
		"",
		...rows.length === 0 ? [] : [table([
			"what",
			"package",
			"version"
		], rows)]
	].join("\n");
}
function installed({ packages }) {
	return packages.filter(({ state }) => state === "installed");
}

// src/vm/console-copy.ts
/** Copies a console's recording without the secrets that a guest may have printed; every other byte stays as it was. */
async function copyConsole(from, to, secrets) {
	await pipeline(createReadStream(from), new SecretFilter(secrets), createWriteStream(to));
}
/** Replaces secrets in a stream of bytes, also where one is split between two chunks. Bounded in memory. */
var SecretFilter = class extends Transform {
	#secrets;
	#longest;
	#held = "";
	constructor(secrets) {
		super();
		const bytes = secrets.filter((secret) => secret !== "").map((secret) => Buffer.from(secret, "utf8").toString("latin1")).toSorted((left, right) => right.length - left.length);
		this.#longest = bytes[0]?.length ?? 0;
		if (bytes.length > 0) this.#secrets = new RegExp(bytes.map(escaped$1).join("|"), "g");
	}
	_transform(chunk, _, done) {
		this.#held += chunk.toString("latin1");
		done(null, this.#take(this.#held.length - this.#longest + 1));
	}
	_flush(done) {
		done(null, this.#take(this.#held.length));
	}
	/** Lets go of what begins before a place, and of the secrets that begin there. */
	#take(before) {
		let shown = "";
		let at = 0;
		for (const { index, 0: secret } of this.#secrets ? this.#held.matchAll(this.#secrets) : []) {
			if (index >= before) break;
			shown += `${this.#held.slice(at, index)}***`;
			at = index + secret.length;
		}
		const end = Math.max(at, before);
		shown += this.#held.slice(at, end);
		this.#held = this.#held.slice(end);
		return Buffer.from(shown, "latin1");
	}
};
function escaped$1(text) {
	return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

// src/vm/guest-files.ts
/** How many files of a folder are looked at; the newest, should there be more. */
const mostFiles = 40;
/**
* Regular files below a folder of the guest whose names end in `suffix`, newest first. The list is made in the appliance:
* a link to a folder leads to the appliance's own files at most, and is not followed.
*/
async function listGuestFiles(session, { folder, suffix, depth }) {
	const find = `find -P "/sysroot${folder}" -xdev -mindepth 1 -maxdepth ${depth} -type f -name "*${suffix}"`;
	return (await session.shell(`timeout 60 ${find} -printf "%T@ %P\\n" 2>/dev/null | sort -rn | head -n ${40}`, 100)).flatMap((line) => {
		const name = /^[\d.-]+ (\P{Cc}+)$/u.exec(line)?.[1];
		return name === void 0 ? [] : [`${folder}/${name}`];
	});
}
/**
* Copies one file of the guest to this machine. Everything in a guest is made by others: what is not a regular file, such as
* a link, a pipe or a device, is not opened, and no more than `portion` says is copied.
*/
async function fetchGuestFile(session, path, to, portion) {
	if ((await session.ask("is-file", [path]))?.[0] !== "true") return "absent";
	const size = Number((await session.ask("filesize", [path]))?.[0] ?? NaN);
	if (!Number.isSafeInteger(size) || size < 0) return "absent";
	if (portion.of === "whole" && size > portion.mostBytes) return "too large";
	const [offset, length] = [Math.max(0, size - portion.mostBytes), Math.min(size, portion.mostBytes)];
	return await session.ask("download-offset", [
		path,
		to,
		String(offset),
		String(length)
	]) === void 0 ? "absent" : "fetched";
}
/** The text of a file of the guest, of which no more than its end is copied; undefined when there is none. */
async function readGuestText(session, path, to, mostBytes) {
	if (await fetchGuestFile(session, path, to, {
		mostBytes,
		of: "end"
	}) !== "fetched") return void 0;
	return readFetched(to).toString("utf8");
}
/** What {@link fetchGuestFile} wrote; never anything but a regular file. */
function readFetched(local) {
	return lstatSync(local).isFile() ? readFileSync(local) : Buffer.alloc(0);
}

// src/vm/journal-lines.ts
const entrySchema = looseObject({
	MESSAGE: union([string(), array(int())]).nullish(),
	_SYSTEMD_UNIT: string().optional(),
	SYSLOG_IDENTIFIER: string().optional(),
	_COMM: string().optional()
});
/** Reads `journalctl --output json`: one object a line. A message with control characters comes as a list of bytes. */
function parseJournal(output) {
	return output.split("\n").flatMap((line) => {
		if (line === "") return [];
		const entry = entrySchema.safeParse(parseJson$1(line));
		if (!entry.success || !entry.data.MESSAGE) return [];
		const { MESSAGE, _SYSTEMD_UNIT, SYSLOG_IDENTIFIER, _COMM } = entry.data;
		const text = typeof MESSAGE === "string" ? MESSAGE : Buffer.from(MESSAGE).toString("utf8");
		const from = [_SYSTEMD_UNIT, SYSLOG_IDENTIFIER ?? _COMM].filter((part) => part !== void 0).join(" ");
		return text.split("\n").map((part) => ({
			from,
			text: part
		}));
	});
}
/**
* The messages in a journal file's bytes, for a host without a journalctl that reads it: fields are stored as
* `NAME=value`, and short ones are not compressed (systemd's JOURNAL_FILE_FORMAT). In the order of the file.
*/
function scavengeJournal(content) {
	return [...Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("latin1").matchAll(/MESSAGE=([\x20-\x7e\t]{4,2000})/g)].map((match) => ({
		from: "",
		text: match[1] ?? ""
	}));
}
function parseJson$1(line) {
	try {
		return JSON.parse(line);
	} catch {
		return;
	}
}

// src/vm/guest-disk.ts
/** Where systemd looks for a unit, the first place winning. */
const unitFolders = [
	"/etc/systemd/system",
	"/run/systemd/system",
	"/usr/lib/systemd/system",
	"/lib/systemd/system"
];
const mebibyte$2 = 1024 ** 2;
/** A boot writes 8 or 16 MiB; whatever is larger was made to be large. */
const mostBytes = {
	journalFile: 64 * mebibyte$2,
	journal: 128 * mebibyte$2,
	log: mebibyte$2,
	configuration: 65536
};
const mostLines = {
	log: 2e3,
	journal: 5e3
};
/**
* Reads from the guest's disk, after the guest went down, what tells why it failed. Never throws for what the disk lacks:
* a boot that failed early leaves little behind, and that is told in `remarks`.
*/
async function readGuestDisk(overlay, folder, accelerator, signal) {
	let session;
	try {
		session = await GuestfsSession.open({
			image: overlay,
			format: "qcow2",
			access: "read-only",
			accelerator,
			signal
		});
	} catch (error) {
		if (error instanceof InterruptedError) throw error;
		return;
	}
	try {
		return await read(session, folder, signal);
	} catch (error) {
		if (error instanceof InterruptedError) throw error;
		return {
			journal: [],
			agentLog: [],
			cloudInitLog: [],
			guestInfo: void 0,
			agentUnits: {},
			remarks: [`the guest's disk could not be read: ${asError(error).message}`]
		};
	} finally {
		await session.close().catch(() => void 0);
	}
}
async function read(session, folder, signal) {
	const remarks = [];
	if (!await mountRoot(session)) {
		remarks.push("no operating system was found on the disk");
		return {
			journal: [],
			agentLog: [],
			cloudInitLog: [],
			guestInfo: void 0,
			agentUnits: {},
			remarks
		};
	}
	const copies = join(folder, "guest-files");
	mkdirSync(copies);
	let copied = 0;
	const text = (path, most) => readGuestText(session, path, join(copies, String(++copied)), most);
	const lines = async (path) => lastLines(await text(path, mostBytes.log) ?? "");
	const agentLog = [];
	for (const path of await listGuestFiles(session, {
		folder: "/var/log/trove",
		suffix: ".log",
		depth: 1
	})) agentLog.push(...await lines(path));
	return {
		journal: await readJournal(session, copies, remarks, signal),
		agentLog,
		cloudInitLog: await lines("/var/log/cloud-init.log"),
		guestInfo: await text("/etc/trove/conf.d/guest_info.conf", mostBytes.configuration),
		agentUnits: await findAgentUnits(session),
		remarks
	};
}
function lastLines(text) {
	return text === "" ? [] : text.replace(/\n$/, "").split("\n").slice(-mostLines.log);
}
/** Mounts the file system that has the root folder's look; much faster than libguestfs' own inspection. */
async function mountRoot(session) {
	const candidates = (await session.command("list-filesystems", [])).flatMap((line) => {
		const [device, kind] = line.split(": ");
		return device !== void 0 && /^(?:ext[234]|xfs|btrfs)$/.test(kind ?? "") ? [device] : [];
	});
	for (const device of candidates.toReversed()) {
		if (await session.ask("mount-ro", [device, "/"]) === void 0) continue;
		if ((await Promise.all(["/etc", "/var/log"].map((path) => session.ask("is-dir", [path])))).every((answer) => answer?.[0] === "true")) return true;
		await session.ask("umount-all");
	}
	return false;
}
async function findAgentUnits(session) {
	const found = {};
	for (const unit of agentUnits) for (const unitFolder of unitFolders) {
		const path = `${unitFolder}/${unit}`;
		const target = (await session.ask("readlink", [path]))?.[0];
		if (!(target !== void 0 || (await session.ask("is-file", [path]))?.[0] === "true")) continue;
		found[unit] = target ?? path;
		break;
	}
	return found;
}
async function readJournal(session, copies, remarks, signal) {
	const files = [];
	let left = mostBytes.journal;
	for (const path of await listGuestFiles(session, {
		folder: "/var/log/journal",
		suffix: ".journal",
		depth: 2
	})) {
		const local = join(copies, `${files.length}.journal`);
		const most = Math.min(left, mostBytes.journalFile);
		const outcome = await fetchGuestFile(session, path, local, {
			mostBytes: most,
			of: "whole"
		});
		if (outcome === "too large") remarks.push(`a file of the guest's journal was left out, it is too large: ${path}`);
		if (outcome !== "fetched") continue;
		files.push(local);
		left -= lstatSync(local).size;
	}
	if (files.length === 0) {
		remarks.push("the guest has no persistent journal (no file in /var/log/journal that can be read)");
		return [];
	}
	try {
		return parseJournal((await journalctl(files, signal)).join("\n"));
	} catch (error) {
		if (error instanceof InterruptedError) throw error;
		remarks.push(`journalctl of this machine could not read the guest's journal: ${asError(error).message.split("\n")[0]}`);
		return files.toReversed().flatMap((file) => scavengeJournal(readFetched(file))).slice(-mostLines.journal);
	}
}
/** The last entries of journal files, as JSON, each line cut where it is absurdly long. */
async function journalctl(files, signal) {
	const lines = [];
	await run("journalctl", [...[
		"--no-pager",
		"--quiet",
		`--lines=${mostLines.journal}`,
		"--output=json",
		`--output-fields=MESSAGE,_SYSTEMD_UNIT,SYSLOG_IDENTIFIER,_COMM`
	], ...files.map((file) => `--file=${file}`)], {
		supervised: true,
		timeoutSeconds: 120,
		signal,
		discardOutput: true,
		onLine: (line, stream) => {
			if (stream === "stdout") lines.push(line);
		}
	});
	return lines;
}

// src/controlplane/broker-connection.ts
var import_channel_api = require_channel_api();
const connectLimitMilliseconds = 1e4;
/** Opens a connection; an error that comes later never ends the process, the caller sees it on its channels. */
async function connectToBroker(address, name) {
	const options = {
		protocol: "amqp",
		hostname: address.host,
		port: address.port,
		username: address.user,
		password: address.password,
		vhost: address.virtualHost,
		heartbeat: 60
	};
	const connection = await (0, import_channel_api.connect)(options, {
		timeout: connectLimitMilliseconds,
		clientProperties: { connection_name: name }
	});
	connection.on("error", () => void 0);
	return connection;
}
/**
* Asks a broker for its product and version, and tries whether it accepts the kind of queue that an agent with default
* configuration declares. RabbitMQ from 4.3 on answers 541 and closes the connection.
*/
async function probeBroker(address, own) {
	const connection = await connectToBroker(address, "trove-image probe");
	const { product, version } = connection.connection.serverProperties;
	let queueKind = "classic-transient";
	try {
		const channel = await connection.createChannel();
		channel.on("error", () => void 0);
		const queue = `trove-image-probe-${randomBytes(8).toString("hex")}`;
		await channel.assertQueue(queue, {
			durable: false,
			exclusive: false,
			autoDelete: false
		});
		await channel.deleteQueue(queue);
	} catch (error) {
		if (!isTransientQueueRefusal(asError(error).message)) throw error;
		queueKind = "quorum";
	} finally {
		await connection.close().catch(() => void 0);
	}
	return {
		product: product || (own ? "RabbitMQ" : "unknown"),
		version: version || "unknown",
		queueKind
	};
}
/** Whether the broker said that it denies classic queues that are neither durable nor exclusive. */
function isTransientQueueRefusal(message) {
	return /transient_nonexcl_queues|541|INTERNAL[_-]ERROR/.test(message);
}

// src/controlplane/broker-listing.ts
const consumersSchema = array(looseObject({
	queue_name: string(),
	channel_pid: string()
}));
const channelsSchema = array(looseObject({
	pid: string(),
	connection: string()
}));
const connectionsSchema = array(looseObject({
	pid: string(),
	peer_host: union([string(), array(int())]),
	peer_port: int(),
	client_properties: unknown().optional()
}));
/** Joins what `rabbitmqctl list_consumers`, `list_channels` and `list_connections` say with `--formatter json`. */
function joinListings(queue, listings) {
	const consumers = consumersSchema.parse(parseJson(listings.consumers));
	const channels = new Map(channelsSchema.parse(parseJson(listings.channels)).map(({ pid, connection }) => [processOf(pid), processOf(connection)]));
	const connections = new Map(connectionsSchema.parse(parseJson(listings.connections)).map((connection) => [processOf(connection.pid), connection]));
	return consumers.filter((consumer) => consumer.queue_name === queue).flatMap((consumer) => {
		const process = channels.get(processOf(consumer.channel_pid)) ?? "";
		const connection = connections.get(process);
		if (connection === void 0) return [];
		return [{
			connection: process,
			peer: `${hostOf(connection.peer_host)}:${connection.peer_port}`,
			clientName: clientName(connection.client_properties)
		}];
	});
}
/**
* `#PID<12576.714.0>`: the first number is the asking program's own name for the broker's node and may differ between two
* calls; the others name the process there.
*/
function processOf(pid) {
	return /\.(\d+\.\d+)>$/.exec(pid)?.[1] ?? pid;
}
/** An address comes as text or as its four or eight numbers. */
function hostOf(host) {
	if (typeof host === "string") return host;
	return host.length === 4 ? host.join(".") : `[${host.map((part) => part.toString(16)).join(":")}]`;
}
/** An empty listing prints nothing at all in some versions. */
function parseJson(text) {
	return text.trim() === "" ? [] : JSON.parse(text);
}
/** Client properties come as triples `[name, type, value]` or, from newer versions, as an object. */
function clientName(properties) {
	const wanted = "connection_name";
	if (Array.isArray(properties)) {
		const triple = properties.find((entry) => Array.isArray(entry) && entry[0] === wanted);
		const value = Array.isArray(triple) ? triple.at(-1) : void 0;
		return typeof value === "string" ? value : "";
	}
	if (typeof properties === "object" && properties !== null && wanted in properties) {
		const value = properties[wanted];
		return typeof value === "string" ? value : "";
	}
	return "";
}

// src/controlplane/broker-settings.ts
/** `rabbitmq.conf`: listens on loopback alone, knows one user, who is made with the node's first start. */
function brokerConfiguration(identity) {
	const lines = {
		"listeners.tcp.1": `127.0.0.1:${identity.ports.amqp}`,
		default_user: identity.user,
		default_pass: identity.password,
		default_vhost: identity.virtualHost,
		"default_permissions.configure": ".*",
		"default_permissions.read": ".*",
		"default_permissions.write": ".*",
		"disk_free_limit.absolute": "1MB",
		"log.file.level": "info",
		"log.console": "false"
	};
	return Object.entries(lines).map(([key, value]) => `${key} = ${value}\n`).join("");
}
/**
* The whole environment of the broker and of its command line tool. Everything that would point to the system's own
* broker (/etc/rabbitmq, /var/lib/rabbitmq, /var/log/rabbitmq) points into our folder, and nothing listens beyond
* loopback. The cookie is a file in HOME: given as a variable it would stand on Erlang's command line.
*/
function brokerEnvironment(identity) {
	const { folder, ports } = identity;
	const loopbackOnly = "-kernel inet_dist_use_interface {127,0,0,1}";
	return {
		PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
		HOME: folder,
		ERL_CRASH_DUMP: `${folder}/erl_crash.dump`,
		LC_ALL: "C.UTF-8",
		ERL_EPMD_ADDRESS: "127.0.0.1",
		ERL_EPMD_PORT: String(ports.epmd),
		RABBITMQ_NODENAME: identity.nodeName,
		RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
		RABBITMQ_NODE_PORT: String(ports.amqp),
		RABBITMQ_DIST_PORT: String(ports.distribution),
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: loopbackOnly,
		RABBITMQ_CTL_ERL_ARGS: loopbackOnly,
		RABBITMQ_CONF_ENV_FILE: `${folder}/rabbitmq-env.conf`,
		RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq.conf`,
		RABBITMQ_ADVANCED_CONFIG_FILE: `${folder}/advanced.config`,
		RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
		RABBITMQ_PID_FILE: `${folder}/pid`,
		RABBITMQ_MNESIA_BASE: `${folder}/data`,
		RABBITMQ_GENERATED_CONFIG_DIR: `${folder}/generated`,
		RABBITMQ_LOG_BASE: `${folder}/log`
	};
}

// src/controlplane/ports.ts
/** Free TCP ports on loopback: bound all at once, so that they differ, and released just before they are used. */
async function freePorts(count) {
	const servers = Array.from({ length: count }, () => createServer());
	try {
		return await Promise.all(servers.map((server) => new Promise((resolve, reject) => {
			server.once("error", reject);
			server.listen(0, "127.0.0.1", () => {
				const address = server.address();
				if (typeof address === "object" && address !== null) resolve(address.port);
				else reject(/* @__PURE__ */ new Error("a TCP server without a port"));
			});
		})));
	} finally {
		await Promise.all(servers.map((server) => new Promise((resolve) => server.close(() => resolve()))));
	}
}

// src/controlplane/broker.ts
/** The distribution's package keeps its programs here; /usr/sbin/rabbitmq-server would write into the system's own log. */
const programFolder = "/usr/lib/rabbitmq/bin";
const systemUser = "rabbitmq";
const startLimitSeconds = 120;
/**
* Starts a RabbitMQ of our own on loopback, as user rabbitmq, with nothing in common with a broker that the system runs.
*
* @throws EnvironmentError when the package is missing or root cannot be had; ToolError when the broker does not come up
*/
async function startBroker(signal) {
	await requireRabbitmq();
	for (let attempt = 1;; attempt++) {
		const identity = await newIdentity();
		const child = await launch$1(identity, signal);
		try {
			const address = addressOf(identity);
			return {
				address,
				facts: await untilReady(address, child, signal),
				own: true,
				consumers: (queue) => listConsumers(identity, queue),
				stop: async () => {
					await child.stop();
					await child.done.catch(() => void 0);
				}
			};
		} catch (error) {
			const log = await brokerLog(identity);
			await child.stop();
			if (attempt < 3 && /eaddrinuse/i.test(log.join("\n"))) continue;
			if (signal.aborted || !(error instanceof ToolError)) throw error;
			const shown = log.length > 0 ? `\nlast lines of its log:\n${log.map((line) => `  ${line}`).join("\n")}` : "";
			throw new ToolError(`${error.message}${shown}`, error.program, error.exitStatus, { cause: error });
		}
	}
}
async function requireRabbitmq() {
	await requirePrivilege();
	const user = await run("getent", ["passwd", systemUser], { allowedExitStatuses: "any" });
	const missing = existsSync(join(programFolder, "rabbitmq-server")) ? void 0 : `${programFolder}/rabbitmq-server`;
	if (missing === void 0 && user.exitStatus === 0) return;
	throw new EnvironmentError(`The smoke test needs a RabbitMQ server: ${missing ?? `the system user "${systemUser}"`} does not exist. Install the package rabbitmq-server ("trove-image setup" does it without starting a service), or name a broker that runs already with --broker-url.`);
}
async function newIdentity() {
	const [amqp, distribution, epmd] = await freePorts(3);
	const word = () => randomBytes(12).toString("hex");
	return {
		nodeName: `trove-image-${randomBytes(4).toString("hex")}@localhost`,
		folder: makeSharedFolder("broker"),
		ports: {
			amqp,
			distribution,
			epmd
		},
		user: `u${word()}`,
		password: word(),
		virtualHost: `v${word()}`
	};
}
function addressOf(identity) {
	const { user, password, virtualHost, ports } = identity;
	return {
		host: "127.0.0.1",
		port: ports.amqp,
		user,
		password,
		virtualHost
	};
}
async function launch$1(identity, signal) {
	const write = (name, content, mode) => {
		writeFileSync(join(identity.folder, name), content);
		chmodSync(join(identity.folder, name), mode);
	};
	write(".erlang.cookie", randomBytes(20).toString("hex"), 256);
	write("rabbitmq.conf", brokerConfiguration(identity), 384);
	write("advanced.config", "[].\n", 384);
	write("enabled_plugins", "[].\n", 384);
	write("rabbitmq-env.conf", "", 384);
	await asRoot("chown", [
		"-R",
		`${systemUser}:`,
		identity.folder
	]);
	return startAsRoot("runuser", [
		"-u",
		systemUser,
		"--",
		join(programFolder, "rabbitmq-server")
	], {
		supervised: true,
		timeoutSeconds: 21600,
		graceSeconds: 20,
		signal,
		cwd: "/",
		onlyEnv: brokerEnvironment(identity)
	});
}
async function untilReady(address, child, signal) {
	const stopAsking = new AbortController();
	const ended = child.done.then(() => Promise.reject(new ToolError("rabbitmq-server ended before it answered", "rabbitmq-server", 0)), (error) => Promise.reject(error));
	const asking = async () => {
		const deadline = performance.now() + startLimitSeconds * 1e3;
		let last = "nothing was tried";
		while (performance.now() < deadline && !stopAsking.signal.aborted && !signal.aborted) {
			try {
				return await probeBroker(address, true);
			} catch (error) {
				last = asError(error).message;
			}
			await setTimeout$1(400);
		}
		throw new ToolError(`rabbitmq-server did not answer within ${startLimitSeconds} s: ${last}`, "rabbitmq-server", null);
	};
	try {
		return await Promise.race([ended, asking()]);
	} finally {
		stopAsking.abort();
	}
}
async function listConsumers(identity, queue) {
	const ask = async (...args) => {
		const command = [
			"-u",
			systemUser,
			"--",
			join(programFolder, "rabbitmqctl"),
			"--silent",
			...args
		];
		return (await asRoot("runuser", [
			...command,
			"--formatter",
			"json"
		], {
			supervised: true,
			timeoutSeconds: 120,
			cwd: "/",
			onlyEnv: brokerEnvironment(identity)
		})).stdout;
	};
	const host = ["-p", identity.virtualHost];
	return joinListings(queue, {
		consumers: await ask("list_consumers", ...host),
		channels: await ask("list_channels", ...host, "pid", "connection"),
		connections: await ask("list_connections", "pid", "peer_host", "peer_port", "client_properties")
	});
}
async function brokerLog(identity) {
	return (await asRoot("/bin/sh", [
		"-c",
		"cat \"$1\"/log/*.log 2>/dev/null | tail -n 30; cat \"$1\"/erl_crash.dump 2>/dev/null | head -n 5",
		"sh",
		identity.folder
	], { allowedExitStatuses: "any" })).stdout.split("\n").filter((line) => line.trim() !== "");
}

// src/controlplane/broker-address.ts
/**
* Reads `amqp://user:password@host[:port][/virtual-host]`; `rabbit://`, as OpenStack writes it, means the same.
* @throws InputError that never repeats the password
*/
function parseBrokerUrl(text) {
	const refuse = (why) => {
		throw new InputError(`broker-url: ${why}. Legal: amqp://USER:PASSWORD@HOST[:PORT][/VIRTUAL-HOST] (rabbit:// means the same).`);
	};
	let url;
	try {
		url = new URL(text.trim());
	} catch {
		return refuse("it is not a URL");
	}
	const scheme = url.protocol.slice(0, -1);
	if (scheme === "amqps") return refuse("TLS (amqps) is not supported: the guest is given a plain transport_url");
	if (scheme !== "amqp" && scheme !== "rabbit") return refuse(`the scheme "${scheme}" is not known`);
	if (url.username === "" || url.password === "") return refuse("user and password are missing");
	if (url.hostname === "") return refuse("the host is missing");
	return {
		host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
		port: url.port === "" ? 5672 : Number(url.port),
		user: decode(url.username, refuse),
		password: decode(url.password, refuse),
		virtualHost: url.pathname.length <= 1 ? "/" : decode(url.pathname.slice(1), refuse)
	};
}
/** What goes into the guest's `transport_url`: the same broker, as the guest reaches it. */
function transportUrl(address, guestSide) {
	const { user, password, virtualHost } = address;
	const [safeUser, safePassword, safeHost] = [
		user,
		password,
		virtualHost
	].map(encodeURIComponent);
	return `rabbit://${safeUser}:${safePassword}@${guestSide.host}:${guestSide.port}/${safeHost}`;
}
function decode(text, refuse) {
	try {
		return decodeURIComponent(text);
	} catch {
		return refuse("a percent sign is not followed by two hexadecimal digits");
	}
}

// src/controlplane/cast-text.ts
/** A heartbeat in one line; an error with its traceback, which is a list of lines. */
function describeCast({ method, args }) {
	const { exception, ...rest } = args;
	const traceback = Array.isArray(exception) ? `\n${exception.join("\n")}` : exception === void 0 ? "" : `\n${exception}`;
	return `${method} ${JSON.stringify(rest)}${traceback}`;
}

// src/controlplane/broker-fault.ts
/** Sorts an error by its text: AMQP's reply codes (403, 406, 530, 541) and the operating system's connection errors. */
function classifyBrokerFault(message) {
	return [
		[/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|connect timed? ?out/i, "unreachable"],
		[/ACCESS_REFUSED.*(login|authenticat|PLAIN)|403 \(ACCESS-REFUSED\).*login|Handshake terminated/is, "wrong-credentials"],
		[/Expected ConnectionOpenOk; got <ConnectionClose|530|NOT[_-]ALLOWED.*vhost/i, "no-virtual-host"],
		[/403|ACCESS[_-]REFUSED/i, "no-permission"],
		[/406|541|PRECONDITION[_-]FAILED|INTERNAL[_-]ERROR/i, "mismatch"],
		[/Invalid frame|Expected ConnectionStart|protocol|ECONNRESET|Socket closed|heartbeat/i, "not-amqp"]
	].find(([pattern]) => pattern.test(message))?.[1] ?? "other";
}
/** The error to throw for a broker fault; it says that the image is not to blame and what to do. Never the password. */
function brokerError(address, cause) {
	const where = `${address.host}:${address.port}`;
	const fault = classifyBrokerFault(cause.message);
	const notTheImage = "This is a fault of the broker, not of the image.";
	const options = { cause };
	switch (fault) {
		case "wrong-credentials": return new InputError(`broker-url: ${where} refused user "${address.user}" with that password (${cause.message}). ${notTheImage} Give a user whom the broker knows; RabbitMQ lets its user "guest" in from its own host only.`, options);
		case "no-virtual-host": return new InputError(`broker-url: user "${address.user}" may not enter virtual host "${address.virtualHost}" of ${where} (${cause.message}). ${notTheImage} Name one that exists and that the user has permissions for.`, options);
		case "no-permission": return new InputError(`broker-url: user "${address.user}" lacks permissions in virtual host "${address.virtualHost}" of ${where} (${cause.message}). ${notTheImage} It must be allowed to configure, write and read.`, options);
		case "mismatch": return new EnvironmentError(`Broker mismatch: ${where} does not accept the queues that a guest agent declares (${cause.message}). ${notTheImage} Either what is declared there already has other properties (406: use an empty virtual host), or the broker denies such queues (541: RabbitMQ 4.3 denies transient queues that are not exclusive).`, options);
		case "unreachable": return new EnvironmentError(`The broker at ${where} cannot be reached (${cause.message}). ${notTheImage} Start it, open the port, or leave broker-url out: then the smoke test starts its own.`, options);
		default: return new EnvironmentError(`The broker at ${where} does not speak AMQP 0-9-1 as expected (${cause.message}). ${notTheImage}`, options);
	}
}

// src/controlplane/encryption.ts
/**
* Trove's encryption of messages between the control plane and one guest: AES-256-CBC under the 32 hexadecimal digits of
* the key's MD5, the initialisation vector in front, base64 around it all. Source: trove/common/crypto_utils.py.
*/
function encryptForGuest(text, key, vector = randomBytes(16)) {
	const cipher = createCipheriv("aes-256-cbc", cipherKey(key), vector);
	return Buffer.concat([
		vector,
		cipher.update(text, "utf8"),
		cipher.final()
	]).toString("base64");
}
/** @throws when the text is not base64 of something encrypted under the key */
function decryptFromGuest(text, key) {
	const bytes = Buffer.from(text, "base64");
	const decipher = createDecipheriv("aes-256-cbc", cipherKey(key), bytes.subarray(0, 16));
	return Buffer.concat([decipher.update(bytes.subarray(16)), decipher.final()]).toString("utf8");
}
/**
* Opens what a guest sent: an argument or a result is the encrypted text itself, and towards the conductor it is wrapped
* in `{"entity": ..., "csz-instance-id": ...}` (trove/common/rpc/conductor_host_serializer.py). What is not encrypted
* comes back as it is.
*/
function openEntity(entity, key) {
	if (typeof entity !== "string") return entity;
	try {
		const wrapped = entity.startsWith("{") ? JSON.parse(entity) : void 0;
		const inner = isRecord(wrapped) && typeof wrapped.entity === "string" ? wrapped.entity : entity;
		return JSON.parse(decryptFromGuest(inner, key));
	} catch {
		return entity;
	}
}
function cipherKey(key) {
	return createHash("md5").update(key).digest("hex");
}
function isRecord(value) {
	return typeof value === "object" && value !== null;
}

// src/controlplane/envelope.ts
/**
* The messages of oslo.messaging's RPC over AMQP: a JSON object whose second field is itself a JSON text.
* Source: oslo_messaging/_drivers/common.py (serialize_msg, deserialize_msg) and amqpdriver.py.
*/
const envelopeSchema = object({
	"oslo.version": string(),
	"oslo.message": string()
});
const replySchema = looseObject({
	_msg_id: string(),
	result: unknown().optional(),
	failure: string().nullish(),
	ending: boolean().optional()
});
const castSchema = looseObject({
	method: string(),
	args: record$1(string(), unknown()),
	version: string().optional()
});
/** 32 hexadecimal digits, as oslo.messaging makes its message ids. */
function messageId() {
	return randomBytes(16).toString("hex");
}
/** How oslo.messaging marks its messages; `persistent` is AMQP's delivery mode 2. */
const messageProperties = {
	contentType: "application/json",
	contentEncoding: "utf-8",
	persistent: true
};
/** The body of a message with that inner object. */
function encodeEnvelope(inner) {
	return JSON.stringify({
		"oslo.version": "2.0",
		"oslo.message": JSON.stringify(inner)
	});
}
/** A call: `rpc_ping` has no arguments; `context` are the request context's fields, already serialized. */
function callMessage(call) {
	const context = Object.fromEntries(Object.entries(call.context).map(([key, value]) => [`_context_${key}`, value]));
	return {
		method: call.method,
		args: {},
		version: call.version,
		...context,
		_unique_id: call.uniqueId,
		_msg_id: call.messageId,
		_reply_q: call.replyQueue,
		_timeout: null
	};
}
/** Reads a reply; undefined when the bytes are no reply of oslo.messaging. */
function decodeReply(body) {
	const reply = replySchema.safeParse(decodeEnvelope(body));
	if (!reply.success) return void 0;
	const { _msg_id, result, failure } = reply.data;
	return {
		messageId: _msg_id,
		result,
		failure: failure ? describeFailure(failure) : void 0
	};
}
/** Reads a cast; undefined when the bytes are no cast of oslo.messaging. */
function decodeCast(body) {
	const cast = castSchema.safeParse(decodeEnvelope(body));
	return cast.success ? {
		method: cast.data.method,
		args: cast.data.args
	} : void 0;
}
function decodeEnvelope(body) {
	try {
		const envelope = envelopeSchema.safeParse(JSON.parse(Buffer.from(body).toString("utf8")));
		return envelope.success ? JSON.parse(envelope.data["oslo.message"]) : void 0;
	} catch {
		return;
	}
}
function describeFailure(failure) {
	try {
		const { class: kind, message } = JSON.parse(failure);
		return `${kind ?? "error"}: ${message ?? failure}`;
	} catch {
		return failure;
	}
}

// src/controlplane/conversation.ts
/** Trove's `control_exchange` and `conductor_queue`. */
const exchange = "trove";
const conductorQueue = "trove-conductor";
const queueExpiryMilliseconds = 18e5;
/** The control plane's side of talking to one guest agent. */
var Conversation = class Conversation {
	#connection;
	#channel;
	#options;
	#replyQueue;
	#waiting = /* @__PURE__ */ new Map();
	/** Rejects when the broker ends the conversation. */
	lost;
	constructor(connection, channel, options, replyQueue, lost) {
		this.#connection = connection;
		this.#channel = channel;
		this.#options = options;
		this.#replyQueue = replyQueue;
		this.lost = lost;
	}
	/**
	* Declares what Trove's task manager and conductor declare, and listens.
	* @throws InputError, EnvironmentError when the broker cannot be reached, refuses us or the declarations, or is in use
	*/
	static async open(options) {
		const { address } = options;
		const connection = await connectToBroker(address, "trove-image control plane").catch((error) => {
			throw brokerError(address, asError(error));
		});
		let declared = false;
		try {
			await refuseIfInUse(connection, address);
			const channel = await connection.createChannel();
			const lost = lossOf(connection, channel, address);
			const quorum = options.queueKind === "quorum";
			await channel.assertExchange(exchange, "topic", {
				durable: quorum,
				autoDelete: false
			});
			await channel.assertQueue(conductorQueue, {
				durable: quorum,
				exclusive: false,
				autoDelete: false,
				...quorum ? { arguments: { "x-queue-type": "quorum" } } : {}
			});
			declared = true;
			await channel.bindQueue(conductorQueue, exchange, conductorQueue);
			const replyQueue = `reply_${messageId()}`;
			await channel.assertQueue(replyQueue, {
				durable: false,
				exclusive: true,
				autoDelete: true,
				expires: queueExpiryMilliseconds
			});
			const conversation = new Conversation(connection, channel, options, replyQueue, lost);
			await channel.consume(replyQueue, (message) => conversation.#onReply(message));
			await channel.consume(conductorQueue, (message) => conversation.#onCast(message));
			return conversation;
		} catch (error) {
			if (declared) await deleteQueue(connection, conductorQueue);
			await connection.close().catch(() => void 0);
			if (error instanceof InputError) throw error;
			throw brokerError(address, asError(error));
		}
	}
	/** The name of the queue that the agent consumes. */
	get guestQueue() {
		return `guestagent.${this.#options.guestId}`;
	}
	/** How many consumers the agent's queue has; 0 also while it does not exist. Asked on a channel of its own. */
	async consumerCount() {
		const channel = await this.#connection.createChannel();
		channel.on("error", () => void 0);
		try {
			return (await channel.checkQueue(this.guestQueue)).consumerCount;
		} catch (error) {
			if (/404|NOT[_-]FOUND/.test(asError(error).message)) return 0;
			throw error;
		} finally {
			await channel.close().catch(() => void 0);
		}
	}
	/**
	* Calls `rpc_ping` as Trove does, with a fresh id.
	* @throws InputError, EnvironmentError when the broker ended the conversation
	*/
	async ping(timeoutSeconds) {
		const id = messageId();
		const startedAt = performance.now();
		const answered = new Promise((resolve) => this.#waiting.set(id, resolve));
		let timer;
		try {
			const message = callMessage({
				method: "rpc_ping",
				version: "1.0",
				context: { context: encryptForGuest("{}", this.#options.encryptionKey) },
				messageId: id,
				uniqueId: messageId(),
				replyQueue: this.#replyQueue
			});
			this.#channel.publish(exchange, this.guestQueue, Buffer.from(encodeEnvelope(message)), { ...messageProperties });
			const timeout = new Promise((resolve) => {
				timer = setTimeout(() => resolve(void 0), timeoutSeconds * 1e3);
			});
			const reply = await Promise.race([
				answered,
				timeout,
				this.lost
			]);
			if (reply === void 0) return { failure: `rpc_ping was not answered within ${timeoutSeconds} s` };
			const failure = pingFailure(reply, this.#options.encryptionKey);
			if (failure !== void 0) return { failure };
			return {
				messageId: id,
				seconds: (performance.now() - startedAt) / 1e3
			};
		} finally {
			clearTimeout(timer);
			this.#waiting.delete(id);
		}
	}
	/**
	* Takes the queues of this run away, which nobody else would, and hangs up. The conductor's is one of them: `open`
	* refuses to begin where it exists.
	*/
	async close() {
		const { guestId } = this.#options;
		for (const queue of [
			this.guestQueue,
			`${this.guestQueue}.${guestId}`,
			conductorQueue
		]) await deleteQueue(this.#connection, queue);
		await this.#connection.close().catch(() => void 0);
	}
	#onReply(message) {
		if (message === null) return;
		this.#channel.ack(message);
		const reply = decodeReply(message.content);
		if (reply !== void 0) this.#waiting.get(reply.messageId)?.(reply);
	}
	#onCast(message) {
		if (message === null) return;
		this.#channel.ack(message);
		const cast = decodeCast(message.content);
		if (cast === void 0) return;
		const opened = Object.entries(cast.args).map(([name, value]) => [name, openEntity(value, this.#options.encryptionKey)]);
		this.#options.onCast({
			method: cast.method,
			args: Object.fromEntries(opened)
		});
	}
};
/** Why a reply does not count as an answer to `rpc_ping`, which is `true` and nothing else. */
function pingFailure(reply, encryptionKey) {
	if (reply.failure !== void 0) return `the agent answered rpc_ping with ${reply.failure}`;
	const result = openEntity(reply.result, encryptionKey);
	return result === true ? void 0 : `the agent answered rpc_ping with ${JSON.stringify(result)} instead of true`;
}
/** A random guest id, in the form of Trove's instance ids. */
function newGuestId() {
	return randomUUID();
}
/**
* A conductor's queue belongs to a real control plane, also while nobody consumes it, as when the conductor is being
* restarted: we would take its guests' messages, and the queue with them.
*/
async function refuseIfInUse(connection, address) {
	const channel = await connection.createChannel();
	channel.on("error", () => void 0);
	const exists = await channel.checkQueue(conductorQueue).then(() => true, (error) => {
		const known = queueExists(asError(error).message);
		if (known === void 0) throw error;
		return known;
	});
	await channel.close().catch(() => void 0);
	if (!exists) return;
	throw new InputError(`broker-url: virtual host "${address.virtualHost}" of ${address.host}:${address.port} is in use: it has a queue "${conductorQueue}", which belongs to a Trove conductor. The smoke test would take its messages. Name a virtual host of its own; if no Trove uses this one, an interrupted smoke test has left the queue: delete it.`);
}
/**
* What the failure of a passive declaration says about the queue; undefined when it says nothing. RabbitMQ answers 404 also
* when the queue's node is down ("home node ... is down or inaccessible"), and 405 when the queue is another's alone.
*/
function queueExists(message) {
	if (/404|NOT[_-]FOUND/.test(message)) return /home node/.test(message);
	return /405|RESOURCE[_-]LOCKED/.test(message) ? true : void 0;
}
async function deleteQueue(connection, queue) {
	try {
		const channel = await connection.createChannel();
		channel.on("error", () => void 0);
		await channel.deleteQueue(queue);
		await channel.close();
	} catch {}
}
function lossOf(connection, channel, address) {
	const lost = new Promise((_, reject) => {
		channel.on("error", (error) => reject(brokerError(address, asError(error))));
		connection.on("close", (error) => reject(brokerError(address, asError(error ?? "the connection was closed"))));
	});
	lost.catch(() => void 0);
	return lost;
}

// src/controlplane/foreign-broker.ts
/**
* Takes a broker that runs already. Its listing cannot be asked for: whether the agent kept its connection is then known
* from the count of consumers alone.
*
* @throws InputError, EnvironmentError that say that the broker is at fault, not the image
*/
async function useBroker(url) {
	const address = parseBrokerUrl(url);
	try {
		return {
			address,
			facts: await probeBroker(address, false),
			own: false,
			stop: async () => void 0
		};
	} catch (error) {
		throw brokerError(address, asError(error));
	}
}

// src/controlplane/guest-configuration.ts
/** The datastores that Trove knows since Victoria, with what it tells a guest about each by default. */
const datastores = {
	mysql: {
		registryExtension: "trove.guestagent.datastore.mysql.manager.Manager",
		replicationStrategy: "trove.guestagent.strategies.replication.mysql_gtid.MysqlGTIDReplication"
	},
	mariadb: {
		registryExtension: "trove.guestagent.datastore.mariadb.manager.Manager",
		replicationStrategy: "trove.guestagent.strategies.replication.mariadb_gtid.MariaDBGTIDReplication"
	},
	postgresql: {
		registryExtension: "trove.guestagent.datastore.postgres.manager.PostgresManager",
		replicationStrategy: "trove.guestagent.strategies.replication.postgresql.PostgresqlReplicationStreaming"
	}
};
const datastoreManagers = [
	"mysql",
	"mariadb",
	"postgresql"
];
/**
* The files that Trove's task manager injects into a guest without a management network of its own, in its order:
* `get_injected_files` (trove/instance/models.py). The second one is the operator's `guest_config`, which Trove passes on
* as it is.
*/
function injectedFiles(guest, agentConfiguration) {
	const { registryExtension, replicationStrategy } = datastores[guest.datastoreManager];
	const guestInfo = [
		"[DEFAULT]",
		`guest_id=${guest.guestId}`,
		`datastore_manager=${guest.datastoreManager}`,
		`datastore_version=${guest.datastoreVersion}`,
		`tenant_id=${guest.tenantId}`,
		`datastore_registry_ext=${guest.datastoreManager}:${registryExtension}`,
		`replication_strategy=${replicationStrategy}`,
		"network_isolation=True",
		`instance_rpc_encr_key=${guest.encryptionKey}`
	];
	return /* @__PURE__ */ new Map([["/etc/trove/conf.d/guest_info.conf", `${guestInfo.join("\n")}\n`], ["/etc/trove/conf.d/trove-guestagent.conf", agentConfiguration]]);
}
/** The smallest useful `trove-guestagent.conf`, as an operator writes it. */
function agentConfiguration(broker, queueKind, guestSide) {
	const lines = [
		"[DEFAULT]",
		`transport_url = ${transportUrl(broker, guestSide)}`,
		"control_exchange = trove",
		"log_dir = /var/log/trove",
		"log_file = trove-guestagent.log"
	];
	const quorum = [
		"[oslo_messaging_rabbit]",
		"rabbit_quorum_queue = True",
		"rabbit_transient_quorum_queue = True"
	];
	return `${[...lines, ...queueKind === "quorum" ? ["", ...quorum] : []].join("\n")}\n`;
}

// src/controlplane/password-forms.ts
/**
* A password in the forms in which a guest may repeat it: as it is, as it stands in a `transport_url`, and each of these as
* Python and JSON write a text down (a traceback, a log line of a dictionary, one within the other). The longest first,
* so that hiding a shorter one leaves nothing of a longer one.
*/
function passwordForms(password) {
	const plain = [
		password,
		encodeURIComponent(password),
		...pythonQuotes(password)
	];
	const once = plain.flatMap(literals);
	return [.../* @__PURE__ */ new Set([
		...plain,
		...once,
		...once.flatMap(literals)
	])].toSorted((left, right) => right.length - left.length || (left < right ? -1 : 1));
}
/** `urllib.parse.quote` with and without the slash, and `quote_plus`; only letters, digits and `_.-~` stay. */
function pythonQuotes(text) {
	const quoted = encodeURIComponent(text).replaceAll(/[!'()*]/g, (character) => `%${hex(character, 2).toUpperCase()}`);
	return [
		quoted,
		quoted.replaceAll("%2F", "/"),
		quoted.replaceAll("%20", "+")
	];
}
/** What `repr`, `ascii`, `repr` of the bytes and JSON write between the quotes of a literal, whichever quotes these are. */
function literals(text) {
	const bytes = Buffer.from(text, "utf8").toString("latin1");
	return [
		[
			text,
			notPrintable,
			pythonCode
		],
		[
			text,
			notAscii,
			pythonCode
		],
		[
			bytes,
			notAscii,
			pythonCode
		],
		[
			text,
			notJson,
			jsonCode
		],
		[
			text,
			notAscii,
			jsonCode
		]
	].flatMap(([value, special, code]) => {
		const escaped = value.replaceAll(special, code);
		return [
			escaped,
			escaped.replaceAll("'", "\\'"),
			escaped.replaceAll("\"", "\\\"")
		];
	});
}
/** Besides the backslash: what Python's `str.isprintable` denies; what is not ASCII; what JSON must escape. */
const notPrintable = /\\|(?! )[\p{C}\p{Z}]/gu;
const notAscii = /\\|[^ -~]/gu;
const notJson = /[\\\u0000-\u001f]/gu;
const letters = {
	"\\": "\\\\",
	"\n": "\\n",
	"\r": "\\r",
	"	": "\\t"
};
function pythonCode(character) {
	const code = character.codePointAt(0) ?? 0;
	const number = code < 256 ? `\\x${hex(character, 2)}` : code < 65536 ? `\\u${hex(character, 4)}` : void 0;
	return letters[character] ?? number ?? `\\U${hex(character, 8)}`;
}
/** Beyond the first 65536 characters JSON writes the two halves that UTF-16 has. */
function jsonCode(character) {
	return letters[character] ?? {
		"\b": "\\b",
		"\f": "\\f"
	}[character] ?? Array.from({ length: character.length }, (_, at) => `\\u${hex(character.charAt(at), 4)}`).join("");
}
function hex(character, digits) {
	return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, "0");
}

// src/controlplane/registration.ts
/** The reason of a loss when the broker lists another connection after the second answer than before the first. */
const reconnected = "the agent connected anew between two pings";
/**
* Waits until the agent has answered twice over one connection. An agent that goes away in between starts from the
* beginning: a crash loop never counts as registered. Waits for ever; the caller's signal ends it.
*/
async function awaitRegistration(options) {
	for (;;) {
		await untilConsumed(options);
		const registration = await proveTwice(options);
		if (typeof registration !== "string") return registration;
		options.onEvent({
			kind: "lost",
			reason: registration
		});
		await wait(options, options.pollSeconds ?? 2);
	}
}
async function untilConsumed(options) {
	while (await options.conversation.consumerCount() === 0) await wait(options, options.pollSeconds ?? 2);
	options.onEvent({ kind: "consuming" });
}
/** The registration, or why it does not count. */
async function proveTwice(options) {
	const { conversation, onEvent, pingLimitSeconds } = options;
	const list = async () => options.broker.consumers?.(conversation.guestQueue);
	const before = await list();
	if (before?.length === 0) return "the queue lost its consumer before it could be listed";
	for (const { peer, clientName } of before ?? []) onEvent({
		kind: "connected",
		peer,
		clientName
	});
	const first = await conversation.ping(pingLimitSeconds);
	if ("failure" in first) return first.failure;
	onEvent({
		kind: "answered",
		...first
	});
	await wait(options, options.intervalSeconds);
	const second = await conversation.ping(pingLimitSeconds);
	if ("failure" in second) return `the second time: ${second.failure}`;
	onEvent({
		kind: "answered again",
		...second
	});
	const after = await list();
	if (await conversation.consumerCount() === 0) return "the queue lost its consumer";
	const same = before?.find((consumer) => after?.some((other) => other.connection === consumer.connection));
	if (before !== void 0 && same === void 0) return reconnected;
	return {
		answers: [first, second],
		consumer: same
	};
}
async function wait(options, seconds) {
	await Promise.race([setTimeout$1(seconds * 1e3, void 0, { signal: options.signal }), options.conversation.lost]);
}

// src/controlplane/user-data.ts
/** Trove's defaults. */
const defaultOwner = {
	user: "ubuntu",
	group: "root"
};
/**
* The user data that Trove's task manager gives to Nova: `write_files` and nothing else. The same bytes as
* `prepare_cloud_config` (trove/instance/models.py, up to 2025.1) makes of these files; later releases write the same
* keys and values in another order.
*/
function prepareCloudConfig(files, owner = defaultOwner) {
	if (files.size === 0) return "";
	return `#cloud-config\nwrite_files:\n${[...files].map(([path, content]) => `- encoding: b64
  owner: ${owner.user}:${owner.group}\n  path: ${path}\n  content: ${Buffer.from(content).toString("base64")}\n`).join("")}`;
}

// src/vm/console-patterns.ts
/** Units whose failure no start-up of an agent survives. The agent's own is not among them: systemd starts it again. */
const fatalUnits = /\[FAILED\] Failed to start (?:cloud-init[\w@-]*\.service|cloud-(?:config|final)\.service|docker\.(?:service|socket)|containerd\.service|systemd-networkd\.service|networking\.service|dbus\.(?:service|socket))/;
/**
* In the order in which they are tried. Each is held against a recorded console under test/fixtures/consoles or, where the
* fault was not recorded, against typed lines of known messages: those stand in test/unit/vm/console-patterns.test.ts
* under "lines that were not recorded here". Sources: the messages of the Linux kernel, GRUB 2, initramfs-tools, dracut,
* systemd and cloud-init; the list of coreos/kola.
*/
const consolePatterns = [
	{
		id: "kernel panic",
		pattern: /Kernel panic - not syncing: .*/,
		severity: "fatal",
		meaning: "the kernel gave up",
		remedy: "See the lines before it: no root device means a missing driver in the initramfs or a wrong root= in grub.cfg."
	},
	{
		id: "kernel oops",
		pattern: /BUG: unable to handle|BUG: kernel NULL pointer|kernel BUG at |Oops: |general protection fault, probably/,
		severity: "fatal",
		meaning: "the kernel met a bug",
		remedy: "Try another kernel package, or the other accelerator."
	},
	{
		id: "out of memory",
		pattern: /Out of memory: Killed process \d+ \([^)]*\)|\S+ invoked oom-killer/,
		severity: "fatal",
		meaning: "the guest ran out of memory",
		remedy: "A service in the image uses more than the 2 GiB of the smallest sensible flavour."
	},
	{
		id: "initramfs shell",
		pattern: /ALERT! .*does not exist.*|Gave up waiting for root (?:file system )?device.*|^\(initramfs\) ?|dracut-initqueue.*: (?:Warning|timeout).*could not boot.*|Warning: \/dev\/\S+ does not exist|dracut:\/#/i,
		severity: "fatal",
		meaning: "the initramfs did not find the root file system",
		remedy: "root= of grub.cfg must name a label or UUID that the image has, and the initramfs needs virtio_blk."
	},
	{
		id: "emergency shell",
		pattern: /You are in (?:emergency|rescue) mode.*|Entering emergency mode.*|Reached target emergency\.target.*|Give root password for maintenance.*|Press Enter for (?:maintenance|emergency shell).*|Cannot open access to console, the root account is locked.*/i,
		severity: "fatal",
		meaning: "systemd stopped in an emergency shell",
		remedy: "Look for the failed unit above it; most often a line of /etc/fstab that this machine does not have."
	},
	{
		id: "failed mount",
		pattern: /\[DEPEND\] Dependency failed for local-fs\.target.*|Dependency failed for .*Local File Systems.*/,
		severity: "fatal",
		meaning: "a file system of /etc/fstab could not be mounted",
		remedy: "Every line of the image's /etc/fstab must hold on any machine, or have the option \"nofail\"."
	},
	{
		id: "boot loader prompt",
		pattern: /grub rescue>|^grub> ?$|Minimal BASH-like line editing is supported/,
		severity: "fatal",
		meaning: "GRUB found no configuration and asks for commands",
		remedy: "grub.cfg is missing or on a file system that GRUB cannot read (a feature that mke2fs is newer than GRUB)."
	},
	{
		id: "boot loader error",
		pattern: /error: (?:\S+: )?(?:unknown filesystem|no such (?:device|partition|disk)|disk .* not found|symbol .* not found|you need to load the kernel first|attempt to read or write outside of (?:disk|partition)|file .*\/boot\/(?:vmlinuz|initrd)\S* not found|file .*\/(?:vmlinuz|initrd)\S* not found).*/,
		severity: "fatal",
		meaning: "GRUB could not load the system",
		remedy: "grub.cfg must not name devices of the build host (loop, mapper); search the root by the image's label or UUID."
	},
	{
		id: "no bootable disk",
		pattern: /No bootable device|Boot failed: not a bootable disk|BdsDxe: No bootable option or device was found|UEFI Interactive Shell v|^Shell> ?$/,
		severity: "fatal",
		meaning: "the firmware found nothing to boot",
		remedy: "The image has no operating system, or no boot loader for this firmware (BIOS boot or EFI system partition)."
	},
	{
		id: "input/output error",
		pattern: /I\/O error, dev [sv]d[a-z].*|Buffer I\/O error on dev [sv]d[a-z].*/,
		severity: "fatal",
		meaning: "a disk of the guest could not be read or written",
		remedy: "The image file may be truncated or the host out of disk space."
	},
	{
		id: "read-only file system",
		pattern: /Remounting filesystem read-only|EXT4-fs error \(device .*|XFS \(.*\): Corruption (?:detected|of in-memory).*/,
		severity: "fatal",
		meaning: "the file system in the image is damaged",
		remedy: "Check it: guestfish -a IMAGE, run, e2fsck-f; then build anew."
	},
	{
		id: "cloud-init failure",
		pattern: /cloud-init\[\d+\]: Traceback \(most recent call last\).*|cloud-init\[\d+\]: .*\[CRITICAL\].*/,
		severity: "fatal",
		meaning: "cloud-init broke off",
		remedy: "Without cloud-init the agent's configuration is not injected; see cloud-init.log."
	},
	{
		id: "unit failure",
		pattern: fatalUnits,
		severity: "fatal",
		meaning: "a service that the agent needs failed",
		remedy: "See its lines in the journal: 'journal' under guestLogs of smoke-test.json."
	},
	{
		id: "unit failed",
		pattern: /\[FAILED\] Failed to .*/,
		severity: "note",
		meaning: "a unit failed that the agent can do without",
		remedy: "Mend or disable it: the instance counts as degraded."
	},
	{
		id: "ordering cycle",
		pattern: /Found ordering cycle.*|Job \S+ deleted to break ordering cycle.*/,
		severity: "note",
		meaning: "systemd dropped a unit because units wait for each other in a circle",
		remedy: "Which unit is dropped differs from boot to boot; remove the ordering on cloud-final or cloud-init.target."
	},
	{
		id: "dependency failed",
		pattern: /\[DEPEND\] Dependency failed for .*/,
		severity: "note",
		meaning: "a unit did not start because another failed",
		remedy: "Mend the other."
	},
	{
		id: "time out",
		pattern: /\[ TIME \] Timed out .*/,
		severity: "note",
		meaning: "systemd waited for a unit in vain",
		remedy: "Remove the unit or what it waits for."
	},
	{
		id: "crash",
		pattern: /segfault at .*|traps: .* general protection.*|systemd-coredump.*: Process .*/,
		severity: "note",
		meaning: "a program of the guest crashed",
		remedy: "On an emulated processor this may be the emulation."
	}
];
/** The first pattern that fits, with the words that fitted. */
function matchConsole(text) {
	for (const pattern of consolePatterns) {
		const match = pattern.pattern.exec(text);
		if (match !== null) return {
			pattern,
			words: match[0].trim()
		};
	}
}

// src/vm/limits.ts
/** What a guest may print on its console, or its firmware on its log; a boot prints a hundredth of it. */
const mostConsoleBytes = 16 * 1024 ** 2;
/** Emulation needs about ten times as long as KVM for the same boot, and more on a busy machine. */
function limitsFor(accelerator, capSeconds) {
	const limits = accelerator === "kvm" ? {
		capSeconds: 600,
		stallSeconds: 60,
		agentSeconds: 180,
		pingSeconds: 30,
		powerDownSeconds: 30
	} : {
		capSeconds: 1800,
		stallSeconds: 180,
		agentSeconds: 600,
		pingSeconds: 60,
		powerDownSeconds: 60
	};
	return capSeconds === void 0 ? limits : {
		...limits,
		capSeconds
	};
}

// src/vm/boot-watch.ts
/** What is seen once in a boot, and what it is called in the timeline. */
const milestones = [
	["kernel", /Linux version \d/],
	["systemd", /systemd\[1\]: systemd \d|Welcome to .*!$/],
	["cloud-init", /cloud-init\[\d+\]: Cloud-init v\. /],
	["network", /ci-info: \|\s*(?!lo\b)\S+\s*\|\s*True\s*\|\s*\d+\.\d+\.\d+\.\d+/],
	["docker started", /\[ {2}OK {2}\] Started docker\.service/],
	["agent started", agentStarted()],
	["multi-user", /\[ {2}OK {2}\] Reached target multi-user\.target/],
	["cloud-init finished", /Cloud-init v\. \S+ finished at /]
];
/** The whole boot transaction is done: cloud-init's last stage comes after multi-user.target. */
const bootFinished = /Cloud-init v\. \S+ (?:running 'modules:final'|finished) at /;
/** agetty's prompt: the host's name first. Kernel messages may follow on the same line. */
const loginPrompt = /^[\w.-]+ login: ?(?:$|\[)/;
/** The line by which systemd says that it started the agent. */
function agentStarted() {
	return new RegExp(`Started ${agentUnitPattern}`);
}
/**
* Follows a boot: fed with the console, the firmware's log, the state of QEMU and the clock, it says when and why waiting
* is over. It knows no time of its own.
*/
var BootWatch = class {
	#limits;
	#until;
	#moments = [];
	#notes = /* @__PURE__ */ new Set();
	#ending;
	#agentStarts = 0;
	#loginAt;
	#upAt;
	#firstAnswerAt;
	#lastLine = "";
	#lastActivityAt = 0;
	#lastProcessorSeconds = 0;
	#lastTickAt = 0;
	constructor(limits, until) {
		this.#limits = limits;
		this.#until = until;
	}
	/** Set as soon as waiting is over; the first one stays. */
	get ending() {
		return this.#ending;
	}
	get moments() {
		return this.#moments;
	}
	/** Trouble that did not end the boot, each once, in the order of its coming. */
	get notes() {
		return [...this.#notes];
	}
	get loginPrompt() {
		return this.#loginAt !== void 0;
	}
	/** How often systemd said on the console that it started the agent. */
	get agentStarts() {
		return this.#agentStarts;
	}
	/** A whole line of the console or of the firmware's log. */
	line(text, at) {
		if (text.trim() === "") return;
		if (loginPrompt.test(text)) this.#prompted(at);
		if (bootFinished.test(text)) this.#upAt ??= at;
		this.#lastLine = text.trim();
		this.#lastActivityAt = at;
		for (const [event, pattern] of milestones) if (pattern.test(text)) this.#once(event, at);
		if (agentStarted().test(text)) this.#agentStarts += 1;
		this.#judge(text, at);
	}
	/** A line that has not ended: a prompt. */
	unfinished(text, at) {
		if (text === "") return;
		if (loginPrompt.test(text)) this.#prompted(at);
		this.#judge(text, at);
	}
	/** Whether the kernel has spoken; until then a boot loader may speak on the screen alone. */
	get kernelSeen() {
		return this.#moments.some((moment) => moment.event === "kernel");
	}
	/** What stands on the screen before the kernel starts. */
	screen(lines, at) {
		for (const line of lines) this.#judge(line.trim(), at);
		this.#lastLine = lines.at(-1)?.trim() ?? this.#lastLine;
	}
	/** Something that the broker said. */
	event(event, at) {
		this.#once(event, at);
		if (event === "answered") this.#firstAnswerAt ??= at;
		this.#lastActivityAt = at;
	}
	registered(at) {
		this.#once("registered", at);
		this.#end({ kind: "registered" });
	}
	/** How much the console or the firmware's log has grown to. */
	printed(bytes) {
		if (bytes < mostConsoleBytes) return;
		this.#end({
			kind: "flood",
			mebibytes: mostConsoleBytes / 1024 ** 2,
			lastLine: this.#lastLine.slice(0, 200)
		});
	}
	exited(reason) {
		this.#end({
			kind: "exit",
			reason
		});
	}
	/** The clock; `processorSeconds` is what QEMU has used so far. */
	tick(at, processorSeconds) {
		if ((processorSeconds - this.#lastProcessorSeconds) / Math.max(at - this.#lastTickAt, .001) > .1) this.#lastActivityAt = at;
		this.#lastProcessorSeconds = processorSeconds;
		this.#lastTickAt = at;
		const { capSeconds, stallSeconds, agentSeconds } = this.#limits;
		if (at >= capSeconds) this.#end({
			kind: "cap",
			seconds: capSeconds
		});
		if (this.#upAt === void 0 && at - this.#lastActivityAt >= stallSeconds) this.#end({
			kind: "stall",
			seconds: stallSeconds,
			lastLine: this.#lastLine
		});
		if (this.#upAt !== void 0 && this.#firstAnswerAt === void 0 && at - this.#upAt >= agentSeconds) this.#end({
			kind: "agent",
			seconds: agentSeconds
		});
	}
	#prompted(at) {
		this.#loginAt ??= at;
		this.#upAt ??= at;
		this.#once("login prompt", at);
		if (this.#until === "login") this.#end({ kind: "login" });
	}
	#judge(text, at) {
		const found = matchConsole(text);
		if (found === void 0) return;
		if (found.pattern.severity === "note") this.#notes.add(found.words);
		else {
			this.#once(`console: ${found.pattern.id}`, at);
			this.#end({
				kind: "console",
				...found
			});
		}
	}
	#once(event, seconds) {
		if (this.#moments.some((moment) => moment.event === event)) return;
		this.#moments.push({
			event,
			seconds: Math.round(seconds * 10) / 10
		});
	}
	#end(ending) {
		this.#ending ??= ending;
	}
};
/** The ending in a few words, for the document and for people. */
function describeEnding(ending) {
	switch (ending.kind) {
		case "registered": return "registered";
		case "login": return "login prompt";
		case "console": return `console: ${ending.pattern.id} (${ending.words})`;
		case "exit": return `QEMU's exit: ${ending.reason}`;
		case "stall": return `stall: neither console output nor processor time for ${ending.seconds} s; last line: ${ending.lastLine || "none"}`;
		case "agent": return `agent: no answer within ${ending.seconds} s after the guest was up`;
		case "cap": return `cap: not done within ${ending.seconds} s`;
		case "flood": return `console: more than ${ending.mebibytes} MiB printed; last line: ${ending.lastLine || "none"}`;
	}
}

// src/vm/qemu-command.ts
/**
* QEMU's arguments. QMP speaks on standard input and output. Nothing comes from QEMU's defaults or configuration files.
*
* Each disk names its format and, for the image, `backing: null`: a file name inside the image is never followed. The
* config drive is a CD-ROM, because as a disk it would be /dev/vdb and the agent would format it.
*/
function qemuArguments(plan) {
	const { firmware } = plan;
	return [
		["-name", "trove-image-smoke-test"],
		[
			"-nodefaults",
			"-no-user-config",
			"-no-reboot"
		],
		["-machine", `q35,accel=${plan.accelerator}`],
		["-cpu", plan.accelerator === "kvm" ? "host" : "max"],
		["-smp", String(plan.processors)],
		["-m", `${plan.memoryMebibytes}M`],
		["-rtc", "base=utc"],
		[
			"-display",
			"none",
			"-vga",
			"std"
		],
		["-smbios", `type=1,manufacturer=OpenStack Foundation,product=OpenStack Nova,uuid=${plan.instanceId},serial=${plan.instanceId},family=Virtual Machine`],
		[
			"-chardev",
			"stdio,id=qmp,signal=off",
			"-mon",
			"chardev=qmp,mode=control"
		],
		[
			"-chardev",
			`file,id=console,path=${escaped(plan.console)}`,
			"-serial",
			"chardev:console"
		],
		...firmware.kind === "bios" ? [["-chardev", `file,id=firmware,path=${escaped(firmware.log)}`], ["-device", "isa-debugcon,iobase=0x402,chardev=firmware"]] : [["-drive", `if=pflash,unit=0,format=raw,readonly=on,file=${escaped(firmware.code)}`], ["-drive", `if=pflash,unit=1,format=raw,file=${escaped(firmware.variables)}`]],
		blockDevice({
			"node-name": "root",
			driver: "qcow2",
			cache: { "no-flush": true },
			file: {
				driver: "file",
				filename: plan.overlay
			},
			backing: {
				driver: plan.image.format,
				"read-only": true,
				...plan.image.format === "qcow2" ? { backing: null } : {},
				file: {
					driver: "file",
					filename: plan.image.path,
					"read-only": true
				}
			}
		}),
		["-device", "virtio-blk-pci,drive=root,bootindex=1"],
		blockDevice({
			"node-name": "data",
			driver: "raw",
			cache: { "no-flush": true },
			file: {
				driver: "file",
				filename: plan.dataDisk
			}
		}),
		["-device", "virtio-blk-pci,drive=data"],
		blockDevice({
			"node-name": "config",
			driver: "raw",
			"read-only": true,
			file: {
				driver: "file",
				filename: plan.configDrive,
				"read-only": true
			}
		}),
		["-device", "ide-cd,drive=config"],
		["-netdev", `user,id=network,restrict=on${forwarding(plan.forward)}`],
		["-device", `virtio-net-pci,netdev=network,mac=${plan.macAddress},romfile=`],
		[
			"-object",
			"rng-random,id=random,filename=/dev/urandom",
			"-device",
			"virtio-rng-pci,rng=random"
		]
	].flat();
}
function blockDevice(node) {
	return ["-blockdev", JSON.stringify(node)];
}
/** One process a connection, because an agent opens several at once; `tcp:` in place of `cmd:` would carry a single one. */
function forwarding(forward) {
	if (forward === void 0) return "";
	const command = forward.command.map((word) => /^[\w/.:-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
	return `,guestfwd=tcp:${forward.host}:${forward.port}-cmd:${escaped(command.join(" "))}`;
}
/** In QEMU's option lists a comma is written twice. */
function escaped(value) {
	return value.replaceAll(",", ",,");
}

// src/vm/qmp.ts
const eventSchema = looseObject({
	event: literal("SHUTDOWN"),
	data: looseObject({
		guest: boolean(),
		reason: string().default("unknown")
	})
});
/** The SHUTDOWN event in a line of QMP; undefined for every other line. */
function parseShutdown(line) {
	try {
		const event = eventSchema.safeParse(JSON.parse(line));
		return event.success ? {
			guest: event.data.data.guest,
			reason: event.data.data.reason
		} : void 0;
	} catch {
		return;
	}
}
/** A QMP command as it goes over the wire. `qmp_capabilities` must be the first. */
function qmpCommand(name, given) {
	return `${JSON.stringify(given === void 0 ? { execute: name } : {
		execute: name,
		arguments: given
	})}\n`;
}

// src/vm/screen.ts
/** VGA's text memory: 25 lines of 80 cells, a character and an attribute each. */
const textMemory = {
	address: 753664,
	bytes: 4e3
};
/**
* The lines on a screen in text mode, without the empty ones. A boot loader without its configuration does not know of the
* serial console and asks for commands there.
*/
function screenLines(memory) {
	const lines = [];
	for (let row = 0; row < 25; row++) {
		let line = "";
		for (let column = 0; column < 80; column++) {
			const code = memory[(row * 80 + column) * 2] ?? 0;
			line += code >= 32 && code < 127 ? String.fromCharCode(code) : " ";
		}
		if (line.trim() !== "") lines.push(line.trimEnd());
	}
	return lines;
}
/** Reads what QEMU saved; empty while the file is not whole. */
function readScreen(path) {
	try {
		const memory = readFileSync(path);
		return memory.length === textMemory.bytes ? screenLines(memory) : [];
	} catch {
		return [];
	}
}

// src/vm/machine.ts
const program$1 = "qemu-system-x86_64";
/** Linux counts a process' time in hundredths of a second for every user space (USER_HZ). */
const ticksPerSecond = 100;
/** A running virtual machine. */
var Machine = class Machine {
	#child;
	#shutdown;
	#exit;
	constructor(plan, limitSeconds, signal) {
		this.#child = start(program$1, qemuArguments(plan), {
			supervised: true,
			timeoutSeconds: limitSeconds,
			graceSeconds: 5,
			signal,
			discardOutput: true,
			onLine: (line, stream) => {
				if (stream === "stdout") this.#shutdown ??= parseShutdown(line);
			}
		});
		this.#child.write(qmpCommand("qmp_capabilities"));
		this.#child.done.then(() => {
			this.#exit = this.#describeExit("QEMU ended");
		}, (error) => {
			this.#exit = error instanceof InterruptedError ? error.message : this.#describeExit(asError(error).message);
		});
	}
	/**
	* Starts QEMU. `limitSeconds` is the last resort against a machine that nobody stops.
	* @throws EnvironmentError when QEMU is not installed
	*/
	static start(plan, limitSeconds, signal) {
		if (![
			"/usr/bin",
			"/usr/local/bin",
			"/bin"
		].some((folder) => existsSync(`${folder}/${program$1}`))) throw new EnvironmentError(`The smoke test boots the image in ${program$1}, which is not installed. Install the package qemu-system-x86 ("trove-image setup" does it).`);
		return new Machine(plan, limitSeconds, signal);
	}
	/** Why the machine is gone; undefined while it runs. */
	get exit() {
		return this.#exit;
	}
	/** Processor time that QEMU has used so far. */
	get processorSeconds() {
		try {
			const stat = readFileSync(`/proc/${this.#child.pid}/stat`, "utf8");
			const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
			return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
		} catch {
			return 0;
		}
	}
	/** Has QEMU write what is on the screen in text mode into a file, see {@link readScreen}. */
	saveScreen(path) {
		const { address, bytes } = textMemory;
		this.#child.write(qmpCommand("pmemsave", {
			val: address,
			size: bytes,
			filename: path
		}));
	}
	/** Presses the power button, waits, then pulls the plug. Says whether the guest went down by itself. */
	async powerDown(seconds) {
		if (this.#exit === void 0) {
			this.#child.write(qmpCommand("system_powerdown"));
			const timer = new AbortController();
			const ended = this.#child.done.then(() => true, () => true);
			const late = setTimeout$1(seconds * 1e3, false, { signal: timer.signal }).catch(() => false);
			const orderly = await Promise.race([ended, late]);
			timer.abort();
			if (orderly) return true;
			this.#child.write(qmpCommand("quit"));
			await Promise.race([ended, setTimeout$1(5e3)]);
		}
		await this.kill();
		return false;
	}
	/** Ends QEMU at once. */
	async kill() {
		await this.#child.stop();
		await this.#child.done.catch(() => void 0);
	}
	#describeExit(otherwise) {
		switch (this.#shutdown?.reason) {
			case "guest-shutdown": return "the guest powered itself off";
			case "guest-reset": return "the guest reset itself";
			case "guest-panic": return "the guest's kernel panicked";
			default: return otherwise;
		}
	}
};

// src/vm/text-feed.ts
const introducer = String.fromCharCode(27);
const bell = String.fromCharCode(7);
/** ECMA-48 control sequences (also with intermediate bytes, as systemd sends `CSI ! p`), operating system commands. */
const terminalControl = new RegExp(`${introducer}(?:\\[[0-9:;?]*[ -/]*[@-~]|\\][^${bell}${introducer}]*(?:${bell}|${introducer}\\\\)|[()][A-Z0-9]|[=>78cDEHMNOZ])`, "g");
/** Text without what moves a cursor, sets a colour or rings a bell. */
function plainText(text) {
	return [...text.replaceAll(terminalControl, "")].filter((character) => character >= " " || character === "	").join("");
}
/**
* Follows a file that another process writes: a serial console. Gives whole lines, and the beginning of a line that has
* not ended, because a prompt never does.
*/
var TextFeed = class {
	#path;
	#onLine;
	#splitter;
	#decoder = new StringDecoder("utf8");
	#descriptor;
	#unfinished = "";
	#bytes = 0;
	#mostBytes;
	/** Reads no more than `mostBytes` of the file. */
	constructor(path, onLine, mostBytes = Number.POSITIVE_INFINITY) {
		this.#path = path;
		this.#mostBytes = mostBytes;
		this.#onLine = onLine;
		this.#splitter = new LineSplitter((line) => this.#onLine(plainText(line).trimEnd()));
	}
	/** How many bytes have come so far. */
	get bytes() {
		return this.#bytes;
	}
	/** The line that has begun and not ended, without control characters. */
	get unfinished() {
		return plainText(this.#unfinished);
	}
	/** Reads what has come since the last time. */
	poll() {
		try {
			this.#descriptor ??= openSync(this.#path, "r");
		} catch {
			return;
		}
		const chunk = Buffer.alloc(65536);
		for (;;) {
			const wanted = Math.min(chunk.length, this.#mostBytes - this.#bytes);
			const length = wanted === 0 ? 0 : readSync(this.#descriptor, chunk, 0, wanted, this.#bytes);
			if (length === 0) return;
			this.#bytes += length;
			const text = this.#decoder.write(chunk.subarray(0, length));
			this.#unfinished = (this.#unfinished + text).split(/[\r\n]/).at(-1)?.slice(-1e3) ?? "";
			this.#splitter.write(chunk.subarray(0, length));
		}
	}
	close() {
		this.poll();
		this.#splitter.end();
		if (this.#descriptor !== void 0) closeSync(this.#descriptor);
		this.#descriptor = void 0;
	}
};

// src/vm/boot.ts
const tickMilliseconds = 200;
/** How often the screen is looked at while the kernel has not started. */
const screenSeconds = 2;
/** How much more of a dying console is read: a panic's backtrace comes after its first line. */
const lastWordsSeconds = 3;
/**
* Boots a guest and watches console, firmware, QEMU and broker until the first of them decides; then powers it down.
*
* @throws whatever `registration` throws for a fault that is not the guest's, and InterruptedError
*/
async function boot(options) {
	const { plan, limits, signal } = options;
	const watch = new BootWatch(limits, options.until);
	const lines = [];
	const startedAt = performance.now();
	const now = () => (performance.now() - startedAt) / 1e3;
	let announced = 0;
	const announce = () => {
		for (const moment of watch.moments.slice(announced)) options.onEvent({
			kind: "moment",
			...moment
		});
		announced = watch.moments.length;
	};
	const take = (text) => {
		lines.push(text);
		watch.line(text, now());
		options.onEvent({
			kind: "line",
			text,
			seconds: now()
		});
	};
	const console = new TextFeed(plan.console, take, mostConsoleBytes);
	const firmware = plan.firmware.kind === "bios" ? new TextFeed(plan.firmware.log, (text) => watch.line(text, now()), mostConsoleBytes) : null;
	const screen = plan.firmware.kind === "bios" ? `${plan.firmware.log}.screen` : void 0;
	let screenAt = 0;
	const machine = Machine.start(plan, limits.capSeconds + 600, signal);
	const guard = setInterval(() => {
		if ([plan.console, ...plan.firmware.kind === "bios" ? [plan.firmware.log] : []].some((file) => sizeOf(file) >= mostConsoleBytes)) machine.kill().catch(() => void 0);
	}, tickMilliseconds);
	const over = new AbortController();
	let fault;
	const registering = options.registration?.((event) => watch.event(event, now()), over.signal).then(() => watch.registered(now())).catch((error) => {
		if (!over.signal.aborted) fault = error;
	});
	try {
		while (watch.ending === void 0 && fault === void 0) {
			await setTimeout$1(tickMilliseconds);
			if (signal.aborted) throw interruption(signal);
			firmware?.poll();
			console.poll();
			watch.printed(Math.max(console.bytes, firmware?.bytes ?? 0));
			watch.unfinished(console.unfinished, now());
			if (screen !== void 0 && !watch.kernelSeen && now() - screenAt >= screenSeconds) {
				watch.screen(readScreen(screen), now());
				machine.saveScreen(screen);
				screenAt = now();
			}
			if (machine.exit !== void 0) watch.exited(machine.exit);
			watch.tick(now(), machine.processorSeconds);
			announce();
		}
		over.abort();
		await registering;
		if (fault !== void 0) throw fault;
		const ending = watch.ending ?? {
			kind: "cap",
			seconds: limits.capSeconds
		};
		if (ending.kind === "console") await setTimeout$1(lastWordsSeconds * 1e3);
		await machine.powerDown(canPowerDown(watch, ending) ? limits.powerDownSeconds : 0);
		if (signal.aborted) throw interruption(signal);
		console.close();
		announce();
		return {
			ending,
			moments: watch.moments,
			notes: watch.notes,
			console: lines,
			loginPrompt: watch.loginPrompt,
			agentStarts: watch.agentStarts
		};
	} finally {
		clearInterval(guard);
		over.abort();
		await machine.kill().catch(() => void 0);
	}
}
function sizeOf(path) {
	return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
/** A guest without a running systemd does not hear its power button; waiting for it would only cost time. */
function canPowerDown(watch, ending) {
	if (ending.kind === "exit" || ending.kind === "flood") return false;
	return watch.moments.some((moment) => moment.event === "systemd");
}
function interruption(signal) {
	return signal.reason instanceof InterruptedError ? signal.reason : new InterruptedError("SIGTERM");
}

// src/vm/config-drive.ts
/** A MAC address as Neutron makes them (`base_mac` fa:16:3e). */
function newMacAddress() {
	return [
		"fa",
		"16",
		"3e",
		...[...randomBytes(3)].map((byte) => byte.toString(16).padStart(2, "0"))
	].join(":");
}
/**
* The files of a config drive as Nova writes them (nova/api/metadata/base.py): the instance, its one network with DHCP,
* and the user data.
*/
function configDriveFiles(instance) {
	const link = "tap0";
	const metadata = {
		availability_zone: "nova",
		dedicated_cpus: [],
		devices: [],
		hostname: `${instance.name}.novalocal`,
		launch_index: 0,
		meta: {
			trove_instance_id: instance.id,
			trove_project_id: instance.projectId
		},
		name: instance.name,
		project_id: instance.projectId,
		uuid: instance.id
	};
	const network = {
		links: [{
			ethernet_mac_address: instance.macAddress,
			id: link,
			mtu: 1500,
			type: "bridge",
			vif_id: link
		}],
		networks: [{
			id: "network0",
			link,
			network_id: instance.projectId,
			type: "ipv4_dhcp"
		}],
		services: []
	};
	return /* @__PURE__ */ new Map([
		["openstack/latest/meta_data.json", JSON.stringify(metadata)],
		["openstack/latest/network_data.json", JSON.stringify(network)],
		["openstack/latest/user_data", instance.userData]
	]);
}
/** Makes the ISO 9660 image with the label by which cloud-init finds it. */
async function makeConfigDrive(files, folder, signal) {
	const tree = join(folder, "config-drive");
	for (const [name, content] of files) {
		const path = join(tree, name);
		mkdirSync(join(path, ".."), { recursive: true });
		writeFileSync(path, content);
	}
	const image = join(folder, "config-drive.iso");
	await run("xorriso", [
		"-as",
		"mkisofs",
		"-quiet",
		"-volid",
		"config-2",
		"-joliet",
		"-rational-rock",
		"-output",
		image,
		tree
	], {
		supervised: true,
		timeoutSeconds: 60,
		signal
	});
	return image;
}

// src/vm/root-growth.ts
const sector = 512;
/**
* The partition that may grow: the last on the disk, by GPT or MBR; without a partition table the whole disk.
* `head` is the beginning of the disk, 34 sectors or more.
*/
function lastPartition(head, diskBytes) {
	const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
	const whole = {
		startBytes: 0,
		sizeBytes: diskBytes
	};
	const extents = [];
	if (bytes.subarray(sector, 520).toString("latin1") === "EFI PART") {
		const [count, entryBytes] = [bytes.readUInt32LE(592), bytes.readUInt32LE(596)];
		const table = Number(bytes.readBigUInt64LE(584)) * sector;
		if (entryBytes < 128) return whole;
		for (let index = 0; index < count && table + (index + 1) * entryBytes <= bytes.length; index++) {
			const at = table + index * entryBytes;
			if (bytes.subarray(at, at + 16).every((byte) => byte === 0)) continue;
			const [first, last] = [Number(bytes.readBigUInt64LE(at + 32)), Number(bytes.readBigUInt64LE(at + 40))];
			extents.push({
				startBytes: first * sector,
				sizeBytes: (last - first + 1) * sector
			});
		}
	} else if (bytes.readUInt16LE(510) === 43605) for (const at of [
		446,
		462,
		478,
		494
	]) {
		const [type, first, count] = [
			bytes[at + 4],
			bytes.readUInt32LE(at + 8),
			bytes.readUInt32LE(at + 12)
		];
		if (type !== 0 && count > 0) extents.push({
			startBytes: first * sector,
			sizeBytes: count * sector
		});
	}
	return extents.toSorted((left, right) => right.startBytes - left.startBytes)[0] ?? whole;
}
/** The size that a file system says it has, from its first 2 KiB: ext2 to ext4, or XFS. Undefined for anything else. */
function fileSystemBytes(head) {
	const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
	if (bytes.length < 2048) return void 0;
	if (bytes.subarray(0, 4).toString("latin1") === "XFSB") return Number(bytes.readBigUInt64BE(8)) * bytes.readUInt32BE(4);
	if (bytes.readUInt16LE(1080) !== 61267) return void 0;
	const wide = (bytes.readUInt32LE(1120) & 128) !== 0;
	return (bytes.readUInt32LE(1028) + (wide ? bytes.readUInt32LE(1360) * 2 ** 32 : 0)) * 1024 * 2 ** bytes.readUInt32LE(1048);
}

// src/vm/disk-look.ts
const mebibyte$1 = 1024 ** 2;
/**
* Whether the guest's root file system has grown beyond the whole size of the image: read from the overlay's partition
* table and superblock, after the guest went down. False also for a file system whose size we cannot read.
*/
async function rootHasGrown(overlay, folder, sizes, signal) {
	const head = await readMebibyte(overlay, 0, join(folder, "head.raw"), signal);
	const { startBytes } = lastPartition(head, sizes.overlayBytes);
	const start = startBytes === 0 ? head : await readMebibyte(overlay, startBytes, join(folder, "superblock.raw"), signal);
	return (fileSystemBytes(start) ?? 0) > sizes.imageBytes;
}
/** Whether the data disk, a raw file of ours, carries a file system: the agent formats it as ext4 or XFS. */
function isFormatted(dataDisk) {
	const head = Buffer.alloc(4096);
	const descriptor = openSync(dataDisk, "r");
	try {
		readSync(descriptor, head, 0, head.length, 0);
	} finally {
		closeSync(descriptor);
	}
	return fileSystemBytes(head) !== void 0;
}
/**
* qemu-img reads a qcow2 file without loop devices, mounts or an appliance. Not by `qemu-img dd`: what its `count` means
* together with `skip` differs between versions.
*/
async function readMebibyte(overlay, at, to, signal) {
	const file = overlay.replaceAll(",", ",,");
	const source = `${`driver=raw,offset=${at},size=${mebibyte$1}`},file.driver=qcow2,file.file.driver=file,file.file.filename=${file}`;
	await qemuImgOnForeign([
		"convert",
		"-O",
		"raw",
		"--image-opts",
		source,
		to
	], {
		supervised: true,
		timeoutSeconds: 120,
		signal
	});
	return readFileSync(to);
}

// src/vm/disks.ts
const gibibyte$2 = 1024 ** 3;
/** How much larger than the image the guest's disk is: a flavour's root disk seldom has the image's size. */
const extraBytes = 2 * gibibyte$2;
const dataBytes = 2 * gibibyte$2;
/** An overlay over the image, larger than it, and a blank data disk. Neither opens the image. */
async function makeDisks(image, folder, signal) {
	const overlay = join(folder, "overlay.qcow2");
	const dataDisk = join(folder, "data.raw");
	const overlayBytes = image.virtualSizeBytes + extraBytes;
	await run("qemu-img", [
		"create",
		"-q",
		"-u",
		"-f",
		"qcow2",
		"-F",
		image.format,
		"-b",
		image.path,
		overlay,
		String(overlayBytes)
	], {
		supervised: true,
		timeoutSeconds: 60,
		signal
	});
	const descriptor = openSync(dataDisk, "wx");
	ftruncateSync(descriptor, dataBytes);
	closeSync(descriptor);
	return {
		overlay,
		dataDisk,
		overlayBytes
	};
}

// src/vm/firmware.ts
/** Where Debian's and Ubuntu's package ovmf keeps UEFI without Secure Boot: code, and the variables of a new machine. */
const places = [{
	code: "/usr/share/OVMF/OVMF_CODE_4M.fd",
	variables: "/usr/share/OVMF/OVMF_VARS_4M.fd"
}, {
	code: "/usr/share/OVMF/OVMF_CODE.fd",
	variables: "/usr/share/OVMF/OVMF_VARS.fd"
}];
/** @throws EnvironmentError when UEFI is wanted and ovmf is not installed */
function prepareFirmware(kind, folder) {
	if (kind === "bios") return {
		kind,
		log: join(folder, "firmware.log")
	};
	const found = places.find((place) => existsSync(place.code) && existsSync(place.variables));
	if (found === void 0) throw new EnvironmentError(`A boot by UEFI needs the firmware OVMF; none of ${places.map((place) => place.code).join(", ")} exists with its variables. Install the package ovmf ("trove-image setup" does it), or boot with --firmware bios.`);
	const variables = join(folder, "variables.fd");
	copyFileSync(found.variables, variables);
	return {
		kind,
		code: found.code,
		variables
	};
}

// src/vm/relay.ts
/**
* A program for QEMU's guestfwd: it carries one connection of the guest, which it finds on its standard input, to one
* address of the host. Node runs it, so that neither socat nor netcat is needed.
*/
const program = `const { connect, Socket } = require('node:net')
const guest = new Socket({ fd: 0, readable: true, writable: true })
const host = connect({ host: process.argv[2], port: Number(process.argv[3]), noDelay: true })
for (const [from, to] of [[guest, host], [host, guest]]) {
  from.on('error', () => process.exit(0))
  from.on('close', () => process.exit(0))
  from.pipe(to)
}
`;
/** Writes the program and gives the command that QEMU runs for each connection. */
function relayCommand(file, target) {
	writeFileSync(file, program);
	return [
		process.execPath,
		file,
		target.host,
		String(target.port)
	];
}

// src/vm/guest-evidence.ts
const order = [
	"boot",
	"network",
	"configuration-injected",
	"unit-started",
	"user-and-group",
	"volume",
	"docker",
	"broker-connection",
	"rpc"
];
/**
* The last step of the agent's start-up up to which every one is proven. Some prove others: an agent that consumes its
* queue has gone through all before. But a data disk without a file system says more than any of them.
* Source of the order: `main` of trove/cmd/guest.py.
*/
function reachedStep(evidence) {
	const proven = new Set(order.filter((step) => proofs[step](evidence)));
	if (proven.has("rpc")) proven.add("broker-connection");
	if (proven.has("broker-connection")) for (const step of order.slice(0, 7)) proven.add(step);
	if (proven.has("docker")) proven.add("volume");
	if (proven.has("volume")) proven.add("user-and-group");
	if (proven.has("user-and-group")) for (const step of ["configuration-injected", "unit-started"]) proven.add(step);
	if (proven.has("unit-started")) proven.add("boot");
	if (!evidence.dataDiskFormatted) proven.delete("volume");
	let reached = "none";
	for (const step of order) {
		if (!proven.has(step)) break;
		reached = step;
	}
	return reached;
}
const proofs = {
	boot: (evidence) => evidence.loginPrompt || says(evidence, /Reached target (?:multi-user|getty)\.target|Startup finished in /),
	network: (evidence) => says(evidence, /DHCPv4 address \d+\.|ci-info: \|\s*(?!lo\b)\S+\s*\|\s*True\s*\|\s*\d+\.\d+|DHCPACK|bound to \d+\./),
	"configuration-injected": (evidence) => (evidence.disk?.guestInfo ?? "").includes("guest_id="),
	"unit-started": (evidence) => says(evidence, agentStarted()) || agentSays(evidence, /./),
	"user-and-group": (evidence) => agentSays(evidence, /Preparing the storage for/) || managerMade(evidence),
	volume: (evidence) => evidence.dataDiskFormatted && says(evidence, /EXT4-fs \(vdb\): mounted|XFS \(vdb\): (?:Ending clean mount|Mounting)/) || managerMade(evidence),
	docker: (evidence) => managerMade(evidence) && !agentSays(evidence, dockerTrouble),
	"broker-connection": (evidence) => evidence.consuming,
	rpc: (evidence) => evidence.answered
};
const dockerTrouble = /Error while fetching server API version|docker\.errors\.|PermissionError/;
function managerMade(evidence) {
	return agentSays(evidence, /Initializing module driver manager|Creating RPC server for service/);
}
/** Whether console or journal say it. */
function says(evidence, pattern) {
	return evidence.console.some((line) => pattern.test(line)) || (evidence.disk?.journal ?? []).some((l) => pattern.test(l.text));
}
function agentSays(evidence, pattern) {
	return evidence.disk?.agentLog.some((line) => pattern.test(line)) ?? false;
}
/** systemd's NRestarts of the agent's unit, as the journal has it; null when there is no journal. */
function agentRestarts(evidence) {
	if (evidence.disk === void 0 || evidence.disk.journal.length === 0) return null;
	const counter = new RegExp(`${agentUnitPattern}: Scheduled restart job, restart counter is at (\\d+)`);
	return evidence.disk.journal.reduce((most, line) => Math.max(most, Number(counter.exec(line.text)?.[1] ?? 0)), 0);
}

// src/vm/causes.ts
/**
* What agents were seen to die of. Looked for in the agent's log and in the journal; the first that fits is named, so the
* ones that follow from others stand last. Sources: facts measured with trove-guestagent 18 to 25, and Trove's source.
*/
const signatures = [
	{
		pattern: /sudo: (?:a terminal is required|a password is required|.* is not in the sudoers file)|is not allowed to (?:run|execute)/,
		cause: "the agent may not use sudo without a password",
		remedy: "Give its user a file in /etc/sudoers.d: \"USER ALL=(ALL) NOPASSWD: ALL\", mode 0440 (element trove-guest)."
	},
	{
		pattern: /Manager class not registered for datastore manager None|The guest_id parameter is not set/,
		cause: "the agent did not find its configuration: guest_info.conf was not injected or cannot be read",
		remedy: "The owner of injected files (Trove's injected_config_owner, default \"ubuntu\") must exist in the image, cloud-init must know the datasource ConfigDrive, and the agent's unit must read /etc/trove/conf.d."
	},
	{
		pattern: /Manager class not registered for datastore manager \S+/,
		cause: "the agent does not know the datastore's manager",
		remedy: "The agent is older than the datastore, or its registry extension is missing."
	},
	{
		pattern: /unable to resolve host/,
		cause: "the guest's own host name does not resolve",
		remedy: "Set manage_etc_hosts for cloud-init (element trove-guest)."
	},
	{
		pattern: /Failed to add (?:group|user)|(?:GID|UID) 1001 (?:already exists|is not unique)/i,
		cause: "user or group \"database\" could not be made: id 1001 is taken",
		remedy: "Keep uid and gid 1001 free in the image."
	},
	{
		pattern: /Device '?\/dev\/vdb'? is not ready|blockdev: cannot open \/dev\/vdb/,
		cause: "the data disk is not there or cannot be opened",
		remedy: "The image needs the driver virtio_blk, and the agent sudo for blockdev."
	},
	{
		pattern: /mkfs(?:\.\w+)?: .*(?:not found|No such file)|sudo: (?:mkfs|blockdev|dumpe2fs|e2fsck|mount)\S*: command not found/,
		cause: "a program that the agent calls for its volume is missing",
		remedy: "Install e2fsprogs, util-linux and mount, reachable under sudo's secure_path."
	},
	{
		pattern: /PermissionError.*|Permission denied.*docker\.sock/,
		cause: "the agent may not open Docker's socket or one of its own files",
		remedy: "Put the agent's user into the group docker, and give it /etc/trove, /var/log/trove and /opt/trove-guestagent."
	},
	{
		pattern: /Error while fetching server API version|Cannot connect to the Docker daemon/,
		cause: "Docker does not run",
		remedy: "Enable docker.service and order the agent after it; see the journal for why it failed."
	},
	{
		pattern: /transient_nonexcl_queues|541.*INTERNAL_ERROR/,
		cause: "the broker denies the queues that the agent declares; this is not a fault of the image",
		remedy: "Use RabbitMQ 4.2 or older, or let the smoke test choose quorum queues (it does so for its own broker)."
	},
	{
		pattern: /406.*PRECONDITION_FAILED|PRECONDITION_FAILED.*inequivalent arg/,
		cause: "exchange or queue exist at the broker with other properties; this is not a fault of the image",
		remedy: "Use a virtual host of its own."
	},
	{
		pattern: /ACCESS_REFUSED|AccessRefused/,
		cause: "the broker refused the agent; this is not a fault of the image",
		remedy: "Check user, password and virtual host of broker-url."
	},
	{
		pattern: /(?:ModuleNotFoundError|ImportError): .*/,
		cause: "a Python module that the agent needs is missing",
		remedy: "Install the agent with all its dependencies; the module's name stands in the quoted line."
	},
	{
		pattern: /AMQP server on \S+ is unreachable.*|\[Errno (?:110|111|113)\] (?:ECONNREFUSED|EHOSTUNREACH|ETIMEDOUT)/,
		cause: "the agent could not reach the broker; this is a fault of the network, not of the agent",
		remedy: "See whether the guest got an address: 'network' in the timeline, and the journal."
	}
];
/** What is likely wrong, with the line that shows it, and what to do. Empty when all went well. */
function likelyCause(ending, reached, evidence) {
	if (ending.kind === "registered" || ending.kind === "login") return "";
	if (ending.kind === "flood") return "The guest prints on its serial console without end. See the last lines of the console for what does.";
	const found = maskedUnit(evidence) ?? signatureIn(evidence);
	if (found !== void 0) return found;
	if (ending.kind === "console") return `${capital(ending.pattern.meaning)}: ${ending.words}. ${ending.pattern.remedy}`;
	const restarts = agentRestarts(evidence) ?? 0;
	if (restarts >= 3 && reached !== "rpc") return `The agent's unit ends and is started again, over and over (${restarts} times). See the journal under guestLogs.`;
	return byStep[reached];
}
/** What it means that nothing further was proven, when no log says more. */
const byStep = {
	none: "The guest did not come up. See the last lines of the console; a console without a line means that the kernel is not told to use ttyS0.",
	boot: "The guest came up without a network address. The image must ask for DHCP on every interface.",
	network: "The configuration was not injected. cloud-init must know the datasource ConfigDrive, and the owner of the files (default ubuntu:root) must exist in the image.",
	"configuration-injected": "The agent's unit was not started. Enable trove-guestagent.service (upstream: guest-agent.service).",
	"unit-started": "The agent started and did not make its user and group. See its log under guestLogs.",
	"user-and-group": "The agent did not prepare its volume /dev/vdb. See its log under guestLogs.",
	volume: "The agent did not get past Docker. See its log and the journal under guestLogs.",
	docker: "The agent did not connect to the broker. See its log under guestLogs; the network may be at fault.",
	"broker-connection": "The agent consumed its queue, but did not answer rpc_ping twice over one connection.",
	rpc: "The agent answered rpc_ping, but not twice over one connection: it was restarted in between."
};
function maskedUnit(evidence) {
	const masked = Object.entries(evidence.disk?.agentUnits ?? {}).find(([, target]) => target === "/dev/null");
	if (masked === void 0) return void 0;
	return `The agent's unit ${masked[0]} is masked. Remove the link to /dev/null and enable the unit.`;
}
function signatureIn(evidence) {
	const disk = evidence.disk;
	if (disk === void 0) return void 0;
	const fromAgent = disk.journal.filter((line) => /trove|guest-agent|sudo|python/.test(line.from)).map((line) => line.text);
	const lines = [...disk.agentLog, ...fromAgent];
	for (const { pattern, cause, remedy } of signatures) {
		const line = lines.findLast((text) => pattern.test(text));
		if (line !== void 0) return `${capital(cause)}: "${line.trim().slice(0, 300)}". ${remedy}`;
	}
}
function capital(text) {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

// src/vm/smoke-document.ts
/** The steps of the agent's start-up, in order; `reached` names the last one that was proven. */
const startUpSteps = [
	"none",
	"boot",
	"network",
	"configuration-injected",
	"unit-started",
	"user-and-group",
	"volume",
	"docker",
	"broker-connection",
	"rpc"
];
/** `smoke-test.json`: what happened when the image was booted unchanged. Written by smoke-test. */
const smokeTestSchema = object({
	schemaVersion: literal(1),
	image: object({
		name: string(),
		sha256: sha256Schema,
		sha256After: sha256Schema
	}),
	testedAt: datetime(),
	status: _enum(["passed", "failed"]),
	/**
	* `registered` only when the agent answered the control plane twice, at least 60 s apart, over one connection by the
	* broker's own listing; else `none`.
	*/
	level: _enum(["none", "registered"]),
	reached: _enum(startUpSteps),
	/** What ended the wait: `registered`, or the failure that came first (`console: kernel panic` ...). */
	endedBy: string(),
	/** What is likely wrong and what to do; empty when passed. */
	cause: string(),
	firmware: _enum(["bios", "uefi"]),
	accelerator: _enum(["kvm", "tcg"]),
	broker: object({
		product: string(),
		version: string(),
		queueKind: string(),
		own: boolean()
	}),
	/** Seconds since QEMU was started. */
	timeline: array(object({
		event: string(),
		seconds: number()
	})),
	/** Between the two pings; null when no agent was waited for. Absent from documents older than the field. */
	pingIntervalSeconds: int().nullable().optional(),
	/**
	* Whether one connection carried both answers, by the broker's own listing; null when it could not be compared, as with
	* every broker that is not ours. Absent from documents older than the field.
	*/
	sameConnection: boolean().nullable().optional(),
	rootFileSystemGrown: boolean(),
	/** systemd's NRestarts of the agent's unit; null when it could not be read. */
	agentRestarts: int().nullable(),
	/** The console's last lines, when failed. */
	consoleTail: array(string()),
	/** Last lines of the journal and of the agent's log, read from the disk afterwards, when failed. */
	guestLogs: record$1(string(), array(string()))
});

// src/vm/smoke-judgement.ts
const tailLines = {
	console: 60,
	journal: 150,
	agent: 150,
	cloudInit: 40,
	conductor: 60
};
/** Judges a boot. Pure: everything that was seen is in the findings. */
function judge(findings) {
	const { boot, image, until } = findings;
	const evidence = {
		console: boot.console,
		loginPrompt: boot.loginPrompt,
		consuming: boot.moments.some((moment) => moment.event === "consuming"),
		answered: boot.moments.some((moment) => moment.event === "answered"),
		dataDiskFormatted: findings.dataDiskFormatted,
		disk: findings.disk
	};
	const reached = reachedStep(evidence);
	const unchanged = image.sha256 === image.sha256After;
	const arrived = boot.ending.kind === until;
	const volumeMissing = until === "registered" && !findings.dataDiskFormatted;
	const passed = arrived && unchanged && findings.rootFileSystemGrown && !volumeMissing;
	const farApart = findings.pingIntervalSeconds >= 60;
	const causes = [
		likelyCause(boot.ending, reached, evidence),
		unchanged ? "" : "The image file changed while it was being tested; another program writes it.",
		arrived && !findings.rootFileSystemGrown ? "The root file system did not grow into the larger disk. The image needs growpart (cloud-guest-utils), its root partition must be the disk's last, and cloud-init must run the modules growpart and resizefs." : "",
		arrived && volumeMissing ? "The agent answered, but it did not format its volume: the data disk /dev/vdb carries neither ext4 nor XFS. See its log under guestLogs for \"Preparing the storage\"." : ""
	];
	return {
		schemaVersion: 1,
		image,
		testedAt: findings.testedAt,
		status: passed ? "passed" : "failed",
		level: passed && until === "registered" && farApart && findings.sameConnection === true ? "registered" : "none",
		reached,
		endedBy: hide(describeEnding(boot.ending), findings.secrets),
		cause: hide(causes.filter((cause) => cause !== "").join(" "), findings.secrets),
		firmware: findings.firmware,
		accelerator: findings.accelerator,
		broker: findings.broker,
		timeline: [...boot.moments],
		pingIntervalSeconds: until === "registered" ? findings.pingIntervalSeconds : null,
		sameConnection: findings.sameConnection,
		rootFileSystemGrown: findings.rootFileSystemGrown,
		agentRestarts: agentRestarts(evidence) ?? (boot.agentStarts > 0 ? boot.agentStarts - 1 : null),
		consoleTail: passed ? [] : hideAll(boot.console.slice(-tailLines.console), findings.secrets),
		guestLogs: passed ? {} : guestLogs(findings)
	};
}
function guestLogs(findings) {
	const { disk, boot, conductor } = findings;
	const logs = {
		journal: disk ? relevantJournal(disk).slice(-tailLines.journal) : [],
		"trove-guestagent.log": disk ? disk.agentLog.slice(-tailLines.agent) : [],
		"cloud-init.log": disk ? disk.cloudInitLog.filter((line) => /WARNING|ERROR|CRITICAL|Traceback/.test(line)).slice(-tailLines.cloudInit) : [],
		conductor: conductor.slice(-tailLines.conductor),
		console: boot.notes,
		remarks: disk ? disk.remarks : ["the guest's disk was not read"]
	};
	return Object.fromEntries(Object.entries(logs).filter(([, lines]) => lines.length > 0).map(([name, lines]) => [name, hideAll(lines, findings.secrets)]));
}
/** What concerns the agent and what it stands on; a whole journal has thousands of lines. */
function relevantJournal(disk) {
	return disk.journal.filter(({ from, text }) => /trove|guest-agent|docker|containerd|sudo|cloud-init|networkd|networking/.test(from) || /[Ff]ailed|error|cycle|Scheduled restart|trove|guest-agent/.test(text)).map(({ from, text }) => from === "" ? text : `${from}: ${text}`);
}
function hideAll(lines, secrets) {
	return lines.map((line) => hide(line, secrets));
}
function hide(text, secrets) {
	return secrets.reduce((shown, secret) => secret === "" ? shown : shown.replaceAll(secret, "***"), text);
}

// src/vm/smoke.ts
/** Where the guest finds the broker: an address of QEMU's own network that leads to it and nowhere else. */
const guestSide = {
	host: "10.0.2.100",
	port: 5672
};
const memoryMebibytes = 2048;
/** What a smoke test does to the world; other ones in tests. */
const smokeDoors = {
	makeDisks,
	makeConfigDrive,
	prepareFirmware,
	boot,
	isFormatted,
	rootHasGrown,
	readGuestDisk,
	converse: Conversation.open
};
/** What a guest may repeat on its console and in its logs, and nobody may read there. */
function secretsOf(broker) {
	return broker ? passwordForms(broker.address.password) : [];
}
/** Where the guest's console is recorded. */
function consoleIn(folder) {
	return join(folder, "console.log");
}
/**
* Boots an image unchanged as Trove would have Nova boot it, waits for its agent, and judges what was seen.
*
* @throws EnvironmentError, InputError for what is not the image's fault; InterruptedError
*/
async function smoke(request, doors = smokeDoors) {
	const { image, folder, broker, onEvent, signal } = request;
	const guest = {
		guestId: newGuestId(),
		tenantId: randomBytes(16).toString("hex"),
		datastoreManager: request.datastore,
		datastoreVersion: request.datastoreVersion,
		encryptionKey: randomBytes(16).toString("hex")
	};
	const conductor = [];
	if (broker) onEvent({
		kind: "broker",
		broker
	});
	const conversation = broker && await doors.converse({
		address: broker.address,
		queueKind: broker.facts.queueKind,
		guestId: guest.guestId,
		encryptionKey: guest.encryptionKey,
		onCast: (cast) => {
			const text = describeCast(cast);
			conductor.push(...text.split("\n"));
			onEvent({
				kind: "cast",
				text
			});
		}
	});
	let sameConnection = null;
	try {
		const limits = limitsFor(request.accelerator, request.capSeconds);
		const { plan, overlayBytes } = await planMachine(request, guest, doors);
		const register = async (report, own) => {
			if (broker === void 0 || conversation === void 0) return;
			const { consumer } = await awaitRegistration({
				broker,
				conversation,
				intervalSeconds: request.pingIntervalSeconds,
				pingLimitSeconds: limits.pingSeconds,
				onEvent: (event) => {
					report(event.kind);
					if (event.kind === "lost" && event.reason === "the agent connected anew between two pings") sameConnection = false;
					onEvent({
						kind: "registration",
						event
					});
				},
				signal: own
			});
			sameConnection = consumer === void 0 ? null : true;
		};
		const booted = await doors.boot({
			plan,
			limits,
			until: request.until,
			...conversation ? { registration: register } : {},
			onEvent,
			signal
		});
		for (const text of booted.notes) onEvent({
			kind: "note",
			text
		});
		const sizes = {
			imageBytes: image.virtualSizeBytes,
			overlayBytes
		};
		return judge({
			image: {
				name: basename(image.path),
				sha256: request.sha256,
				sha256After: await sha256OfFile(image.path, signal)
			},
			testedAt: (/* @__PURE__ */ new Date()).toISOString(),
			until: request.until,
			firmware: request.firmware,
			accelerator: request.accelerator,
			broker: broker ? {
				...broker.facts,
				own: broker.own
			} : {
				product: "none",
				version: "none",
				queueKind: "none",
				own: true
			},
			boot: booted,
			pingIntervalSeconds: request.pingIntervalSeconds,
			sameConnection,
			dataDiskFormatted: doors.isFormatted(plan.dataDisk),
			rootFileSystemGrown: await doors.rootHasGrown(plan.overlay, folder, sizes, signal),
			disk: booted.ending.kind === "login" ? void 0 : await doors.readGuestDisk(plan.overlay, folder, request.accelerator, signal),
			conductor,
			secrets: secretsOf(broker)
		});
	} finally {
		await conversation?.close();
	}
}
/** Makes the disks and says what the machine is made of. */
async function planMachine(request, guest, doors) {
	const { image, folder, broker, signal } = request;
	const { overlay, dataDisk, overlayBytes } = await doors.makeDisks(image, folder, signal);
	const macAddress = newMacAddress();
	const address = broker?.address ?? {
		host: "",
		port: 0,
		user: "none",
		password: "none",
		virtualHost: "/"
	};
	const configuration = agentConfiguration(address, broker?.facts.queueKind ?? "classic-transient", guestSide);
	const userData = prepareCloudConfig(injectedFiles(guest, configuration), {
		...defaultOwner,
		user: request.guestUser
	});
	const instance = {
		id: guest.guestId,
		name: "trove-smoke-test",
		projectId: guest.tenantId,
		macAddress,
		userData
	};
	return {
		plan: {
			accelerator: request.accelerator,
			processors: 2,
			memoryMebibytes,
			firmware: doors.prepareFirmware(request.firmware, folder),
			image,
			overlay,
			dataDisk,
			configDrive: await doors.makeConfigDrive(configDriveFiles(instance), folder, signal),
			console: consoleIn(folder),
			instanceId: guest.guestId,
			macAddress,
			...broker ? { forward: {
				...guestSide,
				command: relayCommand(join(folder, "relay.cjs"), broker.address)
			} } : {}
		},
		overlayBytes
	};
}

// src/report/smoke-section.ts
/** Events of the timeline whose name alone says too little; the others are printed as they are. */
const words$1 = {
	kernel: "the kernel runs",
	systemd: "systemd runs",
	network: "the guest has an address",
	consuming: "the agent's queue has a consumer, says the broker",
	connected: "the agent's connection stands in the broker's list",
	answered: "rpc_ping answered",
	"answered again": "rpc_ping answered again"
};
/** The section about the boot: how it was done, its timeline, and on failure what the guest said. */
function smokeSection(smokeTest, headingLevel = 2) {
	const { broker, accelerator, firmware, timeline, status } = smokeTest;
	const ownBroker = broker.own ? "started for this test" : "given by the caller";
	return [
		`${"#".repeat(headingLevel)} Boot in a virtual machine`,
		"",
		`The smoke test ${status}. The image was booted unchanged, over an overlay, with ${firmware.toUpperCase()} and ${accelerator === "kvm" ? "KVM" : "software emulation (TCG)"}. The broker was ${plain(broker.product)} ${plain(broker.version)}, ${plain(broker.queueKind)} queues, ${ownBroker}.`,
		"",
		...timeline.length === 0 ? [] : [table(["seconds since power-on:", "event"], timeline.map(({ event, seconds }) => [seconds.toFixed(1), plain(wordsFor(event, smokeTest))]))],
		...status === "passed" ? factsOfPassed(smokeTest) : factsOfFailed(smokeTest)
	].join("\n");
}
/** Only where the broker listed both is it known that one connection carried the two answers. */
function wordsFor(event, { sameConnection }) {
	const told = words$1[event] ?? event;
	return event === "answered again" && sameConnection === true ? `${told}, over the same connection` : told;
}
function factsOfPassed({ rootFileSystemGrown, agentRestarts, ...smokeTest }) {
	return [
		`Root file system grown at first boot: ${rootFileSystemGrown ? "yes" : "no"}. Restarts of the agent's unit: ${agentRestarts === null ? "unknown" : String(agentRestarts)}.`,
		"",
		...remarks(smokeTest)
	];
}
/** What a passed test did not show. */
function remarks({ level, pingIntervalSeconds, sameConnection }) {
	const apart = pingIntervalSeconds ?? null;
	const told = [level === "none" && apart !== null && apart < 60 ? `No level was reached: the two pings were ${apart} s apart, and the level registered takes ${60} s or more.` : "", sameConnection === null && apart !== null ? "The level registered takes one connection that carried both answers; whether one did is not known: the broker could not be asked for its connections." : ""].filter((text) => text !== "");
	return told.length === 0 ? [] : [told.join(" "), ""];
}
function factsOfFailed({ reached, endedBy, cause, consoleTail, guestLogs, timeline }) {
	const last = timeline.at(-1)?.seconds;
	return [
		`Step reached: ${code(reached)}. Ended by: ${plain(endedBy)}${last === void 0 ? "" : ` after ${formatDuration(last)}`}.`,
		"",
		...cause === "" ? [] : [plain(cause), ""],
		...consoleTail.length === 0 ? [] : [
			"Last lines of the console:",
			"",
			block(consoleTail)
		],
		...Object.entries(guestLogs).flatMap(([name, lines]) => lines.length === 0 ? [] : [
			`Last lines of ${code(name)}:`,
			"",
			block(lines)
		])
	];
}

// src/report/sources.ts
/** Rows of the identity table about what was built from checkouts; none when all came from packages. Pure. */
function sourceRows(record) {
	const { agent, dibCheckout } = record;
	return [...agent.source === "local" ? agentRows(agent) : [], ...dibCheckout === null ? [] : [["built by", wordCheckout("openstack/diskimage-builder", dibCheckout)]]];
}
function agentRows({ checkout, constraints }) {
	const { digest, commit } = constraints;
	const requirements = commit === null ? "" : `, openstack/requirements ${code(commit)}`;
	return [["agent built from", wordCheckout("openstack/trove", checkout)], ["constraints", `${code(`sha256:${digest}`)}${requirements}`]];
}
function wordCheckout(project, { commit, describe, branch, modified }) {
	const changes = modified ? "; **with changes that are in no commit**" : "";
	return `${project} ${code(commit)} (${plain(describe)}), branch ${code(branch)}${changes}`;
}

// src/report/steps-section.ts
/** The table of what was done to the image, with durations where a document has them. */
function stepsSection({ record, inspection, smokeTest }) {
	const rows = [];
	const add = (step, result, seconds) => rows.push([
		step,
		result,
		seconds === void 0 ? "" : formatDuration(seconds)
	]);
	if (record) {
		add("**root file system**", `${record.rootFileSystem.packages} packages, diskimage-builder ${plain(record.dibVersion)}`, record.seconds?.rootFileSystem ?? sum(record.phases));
		for (const { name, seconds, hooks } of record.phases) add(`${indent}${plain(name)}`, count(hooks.length, "hook"), seconds);
		add("**disk**", record.files.map((file) => plain(file.name)).join(", "), record.seconds?.disk ?? sum(record.diskSteps));
		for (const { name, seconds } of record.diskSteps) add(`${indent}${plain(name)}`, "", seconds);
	}
	if (inspection) {
		const { passed, failed, waived, unknown } = inspection.counts;
		add("**inspection**", `${passed} passed, ${failed} failed, ${waived} waived${unknown > 0 ? `, ${unknown} unknown` : ""}`);
	}
	if (smokeTest) add("**smoke test**, from power-on", smokeResult(smokeTest), smokeTest.timeline.at(-1)?.seconds);
	if (rows.length === 0) return "";
	return [
		"## What was done",
		"",
		table([
			"step",
			"result",
			"time:"
		], rows)
	].join("\n");
}
function smokeResult({ level, status, reached }) {
	if (level === "registered") return "registered";
	return status === "passed" ? `passed up to ${reached}, no level` : `failed at ${reached}`;
}
const indent = "&emsp;";
function sum(parts) {
	return parts.reduce((total, { seconds }) => total + seconds, 0);
}

// src/report/shell.ts
/** One word of a shell command, quoted only where the shell would read it otherwise. */
function quote(word) {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
/** The name of a file of the current folder as an argument: one that begins with a dash is no option. */
function quoteFile(name) {
	return quote(name.startsWith("-") ? `./${name}` : name);
}
/** A command over several lines: the first word group, then one group a line. */
function commandLines(...groups) {
	const lines = groups.filter((group) => group.length > 0).map((group) => group.join(" "));
	return lines.map((line, index) => `${index === 0 ? "" : "  "}${line}${index === lines.length - 1 ? "" : " \\"}`);
}

// src/report/registration.ts
/** Glance's words for architectures (its metadata definitions, `architecture`), by Debian's. */
const glanceArchitectures = {
	amd64: "x86_64",
	arm64: "aarch64"
};
/** Makes the commands for one image. Pure. */
function registrationOf(subject) {
	const name = quote(imageName(subject.fileName));
	const datastores = subject.series?.datastores ?? [];
	const versionsKnown = datastores.length > 0;
	const offered = versionsKnown ? datastores : commonDatastores;
	const tags = ["trove", ...offered.map((datastore) => datastore.name)].map((tag) => `--tag ${tag}`);
	const leastDiskGib = Math.ceil(subject.virtualSizeBytes / 1024 ** 3);
	return {
		upload: commandLines(["openstack image create", name], [
			"--private --container-format bare",
			`--disk-format ${subject.format}`,
			`--min-disk ${leastDiskGib}`
		], ...properties(subject).map(([key, value]) => [`--property ${quote(`${key}=${value}`)}`]), tags, [`--file ${quoteFile(subject.fileName)}`]),
		flavours: [`openstack flavor list --all --min-disk ${leastDiskGib}`],
		datastoreVersions: offered.flatMap(versionCommand),
		configurationParameters: [`templates=$(python3 -c 'import os, trove; print(os.path.dirname(trove.__file__))')/templates`, ...offered.flatMap((datastore) => commandLines([
			"trove-manage db_load_datastore_config_parameters",
			datastore.name,
			newest(datastore)
		], [`"$templates/${datastore.name}/validation-rules.json"`, `--version ${newest(datastore)}`]))],
		tagLast: [[
			"openstack image set",
			...tags,
			name
		].join(" ")],
		untag: [`openstack image unset --tag trove ${name}`],
		compare: [`openstack image save ${name} | sha256sum`],
		leastDiskGib,
		versionsKnown
	};
}
function properties(subject) {
	const { architecture } = subject;
	return [
		["hw_rng_model", "virtio"],
		["os_type", "linux"],
		["os_distro", subject.distribution],
		["os_version", subject.distributionVersion],
		["architecture", architecture && (glanceArchitectures[architecture] ?? architecture)],
		["trove_guest_agent", subject.agentVersion],
		["trove_image_level", subject.level],
		["trove_image_sha256", subject.sha256]
	].flatMap(([key, value]) => value === void 0 || value === "" ? [] : [[key, value]]);
}
/** The datastore itself is made by Trove when it is missing; a version's number must be the container's tag. */
function versionCommand(datastore) {
	const version = newest(datastore);
	return commandLines([
		"openstack datastore version create",
		version,
		datastore.name,
		datastore.manager,
		"\"\""
	], [`--image-tags trove,${datastore.name} --active --default --version-number ${version}`]);
}
function newest(datastore) {
	return datastore.versions[0] ?? "VERSION";
}
/** The image's name in Glance: the file's without its extension, and without dashes that would make an option of it. */
function imageName(fileName) {
	return fileName.replace(/^-+/, "").replace(/\.(qcow2|raw|img)$/, "");
}

// src/report/use-section.ts
/** The last sections: how to verify the files, and the exact commands that make a cloud use this image. */
function useSections(documents, guest) {
	const { image, record, inventory, level } = documents;
	const registration = registrationOf({
		fileName: image.fileName,
		sha256: image.sha256,
		format: image.format,
		virtualSizeBytes: image.virtualSizeBytes,
		level,
		distribution: inventory?.system.id ?? record?.distribution,
		distributionVersion: inventory?.system.version,
		architecture: record?.architecture ?? inventory?.system.architecture,
		agentVersion: guest?.agent?.version,
		series: guest?.series
	});
	const shell = (lines) => block(lines, "sh");
	return [
		"## Verify",
		"",
		verifyText(documents),
		...settingsSection(guest),
		"## Register",
		"",
		`A flavour for this image needs a root disk of at least ${registration.leastDiskGib} GB, or Nova refuses it ("Flavor's disk is too small for requested image"). These have it:`,
		"",
		shell(registration.flavours),
		"Upload as the Trove service user, in the service project; that user must see the image:",
		"",
		shell(registration.upload),
		...registration.versionsKnown ? versionsIntroduction(guest) : versionsUnknown(guest),
		"",
		shell(registration.datastoreVersions),
		"Then, on a controller, where `trove-manage` reaches Trove's database, load the rules for configuration groups:",
		"",
		shell(registration.configurationParameters),
		"Trove uses the newest active image that has all of a version's tags. Where such versions exist already, leave `--tag`",
		"out of the upload, try the image, and tag it last; to go back to the image before, take a tag away:",
		"",
		shell([...registration.tagLast, ...registration.untag]),
		"What Glance holds must have the digest above:",
		"",
		shell(registration.compare)
	].join("\n");
}
/** How anyone can check that the published bytes are the tested bytes. */
function verifyText(documents) {
	return [
		"The files are whole, and the image is the one that the documents speak of, when the first command says OK for each",
		"and the second prints one digest only:",
		"",
		block(["sha256sum --check SHA256SUMS", oneDigestCommand(documents)], "sh")
	].join("\n");
}
function oneDigestCommand({ image, inspection, smokeTest, documentNames }) {
	const has = (name, document) => document !== void 0 && documentNames.includes(name);
	const files = [...has("inspection.json", inspection) ? ["inspection.json"] : [], "publication.json"];
	const smoke = has("smoke-test.json", smokeTest) ? ["smoke-test.json"] : [];
	return `(sha256sum ${quoteFile(image.fileName)} | cut -d' ' -f1; jq -r '.image | .sha256, .sha256After // empty' ${[...files, ...smoke].join(" ")}) | sort -u`;
}
function versionsIntroduction(guest) {
	const { series, name } = guest?.series ?? {
		series: "",
		name: ""
	};
	const others = (guest?.series?.datastores ?? []).filter(({ versions }) => versions.length > 1).map((datastore) => `${datastore.name} ${datastore.versions.slice(1).join(", ")}`);
	return [`Datastore versions: the newest that upstream lists as tested with ${series} ${name}${others.length > 0 ? ` (it also lists ${others.join("; ")})` : ""}. One image serves all datastores. The version's number must be the tag of the database container. An active version is visible to every tenant, and \`--default\` makes it the one that is used when none is named:`];
}
function versionsUnknown(guest) {
	return [`Datastore versions: upstream lists none as tested with ${guest?.series ? `${guest.series.series} (Trove ${guest.series.trove})` : "this image's agent"}. Put the tag of the database container in place of \`VERSION\`, and leave out the datastores that you do not offer. One image serves all of them. An active version is visible to every tenant, and \`--default\` makes it the one that is used when none is named:`];
}
/** What the control plane must be told because of this image; nothing for an image that fits the defaults. */
function settingsSection(guest) {
	const settings = [];
	if (guest?.agentUser !== void 0 && guest.agentUser !== "ubuntu") settings.push([`The agent runs as ${code(guest.agentUser)}, and Trove gives the files that it injects to \`ubuntu\` by default:`, ["[DEFAULT]", `injected_config_owner = ${guest.agentUser}`]]);
	if (guest?.agent !== void 0 && !guest.hasHostNic) settings.push(["The image has no `docker-hostnic` plugin. With network isolation, which is the default of Trove 2023.2 and newer where there is a management network, a database would not start in it:", ["[network]", "network_isolation = False"]]);
	if (guest?.series !== void 0) {
		const { series, name, upgradeLevel } = guest.series;
		settings.push([`The agent is of ${series === name ? name : `${series} ${name}`}. A control plane that is newer needs:`, ["[upgrade_levels]", `guestagent = ${upgradeLevel}`]]);
	}
	if (settings.length === 0) return [];
	return [
		"## What the control plane must know",
		"",
		"Settings of `trove.conf`, for all of Trove's services:",
		"",
		...settings.flatMap(([why, lines]) => [
			why,
			"",
			block(lines, "ini")
		])
	];
}

// src/report/report.ts
/** What a level means, in words that promise nothing more. */
const meanings = {
	none: "No level was reached. Do not use this image for more than finding out why.",
	inspected: "The image keeps the written contract for a Trove guest. It has not been shown to boot, nor that its agent registers.",
	registered: "The image keeps the written contract for a Trove guest. It was booted unchanged, formatted its data volume, connected to a real message broker and answered the control plane. It was not told to create a database: that, and only that, would make it proven."
};
/** The text of report.md: what the image is, what was shown about it, and the commands to use it. Pure. */
function formatReport(documents) {
	const { inventory, inspection, smokeTest } = documents;
	const guest = inventory && guestOf(inventory, documents.record?.agent);
	return `${[
		`# ${plain(documents.image.fileName)}\n\n${identityTable(documents, guest)}`,
		levelSection(documents),
		stepsSection(documents),
		inspection ? contractSection(inspection) : "",
		smokeTest ? smokeSection(smokeTest) : "",
		inventory ? packagesSection(inventory) : "",
		useSections(documents, guest)
	].filter((section) => section !== "").map((section) => section.trimEnd()).join("\n\n")}\n`;
}
/** What the image is, as a table. */
function identityTable(documents, guest) {
	const { image, record, inventory, level, publishedAt } = documents;
	const { agent, series } = guest ?? {};
	const seriesText = series ? `: ${series.series === series.name ? "" : `${series.series} `}${series.name}` : "";
	const rows = [
		["level", `**${level}**`],
		["SHA-256", code(image.sha256)],
		["size", `${formatSize(image.sizeBytes)} (${image.sizeBytes} bytes), ${image.format}`],
		["virtual size", `${Number((image.virtualSizeBytes / 1024 ** 3).toFixed(2))} GiB`],
		...inventory ? [["system", `${plain(inventory.system.name)}, ${plain(inventory.system.architecture)}`]] : [],
		...agent ? [["guest agent", `${code(agent.packageName)} ${code(agent.version)}${seriesText}`]] : [],
		...record ? sourceRows(record) : [],
		...record ? [
			["recipe", code(record.recipe)],
			["plan", record.planDigest === null ? "unresolved" : code(`sha256:${record.planDigest}`)],
			["build begun", `${record.builtAt}, trove-image ${plain(record.projectVersion)}, diskimage-builder ${plain(record.dibVersion)}`]
		] : [["built", "not by this tool, or its build record (image.json) is missing"]],
		["published", publishedAt.toISOString()]
	];
	return table(["", ""], rows);
}
function levelSection({ level, allowed, documentNames, inspection }) {
	const waived = inspection?.counts.waived ?? 0;
	const overridden = allowed.map(({ name, meaning }) => `- ${code(name)}: ${plain(meaning)}`);
	const files = documentNames.map(code).join(", ");
	return [
		`## Level: ${level}`,
		"",
		meanings[level],
		"",
		...level === "none" || waived === 0 ? [] : [`${count(waived, "rule")} of the contract did not hold and was waived by name.`, ""],
		...overridden.length === 0 ? [] : [
			"**Published in spite of this, because the publisher allowed it by name:**",
			"",
			...overridden,
			""
		],
		...files === "" ? [] : [`What this says is written in ${files}.`, ""]
	].join("\n");
}

// src/report/publication-section.ts
/** The section about a publication: what it is, how to verify it, and the whole report for whoever wants to use it. */
function publicationSection(documents) {
	const { image, inventory } = documents;
	return [
		`### ${plain(image.fileName)}`,
		"",
		identityTable(documents, inventory && guestOf(inventory, documents.record?.agent)),
		"### Verify",
		"",
		verifyText(documents),
		folded("The whole report, with the commands that register the image in a cloud (report.md)", formatReport(documents))
	].join("\n");
}

// src/report/smoke-junit.ts
/**
* A smoke test in the form that test reporters read: each step of the agent's start-up is a test case, the first one that
* was not reached has failed and the later ones were skipped; then what must hold of the disk.
*/
function formatSmokeJunit(smokeTest) {
	const cases = [...stepCases(smokeTest), ...diskCases(smokeTest)];
	const count = (outcome) => cases.filter((entry) => entry.outcome === outcome).length;
	const suite = attributes({
		name: `smoke test of ${smokeTest.image.name}`,
		tests: cases.length,
		failures: count("failed"),
		errors: 0,
		skipped: count("skipped"),
		time: (smokeTest.timeline.at(-1)?.seconds ?? 0).toFixed(3),
		timestamp: smokeTest.testedAt.replace(/\.\d+Z$/, "")
	});
	const body = escapeXml([
		smokeTest.cause,
		"",
		`Ended by: ${smokeTest.endedBy}`,
		"",
		...smokeTest.consoleTail
	].join("\n"));
	return [
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
		"<testsuites>",
		`  <testsuite${suite}>`,
		"    <properties>",
		`      <property${attributes({
			name: "image.sha256",
			value: smokeTest.image.sha256
		})}/>`,
		`      <property${attributes({
			name: "level",
			value: smokeTest.level
		})}/>`,
		"    </properties>",
		...cases.flatMap(({ name, outcome, message }) => {
			const head = `    <testcase${attributes({
				classname: "smoke",
				name,
				time: "0"
			})}`;
			if (outcome === "passed") return [`${head}/>`];
			const inner = outcome === "failed" ? `<failure${attributes({ message })}>${body}</failure>` : `<skipped${attributes({ message })}/>`;
			return [
				`${head}>`,
				`      ${inner}`,
				"    </testcase>"
			];
		}),
		"  </testsuite>",
		"</testsuites>",
		""
	].join("\n");
}
function stepCases(smokeTest) {
	const steps = startUpSteps.slice(1);
	const reached = startUpSteps.indexOf(smokeTest.reached);
	const missing = smokeTest.status === "passed" ? "skipped" : "failed";
	const cases = steps.map((name, index) => {
		if (index < reached) return {
			name,
			outcome: "passed",
			message: ""
		};
		if (index > reached) return {
			name,
			outcome: "skipped",
			message: "an earlier step was not reached"
		};
		return {
			name,
			outcome: missing,
			message: missing === "failed" ? smokeTest.endedBy : "not asked for"
		};
	});
	const registered = smokeTest.endedBy === "registered";
	if (reached < steps.length || registered) return cases;
	return [...cases, {
		name: "registered",
		outcome: "failed",
		message: smokeTest.endedBy
	}];
}
function diskCases({ endedBy, rootFileSystemGrown, image }) {
	const unchanged = image.sha256 === image.sha256After;
	const arrived = endedBy === "registered" || endedBy === "login prompt";
	return [{
		name: "root-file-system-grown",
		outcome: rootFileSystemGrown ? "passed" : arrived ? "failed" : "skipped",
		message: arrived ? "the root file system did not grow into the larger disk" : "the guest did not come that far"
	}, {
		name: "image-unchanged",
		outcome: unchanged ? "passed" : "failed",
		message: `sha256 was ${image.sha256} and is ${image.sha256After}`
	}];
}

// src/report/step-summary.ts
const words = {
	running: "⛔ was killed",
	passed: "✅ passed",
	failed: "❌ failed",
	error: "❌ error",
	cancelled: "🚫 cancelled"
};
/** More lines than this are folded. */
const errorLinesShown = 10;
/** The part of a step: heading, what came of it, what the stage has to tell, the inputs folded. Pure. */
function formatStepSummary(step) {
	return `${[
		`## ${step.stage}: ${words[step.result]} in ${formatDuration(step.seconds)}`,
		step.error === void 0 ? step.lines.map((line) => `- ${plain(line)}`).join("\n") : errorText(step.error),
		...step.sections,
		step.inputs.length === 0 ? "" : folded("Inputs", table(["input", "value"], step.inputs.map(({ name, value }) => [code(name), value.split("\n").map(code).join("<br>")])))
	].map((part) => part.trimEnd()).filter((part) => part !== "").join("\n\n")}\n\n`;
}
/** All stages of a job in one table. Pure. */
function formatStageTable(lines) {
	return [
		"## Stages of this job",
		"",
		table([
			"stage",
			"result",
			"time:",
			""
		], lines.map(({ stage, result, text, seconds }) => [
			code(stage),
			words[result],
			result === "running" ? "" : formatDuration(seconds),
			plain(text)
		])),
		""
	].join("\n");
}
/** GitHub refuses a step's summary of more than 1 MiB altogether: what does not fit is left out, with a word about it. */
function fitSummary(markdown, limitBytes = 1024 ** 2) {
	if (Buffer.byteLength(markdown) < limitBytes) return markdown;
	const note = "\n\nThe rest does not fit into a summary; the documents have it.\n";
	const [heading = "", ...rest] = markdown.split(/\n(?=#{2,3} )/);
	let kept = heading;
	for (const part of rest) {
		if (Buffer.byteLength(kept + part + note) + 1 >= limitBytes) break;
		kept += `\n${part}`;
	}
	return kept + note;
}
function errorText(message) {
	const lines = message.split("\n");
	const text = block(lines, "text");
	if (lines.length <= errorLinesShown) return text;
	return `${plain(lines[0] ?? "")}\n\n${folded(`All ${lines.length} lines of the error`, text)}`;
}

// src/system/accelerator.ts
const emulator = "qemu-system-x86_64";
/** A healthy trial takes some tenths of a second; a busy machine may need ten times as long. */
const longestSeconds = 10;
let measured;
/**
* Runs a boot sector under emulation and under KVM and says which one to use. `/dev/kvm` that exists, opens and even makes a
* virtual CPU may still abort QEMU or be many times slower than emulation (nested hosts), so it is measured. The answer holds
* for the life of this process. A machine without QEMU answers `tcg`; whoever needs QEMU says so when it starts it.
*
* @throws InterruptedError when `signal` aborts
*/
function measureAccelerator(signal) {
	measured ??= measure(signal).catch((error) => {
		measured = void 0;
		throw error;
	});
	return measured;
}
async function measure(signal) {
	if (!existsSync("/dev/kvm")) return {
		accelerator: "tcg",
		reason: "there is no /dev/kvm"
	};
	if (process.arch !== "x64") return {
		accelerator: "tcg",
		reason: `guests are x86_64 and this machine is ${process.arch}: KVM cannot run them`
	};
	const sector = join(makeWorkFolder("accelerator"), "boot-sector");
	writeFileSync(sector, bootSector());
	const emulation = await attempt(sector, "tcg", longestSeconds, signal);
	return chooseAccelerator(emulation, await attempt(sector, "kvm", emulation.outcome === "right" ? Math.max(2, 4 * emulation.seconds) : longestSeconds, signal));
}
/**
* KVM when it gave the right answer and was not clearly slower than emulation. Start-up of QEMU is most of a healthy trial,
* and its time swings on a busy machine, so only more than twice the time counts as slower.
*/
function chooseAccelerator(emulation, kvm) {
	const text = (seconds) => `${seconds.toFixed(2)} s`;
	if (kvm.outcome === "wrong") {
		const other = emulation.outcome === "right" ? `works: ${text(emulation.seconds)}` : `does not work: ${emulation.why}`;
		return {
			accelerator: "tcg",
			reason: `/dev/kvm does not work: ${kvm.why}; emulation ${other}`
		};
	}
	if (emulation.outcome === "wrong") return {
		accelerator: "kvm",
		reason: `/dev/kvm works: ${text(kvm.seconds)} (by emulation: ${emulation.why})`
	};
	const against = `${text(kvm.seconds)} against ${text(emulation.seconds)} by emulation`;
	return kvm.seconds > 2 * emulation.seconds ? {
		accelerator: "tcg",
		reason: `/dev/kvm is slower than emulation: ${against}`
	} : {
		accelerator: "kvm",
		reason: `/dev/kvm works: ${against}`
	};
}
/** `mov al, 16; out 0xf4, al; hlt; jmp $-1`: tells QEMU's isa-debug-exit to end with status 2 x 16 + 1. */
function bootSector() {
	const sector = Buffer.alloc(512);
	Buffer.from([
		176,
		16,
		230,
		244,
		244,
		235,
		253
	]).copy(sector);
	sector.writeUInt16LE(43605, 510);
	return sector;
}
const rightStatus = 33;
async function attempt(sector, accelerator, limitSeconds, signal) {
	const cpu = accelerator === "kvm" ? "host" : "max";
	const args = [
		"-machine",
		`q35,accel=${accelerator}`,
		"-cpu",
		cpu,
		"-m",
		"32",
		"-nodefaults",
		"-no-user-config"
	];
	args.push("-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04");
	args.push("-drive", `file=${sector},format=raw,if=floppy,readonly=on`);
	try {
		const { durationSeconds } = await run(emulator, args, {
			supervised: true,
			timeoutSeconds: limitSeconds,
			graceSeconds: 1,
			signal,
			allowedExitStatuses: [rightStatus]
		});
		return {
			outcome: "right",
			seconds: durationSeconds
		};
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		return {
			outcome: "wrong",
			why: wordsOf$1(error)
		};
	}
}
/** QEMU's own last line, or what became of it. */
function wordsOf$1(error) {
	const lines = error.message.split("\n").map((line) => line.trim());
	const own = lines.slice(lines.indexOf("last lines:") + 1).findLast((line) => line !== "");
	const what = /: (was still running after .*|was ended by a signal|ended with exit status .*)$/.exec(lines[0] ?? "")?.[1];
	if (what === void 0) return lines[0] ?? error.message;
	return own === void 0 || own === lines[0] ? `QEMU ${what}` : `QEMU ${what} (${own})`;
}

// src/stages/build-narrator.ts
/** Tells a build on a platform: a group for each phase, a line for each hook that took time, and what is happening now. */
var BuildNarrator = class {
	#platform;
	#progress;
	#closeGroup;
	#group = Promise.resolve();
	#now = "";
	constructor(platform, progress) {
		this.#platform = platform;
		this.#progress = progress;
	}
	/** Runs work whose events come here; ends its last group and its progress display whatever happens. */
	async follow(work) {
		const ticking = setInterval(() => this.#show(), 1e3);
		ticking.unref();
		try {
			return await work();
		} finally {
			clearInterval(ticking);
			await this.#close();
		}
	}
	dib(event) {
		switch (event.kind) {
			case "phase-started":
				this.#open(`diskimage-builder ${event.phase}`);
				this.#begin(event.phase, event.phase);
				break;
			case "phase-finished":
				this.#progress.finished(event.phase);
				this.#platform.log.info(`${event.phase} took ${formatDuration(event.seconds)}`);
				break;
			case "hook-started":
				this.#begin(partOf(event.hook), partOf(event.hook));
				break;
			case "hook-finished":
				this.#progress.finished(partOf(event.hook));
				if (event.seconds >= 1) this.#platform.log.info(`${wordHook(event.hook)} ${formatDuration(event.seconds)}`);
				break;
			case "package":
				this.#now = `${this.#now.split(": ")[0]}: ${event.action} ${event.name} (${event.number}${event.total === void 0 ? "" : ` of ${event.total}`})`;
				break;
			case "proxy-withheld":
				this.#platform.log.warning(`${event.name} is kept from diskimage-builder, whose hooks would all see it: ${event.reason}`);
				break;
			case "silent": this.#platform.log.info(wordSilence(event));
		}
	}
	disk(event) {
		switch (event.kind) {
			case "step-started":
				this.#begin(`disk/${event.step}`, `disk: ${diskWords[event.step]}`);
				break;
			case "step-finished":
				this.#progress.finished(`disk/${event.step}`);
				this.#platform.log.info(`disk: ${diskWords[event.step]} took ${formatDuration(event.seconds)}`);
		}
	}
	#begin(part, words) {
		this.#progress.started(part);
		this.#now = words;
		this.#show();
	}
	#show() {
		const estimate = this.#progress.estimate();
		if (estimate === void 0) this.#platform.progress({ text: this.#now });
		else {
			const left = `about ${formatDuration(estimate.remainingSeconds)} left`;
			this.#platform.progress({
				text: `${this.#now}, ${left}`,
				fraction: estimate.fraction
			});
		}
	}
	/** A platform's group wraps a piece of work; a phase is one that ends when the next begins. */
	#open(title) {
		this.#closeGroup?.();
		this.#group = this.#platform.group(title, () => new Promise((resolve) => this.#closeGroup = resolve));
	}
	async #close() {
		this.#closeGroup?.();
		this.#closeGroup = void 0;
		await this.#group;
	}
};
const diskWords = {
	unpack: "unpack the root file system",
	mend: "mend and measure it",
	"file-system": "write the file system",
	appliance: "start the appliance",
	"boot-loader": "install the boot loader",
	convert: "write the image files"
};
function partOf(hook) {
	return `${hook.phase}/${hook.name}`;
}
function wordHook(hook) {
	return `${partOf(hook)}${hook.element ? ` of ${hook.element}` : ""}`;
}
/** `no output for 2 min 00 s; install.d/50-x of y runs since 3 min 10 s; last time it took 4 min 05 s` */
function wordSilence(event) {
	const what = event.hook ? wordHook(event.hook) : event.phase ?? "diskimage-builder";
	const last = event.lastTimeSeconds === void 0 ? "no earlier build tells how long it takes" : `last time it took ${formatDuration(event.lastTimeSeconds)}`;
	return `no output for ${formatDuration(event.silentSeconds)}; ${what} runs since ${formatDuration(event.runningSeconds)}; ${last}`;
}

// src/stages/build-tools.ts
const converter = {
	program: "qemu-img",
	args: ["--version"],
	package: "qemu-utils"
};
const diskTools = [
	{
		program: "tar",
		args: ["--version"],
		package: "tar"
	},
	{
		program: "sfdisk",
		args: ["--version"],
		package: "fdisk"
	},
	{
		program: "mke2fs",
		args: ["-V"],
		package: "e2fsprogs"
	},
	{
		program: "guestfish",
		args: ["--version"],
		package: "guestfish (Debian) or libguestfs-tools (Ubuntu)"
	}
];
/**
* The programs that make the disk, each with its version. Asked for before the build: it would be a pity to find one missing
* when the root file system is done.
*
* @throws EnvironmentError
*/
async function toolVersions(plan) {
	const versions = { "disk-image-create": plan.dib.version };
	for (const tool of plan.image.disk === "own" ? [converter, ...diskTools] : [converter]) versions[tool.program] = await versionOf(tool);
	return versions;
}
async function versionOf(tool) {
	try {
		const { stdout, stderr } = await run(tool.program, tool.args);
		return /\d+\.\d+[\w.+~-]*/.exec(stdout || stderr)?.[0] ?? "unknown";
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		throw new EnvironmentError(`${tool.program} makes part of the disk and "${[tool.program, ...tool.args].join(" ")}" failed. Run 'trove-image setup', or install the package ${tool.package}`, { cause: error });
	}
}

// src/stages/failure-logs-field.ts
/** The input of every stage that names files which tell why it failed. */
const failureLogsField = { failureLogs: boolean().default(true).describe("On GitHub, uploads the logs of a failure as an artifact that is kept for 3 days.") };

// src/stages/build-image.ts
const buildInputs$1 = object({
	plan: string().default("out/plan.json").describe("Path of plan.json, written by assemble-elements."),
	output: string().default("out").describe("Folder for the image, image.json and build.log (the whole log of diskimage-builder); made when absent."),
	timeoutMinutes: int().min(1).max(1440).default(60).describe("After so many minutes diskimage-builder is stopped and the hook that was running is named."),
	keepRootFileSystem: boolean().default(false).describe("Also keeps the root file system as a tar beside the image; with the recipe's disk dib there is none."),
	dryRun: boolean().default(false).describe("Checks that the plan can be built here and shows what diskimage-builder would be told; builds nothing."),
	...failureLogsField
});
/** Runs a plan: diskimage-builder makes the root file system, then it becomes a bootable disk image. */
const buildImage = defineStage({
	name: "build-image",
	command: "build-image",
	summary: "Builds the root file system of a plan with diskimage-builder and makes a bootable disk image of it.",
	positional: "plan",
	inputs: buildInputs$1,
	outputs: object({
		image: string().describe("Path of the image: the qcow2 file, or the raw one when only that is built; empty after a dry run."),
		record: string().describe("Path of image.json, the build record; empty after a dry run.")
	}),
	failureFiles: ({ output }) => [join(output, "build.log")],
	run: (inputs, platform, signal) => runBuild(inputs, platform, signal)
});
/** What the stage asks of the world; other ones in tests. */
const realDoors$1 = {
	findDib: findPlanned,
	preflight,
	toolVersions,
	runDib,
	makeDisk
};
/** The stage's work. */
async function runBuild(inputs, platform, signal, doors = realDoors$1) {
	const plan = readDocument(inputs.plan, planSchema);
	const output = resolve(inputs.output);
	const dib = doors.findDib(plan.dib);
	await requirePlanHolds(plan, dib);
	const history = readTimings(plan.image.name);
	await doors.preflight(plan, output, history?.treeBytes);
	const tools = await doors.toolVersions(plan);
	if (inputs.dryRun) return dryRun$1(plan, dib, platform);
	holdOutputFolder(output);
	const builtAt = (/* @__PURE__ */ new Date()).toISOString();
	const narrator = new BuildNarrator(platform, new BuildProgress(history));
	const root = await narrator.follow(() => doors.runDib({
		plan,
		dib,
		logFile: join(output, "build.log"),
		timeoutSeconds: inputs.timeoutMinutes * 60,
		history,
		signal,
		trace: platform.debugging,
		onEvent: (event) => narrator.dib(event)
	}).catch((error) => {
		if (error instanceof DibError) annotateHook(platform, error);
		throw error;
	}));
	if (inputs.keepRootFileSystem && plan.image.disk === "own") await keepCopy(root.file, join(output, `${plan.image.name}.tar`));
	const disk = await narrator.follow(() => doors.makeDisk(plan, root, output, narrator, traceOf(platform), signal));
	rmSync(root.file, { force: true });
	const archive = compareArchive(lockOf(plan, inputs.plan), root.archiveStates);
	if (archive.moved.length > 0) platform.log.warning(wordMovedArchive(archive.moved, root.archiveStates.length));
	const file = join(output, "image.json");
	const record = {
		...await recordOf(plan, root, disk, output, builtAt, tools),
		archiveStates: [...archive.states]
	};
	writeDocument(file, buildRecordSchema, record);
	await platform.summary(buildSection(record));
	const diskParts = Object.fromEntries(disk.steps.map((step) => [`disk/${step.name}`, step.seconds]));
	writeTimings(plan.image.name, {
		parts: {
			...partsOf(root.phases),
			...diskParts
		},
		...disk.tree.bytes > 0 ? { treeBytes: disk.tree.bytes } : {}
	});
	return {
		outputs: {
			image: imageOf(disk, output),
			record: file
		},
		lines: linesOf(inputs.output, root, disk)
	};
}
function findPlanned({ from, version, checkout }) {
	if (checkout !== null) return findCheckoutDib(checkout.contentDigest);
	return findDib(from === "system" ? "system" : "private", version);
}
async function dryRun$1(plan, dib, platform) {
	await platform.group("What diskimage-builder would be told", async () => {
		for (const line of describeCommand(plan, dib)) platform.log.info(line);
	});
	return {
		outputs: {
			image: "",
			record: ""
		},
		lines: [{
			label: "build",
			text: `would build ${plan.image.name} of ${plan.elements.length} elements; nothing was done`
		}]
	};
}
async function preflight(plan, output, lastTreeBytes) {
	if (plan.image.disk === "own") requireRoom(plan.image.sizeBytes);
	await requireDibCanRun(plan, {
		treeBytes: lastTreeBytes ?? usualTreeBytes,
		workFolder: workFolderPlace(),
		cacheFolder: cacheFolder(),
		outputFolder: output
	});
	if (plan.image.formats.includes("qcow2")) await requireCompression(plan.image.compression);
}
async function makeDisk(plan, root, output, narrator, onTrace, signal) {
	const request = {
		name: plan.image.name,
		formats: plan.image.formats,
		compression: plan.image.compression,
		outputFolder: output,
		timeoutSeconds: 1800,
		signal,
		onEvent: narrator.disk.bind(narrator),
		onTrace
	};
	if (plan.image.disk === "dib") return {
		...await buildImages(request, root.file),
		tree: {
			bytes: 0,
			inodes: 0
		},
		packages: 0,
		freeBytes: 0
	};
	const { accelerator } = await measureAccelerator(signal);
	return buildDisk({
		...request,
		archive: root.file,
		sizeBytes: plan.image.sizeBytes,
		seed: plan.digest ?? (/* @__PURE__ */ new Date()).toISOString(),
		accelerator
	});
}
function traceOf(platform) {
	return platform.debugging ? (line) => platform.log.debug(line) : void 0;
}
async function recordOf(plan, root, disk, output, builtAt, tools) {
	const files = [];
	for (const file of disk.files) files.push({
		...file,
		sha256: await sha256OfFile(join(output, file.name))
	});
	return {
		schemaVersion: 1,
		recipe: plan.recipe.name,
		planDigest: plan.digest,
		projectVersion: projectVersion(),
		dibVersion: plan.dib.version,
		dibCheckout: plan.dib.checkout,
		agent: plan.agent,
		builtAt,
		architecture: plan.recipe.architecture,
		distribution: plan.recipe.distribution,
		release: plan.recipe.release,
		files,
		rootFileSystem: {
			sizeBytes: disk.tree.bytes,
			packages: disk.packages
		},
		phases: root.phases.map(({ name, seconds, hooks }) => ({
			name,
			seconds,
			hooks: [...hooks]
		})),
		diskSteps: [...disk.steps],
		seconds: {
			rootFileSystem: root.seconds,
			disk: disk.seconds
		},
		tools
	};
}
/** Undefined when the plan has none, or it has been moved away since. */
function lockOf(plan, planFile) {
	if (plan.lockFile === null) return void 0;
	const file = resolve(dirname(planFile), plan.lockFile);
	return existsSync(file) ? readDocument(file, lockSchema) : void 0;
}
function wordMovedArchive(moved, told) {
	return told === 0 ? "the build did not tell which state of the package archive it used, so it cannot be held against the lock" : `the package archive has moved since the lock was written (${moved.join(", ")}): the image holds newer packages than the lock names; image.json has the states that were used`;
}
/** A remark on the element's file where DIB failed; DIB itself says nothing about it. */
function annotateHook(platform, error) {
	if (error.hook?.file === void 0) return;
	platform.annotate({
		level: "error",
		message: error.message.split("\n")[0] ?? error.message,
		file: error.hook.file,
		...error.hook.line === void 0 ? {} : { line: error.hook.line }
	});
}
function imageOf(disk, output) {
	const file = disk.files.find(({ format }) => format === "qcow2") ?? disk.files[0];
	return join(output, file?.name ?? "");
}
function linesOf(folder, root, disk) {
	const gigabytes = (disk.tree.bytes / 1e9).toFixed(1);
	const tree = disk.tree.bytes > 0 ? `root file system ${gigabytes} GB, ${disk.packages} packages` : "whole disk by DIB";
	const files = disk.files.map(({ name, sizeBytes }) => `${join(folder, name)}  ${Math.round(sizeBytes / 1e6)} MB`);
	return [{
		label: "build",
		text: tree,
		seconds: root.seconds
	}, {
		label: "disk",
		text: files.join(", "),
		seconds: disk.seconds
	}];
}

// src/stages/fetch-base-image.ts
/** Resolves what an image starts from and writes lock.json. */
const fetchBaseImage = defineStage({
	name: "fetch-base-image",
	command: "fetch",
	summary: "Resolves, verifies and locks what an image starts from: the state of the package sources, or a local file.",
	positional: "recipe",
	inputs: object({
		...recipeInputs,
		output: string().default("out").describe("Folder that lock.json is written to; it is made when it is absent.")
	}),
	outputs: object({ lock: string().describe("Path of lock.json.") }),
	check: checkDibInputs,
	async run(inputs, platform, signal) {
		const { recipe, folder } = readRecipe(inputs.recipe, inputs.set);
		const base = recipe.baseFile === void 0 ? await lockSources(recipe, (await chooseDib(inputs, recipe)).dib, platform, signal) : await platform.group("Check the local base", () => resolveLocal(resolve(folder, recipe.baseFile ?? ""), signal));
		const { distribution, release, architecture } = recipe;
		holdOutputFolder(inputs.output);
		const file = join(inputs.output, "lock.json");
		writeDocument(file, lockSchema, {
			schemaVersion: 1,
			createdAt: (/* @__PURE__ */ new Date()).toISOString(),
			distribution,
			release,
			architecture,
			base: base.source === "local" ? {
				...base,
				file: relative(inputs.output, base.file)
			} : base
		});
		return {
			outputs: { lock: file },
			lines: [{
				label: "lock",
				text: summaryOf(base, recipe)
			}]
		};
	}
});
function lockSources(recipe, { elementsFolder }, platform, signal) {
	const { distribution, release, architecture, mirror, securityMirror } = recipe;
	return platform.group("Lock the package sources", () => resolveMinimal({
		distribution,
		release,
		architecture,
		mirror,
		securityMirror,
		elementsFolder
	}, {
		signal,
		onEvent: (event) => platform.log.info(wordEvent(event))
	}));
}
function summaryOf(base, recipe) {
	if (base.source === "local") return `local, ${basename(base.file)} (${base.format}), sha256:${base.sha256.slice(0, 12)}`;
	const newest = base.suites.map((suite) => suite.date.slice(0, 10)).toSorted().at(-1);
	return `minimal, ${archives[recipe.distribution].title}, InRelease of ${newest}`;
}
function wordEvent(event) {
	if (event.kind === "suite") return `${event.suite}: InRelease of ${event.date}, signature good`;
	return `${event.archive === "main" ? "mirror" : "security mirror"}: ${event.mirror.url} (${event.mirror.origin})`;
}

// src/stages/image-input.ts
/** What stages that work on a finished image have in common: the image may come from another job. */
const imageFields = {
	imageArtifact: string().optional().describe("On GitHub, instead of image: number or name of an artifact of this workflow run that holds the image; it is downloaded into the output folder."),
	sha256: string().optional().describe("SHA-256 that the image must have, checked before anything else; with image-artifact it is required, out of the outputs of the job that uploaded it.")
};
/** Pure. @throws InputError when the inputs that say which image contradict each other */
function checkImageInputs({ image, imageArtifact, sha256 }) {
	if (image !== void 0 && imageArtifact !== void 0) throw new InputError(`image ${image} and image-artifact ${imageArtifact} name two images: leave one of them out`);
	if (sha256 !== void 0 && !/^(sha256:)?[0-9a-f]{64}$/.test(sha256)) throw new InputError(`sha256 ${JSON.stringify(sha256)} is none: 64 of 0-9a-f are expected, as sha256sum prints them`);
	if (imageArtifact !== void 0 && sha256 === void 0) throw new InputError("image-artifact needs sha256, so that the image is known to be the one that the other job meant: hand on the output sha256 of that job");
}
/** @throws InputError when no image is given in any way */
function requireImage(path) {
	if (path !== void 0) return path;
	throw new InputError("input \"image\": is required: the path of an image, or image-artifact and sha256 of another job");
}
/**
* The path of the image: the given one, or the artifact's, downloaded. Undefined when neither is given.
*
* @throws EnvironmentError when the artifact cannot be downloaded whole
* @throws InputError when there is no such artifact, or when the bytes are not those with the given SHA-256
*/
async function takeImage(inputs, platform, signal) {
	const path = inputs.imageArtifact === void 0 ? inputs.image : await downloadImage(inputs, platform, signal);
	const expected = inputs.sha256?.replace("sha256:", "");
	if (path === void 0 || expected === void 0) return path;
	platform.progress({ text: `verifying ${path}` });
	const actual = await sha256OfFile(path, signal).catch((error) => {
		signal.throwIfAborted();
		throw new InputError(`image ${path} cannot be read: ${error.message}`);
	});
	if (actual === expected) return path;
	throw new InputError(`image ${path} has sha256 ${actual}, and sha256 ${expected} was asked for: it is another image, or was changed on the way`);
}
async function downloadImage(inputs, platform, signal) {
	const { artifacts } = platform;
	const fault = artifacts.fault();
	if (fault !== void 0) throw new EnvironmentError(`image-artifact ${inputs.imageArtifact}: ${fault}`);
	return platform.group("Download the image", async () => {
		const artifact = await artifacts.find(inputs.imageArtifact ?? "", signal, inputs.sha256?.replace("sha256:", ""));
		return artifacts.download(artifact, inputs.output, signal);
	});
}
/**
* Brings the documents that another job has uploaded about the image.
*
* @throws EnvironmentError when the artifact cannot be downloaded whole
* @throws InputError when there is no such artifact
*/
async function takeDocuments(nameOrId, folder, platform, signal) {
	if (nameOrId === void 0) return;
	const fault = platform.artifacts.fault();
	if (fault !== void 0) throw new EnvironmentError(`documents-artifact ${nameOrId}: ${fault}`);
	await platform.group("Download the documents", async () => {
		const artifact = await platform.artifacts.find(nameOrId, signal);
		const names = await platform.artifacts.downloadFiles(artifact, folder, signal);
		platform.log.info(names.join(" "));
	});
}

// src/stages/inspect-image.ts
/** Reads an image without booting it and judges it against the contract. */
const inspectImage = defineStage({
	name: "inspect-image",
	command: "inspect",
	summary: "Lists what is in an image, without booting or changing it, and judges it against the contract of a Trove guest.",
	positional: "image",
	inputs: object({
		image: string().optional().describe("Path of the image, qcow2 or raw; one that another tool built is welcome. Or give image-artifact."),
		...imageFields,
		output: string().default("out").describe("Folder that inventory.json, inspection.json and inspection.xml are written to; it is made when it is absent."),
		guestUser: string().default("ubuntu").describe("The user that the agent runs as, by default ubuntu; your Trove's injected_config_owner."),
		waive: array(string()).default([]).describe("Exceptions, each \"RULE YYYY-MM-DD REASON\"; after the day the rule counts again. By default none."),
		lock: string().optional().describe("Path of the lock.json that the image was built with: its mirrors must not be in the image. Optional."),
		plan: string().optional().describe("Path of plan.json, whose image-sources are mirrors that guests may use; by default the one beside the lock."),
		previous: string().optional().describe("An earlier image's inventory.json, or the folder that holds it: the summary tells what has changed since. Optional."),
		...failureLogsField
	}),
	outputs: object({
		inventory: string().describe("Path of inventory.json."),
		inspection: string().describe("Path of inspection.json; inspection.xml is beside it.")
	}),
	check(inputs) {
		checkImageInputs(inputs);
		requireImage(inputs.image ?? inputs.imageArtifact);
		parseWaivers(inputs.waive);
	},
	failureFiles: ({ output }) => ["inspection.json", "inspection.xml"].map((name) => join(output, name)),
	async run(inputs, platform, signal) {
		const waivers = parseWaivers(inputs.waive);
		const buildMirrors = readBuildMirrors(inputs.lock, inputs.plan);
		const previous = inputs.previous === void 0 ? void 0 : readPrevious(inputs.previous);
		const image = requireImage(await takeImage(inputs, platform, signal));
		const startedAt = performance.now();
		const inventory = await platform.group("Read the image", () => readImage(image, platform, signal));
		const inspection = inspect(inventory, {
			guestUser: inputs.guestUser,
			buildMirrors,
			waivers,
			now: /* @__PURE__ */ new Date()
		});
		makeOutputFolder(inputs.output);
		const file = (name) => join(inputs.output, name);
		writeDocument(file("inventory.json"), inventorySchema, inventory);
		writeDocument(file("inspection.json"), inspectionSchema, inspection);
		writeFileSync(file("inspection.xml.new"), formatJunit(inspection, (performance.now() - startedAt) / 1e3));
		renameSync(file("inspection.xml.new"), file("inspection.xml"));
		if (buildMirrors === null) platform.log.info("no-build-mirror: without --lock there is no mirror to compare with");
		for (const line of inspectionTable(inspection)) logLine(platform, line);
		const text = inspectionCounts(inspection);
		await platform.summary(contractSection(inspection, 3));
		const difference = previous && differenceBetween(previous, inventory);
		if (difference) await platform.summary(differenceSection(difference));
		return {
			outputs: {
				inventory: file("inventory.json"),
				inspection: file("inspection.json")
			},
			lines: [{
				label: "inspect",
				text
			}, ...difference ? [{
				label: "changes",
				text: differenceWords(difference)
			}] : []],
			verdict: {
				status: inspection.status,
				text: verdictText$1(inspection, text)
			}
		};
	}
});
/** What the lock and the plan beside it tell of mirrors; null without a lock. */
function readBuildMirrors(lock, plan) {
	if (lock === void 0) return null;
	const beside = join(dirname(lock), "plan.json");
	const file = plan ?? (existsSync(beside) ? beside : void 0);
	const imageSources = file === void 0 ? [] : readDocument(file, planSchema).recipe.imageSources ?? [];
	return buildMirrorsOf(readDocument(lock, lockSchema), imageSources);
}
/** The inventory of an earlier image, of which only packages and sizes are read: it may be of an older version of this tool. */
function readPrevious(path) {
	const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
	return readDocument(isFolder ? join(path, "inventory.json") : path, comparedInventorySchema);
}
/** Probes, digests and reads the image; the digest is made while the appliance starts. */
async function readImage(path, platform, signal) {
	const image = await probeImage(path, signal);
	const { accelerator, reason } = await measureAccelerator(signal);
	platform.log.debug(`accelerator of the appliance: ${accelerator}, ${reason}`);
	platform.progress({ text: `starting libguestfs' appliance (${accelerator})` });
	const [sha256, session] = await together(signal, [(linked) => sha256OfFile(image.path, linked), (linked) => GuestfsSession.open({
		image: image.path,
		format: image.format,
		access: "read-only",
		accelerator,
		signal: linked,
		onTrace: platform.debugging ? (line) => platform.log.debug(line) : void 0,
		onCommand: ({ command, seconds }) => platform.log.debug(`guestfish ${seconds.toFixed(2)} s  ${command}`)
	})]);
	platform.progress({ text: "reading packages, units, users, files" });
	const facts = {
		name: basename(path),
		sha256,
		format: image.format,
		sizeBytes: image.sizeBytes,
		virtualSizeBytes: image.virtualSizeBytes
	};
	const inventory = await collectInventory(session, facts, signal).finally(() => session.close());
	const { packages, units, files, system } = inventory;
	platform.log.info(`${system.name}, ${packages.length} packages, ${units.length} units, ${files.length} files that matter`);
	return inventory;
}
function logLine(platform, line) {
	if (line.startsWith("failed") || line.startsWith("unknown")) platform.log.error(line);
	else if (line.startsWith("waived")) platform.log.warning(line);
	else platform.log.info(line);
}
function verdictText$1(inspection, counts) {
	const first = inspection.results.find(({ status }) => status === "failed" || status === "unknown");
	return first === void 0 ? counts : `${counts}; first: ${first.rule} (${first.evidence[0] ?? first.title})`;
}

// src/publish/evidence.ts
/** The part of the inventory that a publication speaks of. */
const guestInventorySchema = inventorySchema.pick({
	image: true,
	system: true,
	packages: true,
	kernels: true,
	units: true
});
/**
* Reads the documents about the bytes with one digest. Of several in different folders the first that speaks of them counts.
*
* @throws InputError when a document cannot be read, or a given build record is of another image
*/
function collectEvidence(sha256, places) {
	const find = (name, given, schema, speaksOf) => {
		const found = (given === void 0 ? places.folders.map((folder) => join(folder, name)).filter(existsSync) : [given]).map((path) => {
			const content = readDocument(path, schema);
			return {
				path,
				content,
				own: speaksOf(content)
			};
		});
		return found.find(({ own }) => own) ?? found[0];
	};
	const named = ({ image }) => image.sha256 === sha256;
	const inspection = find("inspection.json", places.inspection, inspectionSchema, named);
	const smokeTest = find("smoke-test.json", places.smokeTest, smokeTestSchema, named);
	const record = find("image.json", places.record, buildRecordSchema, ({ files }) => files.some((file) => file.sha256 === sha256));
	if (record && !record.own && places.record !== void 0) throw new InputError(`record ${places.record} is not of this image: none of its files has sha256 ${sha256}; give the image.json that build-image wrote with it, or leave it out`);
	const beside = (document, name) => document?.own ? join(dirname(document.path), name) : void 0;
	const inventoryPath = beside(inspection, "inventory.json");
	const inventory = inventoryPath !== void 0 && existsSync(inventoryPath) ? find("inventory.json", inventoryPath, guestInventorySchema, named) : void 0;
	const candidates = [
		["image.json", record?.own ? record.path : void 0],
		["inventory.json", inventory?.own ? inventory.path : void 0],
		["inspection.json", inspection?.own ? inspection.path : void 0],
		["inspection.xml", beside(inspection, "inspection.xml")],
		["smoke-test.json", smokeTest?.own ? smokeTest.path : void 0],
		["smoke-test.xml", beside(smokeTest, "smoke-test.xml")]
	];
	return {
		inspection: inspection?.content,
		smokeTest: smokeTest?.content,
		record: record?.own ? record.content : void 0,
		inventory: inventory?.own ? inventory.content : void 0,
		files: candidates.flatMap(([name, path]) => path !== void 0 && existsSync(path) ? [{
			name,
			path
		}] : [])
	};
}

// src/publish/proof.ts
/** Why an image is not fit for publication, with what to do about it. The names are what `allow` takes. */
const proofFaults = {
	"not-inspected": "nothing says that it was inspected; run: trove-image inspect IMAGE",
	"inspected-other-image": "the inspection is of other bytes; inspect this file: trove-image inspect IMAGE",
	"inspection-failed": "it breaks the contract; see inspection.json, mend the recipe or waive the rule there",
	"not-smoke-tested": "nothing says that it was booted; run: trove-image smoke IMAGE",
	"smoke-tested-other-image": "the smoke test is of other bytes; boot this file: trove-image smoke IMAGE",
	"smoke-test-failed": "its agent did not register, or not as the level demands; see smoke-test.json",
	"changed-by-smoke-test": "the file was not the same after the smoke test as before; build and test it again"
};
/**
* Judges an image by its documents alone. A level includes the ones below it, and a document counts only for the bytes
* that it names: a smoke test of an image that was never inspected gives no level.
*/
function proofOf(sha256, inspection, smokeTest) {
	const inspectionFault = faultOfInspection(sha256, inspection);
	const smokeFault = faultOfSmokeTest(sha256, smokeTest);
	const faults = [inspectionFault, smokeFault].filter((fault) => fault !== void 0);
	if (inspectionFault !== void 0) return {
		level: "none",
		faults
	};
	return {
		level: smokeFault === void 0 ? "registered" : "inspected",
		faults
	};
}
function faultOfInspection(sha256, inspection) {
	if (inspection === void 0) return "not-inspected";
	if (inspection.image.sha256 !== sha256) return "inspected-other-image";
	return inspection.status === "passed" ? void 0 : "inspection-failed";
}
function faultOfSmokeTest(sha256, smokeTest) {
	if (smokeTest === void 0) return "not-smoke-tested";
	const { image } = smokeTest;
	if (image.sha256 !== image.sha256After) return "changed-by-smoke-test";
	if (image.sha256 !== sha256) return "smoke-tested-other-image";
	const { status, level, sameConnection } = smokeTest;
	return status === "passed" && level === "registered" && sameConnection === true ? void 0 : "smoke-test-failed";
}
/**
* Refuses what is not proven unless each fault is allowed by its name; gives the faults that were allowed.
*
* @throws InputError that names every fault that stands in the way and how to allow it
*/
function requireProof(imageName, proof, allow) {
	const standing = proof.faults.filter((fault) => !allow.includes(fault));
	if (standing.length > 0) throw new InputError([
		`image ${imageName} is not published; nothing was written:`,
		...standing.map((fault) => `  ${fault}: ${proofFaults[fault]}`),
		`To publish it all the same, say so by name: ${standing.map((fault) => `--allow ${fault}`).join(" ")}`
	].join("\n"));
	return [...proof.faults];
}
/** @throws InputError for a name that `allow` does not know */
function checkAllowed(allow) {
	const unknown = allow.filter((name) => !Object.hasOwn(proofFaults, name));
	if (unknown.length === 0) return;
	throw new InputError(`input "allow": unknown ${unknown.map((name) => `"${name}"`).join(", ")}; legal are ${Object.keys(proofFaults).join(", ")}`);
}

// src/publish/publication.ts
/** What has been shown about an image. Only `database`, which this version does not reach yet, may be called proven. */
const proofLevels = [
	"none",
	"inspected",
	"registered"
];
/** `publication.json`: what was published, with the level that was reached. Written by publish-image, after all else. */
const publicationSchema = object({
	schemaVersion: literal(1),
	publishedAt: datetime(),
	recipe: string().nullable(),
	level: _enum(proofLevels),
	/** What would have kept the image from being published, had the caller not allowed it by name. */
	allowed: array(string()),
	image: object({
		name: string(),
		sha256: sha256Schema,
		sizeBytes: int()
	}),
	/** Every file of the publication but this one; names relative to it. */
	files: array(object({
		name: string(),
		sha256: sha256Schema
	}))
});

// src/publish/checksums.ts
/**
* The text of SHA256SUMS, as `sha256sum -c` reads it. A name with a backslash or a line end is escaped and its line begins
* with a backslash (coreutils manual, "md5sum invocation").
*/
function formatChecksums(files) {
	return files.map(({ name, sha256 }) => {
		const escaped = name.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r");
		return `${escaped === name ? "" : "\\"}${sha256}  ${escaped}\n`;
	}).join("");
}

// src/publish/image-copy.ts
const chunkBytes = 1 << 20;
const zeros = Buffer.alloc(chunkBytes);
/**
* Copies an image's bytes to a new file and waits until they are on the disk. Whole blocks of zeros become holes: a raw
* image is mostly empty.
*/
async function copyImage(from, to, options = {}) {
	const source = await open(from, "r");
	try {
		const target = await open(to, "wx", 420);
		try {
			await copyBytes(source, target, options);
			await target.sync();
		} finally {
			await target.close();
		}
	} finally {
		await source.close();
	}
}
async function copyBytes(source, target, { signal, onBytes }) {
	const buffer = Buffer.alloc(chunkBytes);
	let position = 0;
	for (;;) {
		signal?.throwIfAborted();
		const { bytesRead } = await source.read(buffer, 0, chunkBytes, position);
		if (bytesRead === 0) break;
		const chunk = buffer.subarray(0, bytesRead);
		if (!chunk.equals(zeros.subarray(0, bytesRead))) await writeAll(target, chunk, position);
		position += bytesRead;
		onBytes?.(position);
	}
	await target.truncate(position);
}
async function writeAll(target, chunk, position) {
	let done = 0;
	while (done < chunk.length) {
		const { bytesWritten } = await target.write(chunk, done, chunk.length - done, position + done);
		done += bytesWritten;
	}
}

// src/publish/publication-folder.ts
const publicationName = "publication.json";
/**
* Publishes an image into a folder: the image, its documents, report.md, SHA256SUMS, and last of all publication.json. All
* content waits under temporary names until the bytes are known to be the tested ones; what then follows are renames
* within the folder, without a point at which they could be interrupted but by SIGKILL, and that leaves no publication.json.
*
* @throws EnvironmentError when the folder cannot be written or the bytes are not the tested ones
*/
async function publishToFolder(request, onEvent, signal) {
	return wordFaults(request.folder, async () => {
		const folder = prepareFolder(request);
		const image = await stageImage(request, folder, onEvent, signal);
		const covered = [
			image,
			...request.documents.map((document) => stageDocument(document, folder)),
			stageText("report.md", request.report, folder)
		];
		const files = [...covered, stageText("SHA256SUMS", formatChecksums(covered), folder)];
		const publication = {
			schemaVersion: 1,
			publishedAt: request.publishedAt.toISOString(),
			recipe: request.recipe,
			level: request.level,
			allowed: [...request.allowed],
			image: {
				name: image.name,
				sha256: image.sha256,
				sizeBytes: statSync(image.waiting ?? request.image).size
			},
			files: files.map(({ name, sha256: digest }) => ({
				name,
				sha256: digest
			}))
		};
		const text = `${JSON.stringify(publicationSchema.parse(publication), null, 2)}\n`;
		const superseded = await supersededFiles(publication, folder, signal);
		commit(files, stageText(publicationName, text, folder), superseded.documents, folder);
		for (const name of superseded.images) onEvent({
			kind: "left",
			name
		});
		return publication;
	});
}
function prepareFolder({ folder, image }) {
	try {
		mkdirSync(folder, { recursive: true });
	} catch (error) {
		throw new InputError(`output ${folder} cannot be made or is no folder: ${error.message}`);
	}
	const whole = realpathSync(folder);
	const place = join(whole, basename(image));
	if (existsSync(place) && lstatSync(place).isDirectory()) throw new InputError(`output ${folder} has a folder where the image belongs: ${place}; name another output`);
	return whole;
}
async function stageImage({ image, imageSha256 }, folder, onEvent, signal) {
	const name = basename(image);
	let waiting;
	if (dirname(realpathSync(image)) !== folder) {
		const { size, blocks } = statSync(image);
		requireSpace(folder, Math.min(size, blocks * 512));
		waiting = waitingPath(name, folder);
		const onBytes = (bytes) => onEvent({
			kind: "copying",
			bytes,
			totalBytes: size
		});
		await copyImage(image, waiting, {
			signal,
			onBytes
		});
	}
	onEvent({
		kind: "verifying",
		name
	});
	const digest = await sha256OfFile(waiting ?? image, signal);
	if (digest !== imageSha256) throw new EnvironmentError(`${name} was not published: its bytes in ${folder} have sha256 ${digest}, those tested had ${imageSha256}. The file was changed meanwhile, or the disk returns other bytes than were written; inspect and smoke-test it again.`);
	return {
		name,
		sha256: digest,
		...waiting === void 0 ? {} : { waiting }
	};
}
function stageDocument({ name, path }, folder) {
	const content = readFileSync(path);
	if (realpathSync(path) === join(folder, name)) return {
		name,
		sha256: sha256(content)
	};
	return stageText(name, content, folder);
}
function stageText(name, content, folder) {
	const waiting = waitingPath(name, folder);
	writeFileSync(waiting, content, { flush: true });
	return {
		name,
		sha256: sha256(content),
		waiting
	};
}
/** A new name in the folder itself, so that the rename stays within one file system; journalled before it is used. */
function waitingPath(name, folder) {
	const path = join(folder, `.${name}.${randomBytes(4).toString("hex")}.new`);
	recordFile(path);
	return path;
}
function commit(files, last, superseded, folder) {
	rmSync(join(folder, publicationName), { force: true });
	for (const name of superseded) rmSync(join(folder, name), { force: true });
	for (const { name, waiting } of [...files, last]) if (waiting !== void 0) renameSync(waiting, join(folder, name));
	for (const { waiting } of [...files, last]) if (waiting !== void 0) forget({
		kind: "file",
		path: waiting
	});
}
function readEarlier(folder) {
	try {
		return publicationSchema.parse(JSON.parse(readFileSync(join(folder, publicationName), "utf8")));
	} catch {
		return;
	}
}
/**
* Files of the folder's earlier publication that the new one does not have. Documents go, when they still are what was
* published then: beside another image they would be read as its proof. An image is never removed.
*/
async function supersededFiles(publication, folder, signal) {
	const earlier = readEarlier(folder);
	const documents = [];
	const images = [];
	for (const { name, sha256: digest } of earlier?.files ?? []) {
		const path = join(folder, name);
		if (publication.files.some((file) => file.name === name) || basename(name) !== name || !existsSync(path)) continue;
		if (name === earlier?.image.name) images.push(name);
		else if (await sha256OfFile(path, signal) === digest) documents.push(name);
	}
	return {
		documents,
		images
	};
}
function requireSpace(folder, bytes) {
	const free = freeBytes(folder);
	if (free >= bytes) return;
	const mebibytes = (count) => `${Math.ceil(count / 1024 ** 2)} MiB`;
	throw new EnvironmentError(`${folder} has ${mebibytes(free)} free, and the image needs ${mebibytes(bytes)}: free some space, name another output, or publish into the image's own folder, which copies nothing`);
}
const causes = {
	ENOSPC: "the disk is full",
	EDQUOT: "the disk quota is used up",
	EACCES: "this user may not write there",
	EPERM: "this user may not write there",
	EROFS: "it is mounted read-only",
	EIO: "the disk reports an error"
};
async function wordFaults(folder, work) {
	try {
		return await work();
	} catch (error) {
		const { code = "", message } = error;
		const cause = causes[code];
		if (cause === void 0) throw error;
		throw new EnvironmentError(`output ${folder} cannot be written: ${cause} (${message})`, { cause: error });
	}
}

// src/stages/publication-upload.ts
/** When a publication is uploaded: `auto` where the platform has artifacts, `always` or not at all. */
const uploadChoices = [
	"auto",
	"always",
	"never"
];
const nothingUploaded = {
	imageArtifact: "",
	imageArtifactId: "",
	documentsArtifact: "",
	documentsArtifactId: "",
	documentsArtifactDigest: ""
};
/**
* Whether a publication is to be uploaded. Asked before anything is written.
*
* @throws EnvironmentError when it is to be and cannot
*/
function willUpload(choice, { artifacts }) {
	if (choice === "never" || choice === "auto" && !artifacts.isKnown) return false;
	const fault = artifacts.fault();
	if (fault !== void 0) throw new EnvironmentError(`upload ${choice}: ${fault}`);
	return true;
}
/** The second artifact's name: `trove-guest-debian-trixie-amd64-documents` beside `trove-guest-debian-trixie-amd64.qcow2`. */
function documentsName(imageName) {
	return `${basename(imageName, extname(imageName))}-documents`;
}
/**
* Uploads a published folder: the image as it is, under its own file name, which is all the name that such an artifact can
* have; everything else as a second artifact.
*/
async function uploadPublication({ publication, image, folder }, retentionDays, platform, signal) {
	const { artifacts, log } = platform;
	const { name, sha256 } = publication.image;
	const files = [...publication.files.map((file) => file.name).filter((file) => file !== name), "publication.json"];
	const [uploaded, documents] = await platform.group("Upload the image and its documents", async () => [await artifacts.upload({
		file: image,
		sha256,
		retentionDays
	}, signal), await artifacts.upload({
		name: documentsName(name),
		folder,
		files,
		retentionDays
	}, signal)]);
	for (const artifact of [uploaded, documents]) if (artifact) log.info(describe$1(artifact));
	return {
		imageArtifact: uploaded?.name ?? "",
		imageArtifactId: String(uploaded?.id ?? ""),
		documentsArtifact: documents?.name ?? "",
		documentsArtifactId: String(documents?.id ?? ""),
		documentsArtifactDigest: documents?.sha256 ?? ""
	};
}
function describe$1({ name, id, sizeBytes, sha256 }) {
	return `artifact ${name} (${id}), ${Math.ceil(sizeBytes / 1e6)} MB, sha256 ${sha256}`;
}

// src/stages/publish-image.ts
/** Puts an image with its documents into a folder, when these show that it may be published. */
const publishImage = defineStage({
	name: "publish-image",
	command: "publish",
	summary: "Puts a tested image with checksums, its documents and a report with the commands for it into a folder.",
	positional: "image",
	inputs: object({
		image: string().optional().describe("The image file; by default the first one that image.json in the output folder names."),
		...imageFields,
		documentsArtifact: string().optional().describe("On GitHub: number or name of the artifact with the documents that an earlier job has uploaded; they are downloaded into the output folder, where newer ones stay."),
		output: string().default("out").describe("Folder to publish into, made when it is absent; the image's own folder is published without a copy."),
		inspection: string().optional().describe("Path of inspection.json; by default the one beside the image or in the output folder that names it."),
		smokeTest: string().optional().describe("Path of smoke-test.json; by default the one beside the image or in the output folder that names it."),
		record: string().optional().describe("Path of image.json; by default the one beside the image or in the output folder that names it."),
		allow: array(string()).default([]).describe(`What may be wrong with the image, each by name: ${Object.keys(proofFaults).join(", ")}.`),
		upload: _enum(uploadChoices).default("auto").describe("Whether the image and its documents are also uploaded, as two artifacts of the workflow run; auto does it on GitHub."),
		retentionDays: int().min(0).max(90).default(0).describe("Days until the artifacts are deleted, 1 to 90; 0 takes the repository's own setting, which is the most."),
		dryRun: boolean().default(false).describe("Checks that the image may be published and shows what would be written where; writes nothing.")
	}),
	outputs: object({
		publication: string().describe("Path of publication.json; empty after a dry run."),
		level: _enum(proofLevels).describe("The level that was reached: none, inspected or registered."),
		sha256: string().describe("SHA-256 of the image; a job that takes the image is given it and verifies it."),
		imageArtifact: string().describe("Name of the image's artifact, which is its file name; empty when nothing was uploaded."),
		imageArtifactId: string().describe("Number of the image's artifact; its digest is that of the image."),
		documentsArtifact: string().describe("Name of the artifact with the documents, the checksums and the report."),
		documentsArtifactId: string().describe("Number of the documents' artifact."),
		documentsArtifactDigest: string().describe("SHA-256 of the documents' artifact, a zip archive.")
	}),
	check(inputs) {
		checkImageInputs(inputs);
		checkAllowed(inputs.allow);
		if (inputs.dryRun && (inputs.imageArtifact ?? inputs.documentsArtifact) !== void 0) throw new InputError("dry-run writes nothing, so it cannot download an artifact: leave one of them out");
	},
	async run(inputs, platform, signal) {
		const isUploaded = willUpload(inputs.upload, platform);
		const taken = await takeImage(inputs, platform, signal);
		await takeDocuments(inputs.documentsArtifact, inputs.output, platform, signal);
		const image = resolveImage(taken, inputs.output);
		const name = basename(image);
		platform.progress({ text: `reading ${name}` });
		const sha256 = await sha256OfFile(image, signal);
		const evidence = collectEvidence(sha256, {
			folders: [.../* @__PURE__ */ new Set([dirname(image), inputs.output])],
			inspection: inputs.inspection,
			smokeTest: inputs.smokeTest,
			record: inputs.record
		});
		const proof = proofOf(sha256, evidence.inspection, evidence.smokeTest);
		const allowed = requireProof(name, proof, inputs.allow);
		if (inputs.dryRun) return dryRun(name, sha256, inputs.output, proof.level, evidence, platform);
		const publishedAt = /* @__PURE__ */ new Date();
		const documents = {
			image: await describeImage(image, sha256, evidence, signal),
			level: proof.level,
			allowed: allowed.map((fault) => ({
				name: fault,
				meaning: proofFaults[fault]
			})),
			publishedAt,
			record: evidence.record,
			inventory: evidence.inventory,
			inspection: evidence.inspection?.image.sha256 === sha256 ? evidence.inspection : void 0,
			smokeTest: evidence.smokeTest?.image.sha256 === sha256 ? evidence.smokeTest : void 0,
			documentNames: evidence.files.map((file) => file.name)
		};
		const report = formatReport(documents);
		const publication = await publishToFolder({
			image,
			imageSha256: sha256,
			folder: inputs.output,
			recipe: evidence.record?.recipe ?? null,
			level: proof.level,
			allowed,
			documents: evidence.files,
			report,
			publishedAt
		}, (event) => tell$1(event, inputs.output, platform), signal);
		for (const fault of allowed) platform.log.warning(`published although ${fault}: ${proofFaults[fault]}`);
		await platform.summary(publicationSection(documents));
		const published = {
			publication,
			image: join(inputs.output, name),
			folder: inputs.output
		};
		const uploaded = isUploaded ? await uploadPublication(published, inputs.retentionDays, platform, signal) : nothingUploaded;
		const files = [
			"SHA256SUMS",
			...evidence.files.map((file) => file.name).filter((file) => !file.endsWith(".xml")),
			"report.md"
		].join(" ");
		return {
			outputs: {
				publication: join(inputs.output, "publication.json"),
				level: proof.level,
				sha256,
				...uploaded
			},
			lines: [{
				label: "publish",
				text: `${inputs.output.replace(/\/*$/, "/")}  level: ${proof.level}   ${files}`
			}]
		};
	}
});
function dryRun(image, sha256, output, level, evidence, platform) {
	const names = [
		image,
		...evidence.files.map((file) => file.name),
		"report.md",
		"SHA256SUMS",
		"publication.json"
	];
	platform.log.info(`would write to ${output}: ${names.join(" ")}`);
	return {
		outputs: {
			publication: "",
			level,
			sha256,
			...nothingUploaded
		},
		lines: [{
			label: "publish",
			text: `would publish to ${output}  level: ${level}; nothing was done`
		}]
	};
}
/** The absolute path of the image's file itself, whatever links lead to it. */
function resolveImage(given, output) {
	const path = given ?? builtImage(output);
	try {
		const real = realpathSync(path);
		if (statSync(real).isFile()) return real;
	} catch (error) {
		throw new InputError(`image ${path} cannot be read: ${error.message}`);
	}
	throw new InputError(`image ${path} is not a regular file; name the image file itself`);
}
function builtImage(output) {
	const path = join(output, "image.json");
	let record;
	try {
		record = readDocument(path, buildRecordSchema);
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		throw new InputError(`no image is named, and ${error.message}; name one: trove-image publish IMAGE`);
	}
	const [first] = record.files;
	if (first === void 0) throw new InputError(`${path} names no image; name one: trove-image publish IMAGE`);
	return join(output, first.name);
}
/** Format and virtual size as the build or the inspection wrote them down; an image without either is looked at. */
async function describeImage(image, sha256, { record, inventory }, signal) {
	const { format, virtualSizeBytes } = record?.files.find((file) => file.sha256 === sha256) ?? inventory?.image ?? await probeImage(image, signal);
	return {
		fileName: basename(image),
		sha256,
		sizeBytes: statSync(image).size,
		format,
		virtualSizeBytes
	};
}
function tell$1(event, folder, platform) {
	if (event.kind === "copying") {
		const fraction = event.totalBytes === 0 ? 1 : event.bytes / event.totalBytes;
		platform.progress({
			text: `copying the image to ${folder}`,
			fraction
		});
	} else if (event.kind === "verifying") platform.progress({ text: `verifying ${event.name} in ${folder}` });
	else platform.log.warning(`${event.name}, published in ${folder} earlier, is still there; SHA256SUMS does not cover it any more`);
}

// src/objects/key.ts
/** Equal parts have equal keys. */
function objectKey(kind, parts) {
	return {
		kind,
		digest: sha256(canonicalJson({
			kind,
			parts
		})),
		parts
	};
}

// src/objects/pack.ts
const limits = {
	supervised: true,
	timeoutSeconds: 600
};
/**
* Packs a folder with its name into a `.tar.zst` file. Node does the compression, because a minimal system has no zstd.
*
* @throws Error when the folder holds a disk image: finished images are never cached
*/
async function packFolder(folder, target, signal) {
	refuseImages(folder);
	const archive = join(makeWorkFolder("pack"), "object.tar");
	await run("tar", [
		"--create",
		"--file",
		archive,
		"--directory",
		dirname(folder),
		basename(folder)
	], {
		...limits,
		signal
	});
	const compress = createZstdCompress({ params: { [constants$2.ZSTD_c_compressionLevel]: 3 } });
	const out = createWriteStream(target, { mode: 420 });
	await sparingMemory(() => pipeline(createReadStream(archive), compress, out, { signal }));
	await chmod(target, 420);
	await rm(archive);
}
/** Unpacks what {@link packFolder} made into `parent`. The caller has verified the object's checksum. */
async function unpackFolder(object, parent, signal) {
	const archive = join(makeWorkFolder("unpack"), "object.tar");
	const out = createWriteStream(archive);
	await sparingMemory(() => pipeline(createReadStream(object), createZstdDecompress(), out, { signal }));
	await run("tar", [
		"--extract",
		"--file",
		archive,
		"--directory",
		parent
	], {
		...limits,
		signal
	});
	await rm(archive);
}
/** QEMU's magic number, docs/interop/qcow2.txt. A raw image cannot be told from other files by its bytes. */
const qcow2Magic = "QFIû";
function refuseImages(folder) {
	for (const entry of readdirSync(folder, {
		withFileTypes: true,
		recursive: true
	})) {
		if (!entry.isFile()) continue;
		const path = join(entry.parentPath, entry.name);
		if (startOf(path) === qcow2Magic) throw new Error(`${path} is a disk image; a finished image is never cached`);
	}
}
function startOf(path) {
	const file = openSync(path, "r");
	try {
		const buffer = Buffer.alloc(4);
		return buffer.toString("latin1", 0, readSync(file, buffer, 0, 4, 0));
	} finally {
		closeSync(file);
	}
}

// src/objects/store.ts
const gibibyte$1 = 1024 ** 3;
/** Objects in a folder: one file each with its checksum beside it, the least recently used out under a size bound. */
var ObjectStore = class {
	folder;
	#maxBytes;
	constructor(folder, maxBytes = 10 * gibibyte$1) {
		this.folder = folder;
		this.#maxBytes = maxBytes;
	}
	/** Where an object lies or will lie: the same place on every machine with the same home. */
	filesOf(key) {
		const content = join(this.folder, `${key.digest}.tar.zst`);
		return {
			content,
			checksum: `${content}.sha256`
		};
	}
	/** Looks for an object and reads it whole: what does not fit its checksum is removed and counts as missing. */
	async find(key, signal) {
		const files = this.filesOf(key);
		if (!existsSync(files.content)) return {
			hit: false,
			reason: "there is none",
			broken: false
		};
		const fault = await faultOf(files, signal);
		if (fault !== void 0) {
			this.remove(key);
			return {
				hit: false,
				reason: fault,
				broken: true
			};
		}
		const now = /* @__PURE__ */ new Date();
		utimesSync(files.content, now, now);
		return {
			hit: true,
			path: files.content,
			sizeBytes: statSync(files.content).size
		};
	}
	/**
	* Has an object written and puts it into its place when it is whole. Two that make the same object at once do no harm:
	* should their files mix, the checksum does not fit and the next one makes it again.
	*/
	async put(key, write, signal) {
		await mkdir(this.folder, {
			recursive: true,
			mode: 493
		});
		const files = this.filesOf(key);
		const waiting = `${files.content}.${randomBytes(4).toString("hex")}.new`;
		recordFile(waiting);
		recordFile(`${waiting}.sha256`);
		try {
			await write(waiting);
			const digest = await sha256OfFile(waiting, signal);
			writeFileSync(`${waiting}.sha256`, `${digest}  ${basename(files.content)}\n`, {
				mode: 420,
				flush: true
			});
			renameSync(waiting, files.content);
			renameSync(`${waiting}.sha256`, files.checksum);
		} finally {
			for (const path of [waiting, `${waiting}.sha256`]) {
				rmSync(path, { force: true });
				forget({
					kind: "file",
					path
				});
			}
		}
		this.#evict(files.content);
		return { sizeBytes: statSync(files.content).size };
	}
	remove(key) {
		const { content, checksum } = this.filesOf(key);
		rmSync(content, { force: true });
		rmSync(checksum, { force: true });
	}
	#evict(keep) {
		const objects = readdirSync(this.folder).filter((name) => name.endsWith(".tar.zst")).map((name) => join(this.folder, name)).map((path) => ({
			path,
			usedAt: statSync(path).mtimeMs,
			sizeBytes: statSync(path).size
		}));
		for (const path of toEvict(objects, this.#maxBytes, keep)) {
			rmSync(path, { force: true });
			rmSync(`${path}.sha256`, { force: true });
		}
	}
};
/** The least recently used objects that must go so that the rest fits; never `keep`. */
function toEvict(objects, maxBytes, keep) {
	let total = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
	const gone = [];
	for (const { path, sizeBytes } of objects.toSorted((left, right) => left.usedAt - right.usedAt)) {
		if (total <= maxBytes) break;
		if (path === keep) continue;
		gone.push(path);
		total -= sizeBytes;
	}
	return gone;
}
async function faultOf({ content, checksum }, signal) {
	if (!existsSync(checksum)) return `${basename(content)} has no checksum beside it`;
	const expected = /^([0-9a-f]{64}) {2}/.exec(readFileSync(checksum, "utf8"))?.[1];
	if (expected === void 0) return `${basename(checksum)} holds no sha256`;
	const actual = await sha256OfFile(content, signal);
	return actual === expected ? void 0 : `${basename(content)} has sha256 ${actual}, its checksum says ${expected}`;
}

// src/host/distribution.ts
/** Hosts whose package names are known and tried. */
const knownHosts = [
	"debian-12",
	"debian-13",
	"ubuntu-24.04"
];
/** Reads os-release below a root folder. */
function readHostDistribution(root = "/") {
	for (const file of ["etc/os-release", "usr/lib/os-release"]) try {
		return parseHostDistribution(readFileSync(join(root, file), "utf8"));
	} catch {}
	return {
		title: "an unknown system without os-release",
		known: void 0
	};
}
/** Says which host an os-release file names. */
function parseHostDistribution(osRelease) {
	const value = (name) => new RegExp(`^${name}=["']?([^"'\n]*)["']?$`, "m").exec(osRelease)?.[1] ?? "";
	const name = `${value("ID")}-${value("VERSION_ID")}`;
	return {
		title: value("PRETTY_NAME") || name,
		known: knownHosts.find((known) => known === name)
	};
}

// src/host/needs.ts
const always = [
	need("sudo", "diskimage-builder calls it for every privileged step, even as root", "sudo"),
	need("losetup", "diskimage-builder makes the root file system on a loop device", "mount"),
	need("debootstrap", "makes the first root file system", "debootstrap"),
	need("mmdebstrap", "the same, several times faster", "mmdebstrap"),
	need("gpgv", "verifies the package archive's signature", "gpgv"),
	need("fstrim", "diskimage-builder trims the file system", "util-linux"),
	need("sfdisk", "partitions the disk", "fdisk"),
	need("mke2fs", "makes the file system of the disk", "e2fsprogs"),
	need("qemu-img", "converts and describes disk images", "qemu-utils"),
	need("guestfish", "installs the boot loader and inspects images without mounting them", {
		"debian-12": "guestfish",
		"debian-13": "guestfish",
		"ubuntu-24.04": "libguestfs-tools"
	}),
	need("qemu-system-x86_64", "boots the image, and the appliance of libguestfs", "qemu-system-x86"),
	need("xorriso", "makes the config drive of the smoke test", "xorriso"),
	need("journalctl", "reads the guest's journal after a smoke test", "systemd"),
	{
		name: "OVMF",
		probe: { files: ["/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_CODE.fd"] },
		use: "firmware for a boot by UEFI",
		package: "ovmf"
	},
	{
		name: "RabbitMQ",
		probe: { files: ["/usr/lib/rabbitmq/bin/rabbitmq-server"] },
		use: "the message broker of the smoke test; never run as a service",
		package: "rabbitmq-server"
	}
];
const forDibsDisk = [
	need("kpartx", "maps the partitions of diskimage-builder's own disk (disk: dib)", "kpartx"),
	need("dmsetup", "the same", "dmsetup"),
	need("sgdisk", "partitions it", "gdisk"),
	need("mkfs.vfat", "makes its EFI system partition", "dosfstools")
];
const forCheckouts = [need("git", "reads the checkout that something is built from", "git")];
const forSystemDib = [{
	name: "disk-image-create",
	probe: { files: ["/usr/bin/disk-image-create"] },
	use: "the distribution's diskimage-builder (dib: system)",
	package: "python3-diskimage-builder"
}];
/** What a host needs to build and prove a recipe's image. */
function needsOf(recipe, dib, usesDibCheckout = false) {
	const archive = archives[recipe.distribution];
	return [
		...always,
		{
			name: `${archive.keyringPackage.replace(/-keyring$/, "")} keys`,
			probe: { files: archive.keyrings },
			use: `verifies the ${archive.title}`,
			package: archive.keyringPackage
		},
		...dib === "system" ? forSystemDib : [],
		...recipe.disk === "dib" ? forDibsDisk : [],
		...recipe.agent === "local" || usesDibCheckout ? forCheckouts : []
	];
}
/** The package that brings a need on a host; on one that was never tried, Debian's newest name. */
function packageOf(need, host) {
	return typeof need.package === "string" ? need.package : need.package[host ?? "debian-13"];
}
function need(program, use, packageName) {
	return {
		name: program,
		probe: { programs: [program] },
		use,
		package: packageName
	};
}

// src/host/programs.ts
/** Where programs are looked for: the caller's PATH, and the places that only root has on it. */
function programFolders(path = process.env.PATH ?? "") {
	return [.../* @__PURE__ */ new Set([
		...path.split(":"),
		"/usr/local/sbin",
		"/usr/sbin",
		"/usr/bin",
		"/sbin",
		"/bin"
	])].filter((folder) => folder.startsWith("/"));
}
/** The first file of that name which may be executed. */
function findProgram(name, folders = programFolders()) {
	return folders.map((folder) => join(folder, name)).find((file) => {
		try {
			accessSync(file, constants.X_OK);
			return true;
		} catch {
			return false;
		}
	});
}
/** Whether a host has what a need asks for; `folders` and `exists` are other ones in tests. */
function probeNeed(need, host, canInstall, folders = programFolders(), exists = existsSync) {
	const base = {
		subject: need.name,
		needed: need.use
	};
	if ("files" in need.probe) {
		const file = need.probe.files.find(exists);
		if (file !== void 0) return {
			...base,
			found: file,
			status: "ok"
		};
	} else {
		const found = need.probe.programs.map((program) => findProgram(program, folders));
		if (found.every((file) => file !== void 0)) return {
			...base,
			found: found.join(" "),
			status: "ok"
		};
	}
	const name = packageOf(need, host);
	if (canInstall) return {
		...base,
		found: "no",
		status: "mend",
		changes: [{
			kind: "packages",
			names: [name]
		}]
	};
	return {
		...base,
		found: "no",
		status: "missing",
		remedy: `install the package ${name} (its name on Debian)`
	};
}

// src/host/python-environment.ts
/** The version of diskimage-builder that requirements.txt pins by digest. */
function pinnedDibVersion(requirements = readRequirements()) {
	const version = /^diskimage-builder==(\S+)/m.exec(requirements)?.[1];
	if (version === void 0) throw new Error("requirements.txt names no diskimage-builder");
	return version;
}
/** Where the launcher puts an environment with a version of diskimage-builder. */
function environmentFolder(version) {
	return version === pinnedDibVersion() ? privateEnvironment() : versionedEnvironment(version);
}
/**
* Whether the launcher has finished an environment, and from the requirements.txt of this checkout. Its file "complete" holds
* the digest and the Python that the environment was made with; see `stamp_of` in the launcher.
*/
function isComplete(folder, requirements = readRequirements()) {
	const stamp = join(folder, "complete");
	const python = join(folder, "bin/python3");
	if (!existsSync(stamp) || !existsSync(python)) return false;
	return readFileSync(stamp, "utf8") === `${sha256(requirements)}\n${realpathSync(python)}\n`;
}
const subject = "diskimage-builder";
/** diskimage-builder of the version that the recipe names. */
async function probeDib(from, version, canInstall) {
	if (from === "system") try {
		const found = findDib("system", version);
		return {
			subject,
			found: `${found.version} of the distribution`,
			needed: "any version (dib: system)",
			status: "ok"
		};
	} catch {
		return {
			subject,
			found: "no",
			needed: "any version (dib: system)",
			status: "later"
		};
	}
	const folder = environmentFolder(version);
	const needed = `${version}, in ${folder}`;
	if (isComplete(folder) && isThere(() => findDib("private", version))) return {
		subject,
		found: version,
		needed,
		status: "ok"
	};
	return probeMaker({
		kind: "environment",
		version,
		folder
	}, needed, canInstall);
}
/** diskimage-builder of a checkout. */
async function probeCheckoutDib(source, canInstall) {
	const { contentDigest, describe } = source.checkout;
	const folder = checkoutEnvironment(contentDigest);
	const needed = `that of ${source.folder} (${describe}), in ${folder}`;
	if (isComplete(folder) && isThere(() => findCheckoutDib(contentDigest))) return {
		subject,
		found: describe,
		needed,
		status: "ok"
	};
	return probeMaker({
		kind: "checkout-environment",
		source,
		folder
	}, needed, canInstall);
}
/** An environment that is not there: what brings it, and whether there is a Python to make it with. */
async function probeMaker(change, needed, canInstall) {
	const changes = [change];
	if (await findPython() === void 0) {
		if (!canInstall) return {
			subject,
			found: "no, and no Python with venv to make it",
			needed,
			status: "missing",
			remedy: "install Python 3.11 or newer with its module venv"
		};
		changes.unshift({
			kind: "packages",
			names: ["python3", "python3-venv"]
		});
	}
	const found = existsSync(change.folder) ? "an environment that is unfinished or made from other requirements" : "no";
	return {
		subject,
		found,
		needed,
		status: "mend",
		changes
	};
}
function isThere(find) {
	try {
		find();
		return true;
	} catch {
		return false;
	}
}
/**
* The Python that the launcher makes environments with, found as the launcher finds it: Debian keeps ensurepip, without
* which venv makes nothing, in a package of its own.
*/
async function findPython() {
	const check = "import sys, venv, ensurepip; print(sys.version); sys.exit(sys.version_info < (3, 11))";
	for (const python of [findProgram("python3"), "/usr/bin/python3"]) {
		if (python === void 0 || !existsSync(python)) continue;
		const result = await run(python, [
			"-I",
			"-c",
			check
		], { allowedExitStatuses: "any" });
		if (result.exitStatus === 0) return {
			path: realpathSync(python),
			version: result.stdout.trim()
		};
	}
}
/**
* Has the launcher make the environment: one recipe for it, which must work before there is a Node.
*
* @throws EnvironmentError with pip's words
*/
async function makeEnvironment(version, options) {
	await launch([version], `diskimage-builder ${version}`, "use the distribution's package with --dib system", options);
}
/**
* Has the launcher make an environment of a checkout. pip gets a copy: it writes beside what it builds from. There is no
* history in the copy, of which pbr would make the version and the list of the package's files, so both are told.
*
* @throws EnvironmentError with pip's words
*/
async function makeCheckoutEnvironment(source, options) {
	const { folder, checkout } = source;
	const copy = makeWorkFolder("dib-checkout");
	await exportCheckout(folder, copy);
	appendFileSync(join(copy, "MANIFEST.in"), "\ngraft diskimage_builder\n");
	const name = basename(checkoutEnvironment(checkout.contentDigest));
	const version = developmentVersion(checkout.describe);
	const words = `the diskimage-builder of ${folder} (${checkout.describe})`;
	await launch([
		"--from",
		copy,
		name,
		version
	], words, "leave out '--dib-checkout' to use a release", options);
}
async function launch(args, words, otherWay, { signal, onLine }) {
	try {
		await run("/bin/sh", [
			join(projectRoot(), "trove-image"),
			"environment",
			...args
		], {
			supervised: true,
			timeoutSeconds: 1800,
			signal,
			onLine
		});
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		throw new EnvironmentError(`${words} could not be installed: ${error.message}\nWhere PyPI does not answer: give pip an index that does (pip config set global.index-url ...), or ${otherWay}`, { cause: error });
	}
}
/** The text of requirements.txt. */
function readRequirements() {
	return readFileSync(join(projectRoot(), "requirements.txt"), "utf8");
}

// src/host/environment-object.ts
/**
* The object key of a private environment: all that goes into it. Undefined for a version whose packages are not pinned by
* digest, as equal keys would not mean equal content, and where there is no Python to make one.
*/
async function environmentKey(version) {
	if (version !== pinnedDibVersion()) return void 0;
	const python = await findPython();
	if (python === void 0) return void 0;
	return objectKey("environment", {
		requirements: sha256(readRequirements()),
		launcher: sha256(readFileSync(join(projectRoot(), "trove-image"))),
		architecture: process.arch,
		system: readHostDistribution().title,
		python: `${python.version} ${python.path}`,
		folder: environmentFolder(version)
	});
}
/**
* Unpacks an environment out of an object, sees whether it works, and puts it where the launcher looks for it, holding the
* launcher's lock. What is wrong with it is returned, and then nothing has changed.
*/
async function restoreEnvironment(version, object, signal) {
	const folder = environmentFolder(version);
	const landing = join(dirname(folder), `.environment.${randomBytes(4).toString("hex")}`);
	recordFolder(landing);
	try {
		await mkdir(landing, {
			recursive: true,
			mode: 493
		});
		await unpackFolder(object, landing, signal);
		const unpacked = join(landing, basename(folder));
		if (!isComplete(unpacked)) return "its stamp is not that of this checkout and this Python";
		await run(join(unpacked, "bin/python3"), [
			"-I",
			"-c",
			"import diskimage_builder"
		]);
		await moveIntoPlace(unpacked, folder, signal);
		return;
	} catch (error) {
		signal.throwIfAborted();
		return `it cannot be used: ${asError(error).message}`;
	} finally {
		rmSync(landing, {
			recursive: true,
			force: true
		});
		forget({
			kind: "folder",
			path: landing
		});
	}
}
/** Under the launcher's lock, so that no launcher is just making one; one that is as good stays. */
async function moveIntoPlace(from, to, signal) {
	const script = "cmp -s \"$1/complete\" \"$2/complete\" || { rm -rf -- \"$2\" && mv -- \"$1\" \"$2\"; }";
	const lock = join(dirname(to), "environment.lock");
	await run("flock", [
		"--timeout",
		"1800",
		lock,
		"/bin/sh",
		"-c",
		script,
		"sh",
		from,
		to
	], {
		supervised: true,
		timeoutSeconds: 1830,
		signal
	});
}

// src/host/finding.ts
/** The changes that findings ask for, in the order in which they must be made; packages in one go. */
function changesOf(findings) {
	const all = findings.flatMap((finding) => finding.status === "mend" ? finding.changes ?? [] : []);
	const names = [...new Set(all.flatMap((change) => change.kind === "packages" ? change.names : []))];
	const first = (kind) => all.filter((change) => change.kind === kind).slice(0, 1);
	return [
		...all.filter((change) => change.kind === "kits"),
		...first("dpkg"),
		...names.length > 0 ? [{
			kind: "packages",
			names: names.toSorted()
		}] : [],
		...first("kernel"),
		...first("environment"),
		...first("checkout-environment"),
		...first("kvm")
	];
}
/** A change in words, before it is made. */
function describeChange(change) {
	switch (change.kind) {
		case "dpkg": return "finish the work of an interrupted dpkg (dpkg --configure -a), starting and enabling no service";
		case "kits": return `remove, one after the other, until ${(change.wantedBytes / 1024 ** 3).toFixed(1)} GiB are free: ${change.folders.join(" ")}`;
		case "kvm": return "let every user of this runner open /dev/kvm (rule of udev)";
		case "packages": return `install with apt-get, starting no service: ${change.names.join(" ")}`;
		case "kernel": return `fetch the package ${change.package} and unpack its kernel into the cache for libguestfs (/boot stays as it is)`;
		case "environment": return `make the private environment ${change.folder} with diskimage-builder ${change.version} and Node by pip`;
		case "checkout-environment": return `make the environment ${change.folder} with the diskimage-builder of ${change.source.folder} (${change.source.checkout.describe}) by pip`;
	}
}
/** Findings as a table for people, one line each. */
function findingTable(findings) {
	const words = {
		ok: "ok",
		mend: "to bring",
		missing: "MISSING",
		absent: "absent",
		later: "later"
	};
	const rows = [[
		"probe",
		"state",
		"needed",
		"found"
	], ...findings.map(({ subject, status, found, needed }) => [
		subject,
		words[status],
		needed,
		found
	])];
	const widths = [
		0,
		1,
		2
	].map((column) => Math.min(72, Math.max(...rows.map((row) => (row[column] ?? "").length))));
	return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}

// src/host/kernel.ts
/** Packages whose first dependency is a small kernel with the drivers of virtual machines. */
const packages = {
	"debian-12": "linux-image-cloud-amd64",
	"debian-13": "linux-image-cloud-amd64",
	"ubuntu-24.04": "linux-image-virtual"
};
/** A kernel for libguestfs' appliance: the machine's own, or one in the user's cache. */
function probeKernel(host, canInstall) {
	const base = {
		subject: "kernel",
		needed: "libguestfs runs its appliance with it"
	};
	const [own] = hostKernels();
	if (own !== void 0) {
		const found = own.readable ? own.file : `${own.file}, which only root may read: a copy is made in the cache`;
		return {
			...base,
			found,
			status: "ok"
		};
	}
	const [fetched] = privateKernels();
	if (fetched !== void 0) return {
		...base,
		found: fetched.file,
		status: "ok"
	};
	if (canInstall && host !== void 0) return {
		...base,
		found: "none in /boot",
		status: "mend",
		changes: [{
			kind: "kernel",
			package: packages[host]
		}]
	};
	return {
		...base,
		found: "none in /boot with modules in /lib/modules",
		status: "missing",
		remedy: "install a kernel package (linux-image-amd64 on Debian, linux-image-generic on Ubuntu)"
	};
}
/** The packages that hold the kernel and its modules, in what `apt-cache show` says of a package. */
function kernelPackages(stanza) {
	return [...stanza.matchAll(/^(?:Pre-)?Depends: (.*)$/gm)].flatMap(([, list = ""]) => list.split(/[,|]/).map((entry) => entry.trim())).map((entry) => entry.split(" ")[0] ?? "").filter((name) => /^linux-(image|modules)-(unsigned-)?\d/.test(name));
}
/**
* Fetches a kernel by the machine's own package manager and unpacks it below the cache, instead of installing it: an
* installation would write to /boot and set the boot loader up.
*
* @throws EnvironmentError with apt's words
*/
async function bringKernel(metaPackage, signal) {
	const work = makeWorkFolder("kernel");
	const tree = join(work, "tree");
	try {
		const [image, ...others] = kernelPackages(await show$1(metaPackage));
		if (image === void 0) throw new EnvironmentError(`the package ${metaPackage} depends on no kernel`);
		await longRun("apt-get", ["download", ...[.../* @__PURE__ */ new Set([
			image,
			...others,
			...kernelPackages(await show$1(image))
		])]], signal, work);
		for (const file of readdirSync(work).filter((name) => name.endsWith(".deb"))) await longRun("dpkg-deb", [
			"--extract",
			join(work, file),
			tree
		], signal);
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		throw new EnvironmentError(`no kernel for libguestfs could be fetched: ${error.message}`, { cause: error });
	}
	await tidy(tree);
	const [version] = readdirSync(join(tree, "lib/modules"));
	if (version === void 0) throw new EnvironmentError(`the package ${metaPackage} brought no kernel modules`);
	await longRun("depmod", [
		"--basedir",
		tree,
		version
	], signal);
	await rm(privateKernelFolder(), {
		recursive: true,
		force: true
	});
	await rename(tree, privateKernelFolder());
}
/** Newer packages keep modules below /usr/lib; what is not boot or modules is not needed. */
async function tidy(tree) {
	if (!existsSync(join(tree, "lib/modules"))) {
		mkdirSync(join(tree, "lib"), { recursive: true });
		await rename(join(tree, "usr/lib/modules"), join(tree, "lib/modules"));
	}
	for (const name of readdirSync(tree)) if (name !== "boot" && name !== "lib") await rm(join(tree, name), {
		recursive: true,
		force: true
	});
}
async function show$1(name) {
	return (await run("apt-cache", [
		"show",
		"--no-all-versions",
		name
	])).stdout;
}
function longRun(program, args, signal, cwd) {
	const options = {
		supervised: true,
		timeoutSeconds: 900,
		signal
	};
	return run(program, args, cwd === void 0 ? options : {
		...options,
		cwd
	});
}

// src/host/kvm.ts
const device = "/dev/kvm";
/** Whether there is a KVM that this user may not open. Guests are x86_64: on another machine KVM could not run them. */
function kvmIsClosed(path = device) {
	if (process.arch !== "x64" || !existsSync(path)) return false;
	try {
		accessSync(path, constants.R_OK | constants.W_OK);
		return false;
	} catch {
		return true;
	}
}
/** As GitHub's documentation has it for hosted runners: the device is root's there, since 2024. */
const kvmRule = "KERNEL==\"kvm\", GROUP=\"kvm\", MODE=\"0666\", OPTIONS+=\"static_node=kvm\"";
const kvmRuleFile = "/etc/udev/rules.d/99-trove-image-kvm.rules";
/** Whether this has been done: when the device is closed all the same, doing it again will not help. */
function kvmRuleIsWritten(file = kvmRuleFile) {
	return existsSync(file);
}
/** Lets every user open /dev/kvm, by a rule of udev. Whether it then works is another question, which is measured. */
async function openKvm() {
	await rootShell(`printf '%s\\n' "$1" >"$2" && udevadm control --reload-rules && udevadm trigger --name-match=kvm --settle`, [kvmRule, kvmRuleFile]);
}

// src/system/units.ts
/** Packages whose units are the machine's own, not a service's. */
const ofTheMachine = /* @__PURE__ */ new Set([
	"systemd",
	"udev",
	"dbus",
	"dbus-user-session"
]);
/** Names of the units that something on this machine wants at boot. */
function enabledUnits(folder = "/etc/systemd/system") {
	const list = (path) => existsSync(path) ? readdirSync(path) : [];
	return list(folder).filter((name) => /\.(wants|requires)$/.test(name)).flatMap((name) => list(join(folder, name))).toSorted();
}
/** The units among the files of packages that can be started by themselves. */
function unitsAmong(files) {
	const names = files.split("\n").flatMap((line) => {
		const unit = /^(?:\/usr)?\/(?:lib|etc)\/systemd\/system\/([^/]+\.(?:service|socket|timer|path))$/.exec(line)?.[1];
		return unit === void 0 ? [] : [unit];
	});
	return [...new Set(names)].toSorted();
}
/**
* Takes back what packages do to their services beyond starting them, which policy-rc.d has forbidden: they are enabled for
* the next boot, sockets too (erlang's epmd.socket). What was enabled before stays. Says which units were disabled.
*/
async function disableUnitsOf(packages, enabledBefore) {
	const services = packages.filter((name) => !ofTheMachine.has(name.replace(/:.*$/, "")));
	if (services.length === 0 || !existsSync("/usr/bin/systemctl")) return [];
	const units = unitsAmong((await run("dpkg-query", ["--listfiles", ...services], { allowedExitStatuses: "any" })).stdout).filter((unit) => !enabledBefore.includes(unit));
	if (units.length === 0) return [];
	const { stdout } = await rootShell(disableScript, units);
	return stdout.split("\n").filter((line) => line !== "");
}
/** Prints the units that were enabled. With --root systemctl works on files alone, also where no systemd runs. */
const disableScript = `
  status=0
  for unit do
    [ "$(systemctl --root=/ is-enabled "$unit" 2>/dev/null)" = enabled ] || continue
    systemctl --root=/ --quiet disable "$unit" || { status=1; continue; }
    echo "$unit"
    [ ! -d /run/systemd/system ] || systemctl --quiet stop "$unit" 2>/dev/null
  done
  [ ! -d /run/systemd/system ] || systemctl --quiet daemon-reload
  exit $status`;

// src/system/cleanup.ts
/** Undoes all that this run has journalled and removes its folder. Safe to call twice. */
async function cleanCurrentRun() {
	const journal = closeCurrentJournal();
	if (journal !== void 0) await clean(journal);
}
/** The last thing a process does: undoes all that it has journalled, and lets nothing be begun after that. */
async function endRun() {
	endJournals();
	await cleanCurrentRun();
}
/** Undoes every abandoned run; one that cannot be undone does not keep the others from it. */
async function cleanAbandoned(onRun) {
	const journals = abandonedJournals();
	const failures = [];
	for (const journal of journals) {
		onRun(journal.folder);
		await clean(journal).catch((thrown) => failures.push(asError(thrown)));
	}
	return {
		undone: journals.length - failures.length,
		failures
	};
}
/**
* Undoes a journal in reverse order and removes it. What is already gone is no error; one entry that cannot be undone does
* not keep the others from it.
*
* @throws EnvironmentError when something is left, with what it is
*/
async function clean(journal) {
	const faults = [];
	const keep = (thrown) => faults.push(wordsOf(asError(thrown)));
	const marks = journal.entries.flatMap((entry) => entry.kind === "processes" ? [entry.mark] : []);
	await signalMarked(marks, "SIGKILL").catch(keep);
	for (const entry of journal.entries.toReversed()) if (entry.kind !== "processes") await undo(entry).catch(keep);
	if (faults.length === 0) await undo({
		kind: "folder",
		path: journal.folder
	}).catch(keep);
	if (faults.length > 0) throw new EnvironmentError(`not all of the run ${journal.folder} could be undone; "trove-image clean" tries again:\n${faults.join("\n")}`);
}
/** What a script said last; its own text would only hide it. */
function wordsOf({ message }) {
	return message.split("\nlast lines:\n").slice(-1).flatMap((words) => words.split("\n").map((line) => line.trim())).join("\n");
}
async function undo(entry) {
	switch (entry.kind) {
		case "file":
			await (entry.line === void 0 ? rootShell("rm -f -- \"$1\"", [entry.path]) : removeMarked(entry.path, entry.line));
			break;
		case "folder":
			await rootShell(undoFolder, [entry.path]);
			break;
		case "units":
			await disableUnitsOf(entry.packages, entry.enabledBefore);
			break;
		case "temporary": await rootShell(removeTemporary, [
			entry.program,
			entry.prefix,
			String(entry.sinceSeconds)
		]);
	}
}
/**
* Ours have been told to end, which takes a moment: while one of that name lives, what lies there may be somebody else's. One
* that is dead and that nobody has waited for, as in a container without an init, needs nothing any more.
*/
const removeTemporary = `
  set -eu
  lives() { pgrep --runstates D,I,R,S,T --exact -- "$1" >/dev/null; }
  tries=0
  while lives "$1"; do
    tries=$((tries + 1))
    [ "$tries" -le 50 ] || exit 0
    sleep 0.1
  done
  find /tmp -mindepth 1 -maxdepth 1 -name "$2*" -newerct "@$3" -exec rm -rf --one-file-system -- {} +`;
/** Removes a file when the line stands in it: whoever else has put one there since keeps it. */
async function removeMarked(path, line) {
	await rootShell("if [ -f \"$1\" ] && grep -qxF -e \"$2\" \"$1\"; then rm -f -- \"$1\"; fi", [path, line]);
}
/**
* Kills what lives in the folder, unmounts what hangs on it, deepest first, detaches loop devices and removes it. Never
* crosses into a mounted file system: /dev of the host may be bound into a tree.
*/
const undoFolder = `
  set -u
  folder=$1
  below() { case "$1" in "$folder"|"$folder"/*) return 0 ;; esac; return 1; }
  for round in 1 2 3; do
    found=no
    for process in $(find /proc/[0-9]*/root /proc/[0-9]*/cwd -maxdepth 0 \\
      \\( -lname "$folder" -o -lname "$folder/*" \\) -printf '%h\\n' 2>/dev/null | sort -u); do
      pid=\${process#/proc/}
      [ "$pid" = "$$" ] && continue
      kill -s KILL "$pid" 2>/dev/null && found=yes
    done
    [ "$found" = no ] && break
    sleep 0.2
  done
  mounts() { while read -r _ target _; do below "$(printf '%b' "$target")" && printf '%b\\n' "$target"; done </proc/mounts | sort -r; }
  mounts | while IFS= read -r target; do umount "$target" 2>/dev/null || umount -l "$target" 2>/dev/null; done
  if command -v losetup >/dev/null 2>&1; then
    losetup --list --noheadings --raw --output NAME,BACK-FILE 2>/dev/null | while read -r device backing; do
      below "\${backing% (deleted)}" && losetup --detach "$device" 2>/dev/null
    done
  fi
  [ -z "$(mounts)" ] && rm -rf --one-file-system -- "$folder"
  if [ -e "$folder" ]; then
    echo "$folder is still there; mounted below it: $(mounts | tr '\\n' ' ')" >&2
    exit 1
  fi`;

// src/host/service-policy.ts
/** Asked by invoke-rc.d and deb-systemd-invoke before every start of a service; 101 forbids it. */
const policyFile = "/usr/sbin/policy-rc.d";
const forbidden = 101;
/** Stands in every policy of ours; a file without it is somebody else's. */
const mark = "# trove-image:";
/** The line by which the policy of a run is known; only a file that has it is ever removed. */
function policyLine(run) {
	return `${mark} no service starts while the run ${run} installs packages`;
}
/**
* Does a piece of work while no service that a package brings may start. An administrator's own policy stays in force, also
* when it lets services start: what it lets start is told first, and stopped afterwards by whoever installs.
*/
async function withoutServiceStarts(work, onForeignPolicy, file = policyFile) {
	const line = policyLine(basename(runFolder()));
	const entry = recordMarkedFile(file, line);
	try {
		const { stdout } = await rootShell(writePolicy, [
			file,
			mark,
			line
		]);
		if (stdout.trim() === "foreign") onForeignPolicy({
			file,
			forbidsStarts: await forbidsStarts(file)
		});
		await work();
	} finally {
		await removeMarked(file, line);
		forget(entry);
	}
}
/** A policy of an earlier run of ours is replaced: that run's end then leaves this one's alone. */
const writePolicy = `
  if { [ -e "$1" ] || [ -L "$1" ]; } && ! grep -qF -- "$2" "$1"; then echo foreign; exit 0; fi
  printf '#!/bin/sh\\n%s\\nexit ${forbidden}\\n' "$3" >"$1" && chmod 0755 "$1"`;
/** Asked as invoke-rc.d asks it (policy-rc.d is "a query interface": it starts nothing), for a service that nobody has. */
async function forbidsStarts(file) {
	return (await asRoot(file, ["trove-image", "start"], { allowedExitStatuses: "any" }).catch(() => void 0))?.exitStatus === forbidden;
}

// src/host/packages.ts
const lockSeconds = 300;
const installSeconds = 3600;
/** The options under which apt-get never asks, never removes, keeps the administrator's configuration files. */
function installArguments(names, step) {
	const options = {
		simulate: ["--simulate"],
		download: ["--download-only"],
		install: []
	};
	return [
		...[
			"install",
			"--yes",
			"--quiet",
			"--no-install-recommends",
			"--no-remove"
		],
		...options[step],
		...["-o", `DPkg::Lock::Timeout=${lockSeconds}`],
		...["-o", "Dpkg::Use-Pty=0"],
		...[
			"-o",
			"Dpkg::Options::=--force-confdef",
			"-o",
			"Dpkg::Options::=--force-confold"
		],
		...["-o", "APT::Keep-Downloaded-Packages=false"],
		...names
	];
}
const environment = {
	DEBIAN_FRONTEND: "noninteractive",
	APT_LISTCHANGES_FRONTEND: "none",
	NEEDRESTART_SUSPEND: "1"
};
/**
* Installs packages. No service that they bring runs or is enabled afterwards, also when the installation fails half-way;
* what ran before runs on.
*
* @throws EnvironmentError with apt's words
*/
async function installPackages(names, { signal, onEvent }) {
	await updateLists(signal, onEvent);
	await withoutNewServices(simulatedPackages(await apt(installArguments(names, "simulate"), signal)), onEvent, async () => {
		await apt(installArguments(names, "download"), signal);
		signal.throwIfAborted();
		onEvent({
			kind: "installing",
			packages: names.length
		});
		await apt(installArguments(names, "install"));
	});
}
/** The packages that apt-get's simulation would unpack or configure; one of another architecture bears it. */
function simulatedPackages(simulation) {
	const names = [...simulation.matchAll(/^(?:Inst|Conf) (\S+) /gm)].map(([, name = ""]) => name);
	return [...new Set(names)].toSorted();
}
/** Whether dpkg was killed in the middle: apt-get refuses to work until it has been told to go on. */
function dpkgWasInterrupted(folder = "/var/lib/dpkg/updates") {
	return existsSync(folder) && readdirSync(folder).some((name) => /^\d+$/.test(name));
}
/** Finishes what an interrupted dpkg has begun, whoever began it, under the same rule: no service is started or enabled. */
async function finishDpkg(onEvent) {
	const { stdout } = await run("dpkg-query", ["--show", `--showformat=\${db:Status-Abbrev} \${binary:Package}\\n`], { allowedExitStatuses: "any" });
	await withoutNewServices(unfinishedPackages(stdout), onEvent, async () => {
		await asRoot("dpkg", [
			"--configure",
			"-a",
			"--force-confdef",
			"--force-confold"
		], {
			env: environment,
			supervised: true,
			timeoutSeconds: installSeconds
		});
	});
}
/** The packages between "unpacked" and "installed"; second letter of dpkg's abbreviated state, see dpkg-query(1). */
function unfinishedPackages(list) {
	return list.split("\n").flatMap((line) => {
		const name = /^.[HUFWt]. +(\S+)$/.exec(line)?.[1];
		return name === void 0 ? [] : [name];
	});
}
/** The journal knows what to disable when the work is killed; when it only fails, it is done at once. */
async function withoutNewServices(packages, onEvent, work) {
	const enabledBefore = enabledUnits();
	const entry = recordUnits(packages, enabledBefore);
	const takeBack = async () => {
		const units = await disableUnitsOf(packages, enabledBefore);
		forget(entry);
		if (units.length > 0) onEvent({
			kind: "units-disabled",
			units
		});
	};
	try {
		await withoutServiceStarts(work, (policy) => onEvent({
			kind: "policy-kept",
			policy
		}));
	} catch (error) {
		await takeBack().catch(() => void 0);
		throw error;
	}
	await takeBack();
}
/** A fresh cloud machine updates its lists by itself just when we want to: their lock is waited for. */
async function updateLists(signal, onEvent) {
	const deadline = performance.now() + lockSeconds * 1e3;
	for (;;) {
		const result = await asRoot("apt-get", [
			"update",
			"--quiet",
			"--quiet"
		], {
			env: environment,
			supervised: true,
			timeoutSeconds: 600,
			signal,
			allowedExitStatuses: "any"
		});
		if (result.exitStatus === 0) return;
		if (!/could not get lock/i.test(result.stderr) || performance.now() > deadline) {
			onEvent({
				kind: "lists-not-updated",
				reason: result.stderr.trim()
			});
			return;
		}
		onEvent({ kind: "waiting-for-lock" });
		await setTimeout$1(5e3, void 0, { signal });
	}
}
async function apt(args, signal) {
	try {
		const { stdout } = await asRoot("apt-get", args, {
			env: environment,
			supervised: true,
			timeoutSeconds: installSeconds,
			signal
		});
		return stdout;
	} catch (error) {
		if (!(error instanceof ToolError)) throw error;
		throw new EnvironmentError(`packages could not be installed. ${aptHint(error.message)}\n${error.message}`, { cause: error });
	}
}
/** What to do about the faults that apt-get reports most. */
function aptHint(words) {
	if (/Unable to locate package|has no installation candidate/.test(words)) return "A package is not in the configured archives: on Ubuntu enable \"universe\", on Debian the component main";
	if (/Could not get lock|dpkg frontend lock/.test(words)) return "Another package manager is at work: try again later";
	if (/Could not resolve|Failed to fetch|Connection (failed|timed out)/.test(words)) return "The package archive cannot be reached: check the network, a proxy, /etc/apt";
	if (/held broken packages|Packages need to be removed/.test(words)) return "They do not go together with what is installed; nothing is ever removed to make room";
	if (/No space left/.test(words)) return "The disk is full";
	return "The last lines of apt-get tell why";
}

// src/host/sdks.ts
/**
* Development kits that GitHub puts on its runners and that nothing here uses, about the largest first
* (actions/runner-images). Nothing else is ever removed to make room, and never by apt: its removals fail when one package is gone.
*/
const sdkFolders = [
	"/usr/local/lib/android",
	"/usr/share/dotnet",
	"/usr/lib/dotnet",
	"/usr/local/.ghcup",
	"/opt/ghc",
	"/opt/hostedtoolcache/CodeQL",
	"/usr/share/swift",
	"/usr/share/miniconda",
	"/usr/lib/google-cloud-sdk",
	"/opt/google/chrome",
	"/opt/microsoft/msedge",
	"/usr/local/julia",
	"/usr/local/share/chromium",
	"/usr/local/share/powershell"
];
/** The kits that lie on the file system of a path: removing the others would not help. */
function removableSdks(path, folders = sdkFolders) {
	const device = statSync(path).dev;
	return folders.filter((folder) => existsSync(folder) && statSync(folder).dev === device);
}
/** Removes kits, one after the other, until there is room. */
async function removeSdks(request) {
	const { path, wantedBytes, signal, onFreed, free = freeBytes } = request;
	for (const folder of removableSdks(path, request.folders)) {
		const before = free(path);
		if (before >= wantedBytes) return;
		await asRoot("rm", [
			"-rf",
			"--one-file-system",
			"--",
			folder
		], {
			supervised: true,
			timeoutSeconds: 600,
			signal
		});
		onFreed({
			folder,
			bytes: Math.max(0, free(path) - before)
		});
	}
}

// src/host/capacity.ts
const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
/** What setup, a build and the smoke test write. */
function spaceNeeds(question) {
	return [
		...buildSpaceNeeds(question),
		{
			use: "the broker's folder",
			path: "/var/tmp",
			bytes: 100 * mebibyte
		},
		...question.bringsEnvironment ? [{
			use: "the private environment",
			path: question.cacheFolder,
			bytes: 350 * mebibyte
		}] : [],
		...question.bringsPackages ? [{
			use: "packages",
			path: "/usr",
			bytes: 2 * gibibyte
		}] : []
	];
}
/** One finding for each file system; `mayRemoveKits` is undefined where there are none, which is off hosted runners. */
async function probeSpace(needs, mayRemoveKits) {
	return (await spaceStates(needs)).map((state) => mayRemoveKits === void 0 ? judgeSpace(state) : judgeSpace(state, {
		mayRemove: mayRemoveKits,
		folders: removableSdks(state.mountPoint)
	}));
}
function judgeSpace(state, kits) {
	const { device, mountPoint, freeBytes: free, neededBytes: needed, needs } = state;
	const parts = needs.map(({ use, bytes }) => `${use} ${gibibytes(bytes)}`).join(", ");
	const finding = {
		subject: "free disk",
		found: `${gibibytes(free)} on ${device} on ${mountPoint}`,
		needed: `${gibibytes(needed)}: ${parts}`
	};
	if (free >= needed) return {
		...finding,
		status: "ok"
	};
	const hasKits = kits !== void 0 && kits.folders.length > 0;
	if (hasKits && kits.mayRemove) {
		const change = {
			kind: "kits",
			path: mountPoint,
			wantedBytes: needed,
			folders: kits.folders
		};
		return {
			...finding,
			status: "mend",
			changes: [change]
		};
	}
	const offer = hasKits ? "set free-disk-space: true on this step, " : "";
	const others = "or use other folders: --output, and XDG_CACHE_HOME for the cache";
	return {
		...finding,
		status: "missing",
		remedy: `${offer}free ${gibibytes(needed - free)} there, ${others}`
	};
}
/** The virtual machine of the smoke test has 2 GiB; QEMU itself, the broker and this program come on top. */
const memoryNeedBytes = 2.5 * gibibyte;
/** Memory that new work can have: the kernel's estimate, or less where a control group bounds it. */
function judgeMemory(memInfo, limitBytes, usedBytes) {
	const kibibytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(memInfo)?.[1] ?? 0);
	const available = (kibibytes("MemAvailable") + kibibytes("SwapFree")) * 1024;
	const bounded = limitBytes === void 0 ? available : Math.min(available, limitBytes - usedBytes);
	const finding = {
		subject: "memory",
		found: `${gibibytes(bounded)} available${bounded < available ? " (control group)" : ""}`,
		needed: `${gibibytes(memoryNeedBytes)}: the virtual machine of the smoke test has 2.0 GiB`
	};
	if (bounded >= memoryNeedBytes) return {
		...finding,
		status: "ok"
	};
	return {
		...finding,
		status: "missing",
		remedy: "end other programs, add swap, or use a larger machine"
	};
}
function probeMemory() {
	const read = (path) => existsSync(path) ? readFileSync(path, "utf8").trim() : "";
	const group = /^0::(\/.*)$/m.exec(read("/proc/self/cgroup"))?.[1] ?? "/";
	const number = (name) => {
		const text = read(`/sys/fs/cgroup${group}/${name}`) || read(`/sys/fs/cgroup/${name}`);
		return /^\d+$/.test(text) ? Number(text) : void 0;
	};
	const inactive = Number(/^inactive_file (\d+)$/m.exec(read(`/sys/fs/cgroup${group}/memory.stat`))?.[1] ?? 0);
	return judgeMemory(read("/proc/meminfo"), number("memory.max"), (number("memory.current") ?? 0) - inactive);
}
function gibibytes(bytes) {
	return bytes < .1 * gibibyte ? `${Math.ceil(bytes / 1024 ** 2)} MiB` : `${(bytes / gibibyte).toFixed(1)} GiB`;
}

// src/host/devices.ts
/** Attaches a file to a loop device and mounts a file system, both for real, and takes them away again. */
async function probeDevices(disk, isPrivileged) {
	const probes = [probeLoop, probeMount];
	const findings = [];
	for (const probe of probes) findings.push(await probe(isPrivileged));
	return [...findings, judgeDeviceMapper(readText("/proc/misc"), disk)];
}
async function probeLoop(isPrivileged) {
	const base = {
		subject: "loop device",
		needed: "diskimage-builder mounts the root file system from one"
	};
	if (!isPrivileged) return {
		...base,
		found: "not tried: needs root",
		status: "later"
	};
	if (findProgram("losetup") === void 0) return {
		...base,
		found: "not tried: no losetup yet",
		status: "later"
	};
	const file = join(makeWorkFolder("loop"), "file");
	writeFileSync(file, "");
	truncateSync(file, 1024 ** 2);
	const attached = await asRoot("losetup", [
		"--find",
		"--show",
		file
	], { allowedExitStatuses: "any" });
	const device = attached.stdout.trim();
	if (attached.exitStatus === 0) {
		await asRoot("losetup", ["--detach", device]);
		return {
			...base,
			found: `a file was attached to ${device}`,
			status: "ok"
		};
	}
	return {
		...base,
		found: `losetup: ${attached.stderr.trim() || `exit status ${attached.exitStatus}`}`,
		status: "missing",
		remedy: "load the kernel module loop (modprobe loop); in a container use --privileged and the host’s /dev"
	};
}
async function probeMount(isPrivileged) {
	const base = {
		subject: "mount",
		needed: "diskimage-builder mounts file systems in the tree it makes"
	};
	if (!isPrivileged) return {
		...base,
		found: "not tried: needs root",
		status: "later"
	};
	const folder = makeWorkFolder("mount");
	const mount = await asRoot("/bin/sh", [
		"-c",
		"mount -t tmpfs tmpfs \"$1\" && umount \"$1\"",
		"sh",
		folder
	], { allowedExitStatuses: "any" });
	if (mount.exitStatus === 0) return {
		...base,
		found: "a file system was mounted",
		status: "ok"
	};
	return {
		...base,
		found: mount.stderr.trim().split("\n")[0] ?? "",
		status: "missing",
		remedy: "root may not mount here; in a container use --privileged"
	};
}
/** Only diskimage-builder's own disk (disk: dib) is partitioned through it. */
function judgeDeviceMapper(misc, disk) {
	const subject = "device-mapper";
	const needed = disk === "dib" ? "diskimage-builder's own disk (disk: dib)" : "nothing: the disk is own";
	if (/^\s*\d+ device-mapper$/m.test(misc)) return {
		subject,
		needed,
		found: "in the kernel",
		status: "ok"
	};
	const found = "not in the kernel";
	if (disk === "own") return {
		subject,
		needed,
		found,
		status: "absent"
	};
	return {
		subject,
		needed,
		found,
		status: "missing",
		remedy: "load the kernel module (modprobe dm-mod), or let this tool make the disk: --set disk=own"
	};
}
function readText(path) {
	try {
		return readFileSync(path, "utf8");
	} catch {
		return "";
	}
}

// src/host/probe.ts
/**
* Asks the machine everything that building and proving the recipe's image needs. To probe what it says, a small file is
* attached to a loop device, a file system is mounted and QEMU is started, all in this run's folder and all taken back;
* beyond that nothing is changed.
*/
async function probeHost(question) {
	const { recipe, dib, dibCheckout } = question;
	const host = readHostDistribution();
	const privilege = await probePrivilege();
	const isPrivileged = privilege.status === "ok";
	const canInstall = isPrivileged && host.known !== void 0 && existsSync("/usr/bin/apt-get");
	const brought = [
		...dpkgWasInterrupted() ? [interruptedDpkg(canInstall)] : [],
		...needsOf(recipe, dib, dibCheckout !== null).map((need) => probeNeed(need, host.known, canInstall)),
		dibCheckout === null ? await probeDib(dib, recipe.dibVersion, canInstall) : await probeCheckoutDib(dibCheckout, canInstall),
		probeKernel(host.known, canInstall)
	];
	const changes = changesOf(brought);
	const needs = spaceNeeds({
		imageSizeBytes: sizeInBytes(recipe.imageSize),
		formats: recipe.formats.length,
		treeBytes: usualTreeBytes,
		workFolder: workFolderPlace(),
		cacheFolder: cacheFolder(),
		outputFolder: question.outputFolder,
		bringsPackages: changes.some((change) => change.kind === "packages"),
		bringsEnvironment: changes.some(({ kind }) => kind === "environment" || kind === "checkout-environment")
	});
	return [
		privilege,
		describeDistribution(host),
		{
			subject: "Node",
			found: process.version,
			needed: "runs this program",
			status: "ok"
		},
		...brought,
		...await probeDevices(recipe.disk, isPrivileged),
		await probeAccelerator(question.signal, question.disposable !== void 0 && isPrivileged),
		...await probeSpace(needs, question.disposable?.freeDiskSpace),
		probeMemory()
	];
}
async function probePrivilege() {
	const base = {
		subject: "privilege",
		needed: "root, or sudo without a password"
	};
	try {
		await requirePrivilege();
		return {
			...base,
			found: isRoot() ? "root" : `user ${process.getuid?.()} with sudo`,
			status: "ok"
		};
	} catch (error) {
		if (!(error instanceof EnvironmentError)) throw error;
		return {
			...base,
			found: "neither",
			status: "missing",
			remedy: error.message
		};
	}
}
function describeDistribution(host) {
	return {
		subject: "system",
		found: host.title,
		needed: "Debian 12, Debian 13 or Ubuntu 24.04",
		status: host.known === void 0 ? "absent" : "ok"
	};
}
function interruptedDpkg(canInstall) {
	const base = {
		subject: "dpkg",
		found: "was interrupted",
		needed: "a finished state"
	};
	if (canInstall) return {
		...base,
		status: "mend",
		changes: [{ kind: "dpkg" }]
	};
	return {
		...base,
		status: "missing",
		remedy: "run: sudo dpkg --configure -a"
	};
}
async function probeAccelerator(signal, mayOpen) {
	const base = {
		subject: "KVM",
		needed: "nothing: emulation works too, only slower"
	};
	if (mayOpen && kvmIsClosed() && !kvmRuleIsWritten()) return {
		...base,
		found: "/dev/kvm, which this user may not open",
		status: "mend",
		changes: [{ kind: "kvm" }]
	};
	if (findProgram("qemu-system-x86_64") === void 0) return {
		...base,
		found: "not measured: no QEMU yet",
		status: "later"
	};
	const { accelerator, reason } = await measureAccelerator(signal);
	return {
		...base,
		found: reason,
		status: accelerator === "kvm" ? "ok" : "absent"
	};
}

// src/stages/private-environment.ts
/**
* Brings the private environment: out of the cache, when that outlives the machine and has the very same one, else made
* anew and put there. Nothing that is wrong with the cache keeps it from being made.
*/
async function bringEnvironment({ version, useCache }, platform, signal) {
	const { cache, log } = platform;
	const key = useCache && cache.isShared ? await environmentKey(version) : void 0;
	if (key !== void 0) {
		const taken = await cache.take(key, signal);
		const fault = taken.hit ? await restoreEnvironment(version, taken.path, signal) : taken.reason;
		if (taken.hit && fault === void 0) {
			log.info(`taken from ${taken.from}, ${megabytes(taken.sizeBytes)}, verified`);
			return;
		}
		log.info(`not taken from a cache: ${fault}`);
	}
	await makeEnvironment(version, {
		signal,
		onLine: (line) => log.info(line)
	});
	if (key === void 0) return;
	const kept = await cache.keep(key, (path) => packFolder(environmentFolder(version), path, signal), signal);
	log.info(kept.kept ? `kept in ${kept.where}, ${megabytes(kept.sizeBytes)}` : `not kept for the next run: ${kept.reason}`);
}
function megabytes(bytes) {
	return `${Math.ceil(bytes / 1e6)} MB`;
}

// src/stages/setup-host.ts
/** Probes what building and proving an image needs, and brings what is missing. */
const setupHost = defineStage({
	name: "setup-host",
	command: "setup",
	aliases: { doctor: {
		fixed: { dryRun: true },
		summary: "Shows what this machine has and lacks for a recipe; changes nothing."
	} },
	summary: "Probes what this machine needs to build and prove an image, and brings what is missing.",
	positional: "recipe",
	inputs: object({
		...recipeInputs,
		output: string().default("out").describe("Folder that the image will be written to; its free space is probed."),
		freeDiskSpace: boolean().default(false).describe("On a GitHub-hosted runner whose disk is too small: removes development kits such as Android and .NET until there is room."),
		cache: boolean().default(true).describe("On GitHub, takes the private environment from the repository's cache when the very same one is there, and keeps a new one there."),
		dryRun: boolean().default(false).describe("Shows what was found and what would be changed, and changes nothing.")
	}),
	outputs: object({ environment: string().describe("Path of the private environment; empty while a dry run has changes to show.") }),
	check: checkDibInputs,
	async run(inputs, platform, signal) {
		const { recipe } = readRecipe(inputs.recipe, inputs.set);
		if (inputs.freeDiskSpace && !platform.disposable) refuseToFree();
		const disposable = platform.disposable ? { freeDiskSpace: inputs.freeDiskSpace } : void 0;
		const checkout = await readDibCheckout(inputs);
		const dibCheckout = checkout === null || inputs.dibCheckout === void 0 ? null : {
			folder: resolve(inputs.dibCheckout),
			checkout
		};
		const probe = () => probeHost({
			recipe,
			dib: inputs.dib,
			dibCheckout,
			outputFolder: inputs.output,
			disposable,
			signal
		});
		const findings = await platform.group("Probe the host", () => probe());
		const changes = changesOf(findings);
		const missing = findings.filter((finding) => finding.status === "missing");
		if (inputs.dryRun || changes.length > 0 || missing.length > 0) showTable(findings, platform);
		refuseMissing(missing);
		if (changes.length === 0) return ready(`nothing to bring for ${recipe.name}`);
		for (const change of changes) platform.log.info(`  ${describeChange(change)}`);
		if (inputs.dryRun) return {
			outputs: { environment: "" },
			lines: [{
				label: "changes",
				text: `${changes.length} to make, listed above: run trove-image setup`
			}]
		};
		if (!await platform.confirm(`Make ${changes.length === 1 ? "this change" : `these ${changes.length} changes`}?`)) throw new EnvironmentError("nothing was changed; the machine still lacks what is listed above");
		for (const change of changes) {
			signal.throwIfAborted();
			await platform.group(firstUpper(describeChange(change)), () => make(change, inputs.cache, platform, signal));
		}
		await confirmDone(await probe(), platform);
		return ready(`brought ${changes.map(nounOf).join(", ")}`);
	}
});
function ready(text) {
	return {
		outputs: { environment: privateEnvironment() },
		lines: [{
			label: "setup",
			text
		}]
	};
}
function refuseToFree() {
	throw new InputError("input \"free-disk-space\": what is installed is only removed from a GitHub-hosted runner (RUNNER_ENVIRONMENT is github-hosted there), which is thrown away after the job. Leave it out, and free some space yourself if setup asks for it");
}
/** What only the user can bring is said before anything is changed. */
function refuseMissing(missing) {
	if (missing.length === 0) return;
	const lines = missing.map(({ subject, found, needed, remedy }) => `  ${subject}: found ${found}; needed: ${needed}. What to do: ${remedy}`);
	throw new EnvironmentError(`this machine lacks what setup does not bring:\n${lines.join("\n")}`);
}
async function confirmDone(after, platform) {
	const open = after.filter(({ status }) => status === "missing" || status === "mend" || status === "later");
	if (open.length === 0) return;
	showTable(after, platform);
	refuseMissing(open.filter(({ status }) => status === "missing"));
	const names = open.map(({ subject, found }) => `${subject} (found ${found})`).join(", ");
	throw new EnvironmentError(`after all changes were made, this is still missing: ${names}`);
}
async function make(change, useCache, platform, signal) {
	switch (change.kind) {
		case "dpkg": return finishDpkg((event) => report(event, platform));
		case "kits": return removeSdks({
			...change,
			signal,
			onFreed: (freed) => platform.log.info(describeFreed(freed))
		});
		case "kvm": return openKvm();
		case "packages": return installPackages(change.names, {
			signal,
			onEvent: (event) => report(event, platform)
		});
		case "kernel": return bringKernel(change.package, signal);
		case "environment": return bringEnvironment({
			version: change.version,
			useCache
		}, platform, signal);
		case "checkout-environment": return makeCheckoutEnvironment(change.source, {
			signal,
			onLine: (line) => platform.log.info(line)
		});
	}
}
function report(event, platform) {
	if (event.kind === "lists-not-updated" || event.kind === "policy-kept" && !event.policy.forbidsStarts) platform.log.warning(describeEvent(event));
	else platform.log.info(describeEvent(event));
}
function describeEvent(event) {
	switch (event.kind) {
		case "lists-not-updated": return `the package lists could not be updated, going on with those there are: ${event.reason}`;
		case "waiting-for-lock": return "another program updates the package lists; waiting for it";
		case "installing": return "fetched; installing (an interruption takes effect when apt-get has ended)";
		case "units-disabled": return `not started and not enabled: ${event.units.join(" ")}`;
		case "policy-kept": {
			const { file, forbidsStarts } = event.policy;
			return forbidsStarts ? `${file} is not of this program and stays as it is; it forbids services to start` : `${file} is not of this program and stays as it is; it lets services start: those that the packages enable may run for a moment, and are stopped and disabled when the packages are installed`;
		}
	}
}
function describeFreed({ folder, bytes }) {
	return `removed ${folder}: ${(bytes / 1024 ** 3).toFixed(1)} GiB freed`;
}
function nounOf(change) {
	switch (change.kind) {
		case "kits": return "room on the disk";
		case "kvm": return "access to /dev/kvm";
		case "dpkg": return "the end of an interrupted dpkg";
		case "packages": return `${change.names.length} package${change.names.length === 1 ? "" : "s"} with what they depend on`;
		case "kernel": return "a kernel for libguestfs";
		case "environment": return `diskimage-builder ${change.version}`;
		case "checkout-environment": return `diskimage-builder ${change.source.checkout.describe} of a checkout`;
	}
}
function showTable(findings, platform) {
	for (const line of findingTable(findings)) platform.log.info(line);
}
function firstUpper(text) {
	return text.slice(0, 1).toUpperCase() + text.slice(1);
}

// src/stages/smoke-narrator.ts
/** A step of the agent's registration, for the log. */
function describeRegistration(event) {
	switch (event.kind) {
		case "consuming": return "the agent consumes its queue";
		case "connected": return `the broker lists its consumer: ${event.clientName} from ${event.peer}`;
		case "lost": return `not registered: ${event.reason}`;
		default: return `rpc_ping ${event.kind} in ${event.seconds.toFixed(1)} s, message ${event.messageId}`;
	}
}
/** Moments go to the log; the console itself only where somebody asked for everything. */
function show(event, platform) {
	switch (event.kind) {
		case "moment":
			platform.log.info(`${event.seconds.toFixed(1)} s  ${event.event}`);
			platform.progress({ text: event.event });
			break;
		case "line":
			platform.log.debug(event.text);
			platform.progress({ text: `${Math.round(event.seconds)} s  ${event.text.slice(0, 100)}` });
			break;
		case "broker":
			platform.log.info(describeBroker(event.broker));
			break;
		case "registration":
			platform.log.info(describeRegistration(event.event));
			platform.progress({ text: describeRegistration(event.event) });
			break;
		case "cast":
			platform.log.info(`guest to conductor: ${event.text}`);
			break;
		case "note": platform.log.warning(`console: ${event.text}`);
	}
}
function describeBroker({ facts, own }) {
	return `broker: ${facts.product} ${facts.version}, ${facts.queueKind} queues, ${own ? "started for this test" : "given"}`;
}
/** The URL and the password in it, in every form in which it may be printed, are hidden from now on. */
function hideUrl(url, platform) {
	platform.secret(url);
	const password = /^[^:]+:\/\/[^:@/]*:([^/]*)@/.exec(url)?.[1];
	if (!password) return;
	for (const form of /* @__PURE__ */ new Set([password, ...passwordForms(decoded(password))])) platform.secret(form);
}
/** As the broker and its messages know it. A malformed one is refused elsewhere. */
function decoded(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
/** `boot 71 s, agent 84 s, registered 157 s (rpc_ping answered)`, or what went wrong. */
function verdictText(result) {
	const at = (event) => result.timeline.find((moment) => moment.event === event)?.seconds;
	const times = [
		["boot", at("login prompt") ?? at("multi-user") ?? at("cloud-init finished")],
		["agent", at("consuming")],
		["registered", result.level === "registered" ? at("registered") : void 0]
	].flatMap(([name, seconds]) => seconds === void 0 ? [] : [`${name} ${Math.round(seconds)} s`]);
	if (result.status === "passed") {
		if (result.level === "registered") return `${times.join(", ")} (rpc_ping answered)`;
		const apart = result.pingIntervalSeconds ?? null;
		if (apart === null) return times.join(", ");
		const why = [apart < 60 ? `rpc_ping after ${apart} s, the level takes ${60} s or more` : "", result.sameConnection === true ? "" : "the broker does not tell whether one connection carried both answers"];
		return `${times.join(", ")}; no level: ${why.filter((reason) => reason !== "").join("; ")}`;
	}
	return [
		`failed after step "${result.reached}"`,
		result.endedBy,
		...times
	].join("; ");
}

// src/stages/smoke-test.ts
const smokeInputs = object({
	image: string().optional().describe("The image file, qcow2 or raw. It is opened read-only; the guest writes to an overlay. Or give image-artifact."),
	...imageFields,
	output: string().default("out").describe("Folder for smoke-test.json, smoke-test.xml and console.log; made when it is absent."),
	until: _enum(["registered", "login"]).default("registered").describe("How far the guest must come; login stops at the login prompt, needs no broker, reaches no level and writes boot-test.json."),
	firmware: _enum(["bios", "uefi"]).default("bios").describe("Firmware of the virtual machine; uefi uses OVMF with fresh variables."),
	brokerUrl: string().optional().meta({ secret: true }).describe("A RabbitMQ to use, amqp://USER:PASSWORD@HOST[:PORT]/VIRTUAL-HOST, with a virtual host that no Trove uses; by default one is started for the test. A given one cannot be asked for its connections: whether one carried both answers stays unknown, and no level is reached."),
	datastore: _enum(datastoreManagers).default("mysql").describe("The datastore whose manager the agent is told to load."),
	datastoreVersion: string().default("8.0").describe("The datastore's version that the agent is told."),
	guestUser: string().default(defaultOwner.user).describe("Owner of the injected files, as the control plane's injected_config_owner says."),
	pingIntervalSeconds: int().min(1).default(60).describe("Seconds between the two rpc_pings that an agent must answer over one connection; less than 60 gives no level."),
	capSeconds: int().min(10).optional().describe("Upper limit for the whole boot; by default 600 with KVM and 1800 without."),
	...failureLogsField
});
/** Boots an image unchanged in a virtual machine and waits until its guest agent answers the control plane. */
const smokeTest = defineStage({
	name: "smoke-test",
	command: "smoke",
	summary: "Boots the image unchanged in a virtual machine and waits until its agent answers over a real message broker.",
	positional: "image",
	inputs: smokeInputs,
	outputs: object({
		smokeTest: string().describe("Path of smoke-test.json."),
		level: _enum(["none", "registered"]).describe("The level that was reached.")
	}),
	check(inputs) {
		checkImageInputs(inputs);
		requireImage(inputs.image ?? inputs.imageArtifact);
		const { brokerUrl, until } = inputs;
		if (brokerUrl === void 0) return;
		parseBrokerUrl(brokerUrl);
		if (until === "login") throw new InputError("broker-url is of no use with until login, which needs no broker: leave one of them out");
	},
	failureFiles({ output, until }) {
		const name = until === "registered" ? "smoke-test" : "boot-test";
		return [
			`${name}.json`,
			`${name}.xml`,
			"console.log"
		].map((file) => join(output, file));
	},
	run: (inputs, platform, signal) => runSmokeTest(inputs, platform, signal)
});
/** What the stage asks of the world; other ones in tests. */
const realDoors = {
	probeImage,
	measureAccelerator,
	startBroker,
	useBroker,
	smoke
};
/** The stage's work. */
async function runSmokeTest(inputs, platform, signal, doors = realDoors) {
	const startedAt = performance.now();
	if (inputs.brokerUrl !== void 0) hideUrl(inputs.brokerUrl, platform);
	const image = await doors.probeImage(requireImage(await takeImage(inputs, platform, signal)), signal);
	const folder = makeWorkFolder("smoke-test", 448);
	const chooseBroker = async (own) => {
		if (inputs.until === "login") return void 0;
		return inputs.brokerUrl === void 0 ? doors.startBroker(own) : doors.useBroker(inputs.brokerUrl);
	};
	const [sha256, { accelerator, reason }, broker] = await platform.group("Prepare the boot", () => together(signal, [
		(own) => sha256OfFile(image.path, own),
		(own) => doors.measureAccelerator(own),
		chooseBroker
	]));
	platform.log.info(`accelerator: ${accelerator} (${reason})`);
	try {
		const { until, firmware, datastore, datastoreVersion, guestUser, pingIntervalSeconds, capSeconds } = inputs;
		const result = await platform.group("Boot the image", () => doors.smoke({
			image,
			sha256,
			folder,
			accelerator,
			broker,
			until,
			firmware,
			datastore,
			datastoreVersion,
			guestUser,
			pingIntervalSeconds,
			capSeconds,
			onEvent: (event) => show(event, platform),
			signal
		}));
		const name = until === "registered" ? "smoke-test" : "boot-test";
		const path = join(inputs.output, `${name}.json`);
		makeOutputFolder(inputs.output);
		await copyConsole(consoleIn(folder), join(inputs.output, "console.log"), secretsOf(broker));
		writeDocument(path, smokeTestSchema, result);
		writeFileSync(join(inputs.output, `${name}.xml`), formatSmokeJunit(result));
		await platform.summary(smokeSection(result, 3));
		const text = verdictText(result);
		return {
			outputs: {
				smokeTest: path,
				level: result.level
			},
			lines: [{
				label: "smoke",
				text,
				seconds: (performance.now() - startedAt) / 1e3
			}],
			verdict: {
				status: result.status,
				text
			}
		};
	} finally {
		await broker?.stop();
	}
}

// src/chain.ts
const given = (name) => ({ given: name });
const from = (stage, output) => ({
	stage: stage.name,
	output
});
const link = (stage, wiring) => ({
	stage,
	wiring
});
/** The default chain: what `trove-image build` runs, and what the workflows and playbooks mirror. */
const chain = [
	link(setupHost, {
		recipe: given("recipe"),
		set: given("set"),
		dib: given("dib"),
		dibCheckout: given("dibCheckout"),
		output: given("output")
	}),
	link(fetchBaseImage, {
		recipe: given("recipe"),
		set: given("set"),
		dib: given("dib"),
		dibCheckout: given("dibCheckout"),
		output: given("output")
	}),
	link(assembleElements, {
		recipe: given("recipe"),
		set: given("set"),
		dib: given("dib"),
		dibCheckout: given("dibCheckout"),
		output: given("output"),
		lock: from(fetchBaseImage, "lock")
	}),
	link(buildImage, {
		plan: from(assembleElements, "plan"),
		output: given("output")
	}),
	link(inspectImage, {
		image: from(buildImage, "image"),
		output: given("output"),
		lock: from(fetchBaseImage, "lock"),
		guestUser: from(assembleElements, "guestUser"),
		waive: given("waive")
	}),
	link(smokeTest, {
		image: from(buildImage, "image"),
		output: given("output"),
		guestUser: from(assembleElements, "guestUser"),
		brokerUrl: given("brokerUrl")
	}),
	link(publishImage, {
		image: from(buildImage, "image"),
		record: from(buildImage, "record"),
		inspection: from(inspectImage, "inspection"),
		smokeTest: from(smokeTest, "smokeTest"),
		output: given("output")
	})
];
/** Every stage that has a command of its own, in the order of the help. */
const stages = chain.map((entry) => entry.stage);
/** The inputs of one stage of a running chain. */
function wire(entry, givenInputs, outputs) {
	const inputs = {};
	for (const [key, source] of Object.entries(entry.wiring)) {
		const value = "given" in source ? givenInputs[source.given] : outputs.get(source.stage)?.[source.output];
		if (value !== void 0) inputs[key] = value;
	}
	return inputs;
}

// src/names.ts
/** `cacheHit` in code is `cache-hit` in action.yml and on the command line. */
function kebabCase(name) {
	return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
/** The inverse of {@link kebabCase}; also takes snake_case. */
function camelCase(name) {
	return name.replaceAll(/[-_]([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

// src/inputs.ts
/** Describes a schema's fields in their order. Throws a plain Error for a type that the doors cannot offer. */
function describeInputs(schema) {
	const json = toJSONSchema(schema, { io: "input" });
	return Object.entries(json.properties ?? {}).map(([key, property]) => ({
		key,
		name: kebabCase(key),
		type: typeOf(key, property),
		...property.enum === void 0 ? {} : { choices: property.enum },
		...property.default === void 0 ? {} : { default: property.default },
		required: json.required?.includes(key) ?? false,
		secret: property.secret ?? false,
		description: property.description ?? ""
	}));
}
/**
* Turns what a door was given into the types that a stage declares. An empty text is "not given"; a list is one item a
* line; a boolean is `true` or `false`.
*
* @throws InputError which names every input that does not fit, its value and what is legal
*/
function parseInputs(schema, raw) {
	const descriptions = describeInputs(schema);
	const faults = [];
	const values = {};
	for (const key of Object.keys(raw)) if (!descriptions.some((input) => input.key === key)) {
		const known = descriptions.map((input) => input.name).join(", ");
		faults.push(`input "${kebabCase(key)}": there is no such input; known are ${known}`);
	}
	for (const input of descriptions) {
		const value = raw[input.key];
		if (value === void 0 || value === "") {
			if (input.required) faults.push(`input "${input.name}": is required. ${input.description}`);
			continue;
		}
		const parsed = parseOne(input, value);
		if (parsed.fault === void 0) values[input.key] = parsed.value;
		else faults.push(`input "${input.name}": ${parsed.fault}`);
	}
	if (faults.length === 0) {
		const result = schema.safeParse(values);
		if (result.success) return result.data;
		for (const issue of result.error.issues) {
			const key = String(issue.path[0]);
			faults.push(`input "${kebabCase(key)}": ${issue.message} (got ${JSON.stringify(values[key])})`);
		}
	}
	throw new InputError(faults.join("\n"));
}
function typeOf(key, property) {
	if (property.type === "array") return "list";
	if (property.type === "string" || property.type === "boolean" || property.type === "integer") return property.type;
	throw new Error(`input ${key} has a type that the doors cannot offer: ${JSON.stringify(property)}`);
}
function parseOne(input, value) {
	const got = input.secret ? "" : ` (got ${JSON.stringify(value)})`;
	if (input.type === "list") return { value: (typeof value === "object" ? value : String(value).split("\n")).map((item) => item.trim()).filter((item) => item !== "") };
	if (typeof value === "object") return { fault: `takes one value${got}` };
	if (input.type === "boolean") {
		const text = String(value).toLowerCase();
		if (text === "true" || text === "false") return { value: text === "true" };
		return { fault: `expected true or false${got}` };
	}
	if (input.type === "integer") {
		if (/^-?\d+$/.test(String(value))) return { value: Number(value) };
		return { fault: `expected a whole number${got}` };
	}
	const text = String(value);
	if (input.choices && !input.choices.includes(text)) return { fault: `expected one of ${input.choices.join(", ")}${got}` };
	return { value: text };
}

// src/platforms/abandoned-runs.ts
/**
* What earlier runs have left is undone before a new one begins. What cannot be undone is said and hinders nothing: the new
* run has folders of its own. A dry run changes nothing and only says how much is left.
*/
async function startAfterAbandoned(dryRun, log) {
	if (dryRun) {
		const text = describeLeft(abandonedJournals().length);
		if (text !== void 0) log.info(text);
		return;
	}
	const { failures } = await undoAbandoned(log);
	for (const failure of failures) log.warning(failure.message);
}
/** Undoes abandoned runs and names each. */
function undoAbandoned(log) {
	return cleanAbandoned((folder) => log.info(`undoing what a killed run has left: ${folder}`));
}
/** What a dry run says of abandoned runs. */
function describeLeft(count) {
	if (count === 0) return void 0;
	return `${count === 1 ? "a killed run has" : `${count} killed runs have`} left something behind; "trove-image clean" undoes it`;
}
/** Whether inputs, as a door was given them, ask for a dry run. */
function asksForDryRun(raw) {
	return String(raw.dryRun).trim().toLowerCase() === "true";
}

// src/platforms/directory-cache.ts
/** Objects in a folder of this machine, by default in the user's cache. */
var DirectoryCache = class {
	isShared = false;
	store;
	constructor(store = new ObjectStore(join(cacheFolder(), "objects"))) {
		this.store = store;
	}
	async take(key, signal) {
		try {
			const found = await this.store.find(key, signal);
			if (found.hit) return {
				...found,
				from: this.store.folder
			};
			return {
				hit: false,
				reason: `${this.store.folder}: ${found.reason}`
			};
		} catch (error) {
			signal.throwIfAborted();
			return {
				hit: false,
				reason: asError(error).message
			};
		}
	}
	async keep(key, write, signal) {
		try {
			const { sizeBytes } = await this.store.put(key, write, signal);
			return {
				kept: true,
				sizeBytes,
				where: this.store.folder
			};
		} catch (error) {
			signal.throwIfAborted();
			return {
				kept: false,
				reason: asError(error).message
			};
		}
	}
};

// src/platforms/heartbeat.ts
const minuteMilliseconds = 6e4;
/** Breaks a long silence of a log that cannot be overwritten: each minute without a line, what is being done is said once more. */
var Heartbeat = class {
	#write;
	#doing;
	#writtenAt = Date.now();
	#timer;
	constructor(write) {
		this.#write = write;
	}
	/** What is being done from now on. */
	progress(text) {
		this.#doing = text;
		if (this.#timer !== void 0) return;
		this.#timer = setInterval(() => this.#look(), 1e3);
		this.#timer.unref();
	}
	/** A line was written, by whomever. */
	lineWritten() {
		this.#writtenAt = Date.now();
	}
	/** That work is over. */
	rest() {
		clearInterval(this.#timer);
		this.#timer = void 0;
		this.#doing = void 0;
	}
	#look() {
		if (this.#doing === void 0 || Date.now() - this.#writtenAt < minuteMilliseconds) return;
		this.#writtenAt = Date.now();
		this.#write(`no news for a minute; last: ${this.#doing}`);
	}
};

// src/platforms/no-artifacts.ts
const fault = "artifacts exist only in a step of a GitHub workflow; here the output folder holds all that is published";
/** A platform without artifacts: a terminal, or Zuul, which collects the output folder itself. */
const noArtifacts = {
	isKnown: false,
	fault: () => fault,
	upload: async () => Promise.reject(new EnvironmentError(fault)),
	find: async () => Promise.reject(new EnvironmentError(fault)),
	downloadFiles: async () => Promise.reject(new EnvironmentError(fault)),
	download: async () => Promise.reject(new EnvironmentError(fault))
};

// src/platforms/terminal.ts
/** A person's terminal, or a log file. Everything goes to stderr. */
var TerminalPlatform = class {
	log;
	cache = new DirectoryCache();
	artifacts = noArtifacts;
	debugging;
	disposable = false;
	#options;
	#stream;
	#secrets = [];
	#colours;
	#interactive;
	#heartbeat = new Heartbeat((text) => this.#line(text));
	#statusShown = false;
	constructor(options) {
		this.#options = options;
		this.debugging = options.verbose;
		this.#stream = options.stream ?? process.stderr;
		this.#interactive = this.#stream.isTTY === true && !options.plain;
		this.#colours = this.#interactive && !process.env.NO_COLOR;
		this.log = {
			debug: (text) => options.verbose && this.#line(this.#colour("2", text)),
			info: (text) => this.#line(text),
			warning: (text) => this.#line(`${this.#colour("33", "warning:")} ${text}`),
			error: (text) => this.#line(`${this.#colour("31", "error:")} ${text}`)
		};
	}
	async group(title, work) {
		const clock = this.#interactive ? "" : `[${(/* @__PURE__ */ new Date()).toTimeString().slice(0, 8)}] `;
		this.#line(this.#colour("1", `${clock}${title}`));
		try {
			return await work();
		} finally {
			this.#heartbeat.rest();
		}
	}
	annotate(annotation) {
		const place = annotation.file ? `${annotation.file}${annotation.line ? `:${annotation.line}` : ""}: ` : "";
		const write = {
			notice: this.log.info,
			warning: this.log.warning,
			error: this.log.error
		}[annotation.level];
		write(`${place}${annotation.message}`);
	}
	async summary() {}
	secret(value) {
		if (value !== "") this.#secrets.push(value);
	}
	async confirm(question) {
		if (this.#options.yes || !process.stdin.isTTY || !process.stderr.isTTY) return true;
		this.clearProgress();
		const reader = createInterface({
			input: process.stdin,
			output: process.stderr
		});
		try {
			const answer = await reader.question(`${question} [Y/n] `);
			return /^(y|yes|)$/i.test(answer.trim());
		} finally {
			reader.close();
		}
	}
	progress(progress) {
		const text = `${progress.fraction === void 0 ? "" : `${String(Math.floor(progress.fraction * 100)).padStart(3)} % `}${progress.text}`;
		if (!this.#interactive) {
			this.#heartbeat.progress(text.trimStart());
			return;
		}
		const width = (this.#stream.columns ?? 80) - 1;
		this.#stream.write(`\r\u001b[K${this.#hide(text).slice(0, width)}`);
		this.#statusShown = true;
	}
	/** Takes the line of progress away, so that standard output can go on at the start of a line. */
	clearProgress() {
		if (!this.#statusShown) return;
		this.#stream.write("\r\x1B[K");
		this.#statusShown = false;
	}
	#line(text) {
		this.clearProgress();
		this.#heartbeat.lineWritten();
		this.#stream.write(`${this.#hide(text)}\n`);
	}
	#hide(text) {
		return this.#secrets.reduce((shown, secret) => shown.replaceAll(secret, "***"), text);
	}
	#colour(code, text) {
		return this.#colours ? `\u001b[${code}m${text}\u001b[0m` : text;
	}
};

// src/cli/arguments.ts
const doorFlags = [
	{
		name: "yes",
		description: "Do not ask: every proposed change is agreed to."
	},
	{
		name: "format",
		value: "text|json",
		description: "What goes to standard output at the end; default text."
	},
	{
		name: "log",
		value: "auto|plain",
		description: "plain: no colours and no line that is overwritten; default auto."
	},
	{
		name: "fail-on",
		value: "failed|never",
		description: "Whether a failed verdict makes exit status 1; default failed."
	},
	{
		name: "inputs",
		value: "FILE",
		description: "JSON object with inputs by name; flags win over it."
	},
	{
		name: "outputs",
		value: "FILE",
		description: "Where to write the outputs as a JSON object."
	},
	{
		name: "verbose",
		description: "Also print what is only of interest when something is wrong."
	},
	{
		name: "help",
		description: "Show this help."
	}
];
/**
* Takes a command's arguments apart by the inputs it has.
* @throws InputError for an unknown flag (with the nearest known one), a missing value or too many positional arguments
*/
function parseArguments(command, argv, inputs, positional) {
	const flags = {};
	for (const flag of doorFlags) flags[flag.name] = { type: flag.value === void 0 ? "boolean" : "string" };
	flags.help = {
		type: "boolean",
		short: "h"
	};
	for (const input of inputs) flags[input.name] = {
		type: input.type === "boolean" ? "boolean" : "string",
		...input.type === "list" ? { multiple: true } : {}
	};
	const { tokens } = parseArgs({
		args: [...argv],
		options: flags,
		strict: false,
		allowPositionals: true,
		tokens: true
	});
	const raw = {};
	const door = {};
	const free = [];
	for (const token of tokens) if (token.kind === "positional") free.push(token.value);
	else if (token.kind === "option") {
		const negated = flags[token.name] === void 0 && token.name.startsWith("no-");
		const name = negated ? token.name.slice(3) : token.name;
		const flag = flags[name];
		if (flag === void 0 || negated && flag.type !== "boolean") throw new InputError(`unknown option ${token.rawName} of "${command}".${suggest(token.name, Object.keys(flags))}`);
		const value = readValue(command, token.rawName, flag.type, negated, token.value);
		const input = inputs.find((candidate) => candidate.name === name);
		if (input?.type === "list") {
			const items = raw[input.key];
			raw[input.key] = [...Array.isArray(items) ? items : [], String(value)];
		} else if (input) raw[input.key] = value;
		else door[name] = value;
	}
	const first = free.shift();
	if (first !== void 0) {
		if (positional === void 0) throw new InputError(`"${command}" takes no argument (got "${first}")`);
		raw[positional] = first;
	}
	if (free.length > 0) throw new InputError(`"${command}" takes one argument (got also "${free.join("\", \"")}")`);
	return {
		raw,
		door: readDoor(door)
	};
}
function suggest(name, known) {
	const near = nearest(name, known);
	return near === void 0 ? " See --help." : ` Did you mean --${near}?`;
}
function readValue(command, rawName, type, negated, value) {
	if (type === "string") {
		if (value === void 0) throw new InputError(`option ${rawName} of "${command}" needs a value`);
		if (value === "") throw new InputError(`option ${rawName} of "${command}" is empty: give a value, or leave it out`);
		return value;
	}
	if (value === void 0) return !negated;
	if (value === "true" || value === "false") return value === "true" !== negated;
	throw new InputError(`option ${rawName} of "${command}" is a switch: give it alone, or =true or =false`);
}
function readDoor(door) {
	const choice = (name, choices, standard) => {
		const value = door[name] ?? standard;
		const found = choices.find((candidate) => candidate === value);
		if (found === void 0) throw new InputError(`option --${name}: expected one of ${choices.join(", ")} (got "${value}")`);
		return found;
	};
	return {
		yes: door.yes === true,
		verbose: door.verbose === true,
		help: door.help === true,
		format: choice("format", ["text", "json"], "text"),
		log: choice("log", ["auto", "plain"], "auto"),
		failOn: choice("fail-on", ["failed", "never"], "failed"),
		...typeof door.inputs === "string" ? { inputs: door.inputs } : {},
		...typeof door.outputs === "string" ? { outputs: door.outputs } : {}
	};
}

// src/cli/build.ts
/** The inputs of the whole chain; stages that are asked for alone have more. */
const buildInputs = object({
	...recipeInputs,
	output: string().default("out").describe("Folder for the image and its documents; made when it is missing."),
	until: _enum([
		"setup-host",
		"fetch-base-image",
		"assemble-elements",
		"build-image",
		"inspect-image",
		"smoke-test",
		"publish-image"
	]).default("publish-image").describe("The last stage to run; its command is as good: smoke for smoke-test."),
	waive: array(string()).default([]).describe("Contract rules that may fail, each \"RULE YYYY-MM-DD REASON\"; after the day the rule counts again."),
	brokerUrl: string().optional().meta({ secret: true }).describe("Another RabbitMQ for the smoke test, amqp://user:password@host:port/vhost; by default one is started. With another the level stays below registered."),
	dryRun: boolean().default(false).describe("Shows what setup would change and the plan of the build, and changes nothing.")
});
/**
* Runs the chain. A failed verdict ends it: what has not been inspected is not booted, what was not proven is not published.
* Each finished stage is handed to `onStage` at once, so that an error later leaves the lines of what was done.
*/
async function runChain(chain, raw, platform, signal, onStage) {
	const inputs = parseInputs(buildInputs, {
		...raw,
		...untilOf(chain, raw)
	});
	const last = chain.findIndex((entry) => entry.stage.name === inputs.until);
	if (last < 0) throw new InputError(`input "until": there is no stage ${inputs.until}`);
	const output = inputs.dryRun ? makeWorkFolder("dry-run") : inputs.output;
	const given = {
		...inputs,
		output
	};
	const entries = inputs.dryRun ? chain.slice(0, Math.min(last + 1, 3)) : chain.slice(0, last + 1);
	checkGiven(entries, given);
	const outputs = /* @__PURE__ */ new Map();
	const reports = [];
	for (const entry of entries) {
		signal.throwIfAborted();
		const report = await runLink(entry, given, outputs, platform, signal);
		reports.push(report);
		outputs.set(report.stage, report.outputs);
		onStage(report);
		if (report.verdict?.status === "failed") break;
		if (inputs.dryRun && report.outputs.environment === "") break;
	}
	return reports;
}
/** The last stage may also be named as its command is: `smoke` for smoke-test. */
function untilOf(chain, { until }) {
	const named = chain.find(({ stage }) => stage.command === until);
	return named === void 0 ? {} : { until: named.stage.name };
}
/** What was given is judged before the first stage runs, also what only the last one reads: a build takes minutes. */
function checkGiven(entries, given) {
	for (const { stage, wiring } of entries) {
		const inputs = {};
		for (const [key, source] of Object.entries(wiring)) inputs[key] = ("given" in source ? given[source.given] : void 0) ?? ("stage" in source && !hasDefault(stage.inputs, key) ? source.output : void 0);
		stage.check?.(parseInputs(stage.inputs, inputs));
	}
}
function hasDefault(schema, key) {
	return describeInputs(schema).some((input) => input.key === key && input.default !== void 0);
}
async function runLink(entry, given, outputs, platform, signal) {
	const wired = wire(entry, given, outputs);
	if (given.dryRun && "dryRun" in entry.stage.inputs.shape) wired.dryRun = true;
	const inputs = parseInputs(entry.stage.inputs, wired);
	entry.stage.check?.(inputs);
	const startedAt = performance.now();
	const result = await entry.stage.run(inputs, platform, signal);
	const seconds = (performance.now() - startedAt) / 1e3;
	return {
		stage: entry.stage.name,
		seconds,
		...withTime(result, seconds)
	};
}
/** A single line without a time of its own gets the stage's; of several lines each has its own or none. */
function withTime(result, seconds) {
	const [only, ...others] = result.lines;
	const lines = only && others.length === 0 && only.seconds === void 0 ? [{
		...only,
		seconds
	}] : result.lines;
	return {
		outputs: result.outputs,
		lines,
		...result.verdict === void 0 ? {} : { verdict: result.verdict }
	};
}

// src/cli/help.ts
/** `trove-image --help`. */
function overview(commands, version) {
	const launcher = [{
		name: "test",
		summary: "Runs the project's tests, in a checkout: trove-image test --help."
	}];
	const rows = [...commands, ...launcher];
	const width = Math.max(...rows.map((row) => row.name.length));
	return [
		`trove-image ${version}: builds OpenStack Trove guest images and proves that they work`,
		"",
		"Usage: trove-image COMMAND [OPTIONS]",
		"",
		...rows.map((row) => `  ${row.name.padEnd(width)}  ${row.summary}`),
		"",
		"trove-image COMMAND --help shows the options of a command.",
		"Exit status: 0 passed, 1 verdict failed, 2 wrong input, 3 the machine lacks something, 4 a tool failed,",
		"70 a bug of trove-image, 129, 130 and 143 interrupted.",
		""
	].join("\n");
}
/** `trove-image COMMAND --help`. */
function commandHelp(command) {
	const positional = command.inputs.find((input) => input.key === command.positional);
	const rows = command.inputs.filter((input) => input !== positional).map((input) => [`--${input.name}${placeholderOf(input)}`, describe(input)]);
	const doorRows = doorFlags.map((flag) => [`--${flag.name}${flag.value ? ` ${flag.value}` : ""}`, flag.description]);
	return [
		`Usage: trove-image ${command.name}${positional ? ` ${argumentOf(positional)}` : ""} [OPTIONS]`,
		"",
		command.summary,
		"",
		...positional ? [
			`  ${positional.name.toUpperCase()}`,
			...wrap(describe(positional)),
			""
		] : [],
		...rows.flatMap(([flag, text]) => [`  ${flag}`, ...wrap(text)]),
		...rows.length > 0 ? [""] : [],
		"Options of every command:",
		...doorRows.flatMap(([flag, text]) => [`  ${flag}`, ...wrap(text)]),
		""
	].join("\n");
}
function argumentOf(input) {
	const name = input.name.toUpperCase();
	return input.required ? name : `[${name}]`;
}
function placeholderOf(input) {
	if (input.type === "boolean") return "";
	if (input.choices) return ` ${input.choices.join("|")}`;
	return {
		string: " TEXT",
		integer: " NUMBER",
		list: " TEXT ..."
	}[input.type];
}
function describe(input) {
	const standard = input.default;
	if (standard === void 0 || standard === false || Array.isArray(standard) && standard.length === 0) return input.description;
	return `${input.description} Default: ${standard}.`;
}
function wrap(text) {
	const lines = [];
	let line = "";
	for (const word of text.split(" ")) {
		if (line.length + word.length + 1 > 92) {
			lines.push(line);
			line = "";
		}
		line = line === "" ? word : `${line} ${word}`;
	}
	return [...lines, line].map((part) => `      ${part}`);
}

// src/cli/outputs-file.ts
/**
* Whether a file can be written when everything is done, judged before anything is.
* @throws InputError
*/
function requireWritable(file) {
	const refuse = (why) => {
		throw new InputError(`option --outputs: ${why} (got "${file}"). Legal: a file that exists and may be written, or a new one in a folder that exists.`);
	};
	const folder = dirname(resolve(file));
	if (existsSync(file)) {
		if (statSync(file).isDirectory()) refuse("it is a folder");
		if (!isWritable(file)) refuse("the file may not be written");
	} else {
		if (!existsSync(folder)) refuse(`the folder ${folder} does not exist`);
		if (!statSync(folder).isDirectory()) refuse(`${folder} is no folder`);
		if (!isWritable(folder)) refuse(`the folder ${folder} may not be written to`);
	}
}
/**
* Writes outputs under their names as action.yml and the command line have them.
* @throws EnvironmentError when the file has become unwritable meanwhile
*/
function writeOutputs(file, outputs) {
	const named = Object.fromEntries(Object.entries(outputs).map(([key, value]) => [kebabCase(key), value]));
	try {
		writeFileSync(file, `${JSON.stringify(named, null, 2)}\n`);
	} catch (thrown) {
		throw new EnvironmentError(`option --outputs: ${file} could not be written: ${asError(thrown).message}`);
	}
}
function isWritable(path) {
	try {
		accessSync(path, constants.W_OK);
		return true;
	} catch {
		return false;
	}
}

// src/cli/table.ts
/** The table that ends a run; the duration stands at the right where there is one. */
function formatTable(lines) {
	const labelWidth = Math.max(10, ...lines.map((line) => line.label.length));
	const textWidth = Math.min(60, Math.max(0, ...lines.filter(hasTime).map((line) => line.text.length)));
	return lines.map((line) => {
		const start = `${line.label.padEnd(labelWidth)}  ${line.text}`;
		if (line.seconds === void 0) return `${start}\n`;
		return `${start.padEnd(labelWidth + 2 + textWidth)}  ${formatDuration(line.seconds).padStart(11)}\n`;
	}).join("");
}
function hasTime(line) {
	return line.seconds !== void 0;
}

// src/cli/command.ts
/** The commands: `build`, one for each stage and each of its aliases, `clean`. */
const commands = [
	{
		name: "build",
		summary: "Builds, inspects, boots and publishes an image: all stages, from a recipe to an image that registered.",
		inputs: describeInputs(buildInputs),
		run: (raw, _door, { platform, signal, onStage }) => runChain(chain, raw, platform, signal, onStage)
	},
	...stages.flatMap((stage) => [stageCommand(stage, stage.command, {
		fixed: {},
		summary: stage.summary
	}), ...Object.entries(stage.aliases ?? {}).map(([name, alias]) => stageCommand(stage, name, alias))]),
	{
		name: "clean",
		summary: "Undoes what killed runs have left: processes, mounts, loop devices, temporary files.",
		inputs: [],
		run: async (_raw, _door, { platform }) => {
			return [{
				stage: "clean",
				seconds: 0,
				outputs: {},
				lines: [{
					label: "clean",
					text: describeCleaning(await undoAbandoned(platform.log))
				}]
			}];
		}
	}
];
/** Runs one command line to its exit status and ends the process. */
async function main(argv) {
	const abort = new AbortController();
	for (const name of endingSignals) process.on(name, () => abort.abort(new InterruptedError(name)));
	const status = await dispatch(argv, abort.signal);
	await new Promise((resolve) => process.stdout.write("", resolve));
	process.exit(status);
}
async function dispatch(argv, signal) {
	const [name = "--help", ...rest] = argv;
	if (name === "--version" || name === "version") return print(`${projectVersion()}\n`);
	if (name === "--help" || name === "-h" || name === "help" && rest[0] === void 0) return print(overview(commands, projectVersion()));
	const wanted = name === "help" ? rest[0] : name;
	const command = commands.find((candidate) => candidate.name === wanted);
	if (command === void 0) {
		const near = nearest(String(wanted), commands.map((candidate) => candidate.name));
		process.stderr.write(`error: there is no command "${wanted}"${near ? `; did you mean "${near}"?` : ""}\nKnown are ${commands.map((candidate) => candidate.name).join(", ")}.\n`);
		return 2;
	}
	if (name === "help") return print(commandHelp(command));
	return execute(command, rest, signal);
}
async function execute(command, argv, signal) {
	let platform = new TerminalPlatform({
		yes: false,
		verbose: false,
		plain: false
	});
	const reports = [];
	let door;
	let failure;
	let output;
	const startedAt = Date.now();
	signal.addEventListener("abort", () => platform.log.info(`${asError(signal.reason).message}: undoing what was begun, please wait`));
	try {
		const parsed = parseArguments(command.name, argv, command.inputs, command.positional);
		door = parsed.door;
		if (door.help) return print(commandHelp(command));
		platform = new TerminalPlatform({
			yes: door.yes,
			verbose: door.verbose,
			plain: door.log === "plain"
		});
		if (door.outputs) requireWritable(door.outputs);
		const raw = {
			...door.inputs === void 0 ? {} : readInputsFile(door.inputs),
			...parsed.raw
		};
		output = raw.output ?? command.inputs.find((input) => input.key === "output")?.default;
		if (typeof output === "string") checkOutputFolder(output);
		for (const input of command.inputs) if (input.secret && typeof raw[input.key] === "string") platform.secret(String(raw[input.key]));
		if (command.name !== "clean") await startAfterAbandoned(asksForDryRun({
			...raw,
			...command.fixed
		}), platform.log);
		await command.run(raw, door, {
			platform,
			signal,
			onStage: (report) => reports.push(report)
		}).then((all) => reports.length === 0 && reports.push(...all));
	} catch (thrown) {
		failure = signal.aborted ? asError(signal.reason) : asError(thrown);
	} finally {
		if (typeof output === "string") await giveBackNew(output, startedAt).catch(() => void 0);
		await endRun().then(() => signal.aborted && platform.log.info("What was begun has been undone."), (error) => platform.log.warning(`clean-up failed: ${asError(error).message}`));
		platform.clearProgress();
	}
	return conclude(reports, failure, door, platform);
}
/** Prints what was reached, then what went wrong; outputs first, so that a failed verdict still leaves its documents. */
function conclude(reports, failedBy, door, platform) {
	const verdict = reports.find((report) => report.verdict?.status === "failed")?.verdict;
	const outputs = Object.assign({}, ...reports.map((report) => report.outputs));
	let failure = failedBy;
	try {
		if (door?.outputs) writeOutputs(door.outputs, outputs);
	} catch (thrown) {
		failure ??= asError(thrown);
	}
	const status = failure ? exitStatusOf(failure) : verdict && door?.failOn !== "never" ? 1 : 0;
	if (door?.format === "json") {
		const error = failure ? {
			kind: failure.name,
			message: failure.message
		} : void 0;
		process.stdout.write(`${JSON.stringify({
			exitStatus: status,
			stages: reports,
			error
		}, null, 2)}\n`);
	} else {
		const lines = reports.flatMap((report) => [...report.lines]);
		process.stdout.write(formatTable(lines));
	}
	if (failure) platform.log.error(status === 70 ? failure.stack ?? failure.message : failure.message);
	if (status === 70) platform.log.error("This is a bug of trove-image; please report it with the lines above.");
	else if (verdict) platform.log.error(`the verdict is failed: ${verdict.text}`);
	return status;
}
function stageCommand(stage, name, { fixed, summary }) {
	return {
		name,
		summary,
		fixed,
		inputs: describeInputs(stage.inputs).filter((input) => !(input.key in fixed)),
		...stage.positional === void 0 ? {} : { positional: stage.positional },
		run: async (raw, _door, { platform, signal, onStage }) => {
			const inputs = parseInputs(stage.inputs, {
				...raw,
				...fixed
			});
			stage.check?.(inputs);
			const startedAt = performance.now();
			const result = await stage.run(inputs, platform, signal);
			const seconds = (performance.now() - startedAt) / 1e3;
			const report = {
				stage: stage.name,
				seconds,
				...withTime(result, seconds)
			};
			onStage(report);
			return [report];
		}
	};
}
function readInputsFile(path) {
	let value;
	try {
		value = JSON.parse(readFileSync(path, "utf8"));
	} catch (error) {
		throw new InputError(`option --inputs: ${path} cannot be read as JSON: ${asError(error).message}`);
	}
	if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InputError(`option --inputs: ${path} must hold one JSON object, input names to values`);
	return Object.fromEntries(Object.entries(value).map(([name, input]) => [camelCase(name), input]));
}
/**
* What `trove-image clean` came to.
* @throws EnvironmentError when something is left, with what it is and why
*/
function describeCleaning({ undone, failures }) {
	const runs = (count) => `${count} abandoned run${count === 1 ? "" : "s"}`;
	if (failures.length > 0) {
		const words = failures.map((failure) => failure.message).join("\n");
		throw new EnvironmentError(`undid ${undone} of ${runs(undone + failures.length)}:\n${words}`);
	}
	return undone === 0 ? "nothing was left by earlier runs" : `undid ${runs(undone)}`;
}
function print(text) {
	process.stdout.write(text);
	return 0;
}

// src/system/work-place.ts
/** A build's tree, its copy and the disk, with room to spare. */
const plentyBytes = 20 * 1024 ** 3;
/**
* Where working folders go: into the platform's temporary folder when that is on a disk and has plenty of room, or at least as
* much as the usual place, which is the user's cache. Pure.
*/
function chooseWorkPlace(offered, usual) {
	if (offered === void 0 || offered.inMemory) return usual;
	return offered.freeBytes >= Math.min(plentyBytes, usual.freeBytes) ? offered : usual;
}
/** What a folder offers; of one that does not exist yet, its nearest parent. */
function workPlaceAt(path) {
	let folder = path;
	while (!existsSync(folder)) folder = dirname(folder);
	const { bavail, bsize, type } = statfsSync(folder);
	return {
		path,
		freeBytes: bavail * bsize,
		inMemory: memoryTypes.has(type)
	};
}
/** TMPFS_MAGIC and RAMFS_MAGIC of linux/magic.h. */
const memoryTypes = /* @__PURE__ */ new Set([16914836, 2240043254]);

// src/platforms/annotation-place.ts
/**
* GitHub shows an annotation on a file of the repository only, and takes any path for one: a file outside of the workspace, such
* as an element that comes with diskimage-builder, is named in the message instead. Pure.
*/
function placeAnnotation(annotation, workspace) {
	const { level, message, file, line } = annotation;
	if (file === void 0) return annotation;
	const inside = workspace === void 0 ? file : isAbsolute(file) ? relative(workspace, file) : file;
	if (!isAbsolute(inside) && !inside.startsWith("../")) return {
		...annotation,
		file: inside
	};
	const place = line === void 0 ? file : `${file}, line ${line}`;
	return {
		level,
		message: message.includes(place) ? message : `${message} (${place})`
	};
}
/** A line of a message that begins with its place in a YAML file, as faults of a recipe do: `images/mine.yaml:12: ...`. */
const placed = /^(\S+\.ya?ml):(\d+): ./;
/** The annotations of an error's message: one for each line with a place, one for all the others together. Pure. */
function annotationsOf(message) {
	const lines = message.split("\n");
	const rest = lines.filter((line) => !placed.test(line));
	const annotations = lines.flatMap((line) => {
		const [, file, number] = placed.exec(line) ?? [];
		return file === void 0 ? [] : [{
			level: "error",
			message: line,
			file,
			line: Number(number)
		}];
	});
	return rest.length === 0 ? annotations : [...annotations, {
		level: "error",
		message: rest.join("\n")
	}];
}

// src/platforms/failure-logs.ts
/** Logs of a failure are of use for as long as somebody looks into it. */
const retentionDays = 3;
/**
* Runs a stage's work. When it throws or its verdict is failed, the files that the stage names and that this run has written
* are uploaded, unless its input failure-logs says no. An upload that fails is only a warning: the stage's own fault is what
* counts.
*/
async function keepingFailureLogs(stage, inputs, platform, signal, work) {
	const startedAt = Date.now();
	const keep = async () => {
		if (signal.aborted || inputs.failureLogs !== true || !platform.artifacts.isKnown) return;
		const files = filesSince(stage.failureFiles?.(inputs) ?? [], startedAt);
		await upload(stage.name, files, platform, signal);
	};
	try {
		const result = await work();
		if (result.verdict?.status === "failed") await keep();
		return result;
	} catch (error) {
		await keep();
		throw error;
	}
}
/** What lay there before tells of another run. */
function filesSince(files, milliseconds) {
	return files.filter((file) => existsSync(file) && statSync(file).mtimeMs >= milliseconds - 1e3);
}
async function upload(stage, files, platform, signal) {
	const [first] = files;
	if (first === void 0) return;
	const { artifacts, log } = platform;
	const fault = artifacts.fault();
	if (fault !== void 0) return log.warning(`the logs of the failure were not uploaded: ${fault}`);
	const name = `trove-image-failure-${stage}-${randomBytes(3).toString("hex")}`;
	try {
		await platform.group("Upload the logs of the failure", () => artifacts.upload({
			name,
			folder: dirname(first),
			files: files.map((file) => basename(file)),
			retentionDays
		}, signal));
		log.info(`logs of the failure, kept for ${retentionDays} days: artifact ${name}`);
	} catch (error) {
		log.warning(`the logs of the failure were not uploaded: ${asError(error).message}`);
	}
}

// src/platforms/github-artifact-faults.ts
/** Why a step can have no artifacts, from what the runner gave it; undefined when it can. */
function artifactsFault(environment) {
	const server = new URL(environment.GITHUB_SERVER_URL || "https://github.com").hostname.toLowerCase();
	if (server !== "github.com" && !server.endsWith(".ghe.com") && !server.endsWith(".localhost")) return `${server} is a GitHub Enterprise Server, which has no artifacts that this action can use; say upload: never, and upload the output folder with the version of actions/upload-artifact that your server has`;
	const missing = ["ACTIONS_RUNTIME_TOKEN", "ACTIONS_RESULTS_URL"].filter((name) => !environment[name]);
	if (missing.length === 0) return void 0;
	return `this step has no ${missing.join(" and no ")}, without which nothing can be uploaded or downloaded: a runner gives it to actions (uses:), not to scripts (run:); act gives it when started with --artifact-server-path. Use the action by "uses:", or say upload: never`;
}
/** Whether the service refused an artifact because the run has one of that name (HTTP 409). */
function isDuplicate(error) {
	return /\(409\)|already exists/.test(error.message);
}
/** The client's words for a failed upload, with what to do. */
function uploadFault(name, error) {
	const message = `artifact ${name} was not uploaded: ${error.message}`;
	const advice = /quota has been hit|insufficient usage/.test(error.message) ? "the storage for artifacts is used up: delete artifacts or give a smaller retention-days; GitHub counts anew every 6 to 12 hours" : /\((401|403)\)|permission/.test(error.message) ? "the step's token may not create artifacts: it is that of the job, so rerun the job when it is older than a day, and see whether an organisation's policy forbids artifacts" : "such errors may pass by themselves: rerun the job, and see https://www.githubstatus.com when they stay";
	return new EnvironmentError(`${message}. What to do: ${advice}`, { cause: error });
}

// src/platforms/github-artifacts.ts
/**
* Blocks of 8 MiB that are sent at the same time; the client's own limit grows with the processors, up to 300. One more costs
* 8 MiB, on top of some 50 that the client has between the file and the first block, and on loopback gains nothing.
*/
const parallelBlocks = 1;
const downloadTries = 3;
/** Artifacts of the running workflow. The only file that knows @actions/artifact. */
var GithubArtifacts = class {
	isKnown = true;
	fault() {
		return artifactsFault(process.env);
	}
	async upload(upload, signal) {
		this.#require();
		process.env.ACTIONS_ARTIFACT_UPLOAD_CONCURRENCY = String(parallelBlocks);
		const name = "file" in upload ? basename(upload.file) : upload.name;
		const { retentionDays } = upload;
		const retention = retentionDays === 0 ? {} : { retentionDays };
		const client = await openClient();
		const attempt = () => untilAborted(signal, "file" in upload ? client.uploadArtifact(name, [upload.file], dirname(upload.file), {
			skipArchive: true,
			...retention
		}) : client.uploadArtifact(name, upload.files.map((file) => join(upload.folder, file)), upload.folder, retention));
		let answer;
		try {
			answer = await sparingMemory(() => attempt().catch(async (error) => {
				if (signal.aborted || "file" in upload || !isDuplicate(asError(error))) throw error;
				await client.deleteArtifact(name);
				return attempt();
			}));
		} catch (error) {
			signal.throwIfAborted();
			if ("file" in upload && isDuplicate(asError(error))) return this.#alreadyThere(name, upload.sha256, signal);
			throw uploadFault(name, asError(error));
		}
		const { id, size = 0, digest = "" } = answer;
		if (id === void 0) throw new EnvironmentError(`artifact ${name} was not uploaded: the service gave it no number`);
		if ("file" in upload && digest !== upload.sha256) throw new EnvironmentError(`artifact ${name} has sha256 ${digest}, the file had ${upload.sha256}: it was changed while it was uploaded`);
		return {
			id,
			name,
			sizeBytes: size,
			sha256: digest
		};
	}
	async find(nameOrId, signal, sha256) {
		this.#require();
		const all = await this.#list(signal);
		const found = chooseArtifact(all, nameOrId, sha256);
		if (found !== void 0) return found;
		const there = all.length === 0 ? "has none" : `has ${all.map(({ name, id }) => `${name} (${id})`).join(", ")}`;
		throw new InputError(`this workflow run has no artifact "${nameOrId}"; it ${there}`);
	}
	async download(artifact, folder, signal) {
		return this.#downloadTo(artifact, folder, signal, (landing) => settle(artifact, landing, folder));
	}
	async downloadFiles(artifact, folder, signal) {
		return this.#downloadTo(artifact, folder, signal, (landing) => settleFiles(artifact, landing, folder));
	}
	/** Lets the bytes arrive beside their place, and has them settled when they are whole. */
	async #downloadTo(artifact, folder, signal, settled) {
		this.#require();
		await mkdir(folder, { recursive: true });
		const faults = [];
		for (let round = 0; round < downloadTries; round++) {
			const landing = await mkdtemp(join(folder, ".download."));
			recordFolder(landing);
			try {
				const client = await openClient();
				const expectedHash = `sha256:${artifact.sha256}`;
				const { digestMismatch } = await sparingMemory(() => untilAborted(signal, client.downloadArtifact(artifact.id, {
					path: landing,
					expectedHash
				})));
				if (!digestMismatch) return settled(landing);
				faults.push(`the bytes that arrived do not have sha256 ${artifact.sha256}`);
			} catch (error) {
				signal.throwIfAborted();
				if (error instanceof InputError) throw error;
				faults.push(asError(error).message);
			} finally {
				rmSync(landing, {
					recursive: true,
					force: true
				});
				forget({
					kind: "folder",
					path: landing
				});
			}
		}
		throw new EnvironmentError(`artifact ${artifact.name} (${artifact.id}) could not be downloaded whole in ${downloadTries} tries: ${faults.at(-1)}`);
	}
	#require() {
		const fault = this.fault();
		if (fault !== void 0) throw new EnvironmentError(fault);
	}
	/** Of all attempts of this run. The client's own "latest" goes by the number, which of a later attempt may be the smaller one. */
	async #list(signal) {
		const { artifacts } = await untilAborted(signal, (await openClient()).listArtifacts()).catch((error) => {
			signal.throwIfAborted();
			throw new EnvironmentError(`the artifacts of this run cannot be listed: ${asError(error).message}`);
		});
		return artifacts.map(({ id, name, size, createdAt, digest = "" }) => ({
			id,
			name,
			sizeBytes: size,
			createdMilliseconds: createdAt?.getTime() ?? 0,
			sha256: digest.replace(/^sha256:/, "")
		}));
	}
	/** A step that runs again, or another job with the same bytes, has uploaded it: that is no fault. */
	async #alreadyThere(name, sha256, signal) {
		const there = chooseArtifact(await this.#list(signal), name, sha256);
		if (there?.sha256 === sha256) return there;
		throw new InputError(`this workflow run already has an artifact "${name}" with other content: another job or step publishes under the same name. The name is that of the image file: give the recipes different names or architectures`);
	}
};
/** Pure; see {@link Artifacts.find}. */
function chooseArtifact(all, nameOrId, sha256) {
	const byId = all.find(({ id }) => String(id) === nameOrId);
	if (byId !== void 0) return byId;
	const newestFirst = all.filter(({ name }) => name === nameOrId).toSorted((left, right) => right.createdMilliseconds - left.createdMilliseconds || right.id - left.id);
	return newestFirst.find((artifact) => artifact.sha256 === sha256) ?? newestFirst[0];
}
/** Loaded when it is needed: it is as large as all the rest of the project. */
async function openClient() {
	const { DefaultArtifactClient } = await import("./artifact.js");
	return new DefaultArtifactClient();
}
/** The client knows no abort; what it still does ends with the process. */
async function untilAborted(signal, work) {
	signal.throwIfAborted();
	const { promise, reject } = Promise.withResolvers();
	const stop = () => reject(asError(signal.reason));
	signal.addEventListener("abort", stop, { once: true });
	try {
		return await Promise.race([work, promise]);
	} finally {
		signal.removeEventListener("abort", stop);
		work.catch(() => void 0);
	}
}
/** The one file of a download goes to its place under its own name. */
function settle(artifact, landing, folder) {
	const files = readdirSync(landing);
	const [name] = files;
	if (name === void 0 || files.length > 1 || !statSync(join(landing, name)).isFile()) throw new InputError(`artifact ${artifact.name} holds ${files.length} files (${files.slice(0, 5).join(", ")}); an image is uploaded as one file`);
	const place = join(folder, name);
	if (existsSync(place)) rmSync(place);
	renameSync(join(landing, name), place);
	return place;
}
/** The files of an archive go to the folder, except where it has one of that name: that one is newer. */
function settleFiles(artifact, landing, folder) {
	const entries = readdirSync(landing, { withFileTypes: true });
	const strange = entries.find((entry) => !entry.isFile());
	if (strange !== void 0) throw new InputError(`artifact ${artifact.name} holds ${strange.name}, which is no file: it has other things than documents`);
	const names = entries.map((entry) => entry.name).toSorted();
	for (const name of names.filter((name) => !existsSync(join(folder, name)))) renameSync(join(landing, name), join(folder, name));
	return names;
}

// src/platforms/github-cache.ts
/** The name of an object in a repository's cache. Only the whole key is ever asked for. */
function cacheKey({ kind, digest }) {
	return `trove-image-${kind}-${digest}`;
}
/**
* Objects in the repository's cache, by way of the folder on the runner: the cache stores and restores the object's two
* files at the same absolute paths, because these paths are part of what it compares. The client logs its own troubles and
* goes on; here they become a reason.
*/
var GithubCache = class {
	isShared = true;
	#local;
	constructor(local = new DirectoryCache()) {
		this.#local = local;
	}
	async take(key, signal) {
		const there = await this.#local.take(key, signal);
		if (there.hit) return there;
		try {
			return await this.#restore(key, signal);
		} catch (error) {
			signal.throwIfAborted();
			return {
				hit: false,
				reason: asError(error).message
			};
		}
	}
	async keep(key, write, signal) {
		const kept = await this.#local.keep(key, write, signal);
		if (!kept.kept) return kept;
		const name = cacheKey(key);
		try {
			const client = await import("./cache.js");
			if (!client.isFeatureAvailable()) return {
				kept: false,
				reason: "this runner has no cache service"
			};
			const files = this.#local.store.filesOf(key);
			if (await sparingMemory(() => client.saveCache([files.content, files.checksum], name)) !== -1) return {
				...kept,
				where: `the repository's cache as ${name}`
			};
			return {
				kept: false,
				reason: `the repository's cache did not take ${name}: it has it already, is full, or this run may only read; see above`
			};
		} catch (error) {
			signal.throwIfAborted();
			return {
				kept: false,
				reason: asError(error).message
			};
		}
	}
	async #restore(key, signal) {
		const name = cacheKey(key);
		const client = await import("./cache.js");
		if (!client.isFeatureAvailable()) return {
			hit: false,
			reason: "this runner has no cache service"
		};
		const { store } = this.#local;
		const files = store.filesOf(key);
		const matched = await sparingMemory(() => client.restoreCache([files.content, files.checksum], name));
		signal.throwIfAborted();
		if (matched === void 0) return {
			hit: false,
			reason: `the repository's cache gave no ${name}; what went wrong, if anything, stands above`
		};
		const found = await store.find(key, signal);
		if (found.hit) return {
			...found,
			from: `the repository's cache, ${matched}`
		};
		return {
			hit: false,
			reason: `${matched} of the repository's cache is broken: ${found.reason}. A whole one can take its place after: gh cache delete ${name}`
		};
	}
};

// src/platforms/github.ts
/** A step of a GitHub workflow. Besides the door, action.ts, which runs the step, what knows @actions/core. */
var GithubPlatform = class {
	log = {
		debug: (text) => debug(text),
		info: (text) => {
			this.#heartbeat.lineWritten();
			info(looksLikeCommand(text) ? inert(text) : text);
		},
		warning: (text) => warning(text),
		error: (text) => error(text)
	};
	cache = new GithubCache();
	artifacts = new GithubArtifacts();
	debugging = isDebug();
	disposable = process.env.RUNNER_ENVIRONMENT === "github-hosted";
	#heartbeat = new Heartbeat((text) => this.log.info(text));
	#sections = [];
	#openGroup;
	/** Groups do not nest on GitHub, an inner end would close the outer one: a new group ends the one before. */
	async group(title, work) {
		const own = Symbol(title);
		this.closeGroup();
		this.#openGroup = own;
		startGroup(title);
		try {
			return await work();
		} finally {
			if (this.#openGroup === own) this.closeGroup();
		}
	}
	closeGroup() {
		if (this.#openGroup === void 0) return;
		this.#openGroup = void 0;
		this.#heartbeat.rest();
		endGroup();
	}
	annotate(annotation) {
		const { level, message, file, line } = placeAnnotation(annotation, process.env.GITHUB_WORKSPACE);
		const properties = {
			...file === void 0 ? {} : { file },
			...line === void 0 ? {} : { startLine: line }
		};
		const write = {
			notice,
			warning,
			error
		}[level];
		write(message, properties);
	}
	/** Kept until the step is over: its heading, with what came of it, stands before. */
	async summary(markdown) {
		this.#sections.push(markdown);
	}
	get sections() {
		return this.#sections;
	}
	secret(value) {
		for (const line of /* @__PURE__ */ new Set([value, ...value.split("\n")])) if (line.trim() !== "") setSecret(line);
	}
	async confirm() {
		return true;
	}
	/** A runner's log cannot be overwritten: what is being done stands there when a minute has passed without a line. */
	progress({ text }) {
		this.#heartbeat.progress(text);
	}
};
/** The runner takes `::` at the start of a line, and the older `##[` anywhere in it. */
function looksLikeCommand(text) {
	return /^\s*::|##\[/m.test(text);
}
function inert(text) {
	const token = randomUUID();
	return `::stop-commands::${token}\n${text}\n::${token}::`;
}

// src/platforms/problem-matcher.ts
/** The matchers that make annotations of what `trove-image` prints in other steps of the job: a `run:` with a faulty recipe. */
function problemMatcherFile() {
	return join(projectRoot(), "actions/problem-matcher.json");
}
/** Commands for the runner: from now on, in this job. Adding one twice replaces it. */
function addingMatchers() {
	return [`::add-matcher::${problemMatcherFile()}`];
}
function removingMatchers() {
	const { problemMatcher } = JSON.parse(readFileSync(problemMatcherFile(), "utf8"));
	return problemMatcher.map(({ owner }) => `::remove-matcher owner=${owner}::`);
}

// src/platforms/step-ledger.ts
const lineSchema = object({
	id: string(),
	stage: string(),
	result: _enum([
		"running",
		"passed",
		"failed",
		"error",
		"cancelled"
	]),
	text: string(),
	seconds: number()
});
/**
* What the stages of one job came to, in a file of the runner's temporary folder, which is emptied between jobs: each step is a
* process of its own, and the summary tells all of them in one table. A step that was killed stays `running`.
*/
var StepLedger = class {
	#file;
	#id = randomUUID();
	constructor(folder) {
		this.#file = join(folder, "trove-image-stages.jsonl");
	}
	lines() {
		if (!existsSync(this.#file)) return [];
		const byId = /* @__PURE__ */ new Map();
		for (const text of readFileSync(this.#file, "utf8").split("\n")) {
			if (text === "") continue;
			const { id, ...line } = lineSchema.parse(JSON.parse(text));
			byId.set(id, line);
		}
		return [...byId.values()];
	}
	/** Writes what this step came to; a later call replaces it. */
	write(line) {
		appendFileSync(this.#file, `${JSON.stringify({
			id: this.#id,
			...line
		})}\n`);
	}
};

// src/platforms/action.ts
/** The main step of an action: inputs, stage, outputs, then the verdict. Ends the process. */
async function runAction(stage) {
	const declared = stage;
	const abort = new AbortController();
	for (const name of endingSignals) process.on(name, () => abort.abort(new InterruptedError(name)));
	const platform = new GithubPlatform();
	const startedAt = performance.now();
	const descriptions = describeInputs(declared.inputs);
	const raw = {};
	for (const input of descriptions) {
		raw[input.key] = getInput(input.name);
		if (input.secret) platform.secret(raw[input.key] ?? "");
	}
	useRunnersTemporaryFolder(platform.disposable);
	let ledger;
	await tell(() => {
		ledger = openLedger();
		for (const command of addingMatchers()) info(command);
		ledger?.write({
			stage: declared.name,
			result: "running",
			text: "",
			seconds: 0
		});
	});
	const outcome = await work(declared, raw, platform, abort.signal);
	platform.closeGroup();
	const seconds = (performance.now() - startedAt) / 1e3;
	const line = {
		stage: declared.name,
		result: outcome.result,
		text: outcome.text,
		seconds
	};
	await tell(() => ledger?.write(line));
	await tell(() => writeSummary(formatStepSummary({
		...line,
		lines: outcome.lines,
		inputs: givenInputs(descriptions, raw),
		sections: platform.sections,
		...outcome.error === void 0 ? {} : { error: outcome.error }
	})));
	await endRun().catch((error) => warning(`clean-up failed: ${asError(error).message}`));
	process.exit(outcome.exitStatus);
}
/** The post step that all actions share: undoes what a cancelled main step has left. It never fails a job. */
async function runPost() {
	await tell(() => {
		for (const command of removingMatchers()) info(command);
	});
	try {
		const { failures } = await undoAbandoned(new GithubPlatform().log);
		for (const failure of failures) warning(`clean-up failed: ${failure.message}`);
	} catch (thrown) {
		warning(`clean-up failed: ${asError(thrown).message}`);
	}
	if (getState(tellsStages) === "true") await tell(async () => {
		const lines = ledgerOfJob()?.lines() ?? [];
		if (lines.length > 1) await writeSummary(formatStageTable(lines));
	});
	process.exit(0);
}
async function work(stage, raw, platform, signal) {
	try {
		await startAfterAbandoned(asksForDryRun(raw), platform.log);
		const inputs = parseInputs(stage.inputs, raw);
		stage.check?.(inputs);
		const result = await keepingFailureLogs(stage, inputs, platform, signal, () => stage.run(inputs, platform, signal));
		for (const [key, value] of Object.entries(result.outputs)) setOutput(kebabCase(key), value);
		platform.closeGroup();
		for (const line of result.lines) platform.log.info(`${line.label}  ${line.text}`);
		const lines = result.lines.map((line) => line.text);
		if (result.verdict?.status === "failed") {
			setFailed(`${stage.name}: ${result.verdict.text}`);
			return {
				exitStatus: 1,
				result: "failed",
				text: result.verdict.text,
				lines
			};
		}
		return {
			exitStatus: 0,
			result: "passed",
			text: result.verdict?.text ?? lines.join("; "),
			lines
		};
	} catch (thrown) {
		platform.closeGroup();
		const error = signal.aborted ? asError(signal.reason) : asError(thrown);
		const exitStatus = exitStatusOf(error);
		const hint = spaceHint(error, platform.disposable);
		const message = hint === void 0 ? error.message : `${error.message}\n${hint}`;
		for (const annotation of annotationsOf(message)) platform.annotate(annotation);
		if (exitStatus === 70) {
			platform.log.info(error.stack ?? "");
			platform.log.info("This is a bug of trove-image; please report it with the lines above.");
		}
		return {
			exitStatus,
			result: error instanceof InterruptedError ? "cancelled" : "error",
			text: message.split("\n")[0] ?? "",
			lines: [],
			error: message
		};
	}
}
/** On a hosted runner there is a remedy that no other machine has. */
function spaceHint(error, disposable) {
	if (!(error instanceof DiskSpaceError) || !disposable) return void 0;
	return "On this GitHub-hosted runner: give setup-host the input free-disk-space: true, which removes SDKs that nothing here uses.";
}
/**
* Working folders go where the runner's other temporary files are. Not as root on a machine that stays: the runner empties that
* folder without a look at what is mounted below it, and as root it could.
*/
function useRunnersTemporaryFolder(disposable) {
	const offered = process.env.RUNNER_TEMP;
	if (!offered || isRoot() && !disposable) return;
	const { path } = chooseWorkPlace(workPlaceAt(offered), workPlaceAt(cacheFolder()));
	if (path === offered) useWorkPlace(offered);
}
const tellsStages = "tells-stages";
/** The first action of a job is the one whose post step tells what all of them came to. */
function openLedger() {
	const ledger = ledgerOfJob();
	if (ledger !== void 0 && ledger.lines().length === 0) saveState(tellsStages, "true");
	return ledger;
}
function ledgerOfJob() {
	const folder = process.env.RUNNER_TEMP;
	return folder ? new StepLedger(folder) : void 0;
}
/** What the workflow set, by the action's names; of a secret only that it was given. */
function givenInputs(descriptions, raw) {
	return descriptions.flatMap(({ key, name, secret, default: standard }) => {
		const value = raw[key] ?? "";
		const usual = Array.isArray(standard) ? standard.join("\n") : String(standard ?? "");
		return value === "" || value === usual ? [] : [{
			name,
			value: secret ? "(secret)" : value
		}];
	});
}
async function writeSummary(markdown) {
	if (process.env.GITHUB_STEP_SUMMARY) await summary.addRaw(fitSummary(markdown), true).write();
}
/** Telling is not the work: when it fails, a warning is enough. */
async function tell(work) {
	try {
		await work();
	} catch (thrown) {
		warning(asError(thrown).message);
	}
}

export { setupHost as a, fetchBaseImage as c, smokeTest as i, buildImage as l, runPost as n, publishImage as o, main as r, inspectImage as s, runAction as t, assembleElements as u };