import { toWireError } from '../../../common/client.ts'
import type { Entry, RelPath } from '../../../common/model.ts'
import { ROOT_PATH } from '../../../common/paths.ts'
import type { AskedFiles, ListRequest, ListView, ListRow, VersionsView } from '../../../common/protocol.ts'
import type { FileVersions, KeptVersion, SourceProvider } from '../../providers/provider.ts'
import type { FolderPast } from '../folder-past.ts'
import type { Records } from '../records.ts'
import { changedSinceRead } from '../still-current.ts'
import { gathered, momentsBetween, packedChange, type Changes } from '../timeline/changes.ts'
import { versionsView } from '../timeline/find.ts'
import { NOW } from '../timeline/timeline.ts'
import { currentFile, versionsTold } from '../versions.ts'
import { KnownChanges } from './known-changes.ts'
import { KnownNames } from './known-names.ts'
import { OpenedFolders } from './opened-folders.ts'
import { candidatesOf, mustBeAsked, rowOf, type Candidate } from './rows.ts'
import { VersionAsks, type Asked } from './version-asks.ts'

/** What a past is asked of, file by file. */
export interface PastByFileOptions {
  readonly provider: SourceProvider
  /** What this computer remembers of the target. */
  readonly records: Records
  /** Ends everything that is asked. */
  readonly signal: AbortSignal
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>
}

/** One folder at one moment, as somebody looks at it. */
interface Look {
  readonly key: string
  readonly atMs: number
  readonly candidates: readonly Candidate[]
  /** Of the pages that were asked for. */
  readonly wanted: Set<Candidate>
}

/** Files whose versions were shown, to see whether they are still those. */
const MOST_SHOWN = 200

/** Lists the folder itself, so that a target that does not answer is known at once; the rest when somebody opens it. Throws what the target throws. */
export async function openPastByFile(options: PastByFileOptions): Promise<FolderPast> {
  const { provider, records, signal, pause } = options
  const changes = new KnownChanges((await records.changes?.(pause)) ?? [])
  const folders = new OpenedFolders(provider, signal)
  await folders.open(ROOT_PATH, signal)
  return new PastByFile(options, changes, folders)
}

/**
 * The past of a folder at a target that tells versions file by file. Only what a person opens costs requests: a folder is listed when it is opened, and
 * of its files those are asked about that changed since the moment that is looked at, a page at a time. The rest comes from this computer's history.
 */
class PastByFile implements FolderPast {
  readonly keepsVersions = true
  readonly isByFile = true
  readonly #options: PastByFileOptions
  readonly #known: KnownChanges
  readonly #folders: OpenedFolders
  readonly #asks: VersionAsks
  /** Shown longest ago first. */
  readonly #shown = new Map<RelPath, FileVersions>()
  #look: Look | undefined
  #changes: { readonly turn: number; readonly changes: Changes } | undefined
  /** Read once: what came since is in folders that are opened. */
  #lastListed: Promise<readonly Entry[]> | undefined
  #names: { readonly turn: number; readonly names: Promise<KnownNames> } | undefined

  constructor(options: PastByFileOptions, known: KnownChanges, folders: OpenedFolders) {
    this.#options = options
    this.#known = known
    this.#folders = folders
    this.#asks = new VersionAsks(options)
  }

  firstMs(): number | undefined {
    return this.#changesNow().moments[0]?.fromMs
  }

