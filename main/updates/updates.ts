import { TidekeepError } from '../../common/errors.ts'
import { statusMessages } from '../../common/messages/en/status.ts'
import { textsOf } from '../../common/messages/texts.ts'
import type { StatusView, UpdateState, UpdateView } from '../../common/protocol.ts'
import type { Settings } from '../../common/settings.ts'
import type { GradedNotice } from '../engine/notices.ts'
import type { Host } from '../host.ts'
import type { UpdateMemory, UpdateRecord } from '../state/update-memory.ts'
import { addressOf, isFeedAddress } from './addresses.ts'
import type { UpdateCarrier } from './carrier.ts'
import { judge, type Judgement } from './judge.ts'
import { MAX_MANIFEST_BYTES, type PackageKind, type ReleaseFile } from './manifest.ts'
import { reasonOf, Refusal } from './refusal.ts'
import type { ReleaseSource } from './release-keys.ts'
import { MAX_ENVELOPE_BYTES, type Verify } from './signature.ts'
import { demandFile } from './verify-file.ts'
import { programFailureTexts } from '../program-failure-texts.ts'

const statusTexts = textsOf('status', statusMessages)

/** After a start, so that what people wait for comes first. */
const FIRST_CHECK_MS = 2 * 60_000
const CHECK_EVERY_MS = 6 * 3_600_000
/** Spread by up to so much: not every computer asks at the same moment. */
const SPREAD_MS = 30 * 60_000
const ASK_WITHIN_MS = 60_000
/** Nothing was done for so long, and nobody looks: then a restart disturbs nobody. */
const IDLE_MS = 10 * 60_000
const MANIFEST = 'manifest.json'

/** What updates are made of. */
export interface UpdateParts {
  readonly host: Pick<Host, 'clock' | 'random' | 'log'>
  /** Tells a person that a version is ready, where they want to know. */
  readonly tell: (notice: GradedNotice) => void
  /** Absent where the program is updated by other means. */
  readonly carrier: UpdateCarrier | undefined
  readonly settings: () => Pick<Settings, 'updateChecks' | 'updateChannel' | 'updateWhenIdle'>
  readonly memory: UpdateMemory
  readonly source: ReleaseSource
  readonly installed: string
  /** Costs money, or nothing may go out at present: then only a person's own question is answered. */
  readonly mayDownload: () => boolean
  /** Ed25519 by default. */
  readonly verify?: Verify
}

interface Ready {
  readonly path: string
  readonly file: ReleaseFile
  readonly version: string
}

/**
 * Looks for new versions of the program, downloads what passes every check, and installs it when a person says so, or,
 * where that is set, once nothing is under way. Whatever goes wrong on the way means that nothing is installed.
 */
