import { styleText } from 'node:util'
import type { ConsoleIo, TextStream } from './console-io.ts'
import { describeError } from './failure.ts'
import { printable } from './printable.ts'
import { cliTexts } from './cli-texts.ts'

/** What the global flags say about output. */
export interface OutputFlags {
  readonly json: boolean
  readonly jsonl: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly debug: boolean
}

/** What the JSON modes print. */
export interface JsonObject {
  readonly type: string
  readonly [member: string]: unknown
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/**
 * The one way to print. Data goes to stdout, everything else to stderr. With `--json` stdout gets
 * exactly one object; with `--jsonl` one line for each event and the same object last.
 */
export class Output {
  readonly flags: OutputFlags
  readonly #io: ConsoleIo
  readonly #now: () => Date
  #progress = ''
  #finished = false
  #lost: NodeJS.ErrnoException | undefined
  readonly #broken = new Set<TextStream>()

  constructor(io: ConsoleIo, flags: OutputFlags, now: () => Date = () => new Date()) {
    this.#io = io
    this.flags = flags
    this.#now = now
    for (const stream of [io.stdout, io.stderr]) {
      stream.on('error', (error) => {
        this.#broken.add(stream)
        // The reader went away (`| head`): the work goes on, only nobody listens any more.
        if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.#lost = error
      })
    }
  }

  /** True when stdout is for programs. */
  get machine(): boolean {
    return this.flags.json || this.flags.jsonl
  }

  /** Why output was lost, other than by a reader that went away: a full disk. */
  get lost(): NodeJS.ErrnoException | undefined {
    return this.#lost
  }

  /** A line of data for a person. Nothing in the JSON modes: `result` carries it there. */
  line(text = ''): void {
    if (!this.machine) this.#write(this.#io.stdout, `${text}\n`)
  }

  /** Raw text on stdout whatever the mode: completion scripts, help. */
  raw(text: string): void {
    this.#write(this.#io.stdout, text)
  }

  /** The object of `--json`, and the last line of `--jsonl`. Once for each invocation. */
  result(value: JsonObject): void {
    if (!this.machine || this.#finished) return
    this.#finished = true
    if (this.flags.jsonl) this.#jsonLine(value)
    else this.#write(this.#io.stdout, `${toJson(value, 2)}\n`)
  }

  /** One step, for `--jsonl` alone. */
  event(value: JsonObject): void {
    if (this.flags.jsonl && !this.#finished) this.#jsonLine(value)
  }

  /** Something to know, on stderr; not with `--quiet`. */
  note(text: string): void {
    if (!this.flags.quiet) this.#note(text)
  }

  /** What a person has to do now, on stderr, whatever the mode: the command waits for it. */
  prompt(text: string): void {
    this.#note(text)
  }

  /** Something to know only with `--verbose`. */
  detail(text: string): void {
    if (this.showsDetail) this.#note(text)
  }

  /** For what there is one of for each file. */
  get showsDetail(): boolean {
    return (this.flags.verbose || this.flags.debug) && !this.flags.quiet
  }

  /** Something wrong that does not end the command; `--quiet` keeps it. */
  warn(text: string): void {
    this.#note(`${this.style('yellow', cliTexts.warning, this.#io.stderr)} ${printable(text)}`)
  }

  /** Ends the command with an error: a sentence and what to do on stderr, and the object of the JSON modes. Returns the exit code. */
  fail(thrown: unknown): number {
    const error = describeError(thrown)
    this.clearProgress()
    this.#write(this.#io.stderr, `${this.style('red', 'tidekeep:', this.#io.stderr)} ${printable(error.message)}\n`)
    if (error.fix !== undefined) this.#write(this.#io.stderr, `  ${printable(error.fix)}\n`)
    if (this.flags.debug) this.#write(this.#io.stderr, `${stackOf(thrown)}\n`)
    this.result({ ...error })
    return error.exitCode
  }

  /** Replaces the progress line. Only a terminal ever sees one. */
  progress(text: string): void {
    if (!this.showsProgress) return
    const width = Math.max(20, (this.#io.stderr.columns ?? 80) - 1)
    const shown = text.length > width ? `${text.slice(0, width - 1)}…` : text
    this.#write(this.#io.stderr, `\r\u001B[K${shown}`)
    this.#progress = shown
  }

  get showsProgress(): boolean {
    return this.#io.stderr.isTTY === true && !this.flags.quiet && this.#io.env['TERM'] !== 'dumb'
  }

  clearProgress(): void {
    if (this.#progress !== '') this.#write(this.#io.stderr, '\r\u001B[K')
    this.#progress = ''
  }

  /** Colour, where the stream and the environment (NO_COLOR, FORCE_COLOR, CLICOLOR) want it. */
  style(style: Style, text: string, stream: TextStream = this.#io.stdout): string {
    return wantsColor(stream, this.#io.env) ? styleText(style, text, { validateStream: false }) : text
  }

  #note(text: string): void {
    const progress = this.#progress
    this.clearProgress()
    this.#write(this.#io.stderr, `${text}\n`)
    if (progress !== '') this.progress(progress)
  }

  #jsonLine(value: JsonObject): void {
    const { type, ...rest } = value
    this.#write(this.#io.stdout, `${toJson({ type, ts: this.#now().toISOString(), ...rest })}\n`)
  }

  #write(stream: TextStream, text: string): void {
    if (!this.#broken.has(stream)) stream.write(text)
  }
}

/** NO_COLOR wins over everything (no-color.org), then FORCE_COLOR, CLICOLOR=0, and whether it is a terminal. */
export function wantsColor(stream: TextStream, env: ConsoleIo['env']): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return stream.isTTY === true && env['CLICOLOR'] !== '0' && env['TERM'] !== 'dumb'
}

/** JSON with bigints as decimal strings: nanoseconds do not fit a number. */
export function toJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item), indent)
}

function stackOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const own = thrown.stack ?? thrown.message
  return thrown.cause === undefined ? own : `${own}\nCaused by: ${stackOf(thrown.cause)}`
}