  counts(): { readonly files: number; readonly earlierVersions: number } {
    const files = (this.#folders.known(ROOT_PATH) ?? []).filter(({ entry }) => entry.kind === 'file')
    return { files: files.length, earlierVersions: 0 }
  }

  async list(request: Omit<ListRequest, 'id'>, signal: AbortSignal): Promise<ListView> {
    const look = await this.#lookAt(request, signal)
    const { candidates, atMs, wanted } = look
    const page = candidates.slice(request.offset, request.offset + request.limit)
    for (const candidate of page) if (mustBeAsked(candidate, atMs)) wanted.add(candidate)
    if (request.again === true) this.#asks.forgetFailures()
    this.#asks.want([...wanted].flatMap((candidate) => (candidate.kind === 'file' ? [candidate.entry] : [])))
    const rows = page.map((candidate) => this.#row(candidate, atMs))
    return { rows, total: candidates.length, ...this.#tally(look), byFile: this.#asked(look) }
  }

  moments(part: Parameters<FolderPast['moments']>[0]): ReturnType<FolderPast['moments']> {
    return momentsBetween(this.#changesNow(), part)
  }

  async search(wanted: Parameters<FolderPast['search']>[0]): ReturnType<FolderPast['search']> {
    const { turn } = this.#folders
    if (this.#names?.turn !== turn) {
      this.#names = { turn, names: this.#gatherNames() }
    }
    return (await this.#names.names).search(wanted)
  }

  async #gatherNames(): Promise<KnownNames> {
    const { provider, records, pause } = this.#options
    this.#lastListed ??= provider.features.lastListed?.(pause) ?? Promise.resolve([])
    return KnownNames.gather({
      trees: records.trees(),
      ever: this.#known.at(NOW),
      lastListed: await this.#lastListed,
      opened: this.#folders.all(),
      pause,
    })
  }

  async versions(path: RelPath, signal: AbortSignal): Promise<VersionsView> {
    const told = await this.#options.provider.features.fileVersions!(path, { signal })
    this.#shown.delete(path)
    if (told !== undefined) this.#shown.set(path, told)
    if (this.#shown.size > MOST_SHOWN) this.#shown.delete(this.#shown.keys().next().value!)
    return versionsView(path, versionsTold(told))
  }

  shown(path: RelPath, token: string): KeptVersion | undefined {
    return this.#shown.get(path)?.kept.find((version) => version.token === token)
  }

  async checkStillCurrent(path: RelPath, signal: AbortSignal): Promise<void> {
    const { provider } = this.#options
    const entry = await currentFile(provider, path, { signal })
    const shown = this.#shown.get(path)
    if (entry === undefined || shown === undefined) throw changedSinceRead(path)
    if (entry.etag !== undefined && entry.etag === shown.etag) return
    // Only its name or its times may have changed.
    const told = await provider.features.fileVersions!(path, { signal })
    if (told?.presentSinceMs !== shown.presentSinceMs || told.sizeBytes !== shown.sizeBytes)
      throw changedSinceRead(path)
  }

  async #lookAt({ path, atMs = NOW, gone }: Omit<ListRequest, 'id'>, signal: AbortSignal): Promise<Look> {
    const isGoneToo = gone === true && atMs === NOW
    const children = await this.#folders.open(path as RelPath, signal)
    const key = `${atMs} ${isGoneToo} ${path}`
    if (this.#look?.key === key) return this.#look
    const wereThere = atMs !== NOW || isGoneToo ? this.#known.at(atMs, path) : []
    const candidates = candidatesOf({ path: path as RelPath, atMs, children, wereThere })
    this.#look = { key, atMs, candidates, wanted: new Set() }
    // Somebody went on: what failed elsewhere says nothing of this.
    this.#asks.forgetFailures()
    return this.#look
  }

  #row(candidate: Candidate, atMs: number): ListRow {
    return rowOf(candidate, atMs, this.#askedOf(candidate, atMs))
  }

  #askedOf(candidate: Candidate, atMs: number): Asked | undefined {
    return candidate.kind === 'file' && mustBeAsked(candidate, atMs) ? this.#asks.of(candidate.entry) : undefined
  }

  /** Of the files directly in the folder, as far as they are known. */
  #tally({ candidates, atMs }: Look): Pick<ListView, 'files' | 'bytes' | 'unsure' | 'lost'> {
    let [files, bytes, lost] = [0, 0, 0]
    for (const candidate of candidates) {
      if (candidate.kind !== 'file') continue
      const { standing, sizeBytes } = this.#row(candidate, atMs)
      if (standing === 'there') {
        files++
        bytes += sizeBytes
      } else if (standing === 'lost') lost++
    }
    return { files, bytes, unsure: 0, lost }
  }

  #asked({ wanted, atMs }: Look): AskedFiles {
    let [asking, untold] = [0, 0]
    let error: AskedFiles['error']
    for (const candidate of wanted) {
      const asked = this.#askedOf(candidate, atMs)
      if (asked?.kind === 'asking') asking++
      if (asked?.kind !== 'failed') continue
      untold++
      error ??= toWireError(asked.error)
    }
    const waitMs = asking === 0 ? 0 : (this.#options.provider.features.askedToWaitMs?.() ?? 0)
    return { asking, untold, ...(error === undefined ? {} : { error }), ...(waitMs === 0 ? {} : { waitMs }) }
  }

  #changesNow(): Changes {
    const { turn } = this.#folders
    if (this.#changes?.turn !== turn) this.#changes = { turn, changes: this.#gather() }
    return this.#changes.changes
  }

  #gather(): Changes {
    const listed = [...this.#folders.all()].flatMap((children) => children.map(({ entry }) => entry))
    const events = listed.flatMap((entry) => (this.#isNews(entry) ? [packedChange(entry.storedAtMs, 'changed')] : []))
    return gathered(Float64Array.from([...this.#known.events(), ...events]).sort())
  }

  #isNews(entry: Entry): entry is Entry & { readonly storedAtMs: number } {
    const { kind, path, storedAtMs } = entry
    return kind === 'file' && storedAtMs !== undefined && !this.#known.isKnown(path, storedAtMs)
  }
}
