import { TidekeepError } from '../../../common/errors.ts'
import type { Clock } from '../../../main/host.ts'
import { createPool } from '../../../main/pool.ts'
import type { AccessTokens, OneDriveAccount } from '../../../main/providers/onedrive/account.ts'
import type { Tuning } from '../../../main/providers/onedrive/context.ts'
import { createOneDriveProvider } from '../../../main/providers/onedrive/index.ts'
import type { TargetProvider } from '../../../main/providers/provider.ts'
import type { Feeds } from '../../../main/providers/feeds.ts'
import type { UploadSessions } from '../../../main/providers/registry.ts'
import { createFakeHost, type FakeHost } from '../host.ts'
import { realClock } from '../real-clock.ts'
import { memorySecrets, memorySessions } from '../s3/harness.ts'
import type { Drive } from './drive.ts'
import { startGraphServer, type DriveKind, type GraphServer, type Quirks } from './server.ts'

/** Tokens from the server's own issuer, as a signed-in account would have them. */
export class FakeTokens implements AccessTokens {
  readonly #server: GraphServer
  readonly #grant: { tenant: string; ownDriveId: string | undefined }
  #current: string | undefined
  /** Tokens asked for at the authority. */
  refreshes = 0
  /** What claims challenges asked for. */
  readonly claims: string[] = []
  /** Every refresh fails from now on. */
  isSignedOut = false

  constructor(server: GraphServer, grant: { tenant: string; ownDriveId: string | undefined }) {
    this.#server = server
    this.#grant = grant
  }

  async token(): Promise<string> {
    if (this.#current !== undefined) return this.#current
    this.refreshes++
    if (this.isSignedOut) throw new TidekeepError({ code: 'unauthenticated', message: 'Sign in again.' })
    this.#current = this.#server.tokens.issue(this.#grant)
    return this.#current
  }

  expired(token: string, claims?: string): void {
    if (claims !== undefined) this.claims.push(claims)
    if (token === this.#current) this.#current = undefined
  }
}

export interface GraphFixtureOptions {
  readonly kind?: DriveKind
  readonly quirks?: Quirks
  readonly folder?: string
  readonly tuning?: Partial<Tuning>
  readonly clock?: Clock
  readonly sessions?: UploadSessions
  readonly withoutSessions?: boolean
  readonly mustExist?: boolean
  /** What was listed before; without it, every listing begins from nothing. */
  readonly feeds?: Feeds
  /** Not even those that the fixture has. */
  readonly withoutFeeds?: boolean
}

/** A server with one drive and a provider on it. */
export interface GraphFixture {
  readonly server: GraphServer
  readonly drive: Drive
  readonly tokens: FakeTokens
  readonly account: OneDriveAccount
  readonly host: FakeHost
  readonly provider: TargetProvider
  readonly sessions: ReturnType<typeof memorySessions>
  /** Another provider on the same drive: another computer, or the next start. */
  open(options?: GraphFixtureOptions): TargetProvider
  /** Bytes of a file of the drive; undefined where none is. */
  bytes(path: string): Buffer | undefined
  close(): Promise<void>
}

/** Starts a server and a provider on a fresh drive. */
export async function startGraphFixture(fixture: GraphFixtureOptions = {}): Promise<GraphFixture> {
  const server = await startGraphServer()
  const drive = server.addDrive({
    id: 'drive1',
    kind: fixture.kind ?? 'personal',
    tenant: 'contoso',
    ...(fixture.quirks === undefined ? {} : { quirks: fixture.quirks }),
  })
  const tokens = new FakeTokens(server, { tenant: 'contoso', ownDriveId: drive.id })
  const account: OneDriveAccount = { id: 'ada', tokens, drive: { kind: 'me' }, graphOrigin: server.origin }
  const host = createFakeHost({ clock: fixture.clock ?? realClock })
  const pool = createPool({ threads: 1 })
  const sessions = memorySessions()
  const opened: TargetProvider[] = []
  const secrets = memorySecrets({})
  const open = (more: GraphFixtureOptions = {}): TargetProvider => {
    const merged = { ...fixture, ...more }
    const provider = createOneDriveProvider({
      account,
      folder: merged.folder ?? '',
      deps: {
        host: { ...host, clock: merged.clock ?? host.clock },
        pool,
        secrets,
        ...(merged.mustExist === undefined ? {} : { mustExist: merged.mustExist }),
        ...(merged.feeds === undefined || merged.withoutFeeds === true ? {} : { feeds: merged.feeds }),
        ...(merged.withoutSessions === true ? {} : { sessions: merged.sessions ?? sessions }),
      },
      ...(merged.tuning === undefined ? {} : { tuning: merged.tuning }),
    })
    opened.push(provider)
    return provider
  }
  return {
    server,
    drive,
    tokens,
    account,
    host,
    sessions,
    provider: open(),
    open,
    bytes: (path) => drive.find(drive.root, path.split('/'))?.bytes,
    close: async () => {
      await Promise.all(opened.map((provider) => provider.close()))
      await pool.close()
      await server.close()
    },
  }
}
