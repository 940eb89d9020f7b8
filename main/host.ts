import type { UpdateCarrier } from './updates/carrier.ts'

/** What the program needs of the machine it runs on. The engine sees nothing else of it. */
export interface Host {
  readonly clock: Clock
  readonly random: Random
  readonly paths: Paths
  readonly notify: (notice: Notice) => void
  /** Takes a notice back, by its id. Absent where notices do not stay. */
  readonly withdraw?: (id: string) => void
  readonly log: Log
  /**
   * Stays the same until the machine is started anew, whatever happens to this process. Undefined where the system does
   * not tell. Sleep does not change it.
   */
  readonly bootId?: string
  /** Absent where nothing can be told. */
  readonly surroundings?: Surroundings
  /** Shows a file or directory, absolute, in the file manager. Absent where there is none. */
  readonly reveal?: (path: string) => Promise<void>
  /** Absent where the program does not bring itself up to date. */
  readonly updates?: UpdateCarrier
}

/** What the machine runs on and how it is connected. `unknown` is an honest answer, and stops nothing. */
export interface Situation {
  readonly power: 'mains' | 'battery' | 'unknown'
  /** 0 to 100, on battery; absent where it is not told. */
  readonly batteryPercent?: number
  readonly network: 'metered' | 'unmetered' | 'unknown'
}

/** Asks the machine about itself. */
export interface Surroundings {
  look(): Promise<Situation>
}

/** Time. Tests put a virtual clock here; nothing else calls `Date.now` or sets a timer. */
export interface Clock {
  /** Milliseconds since the epoch; may jump. Shown and stored, never used to decide an order (I25). */
  now(): number
  /** Milliseconds that only grow. For durations, rates and deadlines. */
  monotonic(): number
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
  /** Calls `run` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, run: () => void): () => void
}

/** Randomness; seeded in tests. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** `byteCount` random bytes as lower-case hex. Cryptographic in production. */
  hex(byteCount: number): string
}

/** Directories of this installation, absolute, created on demand by their owners. */
export interface Paths {
  readonly home: string
  readonly config: string
  readonly state: string
  readonly cache: string
  readonly logs: string
  /** Directory of the control socket; mode 0700. */
  readonly run: string
}

/** Something worth a person's attention. Same `id`: replaces the earlier one. */
export interface Notice {
  readonly id: string
  readonly title: string
  readonly body: string
  /** Where in the main window it leads, such as `folders/f1`; absent: to what happens now. */
  readonly route?: string
}

/** Structured log. Fields are allow-listed by type: never an error object, never a secret. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}
/** Nothing but plain values: no objects, so no errors and no secrets by accident. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** The secret store port. Values are never logged, and held by callers for one call only. */
export interface Secrets {
  get(name: string): Promise<string | undefined>
  set(name: string, value: string): Promise<void>
  remove(name: string): Promise<void>
  /** How secrets are kept here, for `doctor` and Settings: "system keychain", "sealed file". */
  describe(): string
}
