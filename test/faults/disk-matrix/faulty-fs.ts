/**
 * Preloaded into the real program with `node --import`: file system calls that match a rule of
 * TIDEKEEP_TEST_FAULTS fail with its error, in every thread, and are noted in TIDEKEEP_TEST_HITS.
 * SQLite makes its calls by itself and is not reached; strace does that.
 * What the program draws at random is next to nothing, so that it waits as little as it ever does before it tries again.
 */
import crypto from 'node:crypto'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { constants } from 'node:os'
import { join } from 'node:path'

/** One fault. Only the first `times` matching calls after `skip` fail; all by default. */
export interface FaultRule {
  /** Names of `node:fs`. */
  readonly calls: readonly string[]
  /** Where the path ends that it happens to; of two paths, the second. What is staged for a file is `<its source path> (staged)`. */
  readonly pathEnds: string
  /** What the path holds besides. */
  readonly pathHas?: string
  readonly error: string
  readonly skip?: number
  readonly times?: number
  /** Instead of an error: what was read is not what was written. */
  readonly flips?: true
}

const rules = (JSON.parse(process.env['TIDEKEEP_TEST_FAULTS'] ?? '[]') as FaultRule[]).map((rule) => {
  return { ...rule, skip: rule.skip ?? 0, times: rule.times ?? Number.POSITIVE_INFINITY }
})
const hits = process.env['TIDEKEEP_TEST_HITS'] ?? '/dev/null'
/** Numbers of `errno.h` on Linux where Node has no name for them. */
const NUMBERS: Readonly<Record<string, number>> = { EUCLEAN: 117, ENOMEDIUM: 123 }
const UNNAMED = new Set(['EDQUOT', 'ESTALE', 'EBADMSG', 'EUCLEAN', 'ENOMEDIUM'])
const STAGED = '/.tidekeep/tmp/'

const { appendFileSync, readlinkSync } = fs
const names = new Map<number, string>()
/** The staged file that was made last; the source it is for is opened right after it. */
let newest: number | undefined

function nameOf(subject: unknown): string {
  if (typeof subject === 'number') return names.get(subject) ?? ''
  const path = String(subject)
  const [, descriptor, rest] = /^\/(?:proc\/self|dev)\/fd\/(\d+)\/?(.*)$/.exec(path) ?? []
  if (descriptor === undefined) return path
  try {
    return join(readlinkSync(`/proc/self/fd/${descriptor}`), rest ?? '')
  } catch {
    return path
  }
}

function fault(call: string, path: string): (typeof rules)[number] | undefined {
  const rule = rules.find(
    ({ calls, pathEnds, pathHas, times }) =>
      times > 0 && calls.includes(call) && path.endsWith(pathEnds) && path.includes(pathHas ?? ''),
  )
  if (rule === undefined) return undefined
  if (rule.skip > 0) {
    rule.skip--
    return undefined
  }
  rule.times--
  appendFileSync(hits, `${JSON.stringify({ call, path: rule.pathEnds, error: rule.error })}\n`)
  return rule
}

function errorOf(name: string, call: string, path: string): Error {
  const number = NUMBERS[name] ?? (constants.errno as Record<string, number>)[name] ?? 0
  const code = UNNAMED.has(name) ? 'UNKNOWN' : name
  const syscall = call.replace('Sync', '')
  return Object.assign(new Error(`${code}: failed on purpose, ${syscall}`), { code, errno: -number, syscall, path })
}

type Call = (...args: unknown[]) => unknown
const calls = fs as unknown as Record<string, Call>
const TWO_PATHS = new Set(['renameSync', 'linkSync', 'copyFileSync'])

function patch(name: string, after?: (result: unknown, args: readonly unknown[]) => void): void {
  const real = calls[name]!
  calls[name] = (...args) => {
    const path = nameOf(TWO_PATHS.has(name) ? args[1] : args[0])
    const rule = fault(name, path)
    if (rule !== undefined && rule.flips !== true) {
      const callback = args.at(-1)
      const error = errorOf(rule.error, name, path)
      if (typeof callback !== 'function') throw error
      queueMicrotask(() => (callback as Call)(error))
      return undefined
    }
    const result = real(...args)
    if (rule?.flips === true) (args[1] as Uint8Array)[0]! ^= 1
    after?.(result, args)
    return result
  }
}

patch('openSync', (result) => {
  const descriptor = result as number
  const path = readlinkSync(`/proc/self/fd/${descriptor}`)
  names.set(descriptor, path)
  if (path.includes(STAGED)) newest = descriptor
  else if (newest !== undefined) {
    if (names.get(newest)?.includes(STAGED) === true) names.set(newest, `${path} (staged)`)
    newest = undefined
  }
})
patch('closeSync', (_result, [descriptor]) => void names.delete(descriptor as number))
for (const name of [
  'readdirSync',
  'lstatSync',
  'readSync',
  'writeSync',
  'fsyncSync',
  'futimesSync',
  'fchmodSync',
  'linkSync',
  'renameSync',
  'unlinkSync',
  'rmdirSync',
  'mkdirSync',
  'write',
  'fsync',
])
  patch(name)
shortenWaits()
syncBuiltinESMExports()

/** A number that is drawn is made of so many bytes, see `systemRandom`; names are made of more, or keep five that are random. */
function shortenWaits(): void {
  const drawnBytes = 6
  const real = crypto.randomBytes as (size: number) => Buffer
  const drawn = (size: number): Buffer => {
    const bytes = real(size)
    if (size === drawnBytes) bytes[0] = 0
    return bytes
  }
  Object.assign(crypto, { randomBytes: drawn })
}
