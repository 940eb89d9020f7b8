import { closeSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { isTidekeepError } from '../../common/errors.ts'
import type { Entry, RelPath } from '../../common/model.ts'
import { comparePaths, isReserved, joinRelPath, nameOf, parentOf, toRelPath } from '../../common/paths.ts'
import type { Random } from '../../main/host.ts'
import { createLocalScanner } from '../../main/engine/scan/local-scanner.ts'
import { createPool } from '../../main/pool.ts'
import { assertStorable } from '../../main/providers/local/names.ts'
import { encodeKey } from '../../main/providers/s3/address.ts'
import type { S3Context } from '../../main/providers/s3/context.ts'
import { createS3Provider } from '../../main/providers/s3/index.ts'
import { listObjects } from '../../main/providers/s3/list.ts'
import { SafeRoot } from '../../workers/fs/safe-root.ts'
import { translateTargetError } from '../../workers/fs/target-errors.ts'
import { entriesOfColumns } from '../../workers/entry-columns.ts'
import { listTarget } from '../../workers/list-target.ts'
import { createFakeHost, seededRandom } from '../fakes/host.ts'
import { withoutStacks } from '../fakes/without-stacks.ts'
import { HOSTILE_NAMES } from '../fixtures/hostile-names.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_205)
const NAMES = Number(process.env['TIDEKEEP_NAMES'] ?? 100_000)
/** Names that are really made on a disk. */
const ON_DISK = Number(process.env['TIDEKEEP_NAMES_ON_DISK'] ?? 20_000)

/** Runs of characters a name may be made of: plain, foreign, odd and forbidden ones. */
const RANGES: readonly (readonly [number, number])[] = [
  [0x61, 0x7a],
  [0x41, 0x5a],
  [0x20, 0x7e],
  [0x20, 0x7e],
  [0x01, 0x1f],
  [0x80, 0x24f],
  [0x300, 0x36f],
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xd7f0, 0xd7fb],
  [0xe000, 0xe010],
  [0xfff0, 0xffff],
  [0x1f300, 0x1faff],
]

class NameMaker {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  path(): string {
    const depth = this.#below(10) < 7 ? 1 : 1 + this.#below(4)
    return Array.from({ length: depth }, () => this.#segment()).join('/')
  }

  #segment(): string {
    const kind = this.#below(20)
    if (kind === 0) return HOSTILE_NAMES[this.#below(HOSTILE_NAMES.length)]!
    if (kind === 1 && this.#below(4) === 0) return `half ${String.fromCharCode(0xd800 + this.#below(0x800))}`
    const length = kind <= 2 ? 60 + this.#below(260) : 1 + this.#below(12)
    return Array.from({ length }, () => this.#character()).join('')
  }

  #character(): string {
    const [low, high] = RANGES[this.#below(RANGES.length)]!
    const code = low + this.#below(high - low + 1)
    return code === 0x2f ? '+' : String.fromCodePoint(code)
  }

  #below(limit: number): number {
    return Math.floor(this.#random.next() * limit)
  }
}

/** That many different paths, and how many of them no rule of `common/paths.ts` takes. */
function makePaths(count: number, seed: number): { readonly paths: ReadonlySet<RelPath>; readonly refused: number } {
  const maker = new NameMaker(seed)
  const seen = new Set<string>()
  const paths = new Set<RelPath>()
  let refused = 0
  while (seen.size < count) {
    const raw = maker.path()
    if (seen.has(raw)) continue
    seen.add(raw)
    try {
      const path = toRelPath(raw)
      // Its own area is left out of every scan, so a provider is never asked for it.
      if (path === '' || isReserved(path)) refused++
      else paths.add(path)
    } catch (error) {
      if (!isReason(error)) throw error
      refused++
    }
  }
  return { paths, refused }
}

/** A refusal that a person can act on: of the right kind, with a sentence. */
function isReason(error: unknown): boolean {
  return isTidekeepError(error) && ['invalid', 'unsupported'].includes(error.code) && error.message.length > 20
}

describe(`${NAMES} random names (seed ${SEED})`, () => {
  let made: ReturnType<typeof makePaths>
  beforeAll(() => {
    made = makePaths(NAMES, SEED)
  })

  it('are refused with a reason, or come apart and together again unchanged', () => {
    const { paths, refused } = made
    let wrong = 0
    for (const path of paths) {
      if (joinRelPath(parentOf(path), nameOf(path)) !== path) wrong++
      if (JSON.parse(JSON.stringify(path)) !== path || Buffer.from(path).toString() !== path) wrong++
    }
    expect(wrong).toBe(0)
    expect(paths.size + refused).toBe(NAMES)
    expect(refused).toBeGreaterThan(NAMES / 100)
    expect(paths.size).toBeGreaterThan(NAMES / 2)
  })

  it('go to an S3 store as keys and come back from its listing, or are refused with a reason', async () => {
    const { paths, refused } = made
    const prefix = 'back up/ü+%20'
    const { stored, listed } = await withoutStacks(() => askS3(paths, prefix))
    expect(stored.length + listed + refused).toBe(NAMES)
    expect(listed).toBeGreaterThan(0)
    const wireKeys = stored.map((path) => decodeURIComponent(encodeKey(`${prefix}/${path}`)))
    for (const encoding of ['url', 'none'] as const) {
      const back = await listed1000(wireKeys, prefix, encoding)
      expect(back.skipped).toBe(0)
      expect(differences(stored, back.paths)).toEqual([])
    }
  })
})

describe(`${ON_DISK} random names on a disk (seed ${SEED})`, () => {
  let root: string
  const pool = createPool({ threads: 1 })
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'tidekeep-random-names-')))
    mkdirSync(join(root, 'd'))
  })
  afterEach(async () => {
    rmSync(root, { recursive: true, force: true })
    await pool.close()
  })

  it('are made, found by the scan and by the listing of a target, or refused with a reason', async () => {
    const { paths, refused } = makePaths(ON_DISK, SEED + 1)
    const safe = SafeRoot.open(root)
    const stored: string[] = []
    let listed = 0
    let number = 0
    for (const raw of paths) {
      // Paths of several names get a folder for themselves: one path may be another one's folder.
      const path = (raw.includes('/') ? `m${number++}/${raw}` : `d/${raw}`) as RelPath
      try {
        assertStorable(root, path)
        safe.makeDirectories(parentOf(path))
        closeSync(safe.createFile(path))
        stored.push(path)
      } catch (error) {
        if (!isReason(translateTargetError(error, { path, root }))) throw error
        listed++
      }
    }
    safe.close()
    expect(stored.length + listed + refused).toBe(ON_DISK)
    expect(listed).toBeGreaterThan(0)
    expect(differences(stored, allListed(root))).toEqual([])
    expect(differences(stored, await allScanned(root))).toEqual([])
  })

  function allListed(at: string): readonly string[] {
    const found: string[] = []
    const all = { root: at, path: '', limit: 20_000, etagBy: 'inode' } as const
    for (let done = false, after: string | undefined; !done;) {
      const page = listTarget({ ...all, ...(after === undefined ? {} : { after }) })
      expect(page.unreadableNames).toBe(0)
      const files = page.stretches.flatMap((columns) => entriesOfColumns(columns)).filter(({ kind }) => kind === 'file')
      found.push(...files.map(({ path }) => path))
      after = page.more
      done = after === undefined
    }
    return found
  }

  async function allScanned(at: string): Promise<readonly string[]> {
    const scanner = createLocalScanner(pool)({ root: at, ignoreLines: [], excludedPaths: [] })
    const found: string[] = []
    const scopes = [{ path: '' as RelPath, recursive: true }]
    for await (const batch of scanner.scan(scopes, new AbortController().signal)) {
      expect(batch.problems).toEqual([])
      found.push(...batch.entries.filter(({ kind }) => kind === 'file').map(({ path }) => path))
    }
    return found
  }
})

