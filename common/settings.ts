import type { ConflictRule } from './conflict.ts'
import type { SyncMode } from './model.ts'

/** How one S3 target is reached. Secrets are not here: `accountId` names an entry of the secret store. */
export interface S3Options {
  /** Empty: Amazon's own. Otherwise `https://host:port` of any S3-compatible store. */
  readonly endpoint?: string
  readonly region?: string
  /** Path style (`host/bucket/key`); defaults to true whenever `endpoint` is set. */
  readonly pathStyle?: boolean
  readonly storageClass?: string
  /** Named profile of the AWS configuration files. */
  readonly profile?: string
  /** Stored keys to use instead of the AWS credential chain. */
  readonly accountId?: string
}

/** A watched root and where it is kept safe. */
export interface FolderSettings {
  readonly id: string
  readonly name: string
  /** Absolute path of the source. */
  readonly path: string
  /** Location, as `common/location.ts` reads it. */
  readonly target: string
  readonly mode: SyncMode
  readonly paused: boolean
  /** Extra ignore lines, gitignore syntax, applied after the global ones and before `.tidekeepignore` files. */
  readonly ignore: readonly string[]
  readonly s3?: S3Options
  /** What is decided about conflicts without asking, two-way only; the first that takes a path counts. */
  readonly conflictRules?: readonly ConflictRule[]
  /** The copy at the target was there before the state of this computer: see {@link AdoptSettings}. */
  readonly adopt?: AdoptSettings
  /** Instead of {@link Settings.alarmAfterMs}, for this folder. */
  readonly alarmAfterMs?: number
}

/**
 * How the first look at a target that is filled already finds out what is there. Files whose size, time and mode are
 * recorded there as the source has them are taken for the same; of these, a share is compared by content all the same.
 */
export interface AdoptSettings {
  /** 0 to 100. The same files each time: chosen by their paths. */
  readonly comparePercent: number
}

/** Everything the user can set, with its stored shape. Kept by lowdb; state lives in SQLite. */
export interface Settings {
  readonly version: 1
  readonly folders: readonly FolderSettings[]
  /** Gitignore lines for every folder. */
  readonly ignore: readonly string[]
  /** Bytes a second sent, over all targets; 0 means no limit. */
  readonly bandwidthLimit: number
  /** Bytes a second received, over all targets; 0 means no limit. */
  readonly downloadLimit: number
  /** Lines as `common/timetable.ts` reads them; while one is in force it stands in for both limits. */
  readonly timetable: readonly string[]
  /** The running service pauses on battery below this percentage; 0: never, 100: always on battery. */
  readonly batteryPause: number
  /** The running service pauses what goes over a metered network. */
  readonly meteredPause: boolean
  /** Milliseconds without a further event before a changed path is looked at. */
  readonly settleMs: number
  /** Longest time a steadily changing path waits to be looked at, in milliseconds. */
  readonly settleMaxMs: number
  /** A full reconcile runs at least this often, in milliseconds; at most an hour (I17). */
  readonly reconcileMs: number
  /** Two-way folders ask their target for changes at least this often, in milliseconds. */
  readonly remotePollMs: number
  /** Transfers at once a target; 0 adapts. */
  readonly concurrency: number
  /** Deletions or overwrites in one pass beyond max(`guardFiles`, `guardPercent` %) are held (I13). */
  readonly guardFiles: number
  readonly guardPercent: number
  /** Changed files from this size on, bytes, are sent as differences where that pays. */
  readonly deltaThreshold: number
  /** Bytes of the blocks such files are compared by, 65,536 to 5,242,880; 0 cuts by content, which finds more. */
  readonly blockSize: number
  /**
   * Days that targets keep what was replaced or deleted there, so that it can be undone. 0: nothing is
   * kept from now on, and what was kept before stays its {@link LEAST_RETENTION_DAYS}.
   */
  readonly keepDays: number
  /** After those days, one version a day stays for so many days more; then one a week; then one a month. See `retention.ts`. */
  readonly keepDailyDays: number
  readonly keepWeeklyWeeks: number
  readonly keepMonthlyMonths: number | 'forever'
  /** The same rules let go of what a versioned bucket keeps by itself, as far as Tidekeep wrote it; else its lifecycle rules alone do. */
  readonly pruneBucketVersions: boolean
  /** Most content bytes that a proof of restore brings back, once a day and folder; 0: none are made. */
  readonly proofBytes: number
  /** A folder that was not safe for so long is alarmed about, milliseconds that this computer worked; 0: never. */
  readonly alarmAfterMs: number
  /** Told that everything is safe, at least once an hour; empty: nobody is. */
  readonly heartbeatUrl: string
  /** Told that something needs a person; empty: the silence of the other says it. */
  readonly heartbeatFailureUrl: string
  readonly heartbeatMethod: 'GET' | 'POST'
  /** Host-clock milliseconds until which everything is paused; 'forever' until resumed; 0 not paused. */
  readonly pausedUntil: number | 'forever'
  readonly theme: 'system' | 'light' | 'dark'
  /** BCP 47 tag of the texts, numbers and dates; `system`: as the environment or the browser says. */
  readonly language: string
  readonly autostart: boolean
  /** What this computer is called in names of copies and at targets; empty: its host name. Never an account's name. */
  readonly deviceName: string
  /** Targets that can remember it are told that name with what this computer sends. */
  readonly tellDevice: boolean
  /** What needs a person is told of. */
  readonly notifyAttention: boolean
  /** And what may mend itself: a target that is away, a folder that cannot be watched live. */
  readonly notifyWarnings: boolean
  /** And good news: none, the first whole backup of a folder, or all there is. */
  readonly notifyInfo: 'none' | 'first-backup' | 'all'
  /** Lines as `parseQuietLine` of `common/timetable.ts` reads them; what can wait is told of afterwards. */
  readonly quietHours: readonly string[]
  /** Suspected damage and overdue backups are told of in quiet hours, too. */
  readonly quietExceptCritical: boolean
  /** The desktop application looks for new versions of itself. */
  readonly updateChecks: boolean
  /** Which releases it is offered. */
  readonly updateChannel: 'stable' | 'beta'
  /** A new version that is ready is installed once nothing is under way and no window is open. */
  readonly updateWhenIdle: boolean
  /** Application that people sign in to Microsoft with; empty until one is registered. New sign-ins take these three; accounts keep theirs. */
  readonly microsoftClientId: string
  /** Origin of the sign-in service: another one for each national cloud. */
  readonly microsoftAuthority: string
  /** Origin of Microsoft Graph, of the same cloud. */
  readonly microsoftGraph: string
}