export class Updates {
  readonly #parts: UpdateParts
  readonly #stopped = new AbortController()
  #state: UpdateState = { kind: 'unknown' }
  #ready: Ready | undefined
  #idleSinceMs: number | undefined
  #cancelNext: () => void = () => undefined
  #asking: Promise<void> | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(parts: UpdateParts) {
    this.#parts = parts
    const why = whyOff(parts)
    if (why !== undefined) this.#state = { kind: 'off', why }
  }

  /** Begins to ask by itself. State is open by then: no update meets one that is being migrated. */
  start(): void {
    if (this.#state.kind !== 'off') this.#schedule(FIRST_CHECK_MS)
  }

  /** Resolves when nothing is under way any more, or only the carrier's own download. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#cancelNext()
    await this.#asking
  }

  view(): UpdateView {
    return { installed: this.#parts.installed, lastCheckMs: this.#lastCheckMs(), state: this.#state }
  }

  /** The version that waits for a restart. */
  readyVersion(): string | undefined {
    return this.#state.kind === 'ready' ? this.#state.version : undefined
  }

  /** A person asks: on any network, and whatever the settings say. */
  async check(): Promise<UpdateView> {
    await this.#ask(true)
    return this.view()
  }

  /** Takes each status in turn, and restarts into what is ready once nothing was under way for ten minutes. */
  update(status: StatusView): void {
    const { host, settings, carrier } = this.#parts
    const nowMs = host.clock.monotonic()
    const isFree = isIdle(status) && carrier?.isWatched() === false
    this.#idleSinceMs = isFree ? (this.#idleSinceMs ?? nowMs) : undefined
    const isDue = this.#idleSinceMs !== undefined && nowMs - this.#idleSinceMs >= IDLE_MS
    if (!isDue || this.#ready === undefined || this.#state.kind !== 'ready' || !settings().updateWhenIdle) return
    this.#work = this.install().then(
      () => host.log.info('update-installed-idle'),
      () => host.log.error('update-not-installed'),
    )
  }

  /** Throws `unavailable` where nothing is ready, `corrupt` where the file is no longer the one that was verified. */
  async install(): Promise<UpdateView> {
    const ready = this.#ready
    const { carrier } = this.#parts
    if (ready === undefined || carrier === undefined || this.#state.kind !== 'ready') throw nothingReady()
    this.#state = { kind: 'installing', version: ready.version }
    try {
      // Once more: it has been lying where other programs could write.
      await demandFile(ready.path, ready.file)
    } catch (error) {
      this.#refuse(error)
      throw changedSince(ready.path)
    }
    carrier.install()
    return this.view()
  }

  #schedule(delayMs: number): void {
    const { clock, random } = this.#parts.host
    if (this.#stopped.signal.aborted) return
    this.#cancelNext = clock.after(delayMs + random.next() * SPREAD_MS, () => {
      this.#schedule(CHECK_EVERY_MS)
      if (this.#parts.settings().updateChecks) void this.#ask(false)
    })
  }

  /** Never rejects. One question at a time; one that is under way answers for the next, too. */
  #ask(isPersons: boolean): Promise<void> {
    const isBusy = ['off', 'downloading', 'installing'].includes(this.#state.kind) || this.#stopped.signal.aborted
    if (isBusy) return Promise.resolve()
    this.#asking ??= this.#askNow(isPersons).finally(() => (this.#asking = undefined))
    return this.#asking
  }

  async #askNow(isPersons: boolean): Promise<void> {
    const { carrier, settings } = this.#parts
    const channel = settings().updateChannel
    const before = this.#state
    this.#state = { kind: 'checking' }
    try {
      if (carrier?.kind === undefined) throw new Refusal('check-failed')
      const { file, version } = await this.#judge(carrier, carrier.kind, channel)
      if (file === undefined) {
        this.#ready = undefined
        this.#state = { kind: 'current' }
      } else if (this.#ready?.version === version && this.#ready.file.sha512 === file.sha512) {
        this.#state = { kind: 'ready', version }
      } else if (isPersons || this.#parts.mayDownload()) {
        this.#work = this.#download(carrier, { file, version, channel })
      } else this.#state = { kind: 'found', version }
    } catch (error) {
      // No network is no news: what is ready stays ready.
      if (reasonOf(error) === 'unreachable' && before.kind === 'ready') this.#state = before
      else this.#refuse(error)
    }
  }

  async #judge(carrier: UpdateCarrier, kind: PackageKind, channel: string): Promise<Judgement> {
    const { host, memory, source, installed, verify } = this.#parts
    const record = memory.read()
    const manifest = await this.#fetch(carrier, { channel, name: MANIFEST, maxBytes: MAX_MANIFEST_BYTES })
    const envelope = await this.#fetch(carrier, { channel, name: `${MANIFEST}.sig`, maxBytes: MAX_ENVELOPE_BYTES })
    const seen = record.seen[channel]
    const nowMs = host.clock.now()
    memory.write({ ...record, lastCheckMs: nowMs })
    const judgement = judge({
      manifest,
      envelope: Buffer.from(envelope).toString('latin1'),
      keys: source.keys,
      channel,
      installation: { version: installed, platform: carrier.platform, arch: carrier.arch, kind },
      nowMs,
      ...(seen === undefined ? {} : { seen }),
      ...(verify === undefined ? {} : { verify }),
    })
    const next: UpdateRecord = { lastCheckMs: nowMs, seen: { ...record.seen, [channel]: judgement.seen } }
    memory.write(next)
    return judgement
  }

  async #fetch(
    carrier: UpdateCarrier,
    wanted: { readonly channel: string; readonly name: string; readonly maxBytes: number },
  ): Promise<Uint8Array> {
    const { clock } = this.#parts.host
    const url = this.#addressOf(wanted.channel, wanted.name)
    const timeout = new AbortController()
    const cancel = clock.after(ASK_WITHIN_MS, () => timeout.abort())
    const signal = AbortSignal.any([timeout.signal, this.#stopped.signal])
    const bytes = await carrier
      .fetchBytes(url, wanted.maxBytes, signal)
      .catch((error: unknown) => {
        throw error instanceof Refusal ? error : new Refusal('unreachable', error)
      })
      .finally(cancel)
    if (bytes.length > wanted.maxBytes) throw new Refusal('too-large')
    return bytes
  }

  #addressOf(channel: string, name: string): string {
    const { feed } = this.#parts.source
    const url = addressOf(feed, channel, name)
    if (url === undefined || !isFeedAddress(feed, url)) throw new Refusal('bad-address')
    return url
  }

  /** Never rejects. */
  async #download(
    carrier: UpdateCarrier,
    { file, version, channel }: { readonly file: ReleaseFile; readonly version: string; readonly channel: string },
  ): Promise<void> {
    const { host, source } = this.#parts
    this.#state = { kind: 'downloading', version }
    this.#ready = undefined
    try {
      const url = this.#addressOf(channel, file.name)
      const path = await carrier
        .download({ url, version, sizeBytes: file.sizeBytes, sha512: file.sha512 }, source.feed)
        .catch((error: unknown) => {
          throw error instanceof Refusal ? error : new Refusal('unreachable', error)
        })
      await demandFile(path, file)
      this.#ready = { path, file, version }
      this.#state = { kind: 'ready', version }
      host.log.info('update-ready', { version })
      this.#parts.tell({
        id: 'update',
        title: statusTexts.notices.updateTitle({ version }),
        body: statusTexts.notices.update,
        route: 'settings',
        grade: 'info',
        isCritical: false,
        isFirstBackup: false,
      })
    } catch (error) {
      this.#refuse(error)
    }
  }

  #refuse(error: unknown): void {
    const reason = reasonOf(error)
    this.#ready = undefined
    this.#state = { kind: 'refused', reason }
    this.#parts.host.log.warn('update-refused', { reason })
  }

  #lastCheckMs(): number | null {
    try {
      return this.#parts.memory.read().lastCheckMs ?? null
    } catch {
      return null
    }
  }

  /** Resolves once nothing of its own is under way. */
  async settled(): Promise<void> {
    await this.#asking
    await this.#work
  }
}

function whyOff({ carrier, source }: UpdateParts): 'no-key' | 'elsewhere' | 'package' | undefined {
  if (carrier === undefined) return 'elsewhere'
  if (source.keys.length === 0 || source.feed === '') return 'no-key'
  return carrier.kind === undefined ? 'package' : undefined
}

/** Nothing moves, and nothing waits to move. What waits for a person waits as well after a restart. */
function isIdle({ transfers, progress, folders }: StatusView): boolean {
  return (
    transfers.length === 0 &&
    progress === null &&
    folders.every(({ pendingFiles, state }) => pendingFiles === 0 && state !== 'syncing' && state !== 'scanning')
  )
}

function nothingReady(): TidekeepError {
  return new TidekeepError({
    code: 'unavailable',
    message: programFailureTexts.updates.nothingReady,
    fix: programFailureTexts.updates.nothingReadyFix,
  })
}

function changedSince(path: string): TidekeepError {
  return new TidekeepError({
    code: 'corrupt',
    message: programFailureTexts.updates.changed,
    path,
    fix: programFailureTexts.updates.changedFix,
  })
}