/** What the provider itself says to each path, with a signal that ends the call before anything is sent. */
async function askS3(paths: ReadonlySet<RelPath>, prefix: string): Promise<{ stored: RelPath[]; listed: number }> {
  const secrets = { get: () => Promise.resolve('{"accessKeyId":"KEY","secretAccessKey":"secret"}') }
  const provider = await createS3Provider({
    bucket: 'bucket',
    prefix,
    options: { endpoint: 'http://127.0.0.1:9', region: 'us-east-1', accountId: 'own' },
    env: { AWS_CONFIG_FILE: '/nowhere' },
    deps: { host: createFakeHost(), pool: undefined as never, secrets: secrets as never },
  })
  const ended = AbortSignal.abort()
  const stored: RelPath[] = []
  let listed = 0
  for (const path of paths) {
    const error: unknown = await provider.stat(path, { signal: ended }).catch((failure: unknown) => failure)
    if (isTidekeepError(error) && error.code === 'cancelled') stored.push(path)
    else if (isReason(error)) listed++
    else throw error
  }
  await provider.close()
  return { stored, listed }
}

/** Lists keys as a store tells them: in order, a thousand a page, with or without the encoding that was asked for. */
async function listed1000(
  keys: readonly string[],
  prefix: string,
  encoding: 'url' | 'none',
): Promise<{ readonly paths: readonly string[]; readonly skipped: number }> {
  const sorted = keys.toSorted(comparePaths)
  const host = createFakeHost()
  const body = (at: number): string => {
    const rows = sorted.slice(at, at + 1000).map((key) => `<Contents><Key>${shown(key)}</Key><Size>1</Size></Contents>`)
    const next = at + 1000 < sorted.length ? String(at + 1000) : undefined
    const more =
      next === undefined
        ? '<IsTruncated>false</IsTruncated>'
        : `<IsTruncated>true</IsTruncated><NextContinuationToken>${next}</NextContinuationToken>`
    const type = encoding === 'url' ? '<EncodingType>url</EncodingType>' : ''
    return `<ListBucketResult>${type}${rows.join('')}${more}</ListBucketResult>`
  }
  const shown = (key: string): string =>
    encoding === 'url'
      ? encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
      : // eslint-disable-next-line no-control-regex
        key.replace(/[&<>\u0000-\u001f]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`)
  const context = {
    host,
    location: 's3://bucket',
    keyOf: (path: RelPath) => `${prefix}/${path}`,
    client: {
      send: ({ query }: { query: Readonly<Record<string, string>> }) =>
        Promise.resolve({
          status: 200,
          headers: {},
          body: Buffer.from(body(Number(query['continuation-token'] ?? 0))),
        }),
    },
  } as unknown as S3Context
  const entries: Entry[] = []
  for await (const page of listObjects(context, '' as RelPath, { signal: new AbortController().signal })) {
    entries.push(...page)
  }
  const skips = host.log.lines.filter(({ event }) => event === 's3.keys_skipped')
  return { paths: entries.map(({ path }) => path), skipped: skips.length }
}

/** What one has and the other has not; the first few, so that a failure can be read. */
function differences(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const [a, b] = [new Set(wanted), new Set(found)]
  const missing = wanted.filter((path) => !b.has(path)).map((path) => `missing ${JSON.stringify(path)}`)
  const extra = found.filter((path) => !a.has(path)).map((path) => `unexpected ${JSON.stringify(path)}`)
  const doubled = found.length === b.size ? [] : [`${found.length - b.size} told twice`]
  return [...missing, ...extra, ...doubled].slice(0, 5)
}