/** How long kept versions stay where `keepDays` is 0: what it was set to before is not known. */
export const LEAST_RETENTION_DAYS = 30

/** What applies until someone sets something else. Members equal to these are not written to the file, so that they may improve. */
export const DEFAULT_SETTINGS: Settings = {
  version: 1,
  folders: [],
  ignore: [
    '.DS_Store',
    '._*',
    '.Spotlight-V100/',
    '.Trashes/',
    '.fseventsd/',
    'Thumbs.db',
    'desktop.ini',
    '$RECYCLE.BIN/',
    '~$*',
    '.~lock.*#',
    '*.crdownload',
    '*.part',
    '*.swp',
    '.nfs*',
  ],
  bandwidthLimit: 0,
  downloadLimit: 0,
  timetable: [],
  batteryPause: 20,
  meteredPause: true,
  settleMs: 500,
  settleMaxMs: 5_000,
  reconcileMs: 3_600_000,
  remotePollMs: 300_000,
  concurrency: 0,
  guardFiles: 50,
  guardPercent: 10,
  deltaThreshold: 32 * 1024 ** 2,
  blockSize: 0,
  keepDays: 30,
  keepDailyDays: 0,
  keepWeeklyWeeks: 0,
  keepMonthlyMonths: 0,
  pruneBucketVersions: false,
  proofBytes: 32 * 1024 ** 2,
  alarmAfterMs: 24 * 3_600_000,
  heartbeatUrl: '',
  heartbeatFailureUrl: '',
  heartbeatMethod: 'POST',
  pausedUntil: 0,
  theme: 'system',
  language: 'system',
  autostart: false,
  deviceName: '',
  tellDevice: true,
  notifyAttention: true,
  notifyWarnings: false,
  notifyInfo: 'first-backup',
  quietHours: [],
  quietExceptCritical: true,
  updateChecks: true,
  updateChannel: 'stable',
  updateWhenIdle: false,
  microsoftClientId: '',
  microsoftAuthority: 'https://login.microsoftonline.com',
  microsoftGraph: 'https://graph.microsoft.com',
}

/** Settings a user changes by name (`tidekeep config set`, the Settings view). */
export type SettingKey = Exclude<keyof Settings, 'version' | 'folders' | 'pausedUntil'>
